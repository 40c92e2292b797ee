"""Sizes of field classes in bits, as far as they do not depend on data."""

from lttngx.ctf.model import (DynamicLengthArray, DynamicLengthBlob, DynamicLengthString, FieldClass, FixedLengthBitArray,
                              NullTerminatedString, Optional, StaticLengthArray, StaticLengthBlob, StaticLengthString,
                              Structure, VariableLengthInteger, Variant)


def round_up(bits: int, alignment: int) -> int:
    """Return the least multiple of `alignment` (a power of two) which is not below `bits`."""
    return (bits + alignment - 1) & -alignment


def fixed_size(field_class: FieldClass) -> int | None:
    """Return the bits a field takes from its aligned beginning, None if that varies from field to field."""
    match field_class:
        case FixedLengthBitArray():
            return field_class.length
        case StaticLengthString() | StaticLengthBlob():
            return 8 * field_class.length
        case StaticLengthArray():
            return array_size(field_class)
        case Structure():
            return structure_size(field_class)
    return None


def array_size(array: StaticLengthArray) -> int | None:
    """Return the fixed size of a static array, None if it has none. The last element has no padding after it."""
    size = fixed_size(array.element)
    if array.length == 0:
        return 0
    return None if size is None else round_up(size, array.element.alignment) * (array.length - 1) + size


def structure_size(structure: Structure) -> int | None:
    """Return the fixed size of a structure, None if it has none."""
    head = 0
    for member in structure.members:
        size = fixed_size(member.field_class)
        if size is None:
            return None
        head = round_up(head, member.field_class.alignment) + size
    return head


def least_size(field_class: FieldClass) -> int:
    """Return a lower bound of the bits a field takes, padding before it excluded."""
    size = fixed_size(field_class)
    if size is not None:
        return size
    match field_class:
        case VariableLengthInteger():
            return 8
        case NullTerminatedString():
            return 8 * field_class.encoding.unit
        case Structure():
            return sum(least_size(member.field_class) for member in field_class.members)
        case StaticLengthArray():
            return field_class.length * least_size(field_class.element)
        case Variant():
            return min((least_size(option.field_class) for option in field_class.options), default=0)
        case DynamicLengthArray() | DynamicLengthString() | DynamicLengthBlob() | Optional():
            return 0
    raise TypeError(field_class)
