"""Files with symbols which the user gives: a snapshot of /proc/kallsyms, ELF files and folders of them."""

import functools
from collections.abc import Iterable, Iterator
from os.path import commonprefix
from pathlib import Path

from lttngx.errors import LttngxError, ParameterError
from lttngx.export.frames import Frames
from lttngx.export.symbols import Binary, Symbols, kernel_symbols

_ELF = b"\x7fELF"


def frames(kallsyms: str | None, symbols: Iterable[str]) -> Frames:
    """Return what names addresses by the files given. Raises LttngxError for those which cannot be read.

    symbols: paths of files and folders; PATH@BASE is a file loaded at an address (hexadecimal) in every process."""
    bases, paths = [], []
    for given in symbols:
        path, at, base = given.rpartition("@")
        if at and base.lower().startswith("0x"):
            bases.append((_address(given, base), _binary(Path(path))))
        else:
            paths.append(Path(given))
    return Frames(None if kallsyms is None else _kernel(kallsyms), Library(paths).binary, bases)


def _address(given: str, base: str) -> int:
    try:
        return int(base, 16)
    except ValueError:
        raise ParameterError(f'bad load address: symbols="{given}", expected=PATH@0xADDRESS') from None


def _kernel(path: str) -> Symbols:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return kernel_symbols(file, path)
    except OSError as error:
        raise ParameterError(f'cannot read kernel symbols: path="{path}", reason={error.strerror}') from None
    except ValueError as error:
        if isinstance(error, LttngxError):
            raise
        raise ParameterError(f'not a copy of /proc/kallsyms: path="{path}", reason={error}') from None


class Library:
    """ELF files by the paths under which processes loaded them: the name must be the same, the longest common end of the
    folders decides between several."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._files: dict[str, list[Path]] = {}
        for path in paths:
            for file in _elf_files(path):
                self._files.setdefault(file.name, []).append(file)

    @functools.cache
    def binary(self, path: str) -> Binary | None:
        """Return the file which was loaded from `path`, None if none of that name was given."""
        known = self._files.get(path.rpartition("/")[2])
        return None if known is None else _binary(max(known, key=lambda file: len(commonprefix((str(file)[::-1], path[::-1])))))


def _elf_files(path: Path) -> Iterator[Path]:
    if not path.exists():
        raise ParameterError(f'no such file or folder: symbols="{path}"')
    for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
        if file.is_file():
            try:
                with file.open("rb") as content:
                    is_elf = content.read(4) == _ELF
            except OSError as error:
                raise ParameterError(f'cannot read symbols: path="{file}", reason={error.strerror}') from None
            if is_elf:
                yield file
            elif file == path:
                raise ParameterError(f'not an ELF file: symbols="{file}"')


def _binary(path: Path) -> Binary:
    try:
        from elftools.common.exceptions import ELFError
    except ImportError:
        raise ParameterError("symbols of programs need pyelftools: pip install 'lttngx[symbols]'") from None
    try:
        with path.open("rb") as file:
            return Binary(file)
    except OSError as error:
        raise ParameterError(f'cannot read symbols: path="{path}", reason={error.strerror}') from None
    except ELFError as error:
        raise ParameterError(f'not an ELF file: symbols="{path}", reason={error}') from None
