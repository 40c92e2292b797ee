"""What analyses measure and sum up, and the dimensions of their results.

A dimension is what rows are about: each thread, process, container, … It has fields, whose values begin each row; the
measure's own label (a system call, an interrupt, a reason) follows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TOTAL, THREAD, PROCESS, CONTAINER, CPU = "total", "thread", "process", "container", "cpu"
PRIORITY, WAKER, FILE, SYSCALL = "priority", "waker", "file", "syscall"
ORDER, CALL_SITE = "order", "call-site"
THREAD_DIMENSIONS = (TOTAL, THREAD, PROCESS, CONTAINER)
THREAD_ONLY = frozenset(THREAD_DIMENSIONS)
# Fields of each dimension.
FIELDS: dict[str, tuple[str, ...]] = {
    TOTAL: (), THREAD: ("name", "tid", "pid", "container"), PROCESS: ("name", "pid", "container"),
    CONTAINER: ("container", "type"), CPU: ("cpu",), PRIORITY: ("priority",), WAKER: ("waker", "waker_tid", "context"),
    FILE: ("file",), SYSCALL: ("syscall",), ORDER: ("order",), CALL_SITE: ("call_site",)}


@dataclass(frozen=True, slots=True)
class Measure:
    """What is measured. label: fields of its own label. details: of each sample. part: name of what `Cell.part_ns` sums,
    None: nothing; part_known: whether the trace tells it. tallies: name of what `Cell.tallies` counts. value: what each
    value is: "duration", "bytes" or "pages". of_threads: whether each is a thread's."""

    title: str
    label: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    part: str | None = None
    tallies: str | None = None
    part_known: bool = True
    value: str = "duration"
    of_threads: bool = True


@dataclass(frozen=True, slots=True)
class Usage:
    """What is used up, as sums. label: fields of its own label. numbers: names of the sums. order: those whose total puts rows in
    order. dimensions: those which it has; usual: those shown if none were asked for."""

    title: str
    label: tuple[str, ...]
    numbers: tuple[str, ...]
    order: tuple[str, ...]
    dimensions: tuple[str, ...]
    usual: tuple[str, ...]

    def shown(self, group_by: tuple[str, ...]) -> tuple[str, ...]:
        """Return the dimensions to show: those asked for which it has, else the usual ones."""
        return tuple(name for name in group_by if name in self.dimensions) or self.usual

    def values(self, group_by: tuple[str, ...], given: Mapping[str, Any]) -> tuple:
        """Return the values of those dimensions to show which are no thread's."""
        return told_values(self.shown(group_by), given)


def dimension_values(group_by: tuple[str, ...], priority: int | None, cpu: int, waker: tuple | None) -> tuple:
    """Return the values of those dimensions which an event tells, in order of `group_by`; () if there are none."""
    if not group_by or THREAD_ONLY.issuperset(group_by):
        return ()
    return told_values(group_by, {PRIORITY: priority, CPU: cpu, WAKER: waker})


def told_values(group_by: tuple[str, ...], given: Mapping[str, Any]) -> tuple:
    """Return the values of those dimensions which are no thread's."""
    return tuple(given[name] for name in group_by if name not in THREAD_ONLY)
