"""source.lttngx.archive. Where its compiled core is missing or stale, a stand-in of the same name says so when it is used."""

from lttngx.core.choice import load
from lttngx.errors import LttngxError

try:
    load("decode_archive")
    from lttngx.sources.archive.component import LttngxArchiveSource
except LttngxError as error:
    from lttngx.sources.archive.uncompiled import LttngxArchiveSource
    LttngxArchiveSource.reason = str(error)

__all__ = ["LttngxArchiveSource"]
