"""Packets as events of traces of their own: a stream for each data stream, one for the rotations of each recording.

The traces have the environment and the clock of those which the packets are of; a stream ends when all do.
"""

from typing import Any

import bt2

from lttngx.packets.record import Packet, Record, Rotation, Stream, Trace

PACKET, ROTATION = "packet:end", "session:rotation"
TEXT, INTEGER, REAL = "string", "signed_integer", "double_precision_real"
_STREAM = {"hostname": TEXT, "session": TEXT, "domain": TEXT}
PACKET_FIELDS = _STREAM | {
    "owner": TEXT, "channel": TEXT, "cpu": INTEGER, "chunk": INTEGER, "packet_size": INTEGER, "content_size": INTEGER, "fill": REAL,
    "begin": INTEGER, "end": INTEGER, "sequence": INTEGER, "lost_packets": INTEGER, "discarded": INTEGER, "discarded_total": INTEGER}
ROTATION_FIELDS = _STREAM | {"chunk": INTEGER, "path": TEXT, "end": INTEGER, "packets": INTEGER, "packet_size": INTEGER}


class _TraceIr:
    """The trace IR objects of one trace."""

    def __init__(self, component: Any, trace: Trace, protocol: int) -> None:
        self.clock = trace.clock
        trace_class = component._create_trace_class()
        clock_class = _clock_class(component, trace.blueprint, protocol)
        self.trace = trace_class(environment=dict(trace.environment))
        self.packets = trace_class.create_stream_class(name="packets", default_clock_class=clock_class)
        self.rotations = trace_class.create_stream_class(name="rotations", default_clock_class=clock_class)
        self.packet = self.packets.create_event_class(name=PACKET, payload_field_class=_payload(trace_class, PACKET_FIELDS))
        self.rotation = self.rotations.create_event_class(
            name=ROTATION, payload_field_class=_payload(trace_class, ROTATION_FIELDS))


def _payload(trace_class: Any, fields: dict[str, str]) -> Any:
    payload = trace_class.create_structure_field_class()
    payload += [(name, getattr(trace_class, f"create_{kind}_field_class")()) for name, kind in fields.items()]
    return payload


def _clock_class(component: Any, blueprint: Any, protocol: int) -> Any:
    """Return a clock class like the blueprint's. Protocol 0 knows it by a UUID, protocol 1 by name space, name and UID."""
    if protocol:
        identity = {"namespace": blueprint.namespace, "uid": blueprint.uid}
    else:
        from uuid import UUID
        identity = {} if blueprint.uuid is None else {"uuid": UUID(bytes=blueprint.uuid)}
    return component._create_clock_class(
        frequency=blueprint.frequency, name=blueprint.name, description=blueprint.description, precision=blueprint.precision,
        offset=bt2.ClockClassOffset(blueprint.offset_seconds, blueprint.offset_cycles),
        origin_is_unix_epoch=blueprint.unix_epoch, **identity)


class PacketEvents:
    """Makes the messages of a message iterator. late: events whose time was put off, as a later one had been given already."""

    def __init__(self, component: Any, iterator: Any, protocol: int) -> None:
        self._component, self._iterator, self._protocol = component, iterator, protocol
        self._traces: dict[Trace, _TraceIr] = {}
        self._streams: dict[Any, Any] = {}
        self._last_ns: int | None = None
        self.late = 0

    def messages(self, record: Record) -> list[Any]:
        """Return the messages of a record: its event, behind the beginning of its stream where that is new."""
        ir = self._traces.get(record.stream.trace)
        if ir is None:
            ir = self._traces[record.stream.trace] = _TraceIr(self._component, record.stream.trace, self._protocol)
        if isinstance(record, Packet):
            return self._event(ir, ir.packet, record, record.stream, ir.packets, packet_values(record))
        return self._event(ir, ir.rotation, record, ir, ir.rotations, rotation_values(record))

    def ends(self) -> list[Any]:
        """Return the end messages of all streams."""
        return [self._iterator._create_stream_end_message(stream) for stream in self._streams.values()]

    def _event(self, ir: _TraceIr, event_class: Any, record: Record, key: Any, stream_class: Any, values: dict[str, Any]) -> list[Any]:
        made = []
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = ir.trace.create_stream(stream_class, name=_name(key))
            made.append(self._iterator._create_stream_beginning_message(stream))
        message = self._iterator._create_event_message(event_class, stream, default_clock_snapshot=ir.clock.value(self._time(record)))
        payload = message.event.payload_field
        for name, value in values.items():
            payload[name] = value
        return [*made, message]

    def _time(self, record: Record) -> int:
        if self._last_ns is not None and record.end_ns < self._last_ns:
            self.late += 1
        else:
            self._last_ns = record.end_ns
        return self._last_ns


def _name(key: Any) -> str:
    if not isinstance(key, Stream):
        return "rotations"
    return "/".join(part for part in (key.session, key.domain, key.owner, f"{key.channel}_{key.cpu}") if part)


def packet_values(packet: Packet) -> dict[str, Any]:
    """Return the payload of a packet's event."""
    stream = packet.stream
    values = (stream.hostname, stream.session, stream.domain, stream.owner, stream.channel, stream.cpu, packet.chunk, packet.packet_size,
              packet.content_size, packet.content_size / packet.packet_size, packet.begin_ns, packet.end_ns, *packet[6:])
    return dict(zip(PACKET_FIELDS, values))


def rotation_values(rotation: Rotation) -> dict[str, Any]:
    """Return the payload of a rotation's event."""
    stream = rotation.stream
    return dict(zip(ROTATION_FIELDS, (stream.hostname, stream.session, stream.domain, *rotation[1:])))
