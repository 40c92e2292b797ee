"""The objects of the kernel state model: CPUs and tasks, each with the numbers of its attributes.

Attributes
    CPUs/N/status                idle, user, syscall, kernel, running, irq, softirq
    CPUs/N/thread                TID of the current thread
    CPUs/N/irqs/NUMBER           running; ABSENT when no handler runs
    CPUs/N/softirqs/VECTOR       raised, running, running+raised; ABSENT when none
    CPUs/N/frequency             kHz;  CPUs/N/idle-state: C-state number, ABSENT when awake
    Threads/TID/status           one of `states.ON_CPU`, `states.OFF_CPU`; TID is 0_N for the idle thread of CPU N
    Threads/TID/{name,pid,ppid,prio,syscall,cpu}      cpu: where it runs or waits; syscall: ABSENT outside system calls
    Threads/TID/kind             kernel or user, where the statedump told it of the thread or its ancestors
    Threads/TID/{pid-ns,cgroup-ns,…,vtid,container,container-type}
    Processes/PID/files/FD       file name
    IRQs/NUMBER/name             Containers/PID-NS/{name,type,parent}

Rules
1. A CPU has one current thread, and a thread is current on one CPU at most: a fact that contradicts ends what it
   contradicts.
2. "running" is a thread on a CPU whose first system call entry or exit was not seen: user or system call is not known.
3. A hard interrupt hides a soft one, both hide the current thread, which is "interrupted" then.
4. A loss begins at the time of the last event which was kept, and Babeltrace may tell it before that event: it takes
   effect before the first event of a later time.
"""

from collections.abc import Callable

from lttngx.kernel.facts import Facts
from lttngx.kernel.threads import Thread, Threads
from lttngx.state.kernel import states
from lttngx.state.tree import ABSENT, UNKNOWN, Tree, Value

TASK_ATTRIBUTES = ("status", "name", "pid", "ppid", "prio", "syscall", "cpu", "pid-ns", "cgroup-ns", "vtid", "container",
                   "container-type", "kind")


class Task(Thread):
    """A thread with what it is doing.

    syscall: name of the open system call, ABSENT outside, UNKNOWN if neither was seen. on_cpu: the CPU whose current
    thread it is. is_kernel: a kernel thread; None if unknown. files: its file table, made by the files subsystem.
    pending: the open system call's arguments, where the files subsystem wants them. more: numbers of attributes beyond
    TASK_ATTRIBUTES.
    """

    __slots__ = ("syscall", "on_cpu", "is_kernel", "files", "pending", "more", "path", "status_at", "name_at", "pid_at", "ppid_at",
                 "prio_at", "syscall_at", "cpu_at", "pid_ns_at", "cgroup_ns_at", "vtid_at", "container_at",
                 "container_type_at", "kind_at")

    def __init__(self, tid: int, comm: str | None = None, continues: bool = True, tree: Tree | None = None, key: str = ""):
        super().__init__(tid, comm, continues)
        self.syscall: Value = UNKNOWN
        self.on_cpu: "Cpu | None" = None
        self.is_kernel: bool | None = None
        self.files = self.pending = None
        self.more: dict[str, int] = {}
        self.path = f"Threads/{key or tid}/"
        for name in TASK_ATTRIBUTES:
            setattr(self, name.replace("-", "_") + "_at", tree.attribute(self.path + name))

    @property
    def mode(self) -> str:
        """What the thread does while it is on a CPU and not interrupted."""
        if self.syscall is UNKNOWN:
            return states.KERNEL if self.is_kernel else states.RUNNING
        return states.USER if self.syscall is ABSENT else states.SYSCALL

    def attributes(self) -> list[int]:
        """Return the numbers of all the thread's attributes."""
        return [getattr(self, name.replace("-", "_") + "_at") for name in TASK_ATTRIBUTES] + list(self.more.values())


class IdleTask(Task):
    """The idle thread of one CPU."""

    __slots__ = ()

    @property
    def mode(self) -> str:
        return states.IDLE


class Cpu:
    """A CPU. current: its current thread, None if unknown. irqs, softirqs: handlers running, innermost last.

    unclaimed: the system call state of a current thread which is not known yet: the next sched_switch tells whose it
    is.
    """

    __slots__ = ("number", "current", "idle", "irqs", "softirqs", "raised", "status_at", "thread_at", "irq_at", "softirq_at", "path",
                 "unclaimed")

    def __init__(self, number: int, tree: Tree) -> None:
        self.number, self.path = number, f"CPUs/{number}/"
        self.status_at, self.thread_at = tree.attribute(self.path + "status"), tree.attribute(self.path + "thread")
        self.current: Task | None = None
        self.unclaimed: Value = UNKNOWN
        self.idle = IdleTask(0, f"swapper/{number}", tree=tree, key=f"0_{number}")
        self.idle.pid, self.idle.is_kernel, self.idle.syscall = 0, True, ABSENT
        self.irqs: list[int | str] = []
        self.softirqs: list[int] = []
        self.raised: set[int] = set()
        self.irq_at: dict[int | str, int] = {}
        self.softirq_at: dict[int, int] = {}


class Tasks(Threads):
    """Threads whose members are Tasks."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        super().__init__()

    def make(self, tid: int, comm: str | None = None, continues: bool = True) -> Task:
        return Task(tid, comm, continues, self._tree)


class World:
    """One machine. touched: numbers of CPUs whose annotations may have changed since the set was last cleared.

    ended: called with each thread that ends, if set.
    cpus: by number; empty while a loss is pending: the CPUs are in `parked` then, so that only then handlers leave
    their fast way.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree, self.put = tree, tree.put
        self.cpus: dict[int, Cpu] = {}
        self.parked: dict[int, Cpu] = {}
        self.lost_at = 0
        self._lose: Callable[[], None] | None = None
        self.tasks = Tasks(tree)
        self.ended: Callable[[Task], None] | None = None
        self.facts = Facts(self.tasks)
        self.namespaces = self.facts.namespaces
        self.prev_states = states.PrevStates()
        self.touched: set[int] = set()

    def cpu(self, number: int, time_ns: int) -> Cpu:
        """Return a CPU, made on first sight: what handlers call if `cpus` does not hold it."""
        if self.parked and time_ns > self.lost_at:
            self.end_parking()
        cpus = self.parked or self.cpus
        cpu = cpus.get(number)
        if cpu is None:
            cpu = cpus[number] = Cpu(number, self.tree)
        return cpu

    def park(self, time_ns: int, lose: Callable[[], None]) -> None:
        """Events were lost after a time: call `lose` before the first event which is later (rule 4)."""
        self.end_parking()
        self.lost_at, self._lose = time_ns, lose
        self.parked.update(self.cpus)
        self.cpus.clear()
        if not self.parked:
            self.end_parking()

    def end_parking(self) -> None:
        """A pending loss takes effect."""
        self.cpus.update(self.parked)
        self.parked.clear()
        lose, self._lose = self._lose, None
        if lose is not None:
            lose()

    def task(self, tid: int, cpu: Cpu) -> Task:
        """Return the thread of a TID as seen on a CPU."""
        return self.tasks.by_tid.get(tid) or self.tasks.get(tid) if tid else cpu.idle

    def settle(self, time_ns: int, cpu: Cpu) -> None:
        """State what a CPU and its current thread do, from the objects."""
        put, task = self.put, cpu.current
        if cpu.irqs or cpu.softirqs:
            put(time_ns, cpu.status_at, states.IRQ if cpu.irqs else states.SOFTIRQ)
            if task is not None:
                put(time_ns, task.status_at, states.INTERRUPTED)
        elif task is not None:
            mode = task.mode
            put(time_ns, cpu.status_at, mode)
            put(time_ns, task.status_at, mode)
        else:
            put(time_ns, cpu.status_at, UNKNOWN)

    def end_handlers(self, time_ns: int, cpu: Cpu) -> None:
        """No interrupt handler runs on a CPU: those whose exit was not seen end."""
        for number in cpu.irqs:
            self.put(time_ns, cpu.irq_at[number], ABSENT)
        for vector in cpu.softirqs:
            self.put(time_ns, cpu.softirq_at[vector], ABSENT)
        cpu.irqs.clear()
        cpu.softirqs.clear()
        self.settle(time_ns, cpu)

    def run(self, time_ns: int, cpu: Cpu, task: Task) -> None:
        """A thread becomes current on a CPU (rule 1)."""
        other = task.on_cpu
        if other is not None and other is not cpu:
            other.current = None
            self.put(time_ns, other.thread_at, UNKNOWN)
            self.settle(time_ns, other)
            self.touched.add(other.number)
        before = cpu.current
        if before is not None and before is not task and before.on_cpu is cpu:
            before.on_cpu = None
            self.put(time_ns, before.status_at, UNKNOWN)
        cpu.current, task.on_cpu = task, cpu
        self.put(time_ns, cpu.thread_at, task.tid)

    def name(self, time_ns: int, task: Task, name: str | None) -> None:
        """State a thread's name."""
        if name is not None:
            if name != task.comm:
                task.comm = name
                if task.on_cpu is not None:
                    self.touched.add(task.on_cpu.number)
            self.put(time_ns, task.name_at, name)

    def identify(self, time_ns: int, task: Task) -> None:
        """State a thread's identity: PID, parent, name spaces, as the objects have them."""
        put = self.put
        for attribute, value in ((task.pid_at, task.pid), (task.ppid_at, task.ppid), (task.pid_ns_at, task.pid_ns),
                                 (task.cgroup_ns_at, task.cgroup_ns), (task.vtid_at, task.vtid), (task.name_at, task.comm)):
            if value is not None:
                put(time_ns, attribute, value)
        if task.is_kernel is not None:
            put(time_ns, task.kind_at, states.KERNEL if task.is_kernel else states.USER)
        if task.on_cpu is not None:
            self.touched.add(task.on_cpu.number)
