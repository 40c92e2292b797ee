"""File descriptors: the names behind the numbers, per file table.

Rules
1. A file table belongs to a process, and is called after the process that made it. A forked process gets a copy, a thread (or
   a child cloned with CLONE_FILES) shares its parent's. The statedump keys tables by PID, since LTTng-modules 2.12 by address.
2. A descriptor is made at the exit of a call which succeeded, from what its entry said; close() frees it at its entry, as
   another thread may get the number before close() returns.
3. exec closes the descriptors marked close-on-exec, after giving up a shared table. The last thread's end drops a table.
4. The statedump only names descriptors which events have not named.
"""

from collections.abc import Callable
from typing import Any

from lttngx.state.kernel.calls import CALLS, CLONE_FILES, CLOEXEC
from lttngx.state.kernel.world import Task, World
from lttngx.state.tree import ABSENT


class FileTable:
    """Descriptors by number: (name, close-on-exec). name None: the descriptor was used, its name is unknown."""

    def __init__(self, world: World, key: int) -> None:
        self._world, self.key = world, key
        self._base = f"Processes/{key}/files/"
        self.files: dict[int, tuple[str | None, bool]] = {}
        self.users: set[Task] = set()

    def set(self, time_ns: int, fd: int, name: str | None, cloexec: bool = False) -> None:
        """A descriptor names a file."""
        self.files[fd] = name, cloexec
        self._world.put(time_ns, self._world.tree.attribute(f"{self._base}{fd}"), name)

    def close(self, time_ns: int, fd: int) -> None:
        """A descriptor is free."""
        if self.files.pop(fd, None) is not None:
            self._world.put(time_ns, self._world.tree.attribute(f"{self._base}{fd}"), ABSENT)

    def name(self, fd: int) -> str | None:
        """Return the name behind a descriptor, None if unknown."""
        return self.files.get(fd, (None, False))[0]

    def join(self, task: Task) -> None:
        """A thread uses the table."""
        task.files = self
        self.users.add(task)

    def leave(self, time_ns: int, task: Task) -> None:
        """A thread does not use the table any more (rule 3)."""
        self.users.discard(task)
        task.files = None
        if not self.users:
            for fd in list(self.files):
                self.close(time_ns, fd)

    def copy(self, time_ns: int, key: int) -> "FileTable":
        """Return a copy under another key."""
        table = FileTable(self._world, key)
        for fd, (name, cloexec) in self.files.items():
            table.set(time_ns, fd, name, cloexec)
        return table


class Files:
    """Handlers of system calls and statedump events about files."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._by_address: dict[int, FileTable] = {}

    def table(self, task: Task) -> FileTable:
        """Return a thread's file table; it is made, or found at another thread of the process, on first use."""
        if task.files is None:
            leader = self.world.tasks.by_tid.get(task.pid) if task.pid is not None else None
            shared = leader.files if leader is not None else None
            (shared or FileTable(self.world, task.tid if task.pid is None else task.pid)).join(task)
        return task.files

    def entry(self, name: str) -> Callable[..., None]:
        """Return the handler of the entry of a call of `calls.CALLS`."""
        at_entry = CALLS[name].at_entry
        cpus = self.world.cpus

        def enter(time: int, cpu_id: int, *arguments: Any) -> None:
            cpu = cpus.get(cpu_id)
            task = cpu.current if cpu is not None else None
            if task is not None:
                task.pending = name, arguments
                if at_entry is not None:
                    at_entry(self.table(task), time, arguments)
        return enter

    def exit(self, name: str | None) -> Callable[..., None]:
        """Return the handler of the exit of a call, of any call if `name` is None: ret, then the exit fields."""
        cpus = self.world.cpus

        def leave(time: int, cpu_id: int, ret: int | None, *results: Any) -> None:
            cpu = cpus.get(cpu_id)
            task = cpu.current if cpu is not None else None
            if task is None or task.pending is None:
                return
            (called, arguments), task.pending = task.pending, None
            at_exit = CALLS[called].at_exit
            if at_exit is not None and ret is not None and ret >= 0 and name in (called, None):
                at_exit(self.table(task), time, arguments, ret, results)
        return leave

    def fork(self, time: int, cpu_id: int, parent_tid: int, parent_pid: int | None, child_tid: int, child_pid: int | None) -> None:
        parent, child = self.world.tasks.get(parent_tid), self.world.tasks.get(child_tid)
        table = self.table(parent)
        called, arguments = parent.pending or ("", (None,))
        flags = arguments[0] if called in ("clone", "clone3") else None
        shares = child_pid is not None and child_pid == (parent.pid if parent_pid is None else parent_pid)
        if shares or (flags or 0) & CLONE_FILES:
            table.join(child)
        else:
            table.copy(time, child_tid if child_pid is None else child_pid).join(child)

    def exec(self, time: int, cpu_id: int, tid: int) -> None:
        task = self.world.tasks.get(tid)
        table = self.table(task)
        if any(user.pid != task.pid for user in table.users):
            table.leave(time, task)
            table = table.copy(time, tid)
            table.join(task)
        for fd in [fd for fd, (_, cloexec) in table.files.items() if cloexec]:
            table.close(time, fd)

    def exit_thread(self, time: int, cpu_id: int, tid: int) -> None:
        task = self.world.tasks.get(tid)
        if task.files is not None:
            task.files.leave(time, task)

    def process(self, time: int, cpu_id: int, tid: int, pid: int, file_table_address: int | None) -> None:
        """Statedump: which table a thread uses. What events told of it before is kept."""
        task = self.world.tasks.get(tid)
        table = self._by_address.get(file_table_address) if file_table_address else None
        if table is None:
            table = self.table(task)
            if file_table_address:
                self._by_address[file_table_address] = table
        elif task.files is not table:
            if task.files is not None:
                task.files.leave(time, task)
            table.join(task)

    def descriptor(self, time: int, cpu_id: int, file_table_address: int | None, pid: int | None, fd: int, flags: int | None,
                   filename: str | None) -> None:
        """Statedump: a descriptor (rule 4)."""
        if file_table_address is None:
            table = self.table(self.world.tasks.get(pid))
        else:
            table = self._by_address.get(file_table_address)
        if table is not None and table.name(fd) is None:
            table.set(time, fd, filename, bool((flags or 0) & CLOEXEC))


# Tracepoint → handler, its fields. System calls are bound by name in `model`.
HANDLERS = {
    "sched_process_fork": (Files.fork, ("parent_tid", "parent_pid", "child_tid", "child_pid")),
    "sched_process_exec": (Files.exec, ("tid",)),
    "sched_process_exit": (Files.exit_thread, ("tid",)),
    "lttng_statedump_process_state": (Files.process, ("tid", "pid", "file_table_address")),
    "lttng_statedump_file_descriptor": (Files.descriptor, ("file_table_address", "pid", "fd", "flags", "filename")),
}
