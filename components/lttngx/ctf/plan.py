"""Compiles root structures to decoding operations.

Rules:
- A field class without slot and role whose field nobody wants becomes a skip; adjacent skips of fixed size merge into one.
- Field order, alignment and padding are those of CTF 2; operations never reorder fields.
- The index of a member is its index in trace IR's structure, which lacks members that nobody wants or that play a role.
"""

from collections.abc import Sequence

from lttngx.ctf.model import (Array, ByteOrder, DynamicLengthArray, DynamicLengthBlob, DynamicLengthString, FieldClass,
                              FixedLengthBitArray, FixedLengthBoolean, FixedLengthFloat, FixedLengthInteger, Key, KeyKind,
                              NullTerminatedString, Optional, Role, StaticLengthArray, StaticLengthBlob,
                              StaticLengthString, Structure, VariableLengthInteger, Variant)
from lttngx.ctf.operations import EMPTY, NOWHERE, Code, Flag, Operation, Program, RoleNumber, Row, Set, Target
from lttngx.ctf.sizes import fixed_size, least_size, round_up
from lttngx.ctf.subset import in_trace_ir
from lttngx.errors import TraceError

MAX_DEPTH = 64
FLOATS = {16: Set.HALF, 32: Set.SINGLE, 64: Set.DOUBLE}

ROLES = {
    Role.PACKET_MAGIC_NUMBER: RoleNumber.MAGIC,
    Role.METADATA_STREAM_UUID: RoleNumber.UUID,
    Role.DATA_STREAM_CLASS_ID: RoleNumber.STREAM_CLASS_ID,
    Role.DATA_STREAM_ID: RoleNumber.STREAM_ID,
    Role.PACKET_TOTAL_LENGTH: RoleNumber.TOTAL,
    Role.PACKET_CONTENT_LENGTH: RoleNumber.CONTENT,
    Role.DEFAULT_CLOCK_TIMESTAMP: RoleNumber.CLOCK,
    Role.PACKET_END_TIMESTAMP: RoleNumber.END,
    Role.DISCARDED_COUNTER: RoleNumber.DISCARDED,
    Role.PACKET_SEQUENCE_NUMBER: RoleNumber.SEQUENCE,
    Role.EVENT_RECORD_CLASS_ID: RoleNumber.EVENT_CLASS_ID,
}


def compile_root(root: Structure | None, kept: Sequence[bool] | None, blobs: bool = False) -> Program:
    """Compile a root structure.

    kept: for each member, whether trace IR has it; None: the whole scope is unwanted. blobs: trace IR has BLOBs (interchange
    protocol 1), else they are arrays of bytes. Raises TraceError where a field class cannot be decoded.
    """
    if root is None:
        return EMPTY
    compiler = Compiler(blobs)
    compiler.align(root.alignment)
    compiler.members(root, kept if kept is not None else [False] * len(root.members))
    return compiler.program()


def unsigned(value: int) -> int:
    """Return a 64-bit pattern as an unsigned integer."""
    return value & 0xFFFF_FFFF_FFFF_FFFF


class Compiler:
    """Emits the operations of one root structure."""

    def __init__(self, blobs: bool) -> None:
        self.blobs = blobs
        self.operations: list[Operation] = []
        self.table: list[Row] = []
        self.depth = 0
        self.barrier = 0  # Operations before this one belong to another body: nothing merges across it.

    def program(self) -> Program:
        """Return what was emitted."""
        return Program(tuple(self.operations), tuple(self.table))

    def emit(self, operation: Operation) -> int:
        """Append an operation and return its index."""
        self.operations.append(operation)
        return len(self.operations) - 1

    def skip(self, alignment: int, size: int) -> None:
        """Emit a skip of `size` bits after alignment, merged with the skip before it where padding is known."""
        last = self.operations[-1] if len(self.operations) > self.barrier else None
        if last and last.code == Code.SKIP and alignment <= last.align:
            self.operations[-1] = last._replace(size=round_up(last.size, alignment) + size)
        elif alignment > 1 or size:
            self.emit(Operation(Code.SKIP, alignment, size))

    def align(self, alignment: int) -> None:
        """Emit an alignment of the head."""
        self.skip(alignment, 0)

    def body(self, owner: int, field_class: FieldClass, target: Target) -> None:
        """Emit the body of the compound operation at index `owner` and close it."""
        self.barrier = len(self.operations)
        self.field(field_class, target, 0)
        self.close(owner)

    def close(self, owner: int) -> None:
        """Tell the operation at index `owner` where its body ends."""
        self.barrier = len(self.operations)
        self.operations[owner] = self.operations[owner]._replace(next=self.barrier)

    def members(self, structure: Structure, kept: Sequence[bool]) -> None:
        """Emit the members of a structure whose field is the current parent."""
        index = 0
        for member, wanted in zip(structure.members, kept, strict=True):
            self.field(member.field_class, Target.MEMBER if wanted else Target.NONE, index)
            index += wanted

    def field(self, field_class: FieldClass, target: Target, index: int) -> None:
        """Emit one field."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise TraceError(f"Cannot decode field class: nesting-depth={self.depth}, expected at most {MAX_DEPTH}")
        size = fixed_size(field_class)
        if target == Target.NONE and size is not None and not observed(field_class):
            self.skip(field_class.alignment, size)
        else:
            self.decode(field_class, target, index)
        self.depth -= 1

    def decode(self, field_class: FieldClass, target: Target, index: int) -> None:
        """Emit the decoding of one field."""
        match field_class:
            case FixedLengthBitArray() | VariableLengthInteger():
                self.number(field_class, target, index)
            case NullTerminatedString() | StaticLengthString() | DynamicLengthString():
                self.string(field_class, target, index)
            case StaticLengthBlob() | DynamicLengthBlob():
                self.blob(field_class, target, index)
            case Structure():
                self.structure(field_class, target, index)
            case Array():
                self.array(field_class, target, index)
            case Optional():
                self.optional(field_class, target, index)
            case Variant():
                self.variant(field_class, target, index)
            case _:
                raise TypeError(field_class)

    def number(self, field_class: FixedLengthBitArray | VariableLengthInteger, target: Target, index: int) -> None:
        """Emit a number: one operation for its reading, and one more for each slot or role after the first."""
        slots, roles = list(getattr(field_class, "slots", ())), sorted(ROLES[role] for role in getattr(field_class, "roles", ()))
        read = fixed_length(field_class) if isinstance(field_class, FixedLengthBitArray) else variable_length(field_class)
        self.emit(read._replace(target=target, index=index, slot=slots.pop(0) if slots else NOWHERE,
                                role=roles.pop(0) if roles else RoleNumber.NO_ROLE))
        while slots or roles:
            self.emit(Operation(Code.STORE, size=read.size, slot=slots.pop(0) if slots else NOWHERE,
                                role=roles.pop(0) if roles else RoleNumber.NO_ROLE))
            self.barrier = len(self.operations)

    def string(self, field_class: FieldClass, target: Target, index: int) -> None:
        """Emit a string."""
        unit = field_class.encoding.unit
        flags = {1: 0, 2: Flag.UNIT_16, 4: Flag.UNIT_32}[unit] | (Flag.BIG if field_class.encoding.value.endswith("be") else 0)
        common = Operation(Code.STRING_NULL, 8, target=target, index=index, flags=flags)
        match field_class:
            case StaticLengthString():
                self.emit(common._replace(code=Code.STRING_STATIC, size=field_class.length))
            case DynamicLengthString():
                self.emit(common._replace(code=Code.STRING_DYNAMIC, key=slot_of(field_class.key)))
            case _:
                self.emit(common)

    def blob(self, field_class: StaticLengthBlob | DynamicLengthBlob, target: Target, index: int) -> None:
        """Emit a BLOB."""
        common = Operation(Code.BLOB_STATIC, 8, target=target, index=index, flags=0 if self.blobs else Flag.BYTE_ARRAY)
        if isinstance(field_class, DynamicLengthBlob):
            self.emit(common._replace(code=Code.BLOB_DYNAMIC, key=slot_of(field_class.key)))
        else:
            role = RoleNumber.UUID if Role.METADATA_STREAM_UUID in field_class.roles else RoleNumber.NO_ROLE
            self.emit(common._replace(size=field_class.length, role=role))

    def structure(self, structure: Structure, target: Target, index: int) -> None:
        """Emit a structure; one which nobody wants is only its members in a row."""
        if target == Target.NONE:
            self.align(structure.alignment)
            self.members(structure, [False] * len(structure.members))
            return
        owner = self.emit(Operation(Code.STRUCTURE, structure.alignment, target=target, index=index))
        self.barrier = len(self.operations)
        self.members(structure, [in_trace_ir(member) for member in structure.members])
        self.close(owner)

    def array(self, array: Array, target: Target, index: int) -> None:
        """Emit an array. Its element's size includes the padding between elements where that is known."""
        common = Operation(Code.ARRAY_DYNAMIC, array.alignment, target=target, index=index, least=least_size(array.element))
        if isinstance(array, StaticLengthArray):
            owner = self.emit(common._replace(code=Code.ARRAY_STATIC, size=array.length))
        else:
            assert isinstance(array, DynamicLengthArray)
            owner = self.emit(common._replace(key=slot_of(array.key)))
        self.body(owner, array.element, Target.ELEMENT if target else Target.NONE)

    def optional(self, optional: Optional, target: Target, index: int) -> None:
        """Emit an optional; without ranges its key is a boolean."""
        rows = [Row(unsigned(lower), unsigned(upper)) for lower, upper in optional.ranges or ()]
        owner = self.emit(Operation(Code.OPTIONAL, target=target, index=index, key=slot_of(optional.key),
                                    flags=key_flag(optional.key), table=len(self.table), rows=len(rows),
                                    size=optional.ranges is not None))
        self.table += rows
        self.body(owner, optional.content, Target.CONTENT if target else Target.NONE)

    def variant(self, variant: Variant, target: Target, index: int) -> None:
        """Emit a variant: its options' bodies in a row, found through the table."""
        ranges = [(number, lower, upper) for number, option in enumerate(variant.options) for lower, upper in option.ranges]
        first = len(self.table)
        owner = self.emit(Operation(Code.VARIANT, target=target, index=index, key=slot_of(variant.key),
                                    flags=key_flag(variant.key), table=first, rows=len(ranges)))
        self.table += [Row(0, 0)] * len(ranges)
        bodies = []
        for option in variant.options:
            self.barrier = begin = len(self.operations)
            self.field(option.field_class, Target.SELECTED if target else Target.NONE, 0)
            bodies.append((begin, len(self.operations)))
        self.close(owner)
        self.table[first:first + len(ranges)] = [Row(unsigned(lower), unsigned(upper), number, *bodies[number])
                                                 for number, lower, upper in ranges]


def observed(field_class: FieldClass) -> bool:
    """Return whether the decoder must read a field which nobody wants: a key field, or one with a role, is in it."""
    if getattr(field_class, "slots", ()) or getattr(field_class, "roles", ()):
        return True
    match field_class:
        case Structure():
            return any(observed(member.field_class) for member in field_class.members)
        case Array():
            return observed(field_class.element)
    return False


def slot_of(key: Key) -> int:
    """Return the slot of a resolved key."""
    return key.slot


def key_flag(key: Key) -> int:
    """Return the flag which tells how a selector is compared."""
    return Flag.KEY_SIGNED if key.kind is KeyKind.SIGNED else 0


def fixed_length(field_class: FixedLengthBitArray) -> Operation:
    """Return the reading of a fixed-length field."""
    length, alignment = field_class.length, field_class.alignment
    if not 1 <= length <= 64:
        raise TraceError(f"Cannot decode fixed-length field: length={length}, expected 1 to 64 bits")
    flags = (Flag.BIG if field_class.byte_order is ByteOrder.BIG else 0) | (Flag.REVERSED if field_class.reversed else 0)
    how = Set.BIT_ARRAY
    match field_class:
        case FixedLengthInteger(signed=True):
            how, flags = Set.SIGNED, flags | Flag.SIGNED
        case FixedLengthInteger():
            how = Set.UNSIGNED
        case FixedLengthBoolean():
            how = Set.BOOL
        case FixedLengthFloat():
            if length not in FLOATS:
                raise TraceError(f"Cannot decode floating point number: length={length}, expected 16, 32 or 64 bits")
            how = FLOATS[length]
    whole = alignment >= 8 and length in (8, 16, 32, 64) and not field_class.reversed
    return Operation(Code.BYTES if whole else Code.BITS, alignment, length, set=how, flags=flags)


def variable_length(field_class: VariableLengthInteger) -> Operation:
    """Return the reading of a LEB128 integer."""
    signed = field_class.signed
    return Operation(Code.LEB128, 8, set=Set.SIGNED if signed else Set.UNSIGNED, flags=Flag.SIGNED if signed else 0)
