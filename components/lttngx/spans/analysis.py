"""The spans analysis: an engine and a collector as one Consumer that ends in a result."""

from collections.abc import Callable, Iterable
from typing import Any

from lttngx.analyses.result import Losses, TimeRange
from lttngx.core.classes import EventClass, Stream, Trace
from lttngx.core.predicate import Extraction
from lttngx.spans import tracking
from lttngx.spans.collector import Collector
from lttngx.spans.definitions import Definition
from lttngx.spans.kinds import Kind
from lttngx.spans.result import Result
from lttngx.spans.span import Span
from lttngx.spans.views import Options


class SpanFinder:
    """Drives an engine over a whole trace: what every sink of spans shares.

    take: called with each span as it ends.
    """

    per_stream = False

    def __init__(self, definitions: Iterable[Definition], take: Callable[[Span], None]) -> None:
        """Raises LttngxError if the definitions do not fit together."""
        self._engine = tracking.engine(definitions, take)
        self._range: TimeRange | None = None
        self._lost_events = self._lost_packets = 0
        self.trace = Trace()

    @property
    def kinds(self) -> list[Kind]:
        """The definitions at work."""
        return self._engine.kinds

    @property
    def losses(self) -> Losses:
        """What the tracer discarded so far."""
        return Losses(self._lost_events, self._lost_packets)

    @property
    def range(self) -> TimeRange:
        """The trace's range so far; empty without events."""
        return self._range or TimeRange(0, 0)

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        if self.trace.uuid is None:
            self.trace = stream.trace
        return self._engine.bind(event_class, stream)

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
        """Take the times of the first and the last event seen."""
        if first_ns is not None:
            self._range = TimeRange(first_ns, last_ns)

    def advance(self, now_ns: int | None) -> None:
        """Give up the spans whose time is out by now."""
        if now_ns is not None:
            self._engine.expire(now_ns)

    def finish(self) -> None:
        """End what is open at the end of the trace."""
        self._engine.finish(self.range.end_ns)


class SpanAnalysis(SpanFinder):
    """Finds spans and collects what some views show of them."""

    def __init__(self, definitions: Iterable[Definition], options: Options) -> None:
        """Raises LttngxError if the definitions do not fit together, or the options them."""
        self._collector = Collector(options)
        super().__init__(definitions, self._collector.take)
        options.check(self.kinds)

    def closed(self) -> Iterable[Any]:
        """Return results that are complete before the end: none."""
        return ()

    def results(self) -> Iterable[Result]:
        """Return the result, once, at the end of the trace."""
        self.finish()
        return (Result(self.range, self.losses, self.kinds, self._collector),)
