"""Scheduler tracepoints: which thread a CPU runs, what the others wait for.

Rules
1. sched_switch is the only event which changes a CPU's current thread. prev_tid is trusted over what was believed.
2. A switch proves that no hard interrupt handler runs on the CPU: handlers whose exit was lost end here.
3. A wake-up of a thread which is current on a CPU changes nothing: the thread has not yet been switched out.
"""

from lttngx.state.kernel.states import WAIT_CPU
from lttngx.state.kernel.world import World
from lttngx.state.tree import ABSENT


class Sched:
    """Handlers of the scheduler's tracepoints."""

    def __init__(self, world: World) -> None:
        self.world = world

    def switch(self, time: int, cpu_id: int, prev_comm: str | None, prev_tid: int, prev_prio: int | None,
               prev_state: int | None, next_comm: str | None, next_tid: int, next_prio: int | None) -> None:
        world = self.world
        put = world.put
        cpu = world.cpus.get(cpu_id) or world.cpu(cpu_id)
        if cpu.irqs or cpu.softirqs:
            world.end_handlers(time, cpu)
        prev = cpu.current
        if prev is None or prev.tid != prev_tid:
            prev = world.task(prev_tid, cpu)
            world.run(time, cpu, prev)
        prev.on_cpu = None
        cpu.current = None
        if prev_tid:
            put(time, prev.status_at, world.prev_states[prev_state])
            put(time, prev.cpu_at, cpu_id)
            if prev_comm is not None:
                prev.comm = prev_comm
                put(time, prev.name_at, prev_comm)
            put(time, prev.prio_at, prev_prio)
        else:
            put(time, prev.status_at, WAIT_CPU)
        task = world.task(next_tid, cpu)
        if task.on_cpu is not None:
            world.run(time, cpu, task)
        cpu.current, task.on_cpu = task, cpu
        mode = task.mode
        put(time, task.status_at, mode)
        put(time, cpu.status_at, mode)
        put(time, cpu.thread_at, next_tid)
        if next_tid:
            put(time, task.cpu_at, cpu_id)
            if next_comm is not None:
                task.comm = next_comm
        put(time, task.name_at, task.comm)
        task.prio = next_prio
        put(time, task.prio_at, next_prio)
        world.touched.add(cpu_id)

    def waking(self, time: int, cpu_id: int, comm: str | None, tid: int, prio: int | None) -> None:
        """The waker's side: the thread becomes runnable, where is not known yet."""
        task = self.world.tasks.get(tid, comm)
        if tid and task.on_cpu is None:
            self.world.put(time, task.status_at, WAIT_CPU)
            self._describe(time, task, comm, prio)

    def wakeup(self, time: int, cpu_id: int, comm: str | None, tid: int, prio: int | None, target_cpu: int | None) -> None:
        """The thread is on the run queue of target_cpu."""
        task = self.world.tasks.get(tid, comm)
        if tid and task.on_cpu is None:
            self.world.put(time, task.status_at, WAIT_CPU)
            if target_cpu is not None:
                self.world.put(time, task.cpu_at, target_cpu)
            self._describe(time, task, comm, prio)

    def migrate(self, time: int, cpu_id: int, comm: str | None, tid: int, prio: int | None, dest_cpu: int | None) -> None:
        task = self.world.tasks.get(tid, comm)
        if tid and dest_cpu is not None and task.on_cpu is None:
            self.world.put(time, task.cpu_at, dest_cpu)
        self._describe(time, task, comm, prio)

    def pi_setprio(self, time: int, cpu_id: int, tid: int, newprio: int) -> None:
        task = self.world.tasks.get(tid)
        self._describe(time, task, None, newprio)

    def _describe(self, time: int, task, comm: str | None, prio: int | None) -> None:
        if not task.tid:
            return
        if comm is not None:
            self.world.name(time, task, comm)
        if prio is not None:
            task.prio = prio
            self.world.put(time, task.prio_at, prio)
            if task.on_cpu is not None:
                self.world.touched.add(task.on_cpu.number)


# Tracepoint → handler, its fields.
HANDLERS = {
    "sched_switch": (Sched.switch, ("prev_comm", "prev_tid", "prev_prio", "prev_state", "next_comm", "next_tid", "next_prio")),
    "sched_waking": (Sched.waking, ("comm", "tid", "prio")),
    "sched_wakeup": (Sched.wakeup, ("comm", "tid", "prio", "target_cpu")),
    "sched_wakeup_new": (Sched.wakeup, ("comm", "tid", "prio", "target_cpu")),
    "sched_migrate_task": (Sched.migrate, ("comm", "tid", "prio", "dest_cpu")),
    "sched_pi_setprio": (Sched.pi_setprio, ("tid", "newprio")),
}
