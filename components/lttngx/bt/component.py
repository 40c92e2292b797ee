"""What every component class of the collection shares: message interchange protocol, logging, error text."""

import functools
import sys
from collections.abc import Callable
from typing import Any

import bt2

from lttngx.errors import LttngxError

# The least severe level at which components speak. None: their logging level, which also makes the bindings print the
# tracebacks of exceptions; a program which makes components itself, and shows errors in its own way, sets this instead.
told_from: int | None = None


def one_line_errors(method: Callable) -> Callable:
    """Decorate a method which Babeltrace calls, so that what the user can mend is reported as one line.

    The bindings turn an exception into an error cause with its whole traceback. The babeltrace2 program embeds Python
    (sys.argv is [""]): there, and for LttngxError only, the traceback is left out. Scripts keep theirs.
    """
    @functools.wraps(method)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return method(*args, **kwargs)
        except LttngxError as error:
            if getattr(sys, "argv", [""]) == [""] and not hasattr(sys, "ps1"):
                sys.tracebacklimit = 0
            raise error from None
    return guarded


class Interchange:
    """Mixin of component classes: works with message interchange protocol 0, and 1 where the library knows it.

    Without it (0 is the default of Python components) a component limits the graph to 0, and Babeltrace 2.1 reads no CTF 2 trace.
    """

    @classmethod
    def _user_get_supported_mip_versions(cls, params: Any, obj: Any, log_level: Any) -> list[int]:
        return list(range(min(1, bt2.get_maximal_mip_version()) + 1))


class Component(Interchange):
    """Mixin of all component classes of the plugin: put it before the bt2 base."""

    def _say(self, level: Any, text: str) -> None:
        """Write one line to standard error if the component's logging level lets `level` (a bt2.LoggingLevel) through."""
        if _number(level) >= (_number(self.logging_level) if told_from is None else told_from):
            name = "WARNING" if _number(level) >= _number(bt2.LoggingLevel.WARNING) else "INFO"
            print(f"lttngx: {name}: {self.name}: {text}", file=sys.stderr)

    def _info(self, text: str) -> None:
        """Say what is worth knowing when something looks odd: shown with --log-level=I."""
        self._say(bt2.LoggingLevel.INFO, text)

    def _warn(self, text: str) -> None:
        """Say what the user should mend: shown by default."""
        self._say(bt2.LoggingLevel.WARNING, text)


def _number(level: Any) -> int:
    """Return a logging level as a number: an int in Babeltrace 2.0, a plain Enum in 2.1."""
    return getattr(level, "value", level)
