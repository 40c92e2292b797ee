"""Reads back the spans which filter.lttngx.spans has added to a graph as events (see `events` for what they hold).

An event is known by its members, so that spans may have been written to a CTF trace in between. A span's event comes after
those of the spans in it: a parent is a Span without an end until then. Array captures were made text.
"""

from collections.abc import Callable
from typing import Any

from lttngx.core.classes import EventClass, Scope, Stream
from lttngx.core.injecting import Member, source_of
from lttngx.core.extraction import Extraction
from lttngx.errors import ParameterError
from lttngx.spans import terms
from lttngx.spans.definitions import Captures, Definition
from lttngx.spans.events import (DEFINITION, DEFINITION_MEMBERS, MEMBERS, NO_LIMIT, RANGE, RANGE_MEMBERS, SEPARATOR, TOTALS,
                                 TOTALS_MEMBERS, capture_members)
from lttngx.spans.finding import Observer
from lttngx.spans.kinds import Clockwork, Emit, Kind
from lttngx.spans.span import COMPLETE, STATUSES, Span

_STATUS = {status: status for status in STATUSES}
# What is read of a span's own members; its duration follows from them.
_READ = ("name", "begin", "end", "id", "parent_id", "key", "status", "lossy")


class _ReadKind(Kind):
    """A definition of which only names are known; `kept` of its spans is the key's text."""

    def key_of(self, span: Span) -> tuple[tuple[str | None, ...], tuple[Any, ...]]:
        """See Kind."""
        parts = [part.rpartition("=") for part in span.kept[0].split(SEPARATOR)] if span.kept and span.kept[0] else []
        return tuple(name or None for name, _, _ in parts), tuple(_number(value) for _, _, value in parts)


class SpanReader(Observer):
    """Gives the spans of upstream span events to `take`, in order of end: a Consumer in the place of a SpanFinder."""

    def __init__(self, take: Emit) -> None:
        super().__init__()
        self._take, self._shared = take, Clockwork(take)
        self._kinds: dict[str, Kind] = {}
        self._open: dict[int, Span] = {}
        self._range_known = False

    @property
    def kinds(self) -> list[Kind]:
        """The definitions known so far."""
        return list(self._kinds.values())

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        for name, members, call in ((DEFINITION, DEFINITION_MEMBERS, self._define), (TOTALS, TOTALS_MEMBERS, self._total),
                                    (RANGE, RANGE_MEMBERS, self._cover)):
            if event_class.name == name:
                return Extraction(call, _paths(event_class, [member.name for member in members]))
        if _is_span(event_class):
            self.trace = source_of(stream.trace)
            return self._reading(event_class)
        return None

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Take the times of the first and the last event, if the filter's are not known."""
        if not self._range_known:
            super().cover(first_ns, last_ns)

    def advance(self, now_ns: int | None) -> None:
        """Nothing ends by itself."""

    def finish(self) -> None:
        """Raise ParameterError if there was no span event at all."""
        if not self._kinds:
            raise ParameterError("no span is defined: expected at least one of spans, file, packs, or filter.lttngx.spans upstream")

    # Events

    def _define(self, time_ns: int, cpu: int, label: str, name: str, parent: str, begin_captures: str, end_captures: str,
                min_ns: int, max_ns: int) -> None:
        if label not in self._kinds:
            limits = (None if limit == NO_LIMIT else limit for limit in (min_ns, max_ns))
            self._add(label, name or None, self._kinds.get(parent), _captures(begin_captures), _captures(end_captures), *limits)

    def _add(self, label: str, name: str | None, parent: Kind | None, begin: Captures, end: Captures = (),
             min_ns: int | None = None, max_ns: int | None = None) -> Kind:
        definition = Definition(name, terms.TRUE, terms.TRUE, parent.definition.name if parent else None, begin_captures=begin,
                                end_captures=end, min_ns=min_ns, max_ns=max_ns, where=label)
        known = {kind.definition.name: kind.definition for kind in self._kinds.values()}
        kind = self._kinds[label] = _ReadKind(definition, parent, known, self._shared)
        return kind

    def _undefined(self, label: str, captures: Captures) -> Kind:
        """Return a new kind for spans whose definition's event was cut off."""
        above, _, name = label.rpartition("/")
        return self._add(label, name, self._kinds.get(above) or self._undefined(above, ()) if above else None, captures)

    def _reading(self, event_class: EventClass) -> Extraction:
        own = [name for name, _ in event_class.scopes[Scope.PAYLOAD].members[len(MEMBERS):]]
        label = event_class.name or ""
        kind = self._kinds.get(label) or self._undefined(label, _captures(SEPARATOR.join(own)))
        definition = kind.definition
        members = capture_members([name for name, _ in definition.begin_captures + definition.end_captures])
        # The values of the begin's and of the end's captures; where both have a name, it is the end's.
        ends = {name for name, _ in definition.end_captures}
        places = [own.index(members[name]) if members[name] in own else None
                  for name, _ in definition.begin_captures if name not in ends]
        begins = tuple(None if name in ends else places.pop(0) for name, _ in definition.begin_captures)
        after = tuple(own.index(members[name]) if members[name] in own else None for name, _ in definition.end_captures)
        return Extraction(self._reader(kind, begins, after), _paths(event_class, (*_READ, *own)))

    def _reader(self, kind: Kind, begins: tuple[int | None, ...], ends: tuple[int | None, ...]) -> Callable[..., None]:
        waiting, take, unnamed = self._open, self._take, kind.definition.name is None

        def read(time_ns: int, cpu: int, title: str, begin_ns: int, end_ns: int, number: int, parent: int, key: str, status: str,
                 lossy: int, *values: Any) -> None:
            span = waiting.pop(number, None) or self._new(kind, number)
            span.begin_ns, span.end_ns, span.title, span.kept = begin_ns, end_ns, None if unnamed else title, (key,)
            if parent >= 0:
                span.parent = waiting.get(parent) or waiting.setdefault(parent, self._new(kind.parent, parent))
            span.begin_captures = tuple([None if at is None else values[at] for at in begins])
            span.status, span.lossy = _STATUS[status], bool(lossy)
            if status == COMPLETE:
                span.end_captures = tuple([None if at is None else values[at] for at in ends])
            kind.begins += 1
            kind.counts[status] += 1
            kind.lossy += lossy
            take(span)
        return read

    def _new(self, kind: Kind, number: int) -> Span:
        return Span(kind, number, 0, None, None, (), (), ())

    def _total(self, time_ns: int, cpu: int, label: str, begun: int, *counts: int) -> None:
        kind = self._kinds[label]
        kind.begins, kind.counts = begun, dict(zip(STATUSES, counts))
        kind.unmatched_ends, kind.crossed, kind.lossy = counts[len(STATUSES):]

    def _cover(self, time_ns: int, cpu: int, begin_ns: int, end_ns: int) -> None:
        super().cover(begin_ns, end_ns)
        self._range_known = True


class WholeTrees:
    """Hands spans on when the root of their tree has ended: until then, little is known of those around a span that is read.

    `take` takes a span that has ended, `give` is called with each.
    """

    def __init__(self, give: Emit) -> None:
        self._give = give

    def take(self, span: Span) -> None:
        tree, span.notes, parent = [*(span.notes or ()), span], None, span.parent
        if parent is not None:
            parent.notes = tree if parent.notes is None else parent.notes + tree
            return
        for ended in tree:
            self._give(ended)


def _number(text: str) -> int | str:
    """Return a value of a key: an integer if it looks like one."""
    return int(text) if text.removeprefix("-").isdecimal() else text


def _captures(text: str) -> Captures:
    return tuple((name, terms.TRUE) for name in text.split(SEPARATOR)) if text else ()


def _is_span(event_class: EventClass) -> bool:
    payload = event_class.scopes[Scope.PAYLOAD]
    known: tuple[Member, ...] = MEMBERS
    return payload is not None and [name for name, _ in payload.members[:len(known)]] == [member.name for member in known]


def _paths(event_class: EventClass, names: Any) -> tuple:
    return tuple(event_class.path(Scope.PAYLOAD, name) for name in names)
