"""The kernel state engine: binds tracepoints to the subsystems' handlers, and gives what consumers ask for.

`ANNOTATIONS` names the state values which may be added to events, with the subsystems each needs: an engine asked for a few
subscribes to few events and fields. Everything is fed through the Consumer protocol of `lttngx.core.predicate`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lttngx.core.classes import EventClass, FieldPath, Scope, Stream
from lttngx.core.predicate import Extraction
from lttngx.errors import ParameterError
from lttngx.kernel import layouts
from lttngx.kernel.tracepoints import X86_VECTORS
from lttngx.state.kernel import contexts, files, interrupts, namespaces, power, processes, sched, statedump, states
from lttngx.state.kernel.calls import CALLS
from lttngx.state.kernel.syscalls import Syscalls
from lttngx.state.kernel.world import Cpu, World
from lttngx.state.tree import UNKNOWN, Tree, Value

# Every subsystem, in the order in which their handlers of one event are called.
SUBSYSTEMS = ("contexts", "sched", "syscalls", "interrupts", "processes", "statedump", "namespaces", "files", "power")

# Name of a state value → type of its values, subsystems it needs, how to find its attribute from a CPU. "thread" stands for
# the CPU's current thread.
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

_STREAM_CPU = re.compile(r"_(\d+)$")
_PRIORITIES = ("prio", "prev_prio", "next_prio", "newprio")
_WAKEUPS = ("sched_waking", "sched_wakeup", "sched_wakeup_new")
# First LTTng-modules release whose wake-ups have sched_switch's priority scale.
_WAKEUP_PRIO_FIXED = (2, 7, 1)
_VECTORS = {f"x86_irq_vectors_{vector}_{edge}": (vector, edge) for vector in X86_VECTORS for edge in ("entry", "exit")}

Call = Callable[..., None]
Bound = tuple[Call, tuple[FieldPath | None, ...]]


class KernelState:
    """The engine.

    tree: the attributes (`world` documents them); `tree.take()` gives the changes since the last call.
    touched: numbers of CPUs whose annotations may have changed; clear it after reading.
    uncertain_since: time in ns of the last loss, None without one. lost_events: their sum.
    """

    per_stream = False

    def __init__(self, annotate: Iterable[str] | None = None, record: bool = True,
                 inventory: Mapping[int, Mapping] | None = None) -> None:
        """annotate: names of ANNOTATIONS which alone are wanted, None for the complete model. record: keep changes.
        inventory: containers by pid name space (`lttngx.kernel.containers.read_inventory`). Raises ParameterError."""
        self.tree = Tree(record)
        self.world = World(self.tree)
        self.touched = self.world.touched
        self.uncertain_since: int | None = None
        self.lost_events = 0
        wanted = set(SUBSYSTEMS) if annotate is None else _subsystems(annotate)
        self._handlers = self._subscribe(wanted, inventory)
        self._syscalls = Syscalls(self.world) if "syscalls" in wanted else None
        self._environment: Mapping[str, int | str] | None = None

    def _subscribe(self, wanted: set[str], inventory: Mapping[int, Mapping] | None) -> list[tuple[dict, object]]:
        """Make the wanted subsystems; return (table, instance) of each, in order."""
        world = self.world
        self._namespaces = namespaces.NamespaceState(world, inventory) if "namespaces" in wanted else None
        self._contexts = contexts.Contexts(world, self._namespaces) if "contexts" in wanted else None
        self._files = files.Files(world) if "files" in wanted else None
        self._interrupts = interrupts.Interrupts(world) if "interrupts" in wanted else None
        listed = (
            (sched.HANDLERS, sched.Sched(world) if "sched" in wanted else None),
            (interrupts.HANDLERS, self._interrupts),
            (processes.HANDLERS, processes.Processes(world) if "processes" in wanted else None),
            (statedump.HANDLERS, statedump.Statedump(world) if "statedump" in wanted else None),
            (namespaces.HANDLERS, self._namespaces),
            (files.HANDLERS, self._files),
            (power.HANDLERS, power.Power(world) if "power" in wanted else None),
        )
        return [(table, instance) for table, instance in listed if instance is not None]

    # Consumer protocol

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to do with an event class, None if the model has no use for it."""
        if not layouts.is_kernel(stream):
            return None
        if self._environment is None:
            self._read_environment(stream, event_class)
        bound = self._bind_call(event_class) if layouts.system_call(event_class.name or "") else self._bind_tracepoint(event_class)
        return _join(bound) if bound else None

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """Events of a stream were lost: everything is uncertain until facts renew it; what other CPUs do stays known.

        cpu: the stream's CPU, −1 if unknown: then the number LTTng ends a stream's name with is it.
        """
        if not layouts.is_kernel(stream):
            return
        time_ns = begin_ns if begin_ns is not None else end_ns or 0
        self.uncertain_since, self.lost_events = time_ns, self.lost_events + (count or 0)
        self.tree.lose(time_ns, count)
        found = _STREAM_CPU.search(stream.name or "")
        lossy = cpu if cpu >= 0 else int(found[1]) if found is not None else None
        for task in self.world.tasks.by_tid.values():
            if task.on_cpu is None or lossy in (None, task.on_cpu.number):
                task.syscall, task.pending = UNKNOWN, None
        for known in self.world.cpus.values():
            self._after_loss(time_ns, known, lossy in (None, known.number))

    discarded_packets = discarded_events

    # Results

    def annotator(self, names: Iterable[str]) -> Callable[[int], tuple[Value, ...]]:
        """Return `current(cpu)`: the values of `names` on a CPU now, in order; UNKNOWN or ABSENT where there is none.

        An event's values are those before the event is fed: what the tracer's own contexts would have held.
        Raises ParameterError for an unknown name.
        """
        rows = [_annotation(name)[2:] for name in names]
        cpus, values = self.world.cpus, self.tree.values

        def current(cpu_id: int) -> tuple[Value, ...]:
            cpu = cpus.get(cpu_id)
            if cpu is None or cpu.current is None:
                return (UNKNOWN,) * len(rows)
            objects = {"cpu": cpu, "thread": cpu.current}
            return tuple(values[getattr(objects[owner], slot)] for owner, slot in rows)
        return current

    # Binding

    def _read_environment(self, stream: Stream, event_class: EventClass) -> None:
        environment = self._environment = stream.trace.environment
        self.world.namespaces.host_name = environment.get("hostname")
        self._release = environment.get("kernel_release")
        self.world.prev_states = states.PrevStates(self._release)
        version = tuple(environment.get(f"tracer_{part}") for part in ("major", "minor", "patchlevel"))
        self._wakeup_offset = all(isinstance(part, int) for part in version) and version < _WAKEUP_PRIO_FIXED

    def _bind_tracepoint(self, event_class: EventClass) -> list[Bound]:
        layout = layouts.resolve(event_class)
        if layout is None:
            return []
        name, bound = layout.tracepoint.name, []
        if name == "sched_switch":
            self._read_labels(layout)
            bound += self._bind_contexts(layout)
        for table, instance in self._handlers:
            if name in table:
                function, fields = table[name]
                call = self._scaled(layout, function.__get__(instance), fields)
                bound.append((call, layout.fields(*fields)))
        return bound + self._bind_named(name, layout)

    def _bind_named(self, name: str, layout: layouts.Layout) -> list[Bound]:
        """Return the handlers of tracepoints whose name holds a value."""
        if self._interrupts is not None and name in _VECTORS:
            vector, edge = _VECTORS[name]
            handler = self._interrupts.vector_entry if edge == "entry" else self._interrupts.irq_exit
            return [(lambda time, cpu_id: handler(time, cpu_id, vector), ())]
        kind = name.removeprefix("lttng_statedump_process_").removesuffix("_ns")
        if self._namespaces is not None and kind in namespaces.OTHER_KINDS:
            return [(self._namespaces.other(kind), layout.fields("tid", "ns_inum"))]
        return []

    def _bind_contexts(self, layout: layouts.Layout) -> list[Bound]:
        paths = layout.contexts(*contexts.CONTEXTS)
        if self._contexts is None or not any(paths):
            return []
        return [(self._contexts.switch, (*layout.fields("prev_tid"), *paths))]

    def _bind_call(self, event_class: EventClass) -> list[Bound]:
        call, bound = layouts.system_call(event_class.name), []
        is_entry = call.phase == "entry"
        if self._syscalls is not None:
            bound.append((self._syscalls.entry(call.name or "unknown") if is_entry else self._syscalls.exit(), ()))
        if self._files is not None and (call.name in CALLS or (call.name is None and not is_entry)):
            row = CALLS.get(call.name)
            wanted = (row.entry if is_entry else ("ret", *row.exit)) if row else ("ret",)
            handler = self._files.entry(call.name) if is_entry else self._files.exit(call.name)
            bound.append((handler, tuple(_alternative(event_class, field) for field in wanted)))
        return bound

    def _read_labels(self, layout: layouts.Layout) -> None:
        path = layout.paths.get("prev_state")
        if path is not None and path.field_class.labels:
            labels = {label: ranges[0][0] for label, ranges in path.field_class.labels}
            self.world.prev_states = states.PrevStates(self._release, labels)

    def _scaled(self, layout: layouts.Layout, call: Call, fields: tuple[str, ...]) -> Call:
        """Return a handler which gets priorities on LTTng's scale, whatever the writer's."""
        offset = layout.priority_offset or (
            layouts.MAX_RT_PRIO if self._wakeup_offset and layout.tracepoint.name in _WAKEUPS else 0)
        places = [index for index, field in enumerate(fields) if field in _PRIORITIES]
        if not offset or not places:
            return call

        def scale(time: int, cpu_id: int, *values: Any) -> None:
            scaled = list(values)
            for index in places:
                scaled[index] = None if values[index] is None else values[index] - offset
            call(time, cpu_id, *scaled)
        return scale

    def _after_loss(self, time_ns: int, cpu: Cpu, lossy: bool) -> None:
        """Forget what a CPU does if its events were lost; else state it again: it is still certain."""
        if lossy:
            if cpu.current is not None:
                cpu.current.on_cpu = cpu.current = None
            cpu.irqs.clear()
            cpu.softirqs.clear()
            cpu.raised.clear()
        elif cpu.current is not None:
            self.tree.put(time_ns, cpu.thread_at, cpu.current.tid)
            self.world.settle(time_ns, cpu)
        self.touched.add(cpu.number)


def _alternative(event_class: EventClass, field: str) -> FieldPath | None:
    return next((path for name in field.split("|") if (path := event_class.path(Scope.PAYLOAD, name)) is not None), None)


def _join(bound: list[Bound]) -> Extraction:
    """Return one extraction which calls several handlers in order, each with its own values."""
    if len(bound) == 1:
        return Extraction(*bound[0])
    paths = tuple(path for _, fields in bound for path in fields)
    if len(bound) == 2:
        (first, wanted), (second, _) = bound
        split = len(wanted)

        def both(time: int, cpu_id: int, *values: Any) -> None:
            first(time, cpu_id, *values[:split])
            second(time, cpu_id, *values[split:])
        return Extraction(both, paths)
    slices, start = [], 0
    for call, fields in bound:
        slices.append((call, slice(start, start + len(fields))))
        start += len(fields)

    def every(time: int, cpu_id: int, *values: Any) -> None:
        for call, part in slices:
            call(time, cpu_id, *values[part])
    return Extraction(every, paths)


def _annotation(name: str) -> tuple[type, frozenset[str], str, str]:
    if name not in ANNOTATIONS:
        raise ParameterError(f'unknown state value: name="{name}", known=[{", ".join(sorted(ANNOTATIONS))}]')
    return ANNOTATIONS[name]


def _subsystems(annotate: Iterable[str]) -> set[str]:
    return {subsystem for name in annotate for subsystem in _annotation(name)[1]}
