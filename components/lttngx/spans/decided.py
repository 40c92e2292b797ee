"""Predicates of the filter language on the values an Extraction gives.

The usual ones, comparisons of a field with a literal, become source; the rest is left to the portable evaluator, which
reads the values instead of a message.
"""

from collections.abc import Callable
from typing import Any

from lttngx.core import predicate as tree
from lttngx.core.classes import FieldPath, Kind
from lttngx.core.portable.evaluate import compile_predicate
from lttngx.core.values import MISSING, OPAQUE, Elements, signed
from lttngx.spans import terms

_OPERATORS = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SIGNED = (Kind.SIGNED, Kind.SIGNED_ENUM)
_UNSIGNED = (Kind.UNSIGNED, Kind.UNSIGNED_ENUM)


def decided(term: terms.Decided, names: Any) -> str:
    """Return the source of a predicate as a condition. names: a `code.Namespace`."""
    source = _source(term.predicate.root, names)
    return source if source is not None else _call(term.predicate, names)


def _source(node: tree.Node, names: Any) -> str | None:
    if isinstance(node, (tree.And, tree.Or)):
        left, right = _source(node.left, names), _source(node.right, names)
        word = "and" if isinstance(node, tree.And) else "or"
        return None if left is None or right is None else f"({left} {word} {right})"
    if not isinstance(node, tree.Binary) or node.op not in _OPERATORS:
        return None
    left, right = _operand(node.left, names), _operand(node.right, names)
    if left is None or right is None or left[1] != right[1] or left[1] != "int" and node.op not in ("eq", "ne"):
        return None
    return f"({left[0]} {_OPERATORS[node.op]} {right[0]})"


def _operand(node: tree.Node, names: Any) -> tuple[str, str] | None:
    """Return (source, sort) of a constant, or of a field that is always there and whose value is the same in both
    worlds."""
    if isinstance(node, tree.Constant) and not node.unsigned:
        if isinstance(node.value, bytes):
            return repr(node.value.decode("utf-8", "surrogateescape")), "text"
        return (repr(node.value), "int") if isinstance(node.value, int) else None
    if not isinstance(node, tree.Field) or node.text:
        return None
    kind, bits = node.path.field_class.kind, node.path.field_class.bits
    if kind is Kind.STRING or kind in _SIGNED or kind in _UNSIGNED and 0 < bits < 64:
        piece = names.field_at(node.path)
        return None if piece.nullable else (piece.source, piece.sort)
    return None


def _call(predicate: tree.Predicate, names: Any) -> str:
    accepts, paths = on_values(predicate)
    values = "".join(f"{names.field_at(path).source}, " for path in paths)
    return f"{names.constant(accepts)}({names.constant(Values)}(({values}t,)))"


def on_values(predicate: tree.Predicate) -> tuple[Callable[["Values"], bool], tuple[FieldPath, ...]]:
    """Return `accepts(values)` and the paths of the fields whose values it takes."""
    places: dict[FieldPath, int] = {}

    def reader(path: FieldPath, text: bool) -> Callable[[Any], Any]:
        place = places.setdefault(path, len(places))
        return (lambda values: _text(values[place])) if text else (lambda values: language_value(values[place]))
    return compile_predicate(predicate, reader), tuple(places)


class Values(tuple):
    """The values of an event's fields, then its time, in the place of a message."""

    __slots__ = ()

    @property
    def default_clock_snapshot(self) -> "Values":
        """Stands for the message's clock snapshot."""
        return self

    @property
    def ns_from_origin(self) -> int:
        """The event's time in ns."""
        return self[-1]


def _text(value: Any) -> Any:
    return bytes(element & 0xFF for element in value).partition(b"\0")[0] if value is not None else MISSING


def language_value(value: Any) -> Any:
    """Return a value of an Extraction as one of `core.values`."""
    if value is None:
        return MISSING
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, (bool, int)):
        return signed(int(value))
    if isinstance(value, (list, tuple)):
        return Elements(value, language_value)
    return memoryview(value) if isinstance(value, bytes) else value if isinstance(value, float) else OPAQUE
