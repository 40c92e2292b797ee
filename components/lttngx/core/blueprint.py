"""Blueprints: plain descriptions of trace IR objects which *decode* is asked to make.

`classes` describes what was seen on an iterator; these describe what is to be created, so they carry what only a creator
knows: where a length or selector comes from, user attributes, clock offsets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

Ranges = tuple[tuple[int, int], ...]
Attributes = Mapping[str, object] | None


class Make(Enum):
    """Kinds of field classes to make."""

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
    STATIC_BLOB = "static BLOB"
    DYNAMIC_BLOB = "dynamic BLOB"


@dataclass(frozen=True, slots=True)
class MemberBlueprint:
    """A structure member, or a variant option with its selector ranges. name: None for an unnamed option."""

    name: str | None
    field_class: "FieldBlueprint"
    ranges: Ranges = ()
    attributes: Attributes = None


@dataclass(frozen=True, slots=True)
class FieldBlueprint:
    """A field class.

    bits: of an integer or bit array. base: 2, 8, 10 or 16. labels: (label, ranges), labels unique. length: elements of a static
    array, bytes of a static BLOB. element: of an array, content of an option. slots: numbers by which dependent field classes
    name this one as their key. key: slot of the length or selector, None if trace IR cannot name it. signed_key: the selector is
    signed. ranges: of an option with an integer selector, None for a boolean one. scope: number of the root structure the
    field location begins at, path: its member names (interchange protocol 1).
    """

    make: Make
    bits: int = 64
    base: int = 10
    labels: tuple[tuple[str, Ranges], ...] = ()
    length: int = 0
    members: tuple[MemberBlueprint, ...] = ()
    element: "FieldBlueprint | None" = None
    slots: tuple[int, ...] = ()
    key: int | None = None
    signed_key: bool = False
    ranges: Ranges | None = None
    media_type: str | None = None
    attributes: Attributes = None


@dataclass(frozen=True, slots=True)
class ClockBlueprint:
    """A clock class; see bt_clock_class. uuid: 16 bytes. precision, accuracy: None if unknown."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    uuid: bytes | None = None
    frequency: int = 1_000_000_000
    offset_seconds: int = 0
    offset_cycles: int = 0
    precision: int | None = None
    accuracy: int | None = None
    description: str | None = None
    unix_epoch: bool = False
    origin: tuple[str | None, str, str] | None = None
    attributes: Attributes = None


@dataclass(frozen=True, slots=True)
class EventClassBlueprint:
    """An event class. log_level: bt2's number."""

    id: int
    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    log_level: int | None = None
    emf_uri: str | None = None
    specific_context: FieldBlueprint | None = None
    payload: FieldBlueprint | None = None
    attributes: Attributes = None


@dataclass(frozen=True, slots=True)
class StreamClassBlueprint:
    """A stream class. clock: index in the trace's clocks, None without one. automatic_ids: its streams have no ID of their own."""

    id: int
    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    clock: int | None = None
    packet_context: FieldBlueprint | None = None
    common_context: FieldBlueprint | None = None
    packets_begin: bool = False
    packets_end: bool = False
    discarded_events: bool = False
    discarded_packets: bool = False
    automatic_ids: bool = False
    event_classes: tuple[EventClassBlueprint, ...] = ()
    attributes: Attributes = None


@dataclass(frozen=True, slots=True)
class TraceBlueprint:
    """A trace class and its one trace. uuid: 16 bytes, for protocol 0; namespace and uid for protocol 1."""

    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    uuid: bytes | None = None
    environment: Mapping[str, int | str] = field(default_factory=dict)
    clocks: tuple[ClockBlueprint, ...] = ()
    stream_classes: tuple[StreamClassBlueprint, ...] = ()
    attributes: Attributes = None


@dataclass(frozen=True, slots=True)
class StreamPrograms:
    """Programs of a stream class, as `lttngx.ctf.operations.Program`. packet_scan: the packet context without fields.
    event: (event class ID) to the programs of its common context, specific context and payload, or to one program that skips all three; None if there is no such class."""

    packet_header: tuple
    packet_context: tuple
    packet_scan: tuple
    event_header: tuple
    event: Callable[[int], tuple[tuple, ...] | None]
    only_event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of a data stream file. offset: bytes; total, content: bits; times in clock cycles; None where absent."""

    file: int
    offset: int
    total: int
    content: int
    begin: int | None = None
    end: int | None = None
    discarded: int | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class StreamBlueprint:
    """A stream with the packets to decode, in their order. id: None where packets carry none. before: packets before the
    first one, in their order, from which its counters go on. end_is_last_event, begin_is_first_event: see lttngx.ctf.quirks."""

    class_id: int
    id: int | None
    name: str | None
    files: tuple[str, ...]
    packets: tuple[Packet, ...]
    before: tuple[Packet, ...] = ()
    end_is_last_event: bool = False
    begin_is_first_event: bool = False
