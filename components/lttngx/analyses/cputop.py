"""The CPU usage analysis: an engine that takes scheduling events and gives CPU time per thread, process, CPU and
container.

Implements core.extraction.Consumer. What it counts and how: `cpu_time`. Who a thread is: `kernel.facts`. What it gives:
`cputop_result`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lttngx.analyses.cpu_time import CpuTime, Window
from lttngx.analyses.cputop_result import CpuUsage
from lttngx.analyses.cputop_rows import Filters, Rows
from lttngx.analyses.result import TimeRange
from lttngx.analyses.windows import BEYOND, FOREVER, Cuts, Grid
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import ParameterError, TraceError
from lttngx.kernel.containers import Containers
from lttngx.kernel.journal import PartFacts
from lttngx.kernel.layouts import Layout, is_kernel, resolve
from lttngx.kernel.streams import StreamCpus, stream_key
from lttngx.kernel.threads import Thread

NO_SWITCH = ("Cannot compute CPU usage: event=sched_switch, expected at least one, got none in the trace: enable it with "
             "`lttng enable-event --kernel sched_switch` (perf: `perf record -a -e sched:sched_switch`)")
SWITCH_FIELDS = ("prev_comm", "prev_tid", "prev_prio", "next_comm", "next_tid", "next_prio")
SWITCH_CONTEXTS = ("pid", "ppid", "vtid", "pid_ns", "cgroup_ns", "hostname")
# A closed window waits so many windows for a CPU's first sched_switch to tell who ran before it.
PATIENCE = 2


@dataclass(frozen=True, slots=True)
class Options:
    """What to compute. begin_ns, end_ns: ints, or functions from the first event's time to one ("10:15:02" needs its
    date).

    refresh_ns: length of the windows, aligned to multiples from the begin; None: one window. inventory: containers by
    pid name
    space (`kernel.containers.read_inventory`).
    """

    begin_ns: int | Callable[[int], int] | None = None
    end_ns: int | Callable[[int], int] | None = None
    refresh_ns: int | None = None
    filters: Filters = Filters()
    inventory: Mapping[int, Mapping] = field(default_factory=dict)


class CpuTop:
    """The engine. Feed it through `bind` and the calls it returns, then read `results`; `closed` gives windows while
    it runs."""

    per_stream = False
    # What its windows are made with: (begin, end, length) to them.
    make_grid: Callable[..., Grid | Cuts] = Grid

    def __init__(self, options: Options = Options(), first: bool = False):
        """first: nothing comes before this part of the trace, into which later parts may be merged. Raises ParameterError."""
        if options.refresh_ns is not None and options.refresh_ns <= 0:
            raise ParameterError(f"Invalid parameter: name=refresh, expected more than 0 ns, got {options.refresh_ns}")
        self.options = options
        self.facts = PartFacts(first)
        self.time: CpuTime | None = None
        self.first_ns: int | None = None
        # Time of the last event handled here, and the last time told by `cover`.
        self.last_ns = self.covered_ns = -FOREVER
        self.has_switch = False
        self.switch_streams: set[tuple] = set()
        self.given = 0
        # Results of windows which have ended, once somebody takes them while the engine runs.
        self._ready: list[CpuUsage] | None = None
        if options.refresh_ns is not None:
            self.facts.before = self.advance
        self.early_losses: list[tuple] = []
        # (stream's class, CPU) → begin of its first packet, end of its last one (None while it is open).
        self.bounds: dict[tuple, tuple[int | None, int | None]] = {}
        self.streams = StreamCpus()

    # What the core calls

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to do with the events of a class, None for those that tell nothing here.

        Raises TraceError if a class lacks a field that it must have.
        """
        layout = resolve(event_class) if is_kernel(stream) else None
        if layout is None:
            return None
        self.facts.see_host(stream)
        if layout.tracepoint.name == "sched_switch":
            return self._bind_switch(layout, stream)
        if (bound := HANDLERS.get(layout.tracepoint.name)) is not None:
            return Extraction(bound[0](self, layout), layout.fields(*bound[1]))
        return self.facts.bind(layout)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """The tracer lost events of a stream: on the given CPU, else the one its packets told, else its name's number,
        else on every CPU."""
        self._lose(stream, begin_ns, end_ns, cpu, events=1 if count is None else count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """The tracer lost packets of a stream; see discarded_events."""
        self._lose(stream, begin_ns, end_ns, cpu, packets=1 if count is None else count)

    def packet_begins(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """A packet of a CPU begins: this tells from when on a CPU of a cut or overwritten trace was recorded."""
        self.streams.see(stream, cpu)
        if self._ready is not None:
            self.advance(time_ns)
        if time_ns is not None:
            self._bound(stream, cpu, time_ns, None)

    def packet_ends(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """A packet of a CPU ends: after its last packet, a CPU's state is unknown."""
        if self._ready is not None:
            self.advance(time_ns)
        self._bound(stream, cpu, None, time_ns)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the times of the first and the last event of all, of which the engine sees but some. Optional, any
        time."""
        if first_ns is not None and not self.facts.is_perf:
            self.first_ns = first_ns if self.first_ns is None else min(first_ns, self.first_ns)
        if last_ns is not None:
            self.covered_ns = max(last_ns, self.covered_ns)

    def advance(self, now_ns: int | None) -> None:
        """Tell that time has come to `now_ns`, event or not: windows which ended before it are complete."""
        if self.time is not None and now_ns is not None and now_ns >= self.time.high:
            self._advance(now_ns)

    def _advance(self, time_ns: int) -> None:
        """Go to a time in a later window."""
        self.time.advance(time_ns)
        if self._ready is not None:
            self._ready += self._ended()

    # Events

    def _bind_switch(self, layout: Layout, stream: Stream) -> Extraction:
        self.has_switch = True
        self.switch_streams.add(stream_key(stream))
        if self.time is not None:
            self._account_early_losses()
        self._apply_bounds(*self.bounds)
        contexts = layout.contexts(*SWITCH_CONTEXTS)
        plain, learning = self._switch_calls(layout.priority_offset)
        if not any(contexts):
            return Extraction(plain, layout.fields(*SWITCH_FIELDS))
        return Extraction(learning, (*layout.fields(*SWITCH_FIELDS), *contexts))

    def _switch_calls(self, offset: int) -> tuple[Callable, Callable]:
        """Return the handlers of sched_switch, without and with contexts. They are closures because this is the hot
        path."""
        threads, facts = self.facts.threads, self.facts
        by_tid = threads.by_tid
        cpus: dict = {}

        def plain(time_ns, cpu, prev_comm, prev_tid, prev_prio, next_comm, next_tid, next_prio):
            nonlocal cpus
            accounting = self.time
            if accounting is None:
                accounting = self._begin(time_ns)
            if accounting.cpus is not cpus:
                cpus = accounting.cpus
            if time_ns >= accounting.high:
                self._advance(time_ns)
            own = cpus.get(cpu) or accounting.cpu(cpu)
            previous = by_tid.get(prev_tid) or threads.get(prev_tid, prev_comm)
            following = by_tid.get(next_tid) or threads.get(next_tid, next_comm)
            if own.thread is previous and time_ns >= own.lost_until:
                times = own.times
                times[previous] = times.get(previous, 0) + time_ns - own.since
                own.thread = following
                own.since = time_ns
            else:
                accounting.switch(own, time_ns, previous, following)
            if prev_tid:
                if previous.comm != prev_comm and prev_comm:
                    threads.rename(previous, prev_comm)
                if previous.prio != prev_prio - offset:
                    accounting.set_priority(previous, prev_prio - offset)
            if next_tid:
                if following.comm != next_comm and next_comm:
                    threads.rename(following, next_comm)
                if following.prio != next_prio - offset:
                    accounting.set_priority(following, next_prio - offset)
            self.last_ns = time_ns
            return previous

        def learning(time_ns, cpu, prev_comm, prev_tid, prev_prio, next_comm, next_tid, next_prio, *contexts):
            previous = plain(time_ns, cpu, prev_comm, prev_tid, prev_prio, next_comm, next_tid, next_prio)
            if not previous.learned:
                facts.learn(previous, *contexts)

        return plain, learning

    def _see(self, time_ns: int) -> CpuTime:
        """Go to an event's time."""
        accounting = self.time if self.time is not None else self._begin(time_ns)
        if time_ns >= accounting.high:
            self._advance(time_ns)
        self.last_ns = max(time_ns, self.last_ns)
        return accounting

    def _begin(self, time_ns: int) -> CpuTime:
        """The first event of all: the windows are known from now on."""
        if time_ns is None:
            raise TraceError("Cannot compute CPU usage: expected events with a default clock snapshot, got none")
        self.cover(time_ns, time_ns)
        first = time_ns if self.first_ns is None else self.first_ns
        begin, end = (value(first) if callable(value) else value for value in (self.options.begin_ns, self.options.end_ns))
        if begin is None and self.options.refresh_ns is not None:
            begin = first
        if begin is not None and end is not None and end <= begin:
            raise ParameterError(f"Invalid time range: expected begin before end, got begin={begin}, end={end} (ns)")
        self.time = CpuTime(self.make_grid(begin, end, self.options.refresh_ns))
        if self.has_switch:
            self._account_early_losses()
        self._apply_bounds(*self.bounds)
        return self.time

    # Losses and bounds, which are rare

    def _lose(self, stream: Stream, begin_ns: int | None, end_ns: int | None, cpu: int, events: int = 0,
              packets: int = 0) -> None:
        if not is_kernel(stream):
            return
        number = self.streams.cpu_of(stream, cpu)
        if self.time is None or not self.has_switch:
            # A loss does not say when tracing began, nor whether its stream has sched_switch: it waits for the first one.
            self.early_losses.append((stream_key(stream), begin_ns, end_ns, number, events, packets))
        else:
            self._account_loss(stream_key(stream), begin_ns, end_ns, number, events, packets)

    def _account_early_losses(self) -> None:
        for loss in self.early_losses:
            self._account_loss(*loss)
        self.early_losses.clear()

    def _account_loss(self, key: tuple, begin_ns: int | None, end_ns: int | None, number: int | None, events: int,
                      packets: int) -> None:
        """Count a loss in the first window that it touches, and make its CPU's state unknown if sched_switch may be
        among it."""
        begin = self.last_ns if begin_ns is None else begin_ns
        end = begin if end_ns is None else end_ns
        accounting = self.time
        if begin >= accounting.high:
            self._advance(begin)
        start = accounting.grid.begin_ns
        touched = begin if start is None or end < start else max(begin, start)
        if (window := accounting.windows.get(accounting.grid.index(touched))) is not None:
            window.discarded_events += events
            window.discarded_packets += packets
        if self.switch_streams and key not in self.switch_streams:
            return
        for own in [accounting.cpu(number)] if number is not None else list(accounting.cpus.values()):
            accounting.lose(own, begin, end)

    def _bound(self, stream: Stream, cpu: int, begin_ns: int | None, end_ns: int | None) -> None:
        key = stream_key(stream), cpu
        known = self.bounds.get(key, (None, None))
        self.bounds[key] = (begin_ns if known[0] is None else known[0], end_ns)
        self._apply_bounds(key)

    def _apply_bounds(self, *keys: tuple) -> None:
        """Tell the accounting from when to when CPUs were recorded: only streams with sched_switch count."""
        for key in keys if self.time is not None else ():
            if key[0] in self.switch_streams and key[1] >= 0:
                self.time.record(self.time.cpu(key[1]), *self.bounds[key])

    # Results

    def closed(self) -> list[CpuUsage]:
        """Return the results of windows that are complete and not yet given; their memory is freed.

        From the first call on, which may be before the first event, a window's result is made when time comes to the end of a window:
        it does not depend on when it is asked for."""
        if self.options.refresh_ns is None:
            return []
        ready, self._ready = self._ended() if self._ready is None else self._ready, []
        return ready

    def _ended(self) -> list[CpuUsage]:
        """Return the results of windows which have ended and were not given, unless a CPU's state in them may still become known."""
        found = []
        if self.time is not None:
            last = self.time.current if self.time.current != BEYOND else max(self.time.windows, default=-1) + 1
            while self.given < last and (self.given + PATIENCE < last or self._is_settled(self.time.grid.bounds(self.given)[1])):
                # Time has passed the window's end, if only a loss or an inactive message iterator told so.
                self.covered_ns = max(self.covered_ns, self.time.grid.bounds(self.given)[1])
                found.append(self._give())
        return found

    def results(self) -> list[CpuUsage]:
        """Return the results of all windows not yet given; to be called at the end.

        Raises TraceError if the trace has no sched_switch, ParameterError if the range holds nothing of the trace.
        """
        self.require()
        # The last event may be one which is not handled here, in a later window.
        self.time.advance(max(self.last_ns, self._end_ns() - 1))
        given, self._ready = self._ready or [], None
        last = max(self.time.windows, default=0)
        while self.given <= last:
            given.append(self._give())
        return given

    def require(self) -> None:
        """Raise TraceError if the trace has no sched_switch."""
        if not self.has_switch or self.time is None:
            raise TraceError(NO_SWITCH)

    # Windows which are spans (`per_span`): of Cuts

    def cut(self, time_ns: int) -> None:
        """Let a window end, and the next one begin."""
        if self.time is None:
            self._begin(time_ns)
        if self.time.grid.cut(time_ns):
            self.time.high = time_ns
            self.time.advance(time_ns)

    def knows(self, time_ns: int) -> bool:
        """Return whether nothing more can become known of what was before a time: not while a CPU is between two packets."""
        return self._is_settled(time_ns) and all(cpu.end_ns is None or cpu.end_ns >= time_ns for cpu in self.time.cpus.values())

    def between(self, span: TimeRange) -> CpuUsage:
        """Return the result of a range between two cuts."""
        self.cover(None, span.end_ns)
        window, same = Window(), _Same()
        for index in range(self.time.grid.index(span.begin_ns), self.time.grid.index(span.end_ns)):
            if (part := self.time.windows.get(index)) is not None:
                window.merge(part, same, {})
        return self._result(window, span)

    def forget(self, time_ns: int) -> None:
        """Forget the windows before the one which holds a time."""
        self.time.grid.forget(time_ns, self.time.windows)

    # Merging

    def merge(self, later: "CpuTop") -> "CpuTop":
        """Join what another engine with the same options made of the part of the trace that follows; return self.

        With refresh_ns, begin_ns must be given, as both must use the same windows. A loss that spans the cut must be
        told to both
        (count 0 to one of them). Neither may have given windows away.
        """
        if self.options != later.options or self.given or later.given:
            raise ValueError("Cannot merge CPU usage: expected the same options and no window given away")
        self._share_switch_streams(later)
        if later.time is None:
            self.facts.merge(later.facts)
        else:
            self.time = self.time or CpuTime(later.time.grid)
            if later.time.current > self.time.current:
                # Within one window, the later part tells what priorities its threads had before.
                self.time.window.close_priorities()
            before = {thread: thread.prio for thread in self.facts.threads.by_tid.values()}
            known = self.facts.merge(later.facts)
            self.time.merge(later.time, known, self.facts.held_priorities(later.facts, known, before))
        self.last_ns = max(self.last_ns, later.last_ns)
        self.covered_ns = max(self.covered_ns, later.covered_ns)
        if later.first_ns is not None:
            self.first_ns = later.first_ns if self.first_ns is None else min(self.first_ns, later.first_ns)
        for key, (begin_ns, end_ns) in later.bounds.items():
            known = self.bounds.get(key, (begin_ns, None))
            self.bounds[key] = (known[0], end_ns)
        self._apply_bounds(*self.bounds)
        return self

    def _share_switch_streams(self, later: "CpuTop") -> None:
        """Tell both parts which streams have sched_switch: losses which have waited for it are accounted in their part."""
        self.has_switch = later.has_switch = self.has_switch or later.has_switch
        self.switch_streams |= later.switch_streams
        later.switch_streams = self.switch_streams
        if not self.has_switch:
            self.early_losses += later.early_losses
            return
        for part, other in ((self, later), (later, self)):
            if part.early_losses:
                part.time = part.time or CpuTime(other.time.grid)
                part._account_early_losses()

    def _is_settled(self, end_ns: int) -> bool:
        """Return whether no CPU's state before a time past can still become known."""
        return all(cpu.head is not None and (cpu.thread is not None or cpu.since >= end_ns) for cpu in self.time.cpus.values())

    def _give(self) -> CpuUsage:
        """Return the next window's result and forget the window."""
        index, self.given = self.given, self.given + 1
        return self._result(self.time.windows.pop(index, None) or Window(), self._span(index))

    def _result(self, window: Window, span: TimeRange) -> CpuUsage:
        times = self.time.window_times(window, span, TimeRange(self.first_ns, self._end_ns()))
        containers = Containers(self.facts.threads, self.facts.namespaces, self.options.inventory)
        return Rows(times, window, span, containers, self.options.filters).result()

    def _end_ns(self) -> int:
        return max(self.last_ns, self.covered_ns)

    def _span(self, index: int) -> TimeRange:
        """Return a window's range: as requested, else from the first to the last event."""
        begin, end = self.time.grid.bounds(index)
        begin = self.first_ns if begin == -FOREVER else begin
        if self.time.grid.end_ns is None:
            # A loss may begin a window behind the last event: an empty one.
            end = max(min(end, self._end_ns()), begin if index else -FOREVER)
        if end < begin:
            raise ParameterError(f"Invalid time range: expected a begin before the last event ({self._end_ns()} ns), got {begin} ns")
        return TimeRange(begin, end)


class _Same(dict):
    """Threads which are themselves."""

    def __missing__(self, thread: Thread) -> Thread:
        return thread


def _migrate(engine: CpuTop, layout: Layout) -> Callable[..., None]:
    offset = layout.priority_offset

    def handle(time_ns, _, comm, tid, prio):
        accounting = engine._see(time_ns)
        thread = engine.facts.threads.get(tid, comm)
        migrations = accounting.window.migrations
        migrations[thread] = migrations.get(thread, 0) + 1
        if prio is not None and thread.prio != prio - offset:
            accounting.set_priority(thread, prio - offset)
    return handle


def _set_priority(engine: CpuTop, layout: Layout) -> Callable[..., None]:
    def handle(time_ns, _, comm, tid, prio):
        engine._see(time_ns).set_priority(engine.facts.threads.get(tid, comm), prio - layout.priority_offset)
    return handle


def _exec(engine: CpuTop, layout: Layout) -> Callable[..., None]:
    rename = engine.facts.bind(layout).call

    def handle(time_ns, cpu, filename, tid, old_tid):
        rename(time_ns, cpu, filename, tid, old_tid)
        if old_tid is not None and old_tid != tid:
            accounting = engine._see(time_ns)
            accounting.replace(accounting.cpu(cpu), time_ns, old_tid, engine.facts.threads.get(tid))
    return handle


# Canonical tracepoint → handler maker, fields it takes. All others go to the facts.
HANDLERS: dict[str, tuple[Callable[[CpuTop, Layout], Callable[..., None]], tuple[str, ...]]] = {
    "sched_migrate_task": (_migrate, ("comm", "tid", "prio")),
    "sched_pi_setprio": (_set_priority, ("comm", "tid", "newprio")),
    "sched_process_exec": (_exec, ("filename", "tid", "old_tid")),
}
