"""The span engine: events in, spans out.

For each event, in this order:
1. End phase, deepest kinds first: each open span whose end condition matches ends; what is still open inside it is
truncated.
2. Begin phase, parents first: each definition whose begin condition matches begins a span; a child begins once under
   every open span of its parent's kind that matches, parents begun by this very event included.

So an event that ends a span may begin the next one, no span ends on its own begin event, and a child may begin on its
parent's begin event.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lttngx.analyses.intervals import Intervals
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import TraceError
from lttngx.spans import plans
from lttngx.spans.definitions import Definition, check
from lttngx.spans.kinds import Clockwork, Emit, Kind
from lttngx.spans.span import BY_END, Span
from lttngx.spans.terms import BEGIN, PARENT


def _ignore(span: Span) -> None:
    """Take a span nobody wants."""


class Engine:
    """Finds the spans of some definitions in the events it is fed (a Consumer of `core.predicate`).

    shared: what its kinds share. definitions: parents before children. emit: called with each span as it ends, in
    order of end time; not with those which their kind does not report.
    state: gives `$state` values by name: state(name) is a function of (time in ns, CPU), called after the tracker has
    seen the event.
    Raises LttngxError if the definitions do not fit together.
    """

    per_stream = False

    def __init__(self, definitions: Iterable[Definition], emit: Emit = _ignore,
                 state: Callable[[str], Callable[[int, int], Any]] | None = None) -> None:
        self._emit_to = emit
        self.shared = Clockwork(self._emit)
        self.kinds = _kinds(check(definitions), self.shared)
        # Nothing to decide: that is how it stays as long as nothing is discarded.
        if not any(kind.limited for kind in self.kinds):
            self.shared.emit = emit
        self._state = state
        # Number of each machine, by its name.
        self.hosts: dict[str, int] = {}
        self.discarded = Intervals()
        self.discarded_count: int | None = 0

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to do with events of a class, None if no definition can match them. Raises TraceError without a
        clock."""
        extraction = plans.compile_class(self.kinds, event_class, self.shared, self._state_of(stream), contexts=self._contexts(stream),
                                         host=self.host_of(stream))
        if extraction is not None and stream.clock is None:
            raise TraceError(f'spans need a clock: event class="{event_class.name}", stream="{stream.name}"')
        return extraction

    def host_of(self, stream: Stream) -> int:
        """Return the number of the machine which a stream is of: a trace which does not tell is taken for the first one's."""
        environment = stream.trace.environment
        name = environment.get("hostname", environment.get("host"))
        return 0 if name is None else self.hosts.setdefault(str(name), len(self.hosts))

    def _state_of(self, stream: Stream) -> Callable[[str], Callable[[int, int], Any]] | None:
        """Return what gives `$state` values of a stream's events by name."""
        return self._state

    def _contexts(self, stream: Stream) -> Mapping[str, str]:
        """Return the contexts of a stream's events which tell `$state` values."""
        return {}

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """Mark spans which overlap [begin_ns, end_ns): their events may be missing."""
        if count is None or self.discarded_count is None:
            self.discarded_count = None
        else:
            self.discarded_count += count
        if begin_ns is not None or end_ns is not None:
            begin = begin_ns if begin_ns is not None else end_ns
            end = end_ns if end_ns is not None else begin_ns
            self.discarded.add(begin, max(end, begin + 1))
            self.shared.emit = self._emit

    discarded_packets = discarded_events

    def merge_losses(self, later: "Engine") -> None:
        """Take over what a later part of the trace has lost."""
        self.discarded.merge(later.discarded)
        if self.discarded:
            self.shared.emit = self._emit

    def expire(self, now_ns: int) -> None:
        """Give up the spans whose time is out by `now_ns`."""
        self.shared.expire(now_ns)

    def finish(self, end_ns: int) -> None:
        """End what is open at the end of the trace, deepest first."""
        self.shared.expire(end_ns)
        for kind in sorted(self.kinds, key=lambda kind: -kind.depth):
            for span in list(kind.live):
                kind.end(span, max(end_ns, span.begin_ns), (), BY_END)

    def open_count(self) -> int:
        """Return how many spans are open."""
        return sum(len(kind.live) for kind in self.kinds)

    def _emit(self, span: Span) -> None:
        if self.discarded and self.discarded.overlap(span.begin_ns, span.end_ns):
            span.lossy = True
            span.kind.lossy += 1
        if span.kind.reports(span):
            self._emit_to(span)


def _kinds(definitions: tuple[Definition, ...], shared: Clockwork) -> list[Kind]:
    by_name = {definition.name: definition for definition in definitions if definition.name is not None}
    kinds: list[Kind] = []
    for definition in definitions:
        parent = next((kind for kind in kinds if kind.definition.name == definition.parent), None) \
            if definition.parent else None
        kind = Kind(definition, parent, by_name, shared)
        conditions = _conditions(definition)
        kind.keep(conditions, BEGIN)
        if parent is not None:
            parent.keep(conditions, PARENT)
        kinds.append(kind)
    return kinds


def _conditions(definition: Definition) -> list:
    captures = [term for _, term in definition.begin_captures + definition.end_captures]
    titles = [definition.title] if definition.title is not None else []
    return [definition.begin_condition(), definition.end_condition(), *captures, *titles, *definition.begun_key()]

