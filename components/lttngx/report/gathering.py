"""Gathers what the page shows, in one pass over the traces: each machine's analyses, the spans, the losses, the events' names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lttngx.analyses import cputop
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.several import Several
from lttngx.core.classes import EventClass, Stream, Trace
from lttngx.core.extraction import Extraction
from lttngx.errors import TraceError
from lttngx.report.machines import EVERYTHING, MachineResult, Machines
from lttngx.spans.analysis import SpanAnalysis
from lttngx.spans.definitions import Definition
from lttngx.spans.result import Result as SpanResult
from lttngx.spans.views import Options as SpanOptions

# Spans in the time line: the longest ones.
SPANS = 4000


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
    """What the page is made of. machines: those of kernel traces; spans: None without definitions."""

    range: TimeRange
    traces: tuple[Trace, ...]
    events: tuple[tuple[str, int], ...]
    losses: tuple[Loss, ...]
    lost: Losses
    machines: tuple[MachineResult, ...]
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
        self._machines = Machines(cputop.Options(refresh_ns=options.step_ns, filters=EVERYTHING, inventory=options.inventory))
        self._spans = SpanAnalysis(options.definitions, SpanOptions(("stats", "top"), limit=SPANS)) if options.definitions else None
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        super().__init__([one for one in (self._events, self._machines, self._spans) if one is not None])

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Take the times of the first and the last event: engines are told at the first one and at the end."""
        if self._first_ns is None:
            super().cover(first_ns, last_ns)
        self._first_ns, self._last_ns = first_ns, last_ns

    def closed(self) -> Iterable[Gathered]:
        """Nothing is written before the end."""
        return ()

    def results(self) -> Iterable[Gathered]:
        """Return what was gathered. Raises TraceError of a trace without events."""
        if self._first_ns is None:
            raise TraceError("Cannot make a report: expected events with a default clock snapshot, got none")
        super().cover(self._first_ns, self._last_ns)
        span = TimeRange(self._first_ns, self._last_ns)
        machines = self._machines.results(span.begin_ns, span.end_ns)
        spans = next(iter(self._spans.results())) if self._spans is not None else None
        yield Gathered(span, tuple(self._events.traces.values()), tuple(self._events.counts.most_common()),
                       tuple(self._events.losses), Losses(**self._events.lost), machines, spans)
