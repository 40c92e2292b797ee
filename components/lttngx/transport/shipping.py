"""Ships chunks: each is packed and put to a destination with a manifest of its own, and deleted if wanted when it was verified.

Steps for a chunk, each of which may be the last one before a kill, and all of which may be done again:
1. the packed file is written under a temporary name, its SHA-256 and its content's are taken meanwhile;
2. the manifest NAME.sha256 appears, then, by a rename, the file: what is there has a manifest;
3. if the chunk is to be deleted: the file is read back and its SHA-256 compared with the manifest, the chunk's content with the
   content's digest; then the chunk's folder gets a name which is no chunk's, and is deleted.
A manifest is what sha256sum(1) --check reads; a comment holds the content's digest and size.
"""

import hashlib
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lttngx.errors import LttngxError, TraceError
from lttngx.transport.chunks import ENDED, Chunk
from lttngx.transport.destinations import Destination
from lttngx.transport.packing import Hashing, content_digest, pack, packed_name

MANIFEST = ".sha256"
DELETING = ".deleting-"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """digest: of the packed file. content: of the chunk's files before packing. content_bytes: their sizes together."""

    digest: str
    content: str
    content_bytes: int

    def text(self, name: str) -> str:
        """Return the manifest's file."""
        return f"# lttngx content sha256={self.content} bytes={self.content_bytes}\n{self.digest}  {name}\n"


def read_manifest(text: str) -> Manifest | None:
    """Return the manifest which a file holds, None if it is none of ours."""
    found = re.fullmatch(r"# lttngx content sha256=(\w{64}) bytes=(\d+)\n(\w{64})  .*\n", text)
    return None if found is None else Manifest(found[3], found[1], int(found[2]))


@dataclass(frozen=True, slots=True)
class Shipped:
    """What became of a chunk. packed_bytes: 0 if it was there before."""

    chunk: Chunk
    name: str
    content_bytes: int
    packed_bytes: int
    deleted: bool


class Shipper:
    """Ships chunks to a destination. recipients: age or SSH public keys; none: not encrypted. delete: whether chunks are deleted."""

    def __init__(self, place: Destination, recipients: Sequence[str] = (), delete: bool = False) -> None:
        self._place, self._recipients, self._delete = place, recipients, delete
        self._there = place.names()

    def ship(self, chunk: Chunk) -> Shipped:
        """Ship a chunk unless it is there. Raises LttngxError if another one of its name is there, OSError if that cannot be done."""
        name = chunk.path.name if chunk.suffix else packed_name(chunk, self._recipients)
        size = content_bytes(chunk)
        packed = 0
        if {name, name + MANIFEST} <= self._there:
            self._check_same(name, size)
        else:
            packed = self._put(chunk, name, size)
            self._there |= {name, name + MANIFEST}
        if self._delete:
            self._verify(chunk, name)
            delete(chunk)
        return Shipped(chunk, name, size, packed, self._delete)

    def end(self) -> None:
        """Tell readers of the destination that no more chunks will come."""
        if ENDED not in self._there:
            self._put_text(ENDED, "")

    def _put(self, chunk: Chunk, name: str, size: int) -> int:
        """Put a chunk's file and manifest; return the file's size."""
        written = 0

        def write(output: BinaryIO) -> None:
            nonlocal written
            hashing = Hashing(output)
            content = _copy(chunk, hashing) if chunk.suffix else pack(chunk, hashing, self._recipients)
            written = output.tell()
            manifest = Manifest(hashing.digest, content, size)
            self._put_text(name + MANIFEST, manifest.text(name))

        self._place.put(name, write)
        return written

    def _put_text(self, name: str, text: str) -> None:
        def write(output: BinaryIO) -> None:
            output.write(text.encode())

        self._place.put(name, write)

    def _manifest(self, name: str) -> Manifest:
        with self._place.open(name + MANIFEST) as file:
            manifest = read_manifest(file.read().decode("utf-8", "replace"))
        if manifest is None:
            raise LttngxError(f"Cannot ship: {name + MANIFEST} at the destination is not a manifest of lttngx")
        return manifest

    def _check_same(self, name: str, size: int) -> None:
        """Refuse a chunk whose name is taken by another one: sessions which were shipped to one destination."""
        manifest = self._manifest(name)
        if manifest.content_bytes != size:
            raise LttngxError(f"Cannot ship: another chunk {name} is at the destination: content-bytes={manifest.content_bytes}, "
                              f"expected {size}")

    def _verify(self, chunk: Chunk, name: str) -> None:
        """Compare what is at the destination with its manifest, and the manifest with the chunk. Raises TraceError."""
        manifest = self._manifest(name)
        with self._place.open(name) as file:
            digest = digest_of(file)
        if digest != manifest.digest:
            raise TraceError(f"Cannot delete chunk: {name} at the destination is damaged: sha256={digest}, expected {manifest.digest}")
        content = _file_digest(chunk.path) if chunk.suffix else content_digest(chunk)
        if content != manifest.content:
            raise TraceError(f'Cannot delete chunk: path="{chunk.path}" is not what {name} at the destination was made of')


def content_bytes(chunk: Chunk) -> int:
    """Return the size of a chunk's files."""
    if chunk.suffix:
        return chunk.path.stat().st_size
    return sum(os.path.getsize(os.path.join(folder, name)) for folder, _, names in os.walk(chunk.path) for name in names)


def digest_of(file: BinaryIO) -> str:
    """Return the SHA-256 of a file's rest, in hexadecimal."""
    digest = hashlib.sha256()
    while block := file.read(BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return digest_of(file)


def _copy(chunk: Chunk, output: Hashing) -> str:
    """Copy a chunk which is packed already; its content is the file."""
    with chunk.path.open("rb") as file:
        shutil.copyfileobj(file, output)
    return output.digest


def delete(chunk: Chunk) -> None:
    """Delete a chunk: at once as a chunk, file by file under another name."""
    doomed = chunk.path.with_name(DELETING + chunk.path.name)
    os.replace(chunk.path, doomed)
    remove(doomed)


def remove(path: Path) -> None:
    """Delete a folder or file."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def clean(archives: Path) -> None:
    """Finish deletions which were interrupted."""
    for path in archives.glob(f"{DELETING}*"):
        remove(path)
