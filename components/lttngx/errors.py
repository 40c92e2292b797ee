"""The one error family of the package.

A message is one line that stands alone: what failed, then `: key=value` pairs, with what was expected and what was
got. It becomes the last cause of a Babeltrace error, so nothing else explains it.
"""


class LttngxError(ValueError):
    """Something the user can mend: a parameter, an expression, a file or a trace that does not fit."""


class ParameterError(LttngxError):
    """A component's parameter is unknown, missing, of the wrong type or of a bad value."""


class TraceError(LttngxError):
    """A trace lacks what an analysis needs, or breaks a rule of its format."""
