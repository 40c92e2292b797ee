"""Whole messages as plain values, for comparing what comes out of two graphs: classes, properties, fields, times.

Addresses and the identity of objects are left out; everything else that trace IR tells is in.
"""

from typing import Any

import bt2

from lttngx.bt.parameters import plain
from lttngx.core.portable import classes
from lttngx.core.portable.extract import converter


def message(message: Any) -> tuple:
    """Return a message as nested tuples and dicts."""
    kind = type(message).__name__
    if isinstance(message, bt2._EventMessageConst):
        return kind, event(message.event), _time(message, message.event.stream)
    if kind.startswith("_Packet"):
        return kind, packet(message.packet), _packet_time(message)
    if kind.startswith("_Stream"):
        return kind, stream(message.stream), _time(message, message.stream)
    if kind.startswith("_Discarded"):
        return kind, stream(message.stream), message.count, _times(message)
    return kind, clock(message.clock_snapshot.clock_class), message.clock_snapshot.value


def event(event: Any) -> dict[str, Any]:
    scopes = ("common_context_field", "specific_context_field", "payload_field")
    return {"class": event_class(event.cls), "stream": stream(event.stream),
            "packet": None if event.packet is None else packet(event.packet),
            **{name: field(getattr(event, name)) for name in scopes}}


def field(field: Any) -> Any:
    return None if field is None else converter(classes.field_class_of(field.cls))(field)


def packet(packet: Any) -> tuple:
    return stream(packet.stream), field(packet.context_field)


def stream(stream: Any) -> dict[str, Any]:
    trace = stream.trace
    return {"id": stream.id, "name": stream.name, "attributes": plain(stream.user_attributes),
            "class": stream_class(stream.cls), "trace": classes.trace_of(trace), "trace attributes": plain(trace.user_attributes),
            "trace class attributes": plain(trace.cls.user_attributes), "streams": sorted(trace)}


def stream_class(stream_class: Any) -> dict[str, Any]:
    names = [name for name in dir(stream_class) if name.startswith(("supports", "packets_have", "discarded"))]
    clock_class = stream_class.default_clock_class
    return {"id": stream_class.id, "name": stream_class.name, "attributes": plain(stream_class.user_attributes),
            "clock": None if clock_class is None else clock(clock_class), "event classes": sorted(stream_class),
            **{name: getattr(stream_class, name) for name in names},
            **{name: field_class(getattr(stream_class, name))
               for name in ("packet_context_field_class", "event_common_context_field_class")}}


def clock(clock_class: Any) -> tuple:
    names = ("name", "frequency", "description", "precision", "origin_is_unix_epoch", "uuid")
    return (*[getattr(clock_class, name) for name in names], clock_class.offset.seconds, clock_class.offset.cycles,
            plain(clock_class.user_attributes))


def event_class(event_class: Any) -> tuple:
    return classes.event_class_of(event_class), plain(event_class.user_attributes), [
        field_class(getattr(event_class, name)) for name in ("specific_context_field_class", "payload_field_class")]


def field_class(field_class: Any) -> Any:
    """Return a field class with the user attributes, selector ranges and the like, which FieldClass leaves out."""
    if field_class is None:
        return None
    extra = [plain(field_class.user_attributes)]
    for name in ("ranges", "selector_is_reversed"):
        if hasattr(type(field_class), name):
            extra.append(_ranges(getattr(field_class, name)))
    inner: list[Any] = []
    if isinstance(field_class, bt2._StructureFieldClassConst):
        inner = [field_class.member_at_index(index) for index in range(len(field_class))]
    elif isinstance(field_class, bt2._VariantFieldClassConst):
        inner = [field_class.option_at_index(index) for index in range(len(field_class))]
    return classes.field_class_of(field_class), extra, [
        (one.name, plain(one.user_attributes), _ranges(getattr(one, "ranges", None)), globals()["field_class"](one.field_class))
        for one in inner]


def _ranges(ranges: Any) -> Any:
    return ranges if ranges is None or isinstance(ranges, bool) else [(one.lower, one.upper) for one in ranges]


def _time(message: Any, stream: Any) -> int | None:
    return None if stream.cls.default_clock_class is None else getattr(message.default_clock_snapshot, "value", None)


def _packet_time(message: Any) -> int | None:
    stream_class = message.packet.stream.cls
    timed = (stream_class.packets_have_beginning_default_clock_snapshot if "Beginning" in type(message).__name__
             else stream_class.packets_have_end_default_clock_snapshot)
    return message.default_clock_snapshot.value if timed else None


def _times(message: Any) -> tuple | None:
    stream_class = message.stream.cls
    timed = (stream_class.discarded_events_have_default_clock_snapshots if "Events" in type(message).__name__
             else stream_class.discarded_packets_have_default_clock_snapshots)
    return (message.beginning_default_clock_snapshot.value, message.end_default_clock_snapshot.value) if timed else None
