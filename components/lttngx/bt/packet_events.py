"""Packets as events of traces of their own: a stream for each data stream, one for the rotations of each recording.

The traces have the environment and the clock of those which the packets are of; a stream ends when all do. These streams' events
are in packets too, whose times are those of their first and last event: CTF written of a stream whose packets have no times makes
Babeltrace 2.1.1 abort when it reads it again.
"""

from typing import Any

import bt2

from lttngx.core.injecting import PACKET_EVENTS
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
        self.packets = _stream_class(trace_class, "packets", clock_class)
        self.rotations = _stream_class(trace_class, "rotations", clock_class)
        self.packet = self.packets.create_event_class(name=PACKET, payload_field_class=_payload(trace_class, PACKET_FIELDS))
        self.rotation = self.rotations.create_event_class(
            name=ROTATION, payload_field_class=_payload(trace_class, ROTATION_FIELDS))


def _stream_class(trace_class: Any, name: str, clock_class: Any) -> Any:
    return trace_class.create_stream_class(
        name=name, default_clock_class=clock_class, supports_packets=True, packets_have_beginning_default_clock_snapshot=True,
        packets_have_end_default_clock_snapshot=True)


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


class _OpenStream:
    """A stream which has begun: makes the messages in it."""

    def __init__(self, iterator: Any, stream: Any, clock: Any) -> None:
        self._iterator, self._stream, self._clock = iterator, stream, clock
        self._packet: Any = None
        self._events = 0

    def event(self, event_class: Any, values: dict[str, Any], time_ns: int) -> list[Any]:
        """Return the messages of an event: with it a packet may begin or end."""
        now, made = self._clock.value(time_ns), []
        if self._packet is None:
            self._packet, self._events = self._stream.create_packet(), 0
            made.append(self._iterator._create_packet_beginning_message(self._packet, now))
        message = self._iterator._create_event_message(event_class, self._packet, default_clock_snapshot=now)
        payload = message.event.payload_field
        for name, value in values.items():
            payload[name] = value
        self._events += 1
        return [*made, message, *(self._packet_end(now) if self._events == PACKET_EVENTS else ())]

    def end(self, time_ns: int) -> list[Any]:
        """Return the messages which end the open packet and the stream."""
        return [*self._packet_end(self._clock.value(time_ns)), self._iterator._create_stream_end_message(self._stream)]

    def _packet_end(self, now: int) -> list[Any]:
        if self._packet is None:
            return []
        packet, self._packet = self._packet, None
        return [self._iterator._create_packet_end_message(packet, now)]


class PacketEvents:
    """Makes the messages of a message iterator. late: events whose time was put off, as a later one had been given already."""

    def __init__(self, component: Any, iterator: Any, protocol: int) -> None:
        self._component, self._iterator, self._protocol = component, iterator, protocol
        self._traces: dict[Trace, _TraceIr] = {}
        self._streams: dict[Any, _OpenStream] = {}
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
        """Return the messages which end all streams."""
        return [message for stream in self._streams.values() for message in stream.end(self._last_ns)]

    def _event(self, ir: _TraceIr, event_class: Any, record: Record, key: Any, stream_class: Any, values: dict[str, Any]) -> list[Any]:
        made = []
        opened = self._streams.get(key)
        if opened is None:
            stream = ir.trace.create_stream(stream_class, name=_name(key))
            opened = self._streams[key] = _OpenStream(self._iterator, stream, ir.clock)
            made.append(self._iterator._create_stream_beginning_message(stream))
        return made + opened.event(event_class, values, self._time(record))

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
