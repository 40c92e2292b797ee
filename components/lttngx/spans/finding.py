"""Spans of a whole trace: what sinks of spans share, and the engine driven over the trace."""

from collections.abc import Callable, Iterable

from lttngx.analyses.intervals import Intervals
from lttngx.analyses.result import Losses, TimeRange
from lttngx.core.classes import EventClass, Stream, Trace
from lttngx.core.extraction import Extraction
from lttngx.spans import tracking
from lttngx.spans.definitions import Definition
from lttngx.spans.kinds import Kind
from lttngx.spans.span import Span


class Observer:
    """What every consumer about spans knows of the whole: its range, its trace, what the tracer discarded.

    unix_epoch: whether all times so far are of the Unix epoch. discarded: when the tracer discarded events."""

    per_stream = False

    def __init__(self) -> None:
        self._range: TimeRange | None = None
        self._lost_events = self._lost_packets = 0
        self.trace = Trace()
        self.unix_epoch = True
        self.discarded = Intervals()

    @property
    def losses(self) -> Losses:
        """What the tracer discarded so far."""
        return Losses(self._lost_events, self._lost_packets)

    @property
    def range(self) -> TimeRange:
        """The trace's range so far; empty without events."""
        return self._range or TimeRange(0, 0)

    def see(self, stream: Stream) -> None:
        """Take the trace of a stream, unless one with a UUID is known."""
        if self.trace.uuid is None:
            self.trace = stream.trace

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Take the times of the first and the last event seen."""
        if first_ns is not None:
            self._range = TimeRange(first_ns, last_ns)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Consumer."""
        self._lost_events += 1 if count is None else count
        self._discard(begin_ns, end_ns)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """See Consumer."""
        self._lost_packets += 1 if count is None else count
        self._discard(begin_ns, end_ns)

    def _discard(self, begin_ns: int | None, end_ns: int | None) -> None:
        times = [time_ns for time_ns in (begin_ns, end_ns) if time_ns is not None]
        if times:
            self.discarded.add(times[0], max(times[-1], times[0] + 1))


class SpanFinder(Observer):
    """Drives an engine over a whole trace: what every sink of spans shares.

    take: called with each span as it ends.
    """

    def __init__(self, definitions: Iterable[Definition], take: Callable[[Span], None]) -> None:
        """Raises LttngxError if the definitions do not fit together."""
        super().__init__()
        self._engine = tracking.engine(definitions, take)

    @property
    def kinds(self) -> list[Kind]:
        """The definitions at work."""
        return self._engine.kinds

    @property
    def begun(self) -> int:
        """How many spans have begun."""
        return self._engine.shared.begun

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        self.see(stream)
        extraction = self._engine.bind(event_class, stream)
        self.unix_epoch = self.unix_epoch and (extraction is None or stream.unix_epoch)
        return extraction

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Consumer."""
        super().discarded_events(stream, begin_ns, end_ns, count, cpu)
        self._engine.discarded_events(stream, begin_ns, end_ns, count, cpu)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """See Consumer."""
        super().discarded_packets(stream, begin_ns, end_ns, count, cpu)
        self._engine.discarded_events(stream, begin_ns, end_ns, count, cpu)

    def advance(self, now_ns: int | None) -> None:
        """Give up the spans whose time is out by now."""
        if now_ns is not None:
            self._engine.expire(now_ns)

    def finish(self) -> None:
        """End what is open at the end of the trace."""
        self._engine.finish(self.range.end_ns)
