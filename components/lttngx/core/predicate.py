"""Predicates: typed expression trees which both cores evaluate on events of one event class.

The filter language links an expression to an event class and gives such a tree (or True/False where the class
settles the outcome). `portable` turns it into closures, `native` into flat operations. Both obey these rules.

Values are: signed 64-bit integer (S), unsigned 64-bit integer (U, made only by `Unsigned` and by arithmetic on it),
double (F), text (T, bytes), field (A: an array, BLOB, … which only some nodes accept), and *missing* (M).

Missing is the third truth value. `strict` predicates reject the event as soon as a missing value is produced by a node that
is evaluated (LTTng's evaluation error). Lenient predicates carry it on: every node gives M if an operand it
evaluates is M, except And (false beats M), Or (true beats M), Exists and Otherwise. The event is accepted if the root is a
non-zero integer (S or U; a double, a text or a field never accepts).

A node whose operand is of a sort it does not list gives M, as it does for M. Tests of zero take S, U and F.

Evaluation is left to right; And, Or and Otherwise evaluate no more operands than they need.
"""

from dataclasses import dataclass
from typing import Protocol, Union

from lttngx.core.classes import EventClass, FieldPath, Stream


@dataclass(frozen=True, slots=True)
class Constant:
    """S (int in −2^63 … 2^63−1), U (`unsigned`, int in 0 … 2^64−1), F (float) or T (bytes)."""

    value: int | float | bytes
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """The value of a field; M if it is absent.

    Integers, enumerations and bit arrays give S (their 64-bit pattern read as signed), booleans S 0 or 1, reals F, strings T;
    `text` arrays (element of 8 bits) give T up to the first zero byte; all other kinds give A.
    """

    path: FieldPath
    text: bool = False


@dataclass(frozen=True, slots=True)
class Time:
    """S: the event's default clock snapshot in ns from the clock's origin; M without a clock or on overflow."""


@dataclass(frozen=True, slots=True)
class Element:
    """The current element inside the body of the innermost Quantified."""


@dataclass(frozen=True, slots=True)
class Missing:
    """M: a field which the event class does not have. A strict predicate contains it only where LTTng notices the absence at
    evaluation (an application context); for other fields the class as a whole is settled as False."""


@dataclass(frozen=True, slots=True)
class Unary:
    """`op` is one of:

    neg (S, U wrapping; F), not (S, U, F: 1 if zero else 0), invert (bits as U64, result S; U stays U),
    abs (S wrapping, U, F), popcount (bits as U64, S),
    unsigned (S's pattern as U), truncate (F to S toward zero, saturating, NaN 0; S, U unchanged: LTTng's && and || on reals),
    lower (T, ASCII), basename (T, what follows the last slash), length (T: bytes; A: elements of an
    array, bytes of a BLOB; S).
    """

    op: str
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """`op` is one of:

    eq ne lt le gt ge: S with S; any U: mathematical comparison; any F: both as doubles, IEEE; T with T: bytewise. 0 or 1, S. Operands
    of different sorts (text with number, A) give M.
    and_bits or_bits xor_bits shift_left shift_right: bits as U64, `>>` logical, result S, or U if the left is U; a count outside
    0 … 63 (as S or U by its own sort) gives M; F, T and A give M.
    add sub mul div mod: S wrapping, any U: U wrapping (an S operand by its pattern, as in C), any F: F; integer
    division truncates toward zero as C's, mod takes the sign of the left; integer division by zero gives M, F follows IEEE (mod: C fmod).
    starts_with ends_with contains: T with T; 0 or 1, S.
    """

    op: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """LTTng's &&: 0 (S) if the left is zero, else the right operand's value. Lenient: left M: 0 if the right is zero, else M."""

    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Or:
    """LTTng's ||: 1 (S) if the left is non-zero, else the right operand's value. Lenient: left M: 1 if the right is
    non-zero, else M."""

    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The first operand which is not M (S, U, F, T or A), else M: one name found in several variant options. Never rejects a strict
    event by itself before its last operand."""

    operands: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Exists:
    """1 (S) if the operand's value is not M, else 0. M inside does not reject a strict event."""

    operand: "Node"


@dataclass(frozen=True, slots=True)
class Glob:
    """T against a star pattern, anchored: 1 or 0 (S). `parts` are the literal byte runs between the stars:
    (b"a", b"b") is a*b, (b"a", b"") is a*, (b"a",) is a."""

    operand: "Node"
    parts: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class InRanges:
    """1 (S) if an S, U or F lies in one of the ranges (lower, upper), bounds inclusive, sorted and disjoint; T and A give M.

    Bounds are ints (in −2^63 … 2^64−1, compared mathematically with S and U) or floats; if the value or the bound is a
    float, both are compared as doubles. No range at all gives 0."""

    operand: "Node"
    ranges: tuple[tuple[int | float, int | float], ...]


@dataclass(frozen=True, slots=True)
class InTexts:
    """1 (S) if T is one of `texts`, or matches one of `globs` (as in Glob)."""

    operand: "Node"
    texts: frozenset[bytes]
    globs: tuple[tuple[bytes, ...], ...] = ()


class Automaton(Protocol):
    """A deterministic automaton over bytes whose states are made on demand (a regular expression's).

    table: writable C int array (array.array("i")), `table[state * 257 + byte]` = next state, −1 where not made yet; column
    256 is what the end of the text leads to. States ACCEPT (1) and REJECT (0) are final: reading stops there. `start` is the first state.
    Its memory moves when it grows: take its address again after each call of `make`.
    """

    table: object
    start: int

    def make(self, state: int, byte: int) -> int:
        """Make and store the transition from `state` on `byte` (256: end of text); return the next state.

        States are bounded: when there are too many, all are forgotten and `generation` grows. The returned state is valid in
        the new table, so a reader just goes on from it (starting the text again could overflow for ever)."""

    generation: int


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """1 (S) if the automaton accepts T, else 0."""

    operand: "Node"
    automaton: Automaton


@dataclass(frozen=True, slots=True)
class InNetworks:
    """1 (S) if an address lies in one of the networks.

    networks: (address as 4 or 16 bytes in network order, prefix length). An S is an IPv4 address by value (low 32 bits; M if it does not
    fit); an A of 4 or 16 integer elements holds bytes in network order (one not in 0 … 255 gives M), an A of 8
    elements 16-bit words (LTTng-modules' IPv6 headers); T is parsed as by inet_pton. Other operands give M. An IPv4 address
    is never in an IPv6 network."""

    operand: "Node"
    networks: tuple[tuple[bytes, int], ...]


@dataclass(frozen=True, slots=True)
class Quantified:
    """`all`=False: 1 (S) if the body is non-zero for some element of A, else 0; True: for every one (1 for an empty array).

    The body contains Element. In lenient predicates an M body is unknown: any = 1 beats M, all = 0 beats M."""

    array: "Node"
    body: "Node"
    all: bool = False


Node = Union[Constant, Field, Time, Element, Missing, Unary, Binary, And, Or, Otherwise, Exists, Glob, InRanges, InTexts,
             Matches, InNetworks, Quantified]


@dataclass(frozen=True, slots=True)
class Predicate:
    """A tree for one event class. strict: a missing value rejects the event at once."""

    root: Node
    strict: bool = True


class Selection(Protocol):
    """What *select* asks, once per event class on first sight (once per event class and stream if `per_stream`)."""

    per_stream: bool

    def bind(self, event_class: EventClass, stream: Stream, first_ns: int | None) -> tuple[Predicate, ...] | bool:
        """Return True or False if the class settles it, else predicates of which at least one must accept the event.

        stream: of the event seen first. first_ns: time of the first event of the graph (literals such as "10:15:02" need its
        date), None without a clock."""
