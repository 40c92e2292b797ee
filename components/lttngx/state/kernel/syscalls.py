"""System calls: which one a CPU's current thread is in.

Rules
1. An entry or exit belongs to the current thread of its CPU; where that is unknown, only the CPU's own state is known.
2. An entry or exit proves that no interrupt handler runs on the CPU.
3. Any exit ends the open call, whatever its name: execve's exit may be another call's, old tracers do not name it.
4. A forked child starts inside its parent's call, and leaves it by an exit event of its own.
"""

from collections.abc import Callable

from lttngx.state.kernel.states import SYSCALL, USER
from lttngx.state.kernel.world import World
from lttngx.state.tree import ABSENT


class Syscalls:
    """Handlers of system call entries and exits."""

    def __init__(self, world: World) -> None:
        self.world = world

    def entry(self, name: str) -> Callable[[int, int], None]:
        """Return the handler of the entry of the system call `name`."""
        world = self.world
        cpus, put, touched = world.cpus, world.put, world.touched

        def enter(time: int, cpu_id: int) -> None:
            cpu = cpus.get(cpu_id) or world.cpu(cpu_id)
            if cpu.irqs or cpu.softirqs:
                world.end_handlers(time, cpu)
            task = cpu.current
            if task is not None:
                task.syscall = name
                put(time, task.syscall_at, name)
                put(time, task.status_at, SYSCALL)
            put(time, cpu.status_at, SYSCALL)
            touched.add(cpu_id)
        return enter

    def exit(self) -> Callable[[int, int], None]:
        """Return the handler of the exit of any system call."""
        world = self.world
        cpus, put, touched = world.cpus, world.put, world.touched

        def leave(time: int, cpu_id: int) -> None:
            cpu = cpus.get(cpu_id) or world.cpu(cpu_id)
            if cpu.irqs or cpu.softirqs:
                world.end_handlers(time, cpu)
            task = cpu.current
            if task is not None:
                task.syscall = ABSENT
                put(time, task.syscall_at, ABSENT)
                put(time, task.status_at, USER)
            put(time, cpu.status_at, USER)
            touched.add(cpu_id)
        return leave
