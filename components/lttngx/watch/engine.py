"""The watch engine: drives the conditions of some triggers with one stream of events (a Consumer of `core.predicate`)."""

from collections.abc import Iterable

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.state.kernel.binding import join
from lttngx.watch.conditions import Condition


class Watch:
    """conditions: with their triggers. lost_events, lost_packets: what the tracer discarded, 1 for an unknown number."""

    def __init__(self, conditions: Iterable[Condition]) -> None:
        self.conditions = list(conditions)
        self.per_stream = any(condition.per_stream for condition in self.conditions)
        self.lost_events = self.lost_packets = 0
        self._now_ns: int | None = None

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        bound = [found for condition in self.conditions if (found := condition.bind(event_class, stream)) is not None]
        return join(bound) if bound else None

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        events = 1 if count is None else count
        self.lost_events += events
        for condition in self.conditions:
            condition.lost(stream, begin_ns, end_ns, events, 0)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        packets = 1 if count is None else count
        self.lost_packets += packets
        for condition in self.conditions:
            condition.lost(stream, begin_ns, end_ns, 0, packets)

    def advance(self, now_ns: int | None) -> None:
        """Tell that time has come to `now_ns`, event or not; going back is nothing new."""
        if now_ns is None or self._now_ns is not None and now_ns <= self._now_ns:
            return
        self._now_ns = now_ns
        for condition in self.conditions:
            condition.advance(now_ns)

    def finish(self, last_ns: int | None) -> None:
        """The trace ends."""
        for condition in self.conditions if last_ns is not None else ():
            condition.finish(last_ns)
