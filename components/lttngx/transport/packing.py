"""Packed chunks: a tar archive of the chunk's folder, compressed by zstd, encrypted with age if wanted.

The archive's members are regular files and folders under the chunk's name; anything else is refused when it is unpacked. Compression
carries zstd's checksum, encryption authenticates: damage is found while reading.
"""

import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import BinaryIO

from lttngx.errors import LttngxError, TraceError
from lttngx.transport.chunks import ENCRYPTED, PACKED, Chunk

# Higher levels save little: most of the gain is packets' padding (zstd's default is 3).
LEVEL = 3
TEMPORARY = "packing-"


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


def pack(chunk: Chunk, output: BinaryIO, scratch: Path, recipients: Sequence[str] = ()) -> None:
    """Write a packed chunk. scratch: folder for a temporary file when it is encrypted. recipients: age or SSH public keys."""
    if not recipients:
        _compress(chunk, output)
        return
    keys = [_recipient(text) for text in recipients]
    plain = scratch / f"{TEMPORARY}{chunk.name}"
    try:
        with plain.open("w+b") as compressed:
            _compress(chunk, compressed)
            compressed.seek(0)
            extra("pyrage").encrypt_io(compressed, output, keys)
    finally:
        plain.unlink(missing_ok=True)


def _compress(chunk: Chunk, output: BinaryIO) -> None:
    compressor = extra("zstandard").ZstdCompressor(level=LEVEL, write_checksum=True)
    with compressor.stream_writer(output, closefd=False) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        archive.add(chunk.path, chunk.name)


def unpack(chunk: Chunk, folder: Path, identities: Sequence[str] = ()) -> Path:
    """Unpack a chunk into a folder and return where it is there. identities: age secret keys.

    Raises TraceError if the file is damaged or not what it should be, LttngxError if no identity opens it.
    """
    try:
        with chunk.path.open("rb") as file:
            if chunk.suffix == ENCRYPTED:
                plain = folder / f"{TEMPORARY}{chunk.name}"
                _decrypt(chunk, file, plain, identities)
                with plain.open("rb") as compressed:
                    _extract(chunk, compressed, folder)
                plain.unlink()
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


def _decrypt(chunk: Chunk, file: BinaryIO, plain: Path, identities: Sequence[str]) -> None:
    pyrage = extra("pyrage")
    if not identities:
        raise LttngxError(f'Cannot unpack chunk: path="{chunk.path}" is encrypted, expected an age identity')
    keys = [_key(pyrage.x25519.Identity, text, "age identity") for text in identities]
    try:
        with plain.open("wb") as output:
            pyrage.decrypt_io(file, output, keys)
    except pyrage.DecryptError as error:
        raise LttngxError(f'Cannot unpack chunk: path="{chunk.path}": {error}') from error


def _recipient(text: str) -> object:
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
