"""Plain descriptions of trace IR classes: what a core reports to an engine, once per event class.

Terms are Babeltrace's trace IR terms. Nothing here refers to a live bt2 object, so engines may keep, pickle and
compare these freely.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum


_EDGE = re.compile("(?<=.)_(?:entry|exit|return|begin|start|end)$")


class Scope(IntEnum):
    """Root structures of an event's fields, in the order in which they are decoded."""

    PACKET_CONTEXT = 0
    COMMON_CONTEXT = 1
    SPECIFIC_CONTEXT = 2
    PAYLOAD = 3


class Kind(Enum):
    """Kinds of field classes. MIP 1's enumeration-free BLOBs have a kind of their own."""

    BOOL = "boolean"
    BIT_ARRAY = "bit array"
    UNSIGNED = "unsigned integer"
    SIGNED = "signed integer"
    UNSIGNED_ENUM = "unsigned enumeration"
    SIGNED_ENUM = "signed enumeration"
    SINGLE = "single-precision real"
    DOUBLE = "double-precision real"
    STRING = "string"
    STATIC_ARRAY = "static array"
    DYNAMIC_ARRAY = "dynamic array"
    STRUCTURE = "structure"
    OPTION = "option"
    VARIANT = "variant"
    BLOB = "BLOB"


@dataclass(frozen=True, slots=True)
class FieldClass:
    """One field class.

    bits: value range of an integer, or length of a bit array, in bits.
    base: preferred display base of an integer.
    labels: an enumeration's mappings, (label, ((lower, upper), …)), both bounds inclusive.
    members: a structure's members or a variant's options, (name, field class); an option's name may be None.
    element: element of an array, content of an option.
    length: elements of a static array, bytes of a static BLOB; None if it varies from field to field.
    link: where the length field of a dynamic array or BLOB, or the selector field of an option or variant, is: scope and the
    way from its root structure as trace IR has it: indices (MIP 0; 0 for an array's element and an option's content) or
    structure member names (MIP 1). None without such a field. `lttngx.core.links` resolves it.
    """

    kind: Kind
    bits: int = 0
    base: int = 10
    labels: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()
    members: tuple[tuple[str | None, "FieldClass"], ...] = ()
    element: "FieldClass | None" = None
    length: int | None = None
    link: tuple[Scope, tuple[int | str, ...]] | None = None

    def member(self, name: str) -> int | None:
        """Return the index of the structure member or variant option called `name`, None if there is none."""
        return next((index for index, (known, _) in enumerate(self.members) if known == name), None)


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a field to a field inside it.

    kind of the outer field / index:
    STRUCTURE / member index; STATIC_ARRAY, DYNAMIC_ARRAY, BLOB / element index (negative: from the end);
    OPTION / 0; VARIANT / index of the option, the step failing where another option is selected.
    """

    kind: Kind
    index: int


@dataclass(frozen=True, slots=True)
class FieldPath:
    """Where a field is: a scope and the steps from its root structure. `field_class` is the class found there.

    Reading one has three outcomes: a field; *absent* (an option without content, another option selected, an element
    past the end); never an error.
    """

    scope: Scope
    steps: tuple[Step, ...]
    field_class: FieldClass


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace: name, UUID as text (MIP 1: uid) and environment entries; None or empty where absent."""

    name: str | None = None
    uuid: str | None = None
    environment: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClockClass:
    """A clock class; see bt_clock_class. uid: the UUID as text (MIP 1: unique ID). namespace, accuracy, origin: MIP 1 only; origin:
    (namespace, name, uid) of one which is neither unknown nor the Unix epoch. precision, accuracy: in cycles, None if unknown."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    frequency: int = 1_000_000_000
    offset_seconds: int = 0
    offset_cycles: int = 0
    precision: int | None = 0
    accuracy: int | None = None
    description: str | None = None
    unix_epoch: bool = True
    origin: tuple[str | None, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream with its class and trace. `clock` is the name of its default clock class ("" if unnamed, None: no clock);
    unix_epoch: whether that clock's origin is the Unix epoch. clock_class: all of it."""

    id: int = 0
    name: str | None = None
    class_id: int = 0
    class_name: str | None = None
    clock: str | None = None
    trace: Trace = Trace()
    unix_epoch: bool = True
    clock_class: ClockClass | None = None


@dataclass(frozen=True, slots=True)
class EventClass:
    """An event class with the root structures of its fields, indexed by Scope; None where the scope has no field.

    log_level: bt2's numbers, which are LTTng's 0 (EMERG) … 14 (DEBUG); None if the class has none.
    """

    name: str | None
    id: int = 0
    log_level: int | None = None
    emf_uri: str | None = None
    scopes: tuple[FieldClass | None, FieldClass | None, FieldClass | None, FieldClass | None] = (None,) * 4

    @property
    def stem(self) -> str | None:
        """The name without the part which tells a begin from an end: `f` of `f_entry` and of `f_return`."""
        return None if self.name is None else _EDGE.sub("", self.name)

    def path(self, scope: Scope, *names: str) -> FieldPath | None:
        """Return the path of a field reached through structure members only, None if there is no such field.

        names: member names from the scope's root structure on, outermost first.
        """
        current, steps = self.scopes[scope], []
        for name in names:
            if current is None or current.kind is not Kind.STRUCTURE or (index := current.member(name)) is None:
                return None
            steps.append(Step(Kind.STRUCTURE, index))
            current = current.members[index][1]
        return None if current is None else FieldPath(scope, tuple(steps), current)


def identity(event_class: EventClass, stream: Stream) -> tuple:
    """Return what tells an event class from all others, in whatever process and part of a trace it is met.

    A trace without UUID is known by its name, which may depend on what was opened with it."""
    trace = stream.trace
    return trace.uuid or trace.name, stream.class_id, event_class.id, event_class.name
