"""Plans of *rewrite*: which trace IR classes become what, and where the values of new fields come from.

An engine answers a core's questions (`Rewriting`), once per stream class and once per event class, with plain plans; the
core mirrors the classes with the planned changes and copies every message accordingly. Packet context and common
context belong to the stream class, specific context and payload to the event class: a plan changes the classes of its own
scopes only.

A *position* says where a field is below its scope's root structure: one index a level; the element of an array and the
content of an option are index 0, a structure's member and a variant's option have their own index.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from lttngx.core.classes import ClockClass, EventClass, FieldClass, Kind, Stream
from lttngx.core.clock_map import ClockMap
from lttngx.core.extraction import Extraction

Position = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a field gets instead of its value. An array or BLOB keeps its length, an option its presence, and so on inwards: the
    scalar fields inside are what is replaced.

    key: 16 bytes: the value's pseudonym under this key (see `lttngx.core.pseudonyms`). None: a constant, `number` in
    numeric fields (a boolean's is whether it is not 0; BLOB: every byte is its low 8 bits), `text` in strings.
    """

    key: bytes | None = None
    number: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Addition:
    """One new member, appended to a scope's root structure (which is made if the scope has none).

    kind: BOOL, UNSIGNED, SIGNED, DOUBLE or STRING. column: of the plan's slots. default: value while the slot is None, of the
    kind's Python type. optional: wrap the member in an option field without selector, empty while the slot is None.
    """

    name: str
    kind: Kind
    column: int
    default: int | float | str = 0
    bits: int = 64
    base: int = 10
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """How one scope's fields change. A dropped member takes all below it along; `append` comes last, in this order.

    drop: positions of structure members. replace: position of any field → replacement of it and of all below it.
    """

    drop: frozenset[Position] = frozenset()
    replace: Mapping[Position, Replacement] = field(default_factory=dict)
    append: tuple[Addition, ...] = ()


UNCHANGED = Change()


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Another default clock class for the streams of a stream class.

    clock_class: the new one; stream classes whose changes have equal ones share it. map: from the old clock's values to the new
    one's. The changed streams of one rewriting must be comparable: all new clock classes have one frequency and one offset, and
    clock snapshots never decrease: one that would is raised to the greatest so far, and counted.
    """

    clock_class: ClockClass
    map: ClockMap


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """How a stream class changes. clock None: it keeps its clock class (native: the very object)."""

    packet_context: Change = UNCHANGED
    common_context: Change = UNCHANGED
    clock: ClockChange | None = None


@dataclass(frozen=True, slots=True)
class EventPlan:
    """How an event class changes, and whom its events feed.

    common_context: replacements for the events of this class only, on top of the stream plan's, None taking one of those
    back; positions of the input class. before, after: extractions run before and after the appended fields
    are filled, on the input event: what an event itself makes of the state belongs to `after`, if its own fields are to show the state it met. drop: the events are
    not passed on; they only feed.
    """

    specific_context: Change = UNCHANGED
    payload: Change = UNCHANGED
    common_context: Mapping[Position, Replacement | None] = field(default_factory=dict)
    before: Extraction | None = None
    after: Extraction | None = None
    drop: bool = False


class Slots:
    """Current values for appended fields: a row per CPU, a column per value. Engines set, cores read, once an event.

    A value is None (unknown), bool, int, float or bytes (the UTF-8 text of a string field). CPU −1 (unknown) has a row of its own.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        # Row-major, from CPU −1 on. The native core indexes this very list, which therefore only ever grows.
        self.values: list[object] = [None] * columns

    def set(self, cpu: int, column: int, value: object) -> None:
        """Set one value; text may be given as str."""
        start = self._row(cpu)
        self.values[start + column] = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value

    def get(self, cpu: int, column: int) -> object:
        """Return one value as it is stored, None if it was never set."""
        index = (cpu + 1) * self.columns + column
        return self.values[index] if 0 <= index < len(self.values) else None

    def clear(self, cpu: int | None = None) -> None:
        """Make all values of a CPU (None: of every CPU) unknown."""
        first, last = (0, len(self.values)) if cpu is None else (self._row(cpu), self._row(cpu) + self.columns)
        self.values[first:last] = [None] * (last - first)

    def _row(self, cpu: int) -> int:
        start = (max(cpu, -1) + 1) * self.columns
        if start >= len(self.values):
            self.values.extend([None] * (start + self.columns - len(self.values)))
        return start


class Rewriting(Protocol):
    """What *rewrite* asks, on first sight of a class. Raise LttngxError where a plan is impossible.

    slots: where appended fields come from; None if nothing is appended. Optional hooks, called if the engine has them:
    packet_begins(stream, cpu, time_ns) and packet_ends(stream, cpu, time_ns), as in Consumer."""

    slots: Slots | None

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        """Return the plan of a stream class; `stream` is the first of its streams."""

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        """Return the plan of an event class; `stream` is the first in which it was seen."""

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """The tracer lost events, as in Consumer."""

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """The tracer lost packets, as in Consumer."""


class Unchanged:
    """The identity rewrite: every class and message becomes an equal one. Base of rewritings which change little."""

    slots: Slots | None = None

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        return StreamPlan()

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        return EventPlan()

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """Nothing depends on losses."""

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """Nothing depends on losses."""
