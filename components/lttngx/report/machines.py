"""Analyses of traced machines: each has its own set, since the threads and CPUs of two would mix."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lttngx.analyses import cputop
from lttngx.analyses.cputop_result import CpuUsage
from lttngx.analyses.cputop_rows import Filters
from lttngx.analyses.durations import Durations
from lttngx.analyses.irq import Irq, IrqOptions
from lttngx.analyses.sched import LATENCY, OFF_CPU, PREEMPTION, Sched
from lttngx.analyses.several import Several
from lttngx.analyses.syscalls import SyscallOptions, Syscalls
from lttngx.analyses.windowed import Options as DurationOptions
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import is_kernel
from lttngx.report.timelines import Shares, Timeline

# Threads in the chart; logarithmic bins per decade of durations.
THREADS, PER_DECADE = 40, 10
EVERYTHING = Filters(limit=0)


@dataclass(frozen=True, slots=True)
class MachineResult:
    """What a machine's page sections are made of. host: its name, None if the trace does not tell. usage: None, and no
    charts, for a trace without sched_switch. durations: of the analyses for which the trace has events."""

    host: str | None
    usage: CpuUsage | None
    charts: dict[str, Timeline]
    durations: tuple[Durations, ...]


class Machine(Several):
    """The analyses of one machine's kernel trace. options: of CPU usage; their refresh_ns is the finest step of the charts."""

    def __init__(self, options: cputop.Options) -> None:
        step_ns, inventory = options.refresh_ns, options.inventory
        self._whole, self._steps = cputop.CpuTop(replace(options, refresh_ns=None)), cputop.CpuTop(options)
        self._durations = (
            Sched(DurationOptions(measures=(LATENCY, PREEMPTION, OFF_CPU), group_by=("total", "thread"), per_decade=PER_DECADE,
                                  inventory=inventory)),
            Syscalls(SyscallOptions(per_decade=PER_DECADE, inventory=inventory)),
            Irq(IrqOptions(per_decade=PER_DECADE)))
        self._charts = {name: Shares(step_ns) for name in ("cpus", "threads", "containers")}
        self._step = 0
        super().__init__([self._whole, self._steps, *self._durations])

    def draw(self) -> None:
        """Draw the steps that are complete, so that they take no memory."""
        self._draw(self._steps.closed())

    def _draw(self, windows: Iterable[CpuUsage]) -> None:
        for window in windows:
            for row in window.cpus:
                self._charts["cpus"].add(self._step, row.cpu, f"CPU {row.cpu}", row.cpu_time_ns)
            for row in window.threads:
                self._charts["threads"].add(self._step, row.tid, f"{row.name or '?'} ({row.tid})", row.cpu_time_ns)
            for row in window.containers:
                self._charts["containers"].add(self._step, row.container.pid_ns, row.container.name, row.cpu_time_ns)
            self._step += 1

    def result(self, host: str | None, begin_ns: int, end_ns: int) -> MachineResult:
        """Return all results. begin_ns, end_ns: the range of the charts."""
        usage, charts = None, {}
        if self._whole.has_switch:
            usage = self._whole.results()[0]
            self._draw(self._steps.results())
            charts = {name: shares.timeline(begin_ns, end_ns, THREADS, name == "cpus") for name, shares in self._charts.items()}
        return MachineResult(host, usage, charts, tuple(one.results()[0] for one in self._durations if one.relevant))


class Machines:
    """A Consumer which gives the events of each machine's kernel trace to its own analyses, made on first sight."""

    per_stream = False

    def __init__(self, options: cputop.Options) -> None:
        """options: see Machine."""
        self._options = options
        self._by_host: dict[str | None, Machine] = {}
        self._first_ns: int | None = None
        # When steps are drawn next: that costs too much for every batch of messages.
        self._due_ns: int | None = None

    def _of(self, stream: Stream) -> Machine | None:
        if not is_kernel(stream):
            return None
        environment = stream.trace.environment
        host = environment.get("hostname", environment.get("host"))
        if host not in self._by_host:
            self._by_host[host] = Machine(self._options)
            self._by_host[host].cover(self._first_ns, None)
        return self._by_host[host]

    def _tell(self, stream: Stream, how: Callable[[Machine], None]) -> None:
        if (machine := self._of(stream)) is not None:
            how(machine)

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        machine = self._of(stream)
        return None if machine is None else machine.bind(event_class, stream)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._tell(stream, lambda machine: machine.discarded_events(stream, begin_ns, end_ns, count))

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._tell(stream, lambda machine: machine.discarded_packets(stream, begin_ns, end_ns, count))

    def packet_begins(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """See Consumer."""
        self._tell(stream, lambda machine: machine.packet_begins(stream, cpu, time_ns))

    def packet_ends(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """See Consumer."""
        self._tell(stream, lambda machine: machine.packet_ends(stream, cpu, time_ns))

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell all of the times of the first and the last event of all."""
        self._first_ns = first_ns if self._first_ns is None else self._first_ns
        for machine in self._by_host.values():
            machine.cover(first_ns, last_ns)

    def advance(self, now_ns: int | None) -> None:
        """Once in a step, tell all that time has come to `now_ns`, and draw the steps that are complete."""
        if now_ns is None or (self._due_ns is not None and now_ns < self._due_ns):
            return
        self._due_ns = now_ns + self._options.refresh_ns
        for machine in self._by_host.values():
            machine.advance(now_ns)
            machine.draw()

    def results(self, begin_ns: int, end_ns: int) -> tuple[MachineResult, ...]:
        """Return each machine's results, in order of their names."""
        return tuple(machine.result(host, begin_ns, end_ns)
                     for host, machine in sorted(self._by_host.items(), key=lambda item: item[0] or ""))
