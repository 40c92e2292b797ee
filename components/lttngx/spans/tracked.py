"""The engine of spans with the kernel tracker's values: `$state` in guards and keys such as `thread`.

The tracker sees each event first, so `$state` is what holds right after it. What it does not know, such as who runs on a CPU
before its first sched_switch and after a loss, and in a trace of user space alone, the event's own contexts tell.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import is_kernel
from lttngx.spans.definitions import Definition
from lttngx.spans.engine import Engine
from lttngx.spans.kinds import Emit
from lttngx.spans.tracking import used
from lttngx.state.kernel.model import KernelState
from lttngx.state.kernel.world import Task
from lttngx.state.tree import ABSENT, UNKNOWN

_OF_TASK: dict[str, Callable[[Task], Any]] = {
    "tid": lambda task: task.tid, "pid": lambda task: task.pid, "procname": lambda task: task.comm,
    "prio": lambda task: task.prio, "syscall": lambda task: task.syscall}
# Value → context. `vtid` and `vpid` are those of a pid name space, which the kernel's events do not go by.
_KERNEL_CONTEXTS = {"tid": "tid", "pid": "pid", "procname": "procname"}
_USER_CONTEXTS = {"tid": "vtid", "pid": "vpid", "procname": "procname"}


class TrackedEngine(Engine):
    """An Engine whose `$state` values come from the kernel state model, one for each machine."""

    def __init__(self, definitions: Iterable[Definition], emit: Emit) -> None:
        definitions = tuple(definitions)
        self._used = used(definitions)
        # Of each machine, by its number: the threads and CPUs of two would mix.
        self._trackers: dict[int, KernelState] = {}
        super().__init__(definitions, emit)

    def tracker(self, stream: Stream) -> KernelState:
        """Return the tracker of the machine which a stream is of."""
        host = self.host_of(stream)
        if host not in self._trackers:
            self._trackers[host] = KernelState(self._used, record=False)
        return self._trackers[host]

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Engine; the tracker binds first."""
        tracked, own = self.tracker(stream).bind(event_class, stream), super().bind(event_class, stream)
        if tracked is None or own is None:
            return own if tracked is None else tracked
        return _both(tracked, own)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Engine."""
        self.tracker(stream).discarded_events(stream, begin_ns, end_ns, count, cpu)
        super().discarded_events(stream, begin_ns, end_ns, count, cpu)

    def _contexts(self, stream: Stream) -> Mapping[str, str]:
        """See Engine."""
        return _KERNEL_CONTEXTS if is_kernel(stream) else _USER_CONTEXTS

    def _state_of(self, stream: Stream) -> Callable[[str], Callable[[int, int], Any]]:
        """See Engine."""
        return partial(self._value, self.tracker(stream))

    def _value(self, tracker: KernelState, name: str) -> Callable[[int, int], Any]:
        cpus, read = tracker.world.cpus, _OF_TASK[name]

        def value(time_ns: int, cpu: int) -> Any:
            known = cpus.get(cpu)
            if known is None or known.current is None:
                return None
            got = read(known.current)
            return None if got is UNKNOWN or got is ABSENT else got
        return value


def _both(first: Extraction, second: Extraction) -> Extraction:
    """Return the extraction that calls one engine, then the other."""
    first_call, second_call, paths = first.call, second.call, tuple(dict.fromkeys(first.paths + second.paths))
    ours = [paths.index(path) for path in first.paths]
    theirs = [paths.index(path) for path in second.paths]

    def call(time_ns: int, cpu: int, *values: Any) -> None:
        first_call(time_ns, cpu, *[values[at] for at in ours])
        second_call(time_ns, cpu, *[values[at] for at in theirs])
    return Extraction(call, paths)
