"""What a trace tells of threads, processes and name spaces, whatever the analysis: handlers from event to model.

The rule: an event is a fact about the thread that it names; a context is a fact about the thread that ran when the
event was
recorded. Contexts of name spaces win over statedump only by being newer: both say the same of one thread.
"""

from collections.abc import Callable
from typing import Any

from lttngx.core.classes import Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import TraceError
from lttngx.kernel.layouts import Layout
from lttngx.kernel.namespaces import Namespaces
from lttngx.kernel.threads import Thread, Threads

# The kernel gives −1, recorded as unsigned by perf, for a PID which no longer is.
PID_LIMIT = 1 << 22


class Facts:
    """The model of one machine: `threads` and `namespaces`. is_perf: perf recorded it.

    before: told each event's time before the event is taken: windows which have ended show what was known when they ended.
    """

    before: Callable[[int | None], None] | None = None

    def __init__(self, threads: Threads | None = None) -> None:
        self.threads = Threads() if threads is None else threads
        self.namespaces = Namespaces()
        self.is_perf = False
        # (tid, level, inode) of the last name-space event of a statedump: its levels come in a row.
        self._inner: tuple[int, int, int] | None = None

    def bind(self, layout: Layout) -> Extraction | None:
        """Return what to do with the events of a class, None if they tell nothing of threads or name spaces."""
        self.is_perf = self.is_perf or layout.is_perf
        entry = HANDLERS.get(layout.tracepoint.name)
        return None if entry is None else Extraction(self._dated(entry[0](self)), layout.fields(*entry[1]))

    def _dated(self, call: Callable[..., None]) -> Callable[..., None]:
        before = self.before
        if before is None:
            return call

        def dated(time_ns: int | None, cpu: int, *values: Any) -> None:
            before(time_ns)
            call(time_ns, cpu, *values)
        return dated

    def see_host(self, stream: Stream) -> None:
        """Take the machine's name from a trace's environment. Raises TraceError at a second machine: TIDs of two would
        mix."""
        name = stream.trace.environment.get("hostname", stream.trace.environment.get("host"))
        known = self.namespaces.host_name
        if known is not None and name is not None and name != known:
            raise TraceError(f'Cannot follow threads: expected kernel events of one machine, got hostname="{known}" and "{name}"')
        self.namespaces.host_name = name if known is None else known

    def learn(self, thread: Thread, pid: int | None, ppid: int | None, vtid: int | None, pid_ns: int | None,
              cgroup_ns: int | None, hostname: str | None) -> None:
        """Take the contexts of an event that a thread recorded; None for those which were not. A dying task's are 0
        and empty."""
        thread.learned = True
        if pid is not None and 0 < pid <= PID_LIMIT:
            thread.pid = pid
        if ppid and thread.ppid is None:
            thread.ppid = ppid
        if cgroup_ns:
            thread.cgroup_ns = cgroup_ns
        if pid_ns:
            self.namespaces.join(thread, pid_ns, vtid)
            if hostname is not None:
                self.namespaces.see_hostname(pid_ns, hostname)

    def merge(self, later: "Facts") -> dict[Thread, Thread]:
        """Join the facts of the trace part that follows; return which thread stands for each of those which are known
        here too."""
        known = self.threads.merge(later.threads)
        self.namespaces.merge(later.namespaces, known)
        self.is_perf = self.is_perf or later.is_perf
        return known


def _fork(facts: Facts) -> Callable[..., None]:
    def handle(_, __, parent_tid, parent_pid, parent_ns, child_comm, child_tid, child_pid, vtids, child_ns):
        parent = facts.threads.get(parent_tid)
        if parent_pid is not None:
            parent.pid = parent_pid
        child = facts.threads.fork(child_tid, child_comm, child_pid, parent_pid)
        if child_ns is not None:
            facts.namespaces.fork(child, child_ns, parent_ns, vtids or [])
            if parent.pid_ns is None and parent_ns:
                facts.namespaces.join(parent, parent_ns)
        elif child_pid is not None:
            child.pid_ns = parent.pid_ns
        child.cgroup_ns = parent.cgroup_ns
    return handle


def _exec(facts: Facts) -> Callable[..., None]:
    def handle(_, __, filename, tid, old_tid):
        comm = None if filename is None else filename.rsplit("/", 1)[-1][:15]
        facts.threads.exec(tid, tid if old_tid is None else old_tid, comm).learned = False
    return handle


def _exit(facts: Facts) -> Callable[..., None]:
    return lambda _, __, tid: facts.threads.exit(tid)


def _free(facts: Facts) -> Callable[..., None]:
    return lambda _, __, tid: facts.threads.free(tid)


def _process_state(facts: Facts) -> Callable[..., None]:
    def handle(_, __, tid, pid, ppid, name, vtid, ns_level, ns_inum):
        thread = facts.threads.get(tid, name)
        thread.pid = pid
        thread.ppid = ppid if thread.ppid is None else thread.ppid
        thread.comm = thread.comm or name
        if ns_inum is not None:
            _namespace_level(facts, tid, vtid, ns_level, ns_inum)
    return handle


def _pid_ns(facts: Facts) -> Callable[..., None]:
    return lambda _, __, tid, vtid, level, inum: _namespace_level(facts, tid, vtid, level, inum)


def _namespace_level(facts: Facts, tid: int, vtid: int | None, level: int, inum: int) -> None:
    """One level of a thread's pid name spaces."""
    inner = facts._inner
    facts._inner = (tid, level, inum)
    same = inner is not None and inner[0] == tid
    facts.namespaces.statedump(facts.threads.get(tid), level, inum, vtid, inner[1:] if same else None)


def _cgroup_ns(facts: Facts) -> Callable[..., None]:
    def handle(_, __, tid, inum):
        facts.threads.get(tid).cgroup_ns = inum
    return handle


def _perf_comm(facts: Facts) -> Callable[..., None]:
    def handle(_, __, pid, tid, comm):
        if pid > 0:
            thread = facts.threads.get(tid)
            thread.pid, thread.comm = pid, comm
    return handle


def _perf_fork(facts: Facts) -> Callable[..., None]:
    def handle(_, __, pid, ppid, tid, ptid):
        # perf also writes one for every thread that was there before it. sched_process_fork begins threads; this tells
        # their PIDs.
        if tid > 0 and pid > 0:
            thread = facts.threads.get(tid)
            thread.pid = pid
            thread.ppid = ppid if pid == tid and ppid > 0 else thread.ppid
    return handle


# Canonical tracepoint → handler maker, fields it takes.
HANDLERS: dict[str, tuple[Callable[[Facts], Callable[..., None]], tuple[str, ...]]] = {
    "sched_process_fork": (_fork, ("parent_tid", "parent_pid", "parent_ns_inum", "child_comm", "child_tid", "child_pid", "vtids",
                                   "child_ns_inum")),
    "sched_process_exec": (_exec, ("filename", "tid", "old_tid")),
    "sched_process_exit": (_exit, ("tid",)),
    "sched_process_free": (_free, ("tid",)),
    "lttng_statedump_process_state": (_process_state, ("tid", "pid", "ppid", "name", "vtid", "ns_level", "ns_inum")),
    "lttng_statedump_process_pid_ns": (_pid_ns, ("tid", "vtid", "ns_level", "ns_inum")),
    "lttng_statedump_process_cgroup_ns": (_cgroup_ns, ("tid", "ns_inum")),
    "perf_comm": (_perf_comm, ("pid", "tid", "comm")),
    "perf_fork": (_perf_fork, ("pid", "ppid", "tid", "ptid")),
}
