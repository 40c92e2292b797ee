"""A kernel analysis with one report for each span of some definitions, instead of one for the whole trace.

The rules:
1. The events of a span are those from its begin event on and before its end event: the spans' engine sees each event first.
2. A border lies at each begin and each end of a span; the analysis counts between borders (`windows.Cuts`), and a span's result is the
   sum of what lies between its own two. So spans may overlap and hold each other, and what runs or is open at a border counts as at
   those of windows.
3. Reports come in order of the spans' ends. One waits, PATIENCE_NS of the trace at most, until what happened in its span is known.
4. What is open when its parent or the trace ends has a report, which says so; what was given up by its timeout has none.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from lttngx.analyses.result import About, TimeRange
from lttngx.analyses.several import Several
from lttngx.analyses.windows import Cuts
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import TraceError
from lttngx.spans.definitions import Definition
from lttngx.spans.finding import SpanFinder
from lttngx.spans.span import TIMED_OUT, Span

PATIENCE_NS = 1_000_000_000


class _Finder(SpanFinder):
    """A SpanFinder which tells, too, when spans begin."""

    def __init__(self, definitions: Iterable[Definition], begins: Callable[[int], None], take: Callable[[Span], None]) -> None:
        super().__init__(definitions, take)
        self._begins = begins

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        extraction = super().bind(event_class, stream)
        return None if extraction is None else Extraction(self._telling(extraction.call), extraction.paths)

    def _telling(self, find: Callable[..., None]) -> Callable[..., None]:
        def call(time_ns: int, cpu: int, *values: Any) -> None:
            before = self.begun
            find(time_ns, cpu, *values)
            if self.begun != before:
                self._begins(time_ns)
        return call

    def open_since(self) -> int | None:
        """Return when the first of the open spans began, None if there is none."""
        return min((next(iter(kind.live)).begin_ns for kind in self.kinds if kind.live), default=None)


class PerSpan(Several):
    """The Consumer. analysis: a `cputop.CpuTop` or a `windowed.Windowed` without windows of its own, which knows that nothing comes before
    what it will be fed."""

    def __init__(self, definitions: Iterable[Definition], analysis: Any) -> None:
        """Raises LttngxError if the definitions do not fit together."""
        analysis.make_grid = self._make_cuts
        self._analysis, self._cuts = analysis, Cuts()
        self._finder = _Finder(definitions, analysis.cut, self._end)
        self._waiting: deque[Span] = deque()
        self._ready: list[Any] = []
        super().__init__((self._finder, analysis))

    def _make_cuts(self, *asked: int | None) -> Cuts:
        """The analysis knows what is asked for."""
        self._cuts = Cuts(*asked)
        return self._cuts

    def _end(self, span: Span) -> None:
        """Take a span which has just ended."""
        if span.status is not TIMED_OUT:
            self._analysis.cut(span.end_ns)
            self._waiting.append(span)
            self._give(span.end_ns)

    def _give(self, now_ns: int, is_last: bool = False) -> None:
        """Make the results of the spans of which all is known."""
        while self._waiting:
            span, analysis = self._waiting[0], self._analysis
            if not (is_last or analysis.knows(span.end_ns) or now_ns >= span.end_ns + PATIENCE_NS):
                return
            self._waiting.popleft()
            if self._cuts.holds(span.begin_ns, span.end_ns):
                self._ready.append(analysis.between(TimeRange(span.begin_ns, span.end_ns, _about(span))))

    def advance(self, now_ns: int | None) -> None:
        """Tell that time has come to `now_ns`, event or not."""
        super().advance(now_ns)
        if now_ns is not None:
            self._give(now_ns)

    def closed(self) -> list[Any]:
        """Return the results which are complete and not yet given; forget what no span can reach any more."""
        ready, self._ready = self._ready, []
        if ready:
            first = min((span.begin_ns for span in self._waiting), default=None)
            reach = [since for since in (first, self._finder.open_since()) if since is not None]
            self._analysis.forget(min(reach) if reach else self._finder.range.end_ns)
        return ready

    def results(self) -> list[Any]:
        """Return the results not yet given; to be called at the end.

        Raises TraceError if the trace has none of the events which the analysis needs, or no span began."""
        self._finder.finish()
        self._analysis.require()
        if not self._finder.begun:
            names = ", ".join(kind.label for kind in self._finder.kinds)
            raise TraceError(f"Cannot report per span: spans=[{names}], expected at least one which begins in the trace, got none")
        self._give(self._finder.range.end_ns, True)
        return self.closed()


def _about(span: Span) -> About:
    names, values = span.kind.key_of(span)
    captures = tuple((name, value) for name, value in span.captures().items() if value is not None)
    return About(span.kind.label, span.status, tuple(zip(names, values)), captures)
