"""Spans with the kernel tracker's values: `$state` in guards and keys such as `thread`.

The tracker sees each event first, so `$state` is what holds right after it.
"""

from collections.abc import Callable, Iterable
from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.predicate import Extraction
from lttngx.spans import terms
from lttngx.spans.definitions import Definition
from lttngx.spans.engine import Engine
from lttngx.spans.kinds import Emit
from lttngx.state.kernel.model import KernelState
from lttngx.state.kernel.world import Task
from lttngx.state.tree import ABSENT, UNKNOWN

_OF_TASK: dict[str, Callable[[Task], Any]] = {
    "tid": lambda task: task.tid, "pid": lambda task: task.pid, "procname": lambda task: task.comm,
    "prio": lambda task: task.prio, "syscall": lambda task: task.syscall}


def used(definitions: Iterable[Definition]) -> frozenset[str]:
    """Return the names of the `$state` values which definitions read."""
    found: set[str] = set()
    for definition in definitions:
        captures = [term for _, term in definition.begin_captures + definition.end_captures]
        titles = [definition.title] if definition.title is not None else []
        for term in (definition.begin_condition(), definition.end_condition(), *captures, *titles):
            found |= {str(reference.steps[0]) for reference in terms.references(term) if reference.scope == "state"}
    return frozenset(found)


class TrackedEngine(Engine):
    """An Engine whose `$state` values come from the kernel state model."""

    def __init__(self, definitions: Iterable[Definition], emit: Emit) -> None:
        definitions = tuple(definitions)
        self.tracker = KernelState(used(definitions), record=False)
        super().__init__(definitions, emit, self._value)

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Engine; the tracker binds first."""
        tracked, own = self.tracker.bind(event_class, stream), super().bind(event_class, stream)
        if tracked is None or own is None:
            return own if tracked is None else tracked
        return _both(tracked, own)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Engine."""
        self.tracker.discarded_events(stream, begin_ns, end_ns, count, cpu)
        super().discarded_events(stream, begin_ns, end_ns, count, cpu)

    def _value(self, name: str) -> Callable[[int, int], Any]:
        cpus, read = self.tracker.world.cpus, _OF_TASK[name]

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


def engine(definitions: Iterable[Definition], emit: Emit) -> Engine:
    """Return the engine for some definitions: a tracked one if they need it."""
    definitions = tuple(definitions)
    return TrackedEngine(definitions, emit) if used(definitions) else Engine(definitions, emit)
