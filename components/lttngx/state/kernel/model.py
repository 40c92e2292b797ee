"""The kernel state engine: binds tracepoints to the subsystems' handlers, and gives what consumers ask for.

`annotations` names the state values which may be added to events, with the subsystems each needs: an engine asked for
a few subscribes to few events and fields. Everything is fed through the Consumer protocol of `lttngx.core.predicate`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel import layouts
from lttngx.kernel.tracepoints import X86_VECTORS
from lttngx.state.kernel import contexts, files, interrupts, namespaces, power, processes, sched, statedump, states
from lttngx.state.kernel.annotations import annotation, subsystems
from lttngx.state.kernel.binding import Bound, Call, alternative, join
from lttngx.kernel.file_calls import CALLS
from lttngx.state.kernel.resolve import resolve
from lttngx.state.kernel.syscalls import Syscalls
from lttngx.state.kernel.world import Cpu, World
from lttngx.state.partial import Partial, merge, partial_of
from lttngx.state.tree import UNKNOWN, Tree, Value

# Every subsystem, in the order in which their handlers of one event are called.
SUBSYSTEMS = ("contexts", "sched", "syscalls", "interrupts", "processes", "statedump", "namespaces", "files", "power")

_STREAM_CPU = re.compile(r"_(\d+)$")
_PRIORITIES = ("prio", "prev_prio", "next_prio", "newprio")
_WAKEUPS = ("sched_waking", "sched_wakeup", "sched_wakeup_new")
# First LTTng-modules release whose wake-ups have sched_switch's priority scale.
_WAKEUP_PRIO_FIXED = (2, 7, 1)
_VECTORS = {f"x86_irq_vectors_{vector}_{edge}": (vector, edge) for vector in X86_VECTORS for edge in ("entry", "exit")}


class KernelState:
    """The engine.

    tree: the attributes (`world` documents them); `tree.take()` gives the changes since the last call.
    touched: numbers of CPUs whose annotations may have changed; clear it after reading.
    uncertain_since: time in ns of the last loss, None without one. lost_events, lost_packets: their sums.
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
        self.lost_events = self.lost_packets = 0
        wanted = set(SUBSYSTEMS) if annotate is None else subsystems(annotate)
        self._handlers = self._subscribe(wanted, inventory)
        self._syscalls = Syscalls(self.world) if "syscalls" in wanted else None
        self._environment: Mapping[str, int | str] | None = None
        self._lossy: int | None = None

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
        return join(bound) if bound else None

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """Events of a stream were lost: everything is uncertain until facts renew it; what other CPUs do stays known.

        cpu: the stream's CPU, −1 if unknown: then the number LTTng ends a stream's name with is it.
        """
        if not layouts.is_kernel(stream):
            return
        time_ns = begin_ns if begin_ns is not None else end_ns or 0
        self.uncertain_since, self.lost_events = time_ns, self.lost_events + (count or 0)
        found = _STREAM_CPU.search(stream.name or "")
        lossy = cpu if cpu >= 0 else int(found[1]) if found is not None else None
        self._lossy = lossy
        self.world.park(time_ns, lambda: self._lose(time_ns, count, lossy))

    def _lose(self, time_ns: int, count: int | None, lossy: int | None) -> None:
        self.tree.lose(time_ns, count)
        for task in self.world.tasks.by_tid.values():
            if task.on_cpu is None or lossy in (None, task.on_cpu.number):
                task.syscall, task.pending = UNKNOWN, None
        for known in self.world.cpus.values():
            self._after_loss(time_ns, known, lossy in (None, known.number))

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """Whole packets were lost, with an unknown number of events."""
        self.lost_packets += count or 0
        self.discarded_events(stream, begin_ns, end_ns, None, cpu)

    # Results

    def finish(self, time_ns: int | None = None) -> None:
        """The trace ends at a time: what is pending takes effect."""
        self.world.end_parking()

    def result(self, begin_ns: int | None, end_ns: int | None) -> Partial:
        """Return the changes since the last `tree.take` as a partial result of [begin_ns, end_ns)."""
        return partial_of(self.tree, begin_ns, end_ns)

    @staticmethod
    def merge(parts: Sequence[Partial]) -> Partial:
        """Return one result for those of parts of a trace in order of time."""
        return merge(parts, resolve, states.RUNNING)

    def annotator(self, names: Iterable[str]) -> Callable[[int], tuple[Value, ...]]:
        """Return `current(cpu)`: the values of `names` on a CPU now, in order; UNKNOWN or ABSENT where there is none.

        An event's values are those before the event is fed: what the tracer's own contexts would have held.
        Raises ParameterError for an unknown name.
        """
        rows = [(owner == "cpu", slot) for _, _, owner, slot in map(annotation, names)]
        cpus, values = self.world.cpus, self.tree.values

        def current(cpu_id: int) -> tuple[Value, ...]:
            cpu = cpus.get(cpu_id)
            if cpu is None and self._lossy not in (None, cpu_id):
                cpu = self.world.parked.get(cpu_id)
            if cpu is None or cpu.current is None:
                return (UNKNOWN,) * len(rows)
            thread = cpu.current
            return tuple([values[getattr(cpu if of_cpu else thread, slot)] for of_cpu, slot in rows])
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
            bound.append(self._bind_state(event_class, call))
        if self._files is not None and (call.name in CALLS or (call.name is None and not is_entry)):
            row = CALLS.get(call.name)
            wanted = (row.entry if is_entry else ("ret", *row.exit)) if row else ("ret",)
            handler = self._files.entry(call.name) if is_entry else self._files.exit(call.name)
            bound.append((handler, tuple(alternative(event_class, field) for field in wanted)))
        return bound

    def _bind_state(self, event_class: EventClass, call: layouts.SystemCall) -> Bound:
        if call.phase == "exit":
            return self._syscalls.exit(), ()
        if call.name is not None:
            return self._syscalls.entry(call.name), ()
        return self._syscalls.unknown_entry(), (alternative(event_class, "id"),)

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
            cpu.unclaimed = UNKNOWN
        elif cpu.current is not None:
            self.tree.put(time_ns, cpu.thread_at, cpu.current.tid)
            self.world.settle(time_ns, cpu)
        self.touched.add(cpu.number)
