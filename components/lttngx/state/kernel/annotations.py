"""The state values of the kernel model which may be added to events, with the subsystems each needs."""

from collections.abc import Iterable

from lttngx.errors import ParameterError

# Name of a state value → type of its values, subsystems it needs, how to find its attribute from a CPU. "thread"
# stands for the CPU's current thread.
ANNOTATIONS: dict[str, tuple[type, frozenset[str], str, str]] = {
    "tid": (int, frozenset(("sched",)), "cpu", "thread_at"),
    "pid": (int, frozenset(("contexts", "sched", "processes", "statedump")), "thread", "pid_at"),
    "procname": (str, frozenset(("sched", "processes", "statedump")), "thread", "name_at"),
    "prio": (int, frozenset(("sched", "processes")), "thread", "prio_at"),
    "syscall": (str, frozenset(("sched", "syscalls", "processes")), "thread", "syscall_at"),
    "container": (str, frozenset(("contexts", "sched", "processes", "statedump", "namespaces")), "thread", "container_at"),
    "container-type": (
        str, frozenset(("contexts", "sched", "processes", "statedump", "namespaces")), "thread", "container_type_at"),
    "cpu-state": (str, frozenset(("sched", "syscalls", "interrupts", "processes", "statedump")), "cpu", "status_at"),
}


def annotation(name: str) -> tuple[type, frozenset[str], str, str]:
    """Return a row of ANNOTATIONS. Raises ParameterError for an unknown name."""
    if name not in ANNOTATIONS:
        raise ParameterError(f'unknown state value: name="{name}", known=[{", ".join(sorted(ANNOTATIONS))}]')
    return ANNOTATIONS[name]


def subsystems(annotate: Iterable[str]) -> set[str]:
    """Return the names of the subsystems that some state values need. Raises ParameterError for an unknown name."""
    return {subsystem for name in annotate for subsystem in annotation(name)[1]}
