"""CPU time accounting: who ran on each CPU, and for how long, in each window.

The rules:
1. Between two sched_switch events of a CPU the thread that the first switched to runs; the idle task (TID 0) is idle
time.
2. Before a CPU's first sched_switch its prev_tid ran, as far back as the CPU is known to have been recorded; after the
   last one its next_tid runs on.
3. Where the tracer lost events, the whole stretch is unknown. Recorded switches inside it count for nothing; from its
   end to the next sched_switch that switch's prev_tid ran (rule 2 again).
4. Where a prev_tid contradicts the running thread, a loss went unreported: the time since the last switch is unknown.
5. Slices are split at window borders. In each window and on each CPU, threads + idle + unknown = the window.

A part of a trace leaves each CPU's beginning and end open: `head` is its first fact, (time, who ran until then),
`thread`
and `since` its last. `CpuTime.merge` closes the gap between two parts with the same rules, so cutting a trace anywhere
changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from lttngx.analyses.result import TimeRange
from lttngx.analyses.windows import BEFORE, BEYOND, FOREVER, Cuts, Grid
from lttngx.kernel.threads import Thread

Times = dict[Thread, int]
# Sets of priorities, each kept once: there are few, and many threads.
_NONE: frozenset[int | None] = frozenset()
_SHARED: dict[frozenset[int | None], frozenset[int | None]] = {}


@dataclass(slots=True)
class Window:
    """What is counted in one window: ns by CPU and thread (idle task included), migrations and priorities by thread,
    losses.

    priorities: only of threads whose priority changed in the window, until the window is closed. None among them
    stands for the
    one that an earlier trace part may know.
    """

    times: dict[int, Times] = field(default_factory=dict)
    migrations: dict[Thread, int] = field(default_factory=dict)
    priorities: dict[Thread, frozenset[int | None]] = field(default_factory=dict)
    discarded_events: int = 0
    discarded_packets: int = 0

    def times_of(self, cpu: int) -> Times:
        """Return a CPU's times, made on first use."""
        return self.times.setdefault(cpu, {})

    def close_priorities(self) -> None:
        """Note the priority of every thread that ran and kept it."""
        for times in self.times.values():
            for thread in times:
                if thread.prio is not None:
                    self.see_priorities(thread, (thread.prio,))

    def see_priorities(self, thread: Thread, priorities: Iterable[int | None]) -> None:
        """Note priorities of a thread."""
        seen = self.priorities.get(thread, _NONE).union(priorities)
        self.priorities[thread] = _SHARED.setdefault(seen, seen)

    def merge(self, later: "Window", known: Mapping[Thread, Thread], held: Mapping[Thread, int | None]) -> None:
        """Add what a later trace part counted in the same window, or what was counted in the window that follows. known: its threads as
        ours; held: their priority before it tells one."""
        for cpu, times in later.times.items():
            own = self.times_of(cpu)
            for thread, duration in times.items():
                thread = known[thread]
                own[thread] = own.get(thread, 0) + duration
        for thread, count in later.migrations.items():
            thread = known[thread]
            self.migrations[thread] = self.migrations.get(thread, 0) + count
        for thread, priorities in later.priorities.items():
            before = held.get(thread)
            self.see_priorities(known[thread], (before if p is None else p for p in priorities))
        self.discarded_events += later.discarded_events
        self.discarded_packets += later.discarded_packets


class Cpu:
    """One CPU. thread: who has been running since `since`; None: unknown until the next switch tells. times: those of
    the current
    window. head: (time, thread) of the first fact; None before it. lost_until: end of the last loss. execs: (time, TID, thread of the
    new TID) of threads which changed their TID before the head: who ran until then may be one of them."""

    __slots__ = ("number", "thread", "since", "times", "head", "lost_until", "begin_ns", "end_ns", "execs")

    def __init__(self, number: int, times: Times):
        self.number = number
        self.times = times
        self.thread: Thread | None = None
        self.since: int | None = None
        self.head: tuple[int, Thread | None] | None = None
        self.lost_until = -FOREVER
        self.execs: list[tuple[int, int, Thread]] = []
        # Bounds of what was recorded of this CPU, where known.
        self.begin_ns: int | None = None
        self.end_ns: int | None = None


class CpuTime:
    """The accounting of one machine. The current window is `window`, [low, high)."""

    def __init__(self, grid: Grid | Cuts):
        self.grid = grid
        self.cpus: dict[int, Cpu] = {}
        self.windows: dict[int, Window] = {}
        # (CPU, begin, end, thread, thread): two threads of one TID ran one after the other, unless an earlier part knows them as one.
        self.doubts: list[tuple[Cpu, int, int, Thread, Thread]] = []
        self.open(BEFORE if grid.begin_ns is not None else 0)

    def open(self, index: int) -> None:
        """Make a window the current one."""
        self.current = index
        self.low, self.high = self.grid.bounds(index)
        self.window = Window() if index in (BEFORE, BEYOND) else self.windows.setdefault(index, Window())
        for cpu in self.cpus.values():
            cpu.times = self.window.times_of(cpu.number)

    def cpu(self, number: int) -> Cpu:
        """Return a CPU, made on first sight."""
        if (cpu := self.cpus.get(number)) is None:
            cpu = self.cpus[number] = Cpu(number, self.window.times_of(number))
        return cpu

    def advance(self, time_ns: int) -> None:
        """Go to the window that holds a time at or after the current window's end, splitting running slices at each
        border."""
        while time_ns >= self.high:
            self._split(self.high)
            self.window.close_priorities()
            self.open(self.grid.index(self.high))

    def _split(self, border: int) -> None:
        """Count running slices up to a window border. A CPU between two packets waits: there may be no next one."""
        for cpu in self.cpus.values():
            if cpu.thread is not None and cpu.since < border and cpu.end_ns is None:
                cpu.times[cpu.thread] = cpu.times.get(cpu.thread, 0) + border - cpu.since
                cpu.since = border

    def record(self, cpu: Cpu, begin_ns: int | None, end_ns: int | None) -> None:
        """A CPU was recorded since `begin_ns`, and up to `end_ns` so far (None: it still is)."""
        if begin_ns is not None:
            cpu.begin_ns = begin_ns if cpu.begin_ns is None else min(cpu.begin_ns, begin_ns)
        if end_ns is None and cpu.end_ns is not None and cpu.thread is not None and cpu.since < self.low:
            self.credit(cpu, cpu.since, self.low, cpu.thread)
            cpu.since = self.low
        cpu.end_ns = end_ns

    def set_priority(self, thread: Thread, priority: int | None) -> None:
        """A thread's priority is now this one; both the old and the new one were seen in the window."""
        if priority is not None:
            self.window.see_priorities(thread, (thread.prio, priority))
            thread.prio = priority

    def switch(self, cpu: Cpu, time_ns: int, previous: Thread, following: Thread) -> None:
        """Any sched_switch; the caller handles the plain case, in which `previous` has been running since a known
        time, itself."""
        if time_ns < cpu.lost_until:
            return
        if cpu.head is None:
            cpu.head = (time_ns, previous)
        elif cpu.thread is None:
            self.credit(cpu, cpu.since, time_ns, previous)
        elif cpu.thread is previous:
            cpu.times[previous] = cpu.times.get(previous, 0) + time_ns - cpu.since
        elif cpu.thread.tid == previous.tid:
            self.doubts.append((cpu, cpu.since, time_ns, cpu.thread, previous))
        cpu.thread = following
        cpu.since = time_ns

    def replace(self, cpu: Cpu, time_ns: int, old_tid: int, thread: Thread) -> None:
        """The running thread takes another TID (execve() of a thread that is not its group's leader)."""
        if cpu.thread is not None and cpu.thread.tid == old_tid:
            self.switch(cpu, time_ns, cpu.thread, thread)
        elif cpu.head is None:
            cpu.execs.append((time_ns, old_tid, thread))

    def lose(self, cpu: Cpu, begin_ns: int, end_ns: int) -> None:
        """Events of a CPU were lost in [begin, end): close the running slice, and know nothing before the end."""
        if cpu.head is None:
            cpu.head = (begin_ns, None)
            cpu.execs = [entry for entry in cpu.execs if entry[0] <= begin_ns]
        elif cpu.thread is not None and begin_ns > cpu.since:
            self.credit(cpu, cpu.since, begin_ns, cpu.thread)
        cpu.thread = None
        cpu.lost_until = cpu.since = max(cpu.lost_until, end_ns)

    def credit(self, cpu: Cpu, begin_ns: int, end_ns: int, thread: Thread) -> None:
        """Count [begin, end) for a thread in whichever windows it lies; windows already given away are left alone."""
        while begin_ns < end_ns:
            index = self.grid.index(begin_ns)
            border = min(end_ns, self.grid.bounds(index)[1])
            if (window := self.window if index == self.current else self.windows.get(index)) is not None:
                times = window.times_of(cpu.number)
                times[thread] = times.get(thread, 0) + border - begin_ns
            begin_ns = border

    def window_times(self, window: Window, span: TimeRange, recorded: TimeRange) -> dict[int, Times]:
        """Return a window's times by CPU with the open heads and tails counted.

        span: the window's range, cut to what is asked for. recorded: the first and the last event's time, which bound heads and
        tails on CPUs whose packets' bounds are not known."""
        result = {}
        for number, cpu in sorted(self.cpus.items()):
            times = result[number] = dict(window.times.get(number, ()))
            begin = max(span.begin_ns, recorded.begin_ns, -FOREVER if cpu.begin_ns is None else cpu.begin_ns)
            end = min(span.end_ns, recorded.end_ns if cpu.end_ns is None else cpu.end_ns)
            if cpu.head is not None and cpu.head[1] is not None:
                _add(times, cpu.head[1], begin, min(span.end_ns, cpu.head[0]))
            if cpu.thread is not None:
                _add(times, cpu.thread, max(span.begin_ns, cpu.since), end)
        return result

    def merge(self, later: "CpuTime", known: dict[Thread, Thread], held: dict[Thread, int | None]) -> None:
        """Join the accounting of the trace part that follows. known: each of its threads as ours; held: as Window.merge's."""
        for index, window in later.windows.items():
            self.windows.setdefault(index, Window()).merge(window, known, held)
        self.open(max(self.current, later.current))
        # The gaps reach into the windows of both parts: they come last.
        for number, follower in later.cpus.items():
            self._join(self.cpu(number), follower, known)
        for cpu, begin_ns, end_ns, thread, other in later.doubts:
            self._settle(self.cpu(cpu.number), begin_ns, end_ns, known[thread], known[other])

    def _join(self, cpu: Cpu, follower: Cpu, known: dict[Thread, Thread]) -> None:
        """Close the gap between a CPU's last fact here and its first one there, then take over its last one."""
        cpu.end_ns = follower.end_ns
        if cpu.begin_ns is None and cpu.head is None:
            cpu.begin_ns = follower.begin_ns
        for time_ns, old_tid, thread in follower.execs:
            self.replace(cpu, time_ns, old_tid, known[thread])
        if follower.head is None:
            return
        time_ns, ran = follower.head
        ran = known.get(ran)
        if cpu.head is None:
            cpu.head = (time_ns, ran)
        elif cpu.thread is not None and (ran is None or ran is cpu.thread):
            self.credit(cpu, cpu.since, time_ns, cpu.thread)
        elif cpu.thread is None and ran is not None:
            self.credit(cpu, cpu.since, time_ns, ran)
        elif cpu.thread is not None:
            # Rule 4; but what had come to a window border was counted up to there.
            border = max(cpu.since, self.grid.bounds(self.grid.index(time_ns))[0])
            self.credit(cpu, cpu.since, border, cpu.thread)
            if cpu.thread.tid == ran.tid:
                self.doubts.append((cpu, border, time_ns, cpu.thread, ran))
        cpu.thread = known.get(follower.thread)
        cpu.since, cpu.lost_until = follower.since, follower.lost_until

    def _settle(self, cpu: Cpu, begin_ns: int, end_ns: int, thread: Thread, other: Thread) -> None:
        """Decide a doubt of the later part by what the threads are here."""
        if thread is other:
            self.credit(cpu, begin_ns, end_ns, thread)
        else:
            self.doubts.append((cpu, begin_ns, end_ns, thread, other))


def _add(times: Times, thread: Thread, begin_ns: int, end_ns: int) -> None:
    """Add a stretch, if it has any length."""
    if end_ns > begin_ns:
        times[thread] = times.get(thread, 0) + end_ns - begin_ns
