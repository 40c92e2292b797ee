"""The statedump of processes: what was so before the trace.

Rule: the dump takes a while, and events come between its own. It says who a thread is; what a thread does it only says where no
event has (the status and the run queue's CPU are stated only if unknown or uncertain).
"""

from lttngx.state.kernel.states import DEAD, STATEDUMP
from lttngx.state.kernel.world import World

# enum lttng_thread_type of lttng-statedump-impl.c.
KERNEL_THREAD = 1


class Statedump:
    """Handlers of process statedump events."""

    def __init__(self, world: World) -> None:
        self.world = world

    def process(self, time: int, cpu_id: int, tid: int, pid: int, ppid: int | None, name: str | None, type: int | None,
                status: int | None, cpu: int | None) -> None:
        world = self.world
        task = world.tasks.get(tid, name)
        task.pid = pid
        if ppid is not None and (tid == pid or task.ppid is None):
            task.ppid = ppid
        if type is not None and task.is_kernel is None:
            task.is_kernel = type == KERNEL_THREAD
            if task.on_cpu is not None:
                world.settle(time, task.on_cpu)
        world.name(time, task, name)
        world.identify(time, task)
        if task.on_cpu is None:
            self._if_unknown(time, task.status_at, STATEDUMP.get(status))
            self._if_unknown(time, task.cpu_at, cpu)
        task.exited = task.exited or STATEDUMP.get(status) == DEAD

    def _if_unknown(self, time: int, attribute: int, value) -> None:
        tree = self.world.tree
        if value is not None and not tree.is_certain(attribute):
            tree.put(time, attribute, value)


# Tracepoint → handler, its fields.
HANDLERS = {
    "lttng_statedump_process_state": (Statedump.process, ("tid", "pid", "ppid", "name", "type", "status", "cpu")),
}
