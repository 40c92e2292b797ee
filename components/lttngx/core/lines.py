"""Rows of plain values as lines of aligned columns. The reference of `native.lines`.

The rules:
1. A cell's text is `?` for None, else what its column's `form` says. `kind` only tells that `form` is of a known sort, so that the
   native core need not call it.
2. A column is as wide as its widest cell or its heading, in code points. GAP is between columns; lines do not end in spaces.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from itertools import repeat
from types import NoneType
from typing import Any, NamedTuple

GAP = "  "
UNKNOWN = "?"
NS_PER_S = 1_000_000_000


class Kind(IntEnum):
    """What `form` makes of a value: anything; str of an int; the largest unit of a duration in ns; the largest unit of a number of
    bytes; a time in ns whose last nine characters are the fraction of its second; a text, itself if it is printable."""

    ANY = 0
    INTEGER = 1
    DURATION = 2
    SIZE = 3
    TIME = 4
    TEXT = 5


class Cells(NamedTuple):
    """A column. right: whether it is aligned to the right."""

    heading: str
    kind: Kind
    right: bool
    form: Callable[[Any], str]


def lines(columns: Sequence[Cells], rows: Sequence[tuple]) -> tuple[str, Iterator[str]]:
    """Return the line of headings, and those of the rows, each with its line break, in pieces of one or more.

    rows: each has a value for every column, of any type which the column's `form` takes."""
    # A whole column at a time, and padded only when a row is written.
    texts = [[column.heading, *_texts(column, values)] for column, values in zip(columns, zip(*rows) if rows else repeat(()))]
    form = GAP.join(f"%{'' if column.right else '-'}{max(map(len, cells))}s" for column, cells in zip(columns, texts))
    headings, *made = map(str.rstrip, map(form.__mod__, zip(*texts)))
    return headings, (f"{line}\n" for line in made)


def _texts(column: Cells, values: Sequence[Any]) -> Iterator[str]:
    form = column.form
    if column.kind is Kind.TIME:
        seconds = _Seconds(form)
        return (UNKNOWN if value is None else f"{seconds[value // NS_PER_S]}{value % NS_PER_S:09d}" for value in values)
    if column.kind is Kind.TEXT and set(map(type, values)) <= {str, NoneType}:
        # Names come again and again.
        known = {value: UNKNOWN if value is None else form(value) for value in set(values)}
        return map(known.__getitem__, values)
    return (UNKNOWN if value is None else form(value) for value in values)


class _Seconds(dict[int, str]):
    """Seconds as text, up to their fraction."""

    def __init__(self, form: Callable[[int], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, second: int) -> str:
        self[second] = text = self._form(second * NS_PER_S)[:-9]
        return text
