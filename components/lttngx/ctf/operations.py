"""Decoding operations: what the compiled decoder executes, one flat list per root structure.

The decoder keeps a head (bits from the packet's beginning), an array of slots (see `model`) and a current parent field. An
operation aligns the head, reads, and may do three things with the value: store it in a slot, play a role, set a field
of the parent. Operations of compound fields are followed by their body, up to `next`.

Numbers here are the binary interface of core/native/decode_run.pxd; a test compares both.
"""

from enum import IntEnum
from typing import NamedTuple

NOWHERE = -1


class Code(IntEnum):
    """What an operation decodes. BYTES is an integer of 1, 2, 4 or 8 bytes at a byte boundary."""

    SKIP = 0
    BYTES = 1
    BITS = 2
    LEB128 = 3
    STRING_NULL = 4
    STRING_STATIC = 5
    STRING_DYNAMIC = 6
    BLOB_STATIC = 7
    BLOB_DYNAMIC = 8
    STRUCTURE = 9
    ARRAY_STATIC = 10
    ARRAY_DYNAMIC = 11
    OPTIONAL = 12
    VARIANT = 13
    STORE = 14


class Target(IntEnum):
    """Which field of the parent an operation sets: none, a structure member, the array's current element, an option's content,
    a variant's selected option."""

    NONE = 0
    MEMBER = 1
    ELEMENT = 2
    CONTENT = 3
    SELECTED = 4


class Set(IntEnum):
    """How a number becomes a field's value."""

    UNSIGNED = 0
    SIGNED = 1
    BOOL = 2
    BIT_ARRAY = 3
    SINGLE = 4
    DOUBLE = 5
    HALF = 6


class Flag(IntEnum):
    """Flags: big-endian, signed value (sign-extended before it is stored or set), reversed bits; signed key (ranges are
    compared as signed); 16-bit and 32-bit code units of a string; array-of-bytes BLOB (interchange protocol 0)."""

    BIG = 1
    SIGNED = 2
    REVERSED = 4
    KEY_SIGNED = 8
    UNIT_16 = 16
    UNIT_32 = 32
    BYTE_ARRAY = 64


class RoleNumber(IntEnum):
    """Roles; NO_ROLE for a field which means nothing to the reader."""

    NO_ROLE = 0
    MAGIC = 1
    UUID = 2
    STREAM_CLASS_ID = 3
    STREAM_ID = 4
    TOTAL = 5
    CONTENT = 6
    CLOCK = 7
    END = 8
    DISCARDED = 9
    SEQUENCE = 10
    EVENT_CLASS_ID = 11


class Operation(NamedTuple):
    """One operation.

    align: bits, a power of two. size: bits of a number or a skip, bytes of a static string or BLOB, elements of a static array.
    slot: where to store the value. key: slot of a length or selector. index: member index in the parent structure field.
    next: index of the operation after the body. table, rows: rows of the program's table (an optional's ranges; a variant's
    ranges, each with option index and body).
    least: least bits of an array's element, by which a length is checked before anything is allocated.
    """

    code: int
    align: int = 1
    size: int = 0
    target: int = 0
    index: int = 0
    set: int = 0
    flags: int = 0
    role: int = 0
    slot: int = NOWHERE
    key: int = NOWHERE
    next: int = 0
    table: int = 0
    rows: int = 0
    least: int = 0


class Row(NamedTuple):
    """One range of a table, with the option it selects and that option's body [begin, end)."""

    lower: int
    upper: int
    option: int = 0
    begin: int = 0
    end: int = 0


class Program(NamedTuple):
    """Operations of one root structure, with their table."""

    operations: tuple[Operation, ...]
    table: tuple[Row, ...]


EMPTY = Program((), ())
