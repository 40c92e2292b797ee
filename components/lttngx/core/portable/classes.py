"""Builds the plain objects of `lttngx.core.classes` from bt2 event classes and streams.

Rule: field classes are told apart by the base classes which bt2 2.0 and 2.1 both have; all other names differ.
"""

from collections.abc import Callable
from typing import Any

import bt2
from bt2 import field_class as field_classes

from lttngx.core.classes import ClockClass, EventClass, FieldClass, Kind, Scope, Stream, Trace

# The first that fits; enumerations come before the integers they are.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("_BoolFieldClassConst", Kind.BOOL),
    ("_BitArrayFieldClassConst", Kind.BIT_ARRAY),
    ("_UnsignedEnumerationFieldClassConst", Kind.UNSIGNED_ENUM),
    ("_SignedEnumerationFieldClassConst", Kind.SIGNED_ENUM),
    ("_UnsignedIntegerFieldClassConst", Kind.UNSIGNED),
    ("_SignedIntegerFieldClassConst", Kind.SIGNED),
    ("_SinglePrecisionRealFieldClassConst", Kind.SINGLE),
    ("_DoublePrecisionRealFieldClassConst", Kind.DOUBLE),
    ("_StringFieldClassConst", Kind.STRING),
    ("_StaticArrayFieldClassConst", Kind.STATIC_ARRAY),
    ("_DynamicArrayFieldClassConst", Kind.DYNAMIC_ARRAY),
    ("_StructureFieldClassConst", Kind.STRUCTURE),
    ("_OptionFieldClassConst", Kind.OPTION),
    ("_VariantFieldClassConst", Kind.VARIANT),
    ("_BlobFieldClassConst", Kind.BLOB),  # from 2.1 on
)


def event_class_of(event_class: Any) -> EventClass:
    """Return the EventClass of a bt2 event class."""
    stream_class, level = event_class.stream_class, event_class.log_level
    scopes = (stream_class.packet_context_field_class, stream_class.event_common_context_field_class,
              event_class.specific_context_field_class, event_class.payload_field_class)
    return EventClass(event_class.name, event_class.id, None if level is None else int(getattr(level, "value", level)),
                      event_class.emf_uri, tuple(None if scope is None else field_class_of(scope) for scope in scopes))


def stream_of(stream: Any, mip: int | None = 0) -> Stream:
    """Return the Stream of a bt2 stream; `mip` is the graph's message interchange protocol version, None: ask the trace."""
    if mip is None:
        # Babeltrace 2.0 has version 0 only, and no such attribute.
        mip = getattr(stream.trace, "graph_mip_version", 0)
    stream_class = stream.cls
    clock_class = stream_class.default_clock_class
    return Stream(stream.id, stream.name, stream_class.id, stream_class.name,
                  None if clock_class is None else clock_class.name or "", trace_of(stream.trace, mip),
                  clock_class is None or bool(clock_class.origin_is_unix_epoch),
                  None if clock_class is None else clock_class_of(clock_class, mip))


def clock_class_of(clock_class: Any, mip: int = 0) -> ClockClass:
    """Return the ClockClass of a bt2 clock class."""
    common = {
        "name": clock_class.name, "frequency": clock_class.frequency, "offset_seconds": clock_class.offset.seconds,
        "offset_cycles": clock_class.offset.cycles, "precision": clock_class.precision,
        "description": clock_class.description, "unix_epoch": bool(clock_class.origin_is_unix_epoch)}
    if not mip:
        return ClockClass(uid=None if clock_class.uuid is None else str(clock_class.uuid), **common)
    origin = clock_class.origin
    known = isinstance(origin, bt2.ClockOrigin)
    return ClockClass(uid=clock_class.uid, namespace=clock_class.namespace, accuracy=clock_class.accuracy,
                      origin=(origin.namespace, origin.name, origin.uid) if known else None, **common)


def trace_of(trace: Any, mip: int = 0) -> Trace:
    """Return the Trace of a bt2 trace; asking for the UUID aborts the process in a MIP 1 graph."""
    uuid = trace.uid if mip else trace.uuid
    environment = {name: str(value) if isinstance(value, bt2._StringValueConst) else int(value)
                   for name, value in trace.environment.items()}
    return Trace(trace.name, None if uuid is None else str(uuid), environment)


def field_class_of(field_class: Any) -> FieldClass:
    """Return the FieldClass of a bt2 field class."""
    kind = next((kind for name, kind in _KINDS if _is(field_class, name) or _is(field_class, name[:-len("Const")])), None)
    if kind is None:
        raise NotImplementedError(f"Cannot describe a field class: type={type(field_class).__name__}")
    return FieldClass(kind, **_DETAILS.get(kind, lambda field_class: {})(field_class))


def _is(field_class: Any, name: str) -> bool:
    """Return whether a field class is of a bt2 class. In 2.0 the writable class of double-precision reals, which some
    attributes of upstream objects give too, does not derive from the read-only one."""
    return isinstance(field_class, getattr(field_classes, name, ()))


def _integer(field_class: Any) -> dict[str, Any]:
    return {"bits": field_class.field_value_range, "base": int(field_class.preferred_display_base)}


def _enumeration(field_class: Any) -> dict[str, Any]:
    labels = tuple((label, tuple((int(values.lower), int(values.upper)) for values in field_class[label].ranges))
                   for label in field_class)
    return {**_integer(field_class), "labels": labels}


def _array(field_class: Any) -> dict[str, Any]:
    return {"element": field_class_of(field_class.element_field_class)}


def _dynamic_array(field_class: Any) -> dict[str, Any]:
    return {**_array(field_class), "link": link_of(field_class)}


def _static_array(field_class: Any) -> dict[str, Any]:
    return {**_array(field_class), "length": field_class.length}


def _structure(field_class: Any) -> dict[str, Any]:
    return {"members": tuple((member.name, field_class_of(member.field_class)) for member in
                             map(field_class.member_at_index, range(len(field_class))))}


def _variant(field_class: Any) -> dict[str, Any]:
    return {"members": tuple((option.name, field_class_of(option.field_class)) for option in
                             map(field_class.option_at_index, range(len(field_class)))),
            "link": link_of(field_class)}


def _option(field_class: Any) -> dict[str, Any]:
    return {"element": field_class_of(field_class.field_class), "link": link_of(field_class)}


def _blob(field_class: Any) -> dict[str, Any]:
    length = getattr(field_class, "length", None)
    return {"length": length, "link": link_of(field_class) if length is None else None}


def link_of(field_class: Any) -> tuple[Scope, tuple[int | str, ...]] | None:
    """Return where the length or selector field of a bt2 field class is, None if it has none."""
    if getattr(field_class, "graph_mip_version", 0):
        location = _first(field_class, "length_field_location", "selector_field_location")
        return None if location is None else (Scope(getattr(location.root_scope, "value", location.root_scope)),
                                              tuple(map(str, location)))
    path = _first(field_class, "length_field_path", "selector_field_path")
    return None if path is None else (Scope(getattr(path.root_scope, "value", path.root_scope)),
                                      tuple(getattr(item, "index", 0) for item in path))


def _first(field_class: Any, *names: str) -> Any:
    """Return the first of these attributes which the field class has, None if it has none of them."""
    return next((getattr(field_class, name) for name in names if hasattr(type(field_class), name)), None)


_DETAILS: dict[Kind, Callable[[Any], dict[str, Any]]] = {
    Kind.BIT_ARRAY: lambda field_class: {"bits": field_class.length},
    Kind.UNSIGNED: _integer,
    Kind.SIGNED: _integer,
    Kind.UNSIGNED_ENUM: _enumeration,
    Kind.SIGNED_ENUM: _enumeration,
    Kind.STATIC_ARRAY: _static_array,
    Kind.DYNAMIC_ARRAY: _dynamic_array,
    Kind.STRUCTURE: _structure,
    Kind.OPTION: _option,
    Kind.VARIANT: _variant,
    Kind.BLOB: _blob,
}
