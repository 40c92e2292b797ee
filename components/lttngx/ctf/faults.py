"""Errors of metadata: one class, one form of message.

`Cannot read metadata: WHERE: expected …, got …`; WHERE is `LINE:COLUMN` in CTF 1.8's TSDL, `fragment N, $.path` in CTF
2's JSON (fragments count from 1), `packet N` in the packets that hold either.
"""

from lttngx.errors import TraceError


class MetadataError(TraceError):
    """A metadata stream breaks a rule of CTF 1.8 or CTF 2, or needs what this reader does not know."""


def fault(where: object, expected: str, got: object) -> MetadataError:
    """Return the error for what stands at `where`.

    expected: what the format allows there. got: what was found, shown as it is, cut to 80 characters.
    """
    shown = str(got).replace("\n", " ")
    return MetadataError(f"Cannot read metadata: {where}: expected {expected}, got {shown[:80]}")
