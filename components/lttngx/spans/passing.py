"""Plans of `filter.lttngx.spans`: every message passes unchanged (or events do not), wanted events feed the engine, which
adds an event for each span."""

from collections.abc import Iterable

from lttngx.core.classes import EventClass, Stream
from lttngx.core.injecting import Adding
from lttngx.core.rewriting import EventPlan
from lttngx.spans.definitions import Definition
from lttngx.spans.events import SpanEvents
from lttngx.spans.finding import SpanFinder
from lttngx.spans.span import Span


class SpanPlans(Adding):
    """Answers the core's *rewrite*."""

    def __init__(self, definitions: Iterable[Definition], keep: bool) -> None:
        """keep: whether events are passed on. Raises LttngxError if the definitions do not fit together."""
        super().__init__()
        self._keep = keep
        self._finder = SpanFinder(definitions, self._take)
        self._events: SpanEvents | None = None

    def _take(self, span: Span) -> None:
        self.events.take(span)

    @property
    def events(self) -> SpanEvents:
        """What writes span events to `added`."""
        if self._events is None:
            self._events = SpanEvents(self.added, self._finder.kinds)
        return self._events

    def finish(self, first_ns: int | None, last_ns: int | None) -> None:
        """End what is open and add the totals. first_ns, last_ns: times of the first and the last event of all."""
        self._finder.cover(first_ns, last_ns)
        self._finder.finish()
        if self.stream is not None:
            self.events.finish(self._finder.range.begin_ns, self._finder.range.end_ns)

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        return EventPlan(after=self._finder.bind(event_class, stream), drop=not self._keep)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self._finder.discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self._finder.discarded_packets(stream, begin_ns, end_ns, count)
