"""The spans analysis with a result for each window of a trace.

The rules:
1. A span counts, whole, in the window in which it ends; so do those inside it, each in its own.
2. Outcomes and losses count in the window in which they come to be known.
3. A window's result is made when time comes to its end, event or not; what is open then may still end later.
"""

from collections.abc import Callable, Iterable
from typing import Any

from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.windows import FOREVER
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.spans.analysis import SpanAnalysis
from lttngx.spans.collector import Collector
from lttngx.spans.definitions import Definition
from lttngx.spans.kinds import Kind
from lttngx.spans.result import NO_OUTCOMES, Outcomes, Result, outcomes
from lttngx.spans.span import Span
from lttngx.spans.views import Options


class WindowedSpans(SpanAnalysis):
    """A SpanAnalysis whose windows are refresh_ns long, from the first event on."""

    def __init__(self, definitions: Iterable[Definition], options: Options, refresh_ns: int) -> None:
        """Raises LttngxError if the definitions do not fit together, or the options them."""
        self._length_ns = refresh_ns
        # The current window, [low, high); events at or after `high` are in a later one.
        self._low, self._high = -FOREVER, FOREVER
        # What the windows before have told.
        self._told: dict[Kind, Outcomes] = {}
        self._told_losses = Losses()
        self._ready: list[Result] = []
        super().__init__(definitions, options)

    def _take(self) -> Callable[[Span], None]:
        return lambda span: self._collector.take(span)

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        extraction = super().bind(event_class, stream)
        return None if extraction is None else Extraction(self._advancing(extraction.call), extraction.paths)

    def _advancing(self, find: Callable[..., None]) -> Callable[..., None]:
        def call(time_ns: int, cpu: int, *values: Any) -> None:
            if time_ns >= self._high:
                self._advance(time_ns)
            find(time_ns, cpu, *values)
        return call

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._reach(begin_ns)
        super().discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._reach(begin_ns)
        super().discarded_packets(stream, begin_ns, end_ns, count)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Take the times of the first and the last event seen: windows begin with the first."""
        super().cover(first_ns, last_ns)
        if first_ns is not None and self._low == -FOREVER:
            self._low, self._high = first_ns, first_ns + self._length_ns

    def advance(self, now_ns: int | None) -> None:
        """Go to a time, event or not: windows which end before it are complete."""
        self._reach(now_ns)
        super().advance(now_ns)

    def _reach(self, time_ns: int | None) -> None:
        if time_ns is not None and time_ns >= self._high:
            self._advance(time_ns)

    def _advance(self, time_ns: int) -> None:
        while time_ns >= self._high:
            # What is given up by a timeout is given up in its own window.
            self._source.advance(self._high - 1)
            self._ready.append(self._result(self._high))
            self._low, self._high = self._high, self._high + self._length_ns
            self._collector = Collector(self._options, self._head_known)

    def _result(self, end_ns: int) -> Result:
        kinds, losses = list(self._source.kinds), self._source.losses
        now = outcomes(kinds)
        own = {kind: now[kind].since(self._told.get(kind, NO_OUTCOMES)) for kind in kinds}
        lost = Losses(losses.events - self._told_losses.events, losses.packets - self._told_losses.packets)
        self._told, self._told_losses = now, losses
        return Result(TimeRange(self._low, end_ns), lost, kinds, self._collector, own)

    def closed(self) -> list[Result]:
        """Return the results of windows which have ended and were not given."""
        ready, self._ready = self._ready, []
        return ready

    def results(self) -> list[Result]:
        """Return the results not yet given, at the end of the trace. Raises LttngxError if nothing defines spans, or the options do not
        fit them."""
        source = self._source
        if self._low > -FOREVER:
            self._reach(source.range.end_ns)
        source.finish()
        self._options.check(source.kinds)
        return [*self.closed(), self._result(source.range.end_ns) if self._low > -FOREVER else super().results()[0]]
