"""Copies bt2 fields by a plan made once per class: the reference of `native.copying`, whose rules it shares.

A copier is a closure `copy(source field, target field)`.
"""

import struct
from collections.abc import Callable
from typing import Any

from lttngx.core import pseudonyms
from lttngx.core.classes import FieldClass, Kind
from lttngx.core.portable.fields import read_text
from lttngx.core.rewriting import Addition, Change, Position, Replacement, Slots

Copy = Callable[[Any, Any], None]
_MASK = 2**64 - 1
_SIGNED = (Kind.SIGNED, Kind.SIGNED_ENUM)
_INTEGERS = (Kind.UNSIGNED, Kind.UNSIGNED_ENUM, *_SIGNED, Kind.BIT_ARRAY)
_ARRAYS = (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY)


def copier(field_class: FieldClass, change: Change, position: Position = (), replacement: Replacement | None = None
           ) -> Copy:
    """Return what copies fields of a class into fields of its mirror. replacement: of what the field is inside."""
    replacement = change.replace.get(position, replacement)
    kind = field_class.kind
    if kind is Kind.STRUCTURE:
        return _structure(field_class, change, position, replacement)
    if kind is Kind.VARIANT:
        return _variant([copier(inner, change, position + (index,), replacement)
                         for index, (_, inner) in enumerate(field_class.members)])
    if kind is Kind.OPTION:
        return _option(copier(field_class.element, change, position + (0,), replacement))
    if kind in _ARRAYS:
        if replacement is not None and field_class.element.kind in _SCALARS:
            return _replaced_array(field_class, replacement)
        return _array(kind, copier(field_class.element, change, position + (0,), replacement))
    if kind is Kind.BLOB:
        return _blob(field_class, replacement)
    return _SCALARS.get(kind, _copy_text) if replacement is None else _replaced(field_class, replacement)


def filler(additions: tuple[Addition, ...], first: int) -> Callable[[Any, Slots | None, int], None]:
    """Return `fill(root structure, slots, cpu)`, which sets appended members; `first` is the index of the first one."""
    def fill(structure: Any, slots: Slots | None, cpu: int) -> None:
        for index, addition in enumerate(additions, first):
            field = structure.member_at_index(index)
            value = None if slots is None else slots.get(cpu, addition.column)
            if addition.optional:
                field.has_field = value is not None
                if value is None:
                    continue
                field = field.field
            set_value(field, addition.default if value is None else value)
    return fill


def set_value(field: Any, value: Any) -> None:
    """Set a scalar or string field; bytes are UTF-8."""
    if isinstance(value, bytes):
        # What bt2 cannot pass on is shown as U+FFFD.
        value = value.decode("utf-8", "replace")
    field.value = value


def _structure(field_class: FieldClass, change: Change, position: Position, replacement: Replacement | None) -> Copy:
    kept = [index for index in range(len(field_class.members)) if position + (index,) not in change.drop]
    members = [(index, target, copier(field_class.members[index][1], change, position + (index,), replacement))
               for target, index in enumerate(kept)]

    def copy(source: Any, target: Any) -> None:
        for index, place, copy_member in members:
            copy_member(source.member_at_index(index), target.member_at_index(place))
    return copy


def _variant(options: list[Copy]) -> Copy:
    def copy(source: Any, target: Any) -> None:
        index = source.selected_option_index
        target.selected_option_index = index
        options[index](source.selected_option, target.selected_option)
    return copy


def _option(content: Copy) -> Copy:
    def copy(source: Any, target: Any) -> None:
        target.has_field = source.has_field
        if source.has_field:
            content(source.field, target.field)
    return copy


def _array(kind: Kind, element: Copy) -> Copy:
    def copy(source: Any, target: Any) -> None:
        if kind is Kind.DYNAMIC_ARRAY:
            target.length = len(source)
        for index in range(len(source)):
            element(source[index], target[index])
    return copy


def _copy_text(source: Any, target: Any) -> None:
    set_value(target, read_text(source))


def _copy_bits(source: Any, target: Any) -> None:
    target.value_as_integer = source.value_as_integer


def _copy_as(convert: Callable[[Any], Any]) -> Copy:
    def copy(source: Any, target: Any) -> None:
        target.value = convert(source)
    return copy


_SCALARS: dict[Kind, Copy] = {
    Kind.BOOL: _copy_as(bool),
    Kind.BIT_ARRAY: _copy_bits,
    Kind.UNSIGNED: _copy_as(int),
    Kind.SIGNED: _copy_as(int),
    Kind.UNSIGNED_ENUM: _copy_as(int),
    Kind.SIGNED_ENUM: _copy_as(int),
    Kind.SINGLE: _copy_as(float),
    Kind.DOUBLE: _copy_as(float),
}


def _replaced(field_class: FieldClass, replacement: Replacement) -> Copy:
    """Return what sets a scalar or string field to its replacement."""
    key = replacement.key
    if field_class.kind is Kind.STRING:
        if key is None:
            return lambda source, target: set_value(target, replacement.text.encode("utf-8", "surrogateescape"))
        return lambda source, target: set_value(target, pseudonyms.of_text(key, read_text(source)))
    fit = _fit(field_class, replacement)
    read = _word(field_class.kind)
    if key is None:
        return lambda source, target: fit(target, 0)
    return lambda source, target: fit(target, pseudonyms.siphash(key, read(source)))


def _replaced_array(field_class: FieldClass, replacement: Replacement) -> Copy:
    """Return what replaces the elements of an array of scalars by hashes of the array as a whole."""
    key, element = replacement.key, field_class.element
    fit, read = _fit(element, replacement), _word(element.kind)

    def copy(source: Any, target: Any) -> None:
        if field_class.kind is Kind.DYNAMIC_ARRAY:
            target.length = len(source)
        seed = 0 if key is None else pseudonyms.seed_of(key, map(read, source))
        hashes = pseudonyms.blocks(key, seed) if key is not None else None
        for index in range(len(source)):
            fit(target[index], 0 if hashes is None else next(hashes))
    return copy


def _blob(field_class: FieldClass, replacement: Replacement | None) -> Copy:
    def copy(source: Any, target: Any) -> None:
        data = bytes(source.data)
        if field_class.length is None:
            target.length = len(data)
        if data:
            memoryview(target.data)[:] = data if replacement is None else _replaced_bytes(data, replacement)
    return copy


def _replaced_bytes(data: bytes, replacement: Replacement) -> bytes:
    if replacement.key is None:
        return bytes([replacement.number & 255]) * len(data)
    hashes = pseudonyms.blocks(replacement.key, pseudonyms.siphash(replacement.key, data))
    return b"".join(next(hashes).to_bytes(8, "little") for _ in range(0, len(data), 8))[:len(data)]


def _word(kind: Kind) -> Callable[[Any], bytes]:
    """Return what reads the 8 bytes which are hashed of a scalar field."""
    if kind in (Kind.SINGLE, Kind.DOUBLE):
        return lambda field: struct.pack("<d", float(field))
    if kind is Kind.BIT_ARRAY:
        return lambda field: struct.pack("<Q", field.value_as_integer)
    return lambda field: struct.pack("<Q", int(field) & _MASK)


def _fit(field_class: FieldClass, replacement: Replacement) -> Callable[[Any, int], None]:
    """Return what sets a scalar field to its constant, or to a hash fitted to its range."""
    kind, constant = field_class.kind, replacement.key is None
    mask = (1 << (field_class.bits - (kind in _SIGNED))) - 1
    number = replacement.number

    def fit(target: Any, hashed: int) -> None:
        if kind is Kind.BOOL:
            target.value = constant and number != 0
        elif kind is Kind.BIT_ARRAY:
            target.value_as_integer = number & _MASK if constant else hashed & mask
        elif kind in _INTEGERS:
            target.value = number if constant else hashed & mask
        else:
            target.value = float(number) if constant else (hashed >> 11) / (1 << 53)
    return fit
