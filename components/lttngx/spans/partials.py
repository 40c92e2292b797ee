"""Partial results: spans of consecutive parts of a trace, joined over the cuts exactly.

A part does not know which spans are open when it begins. It finds the spans that begin in it, and keeps a journal of
its
events. When the part before it comes to be known, the journal's events end the spans open there and begin children in
them, until none is left; what the part found itself stays as it is. That holds as long as spans do not bear on each
other: with policy `all`, and with `stack` and `one` for spans without parents and children whose key alone decides.
Other
definitions are found again from the journal, with the same result.

Definitions with `$state` cannot be joined: the tracker's own state at the cut is missing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from lttngx.core.classes import EventClass, FieldPath, Stream
from lttngx.core.predicate import Extraction
from lttngx.errors import ParameterError
from lttngx.spans import plans, terms, tracking
from lttngx.spans.collector import Collector
from lttngx.spans.definitions import Definition
from lttngx.spans.engine import Engine
from lttngx.spans.kinds import Kind
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

    first: the part is the first one; it keeps no journal, and nothing can be put before it. A part may be pickled,
    and merged in another process.
    """

    per_stream = False

    def __init__(self, definitions: Iterable[Definition], options: Options, first: bool = False) -> None:
        """Raises LttngxError if the definitions do not fit together, ParameterError if they read `$state`."""
        self._definitions, self._options, self._first = tuple(definitions), options, first
        if tracking.used(self._definitions):
            raise ParameterError("spans with $state values cannot be joined over parts of a trace")
        self._free = _independent(self._definitions)
        self._journal: list[_Entry] = []
        self._known: dict[int, tuple[Extraction, _Class]] = {}
        self._reset()
        options.check(self.kinds)

    def _reset(self) -> None:
        self.collector = Collector(self._options, self._first)
        self._engine = Engine(self._definitions, self.collector.take)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without compiled functions."""
        return self.__dict__ | {"_known": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        for kind in self.kinds:
            for open_key, index in kind.indexes.items():
                index.key = plans.key_function(kind, open_key)

    @property
    def kinds(self) -> Sequence[Kind]:
        """The definitions at work."""
        return self._engine.kinds

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        extraction = self._engine.bind(event_class, stream)
        if extraction is None or self._first or self._free and not self._bears_on_earlier(event_class):
            return extraction
        return Extraction(self._journaled(extraction, _Class(event_class, stream, extraction.paths)), extraction.paths)

    def _bears_on_earlier(self, event_class: EventClass) -> bool:
        return plans.compile_class(self.kinds, event_class, self._engine.shared, joining=True) is not None

    def _journaled(self, extraction: Extraction, event_class: _Class) -> Callable[..., None]:
        kinds, journal, call = self.kinds, self._journal, extraction.call

        def record(time_ns: int, cpu: int, *values: Any) -> None:
            before = [kind.unmatched_ends for kind in kinds]
            call(time_ns, cpu, *values)
            missed = {at for at, kind in enumerate(kinds) if kind.unmatched_ends != before[at]}
            journal.append(_Entry(event_class, time_ns, cpu, values, missed))
        return record

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Consumer."""
        self._engine.discarded_events(stream, begin_ns, end_ns, count, cpu)

    discarded_packets = discarded_events

    def merge(self, later: "Partial") -> None:
        """Append the part of the trace that follows; `later` is used up.

        Raises ValueError if `later` is a first part or is about other definitions."""
        # Conditions in the filter language have no equality of their own.
        if later._first or repr(later._definitions) != repr(self._definitions):
            raise ValueError("only a part that is not the first, about the same definitions, can follow")
        self._engine.merge_losses(later._engine)
        if self._free:
            self._join(later)
            self._adopt(later)
        else:
            self._again(later)
        if not self._first:
            self._journal += later._journal

    def _again(self, later: "Partial") -> None:
        """Find the later part's spans again, with what is open here."""
        for entry in later._journal:
            known = self._bound(entry.event_class, lambda found: self._engine.bind(found.event_class, found.stream))
            known.call(entry.time_ns, entry.cpu, *entry.values)

    def _join(self, later: "Partial") -> None:
        """End what is open here, and begin children in it, by the later part's events."""
        for entry in later._journal:
            if not self._engine.open_count():
                return
            self._engine.expire(entry.time_ns)
            bound = self._bound(entry.event_class, self._joining)
            missed = {self.kinds[at] for at in entry.missed}
            bound.call(missed, entry.time_ns, entry.cpu, *(
                entry.values[entry.event_class.paths.index(path)] for path in bound.paths))
            entry.missed = {at for at in entry.missed if self.kinds[at] in missed}

    def _joining(self, found: _Class) -> Extraction:
        return plans.compile_class(self.kinds, found.event_class, self._engine.shared, joining=True)

    def _bound(self, found: _Class, make: Callable[[_Class], Extraction]) -> Extraction:
        known = self._known.get(id(found))
        if known is None:
            # The class is kept beside the outcome, so its identity is not used again.
            known = self._known[id(found)] = (make(found), found)
        return known[0]

    def _adopt(self, later: "Partial") -> None:
        """Take over what the later part has found, counted and left open."""
        kinds = dict(zip(later.kinds, self.kinds, strict=True))
        offset = self._engine.shared.begun
        seen: set[Span] = set()
        for span in (*later.collector.spans(), *(span for kind in later.kinds for span in kind.live)):
            _rehome(span, kinds, offset, seen)
        self._engine.shared.begun += later._engine.shared.begun
        self.collector.merge(later.collector, kinds)
        for theirs, ours in kinds.items():
            ours.adopt(theirs, lambda key, kind=ours: plans.index_of(kind, key))

    def finish(self, end_ns: int) -> None:
        """End what is open at the end of the whole trace."""
        self._engine.finish(end_ns)


def _rehome(span: Span | None, kinds: dict[Kind, Kind], offset: int, seen: set[Span]) -> None:
    """Make a span and those around it spans of other kinds, with numbers behind `offset`."""
    while span is not None and span not in seen:
        seen.add(span)
        span.kind = kinds[span.kind]
        span.number += offset
        if span.notes is not None:
            span.notes.rename(kinds)
            if span.notes.node is not None:
                for node in span.notes.node.inner:
                    _rehome_tree(node, kinds, offset, seen)
        span = span.parent


def _rehome_tree(node: Any, kinds: dict[Kind, Kind], offset: int, seen: set[Span]) -> None:
    _rehome(node.span, kinds, offset, seen)
    for inner in node.inner:
        _rehome_tree(inner, kinds, offset, seen)


def _independent(definitions: Sequence[Definition]) -> bool:
    """Return whether the spans of a part do not depend on which spans are open before it."""
    nested = {definition.parent for definition in definitions}
    return all(definition.policy == "all" or definition.parent is None and definition.name not in nested
               and definition.policy in ("stack", "one") and not terms.sources(definition.end) & {BEGIN, PARENT}
               for definition in definitions)
