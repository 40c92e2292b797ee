"""Which files the descriptors of threads are, in the order of the trace: `kernel.files` by TID."""

from collections.abc import Sequence
from typing import Any

from lttngx.kernel.files import FileTable, FileTables


class FileTask:
    """A thread with its file table; see `kernel.files.FileUser`."""

    __slots__ = ("tid", "pid", "files", "pending")

    def __init__(self, tid: int) -> None:
        self.tid = tid
        self.pid: int | None = None
        self.files: FileTable | None = None
        self.pending: tuple[str, Sequence[Any]] | None = None


class FileTasks:
    """The threads by TID."""

    def __init__(self) -> None:
        self.by_tid: dict[int, FileTask] = {}

    def get(self, tid: int) -> FileTask:
        """Return the living thread of a TID, made on first sight."""
        if (task := self.by_tid.get(tid)) is None:
            task = self.by_tid[tid] = FileTask(tid)
        return task


class FileState(FileTables):
    """File tables, told what happens by events which name threads."""

    def __init__(self) -> None:
        self.tasks = FileTasks()
        super().__init__(self.tasks)

    def task(self, tid: int, pid: int | None) -> FileTask:
        """Return a thread. pid: as its context says, None if that was not recorded."""
        task = self.tasks.by_tid.get(tid) or self.tasks.get(tid)
        if pid is not None and task.pid is None and pid > 0:
            task.pid = pid
        return task

    def begin_thread(self, time_ns: int, parent_tid: int, parent_pid: int | None, child_tid: int, child_pid: int | None) -> None:
        """sched_process_fork: whoever had the child's TID before is gone."""
        self.end_thread(time_ns, child_tid)
        parent = self.task(parent_tid, parent_pid)
        self.fork(time_ns, -1, parent_tid, parent.pid, child_tid, child_pid)
        self.tasks.get(child_tid).pid = child_pid

    def begin_program(self, time_ns: int, tid: int, old_tid: int | None) -> None:
        """sched_process_exec: another thread than the leader takes the leader's TID."""
        if old_tid not in (None, tid) and (old := self.tasks.by_tid.get(old_tid)) is not None:
            leader = self.tasks.get(tid)
            leader.pending = old.pending
            if old.files is not None and leader.files is not old.files:
                if leader.files is not None:
                    leader.files.leave(time_ns, leader)
                old.files.join(leader)
            self.end_thread(time_ns, old_tid)
        self.exec(time_ns, -1, tid)

    def end_thread(self, time_ns: int, tid: int) -> None:
        """sched_process_exit."""
        task = self.tasks.by_tid.pop(tid, None)
        if task is not None and task.files is not None:
            task.files.leave(time_ns, task)

    def dump_process(self, time_ns: int, tid: int, pid: int, file_table_address: int | None) -> None:
        """Statedump: a thread, its process, its file table."""
        self.tasks.get(tid).pid = pid
        self.process(time_ns, -1, tid, pid, file_table_address)

    def dump_descriptor(self, time_ns: int, address: int | None, pid: int | None, fd: int, flags: int | None, name: str | None) -> None:
        """Statedump: a descriptor."""
        self.descriptor(time_ns, -1, address, pid, fd, flags, name)
