"""Images: which files are loaded where in each process, as the trace tells.

User space: lttng_ust_statedump:bin_info, lttng_ust_dl:dlopen and lttng_ust_lib:load tell base, size and path. Kernel:
mmap() of a descriptor which openat() or the statedump named, by the kernel state model. A process starts with its
parent's image, execve() gives it an empty one; what is mapped later wins; munmap() is not followed.
"""

from dataclasses import dataclass

from lttngx.core.classes import EventClass, Scope, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel import layouts
from lttngx.state.kernel.model import KernelState
from lttngx.state.kernel.world import Task

_LOADS = frozenset(("lttng_ust_statedump:bin_info", "lttng_ust_dl:dlopen", "lttng_ust_dl:dlmopen", "lttng_ust_lib:load"))


@dataclass(frozen=True, slots=True)
class Mapping:
    """[begin, end) of a process's memory holds a file from `offset` on; offset is None if `begin` is its load base."""

    begin: int
    end: int
    path: str
    offset: int | None = None


class Image:
    """The mappings of one program in one process, oldest first."""

    __slots__ = ("mappings",)

    def __init__(self, mappings: list[Mapping] | None = None) -> None:
        self.mappings = [] if mappings is None else mappings

    def find(self, address: int) -> Mapping | None:
        """Return the mapping which holds an address, the latest if there are several."""
        return next((found for found in reversed(self.mappings) if found.begin <= address < found.end), None)


class Images:
    """A Consumer which keeps the images of processes by PID. state: sees each event before, with its files subsystem."""

    per_stream = False

    def __init__(self, state: KernelState) -> None:
        self._state = state
        self._images: dict[int, Image] = {}
        self._calls: dict[Task, tuple[int, int, int]] = {}

    def image(self, pid: int) -> Image:
        """Return what a process has loaded by now; it is filled further until the process calls execve()."""
        found = self._images.get(pid)
        if found is None:
            found = self._images[pid] = Image()
        return found

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        name = event_class.name or ""
        if name in _LOADS:
            pid = event_class.path(Scope.COMMON_CONTEXT, "vpid") or event_class.path(Scope.SPECIFIC_CONTEXT, "vpid")
            fields = (event_class.path(Scope.PAYLOAD, field) for field in ("baddr", "memsz", "path"))
            return Extraction(self._load, (pid, *fields))
        call = layouts.system_call(name)
        if call is not None and call.name in ("mmap", "mmap_pgoff"):
            fields = ("len", "fd", "offset") if call.phase == "entry" else ("ret",)
            handler = self._enter if call.phase == "entry" else self._leave
            return Extraction(handler, tuple(event_class.path(Scope.PAYLOAD, field) for field in fields))
        layout = layouts.resolve(event_class)
        if layout is not None and layout.tracepoint.name == "sched_process_exec":
            return Extraction(self._exec, layout.fields("tid"))
        if layout is not None and layout.tracepoint.name == "sched_process_fork":
            return Extraction(self._fork, layout.fields("parent_tid", "parent_pid", "child_tid", "child_pid"))
        return None

    def discarded_events(self, *_: object) -> None:
        """Lost events leave gaps in the images: addresses there stay without a name."""

    discarded_packets = discarded_events

    def _load(self, _: int, __: int, pid: int | None, base: int, size: int, path: str) -> None:
        if pid is not None and size:
            self.image(pid).mappings.append(Mapping(base, base + size, path))

    def _enter(self, _: int, cpu: int, length: int, fd: int | None, offset: int | None) -> None:
        task = self._current(cpu)
        if task is not None and fd is not None and -1 < fd < 2**31:
            self._calls[task] = (length, fd, offset or 0)

    def _leave(self, _: int, cpu: int, address: int | None) -> None:
        task = self._current(cpu)
        call = self._calls.pop(task, None) if task is not None else None
        if call is None or task.files is None or address is None or -4096 < address < 0:
            return
        path = task.files.name(call[1])
        if path is not None:
            self.image(pid_of(task)).mappings.append(Mapping(address, address + call[0], path, call[2]))

    def _current(self, cpu: int) -> Task | None:
        known = self._state.world.cpus.get(cpu)
        return None if known is None else known.current

    def _exec(self, _: int, __: int, tid: int) -> None:
        self._images[tid] = Image()

    def _fork(self, _: int, __: int, parent_tid: int, parent_pid: int | None, child_tid: int, child_pid: int | None) -> None:
        parent, child = parent_tid if parent_pid is None else parent_pid, child_tid if child_pid is None else child_pid
        if parent != child:
            self._images[child] = Image(list(self.image(parent).mappings))


def pid_of(task: Task) -> int:
    """Return the PID of a thread's process, its own TID if that is unknown."""
    return task.tid if task.pid is None else task.pid
