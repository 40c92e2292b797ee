"""Packets as events of traces of their own: a stream for each data stream, one for the rotations of each recording.

The traces have the environment and the clock of those which the packets are of; a stream ends when all do. These streams' events
are in packets too, whose times are those of their first and last event: CTF written of a stream whose packets have no times makes
Babeltrace 2.1.1 abort when it reads it again.
"""

from typing import Any

import bt2

from lttngx.bt.injecting import FIELD_CLASSES
from lttngx.bt.iterators import injector
from lttngx.core.classes import Kind
from lttngx.core.injecting import PACKET_EVENTS
from lttngx.packets.record import Packet, Record, Stream, Trace

PACKET, ROTATION = "packet:end", "session:rotation"
TEXT, INTEGER, REAL = Kind.STRING, Kind.SIGNED, Kind.DOUBLE
_STREAM: dict[str, Kind] = {"hostname": TEXT, "session": TEXT, "domain": TEXT}
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


def _payload(trace_class: Any, fields: dict[str, Kind]) -> Any:
    payload = trace_class.create_structure_field_class()
    payload += [(name, getattr(trace_class, f"create_{FIELD_CLASSES[kind.name]}_field_class")()) for name, kind in fields.items()]
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
    """Makes the messages of a message iterator, in an Injector's queue. late: events whose time was put off, as a later one had been
    given already."""

    def __init__(self, iterator: Any, queue: Any) -> None:
        self._iterator, self._component, self._queue = iterator, iterator._component, queue
        self._traces: dict[Trace, _TraceIr] = {}
        # Stream, or trace of rotations → (Injector.event, event class, clock, first values of each row, Injector).
        self._streams: dict[Any, tuple] = {}
        self._last_ns: int | None = None
        self.late = 0

    def add(self, record: Record) -> None:
        """Add the messages of a record: its event, behind the beginning of its stream where that is new."""
        is_packet = isinstance(record, Packet)
        key = record[0] if is_packet else record.stream.trace
        event, event_class, clock, head, _ = self._streams.get(key) or self._begin(key, record)
        end_ns = record.end_ns
        if self._last_ns is not None and end_ns < self._last_ns:
            self.late += 1
            end_ns = self._last_ns
        else:
            self._last_ns = end_ns
        event(event_class, clock.value(end_ns), head + packet_row(record) if is_packet else row(record))

    def end(self) -> None:
        """End all streams."""
        for _, _, clock, _, injected in self._streams.values():
            injected.end(clock.value(self._last_ns))

    def _begin(self, key: Any, record: Record) -> tuple:
        trace = record.stream.trace
        ir = self._traces.get(trace)
        if ir is None:
            ir = self._traces[trace] = _TraceIr(self._component, trace, self._component._graph_mip_version)
        is_packet = isinstance(record, Packet)
        stream_class, event_class, fields = (ir.packets, ir.packet, PACKET_FIELDS) if is_packet else (
            ir.rotations, ir.rotation, ROTATION_FIELDS)
        injected = injector(self._iterator, into=self._queue, packet_events=PACKET_EVENTS)
        injected.begin(ir.trace.create_stream(stream_class, name=_name(key)))
        bound = injected.event_class(event_class, tuple(fields.values()))
        head = stream_row(key) if is_packet else ()
        self._streams[key] = opened = injected.event, bound, ir.clock, head, injected
        return opened


def _name(key: Any) -> str:
    if not isinstance(key, Stream):
        return "rotations"
    return "/".join(part for part in (key.session, key.domain, key.owner, f"{key.channel}_{key.cpu}") if part)


def row(record: Record) -> tuple:
    """Return the payload of a record's event."""
    stream = record.stream
    if isinstance(record, Packet):
        return stream_row(stream) + packet_row(record)
    return (stream.hostname, stream.session, stream.domain, *record[1:])


def stream_row(stream: Stream) -> tuple:
    """Return the first values of the payloads of all packets of a stream."""
    return stream.hostname, stream.session, stream.domain, stream.owner, stream.channel, stream.cpu


def packet_row(packet: Packet) -> tuple:
    """Return the values of a packet's event behind those of its stream."""
    _, chunk, packet_size, content_size, begin_ns, end_ns, *counters = packet
    return (chunk, packet_size, content_size, content_size / packet_size, begin_ns, end_ns, *counters)
