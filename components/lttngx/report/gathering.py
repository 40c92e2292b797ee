"""Gathers what the page shows, in one pass over the trace: a set of analyses, the CPU usage in steps, the losses, the events' names."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lttngx.analyses import cputop
from lttngx.analyses.cputop_rows import Filters
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.several import Several
from lttngx.core.classes import EventClass, Stream, Trace
from lttngx.core.predicate import Extraction
from lttngx.errors import TraceError
from lttngx.report.timelines import Shares, Timeline
from lttngx.spans.analysis import SpanAnalysis
from lttngx.spans.definitions import Definition
from lttngx.spans.result import Result as SpanResult
from lttngx.spans.views import Options as SpanOptions

# Threads in the chart; spans in the time line, the longest ones.
THREADS, SPANS = 40, 4000
EVERYTHING = Filters(limit=0)


@dataclass(frozen=True, slots=True)
class Options:
    """What to gather. step_ns: the finest step of usage over time."""

    step_ns: int
    definitions: tuple[Definition, ...] = ()
    inventory: Mapping[int, Mapping] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loss:
    """A stretch in which a tracer discarded `count` (None: an unknown number of) events or packets."""

    begin_ns: int
    end_ns: int
    what: str
    count: int | None
    stream: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the page is made of. usage and the charts: None for a trace without sched_switch; spans: None without definitions."""

    range: TimeRange
    traces: tuple[Trace, ...]
    events: tuple[tuple[str, int], ...]
    losses: tuple[Loss, ...]
    lost: Losses
    usage: Any
    charts: Mapping[str, Timeline]
    spans: SpanResult | None


class Events:
    """Counts events by name, remembers traces and losses (a Consumer)."""

    per_stream = False

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.traces: dict[tuple, Trace] = {}
        self.losses: list[Loss] = []
        self.lost = {"events": 0, "packets": 0}

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        self.traces.setdefault((stream.trace.uuid, stream.trace.name), stream.trace)
        counts, name = self.counts, event_class.name or ""

        def count(time_ns: int | None, cpu: int) -> None:
            counts[name] += 1
        return Extraction(count)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._lose("events", stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._lose("packets", stream, begin_ns, end_ns, count)

    def _lose(self, what: str, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self.lost[what] += 1 if count is None else count
        if begin_ns is not None and end_ns is not None:
            self.losses.append(Loss(begin_ns, end_ns, what, count, (stream.name or str(stream.id)).rpartition("/")[2]))

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Times are others' business."""

    def advance(self, now_ns: int | None) -> None:
        """Nothing waits."""


class Gathering(Several):
    """The engine of the page: `results` gives one Gathered."""

    def __init__(self, options: Options) -> None:
        """Raises LttngxError if span definitions do not fit together."""
        self._events = Events()
        self._whole = cputop.CpuTop(cputop.Options(filters=EVERYTHING, inventory=options.inventory))
        self._steps = cputop.CpuTop(cputop.Options(refresh_ns=options.step_ns, filters=EVERYTHING, inventory=options.inventory))
        self._spans = SpanAnalysis(options.definitions, SpanOptions(("stats", "top"), limit=SPANS)) if options.definitions else None
        self._charts = {name: Shares(options.step_ns) for name in ("cpus", "threads", "containers")}
        self._step = 0
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        super().__init__([one for one in (self._events, self._whole, self._steps, self._spans) if one is not None])

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Take the times of the first and the last event."""
        super().cover(first_ns, last_ns)
        self._first_ns, self._last_ns = first_ns, last_ns

    def closed(self) -> Iterable[Gathered]:
        """Draw the steps that are complete; nothing is written before the end."""
        self._draw(self._steps.closed())
        return ()

    def _draw(self, windows: Iterable[Any]) -> None:
        for window in windows:
            for row in window.cpus:
                self._charts["cpus"].add(self._step, row.cpu, f"CPU {row.cpu}", row.cpu_time_ns)
            for row in window.threads:
                self._charts["threads"].add(self._step, row.tid, f"{row.name or '?'} ({row.tid})", row.cpu_time_ns)
            for row in window.containers:
                self._charts["containers"].add(self._step, row.container.pid_ns, row.container.name, row.cpu_time_ns)
            self._step += 1

    def results(self) -> Iterable[Gathered]:
        """Return what was gathered. Raises TraceError of a trace without events."""
        if self._first_ns is None:
            raise TraceError("Cannot make a report: expected events with a default clock snapshot, got none")
        span = TimeRange(self._first_ns, self._last_ns)
        charts: dict[str, Timeline] = {}
        usage = self._usage(lambda: self._whole.results()[0])
        if usage is not None:
            self._draw(self._steps.results())
            charts = {name: shares.timeline(span.begin_ns, span.end_ns, THREADS, name == "cpus")
                      for name, shares in self._charts.items()}
        spans = next(iter(self._spans.results())) if self._spans is not None else None
        yield Gathered(span, tuple(self._events.traces.values()), tuple(self._events.counts.most_common()),
                       tuple(self._events.losses), Losses(**self._events.lost), usage, charts, spans)

    def _usage(self, compute: Callable[[], Any]) -> Any:
        """Return the CPU usage, None of a trace which is not about scheduling."""
        return compute() if self._whole.has_switch else None
