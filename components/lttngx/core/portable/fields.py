"""Reading the fields of bt2 event messages along field paths.

A reader is made once per path; it gives a value as `core.values` represents them, MISSING where the field is absent.
Only attributes of bt2's field objects are used, so bt2 itself is not imported here.
"""

from collections.abc import Callable
from typing import Any

from lttngx.core.classes import FieldClass, FieldPath, Kind, Scope, Step
from lttngx.core.values import MISSING, OPAQUE, Elements, Value, signed

Reader = Callable[[Any], Value]
Getter = Callable[[Any], Any]


def reader(path: FieldPath, text: bool = False) -> Reader:
    """Return `read(message)`, the value of the field at `path` of a bt2 event message, MISSING if it is absent.

    text: read an array of 8-bit integers as a string which ends at its first zero byte.
    """
    walk, read = walker(path), _text_of_array if text else value_reader(path.field_class)

    def read_path(message: Any) -> Value:
        field = walk(message)
        return MISSING if field is None else read(field)
    return read_path


def walker(path: FieldPath) -> Getter:
    """Return `walk(message)`, the bt2 field at `path` of a bt2 event message (the int of a BLOB's byte), None if it is absent."""
    steps = tuple(_STEPS[step.kind](step) for step in path.steps)
    root = _ROOTS[path.scope]

    def walk(message: Any) -> Any:
        field = root(message.event)
        for step in steps:
            if field is None:
                return None
            field = step(field)
        return field
    return walk


def value_reader(field_class: FieldClass) -> Reader:
    """Return `read(field)`, the value of a bt2 field of that class."""
    if field_class.kind in (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY):
        element = value_reader(field_class.element)
        return lambda field: Elements(field, element)
    return _VALUES.get(field_class.kind, lambda field: OPAQUE)


def read_text(field: Any) -> bytes:
    """Return a bt2 string field's bytes.

    Babeltrace 2.0.4 leaves an earlier text behind an empty string: the length alone tells.
    """
    return str(field).encode("utf-8", "surrogateescape")[:len(field)]


def read_time(message: Any) -> Value:
    """Return a bt2 message's default clock snapshot in ns from origin, MISSING without a clock or on overflow."""
    try:
        return message.default_clock_snapshot.ns_from_origin
    except (ValueError, OverflowError):
        return MISSING


def _packet_context(event: Any) -> Any:
    packet = event.packet
    return None if packet is None else packet.context_field


_ROOTS: dict[Scope, Getter] = {
    Scope.PACKET_CONTEXT: _packet_context,
    Scope.COMMON_CONTEXT: lambda event: event.common_context_field,
    Scope.SPECIFIC_CONTEXT: lambda event: event.specific_context_field,
    Scope.PAYLOAD: lambda event: event.payload_field,
}


def _member(step: Step) -> Getter:
    return lambda field: field.member_at_index(step.index)


def _element(step: Step) -> Getter:
    index = step.index

    def get(field: Any) -> Any:
        length = len(field)
        return field[index if index >= 0 else length + index] if -length <= index < length else None
    return get


def _byte(step: Step) -> Getter:
    element = _element(step)
    return lambda field: element(memoryview(field.data))


def _content(step: Step) -> Getter:
    return lambda field: field.field


def _option(step: Step) -> Getter:
    return lambda field: field.selected_option if field.selected_option_index == step.index else None


_STEPS: dict[Kind, Callable[[Step], Getter]] = {
    Kind.STRUCTURE: _member,
    Kind.STATIC_ARRAY: _element,
    Kind.DYNAMIC_ARRAY: _element,
    Kind.BLOB: _byte,
    Kind.OPTION: _content,
    Kind.VARIANT: _option,
}


def _text_of_array(field: Any) -> bytes:
    return bytes(int(element) & 0xFF for element in field).partition(b"\0")[0]


def _integer(field: Any) -> int:
    return signed(int(field))


_VALUES: dict[Kind, Reader] = {
    Kind.BOOL: lambda field: int(bool(field)),
    Kind.BIT_ARRAY: lambda field: signed(field.value_as_integer),
    Kind.UNSIGNED: _integer,
    Kind.SIGNED: _integer,
    Kind.UNSIGNED_ENUM: _integer,
    Kind.SIGNED_ENUM: _integer,
    Kind.SINGLE: float,
    Kind.DOUBLE: float,
    Kind.STRING: read_text,
    Kind.BLOB: lambda field: memoryview(field.data),
}
