"""Decoding plans: merged skips, slots and roles, bodies; sizes; the binary interface with the compiled decoder."""

import pytest

from lttngx.core.native import decode_run
from lttngx.ctf import operations
from lttngx.ctf.model import (ByteOrder, DynamicLengthArray, FixedLengthUnsignedInteger, Key, KeyKind, Location, Member,
                              NullTerminatedString, Role, StaticLengthArray, StaticLengthString, Structure, natural)
from lttngx.ctf.operations import Code, Operation, Target
from lttngx.ctf.plan import MAX_DEPTH, compile_root
from lttngx.ctf.reader import joined
from lttngx.ctf.sizes import fixed_size, least_size
from lttngx.errors import TraceError


def uint(length, alignment=1, **more):
    return FixedLengthUnsignedInteger(length=length, byte_order=ByteOrder.LITTLE, bit_order=natural(ByteOrder.LITTLE),
                                      alignment=alignment, **more)


def struct_of(*classes):
    return Structure(members=tuple(Member(f"m{number}", one) for number, one in enumerate(classes)))


def test_the_compiled_decoder_uses_the_same_numbers():
    for name, numbers in decode_run.interface().items():
        assert numbers == [item.value for item in getattr(operations, name)], name


def test_unwanted_fields_of_fixed_size_become_one_skip():
    """32 bits, 8 bits at 40 after padding of 0, 16 bits aligned at 48, 3 bytes of text at 64: 88 bits."""
    root = struct_of(uint(32, 8), uint(5), uint(3), uint(16, 16), StaticLengthString(length=3))
    program = compile_root(root, [False] * 5)
    assert program.operations == (Operation(Code.SKIP, 16, 88),)


def test_a_greater_alignment_begins_a_new_skip():
    program = compile_root(Structure(members=struct_of(uint(3), uint(8)).members), [False] * 2)
    assert program.operations == (Operation(Code.SKIP, 1, 11),)
    inner = struct_of(NullTerminatedString(), uint(3), uint(8, 32), uint(1))
    codes = [(one.code, one.align, one.size) for one in compile_root(inner, [False] * 4).operations]
    assert codes == [(Code.SKIP, 32, 0), (Code.STRING_NULL, 8, 0), (Code.SKIP, 1, 3), (Code.SKIP, 32, 9)]


def test_keys_and_roles_are_read_even_if_unwanted():
    root = struct_of(uint(8, slots=(4, 6)), uint(8, roles=frozenset({Role.EVENT_RECORD_CLASS_ID})), uint(8))
    codes = [(one.code, one.slot, one.role, one.target) for one in compile_root(root, [False] * 3).operations]
    assert codes == [(Code.BITS, 4, 0, 0), (Code.STORE, 6, 0, 0), (Code.BITS, -1, operations.RoleNumber.EVENT_CLASS_ID, 0),
                     (Code.SKIP, -1, 0, 0)]


def test_member_indexes_are_those_of_trace_ir():
    root = struct_of(uint(8, 8), uint(8, 8), uint(8, 8))
    found = [(one.code, one.target, one.index) for one in compile_root(root, [False, True, True]).operations]
    assert found == [(Code.SKIP, 0, 0), (Code.BYTES, Target.MEMBER, 0), (Code.BYTES, Target.MEMBER, 1)]


def test_skips_do_not_merge_into_a_body():
    key = Key(0, KeyKind.UNSIGNED, (), Location(None, ("m0",)))
    root = struct_of(uint(8, slots=(0,)), DynamicLengthArray(element=uint(3), key=key), uint(2))
    program = compile_root(root, [False] * 3)
    assert [(one.code, one.size, one.next) for one in program.operations] == [
        (Code.BITS, 8, 0), (Code.ARRAY_DYNAMIC, 0, 3), (Code.SKIP, 3, 0), (Code.SKIP, 2, 0)]


def test_joined_programs_keep_their_bodies():
    key = Key(0, KeyKind.UNSIGNED, (), Location(None, ("m0",)))
    one = compile_root(struct_of(uint(8, slots=(0,)), DynamicLengthArray(element=NullTerminatedString(), key=key)), [True, True])
    both = joined([one, one])
    size = len(one.operations)
    assert both.operations[:size] == one.operations
    assert [op.next for op in both.operations[size:] if op.code == Code.ARRAY_DYNAMIC] == [2 * size]


@pytest.mark.parametrize("field_class,size,least", [
    (uint(5), 5, 5), (StaticLengthArray(element=uint(5, 8), length=3), 21, 21), (StaticLengthArray(element=uint(5), length=0), 0, 0),
    (struct_of(uint(1), uint(8, 8)), 16, 16), (NullTerminatedString(), None, 8),
    (struct_of(uint(1), NullTerminatedString()), None, 9)])
def test_sizes(field_class, size, least):
    assert (fixed_size(field_class), least_size(field_class)) == (size, least)


def test_nesting_is_bounded():
    inner = NullTerminatedString()
    for _ in range(MAX_DEPTH + 1):
        inner = struct_of(inner)
    with pytest.raises(TraceError, match="nesting-depth"):
        compile_root(inner, [True])


@pytest.mark.parametrize("length", [0, 65])
def test_lengths_beyond_64_bits_are_refused(length):
    with pytest.raises(TraceError, match="expected 1 to 64 bits"):
        compile_root(struct_of(uint(length)), [True])
