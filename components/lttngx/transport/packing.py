"""Packed chunks: a tar archive of the chunk's folder, compressed by zstd, encrypted with age if wanted.

The archive's members are regular files and folders under the chunk's name; anything else is refused when it is unpacked. Compression
carries zstd's checksum, encryption authenticates: damage is found while reading.
"""

import hashlib
import shutil
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import BinaryIO

from lttngx.errors import LttngxError, TraceError
from lttngx.transport.chunks import ENCRYPTED, PACKED, Chunk

# Higher levels save little: most of the gain is packets' padding (zstd's default is 3).
LEVEL = 3


def extra(module: str) -> ModuleType:
    """Import an optional package. Raises LttngxError which tells what to install."""
    import importlib
    try:
        return importlib.import_module(module)
    except ImportError:
        raise LttngxError(f"Cannot handle packed chunks: package={module} is missing, install lttngx[archive]") from None


def packed_name(chunk: Chunk, recipients: Sequence[str]) -> str:
    """Return the name of a chunk's packed file."""
    return chunk.name + (ENCRYPTED if recipients else PACKED)


class Hashing:
    """A binary output which knows the SHA-256 of what was written."""

    def __init__(self, output: BinaryIO | None = None) -> None:
        self._output, self._hash = output, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return len(data) if self._output is None else self._output.write(data)

    def flush(self) -> None:
        if self._output is not None:
            self._output.flush()

    @property
    def digest(self) -> str:
        """The SHA-256 so far, in hexadecimal."""
        return self._hash.hexdigest()


def pack(chunk: Chunk, output: BinaryIO, recipients: Sequence[str] = ()) -> str:
    """Write a packed chunk; return its content's digest. recipients: age or SSH public keys."""
    if not recipients:
        return _compress(chunk, output)
    keys = [recipient(text) for text in recipients]
    # Without a name: nobody else sees it, and nothing of it stays behind.
    with tempfile.TemporaryFile() as compressed:
        digest = _compress(chunk, compressed)
        compressed.seek(0)
        extra("pyrage").encrypt_io(compressed, output, keys)
    return digest


def _compress(chunk: Chunk, output: BinaryIO) -> str:
    compressor = extra("zstandard").ZstdCompressor(level=LEVEL, write_checksum=True)
    with compressor.stream_writer(output, closefd=False) as stream:
        return _archive(chunk, Hashing(stream))


def _archive(chunk: Chunk, output: Hashing) -> str:
    with tarfile.open(fileobj=output, mode="w|") as archive:
        archive.add(chunk.path, chunk.name)
    return output.digest


def content_digest(chunk: Chunk) -> str:
    """Return the digest of a chunk folder's content: what `pack` returned for the same names, times and bytes."""
    return _archive(chunk, Hashing())


def unpack(chunk: Chunk, folder: Path, identities: Sequence[str] = ()) -> Path:
    """Unpack a chunk into a folder and return where it is there. identities: age secret keys.

    Raises TraceError if the file is damaged or not what it should be, LttngxError if no identity opens it.
    """
    try:
        with chunk.path.open("rb") as file:
            if chunk.suffix == ENCRYPTED:
                with tempfile.TemporaryFile() as compressed:
                    _decrypt(chunk, file, compressed, identities)
                    compressed.seek(0)
                    _extract(chunk, compressed, folder)
            else:
                _extract(chunk, file, folder)
    except OSError as error:
        raise TraceError(f'Cannot unpack chunk: path="{chunk.path}": {error.strerror or error}') from error
    return folder / chunk.name


def _extract(chunk: Chunk, file: BinaryIO, folder: Path) -> None:
    zstandard = extra("zstandard")
    try:
        with zstandard.ZstdDecompressor().stream_reader(file) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                _extract_member(chunk, archive, member, folder)
            # Reading on to the end checks the checksum.
            while stream.read(1 << 20):
                pass
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise TraceError(f'Cannot unpack chunk: path="{chunk.path}": {error}') from error


def _extract_member(chunk: Chunk, archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    parts = PurePosixPath(member.name).parts
    if parts[:1] != (chunk.name,) or ".." in parts or not (member.isfile() or member.isdir()):
        raise TraceError(f'Cannot unpack chunk: path="{chunk.path}": member={member.name!r}, expected a file or folder under {chunk.name}')
    target = folder.joinpath(*parts)
    if member.isdir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as output:
        shutil.copyfileobj(archive.extractfile(member), output)


def _decrypt(chunk: Chunk, file: BinaryIO, output: BinaryIO, identities: Sequence[str]) -> None:
    pyrage = extra("pyrage")
    if not identities:
        raise LttngxError(f'Cannot unpack chunk: path="{chunk.path}" is encrypted, expected an age identity')
    keys = [_key(pyrage.x25519.Identity, text, "age identity") for text in identities]
    try:
        pyrage.decrypt_io(file, output, keys)
    except pyrage.DecryptError as error:
        raise LttngxError(f'Cannot unpack chunk: path="{chunk.path}": {error}') from error


def recipient(text: str) -> object:
    """Return the key which an age or SSH public key's text means. Raises LttngxError."""
    pyrage = extra("pyrage")
    return _key((pyrage.ssh if text.startswith("ssh-") else pyrage.x25519).Recipient, text, "age recipient")


def _key(kind: type, text: str, what: str) -> object:
    try:
        return kind.from_str(text)
    except Exception as error:
        raise LttngxError(f"Bad {what}: {error}") from error


def read_identities(path: Path) -> list[str]:
    """Return the secret keys of an age identity file (age-keygen(1)): lines which are neither empty nor comments."""
    try:
        lines = path.read_text().split("\n")
    except OSError as error:
        raise LttngxError(f'Cannot read age identities: path="{path}", reason={error.strerror}') from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]
