"""System call analysis: how long each call took, how long its thread was off the CPU meanwhile, how it ended.

The rules:
1. An entry belongs to the thread which recorded it: the one of the context `tid` where it was recorded, else the current
   thread of the CPU. The thread's next exit ends the call.
2. An exit of another call's name ends the open call, too, but counts as mismatched, and the call as unfinished: events
   were lost in between. (After execve() the exit may be named by another architecture's table.) Old tracers do not name
   exits.
3. A thread in a call is off the CPU from the switch from it to the switch to it: blocked, or waiting for the CPU. An entry
   proves that it runs.
4. A forked child returns from its parent's call by an exit of its own, without an entry (`child_returns`).
5. rt_sigreturn() has no exit event, exit() does not return: neither is counted, nor is it unfinished.
6. An exit that comes first in a trace part is held: an earlier part may know the entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from lttngx.analyses.cells import Cell, Key
from lttngx.analyses.grouping import durations
from lttngx.analyses.measures import THREAD_DIMENSIONS, Measure, dimension_values
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.syscall_events import CALL, bind_entry, bind_exec, bind_exit, bind_switch
from lttngx.analyses.windowed import Options, Windowed
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.calls import EXEC, FINAL, MAX_ERRNO, error_name
from lttngx.kernel.layouts import resolve, system_call
from lttngx.kernel.running import Running, Traced, TracedThreads, final

MEASURE = Measure("System calls", ("syscall",), details=("cpu", "ret", "off_cpu"), part="off_cpu", tallies="errors")
# Without sched_switch nothing tells whether a thread was off the CPU.
WITHOUT_SWITCHES = replace(MEASURE, part_known=False)
OUTCOMES = ("calls", "unfinished", "mismatched", "unmatched_exits", "child_returns", "lossy")


class Head(NamedTuple):
    """A held exit. name: None if the event does not tell it. waited_ns: time off the CPU in the trace part."""

    time_ns: int
    cpu: int
    name: str | None
    ret: int | None
    waited_ns: int
    lost_until: int


class Caller(Traced):
    """A thread. call: the label of its open call, None outside of calls; name: that call's; entered_ns: its begin.

    waited_ns: time off the CPU since the entry, or since the trace part's beginning; out_ns: since when it is off the CPU.
    in_ns: time of its first switch, if that was to it. first_ns: time of its first entry or exit; None before it.
    head: its first exit, if no entry came before. is_child: it was forked, and has not returned from its parent's call."""

    __slots__ = STATE = ("call", "name", "entered_ns", "waited_ns", "out_ns", "in_ns", "switched", "first_ns", "head", "is_child")

    def __init__(self, tid: int, comm: str | None = None, continues: bool = True):
        super().__init__(tid, comm, continues)
        self.call: tuple | None = None
        self.name = self.entered_ns = self.out_ns = self.in_ns = self.first_ns = self.head = None
        self.waited_ns = 0
        self.switched = False
        self.is_child = not continues


@dataclass(frozen=True, slots=True)
class SyscallOptions(Options):
    """arguments: (call, argument) by whose values calls are told apart."""

    arguments: tuple[tuple[str, str], ...] = ()


class Syscalls(Windowed):
    """The analysis; see the module."""

    TASK = "follow system calls"
    MISSING = ("Cannot follow system calls: event=syscall_entry_*, expected at least one, got none in the trace: enable them with "
               "`lttng enable-event --kernel --syscall --all`")
    MEASURES = (CALL,)
    DIMENSIONS = (*THREAD_DIMENSIONS, "cpu")

    def __init__(self, options: Options = SyscallOptions()) -> None:
        super().__init__(options, TracedThreads(Caller))
        self.running = Running(self.facts.threads)
        self.held: list[Caller] = []
        self.has_switches = False
        # The current window's, none outside of all windows.
        self.cells: dict[Key, Cell] = {}
        # Whether every call counts alike: nothing is filtered at once, told apart by dimension or kept.
        self.is_plain = (self.keep is None and not options.filters.cpus and options.min_ns is None and options.max_ns is None
                         and dimension_values(options.group_by, None, 0, None) == ())

    def _bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        found = system_call(event_class.name or "")
        if found is not None:
            self.relevant = True
            return bind_entry(self, event_class, found) if found.phase == "entry" else bind_exit(self, event_class, found)
        layout = resolve(event_class)
        if layout is None:
            return None
        if layout.tracepoint.name == "sched_switch":
            self.has_switches = True
            return bind_switch(self, layout)
        if layout.tracepoint.name == "sched_process_exec":
            return bind_exec(self, layout)
        return self.facts.bind(layout)

    def _open(self, index: int) -> None:
        super()._open(index)
        self.cells = {} if self.window is None else self.window.cells[CALL]

    # Calls

    def complete(self, thread: Caller, time_ns: int, cpu: int, name: str | None, ret: int | None, waited_ns: int) -> None:
        """An exit ends a thread's open call."""
        call, begun, entered_ns = thread.call, thread.name, thread.entered_ns
        thread.call = None
        if name is not None and name != begun and begun not in EXEC:
            self.count("mismatched")
            self.abandon(begun)
            return
        cpus = self.options.filters.cpus
        if cpus and cpu not in cpus:
            return
        values = dimension_values(self.options.group_by, None, cpu, None)
        cell = self.record(CALL, (self.owner(thread), call, values), entered_ns, time_ns,
                           (cpu, ret, waited_ns) if self.keep is not None else ())
        if cell is not None:
            cell.part_ns += waited_ns
            if ret is not None and -MAX_ERRNO <= ret < 0:
                cell.tally(-ret)

    def abandon(self, name: str) -> None:
        """No exit of an open call will come."""
        if name not in FINAL:
            self.count("unfinished")

    def orphan(self, thread: Caller, time_ns: int, cpu: int, name: str | None, ret: int | None) -> None:
        """An exit without an entry."""
        if thread.is_child:
            thread.is_child = False
            self.count("child_returns")
        elif thread.first_ns is None and not self.settled:
            thread.head = Head(time_ns, cpu, name, ret, thread.waited_ns, self.lost_until)
            self.held.append(thread)
        else:
            self.count("unmatched_exits")
        if thread.first_ns is None:
            thread.first_ns = time_ns

    # Losses and merging

    def _lose_on(self, cpu: int | None, begin_ns: int) -> None:
        for own in self.running.some(cpu):
            self.running.lose(own)

    def _release(self) -> None:
        self.running.settle(self._join)
        for thread in self.held:
            if thread.head is not None:
                with self.at(thread.head.time_ns, thread.head.lost_until):
                    self.count("unmatched_exits")
                thread.head = None
        self.held.clear()

    def _join(self, first: Caller, then: Caller) -> None:
        """Append what became of a thread in the part that follows."""
        waited = first.waited_ns + (then.in_ns - first.out_ns if None not in (first.out_ns, then.in_ns) else 0)
        if then.first_ns is None:
            first.waited_ns = waited + then.waited_ns
            if then.is_child:
                first.is_child = True
        else:
            if then.head is not None:
                self._join_exit(first, then.head, waited)
            elif first.call is not None:
                with self.at(then.first_ns, self.lost_until):
                    self.abandon(first.name)
            first.call, first.name, first.entered_ns, first.waited_ns, first.is_child = (
                then.call, then.name, then.entered_ns, then.waited_ns, then.is_child)
        if then.switched or then.first_ns is not None:
            if not first.switched and first.first_ns is None:
                first.in_ns = then.in_ns
            first.out_ns = then.out_ns
        first.switched = first.switched or then.switched
        first.first_ns = then.first_ns if first.first_ns is None else first.first_ns

    def _join_exit(self, first: Caller, head: Head, waited: int) -> None:
        with self.at(head.time_ns, head.lost_until):
            if first.call is not None:
                self.complete(first, head.time_ns, head.cpu, head.name, head.ret, waited + head.waited_ns)
            elif first.is_child:
                self.count("child_returns")
            elif first.first_ns is None and not self.settled:
                first.head = head._replace(waited_ns=waited + head.waited_ns)
                self.held.append(first)
            else:
                self.count("unmatched_exits")

    def _began(self, thread: Caller) -> None:
        """The part before says that a thread began: under its TID another one ended there (rule 4)."""
        if thread.head is not None:
            with self.at(thread.head.time_ns, thread.head.lost_until):
                self.count("child_returns")
            thread.head = None
        elif thread.first_ns is None:
            thread.is_child = True

    def _join_later(self, later: "Syscalls") -> None:
        self.has_switches = self.has_switches or later.has_switches
        self.running.meet(later.running, self._join)
        known = self.facts.merge(later.facts)
        self.running.merge(later.running, known, self._join)
        for thread in later.facts.threads.continuing.values():
            if not thread.continues:
                self._began(thread)
        self.held += [thread for thread in later.held if thread not in known and thread.became is None and thread.head is not None]

    def _result(self, window, span: TimeRange, losses: Losses, is_last: bool):
        counted = {name: window.count(CALL) if name == "calls" else window.outcomes[name] for name in OUTCOMES}
        measure = MEASURE if self.has_switches else WITHOUT_SWITCHES
        return durations(self, "syscalls", {CALL: measure}, window, span, losses, usual=self.GROUPED_BY, outcomes=counted,
                         open_rows=self._open_calls(span) if is_last else ())

    def _open_calls(self, span: TimeRange) -> Iterable[tuple]:
        """Return (thread, label …, begin, duration so far) of the calls which are open at the end, the longest first."""
        threads = [*self.facts.threads.by_tid.values(), *(final(cpu.thread) for cpu in self.running.cpus.values())]
        found = {thread: None for thread in threads if thread.call is not None and thread.name not in FINAL}
        return [(thread, *thread.call, thread.entered_ns, span.end_ns - thread.entered_ns)
                for thread in sorted(found, key=lambda thread: (thread.entered_ns, thread.tid))
                if thread.entered_ns < span.end_ns]


def errors_by_name(tallies: dict[int, int]) -> dict[str, int]:
    """Return error counts by name, the most frequent first."""
    return {error_name(number): count for number, count in sorted(tallies.items(), key=lambda item: (-item[1], item[0]))}
