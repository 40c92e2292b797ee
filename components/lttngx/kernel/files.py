"""File descriptors: the names behind the numbers, per file table.

Rules
1. A file table belongs to a process, and is called after the process that made it. A forked process gets a copy, a
   thread (or a child cloned with CLONE_FILES) shares its parent's. The statedump keys tables by PID, since
   LTTng-modules 2.12 by address.
2. A descriptor is made at the exit of a call which succeeded, from what its entry said; close() frees it at its entry,
   as another thread may get the number before close() returns.
3. exec closes the descriptors marked close-on-exec, after giving up a shared table. The last thread's end drops a
   table.
4. The statedump only names descriptors which events have not named.
"""

from collections.abc import Sequence
from typing import Any, Protocol

from lttngx.kernel.file_calls import CALLS, CLOEXEC, CLONE_FILES


class FileUser(Protocol):
    """A thread. files: its file table, None before its first use. pending: (name, arguments) of its open call of
    `file_calls.CALLS`."""

    tid: int
    pid: int | None
    files: "FileTable | None"
    pending: tuple[str, Sequence[Any]] | None


class Users(Protocol):
    """The threads: those known by TID, and `get`, which makes one on first sight."""

    by_tid: dict[int, FileUser]

    def get(self, tid: int) -> FileUser:
        """Return the living thread of a TID."""


class Unnamed:
    """A file which was used before anything named it. name: what the statedump called it afterwards, else None."""

    __slots__ = ("name",)

    def __init__(self) -> None:
        self.name: str | None = None


def name_of(file: "str | Unnamed | None") -> str | None:
    """Return a file's name, None if nothing told it (the tracer writes "" where it cannot read it)."""
    return (file.name if isinstance(file, Unnamed) else file) or None


class FileTable:
    """Descriptors by number: (name, close-on-exec). name None: the descriptor was used, its name is unknown."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.files: dict[int, tuple[str | None, bool]] = {}
        self.users: set[FileUser] = set()
        self._unnamed: dict[int, Unnamed] = {}

    def set(self, time_ns: int, fd: int, name: str | None, cloexec: bool = False) -> None:
        """A descriptor names a file."""
        self.files[fd] = name, cloexec
        self._unnamed.pop(fd, None)

    def close(self, time_ns: int, fd: int) -> bool:
        """A descriptor is free. Return whether it was known."""
        self._unnamed.pop(fd, None)
        return self.files.pop(fd, None) is not None

    def name(self, fd: int) -> str | None:
        """Return the name behind a descriptor, None if unknown."""
        return self.files.get(fd, (None, False))[0]

    def file(self, fd: int) -> str | Unnamed:
        """Return the name behind a descriptor, or what may get one later."""
        known = self.files.get(fd)
        if known is not None and (name := known[0]) is not None:
            return name
        return self._unnamed.get(fd) or self._unnamed.setdefault(fd, Unnamed())

    def learn(self, time_ns: int, fd: int, name: str | None, cloexec: bool) -> None:
        """Statedump: a descriptor (rule 4), which was open before."""
        if self.name(fd) is None:
            if (unnamed := self._unnamed.get(fd)) is not None:
                unnamed.name = name
            self.set(time_ns, fd, name, cloexec)

    def join(self, task: FileUser) -> None:
        """A thread uses the table."""
        task.files = self
        self.users.add(task)

    def leave(self, time_ns: int, task: FileUser) -> None:
        """A thread does not use the table any more (rule 3)."""
        self.users.discard(task)
        task.files = None
        if not self.users:
            for fd in list(self.files):
                self.close(time_ns, fd)

    def copy_to(self, time_ns: int, other: "FileTable") -> "FileTable":
        """Copy all descriptors to a new table; return it."""
        for fd, (name, cloexec) in self.files.items():
            other.set(time_ns, fd, name, cloexec)
        other._unnamed.update(self._unnamed)
        return other


class FileTables:
    """What system calls and statedump events do to file tables. Handlers of events take (time, CPU, values …)."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._by_address: dict[int, FileTable] = {}

    def make(self, key: int) -> FileTable:
        """Return a new table; models that keep more of one override this."""
        return FileTable(key)

    def table(self, task: FileUser) -> FileTable:
        """Return a thread's file table; it is made, or found at another thread of the process, on first use."""
        if task.files is None:
            leader = self._users.by_tid.get(task.pid) if task.pid is not None else None
            shared = leader.files if leader is not None else None
            (shared or self.make(task.tid if task.pid is None else task.pid)).join(task)
        return task.files

    def begin(self, task: FileUser, time_ns: int, name: str, arguments: Sequence[Any]) -> None:
        """A thread enters a call of `CALLS`."""
        task.pending = name, arguments
        if (at_entry := CALLS[name].at_entry) is not None:
            at_entry(self.table(task), time_ns, arguments)

    def end(self, task: FileUser, time_ns: int, name: str | None, ret: int | None, results: Sequence[Any]) -> None:
        """A thread's call ends, whose name may not be known."""
        if task.pending is None:
            return
        (called, arguments), task.pending = task.pending, None
        at_exit = CALLS[called].at_exit
        if at_exit is not None and ret is not None and ret >= 0 and name in (called, None):
            at_exit(self.table(task), time_ns, arguments, ret, results)

    def fork(self, time: int, cpu_id: int, parent_tid: int, parent_pid: int | None, child_tid: int, child_pid: int | None) -> None:
        """A thread begins, with its parent's table or a copy of it (rule 1)."""
        parent, child = self._users.get(parent_tid), self._users.get(child_tid)
        table = self.table(parent)
        called, arguments = parent.pending or ("", (None,))
        flags = arguments[0] if called in ("clone", "clone3") else None
        shares = child_pid is not None and child_pid == (parent.pid if parent_pid is None else parent_pid)
        if shares or (flags or 0) & CLONE_FILES:
            table.join(child)
        else:
            table.copy_to(time, self.make(child_tid if child_pid is None else child_pid)).join(child)

    def exec(self, time: int, cpu_id: int, tid: int) -> None:
        """A program begins (rule 3)."""
        task = self._users.get(tid)
        table = self.table(task)
        if any(user.pid != task.pid for user in table.users):
            table.leave(time, task)
            table = table.copy_to(time, self.make(tid))
            table.join(task)
        for fd in [fd for fd, (_, cloexec) in table.files.items() if cloexec]:
            table.close(time, fd)

    def exit_thread(self, time: int, cpu_id: int, tid: int) -> None:
        """A thread ends."""
        task = self._users.get(tid)
        if task.files is not None:
            task.files.leave(time, task)

    def process(self, time: int, cpu_id: int, tid: int, pid: int, file_table_address: int | None) -> None:
        """Statedump: which table a thread uses. What events told of it before is kept."""
        task = self._users.get(tid)
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
            table = self.table(self._users.get(pid))
        else:
            table = self._by_address.get(file_table_address)
        if table is not None:
            table.learn(time, fd, filename, bool((flags or 0) & CLOEXEC))


# Tracepoint → handler, its fields. System calls are bound by name.
HANDLERS = {
    "sched_process_fork": (FileTables.fork, ("parent_tid", "parent_pid", "child_tid", "child_pid")),
    "sched_process_exec": (FileTables.exec, ("tid",)),
    "sched_process_exit": (FileTables.exit_thread, ("tid",)),
    "lttng_statedump_process_state": (FileTables.process, ("tid", "pid", "file_table_address")),
    "lttng_statedump_file_descriptor": (FileTables.descriptor, ("file_table_address", "pid", "fd", "flags", "filename")),
}
