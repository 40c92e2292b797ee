"""Terms: the expressions of span definitions, whatever syntax they were written in.

A term reads the current event, the begin event of its own span (`$begin`) or the begin event of its parent (`$parent`).
Truth is two-valued where a decision is taken: an unknown value (a missing field) is not true. Negation is pushed
to the leaves first, so that Kleene's logic and this one agree; `Compare.total` keeps lttng-analyses' rule, in
which a comparison with a missing field is false and its negation true.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    # The filter language is loaded by definitions which use it only.
    from lttngx.core.predicate import Predicate
    from lttngx.language.filter import Filter

EVENT, BEGIN, PARENT = "event", "begin", "parent"


@dataclass(frozen=True, slots=True)
class Reference:
    """A field or a fact of an event.

    source: whose event: EVENT (the current one), BEGIN, PARENT.
    scope: name of the root structure ("payload", "specific", "common", "packet"; "context": the first of common,
    specific, packet that
    has it), "" to look it up in that order and then among the facts, "fact" for what is not a field: `name`, `time`,
    `cpu`;
    "state" for a value of the kernel tracker right after the event.
    steps: member names and array indexes.
    """

    source: str
    scope: str
    steps: tuple[str | int, ...]

    def __str__(self) -> str:
        prefix = {EVENT: "", BEGIN: "$begin.", PARENT: "$parent."}[self.source]
        scope = {"": "", "fact": "$", "state": "$state."}.get(self.scope, f"${self.scope}.")
        text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.steps)
        return prefix + scope + text.lstrip(".")


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: int, float or str."""

    value: int | float | str


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`op` is one of + - * / % & | ^ << >>; integers only divide to integers, toward zero."""

    op: str
    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class Compare:
    """`op` is one of == != < <= > >=. total: lttng-analyses' rules (see the module's docstring), among them that an
    integer
    field is compared with the integer part of a number."""

    op: str
    left: "Term"
    right: "Term"
    total: bool = False


@dataclass(frozen=True, slots=True)
class Glob:
    """A text against patterns, anchored, case-sensitive.

    syntax: "star": the literal byte runs between stars; "fnmatch": fnmatch's patterns (lttng-analyses)."""

    operand: "Term"
    patterns: tuple
    syntax: str = "star"


@dataclass(frozen=True, slots=True)
class Truth:
    """A value as a condition: true if it is a number other than zero."""

    operand: "Term"


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether the operand has a value."""

    operand: "Term"


@dataclass(frozen=True, eq=False, slots=True)
class Linked:
    """A condition on the event alone which the filter language links to each event class."""

    filter: "Filter"


@dataclass(frozen=True, eq=False, slots=True)
class Decided:
    """What a Linked is for one event class, where the class does not settle it."""

    predicate: "Predicate"


@dataclass(frozen=True, slots=True)
class Not:
    operand: "Term"


@dataclass(frozen=True, slots=True)
class And:
    operands: tuple["Term", ...]


@dataclass(frozen=True, slots=True)
class Or:
    operands: tuple["Term", ...]


Term = Union[Reference, Literal, Arithmetic, Compare, Glob, Truth, Exists, Linked, Decided, Not, And, Or]

TRUE, FALSE = And(()), Or(())
_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def children(term: Term) -> tuple[Term, ...]:
    """Return the operands of a term."""
    if isinstance(term, (And, Or)):
        return term.operands
    if isinstance(term, (Compare, Arithmetic)):
        return (term.left, term.right)
    return (term.operand,) if isinstance(term, (Glob, Truth, Exists, Not)) else ()


def rebuild(term: Term, change: Callable[[Term], Term]) -> Term:
    """Return the term with every operand changed."""
    if isinstance(term, (And, Or)):
        return type(term)(tuple(map(change, term.operands)))
    if isinstance(term, (Compare, Arithmetic)):
        return replace(term, left=change(term.left), right=change(term.right))
    return replace(term, operand=change(term.operand)) if isinstance(term, (Glob, Truth, Exists, Not)) else term


def references(term: Term) -> Iterator[Reference]:
    """Yield the references of a term, in order of writing."""
    if isinstance(term, Reference):
        yield term
    for operand in children(term):
        yield from references(operand)


def sources(term: Term) -> frozenset[str]:
    """Return the sources a term reads."""
    return frozenset(reference.source for reference in references(term))


def moved(term: Term, source: str, target: str) -> Term:
    """Return the term with what it reads from `source` read from `target`."""
    if isinstance(term, Reference):
        return replace(term, source=target) if term.source == source else term
    return rebuild(term, lambda operand: moved(operand, source, target))


def normal(term: Term, negated: bool = False) -> Term:
    """Return the term with negation at its leaves only and nested And and Or flattened."""
    if isinstance(term, Not):
        return normal(term.operand, not negated)
    if isinstance(term, (And, Or)):
        kind = And if isinstance(term, And) is not negated else Or
        return joined(kind, [normal(operand, negated) for operand in term.operands])
    if negated and isinstance(term, Compare) and not term.total:
        return replace(term, op=_OPPOSITE[term.op])
    if negated and isinstance(term, Truth):
        return Compare("==", term.operand, Literal(0))
    if negated and isinstance(term, Glob) and term.syntax == "star":
        return And((Exists(term.operand), Not(term)))
    return Not(term) if negated else term


def joined(kind: type, operands: list[Term]) -> Term:
    """Return And or Or of some terms, flattened, with TRUE and FALSE taken out."""
    neutral, final = (TRUE, FALSE) if kind is And else (FALSE, TRUE)
    flat: list[Term] = []
    for operand in operands:
        if operand == final:
            return final
        if operand != neutral:
            flat += operand.operands if isinstance(operand, kind) else [operand]
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def conjuncts(term: Term) -> tuple[Term, ...]:
    """Return the terms whose conjunction the (normal) term is."""
    return term.operands if isinstance(term, And) else (term,)
