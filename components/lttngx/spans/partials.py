"""Partial results: spans of consecutive parts of a trace, joined over the cuts exactly.

A part does not know which spans are open when it begins. It finds the spans that begin in it, and keeps a journal of the events
which bear on earlier ones. When the part before it comes to be known, the journal's events end the spans open there; what the part
found itself stays as it is. That holds where spans do not bear on each other (`independent`); other definitions have no parts which
could be joined (`shards.deferred` serves those).

The journal of a part holds, of its events,
- those which may end a span of policy `all`: a guard decides for each open span;
- those which ended no span, of policies `stack` and `one`: they are for a span which is open before the part, if for any;
- the first begin with each key, of policy `one`: it replaces what is open with that key, and nothing is left to the others.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lttngx.analyses.result import Losses, TimeRange
from lttngx.core.classes import EventClass, FieldPath, Stream, identity
from lttngx.core.extraction import Extraction
from lttngx.spans import plans, terms, tracking
from lttngx.spans.collector import Collector
from lttngx.spans.definitions import Definition
from lttngx.spans.engine import Engine
from lttngx.spans.kinds import Kind
from lttngx.spans.result import Result, outcomes
from lttngx.spans.span import Span
from lttngx.spans.terms import BEGIN, PARENT
from lttngx.spans.views import Options


@dataclass(slots=True)
class _Class:
    """An event class of the journal, with the paths of the values kept of its events."""

    event_class: EventClass
    stream: Stream
    paths: tuple[FieldPath | None, ...]


@dataclass(slots=True)
class _Entry:
    """An event of the journal. missed: numbers of the kinds of which it matched the end rule, but ended nothing."""

    event_class: _Class
    time_ns: int
    cpu: int
    values: tuple
    missed: set[int]


class Partial:
    """The spans of one part of a trace (a Consumer). Parts are merged in order of time, in any grouping.

    first: the part is the first one; it keeps no journal, and nothing can be put before it.
    """

    per_stream = False

    def __init__(self, definitions: Iterable[Definition], options: Options, first: bool = False) -> None:
        """Raises LttngxError if the definitions do not fit together, ValueError if they are not `independent`."""
        self._definitions, self._options, self._first = tuple(definitions), options, first
        if not independent(self._definitions):
            raise ValueError("expected definitions whose spans do not bear on each other")
        self._journal: list[_Entry] = []
        # Number of a kind of policy `one` → the keys with which a span began in this part.
        self._keys: dict[int, set] = {}
        self._joining: dict[tuple, Extraction | None] = {}
        self._range: TimeRange | None = None
        self._lost_events = self._lost_packets = 0
        self.collector = Collector(options, first)
        self._engine = Engine(self._definitions, self.collector.take)
        options.check(self.kinds)

    def __getstate__(self) -> dict[str, Any]:
        """What is compiled is compiled again where it is needed."""
        return self.__dict__ | {"_joining": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Compile again what the indexes of open spans are read with."""
        self.__dict__.update(state)
        for kind in self.kinds:
            for key, index in kind.indexes.items():
                index.key = plans.key_function(kind, key)

    @property
    def kinds(self) -> Sequence[Kind]:
        """The definitions at work."""
        return self._engine.kinds

    # Consumer

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        extraction = self._engine.bind(event_class, stream)
        if extraction is None or self._first or self._join_call(event_class, stream) is None:
            return extraction
        return Extraction(self._journaled(extraction, _Class(event_class, stream, extraction.paths)), extraction.paths)

    def _journaled(self, extraction: Extraction, found: _Class) -> Callable[..., None]:
        name, call, append = found.event_class.name or "", extraction.call, self._journal.append
        ended = [(at, kind) for at, kind in enumerate(self.kinds) if name in kind.end_names]
        replaced = [(kind, self._keys.setdefault(at, set())) for at, kind in enumerate(self.kinds)
                    if name in kind.begin_names and kind.definition.policy == "one"]
        always = any(kind.definition.policy == "all" for _, kind in ended)

        def record(time_ns: int, cpu: int, *values: Any) -> None:
            unmatched = [kind.unmatched_ends for _, kind in ended]
            begun = [kind.begins for kind, _ in replaced]
            call(time_ns, cpu, *values)
            missed = {at for (at, kind), before in zip(ended, unmatched) if kind.unmatched_ends != before}
            fresh = [_is_first(kind, keys) for (kind, keys), before in zip(replaced, begun) if kind.begins != before]
            if always or missed or any(fresh):
                append(_Entry(found, time_ns, cpu, values, missed))
        return record

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Consumer."""
        self._lost_events += 1 if count is None else count
        self._engine.discarded_events(stream, begin_ns, end_ns, count, cpu)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """See Consumer."""
        self._lost_packets += 1 if count is None else count
        self._engine.discarded_events(stream, begin_ns, end_ns, count, cpu)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the times of the first and the last event of all."""
        if first_ns is not None:
            known = self._range
            self._range = TimeRange(first_ns, last_ns) if known is None else TimeRange(
                min(first_ns, known.begin_ns), max(last_ns, known.end_ns))

    # Joining

    def merge(self, later: "Partial") -> "Partial":
        """Append the part of the trace that follows, which is used up; return self.

        Raises ValueError if `later` is a first part or is about other definitions."""
        if later._first or _told(later._definitions) != _told(self._definitions):
            raise ValueError("only a part that is not the first, about the same definitions, can follow")
        self._engine.merge_losses(later._engine)
        for ours, theirs in zip(self.kinds, later.kinds):
            ours.name_classes(theirs)
        self._end_by(later)
        self._adopt(later)
        self._lost_events += later._lost_events
        self._lost_packets += later._lost_packets
        if later._range is not None:
            self.cover(later._range.begin_ns, later._range.end_ns)
        if not self._first:
            self._journal += later._journal
        return self

    def _end_by(self, later: "Partial") -> None:
        """End what is open here by the later part's events."""
        for entry in later._journal:
            if not self._engine.open_count():
                return
            found = entry.event_class
            self._engine.expire(entry.time_ns)
            missed = {self.kinds[at] for at in entry.missed}
            call = self._join_call(found.event_class, found.stream)
            call.call(missed, entry.time_ns, entry.cpu, *(entry.values[found.paths.index(path)] for path in call.paths))
            entry.missed = {at for at in entry.missed if self.kinds[at] in missed}

    def _join_call(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        known = identity(event_class, stream)
        if known not in self._joining:
            self._joining[known] = plans.compile_class(self.kinds, event_class, self._engine.shared, joining=True,
                                                       host=self._engine.host_of(stream))
        return self._joining[known]

    def _adopt(self, later: "Partial") -> None:
        """Take over what the later part has found, counted and left open."""
        kinds = dict(zip(later.kinds, self.kinds, strict=True))
        offset = self._engine.shared.begun
        # Each part numbers machines as it meets them.
        hosts = {number: self._engine.hosts.setdefault(name, len(self._engine.hosts)) for name, number in later._engine.hosts.items()}
        hosts.setdefault(0, 0)
        spans = {*later.collector.spans(), *(span for kind in later.kinds for span in kind.live)}
        for span in spans:
            span.kind = kinds[span.kind]
            span.number += offset
            span.host = hosts[span.host] if span.kind.of_one_host else 0
        self._engine.shared.begun += later._engine.shared.begun
        self.collector.merge(later.collector, kinds)
        for theirs, ours in kinds.items():
            ours.adopt(theirs, lambda key, kind=ours: plans.index_of(kind, key))
        self.collector.settle()

    # Results

    def closed(self) -> tuple[Result, ...]:
        """Return results that are complete before the end: none."""
        return ()

    def results(self) -> tuple[Result, ...]:
        """End what is open at the end of the whole trace; return the result."""
        span = self._range or TimeRange(0, 0)
        self._engine.finish(span.end_ns)
        return (Result(span, Losses(self._lost_events, self._lost_packets), self.kinds, self.collector, outcomes(self.kinds)),)


def independent(definitions: Sequence[Definition]) -> bool:
    """Return whether the spans of a part do not depend on which spans are open before it: none is inside another, nothing reads the
    tracker's values, and an end concerns all spans that it fits, or those whose key alone it names."""
    return not tracking.used(definitions) and all(
        definition.parent is None and (definition.policy == "all" or definition.policy in ("stack", "one")
                                       and not terms.sources(definition.end) & {BEGIN, PARENT})
        for definition in definitions)


def _told(definitions: Sequence[Definition]) -> list[tuple]:
    """Return what tells definitions apart after they were pickled: compiled filters are equal to themselves only."""
    return [(definition.name, definition.where, definition.policy, definition.timeout_ns) for definition in definitions]


def _is_first(kind: Kind, keys: set) -> bool:
    """Note the key of the span that has just begun; return whether it is new."""
    span: Span = next(reversed(kind.live))
    key = kind.indexes[kind.begun_key].key_of(span)
    if key is None or key in keys:
        return False
    keys.add(key)
    return True
