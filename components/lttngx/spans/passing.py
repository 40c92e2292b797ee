"""Plans of `filter.lttngx.spans`: every message passes unchanged (or events do not), wanted events feed the engine."""

from collections.abc import Iterable

from lttngx.core.classes import EventClass, FieldClass, Stream
from lttngx.core.rewriting import EventPlan, StreamPlan, Timed
from lttngx.spans.analysis import SpanFinder
from lttngx.spans.definitions import Definition
from lttngx.spans.span import Span


class SpanPlans(Timed):
    """Answers the core's *rewrite*.

    ended: the spans that ended since the last `take`, in order. stream: the first stream with a clock, None before it.
    """

    def __init__(self, definitions: Iterable[Definition], keep: bool) -> None:
        """keep: whether events are passed on. Raises LttngxError if the definitions do not fit together."""
        super().__init__()
        self.ended: list[Span] = []
        self.stream: Stream | None = None
        self._keep = keep
        self._finder = SpanFinder(definitions, self.ended.append)

    def take(self) -> list[Span]:
        """Return the ended spans and forget them."""
        taken = list(self.ended)
        self.ended.clear()
        return taken

    def finish(self, last_ns: int | None) -> None:
        """End what is open; last_ns: time of the last event of all."""
        self._finder.cover(last_ns, last_ns)
        self._finder.finish()

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        if self.stream is None and stream.clock is not None:
            self.stream = stream
        return StreamPlan()

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        return EventPlan(after=self._finder.bind(event_class, stream), drop=not self._keep)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        super().discarded_events(stream, begin_ns, end_ns, count)
        self._finder.discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        super().discarded_packets(stream, begin_ns, end_ns, count)
        self._finder.discarded_packets(stream, begin_ns, end_ns, count)
