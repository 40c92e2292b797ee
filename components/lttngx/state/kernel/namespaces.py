"""Name spaces and containers of threads.

Rules
1. A container is a pid name space (`lttngx.kernel.containers`); a thread is in its own, else in its process's, else its parent's.
2. What is known of a container grows (its first process, host name, supervising process): its name and type are found again
   when that happens, and stated for all its threads.
3. A child inherits its parent's name spaces, except the pid name space, which sched_process_fork tells.
"""

from collections.abc import Mapping

from lttngx.kernel.containers import Containers
from lttngx.state.kernel.world import Task, World
from lttngx.state.tree import ABSENT

# Name space kinds beyond pid and cgroup: the statedump's event is lttng_statedump_process_KIND_ns, the context KIND_ns.
OTHER_KINDS = ("ipc", "mnt", "net", "time", "user", "uts")


class NamespaceState:
    """Handlers of name space facts; `describe` states a thread's container."""

    def __init__(self, world: World, inventory: Mapping[int, Mapping] | None = None) -> None:
        self.world = world
        self._inventory = inventory or {}
        self._containers = self._resolver()
        self._seen: tuple[int, ...] = ()
        self._before: tuple[Task, int, int] | None = None

    def _resolver(self) -> Containers:
        return Containers(self.world.tasks, self.world.namespaces, self._inventory)

    def fork(self, time: int, cpu_id: int, parent_tid: int, child_tid: int, parent_ns_inum: int | None,
             child_ns_inum: int | None, vtids: list[int] | None) -> None:
        world = self.world
        parent, child = world.tasks.get(parent_tid), world.tasks.get(child_tid)
        if child_ns_inum:
            world.namespaces.fork(child, child_ns_inum, parent_ns_inum, vtids or [])
            if parent_ns_inum and parent.pid_ns is None:
                world.namespaces.join(parent, parent_ns_inum)
                world.identify(time, parent)
                self.describe(time, parent)
        elif parent.pid_ns is not None:
            world.namespaces.join(child, parent.pid_ns)
        child.cgroup_ns = parent.cgroup_ns
        for name, attribute in parent.more.items():
            self._put_other(time, child, name, world.tree.values[attribute])
        world.identify(time, child)
        self.describe(time, child)

    def pid_ns(self, time: int, cpu_id: int, tid: int, vtid: int | None, ns_level: int, ns_inum: int) -> None:
        task = self.world.tasks.get(tid)
        inner = self._before[1:] if self._before is not None and self._before[0] is task else None
        self.world.namespaces.statedump(task, ns_level, ns_inum, vtid, inner)
        self._before = task, ns_level, ns_inum
        self.world.identify(time, task)
        self.describe(time, task)

    def old_pid_ns(self, time: int, cpu_id: int, tid: int, vtid: int | None, ns_level: int | None, ns_inum: int | None) -> None:
        """LTTng-modules 2.7 to 2.11: the fields are in lttng_statedump_process_state."""
        if ns_inum is not None:
            self.pid_ns(time, cpu_id, tid, vtid, ns_level, ns_inum)

    def cgroup_ns(self, time: int, cpu_id: int, tid: int, ns_inum: int) -> None:
        task = self.world.tasks.get(tid)
        task.cgroup_ns = ns_inum
        self.world.identify(time, task)

    def other(self, kind: str):
        """Return the statedump handler of another kind of name space."""
        def state(time: int, cpu_id: int, tid: int, ns_inum: int) -> None:
            self._put_other(time, self.world.tasks.get(tid), f"{kind}-ns", ns_inum)
        return state

    def _put_other(self, time: int, task: Task, name: str, value) -> None:
        attribute = task.more.get(name)
        if attribute is None:
            attribute = task.more[name] = self.world.tree.attribute(task.path + name)
        self.world.put(time, attribute, value)

    def statedump_end(self, time: int, cpu_id: int) -> None:
        self.describe_all(time)

    def describe(self, time: int, task: Task) -> None:
        """State a thread's container, and everybody's if more is known of the containers than before (rule 2)."""
        facts = self._facts()
        if facts != self._seen:
            self._seen = facts
            self.describe_all(time)
        else:
            self._describe(time, task)

    def describe_all(self, time: int) -> None:
        """State the container of every thread and every container's facts."""
        if not self.world.namespaces.by_inum:
            return
        self._containers = self._resolver()
        for container in self._containers.all():
            base = f"Containers/{container.pid_ns}/"
            for name, value in (("name", container.name), ("type", container.type),
                                ("parent", ABSENT if container.parent is None else container.parent)):
                self.world.put(time, self.world.tree.attribute(base + name), value)
        for task in self.world.tasks.by_tid.values():
            if task.tid:
                self._describe(time, task)

    def _describe(self, time: int, task: Task) -> None:
        container = self._containers.of(task)
        if container is not None:
            self.world.put(time, task.container_at, container.name)
            self.world.put(time, task.container_type_at, container.type)
            if task.on_cpu is not None:
                self.world.touched.add(task.on_cpu.number)

    def _facts(self) -> tuple[int, ...]:
        """Return a digest of what is known of name spaces, which changes when a container's name or type may."""
        spaces = self.world.namespaces.by_inum.values()
        return len(spaces), hash(tuple((space.parent, space.hostname, space.init is None) for space in spaces))


# Tracepoint → handler, its fields.
HANDLERS = {
    "sched_process_fork": (NamespaceState.fork, ("parent_tid", "child_tid", "parent_ns_inum", "child_ns_inum", "vtids")),
    "lttng_statedump_process_state": (NamespaceState.old_pid_ns, ("tid", "vtid", "ns_level", "ns_inum")),
    "lttng_statedump_process_pid_ns": (NamespaceState.pid_ns, ("tid", "vtid", "ns_level", "ns_inum")),
    "lttng_statedump_process_cgroup_ns": (NamespaceState.cgroup_ns, ("tid", "ns_inum")),
    "lttng_statedump_end": (NamespaceState.statedump_end, ()),
}
