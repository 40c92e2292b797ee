"""Linking of conditions to an event class: what the class settles, which fields are read, which equalities are keys.

Field lookup order where no scope is written is lttng-analyses': payload, specific context, common context, packet
context.
"""

import fnmatch
import re
from dataclasses import dataclass, replace
from typing import Any

from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Step
from lttngx.spans import terms
from lttngx.spans.terms import BEGIN, EVENT, PARENT, FALSE, TRUE, Reference, Term

SCOPES = {"payload": Scope.PAYLOAD, "specific": Scope.SPECIFIC_CONTEXT, "common": Scope.COMMON_CONTEXT,
          "packet": Scope.PACKET_CONTEXT}
_CONTEXTS = (Scope.COMMON_CONTEXT, Scope.SPECIFIC_CONTEXT, Scope.PACKET_CONTEXT)
FACTS = ("name", "time", "cpu")
_ARRAYS = (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY)
# Kinds whose values no term can use.
_OPAQUE = (Kind.STRUCTURE, Kind.VARIANT)


def resolve(reference: Reference, event_class: EventClass) -> FieldPath | None:
    """Return the path of the field a reference means in an event class, None if the class has no such field."""
    scopes = _CONTEXTS if reference.scope == "context" else \
        (SCOPES[reference.scope],) if reference.scope else SCOPES.values()
    for scope in scopes:
        root = event_class.scopes[scope]
        found = None if root is None else _walk(root, reference.steps)
        if found is not None and found[1].kind not in _OPAQUE:
            return FieldPath(scope, *found)
    return None


def fact(reference: Reference, event_class: EventClass) -> str | None:
    """Return the fact a reference means, None if it means a field or nothing."""
    name = reference.steps[0]
    if reference.scope in ("fact", "state"):
        return name
    is_fact = not reference.scope and len(reference.steps) == 1 and name in FACTS
    return name if is_fact and resolve(reference, event_class) is None else None


def _walk(root: FieldClass, names: tuple[str | int, ...]) -> tuple[tuple[Step, ...], FieldClass] | None:
    steps: list[Step] = []
    current = root
    for name in names:
        current = _content(current, steps)
        if isinstance(name, int):
            fits = current.kind in (*_ARRAYS, Kind.BLOB)
            index, inner = name, current.element
        else:
            fits = current.kind is Kind.STRUCTURE and current.member(name) is not None
            index = current.member(name) if fits else 0
            inner = current.members[index][1] if fits else None
        if not fits or inner is None:
            return None
        steps.append(Step(current.kind, index))
        current = inner
    current = _content(current, steps)
    return tuple(steps), current


def _content(field_class: FieldClass, steps: list[Step]) -> FieldClass:
    """Step into options, which a name sees through."""
    while field_class.kind is Kind.OPTION and field_class.element is not None:
        steps.append(Step(Kind.OPTION, 0))
        field_class = field_class.element
    return field_class


def pattern(glob: terms.Glob) -> re.Pattern[str]:
    """Return the regular expression of a Glob's patterns, anchored."""
    def one(text: Any) -> str:
        if glob.syntax == "fnmatch":
            return fnmatch.translate(text)
        return ".*".join(re.escape(part.decode("utf-8", "surrogateescape")) for part in text) + r"\Z"
    return re.compile("|".join(f"(?:{one(text)})" for text in glob.patterns), re.DOTALL)


def settle(term: Term, event_class: EventClass) -> Term:
    """Return a normal term with what the event class decides put in: its name, and fields which it does not have."""
    if isinstance(term, (terms.And, terms.Or)):
        return terms.joined(type(term), [settle(operand, event_class) for operand in term.operands])
    if isinstance(term, terms.Not):
        inner = settle(term.operand, event_class)
        return {TRUE: FALSE, FALSE: TRUE}.get(inner, terms.Not(inner))
    if isinstance(term, terms.Linked):
        outcome = term.filter.link(event_class).outcome
        return terms.Decided(outcome) if not isinstance(outcome, bool) else TRUE if outcome else FALSE
    if isinstance(term, (terms.Reference, terms.Literal)):
        return term
    return _leaf(terms.rebuild(term, lambda operand: _operand(operand, event_class)), event_class)


def _operand(term: Term, event_class: EventClass) -> Term:
    is_event = isinstance(term, Reference) and term.source == EVENT and term.scope != "state"
    known = fact(term, event_class) if is_event else None
    if known in ("name", "stem"):
        return terms.Literal(getattr(event_class, known) or "")
    return terms.rebuild(term, lambda operand: _operand(operand, event_class))


def _leaf(term: Term, event_class: EventClass) -> Term:
    own = [reference for reference in terms.references(term) if reference.source == EVENT]
    if any(fact(reference, event_class) is None and resolve(reference, event_class) is None for reference in own):
        return TRUE if isinstance(term, terms.Compare) and term.total and term.op == "!=" else FALSE
    operands = terms.children(term)
    if not all(isinstance(operand, terms.Literal) for operand in operands):
        return term
    return TRUE if _constant(term, [operand.value for operand in operands]) else FALSE


def _constant(term: Term, values: list[int | float | str]) -> bool:
    if isinstance(term, terms.Glob):
        return isinstance(values[0], str) and pattern(term).match(values[0]) is not None
    if isinstance(term, terms.Truth):
        return not isinstance(values[0], str) and values[0] != 0
    return isinstance(term, terms.Exists) or compare(term.op, *values, total=term.total)


_ORDERS = {"<": lambda left, right: left < right, "<=": lambda left, right: left <= right,
           ">": lambda left, right: left > right, ">=": lambda left, right: left >= right}


def compare(op: str, left: object, right: object, total: bool = False) -> bool:
    """Compare two values, None where missing.

    Different sorts (text with number) and None give False, but True for != if `total`."""
    comparable = left is not None and right is not None and isinstance(left, str) is isinstance(right, str)
    if not comparable:
        return total and op == "!="
    if op in ("==", "!="):
        return (left == right) is (op == "==")
    return _ORDERS[op](left, right)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition on events of one class.

    guard: reads the event alone. event_key, open_key: terms whose values must be equal, of the event and of an open
    span
    (its begin event as BEGIN, its parent's as PARENT). rest: what remains to be decided per open span.
    """

    guard: Term
    event_key: tuple[Term, ...]
    open_key: tuple[Term, ...]
    rest: Term


def split(condition: Term, event_class: EventClass) -> Rule | None:
    """Return the rule of a normal condition for an event class, None if no event of the class fulfils it."""
    settled = settle(condition, event_class)
    if settled == FALSE:
        return None
    guard, rest, keys = [], [], {}
    for conjunct in terms.conjuncts(settled):
        pair = _key(conjunct)
        if pair is not None:
            keys.setdefault(pair[1], pair[0])
            if keys[pair[1]] != pair[0]:
                rest.append(conjunct)
        else:
            (rest if terms.sources(conjunct) & {BEGIN, PARENT} else guard).append(conjunct)
    # A fixed order lets definitions and event classes share indexes.
    ordered = sorted(keys.items(), key=lambda item: repr(item[0]))
    return Rule(terms.joined(terms.And, guard), tuple(event for _, event in ordered),
                tuple(open_ for open_, _ in ordered), terms.joined(terms.And, rest))


def _key(conjunct: Term) -> tuple[Term, Term] | None:
    """Return (event's side, open span's side) of an equality between them."""
    if not isinstance(conjunct, terms.Compare) or conjunct.op != "==":
        return None
    for event, other in ((conjunct.left, conjunct.right), (conjunct.right, conjunct.left)):
        of_event, of_other = terms.sources(event), terms.sources(other)
        if of_event and of_other and not of_event & {BEGIN, PARENT} and of_other <= {BEGIN, PARENT}:
            return event, other
    return None


def as_parents(rule: Rule) -> Rule:
    """Return the rule of a child's begin as one on the parent's open spans: what is PARENT's there is BEGIN's here."""
    return replace(rule, open_key=tuple(terms.moved(term, PARENT, BEGIN) for term in rule.open_key),
                   rest=terms.moved(rule.rest, PARENT, BEGIN))
