"""Where packed chunks go: a folder, or any URL which fsspec knows.

A file appears under its name complete or not at all: it is written under a temporary name, which a rename replaces. What a killed
process left under a temporary name is overwritten by the next one.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from lttngx.errors import LttngxError
from lttngx.transport.packing import extra

Write = Callable[[BinaryIO], None]


class Destination(Protocol):
    """A place for files. Every method raises OSError where the place cannot be used."""

    def names(self) -> set[str]:
        """Return the names of the complete files."""

    def put(self, name: str, write: Write) -> None:
        """Write a file; it appears when it is complete and, where that can be asked for, on the disk."""

    def open(self, name: str) -> BinaryIO:
        """Open a complete file for reading."""


def temporary(name: str) -> str:
    """Return the name of a file which is being written."""
    return f".{name}.part"


class Folder:
    """A folder of this machine, made if missing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(parents=True, exist_ok=True)

    def names(self) -> set[str]:
        return {entry.name for entry in os.scandir(self._path) if not entry.name.startswith(".")}

    def put(self, name: str, write: Write) -> None:
        part = self._path / temporary(name)
        with part.open("wb") as output:
            write(output)
            output.flush()
            os.fsync(output.fileno())
        os.replace(part, self._path / name)
        self._sync()

    def open(self, name: str) -> BinaryIO:
        return (self._path / name).open("rb")

    def _sync(self) -> None:
        """Make renames last."""
        descriptor = os.open(self._path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Remote:
    """A URL which fsspec knows."""

    def __init__(self, url: str) -> None:
        fsspec = extra("fsspec")
        try:
            self._files, self._path = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise LttngxError(f"Cannot ship: url={url!r}: {error}") from error
        with self._errors():
            self._files.makedirs(self._path, exist_ok=True)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise what a file system of fsspec raises as OSError."""
        try:
            yield
        except (OSError, LttngxError):
            raise
        except Exception as error:
            raise OSError(f"{type(error).__name__}: {error}") from error

    def _at(self, name: str) -> str:
        return f"{self._path.rstrip('/')}/{name}"

    def names(self) -> set[str]:
        # The listing may be kept in memory: what others wrote since would be unseen.
        with self._errors():
            self._files.invalidate_cache()
            found = [path.rpartition("/")[2] for path in self._files.ls(self._path, detail=False)]
        return {name for name in found if not name.startswith(".")}

    def put(self, name: str, write: Write) -> None:
        part = self._at(temporary(name))
        with self._errors():
            with self._files.open(part, "wb") as output:
                write(output)
            if self._files.exists(self._at(name)):
                self._files.rm(self._at(name))
            self._files.mv(part, self._at(name))

    def open(self, name: str) -> BinaryIO:
        with self._errors():
            return self._files.open(self._at(name), "rb")


def destination(text: str) -> Destination:
    """Return the destination which a path or URL names. Raises LttngxError if it cannot be used."""
    try:
        return Remote(text) if "://" in text else Folder(Path(text))
    except OSError as error:
        raise LttngxError(f"Cannot ship: destination={text!r}: {error.strerror or error}") from error
