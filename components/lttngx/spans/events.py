"""Span events: what filter.lttngx.spans adds to a graph, and what sinks of spans read.

The trace `spans` has one stream with these events:
- DEFINITION, one for each definition, first: what its spans are called and capture;
- an event for each span, at its end, named by `label`: MEMBERS, then the captures which have a value;
- TOTALS, one for each definition, last: what became of all its spans and of its end events; RANGE: of all events.
A complete span outside its definition's limits of duration has no event unless there were spans in it; it is in the totals.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lttngx.core.classes import Kind as FieldKind
from lttngx.core.injecting import Added, Member
from lttngx.spans.kinds import Kind
from lttngx.spans.span import STATUSES, Span

TRACE = "spans"
DEFINITION, TOTALS, RANGE = "lttngx:span_definition", "lttngx:span_totals", "lttngx:span_range"
SEPARATOR = ", "


def _members(text: Iterable[str], numbers: Iterable[str]) -> tuple[Member, ...]:
    return (*(Member(name, FieldKind.STRING) for name in text), *(Member(name, FieldKind.SIGNED) for name in numbers))


# `definition` and `parent` are labels; `parent` is empty without one, `name` if there is none. min, max: in ns, NO_LIMIT
# without one.
DEFINITION_MEMBERS = _members(("definition", "name", "parent", "begin_captures", "end_captures"), ("min", "max"))
TOTALS_MEMBERS = _members(("definition",), (
    "begun", *(status.replace(" ", "_") for status in STATUSES), "unmatched_ends", "crossed", "lossy"))
RANGE_MEMBERS = _members((), ("begin", "end"))
# TSDL allows identifiers only. A root's `parent_id` is NO_PARENT; `key` is `NAME=VALUE, …`.
_STRING, _SIGNED = FieldKind.STRING, FieldKind.SIGNED
MEMBERS = (Member("name", _STRING), Member("begin", _SIGNED), Member("end", _SIGNED), Member("duration", _SIGNED),
           Member("id", _SIGNED), Member("parent_id", _SIGNED), Member("key", _STRING), Member("status", _STRING),
           Member("lossy", _SIGNED))
NO_PARENT = NO_LIMIT = -1
_NAMES = frozenset(member.name for member in MEMBERS)


def capture_members(names: Sequence[str]) -> dict[str, str]:
    """Return the member of each capture, by name, in order: what is no identifier's character becomes `_`, a name that is
    taken gets one more."""
    taken, found = set(_NAMES), {}
    for name in dict.fromkeys(names):
        member = re.sub(r"\W", "_", name, flags=re.ASCII)
        while member in taken:
            member += "_"
        taken.add(member)
        found[name] = member
    return found


class SpanEvents:
    """Writes span events. `take` is an engine's `emit`; `finish` comes after the engine's."""

    def __init__(self, added: Added, kinds: Sequence[Kind]) -> None:
        self._added, self._kinds = added, kinds
        self._classes: dict[tuple, tuple[Any, Callable[[tuple], tuple] | None]] = {}
        self._begun = False

    def take(self, span: Span) -> None:
        """Add the event of a span that has just ended."""
        if not self._begun:
            self.begin(span.end_ns)
        captured = span.begin_captures + span.end_captures
        # The types tell the kinds, but for integers which are not signed.
        known = self._classes.get((span.kind, *map(type, captured)))
        if known is None:
            known = self._new_class(span.kind, tuple(map(type, captured)), tuple(map(_field_kind, captured)))
        try:
            self._add(span, captured, *known)
        except OverflowError:
            kinds = tuple(map(_field_kind, captured))
            self._add(span, captured, *(self._classes.get((span.kind, *kinds)) or self._new_class(span.kind, kinds, kinds)))

    def _add(self, span: Span, captured: tuple, event_class: Any, pick: Callable[[tuple], tuple] | None) -> None:
        kind, title, parent = span.kind, span.title, span.parent
        self._added.event(event_class, span.end_ns, (
            title if title.__class__ is str else "" if title is None else str(title), span.begin_ns, span.end_ns,
            span.end_ns - span.begin_ns, span.number, NO_PARENT if parent is None else parent.number,
            kind.key_text(span), span.status, 1 if span.lossy else 0, *(captured if pick is None else pick(captured))))

    def begin(self, now_ns: int) -> None:
        """Add the definitions, unless that was done."""
        if self._begun:
            return
        self._begun = True
        event_class = self._added.event_class(DEFINITION, DEFINITION_MEMBERS)
        for kind in self._kinds:
            definition = kind.definition
            self._added.event(event_class, now_ns, (
                kind.label, definition.name or "", kind.parent.label if kind.parent is not None else "",
                *(SEPARATOR.join(name for name, _ in captures)
                  for captures in (definition.begin_captures, definition.end_captures)),
                *(NO_LIMIT if limit is None else limit for limit in (definition.min_ns, definition.max_ns))))

    def finish(self, begin_ns: int, end_ns: int) -> None:
        """Add the totals. begin_ns, end_ns: times of the first and the last event of all."""
        self.begin(end_ns)
        event_class = self._added.event_class(TOTALS, TOTALS_MEMBERS)
        for kind in self._kinds:
            self._added.event(event_class, end_ns, (
                kind.label, kind.begins, *(kind.counts[status] for status in STATUSES), kind.unmatched_ends,
                kind.crossed, kind.lossy))
        self._added.event(self._added.event_class(RANGE, RANGE_MEMBERS), end_ns, (begin_ns, end_ns))

    def _new_class(self, kind: Kind, key: tuple, kinds: tuple[FieldKind | None, ...]
                   ) -> tuple[Any, Callable[[tuple], tuple] | None]:
        """Return a new event class for spans whose captures are of some kinds (None: no value), and what picks a row's captures from
        theirs; None: they are the row's. key: under which it will be found with the span's kind."""
        names = [name for name, _ in kind.definition.begin_captures + kind.definition.end_captures]
        members = capture_members(names)
        # An end capture hides the begin capture of the same name.
        places = {name: at for at, name in enumerate(names) if at < len(kinds)}
        chosen = [(members[name], at) for name, at in places.items() if kinds[at] is not None]
        event_class = self._added.event_class(
            kind.label, (*MEMBERS, *(Member(member, kinds[at]) for member, at in chosen)))
        picked = [(at, kinds[at] is _STRING) for _, at in chosen]
        as_they_are = [at for at, _ in picked] == list(range(len(kinds))) and all(
            not text or at_type is str for (_, text), at_type in zip(picked, key))

        def pick(values: tuple) -> tuple:
            return tuple([str(values[at]) if text else values[at] for at, text in picked])
        made = self._classes[kind, *key] = (event_class, None if as_they_are else pick)
        return made


def _field_kind(value: Any) -> FieldKind | None:
    """Return the kind of the member for a capture's value."""
    if value is None:
        return None
    if isinstance(value, int):
        return _SIGNED if -2**63 <= value < 2**63 else FieldKind.UNSIGNED if 0 <= value < 2**64 else _STRING
    return FieldKind.DOUBLE if isinstance(value, float) else _STRING
