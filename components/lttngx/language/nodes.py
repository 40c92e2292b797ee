"""The syntax tree of an expression.

`at` is the offset, in the expression's text, of what a message about the node points at. `&&` and `||` chains are one
node: both are associative, and long ones are usual in generated filters.
"""

from dataclasses import dataclass
from typing import Union

from lttngx.core.predicate import Automaton
from lttngx.language.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Number:
    """An integer (signed 64-bit; `wide` keeps 2^63 … 2^64−1 as written), a real, or a duration in ns."""

    at: int
    value: int | float
    wide: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal; `offsets` maps each character of `regex` to its offset in the expression."""

    at: int
    pattern: Pattern
    regex: str
    offsets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A field or fact. root: "" (payload), "$ctx", "$app", "$event", …; steps: member names and indexes."""

    at: int
    root: str
    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        shown = self.root
        for step in self.steps:
            shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
        return shown


@dataclass(frozen=True, slots=True)
class Current:
    """`$element`, or the implied left operand in `any(array, == 3)`."""

    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    at: int
    op: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, bitwise operation or arithmetic operation; `op` as written."""

    at: int
    op: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Logical:
    """`op` is && or ||, with two operands or more."""

    at: int
    op: str
    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A range lower..upper in a set, both bounds inclusive."""

    at: int
    lower: "Node"
    upper: "Node"


@dataclass(frozen=True, slots=True)
class Networks:
    """cidr("…", …): addresses in network order with prefix lengths."""

    at: int
    networks: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class In:
    at: int
    operand: "Node"
    items: tuple[Union["Node", Span, Networks], ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Match:
    """=~ or !~ (`negated`)."""

    at: int
    operand: "Node"
    automaton: Automaton
    negated: bool


@dataclass(frozen=True, slots=True)
class Call:
    at: int
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Exists:
    at: int
    name: Name


@dataclass(frozen=True, slots=True)
class Quantifier:
    """`any` or `all` of the elements of an array."""

    at: int
    word: str
    array: "Node"
    body: "Node"


Node = Union[Number, Text, Name, Current, Unary, Binary, Logical, In, Match, Call, Exists, Quantifier]
