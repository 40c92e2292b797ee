"""Typed operands: what linking knows of a value before any event is read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from lttngx.core import predicate as tree
from lttngx.core.classes import FieldClass, FieldPath, Kind
from lttngx.language import levels, times
from lttngx.language.patterns import Pattern, encode

Ranges = tuple[tuple[int | float, int | float], ...]


class Sort(Enum):
    """Sorts of values, with the letters of core.predicate."""

    INTEGER = "integer"
    UNSIGNED = "unsigned integer"
    REAL = "real number"
    TEXT = "string"
    FIELD = "array or structure"


INTEGERS = frozenset((Sort.INTEGER, Sort.UNSIGNED))
NUMBERS = INTEGERS | {Sort.REAL}
_SORTS = {
    Kind.BOOL: Sort.INTEGER, Kind.BIT_ARRAY: Sort.INTEGER, Kind.UNSIGNED: Sort.INTEGER, Kind.SIGNED: Sort.INTEGER,
    Kind.UNSIGNED_ENUM: Sort.INTEGER, Kind.SIGNED_ENUM: Sort.INTEGER, Kind.SINGLE: Sort.REAL, Kind.DOUBLE: Sort.REAL,
    Kind.STRING: Sort.TEXT,
}
ARRAYS = (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY, Kind.BLOB)
_ENUMERATIONS = (Kind.UNSIGNED_ENUM, Kind.SIGNED_ENUM)


class Words(Protocol):
    """What strings mean beside a number: labels, times, log levels. `ordered`: each string is one number."""

    ordered: bool

    def ranges(self, literal: str, pattern: Pattern) -> Ranges:
        """Return the values meant; none if the string means nothing here."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A node and its sort. field_class: of a field or element; wide: a constant of 2^63 or more as it was written."""

    node: tree.Node
    sort: Sort
    field_class: FieldClass | None = None
    words: Words | None = None
    wide: int | None = None

    def __str__(self) -> str:
        if self.field_class is None:
            return self.sort.value
        return self.field_class.kind.value

    @property
    def is_array(self) -> bool:
        return self.field_class is not None and self.field_class.kind in ARRAYS

    @property
    def is_u64(self) -> bool:
        return (self.sort is Sort.INTEGER and self.field_class is not None and self.field_class.bits == 64
                and self.field_class.kind in (Kind.UNSIGNED, Kind.UNSIGNED_ENUM))


def field_operand(path: FieldPath, extended: bool) -> Typed:
    """Return the operand of a field."""
    return _of_class(tree.Field(path), path.field_class, extended)


def element_operand(array: Typed, extended: bool) -> Typed:
    """Return the operand for the current element of an array."""
    return _of_class(tree.Element(), array.field_class.element or FieldClass(Kind.UNSIGNED, bits=8), extended)


def _of_class(node: tree.Node, field_class: FieldClass, extended: bool) -> Typed:
    words = EnumerationWords(field_class) if extended and field_class.kind in _ENUMERATIONS else None
    return Typed(node, _SORTS.get(field_class.kind, Sort.FIELD), field_class, words)


def constant(value: int | float | bytes) -> Typed:
    """Return the operand of a constant."""
    sort = {int: Sort.INTEGER, float: Sort.REAL, bytes: Sort.TEXT}[type(value)]
    return Typed(tree.Constant(value), sort)


def as_text(operand: Typed, extended: bool) -> Typed | None:
    """Return an operand as a string: also, in `extended`, an array of 8-bit integers; None if it is no text."""
    if operand.sort is Sort.TEXT:
        return operand
    element = operand.field_class.element if operand.is_array else None
    if not extended or not isinstance(operand.node, tree.Field) or element is None:
        return None
    if element.bits != 8 or element.kind not in (Kind.UNSIGNED, Kind.SIGNED):
        return None
    return Typed(tree.Field(operand.node.path, text=True), Sort.TEXT)


def sort_ranges(ranges: Iterable[tuple[int | float, int | float]]) -> Ranges:
    """Return inclusive ranges sorted, overlapping ones joined."""
    result: list[tuple[int | float, int | float]] = []
    for lower, upper in sorted(ranges):
        if result and lower <= result[-1][1]:
            result[-1] = (result[-1][0], max(upper, result[-1][1]))
        else:
            result.append((lower, upper))
    return tuple(result)


class EnumerationWords:
    """Labels of an enumeration field class: a string means the values of every label it matches.

    LTTng writes a label that would not be an identifier, or that selects a variant option, with an underscore before
    it; a string without star that is no label is tried that way too.
    """

    ordered = False

    def __init__(self, field_class: FieldClass) -> None:
        self.field_class = field_class

    def ranges(self, literal: str, pattern: Pattern) -> Ranges:
        found = self.matching(pattern.matches)
        if found or pattern.has_star:
            return found
        return self.matching(lambda label: label == b"_" + pattern.plain)

    def matching(self, test: Callable[[bytes], bool]) -> Ranges:
        """Return the values of the labels which pass a test."""
        return sort_ranges(part for label, ranges in self.field_class.labels if test(encode(label))
                           for lower, upper in ranges for part in signed_range(lower, upper))


def signed_range(lower: int, upper: int) -> list[tuple[int, int]]:
    """Return a range, perhaps of unsigned 64-bit values, as ranges of the same patterns read as signed."""
    if upper < 2**63:
        return [(lower, upper)]
    if lower >= 2**63:
        return [(lower - 2**64, upper - 2**64)]
    return [(lower, 2**63 - 1), (-2**63, upper - 2**64)]


class TimeWords:
    """Times beside $time. first_ns: see times.parse_time."""

    ordered = True

    def __init__(self, first_ns: int | None) -> None:
        self._first_ns = first_ns

    def ranges(self, literal: str, pattern: Pattern) -> Ranges:
        time_ns = times.parse_time(literal, self._first_ns)
        return () if time_ns is None else ((time_ns, time_ns),)


class LevelWords:
    """Names of log levels beside $event.loglevel."""

    ordered = True

    def ranges(self, literal: str, pattern: Pattern) -> Ranges:
        number = levels.number(literal)
        return () if number is None else ((number, number),)
