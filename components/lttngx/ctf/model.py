"""The metadata of a CTF trace, CTF 1.8 and CTF 2 alike: one immutable model, CTF 2's words.

CTF 1.8 is a subset in layout (CTF 2 § "What's new"): enumerations are integers with mappings, text arrays and
sequences are static and dynamic length strings, reserved member names are roles, a `map` to a clock is the role
`default-clock-timestamp`, variants selected by label have selector ranges, one leading underscore of a name is gone.

Rules:
- Field classes in a TraceClass are resolved: every dependent field class (dynamic length, optional, variant) holds a
  `Key`, never a `Location`. A dependent field needs `slots[key.slot]`, a 64-bit pattern which the *last decoded* key
  field put there; the field classes of its key fields carry that number in their own `slots`. A decoder thus keeps
  one array of `TraceClass.slot_count` integers per stream, writes a value to each of `field_class.slots` when it
  decodes the field and reads `key.slot` at the dependent. It needs no path. A field class with empty `slots` and
  `roles` may be skipped unread. Slot numbers are unique in the trace class; an extended metadata stream keeps the old
  ones.
- Equal field classes may be one object in several places, except that each place of a key field has its own.
- Lengths are in bits for fixed-length field classes, in bytes for strings and BLOBs, in elements for arrays.
- Alignments are in bits, powers of two. `alignment` is the effective one (members and elements included).
- Ranges are (lower, upper), both inclusive. Mappings here are never changed after their object is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from typing import ClassVar
from uuid import UUID

Ranges = tuple[tuple[int, int], ...]
Labels = tuple[tuple[str, Ranges], ...]
Attributes = Mapping[str, object] | None


class Scope(IntEnum):
    """Root structures in the order in which they are decoded. The first two are per packet, the others per event
    record."""

    PACKET_HEADER = 0
    PACKET_CONTEXT = 1
    EVENT_RECORD_HEADER = 2
    COMMON_CONTEXT = 3
    SPECIFIC_CONTEXT = 4
    PAYLOAD = 5


class ByteOrder(Enum):
    """Byte order of a fixed-length field."""

    LITTLE = "little-endian"
    BIG = "big-endian"


class BitOrder(Enum):
    """Bit order of a fixed-length field. The natural one is first-to-last for little-endian, last-to-first for
    big-endian."""

    FIRST_TO_LAST = "first-to-last"
    LAST_TO_FIRST = "last-to-first"


NATURAL_BIT_ORDER = {ByteOrder.LITTLE: BitOrder.FIRST_TO_LAST, ByteOrder.BIG: BitOrder.LAST_TO_FIRST}


class Encoding(Enum):
    """Encoding of a string; `unit` is the length of a code unit in bytes, its value is Python's codec too. ASCII is
    read as UTF-8."""

    UTF_8 = "utf-8"
    UTF_16BE = "utf-16be"
    UTF_16LE = "utf-16le"
    UTF_32BE = "utf-32be"
    UTF_32LE = "utf-32le"

    @property
    def unit(self) -> int:
        return {"8": 1, "1": 2, "3": 4}[self.value[4]]


class Role(Enum):
    """What an unsigned integer field, or a BLOB field for METADATA_STREAM_UUID, means to the reader (CTF 2 § roles)."""

    PACKET_MAGIC_NUMBER = "packet-magic-number"
    METADATA_STREAM_UUID = "metadata-stream-uuid"
    DATA_STREAM_CLASS_ID = "data-stream-class-id"
    DATA_STREAM_ID = "data-stream-id"
    PACKET_TOTAL_LENGTH = "packet-total-length"
    PACKET_CONTENT_LENGTH = "packet-content-length"
    DEFAULT_CLOCK_TIMESTAMP = "default-clock-timestamp"
    PACKET_END_TIMESTAMP = "packet-end-default-clock-timestamp"
    DISCARDED_COUNTER = "discarded-event-record-counter-snapshot"
    PACKET_SEQUENCE_NUMBER = "packet-sequence-number"
    EVENT_RECORD_CLASS_ID = "event-record-class-id"


class KeyKind(Enum):
    """How to read a slot: a boolean is 0 or 1; an unsigned value is to be compared as unsigned, a signed one as
    signed."""

    BOOLEAN = "boolean"
    UNSIGNED = "unsigned"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Location:
    """A field location as written, before it is resolved.

    origin: scope of an absolute location; None: relative to the structure which immediately holds the dependent field.
    path: structure member names; None: the parent structure.
    search: CTF 1.8: names are looked for in ever outer structures, then in outer scopes; option names may be on the
    path.
    where: place in the metadata stream, for messages; empty once resolved.
    """

    origin: Scope | None
    path: tuple[str | None, ...]
    search: bool = False
    where: object = field(default="", compare=False)

    def __str__(self) -> str:
        items = "/".join(".." if item is None else item for item in self.path)
        return items if self.origin is None else f"{self.origin.name.lower().replace('_', '-')}:{items}"


ELEMENT = -1
CONTENT = -2


@dataclass(frozen=True, slots=True)
class KeyPath:
    """Where a key field is. steps: member index in a structure, option index in a variant, ELEMENT, or CONTENT of an
    optional."""

    scope: Scope
    steps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """Resolved location. paths: every possible key field (several where options of an earlier variant have one)."""

    slot: int
    kind: KeyKind
    paths: tuple[KeyPath, ...]
    location: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldClass:
    """Base of all field classes. attributes: user attributes, namespace to value, None if it has none."""

    attributes: Attributes = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthBitArray(FieldClass):
    """`length` bits."""

    length: int
    byte_order: ByteOrder
    bit_order: BitOrder
    alignment: int = 1

    @property
    def reversed(self) -> bool:
        """Return whether the bits must be reversed after they were read in the byte order's natural bit order."""
        return self.bit_order is not NATURAL_BIT_ORDER[self.byte_order]


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthBitMap(FixedLengthBitArray):
    """flags: (name, ranges of bit indexes)."""

    flags: Labels = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthBoolean(FixedLengthBitArray):
    """True if not zero."""

    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthInteger(FixedLengthBitArray):
    """Base of both fixed-length integer classes. mappings: (label, ranges); ranges of several labels may overlap.

    is_enum: written as an enumeration in CTF 1.8, or with mappings in CTF 2 (an enumeration may have no mapping).
    """

    signed: ClassVar[bool]
    display_base: int = 10
    mappings: Labels = ()
    is_enum: bool = False
    roles: frozenset[Role] = frozenset()
    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthUnsignedInteger(FixedLengthInteger):
    signed = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthSignedInteger(FixedLengthInteger):
    """Two's complement. Has no role."""

    signed = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedLengthFloat(FixedLengthBitArray):
    """IEEE 754 binary floating point number. Only lengths 16, 32 and 64 can be decoded in Python; others stay legal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableLengthInteger(FieldClass):
    """Base of both LEB128 integer classes."""

    signed: ClassVar[bool]
    alignment: ClassVar[int] = 8
    display_base: int = 10
    mappings: Labels = ()
    is_enum: bool = False
    roles: frozenset[Role] = frozenset()
    slots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableLengthUnsignedInteger(VariableLengthInteger):
    signed = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableLengthSignedInteger(VariableLengthInteger):
    signed = True


@dataclass(frozen=True, slots=True, kw_only=True)
class NullTerminatedString(FieldClass):
    """Ends with a zero code unit, code units counted from the string's beginning."""

    alignment: ClassVar[int] = 8
    encoding: Encoding = Encoding.UTF_8


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticLengthString(FieldClass):
    """`length` bytes; the text ends before the first U+0000. Here also CTF 1.8's text arrays."""

    alignment: ClassVar[int] = 8
    length: int
    encoding: Encoding = Encoding.UTF_8


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicLengthString(FieldClass):
    """`key` gives the length in bytes; the text ends before the first U+0000. Here also CTF 1.8's text sequences."""

    alignment: ClassVar[int] = 8
    key: Key | Location
    encoding: Encoding = Encoding.UTF_8


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticLengthBlob(FieldClass):
    """`length` bytes. CTF 1.8's `uuid` packet header member is one too."""

    alignment: ClassVar[int] = 8
    length: int
    media_type: str = "application/octet-stream"
    roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicLengthBlob(FieldClass):
    """`key` gives the length in bytes."""

    alignment: ClassVar[int] = 8
    key: Key | Location
    media_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True, kw_only=True)
class Array(FieldClass):
    """Base of both array classes. An empty array is aligned too."""

    element: FieldClass
    minimum_alignment: int = 1
    alignment: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "alignment", max(self.element.alignment, self.minimum_alignment))


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticLengthArray(Array):
    """`length` elements."""

    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicLengthArray(Array):
    """`key` gives the number of elements."""

    key: Key | Location


@dataclass(frozen=True, slots=True)
class Member:
    """A structure member; any text is a name."""

    name: str
    field_class: FieldClass
    attributes: Attributes = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure(FieldClass):
    """Members in decoding order, names unique."""

    members: tuple[Member, ...] = ()
    minimum_alignment: int = 1
    alignment: int = field(init=False, default=1)

    def __post_init__(self) -> None:
        alignments = (member.field_class.alignment for member in self.members)
        object.__setattr__(self, "alignment", max(self.minimum_alignment, *alignments, 1))

    def index(self, name: str) -> int | None:
        """Return the index of a member, None if there is none of that name."""
        return next((index for index, member in enumerate(self.members) if member.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optional(FieldClass):
    """Content is there if `key` is true (boolean key: `ranges` is None) or lies in `ranges` (integer key)."""

    alignment: ClassVar[int] = 1
    content: FieldClass
    key: Key | Location
    ranges: Ranges | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """A variant option; the first one whose ranges hold the selector is selected. name: None if unnamed (CTF 2
    only)."""

    name: str | None
    field_class: FieldClass
    ranges: Ranges = ()
    attributes: Attributes = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant(FieldClass):
    """One of its options; a selector which no option holds is a decoding error."""

    alignment: ClassVar[int] = 1
    options: tuple[Option, ...]
    key: Key | Location


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockClass:
    """A clock class: ns from its origin = (seconds * frequency + cycles + value) * 10^9 / frequency.

    id: CTF 2's id, CTF 1.8's name. uid: CTF 1.8's uuid as text. frequency in Hz; offset_cycles, precision and accuracy
    in cycles (None: unknown). origin: (namespace, name, uid) of a custom origin; None where it is the Unix epoch or
    unknown.
    """

    id: str
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    frequency: int = 1_000_000_000
    offset_seconds: int = 0
    offset_cycles: int = 0
    precision: int | None = None
    accuracy: int | None = None
    description: str | None = None
    unix_epoch: bool = False
    origin: tuple[str | None, str, str] | None = None
    attributes: Attributes = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecordClass:
    """An event record class. log_level: bt2's numbers, which are LTTng's 0 (EMERG) … 14 (DEBUG); None if it has
    none."""

    id: int = 0
    data_stream_class_id: int = 0
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    log_level: int | None = None
    emf_uri: str | None = None
    specific_context: Structure | None = None
    payload: Structure | None = None
    attributes: Attributes = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStreamClass:
    """A data stream class with its event record classes by id. clock_class: its default clock class, None if it has
    none."""

    id: int = 0
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    clock_class: ClockClass | None = None
    packet_context: Structure | None = None
    event_record_header: Structure | None = None
    common_context: Structure | None = None
    event_record_classes: Mapping[int, EventRecordClass] = field(default_factory=dict, hash=False)
    attributes: Attributes = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceClass:
    """A whole metadata stream.

    version: (1, 8) or (2, 0). uuid: of the metadata stream; packets that carry another one belong to another trace.
    uid: CTF 2's, or the uuid as text. slot_count: size of the decoder's slot array.
    """

    version: tuple[int, int]
    namespace: str | None = None
    name: str | None = None
    uid: str | None = None
    uuid: UUID | None = None
    environment: Mapping[str, int | str] = field(default_factory=dict, hash=False)
    packet_header: Structure | None = None
    clock_classes: tuple[ClockClass, ...] = ()
    data_stream_classes: Mapping[int, DataStreamClass] = field(default_factory=dict, hash=False)
    slot_count: int = 0
    attributes: Attributes = field(default=None, hash=False)

    def scopes(self) -> Iterator[Structure]:
        """Yield every root structure of the trace class, in decoding order of scopes within each class."""
        for stream in self.data_stream_classes.values():
            roots = [self.packet_header, stream.packet_context, stream.event_record_header, stream.common_context]
            for event in stream.event_record_classes.values():
                roots += [event.specific_context, event.payload]
            yield from (root for root in roots if root is not None)


def natural(byte_order: ByteOrder) -> BitOrder:
    """Return the byte order's natural bit order."""
    return NATURAL_BIT_ORDER[byte_order]
