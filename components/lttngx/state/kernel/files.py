"""File descriptors as attributes, Processes/PID/files/FD: `lttngx.kernel.files` with a history."""

from collections.abc import Callable
from typing import Any

from lttngx.kernel.files import HANDLERS, FileTable, FileTables
from lttngx.state.kernel.world import World
from lttngx.state.tree import ABSENT

__all__ = ["HANDLERS", "Files"]


class RecordedTable(FileTable):
    """A file table whose descriptors are attributes."""

    def __init__(self, world: World, key: int) -> None:
        super().__init__(key)
        self._world = world
        self._base = f"Processes/{key}/files/"

    def set(self, time_ns: int, fd: int, name: str | None, cloexec: bool = False) -> None:
        """See FileTable."""
        super().set(time_ns, fd, name, cloexec)
        self._world.put(time_ns, self._world.tree.attribute(f"{self._base}{fd}"), name)

    def close(self, time_ns: int, fd: int) -> bool:
        """See FileTable."""
        known = super().close(time_ns, fd)
        if known:
            self._world.put(time_ns, self._world.tree.attribute(f"{self._base}{fd}"), ABSENT)
        return known


class Files(FileTables):
    """Handlers of system calls and statedump events about files."""

    def __init__(self, world: World) -> None:
        super().__init__(world.tasks)
        self.world = world

    def make(self, key: int) -> RecordedTable:
        """See FileTables."""
        return RecordedTable(self.world, key)

    def entry(self, name: str) -> Callable[..., None]:
        """Return the handler of the entry of a call of `file_calls.CALLS`."""
        cpus = self.world.cpus

        def enter(time: int, cpu_id: int, *arguments: Any) -> None:
            cpu = cpus.get(cpu_id)
            task = cpu.current if cpu is not None else None
            if task is not None:
                self.begin(task, time, name, arguments)
        return enter

    def exit(self, name: str | None) -> Callable[..., None]:
        """Return the handler of the exit of a call, of any call if `name` is None: ret, then the exit fields."""
        cpus = self.world.cpus

        def leave(time: int, cpu_id: int, ret: int | None, *results: Any) -> None:
            cpu = cpus.get(cpu_id)
            task = cpu.current if cpu is not None else None
            if task is not None:
                self.end(task, time, name, ret, results)
        return leave
