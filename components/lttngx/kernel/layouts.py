"""Which canonical tracepoint an event class is, and where its fields are.

The rule: an event class is looked up once, by its name, in `tracepoints`; what an analysis gets are field paths,
resolved for this
very class. Nothing here depends on a tracer's version number: the fields that a class has decide.
"""

from dataclasses import dataclass

from lttngx.core.classes import EventClass, FieldPath, Scope, Stream
from lttngx.errors import TraceError
from lttngx.kernel.tracepoints import CONTEXTS, FAMILIES, SYSCALL_PREFIXES, SYSCALL_UNNAMED

# The kernel's priority of a thread of nice 0 is 120; LTTng-modules records it as 20 (prio − MAX_RT_PRIO).
MAX_RT_PRIO = 100


@dataclass(frozen=True, slots=True)
class Tracepoint:
    """A row of the table: alternatives of each field's name, and the fields that every version has."""

    name: str
    family: str
    fields: dict[str, tuple[str, ...]]
    required: frozenset[str]


@dataclass(frozen=True, slots=True)
class SystemCall:
    """What an event name says of a system call. phase: "entry" or "exit". name: None where the event does not name
    it."""

    phase: str
    name: str | None
    compat: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """An event class's canonical tracepoint with the paths of those of its fields which the class has."""

    tracepoint: Tracepoint
    event_class: EventClass
    paths: dict[str, FieldPath]

    @property
    def is_perf(self) -> bool:
        """True if perf wrote the event class: its fields follow the kernel's own conventions."""
        return ":" in self.event_class.name or self.event_class.name.startswith("perf_")

    @property
    def priority_offset(self) -> int:
        """What to subtract from a priority field to have LTTng's scale (20 is nice 0, −100 is real-time 99 … −1)."""
        return MAX_RT_PRIO if self.is_perf else 0

    def fields(self, *names: str) -> tuple[FieldPath | None, ...]:
        """Return the paths of canonical payload fields, None for each that the class lacks."""
        return tuple(self.paths.get(name) for name in names)

    def contexts(self, *names: str) -> tuple[FieldPath | None, ...]:
        """Return the paths of canonical contexts, None for each that was not recorded with the class."""
        return tuple(context_path(self.event_class, name) for name in names)


def _row(family: str, name: str, fields: str) -> Tracepoint:
    """Read one row's field notation."""
    alternatives, required = {}, set()
    for notation in fields.split():
        first, *others = notation.replace("?", "").split("|")
        alternatives[first] = (first, *others)
        if "?" not in notation:
            required.add(first)
    return Tracepoint(name, family, alternatives, frozenset(required))


def _read_tables() -> dict[str, Tracepoint]:
    """Return every event name of the tables with its tracepoint."""
    return {event: row for family, rows in FAMILIES.items() for name, events, fields in rows
            for row in (_row(family, name, fields),) for event in events.split()}


TRACEPOINTS: dict[str, Tracepoint] = _read_tables()


def is_kernel(stream: Stream) -> bool:
    """Return False if the trace's environment says that another domain than the kernel recorded it."""
    return stream.trace.environment.get("domain", "kernel") == "kernel"


def event_names(name: str) -> tuple[str, ...]:
    """Return the event names that mean a canonical tracepoint, LTTng's newest first."""
    return tuple(event for event, row in TRACEPOINTS.items() if row.name == name)


def resolve(event_class: EventClass) -> Layout | None:
    """Return the layout of an event class, None if it is none of the tables'.

    Raises TraceError if the class lacks a field that every known version has.
    """
    tracepoint = TRACEPOINTS.get(event_class.name or "")
    if tracepoint is None:
        return None
    paths = {}
    for canonical, names in tracepoint.fields.items():
        found = next((path for name in names if (path := event_class.path(Scope.PAYLOAD, name)) is not None), None)
        if found is not None:
            paths[canonical] = found
        elif canonical in tracepoint.required:
            raise TraceError(f'Cannot read event class: name="{event_class.name}", expected payload field '
                             f'{" or ".join(names)}, got {_members(event_class)}')
    return Layout(tracepoint, event_class, paths)


def _members(event_class: EventClass) -> str:
    """Return the payload's field names for an error message."""
    payload = event_class.scopes[Scope.PAYLOAD]
    return ", ".join(name for name, _ in payload.members) if payload is not None and payload.members else "no field"


def context_path(event_class: EventClass, name: str) -> FieldPath | None:
    """Return where a class's events have a canonical context, None if nowhere. An event's own context wins over its
    channel's."""
    for scope in (Scope.SPECIFIC_CONTEXT, Scope.COMMON_CONTEXT):
        if (path := event_class.path(scope, name)) is not None:
            return path
    perf = (event_class.path(Scope.PAYLOAD, other) for other in CONTEXTS[name] if other.startswith("perf_"))
    return next((path for path in perf if path is not None), None)


def system_call(event_name: str) -> SystemCall | None:
    """Return what an event name says of a system call, None if the event is none of a system call."""
    if (unnamed := SYSCALL_UNNAMED.get(event_name)) is not None:
        return SystemCall(unnamed[0], None, unnamed[1])
    for prefix, phase, compat in SYSCALL_PREFIXES:
        if event_name.startswith(prefix):
            return SystemCall(phase, event_name[len(prefix):], compat)
    return None
