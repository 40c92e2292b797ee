"""Reads a trace's metadata stream in any of its forms: TSDL (CTF 1.8) or JSON (CTF 2), plain or in packets.

A stream that grew can be read again: the new trace class equals the old one but for what was added, and slots keep
their numbers.
"""

from functools import lru_cache
from os import PathLike
from pathlib import Path

from lttngx.ctf.detect import RECORD_SEPARATOR
from lttngx.ctf.faults import MetadataError, fault
from lttngx.ctf.model import TraceClass
from lttngx.ctf.packets import unpack


def read_metadata(source: bytes | str | PathLike[str]) -> TraceClass:
    """Return the trace class which a metadata stream describes.

    source: the stream itself as bytes, the path of its file, or the path of the trace directory which holds `metadata`.
    Raises MetadataError (one line; fragment and JSON path, or line:column).
    """
    if isinstance(source, bytes):
        return _read(source)
    path = Path(source)
    if path.is_dir():
        path /= "metadata"
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MetadataError(f"Cannot read metadata: path={str(path)!r}: {error.strerror}") from error
    try:
        return _read(data)
    except MetadataError as error:
        raise MetadataError(f"{error}, path={str(path)!r}") from error


# Chunks of one session mostly have the same metadata; a trace class never changes.
@lru_cache(maxsize=8)
def _read(data: bytes) -> TraceClass:
    text, uuid = unpack(data)
    try:
        # A trace has one of both: the other's reader need not be there.
        if text.lstrip()[:1] == RECORD_SEPARATOR:
            from lttngx.ctf.json_metadata import read_json
            return read_json(text)
        from lttngx.ctf.tsdl import read_tsdl
        return read_tsdl(text, uuid)
    except RecursionError:
        raise fault("the metadata stream", "field classes nested less than some hundred levels deep", "more") from None
