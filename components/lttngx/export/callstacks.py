"""Call stacks which the tracer recorded with events: contexts callstack-kernel and callstack-user.

Weights
- EVENTS: one an event.
- CPU: the time until the next event with a stack on the same CPU; what follows a switch belongs to the thread switched
  to, without a stack until its next event. So a thread's weights add up to its CPU time.
- OFF_CPU: from the switch which takes a thread off a CPU, with its stack there, to the one which brings it back.
"""

from collections.abc import Callable
from typing import NamedTuple

from lttngx.core.classes import EventClass, FieldPath, Scope, Stream
from lttngx.core.extraction import Extraction
from lttngx.export.images import Image, Images, pid_of
from lttngx.kernel import layouts
from lttngx.state.kernel.model import KernelState

EVENTS, CPU, OFF_CPU = "events", "cpu", "off-cpu"
WEIGHTS = (EVENTS, CPU, OFF_CPU)
# What ends a user-space stack which the kernel could walk to its end.
_END = 2**64 - 1


class Stack(NamedTuple):
    """A thread with its stack; addresses innermost first. image: what its process has loaded."""

    tid: int
    name: str | None
    kernel: tuple[int, ...]
    user: tuple[int, ...]
    image: Image


class CallStacks:
    """A Consumer which calls take(stack, weight). state and images see each event after it.

    events: with a stack, so far. idle threads are left out of CPU and OFF_CPU."""

    per_stream = False

    def __init__(self, weight: str, take: Callable[[Stack, int], None], state: KernelState, images: Images) -> None:
        self._weight, self._take, self._state, self._images = weight, take, state, images
        # Since when each CPU runs with a stack, and each thread waits with one.
        self._running: dict[int, tuple[int, Stack]] = {}
        self._waiting: dict[int, tuple[int, Stack]] = {}
        self.events = 0

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        stacks = [context(event_class, name) for name in ("callstack_kernel", "callstack_user")]
        layout = layouts.resolve(event_class)
        if layout is not None and layout.tracepoint.name == "sched_switch":
            fields = layout.fields("prev_tid", "prev_comm", "next_tid", "next_comm")
            return Extraction(self._switch, (*stacks, *fields))
        who = [context(event_class, name) for name in ("tid", "procname")]
        return Extraction(self._event, (*stacks, *who)) if any(stacks) else None

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """Who ran and who waited after lost events is not known."""
        self._waiting.clear()
        if cpu < 0:
            self._running.clear()
        self._running.pop(cpu, None)

    discarded_packets = discarded_events

    def finish(self, end_ns: int) -> None:
        """The trace ends: what runs, ran until then."""
        for begin_ns, stack in self._running.values():
            self._count(stack, end_ns - begin_ns)
        self._running.clear()

    def _event(self, time_ns: int, cpu: int, kernel: list | None, user: list | None, tid: int | None,
               name: str | None) -> None:
        known = self._state.world.cpus.get(cpu)
        task = None if known is None else known.current
        if tid is None and task is None:
            return
        stack = self._stack(task.tid if tid is None else tid, task.comm if name is None else name, kernel, user)
        self.events += 1
        if self._weight == EVENTS:
            self._take(stack, 1)
        elif self._weight == CPU:
            self._run(time_ns, cpu, stack)

    def _switch(self, time_ns: int, cpu: int, kernel: list | None, user: list | None, prev_tid: int, prev_name: str | None,
                next_tid: int, next_name: str | None) -> None:
        before = self._stack(prev_tid, prev_name, kernel, user)
        self.events += kernel is not None or user is not None
        if self._weight == EVENTS:
            if kernel is not None or user is not None:
                self._take(before, 1)
        elif self._weight == CPU:
            self._run(time_ns, cpu, self._stack(next_tid, next_name, None, None))
        else:
            begun = self._waiting.pop(next_tid, None)
            if begun is not None:
                self._count(begun[1], time_ns - begun[0])
            self._waiting[prev_tid] = (time_ns, before)

    def _stack(self, tid: int, name: str | None, kernel: list | None, user: list | None) -> Stack:
        task = self._state.world.tasks.by_tid.get(tid)
        image = self._images.image(tid if task is None else pid_of(task))
        return Stack(tid, name, tuple(kernel or ()), tuple(address for address in user or () if address != _END), image)

    def _run(self, time_ns: int, cpu: int, stack: Stack) -> None:
        begun = self._running.get(cpu)
        if begun is not None:
            self._count(begun[1], time_ns - begun[0])
        self._running[cpu] = (time_ns, stack)

    def _count(self, stack: Stack, weight: int) -> None:
        if stack.tid and weight:
            self._take(stack, weight)


def context(event_class: EventClass, name: str) -> FieldPath | None:
    """Return the path of a context, None if the class has none of that name."""
    return event_class.path(Scope.COMMON_CONTEXT, name) or event_class.path(Scope.SPECIFIC_CONTEXT, name)
