"""What the filter language says: syntax errors, and diagnostics about one event class.

Positions are line:column, both from 1; a column counts characters.
"""

from dataclasses import dataclass
from enum import Enum

from lttngx.errors import LttngxError


class FilterSyntaxError(LttngxError):
    """An expression breaks a rule of the language.

    The first line of the message stands alone; two more show the line at fault with a caret under the column.

    Attributes: line, column, summary (the first line).
    """

    def __init__(self, text: str, at: int, problem: str) -> None:
        self.line, self.column = position(text, at)
        shown = one_line(text if len(text) <= 200 else text[:197] + "...")
        where = f"{self.line}:{self.column}"
        self.summary = f"Cannot compile filter expression: {where}: {problem}: expression=`{shown}`"
        super().__init__(f"{self.summary}\n{excerpt(text, at)}")


class Topic(Enum):
    """What a diagnostic is about."""

    MISSING = "missing field"
    MISMATCH = "type mismatch"
    LABEL = "unknown label"
    UNSIGNED = "unsigned comparison"
    EFFECT = "no effect"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """Something the user should know of an expression, of one event class or (EFFECT) of all."""

    topic: Topic
    message: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}"


def diagnostic(text: str, at: int, topic: Topic, message: str) -> Diagnostic:
    """Return a diagnostic on offset `at` of the expression `text`."""
    return Diagnostic(topic, message, *position(text, at))


def position(text: str, at: int) -> tuple[int, int]:
    """Return line and column of an offset."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def excerpt(text: str, at: int) -> str:
    """Return the line which holds an offset (a window of a long one), and below it a caret."""
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    line = text[begin:] if end < 0 else text[begin:end]
    column = at - begin
    cut = max(0, column - 60)
    window = line[cut:cut + 100].replace("\t", " ")
    return f"  {window}\n  {' ' * (column - cut)}^"


def one_line(text: str) -> str:
    """Return a text with its line feeds shown as \\n."""
    return text.replace("\n", "\\n")
