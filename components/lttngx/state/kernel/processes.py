"""Life of threads: fork, exec, exit, free.

Rules (those of `lttngx.kernel.threads`, and)
1. A fork under a TID which is still known ends the thread of before: every attribute of it that the child does not set
   is ABSENT.
2. A child is runnable, inside its parent's system call, on the run queue of its parent's CPU until the wake-up tells
   another.
3. exec names the thread after the program's file: the kernel keeps 15 bytes of its last path component.
4. sched_process_free ends a thread: all its attributes become ABSENT.
"""

from lttngx.kernel.supervisors import COMM_LENGTH
from lttngx.state.kernel.states import WAIT_CPU
from lttngx.state.kernel.world import Task, World
from lttngx.state.tree import ABSENT, UNKNOWN


class Processes:
    """Handlers of the life of threads. After a fork, handlers of other subsystems add what they know of the child."""

    def __init__(self, world: World) -> None:
        self.world = world

    def fork(self, time: int, cpu_id: int, parent_tid: int, parent_pid: int | None, child_comm: str | None, child_tid: int,
             child_pid: int | None) -> None:
        world = self.world
        put, tasks = world.put, world.tasks
        old = tasks.by_tid.get(child_tid)
        if old is not None:
            bury(world, time, old)
        parent = tasks.get(parent_tid)
        child = tasks.fork(child_tid, child_comm, child_pid, parent_pid)
        child.syscall, child.is_kernel, child.prio = parent.syscall, parent.is_kernel, parent.prio
        put(time, child.status_at, WAIT_CPU)
        put(time, child.cpu_at, cpu_id)
        if child.syscall is not UNKNOWN:
            put(time, child.syscall_at, child.syscall)
        if child.prio is not None:
            put(time, child.prio_at, child.prio)
        if parent_pid is not None and parent.pid is None:
            parent.pid = parent_pid
            world.identify(time, parent)
        world.identify(time, child)

    def exec(self, time: int, cpu_id: int, filename: str | None, tid: int, old_tid: int | None) -> None:
        world = self.world
        old = world.tasks.by_tid.get(old_tid) if old_tid not in (None, tid) else None
        task = world.tasks.exec(tid, tid if old_tid is None else old_tid, None)
        if old is not None:
            self._take_over(time, task, old)
        # A kernel worker's child becomes a user thread by exec.
        task.is_kernel = False
        world.name(time, task, None if filename is None else filename.rsplit("/", 1)[-1][:COMM_LENGTH])
        world.identify(time, task)

    def _take_over(self, time: int, leader: Task, old: Task) -> None:
        """The thread which calls exec gets its leader's TID; the leader's own thread is gone."""
        leader.syscall, leader.pending, leader.files = old.syscall, old.pending, old.files
        cpu, old.on_cpu = old.on_cpu, None
        if cpu is not None:
            cpu.current = None
            self.world.run(time, cpu, leader)
            self.world.settle(time, cpu)
        if leader.syscall is not UNKNOWN:
            self.world.put(time, leader.syscall_at, leader.syscall)
        bury(self.world, time, old)

    def exit(self, time: int, cpu_id: int, tid: int) -> None:
        self.world.tasks.exit(tid)

    def free(self, time: int, cpu_id: int, tid: int) -> None:
        tasks = self.world.tasks
        task = tasks.get(tid)
        tasks.free(tid)
        if tid not in tasks.by_tid:
            bury(self.world, time, task)


def bury(world: World, time_ns: int, task: Task) -> None:
    """End a thread: its attributes have no value any more."""
    if world.ended is not None:
        world.ended(task)
    if task.on_cpu is not None:
        task.on_cpu.current = task.on_cpu = None
    if task.files is not None:
        task.files.leave(time_ns, task)
    if task.continues:
        # An earlier part of the trace may know what this one does not.
        for attribute in task.attributes():
            world.put(time_ns, attribute, ABSENT)
    else:
        world.tree.remove(time_ns, task.attributes())


# Tracepoint → handler, its fields.
HANDLERS = {
    "sched_process_fork": (Processes.fork, ("parent_tid", "parent_pid", "child_comm", "child_tid", "child_pid")),
    "sched_process_exec": (Processes.exec, ("filename", "tid", "old_tid")),
    "sched_process_exit": (Processes.exit, ("tid",)),
    "sched_process_free": (Processes.free, ("tid",)),
}
