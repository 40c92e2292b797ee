"""source.lttngx.ctf. Where its compiled core is missing or stale, a stand-in of the same name says so when it is used."""

from lttngx.core.choice import load
from lttngx.errors import LttngxError

try:
    load("decode_source")
    from lttngx.sources.ctf.component import LttngxCtfSource
except LttngxError as error:
    from lttngx.sources.ctf.uncompiled import LttngxCtfSource
    LttngxCtfSource.reason = str(error)

__all__ = ["LttngxCtfSource"]
