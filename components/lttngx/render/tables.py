"""The one model of a table, from which text and CSV are made: columns with a unit, rows of plain values.

A value is an int, float, str, a tuple of those, or None (nothing known). Units say what the number is: text scales it
for the eye,
CSV gives it as it is and names the unit in the heading.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from lttngx.analyses.result import About

Value = int | float | str | tuple | None


class Unit(Enum):
    """What a column's values are; the value is the suffix of its CSV heading."""

    TEXT = ""
    COUNT = "count"
    NUMBER = "number"
    ID = "id"
    DURATION = "ns"
    TIME = "time_ns"
    SHARE = "fraction"
    BYTES = "bytes"
    RATE = "bytes_per_s"
    LIST = "list"


RIGHT_ALIGNED = frozenset(Unit) - {Unit.TEXT, Unit.LIST}


@dataclass(frozen=True, slots=True)
class Column:
    """A column. name: machine name, unique in its table; title: heading for people."""

    name: str
    title: str
    unit: Unit = Unit.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """A table. bar: name of a SHARE column which text draws as bars before the row; None: no bars. family: what tables of the same columns
    are, where their own names tell what they are about."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    bar: str | None = None
    family: str | None = None

    def index(self, name: str) -> int:
        """Return the place of a column."""
        return next(index for index, column in enumerate(self.columns) if column.name == name)


@dataclass(frozen=True, slots=True)
class Report:
    """One window's tables with its [begin, end) in ns, lines of summary and remarks (losses). about: the span which the window is."""

    begin_ns: int
    end_ns: int
    tables: tuple[Table, ...]
    summary: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    about: About | None = None
