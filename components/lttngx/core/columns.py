"""Columns: events of one event class as buffers in Arrow's layout (Arrow Columnar Format 1.x), which need no Python object a value.

An `Extraction` whose call is a core's `Columns` is filled natively. Both cores' `Columns(columns)` have `rows`, the number of events
collected, and `take()`, which returns them as a `Batch` and begins another. All numbers in buffers are little-endian; bitmaps have the
least significant bit first; offsets are signed 32-bit integers, one more than there are rows.
"""

from enum import IntEnum
from typing import NamedTuple

from lttngx.core.classes import FieldClass, FieldPath, Kind


class ColumnKind(IntEnum):
    """What a column's buffers hold."""

    INTEGER = 0    # data: `width` bytes a row
    REAL = 1       # data: 4 or 8 bytes a row
    BOOL = 2       # data: a bitmap
    TEXT = 3       # data: 32-bit indices into `dictionary`, UTF-8 as the tracer wrote it
    BINARY = 4     # offsets, data: bytes
    INTEGERS = 5   # offsets, data: `width` bytes an element
    REALS = 6      # offsets, data: 4 or 8 bytes an element
    OBJECT = 7     # objects: Python values as in extraction.Extraction, None where absent


class Column(NamedTuple):
    """One column. width: bytes of a number; nullable: whether the field may be absent from an event of the class."""

    kind: ColumnKind
    path: FieldPath
    width: int = 0
    nullable: bool = False


class Buffers(NamedTuple):
    """A column's buffers, None where its kind has none. validity: a bitmap; None: every row has a value.

    dictionary: (offsets, text) of the distinct texts."""

    validity: bytes | None = None
    offsets: bytes | None = None
    data: bytes | None = None
    dictionary: tuple[bytes, bytes] | None = None
    objects: list | None = None


class Batch(NamedTuple):
    """Events of one class in order. ordinals: unsigned 64-bit, the event's number among all extracted ones; times: signed 64-bit, ns from
    the clock's origin, 0 without a clock; cpus: signed 32-bit, −1 where unknown."""

    rows: int
    timed: bool
    ordinals: bytes
    times: bytes
    cpus: bytes
    columns: tuple[Buffers, ...]


INTEGER_KINDS = (Kind.UNSIGNED, Kind.SIGNED, Kind.UNSIGNED_ENUM, Kind.SIGNED_ENUM, Kind.BIT_ARRAY)
REAL_KINDS = (Kind.SINGLE, Kind.DOUBLE)
ARRAY_KINDS = (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY)
_PLAIN = {Kind.BOOL: ColumnKind.BOOL, Kind.STRING: ColumnKind.TEXT, Kind.BLOB: ColumnKind.BINARY}


def column_of(path: FieldPath, nullable: bool = False) -> Column:
    """Return the column of a field: of the least width which holds its value range."""
    described = path.field_class
    if described.kind in INTEGER_KINDS:
        return Column(ColumnKind.INTEGER, path, integer_width(described), nullable)
    if described.kind in REAL_KINDS:
        return Column(ColumnKind.REAL, path, real_width(described), nullable)
    if described.kind in ARRAY_KINDS and described.element.kind in INTEGER_KINDS:
        return Column(ColumnKind.INTEGERS, path, integer_width(described.element), nullable)
    if described.kind in ARRAY_KINDS and described.element.kind in REAL_KINDS:
        return Column(ColumnKind.REALS, path, real_width(described.element), nullable)
    return Column(_PLAIN.get(described.kind, ColumnKind.OBJECT), path, 0, nullable)


def integer_width(described: FieldClass) -> int:
    """Return the bytes of an integer or bit array: 1, 2, 4 or 8."""
    return next(width for width in (1, 2, 4, 8) if described.bits <= 8 * width)


def real_width(described: FieldClass) -> int:
    """Return the bytes of a real."""
    return 4 if described.kind is Kind.SINGLE else 8
