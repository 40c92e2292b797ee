"""source.lttngx.ctf. Without the compiled core, a stand-in says what is missing."""

try:
    from lttngx.sources.ctf.component import LttngxCtfSource
except ImportError:
    from lttngx.sources.ctf.uncompiled import LttngxCtfSource

__all__ = ["LttngxCtfSource"]
