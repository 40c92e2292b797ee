"""From accounted CPU time to the rows of the result: attribution to processes and containers, filters, order."""

from collections.abc import Callable, Iterable, Mapping
from heapq import nsmallest
from typing import Any

from lttngx.analyses.cpu_time import Times, Window
from lttngx.analyses.cputop_result import ContainerRow, CpuRow, CpuUsage, ProcessRow, ThreadRow
from lttngx.analyses.filters import Filters
from lttngx.analyses.result import Losses, TimeRange
from lttngx.kernel.containers import UNKNOWN_CONTAINER, Containers
from lttngx.kernel.threads import IDLE_TID, Thread


class Rows:
    """Makes one window's result. times: ns by CPU and thread, heads and tails included."""

    def __init__(self, times: Mapping[int, Times], window: Window, span: TimeRange, containers: Containers, filters: Filters):
        self.times = times
        self.window = window
        self.span = span
        self.containers = containers
        self.filters = filters
        wanted = [own for cpu, own in times.items() if not filters.cpus or cpu in filters.cpus]
        # No row for no time: a slice which ends at a window's begin is not in it.
        self.by_thread = _sum((thread, time) for own in wanted for thread, time in own.items() if time and thread.tid != IDLE_TID)
        # A thread that migrated without running has a row without CPU time.
        for thread in () if filters.cpus else window.migrations:
            self.by_thread.setdefault(thread, 0)
        # The order in which threads were met depends on how the trace was cut, and must not show.
        self.by_thread = dict(sorted(self.by_thread.items(), key=_order))
        self.homes = {thread: containers.of(thread) for thread in self.by_thread}

    def result(self) -> CpuUsage:
        """Return the whole result."""
        return CpuUsage(
            self.span, self._threads(), self._processes(), tuple(self._cpus(self.filters.cpus)),
            tuple(self._containers()), self._total(), Losses(self.window.discarded_events, self.window.discarded_packets))

    def _first(self, found: list, key: Callable[[Any], Any]) -> list:
        """Return what the first rows are of, in order: rows are made of those only."""
        limit = self.filters.limit
        return nsmallest(limit, found, key) if limit else sorted(found, key=key)

    def _threads(self) -> tuple[ThreadRow, ...]:
        wanted = [entry for entry in self.by_thread.items() if self.filters.accepts(entry[0], self.homes[entry[0]])]
        return tuple(self._thread(*entry) for entry in self._first(wanted, lambda entry: (-entry[1], entry[0].tid)))

    def _thread(self, thread: Thread, time: int) -> ThreadRow:
        seen = self.window.priorities.get(thread) or {thread.prio}
        return ThreadRow(thread.tid, thread.pid, thread.comm, self.homes[thread], time, self.span.share(time),
                         self.window.migrations.get(thread, 0), tuple(sorted(p for p in seen if p is not None)))

    def _processes(self) -> tuple[ProcessRow, ...]:
        groups: dict[object, list[Thread]] = {}
        for thread in self.by_thread:
            if self.filters.accepts(thread, self.homes[thread]):
                groups.setdefault(self._process_key(thread), []).append(thread)
        timed = [(-self._time(members), -1 if members[0].pid is None else members[0].pid, key, members)
                 for key, members in groups.items()]
        return tuple(self._process(key, members) for _, _, key, members in self._first(timed, lambda entry: entry[:2]))

    def _time(self, members: list[Thread]) -> int:
        return sum(self.by_thread[thread] for thread in members)

    def _process_key(self, thread: Thread) -> object:
        """Return what tells a thread's process: its leader if it is known, else its PID, else the thread itself."""
        if thread.pid is None or thread.is_leader:
            return thread
        return self.containers.threads.by_tid.get(thread.pid, thread.pid)

    def _process(self, key: object, members: list[Thread]) -> ProcessRow:
        leader = key if isinstance(key, Thread) else members[0]
        home = self.homes.get(leader, self.homes[members[0]])
        time = self._time(members)
        return ProcessRow(members[0].pid, leader.comm, home, len(members), time, self.span.share(time))

    def _cpus(self, wanted: frozenset[int] = frozenset()) -> Iterable[CpuRow]:
        for cpu, times in self.times.items():
            if not wanted or cpu in wanted:
                idle = sum(time for thread, time in times.items() if thread.tid == IDLE_TID)
                busy = sum(times.values()) - idle
                yield CpuRow(cpu, busy, idle, self.span.duration_ns - busy - idle, self.span.share(busy))

    def _containers(self) -> Iterable[ContainerRow]:
        totals = _sum((self.homes[thread] or UNKNOWN_CONTAINER, time) for thread, time in self.by_thread.items())
        known = self.containers.all()
        # Without a single fact about name spaces the table would be one row of unknown time.
        if known and totals.get(UNKNOWN_CONTAINER):
            known.append(UNKNOWN_CONTAINER)
        host_first = sorted(known, key=lambda container: (container is not known[0], -totals.get(container, 0)))
        return (ContainerRow(container, totals.get(container, 0), self.span.share(totals.get(container, 0)))
                for container in host_first if self.filters.accepts_container(container))

    def _total(self) -> float:
        rows = list(self._cpus())
        return sum(row.usage for row in rows) / len(rows) if rows else 0.0


def _order(entry: tuple[Thread, int]) -> tuple:
    thread, time = entry
    return thread.tid, thread.pid or 0, thread.comm or "", time


def _sum(pairs: Iterable[tuple]) -> dict:
    """Return the sums by key."""
    totals: dict = {}
    for key, value in pairs:
        totals[key] = totals.get(key, 0) + value
    return totals
