"""Terms as Python source: conditions and values which the engine's functions are made of.

The source reads local names: `t` (time in ns), `cpu`, `v0`, `v1`, … (fields of the event), `s_NAME` (`$state`
values), `b` and `p` (values kept of the begin events of
an open span and of its parent) and names of `Namespace.constants`. Nothing of a user's text gets into it: literals
are written
by repr, everything else by number.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lttngx.core.classes import EventClass, FieldPath, Kind, Scope
from lttngx.spans import terms
from lttngx.spans.linking import compare, fact, pattern, resolve
from lttngx.spans.terms import BEGIN, PARENT, Reference, Term

_SORTS = {Kind.STRING: "text", Kind.SINGLE: "float", Kind.DOUBLE: "float", Kind.BLOB: "array",
          Kind.STATIC_ARRAY: "array", Kind.DYNAMIC_ARRAY: "array"}
_NUMBERS = ("int", "float")


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of source. sort: "int", "float", "text", "array", "?" (known at run time only). nullable: may give
    None."""

    source: str
    sort: str = "?"
    nullable: bool = True


_NONE = Piece("None")


@dataclass(slots=True)
class Namespace:
    """What the functions of one event class need: field paths, in order of `v` names, constants by name, `$state`
    values."""

    event_class: EventClass
    kept: Callable[[Reference], int] | None = None
    parents: Callable[[Reference], int] | None = None
    paths: list[FieldPath] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    states: set[str] = field(default_factory=set)

    def constant(self, value: Any) -> str:
        """Return the name of a constant."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def reference(self, reference: Reference) -> Piece:
        if reference.source == BEGIN:
            return Piece(f"b[{self.kept(reference)}]")
        if reference.source == PARENT:
            return Piece(f"p[{self.parents(reference)}]")
        if reference.scope == "state":
            self.states.add(str(reference.steps[0]))
            return Piece(f"s_{reference.steps[0]}")
        known = fact(reference, self.event_class)
        return self._field(reference) if known is None else self._fact(known)

    def _fact(self, name: str | int) -> Piece:
        if name in ("name", "stem"):
            return Piece(self.constant(getattr(self.event_class, name) or ""), "text", False)
        return Piece("t" if name == "time" else "cpu", "int", False)

    def _field(self, reference: Reference) -> Piece:
        path = resolve(reference, self.event_class)
        return _NONE if path is None else self.field_at(path)

    def field_at(self, path: FieldPath) -> Piece:
        """Return the source of the field at a path."""
        if path == self.event_class.path(Scope.PACKET_CONTEXT, "cpu_id"):
            return Piece("cpu", "int", False)
        if path not in self.paths:
            self.paths.append(path)
        name, sort = f"v{self.paths.index(path)}", _SORTS.get(path.field_class.kind, "int")
        nullable = any(step.kind in (Kind.OPTION, Kind.VARIANT, Kind.DYNAMIC_ARRAY, Kind.BLOB) for step in path.steps)
        if sort == "array":
            name = f"{self.constant(hashable)}({name})" if path.field_class.kind is not Kind.BLOB else name
        return Piece(name, sort, nullable)


def hashable(value: Any) -> Any:
    """Return a list, at any depth, as a tuple."""
    return tuple(map(hashable, value)) if isinstance(value, list) else value


def value(term: Term, names: Namespace) -> Piece:
    """Return the source of a term's value."""
    if isinstance(term, Reference):
        return names.reference(term)
    if isinstance(term, terms.Literal):
        sort = "text" if isinstance(term.value, str) else "float" if isinstance(term.value, float) else "int"
        return Piece(repr(term.value), sort, False)
    if isinstance(term, terms.Arithmetic):
        function = names.constant(ARITHMETIC[term.op])
        return Piece(f"{function}({value(term.left, names).source}, {value(term.right, names).source})")
    return Piece(f"int({condition(term, names)})", "int", False)


def condition(term: Term, names: Namespace) -> str:
    """Return the source of a normal term as a condition."""
    if isinstance(term, (terms.And, terms.Or)):
        word, empty = (" and ", "True") if isinstance(term, terms.And) else (" or ", "False")
        return "(" + word.join(condition(operand, names) for operand in term.operands) + ")" if term.operands else empty
    if isinstance(term, terms.Not):
        return f"(not {condition(term.operand, names)})"
    if isinstance(term, terms.Compare):
        return _comparison(term, names)
    return _TESTS[type(term)](term, names) if type(term) in _TESTS else _truth(terms.Truth(term), names)


def _comparison(term: terms.Compare, names: Namespace) -> str:
    left, right = value(term.left, names), value(term.right, names)
    if term.total:
        left, right = _cut(term.left, left, right), _cut(term.right, right, left)
    plain = not (left.nullable or right.nullable) and (
        left.sort == right.sort != "array" or {left.sort, right.sort} == set(_NUMBERS))
    if plain:
        return f"({left.source} {term.op} {right.source})"
    if term.op == "==" and not (left.nullable and right.nullable):
        return f"({left.source} == {right.source})"
    function = names.constant(compare)
    return f"{function}({term.op!r}, {left.source}, {right.source}, {term.total})"


def _cut(term: Term, piece: Piece, other: Piece) -> Piece:
    """A number literal against an integer field counts by its integer part."""
    if isinstance(term, terms.Literal) and piece.sort == "float" and other.sort != "float":
        return Piece(repr(int(term.value)), "int", False)
    return piece


def _glob(term: terms.Glob, names: Namespace) -> str:
    operand, match = value(term.operand, names), names.constant(pattern(term).match)
    if operand.sort == "text" and not operand.nullable:
        return f"({match}({operand.source}) is not None)"
    return f"{names.constant(_matches)}({match}, {operand.source})"


def _matches(match: Callable[[str], Any], text: Any) -> bool:
    return isinstance(text, str) and match(text) is not None


def _truth(term: terms.Truth, names: Namespace) -> str:
    return f"{names.constant(_is_true)}({value(term.operand, names).source})"


def _is_true(got: Any) -> bool:
    return isinstance(got, (int, float)) and got != 0


def _exists(term: terms.Exists, names: Namespace) -> str:
    return f"({value(term.operand, names).source} is not None)"


def _decided(term: terms.Decided, names: Namespace) -> str:
    # Only conditions in the filter language come here.
    from lttngx.spans.decided import decided
    return decided(term, names)


_TESTS = {terms.Glob: _glob, terms.Truth: _truth, terms.Exists: _exists, terms.Decided: _decided}


def _of_numbers(operation: Callable[[Any, Any], Any], integers: bool = False) -> Callable[[Any, Any], Any]:
    """An operation which gives None for what is not a number (an integer), and for a division by zero."""
    kinds = int if integers else (int, float)

    def apply(left: Any, right: Any) -> Any:
        if not isinstance(left, kinds) or not isinstance(right, kinds):
            return None
        try:
            return operation(left, right)
        except (ZeroDivisionError, ValueError, OverflowError):
            return None
    return apply


def _divide(left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) is (right < 0) else -quotient


def _shift(left: int, right: int) -> int:
    if not 0 <= right < 64:
        raise ValueError
    return left << right & 2**64 - 1


ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": _of_numbers(lambda left, right: left + right),
    "-": _of_numbers(lambda left, right: left - right),
    "*": _of_numbers(lambda left, right: left * right),
    "/": _of_numbers(_divide),
    "%": _of_numbers(lambda left, right: left - right * _divide(left, right), integers=True),
    "&": _of_numbers(lambda left, right: left & right, integers=True),
    "|": _of_numbers(lambda left, right: left | right, integers=True),
    "^": _of_numbers(lambda left, right: left ^ right, integers=True),
    "<<": _of_numbers(_shift, integers=True),
    ">>": _of_numbers(lambda left, right: (left & 2**64 - 1) >> right, integers=True),
}
