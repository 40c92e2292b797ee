"""What the contexts recorded with sched_switch tell of the thread which is switched out.

Rules
1. The event's contexts are those of the thread which runs when it is recorded: the one switched out.
2. A pid name space of 0 and a host name of "" are those of a thread which is ending: they tell nothing.
"""

from lttngx.state.kernel.namespaces import OTHER_KINDS, NamespaceState
from lttngx.state.kernel.world import World

CONTEXTS = ("pid", "ppid", "vtid", "pid_ns", "cgroup_ns", "hostname") + tuple(f"{kind}_ns" for kind in OTHER_KINDS)


class Contexts:
    """Learns a thread's identity from contexts. `namespaces` is None if nobody asked for containers."""

    def __init__(self, world: World, namespaces: NamespaceState | None) -> None:
        self.world, self._namespaces = world, namespaces
        # TID → (thread, the contexts it was last seen with): the same contexts tell nothing new.
        self._seen: dict[int, tuple] = {}

    def switch(self, time: int, cpu_id: int, prev_tid: int, *contexts) -> None:
        """Take the contexts of a sched_switch event, before the switch itself; contexts as in CONTEXTS, None where not recorded."""
        if not prev_tid:
            return
        task = self.world.tasks.get(prev_tid)
        key = task, contexts, self.world.tree.losses
        if self._seen.get(prev_tid) != key:
            self._seen[prev_tid] = key
            self._learn(time, task, *contexts)

    def _learn(self, time: int, task, pid, ppid, vtid, pid_ns, cgroup_ns, hostname, *others) -> None:
        self.world.facts.learn(task, pid, ppid, vtid, pid_ns, cgroup_ns, hostname)
        self.world.identify(time, task)
        if self._namespaces is not None:
            for kind, value in zip(OTHER_KINDS, others):
                if value:
                    self._namespaces._put_other(time, task, f"{kind}-ns", value)
            if pid_ns:
                self._namespaces.describe(time, task)
