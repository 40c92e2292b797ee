"""The pid name spaces of one machine: their nesting, host names and first processes.

Facts come from `lttng_statedump_process_pid_ns` (LTTng-modules ≥ 2.12: one event a thread and level, the deepest
first),
`lttng_statedump_process_state` (2.7 … 2.11, the same fields), `sched_process_fork` (≥ 2.7: child_ns_inum,
parent_ns_inum and vtids, the
child's TID at every level) and the contexts pid_ns, vpid, hostname and cgroup_ns. unshare() and setns() are not
recorded; they
show at the next fork, as a task's own pid name space never changes.
"""

from dataclasses import dataclass

from lttngx.kernel.threads import Thread

# PROC_PID_INIT_INO of include/linux/proc_ns.h: inode of the host's pid name space.
HOST_PID_NS = 0xEFFFFFFC
# PROC_CGROUP_INIT_INO: inode of the host's cgroup name space.
HOST_CGROUP_NS = 0xEFFFFFFB


@dataclass(slots=True)
class Namespace:
    """A pid name space. parent: inode of the enclosing one; level: 0 for the host's; init: its first process (VTID 1);
    each None
    while unknown. hostname: what its threads last saw, the machine's own name counting only if there is no other."""

    inum: int
    parent: int | None = None
    level: int | None = None
    init: Thread | None = None
    hostname: str | None = None
    member: Thread | None = None

    def adopt(self, later: "Namespace", known: dict[Thread, Thread], host_name: str | None) -> None:
        """Take over what a later trace part knows; newer facts win, but for the machine's own host name."""
        for name in ("parent", "level", "hostname"):
            if (value := getattr(later, name)) is not None and (self.hostname is None or name != "hostname" or value != host_name):
                setattr(self, name, value)
        self.init = known.get(later.init, later.init) or self.init
        self.member = self.member or known.get(later.member, later.member)


class Namespaces:
    """The pid name spaces seen, by inode. host_name: the machine's host name (trace environment), None if unknown."""

    def __init__(self) -> None:
        self.by_inum: dict[int, Namespace] = {}
        self.host_name: str | None = None

    def get(self, inum: int) -> Namespace:
        """Return a name space, made on first sight."""
        if (namespace := self.by_inum.get(inum)) is None:
            namespace = self.by_inum[inum] = Namespace(inum)
            if inum == HOST_PID_NS:
                namespace.level = 0
        return namespace

    @property
    def host(self) -> int:
        """Inode of the outermost pid name space known, else the host's usual one."""
        return next((inum for inum, known in self.by_inum.items() if known.level == 0), HOST_PID_NS)

    def join(self, thread: Thread, inum: int, vtid: int | None = None) -> None:
        """A thread belongs to a pid name space, with TID `vtid` there. Inode 0 (a task past exit_notify) tells
        nothing."""
        if not inum:
            return
        thread.pid_ns = inum
        namespace = self.get(inum)
        if vtid:
            thread.vtid = vtid
        if vtid == 1:
            namespace.init = thread
        elif namespace.member is None:
            namespace.member = thread

    def statedump(self, thread: Thread, level: int, inum: int, vtid: int | None, inner: tuple[int, int] | None) -> None:
        """One level of a thread's name spaces. inner: (level, inode) of the event before, if it was of the same
        thread."""
        self.get(inum).level = level
        if inner is not None and inner[0] == level + 1:
            self.get(inner[1]).parent = inum
        else:
            self.join(thread, inum, vtid)

    def fork(self, child: Thread, inum: int, parent_inum: int | None, vtids: list[int]) -> None:
        """A child was born with TIDs `vtids`, the host's first. A depth one more than its parent's shows which name
        space encloses it;
        a task that entered a deeper one by setns() does not."""
        self.join(child, inum, vtids[-1] if vtids else None)
        namespace = self.get(inum)
        if vtids:
            namespace.level = len(vtids) - 1
        if parent_inum and inum != parent_inum and namespace.parent is None and vtids:
            if self.get(parent_inum).level == namespace.level - 1:
                namespace.parent = parent_inum

    def see_hostname(self, inum: int, hostname: str) -> None:
        """A thread of a name space saw a host name ("" while it ends). In the host's name space it is the machine's, or a
        name which the thread prepares for a container."""
        namespace = self.get(inum)
        if hostname and namespace.level != 0 and (namespace.hostname is None or hostname != self.host_name):
            namespace.hostname = hostname

    def merge(self, later: "Namespaces", known: dict[Thread, Thread]) -> None:
        """Join a later trace part's name spaces. known: what Threads.merge returned."""
        for inum, namespace in later.by_inum.items():
            self.get(inum).adopt(namespace, known, later.host_name)
        self.host_name = self.host_name or later.host_name
