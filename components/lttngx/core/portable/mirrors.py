"""Mirrors classes, traces and streams with bt2 objects only: the reference of `native.mirrors`, whose rules it shares.

Two differences are bt2's. It does not take the clock class of an upstream stream for a new stream class, so an unchanged
clock class is mirrored by an equal one. And it finds a trace's streams by numeric id alone, which is unique in a stream
class only: streams of equal ids are mirrored with their first message, not with the first of their trace.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import bt2

from lttngx.core.classes import ClockClass, EventClass, Scope, Stream
from lttngx.core.portable import classes
from lttngx.core.portable.copying import Copy, copier, filler
from lttngx.core.portable.extract import value_reader
from lttngx.core.portable.mirroring import ScopeMirror
from lttngx.core.extraction import Extraction
from lttngx.core.rewriting import Change, ClockChange, EventPlan, Rewriting, Slots

Fill = Callable[[Any, Slots | None, int], None]


class ScopeCopy:
    """Copies one scope's root structure, and fills what is appended to it."""

    def __init__(self, described: Any, change: Change) -> None:
        kept = 0 if described is None else len(described.members) - sum(len(place) == 1 for place in change.drop)
        self._copy: Copy | None = None if described is None else copier(described, change)
        self._fill: Fill = filler(change.append, kept)

    def __call__(self, source: Any, target: Any, slots: Slots | None, cpu: int) -> None:
        if self._copy is not None:
            self._copy(source, target)
        self._fill(target, slots, cpu)


class StreamClassMirror:
    """A bt2 stream class and its mirror."""

    def __init__(self, old: Any, new: Any, plan: Any, described: tuple[Any, Any], made: dict) -> None:
        self.old, self.new, self.plan, self.made = old, new, plan, made
        self.packet_context, self.common_context = described
        self.copy_packet = ScopeCopy(described[0], plan.packet_context) if new.packet_context_field_class is not None \
            else None

    def cycles(self, value: int) -> int:
        """Return a clock snapshot's value by the new clock."""
        return value if self.plan.clock is None else self.plan.clock.map.cycles(value)


class StreamMirror:
    """A bt2 stream and its mirror, with its current packet and that packet's CPU."""

    def __init__(self, old: Any, new: Any, stream_class: StreamClassMirror, described: Stream) -> None:
        self.old, self.new, self.stream_class, self.described = old, new, stream_class, described
        self.packet: Any = None
        self.cpu = -1


class EventClassMirror:
    """A bt2 event class and its mirror. copies: (attribute of events, copy) of each scope the new class has."""

    def __init__(self, old: Any, new: Any, stream_class: StreamClassMirror, described: EventClass, plan: EventPlan) -> None:
        self.old, self.new = old, new
        common = stream_class.plan.common_context
        common = Change(common.drop, {**common.replace, **plan.common_context}, common.append)
        scopes = (("common_context_field", stream_class.new.event_common_context_field_class, Scope.COMMON_CONTEXT, common),
                  ("specific_context_field", new.specific_context_field_class, Scope.SPECIFIC_CONTEXT,
                   plan.specific_context),
                  ("payload_field", new.payload_field_class, Scope.PAYLOAD, plan.payload))
        self.copies = tuple((attribute, ScopeCopy(described.scopes[scope], change))
                            for attribute, field_class, scope, change in scopes if field_class is not None)
        self.before, self.after = feed(plan.before), feed(plan.after)
        self.drop = plan.drop


def feed(extraction: Extraction | None) -> Callable[[Any, int | None, int], None] | None:
    """Return what calls an engine with the values of an input event message."""
    if extraction is None:
        return None
    call, reads = extraction.call, tuple(map(value_reader, extraction.paths))
    return lambda message, time_ns, cpu: call(time_ns, cpu, *[read(message) for read in reads])


class Mirrors:
    """Makes the mirrors of one message iterator's classes, traces and streams, each once. Keys are addresses; the mirrors hold
    what they mirror."""

    def __init__(self, component: Any, rewriting: Rewriting, mip: int) -> None:
        self._component, self._rewriting, self._mip = component, rewriting, mip
        self._trace_classes: dict[int, tuple[Any, Any]] = {}
        self._traces: dict[int, tuple[Any, Any]] = {}
        self._stream_classes: dict[int, StreamClassMirror] = {}
        self._event_classes: dict[int, EventClassMirror] = {}
        self._streams: dict[int, StreamMirror] = {}
        self._clock_classes: dict[int | ClockClass, tuple[Any, Any]] = {}
        self._kept: list[Any] = []
        self._clock_changes: dict[int, tuple[Any, ClockChange | None]] = {}

    def stream(self, old: Any) -> StreamMirror:
        """Return the mirror of a stream; with the first one of a trace, mirror all stream classes and streams it has."""
        if old.addr not in self._streams:
            trace = old.trace
            self._trace(trace)
            streams = [trace[stream_id] for stream_id in trace]
            for stream_class in _values(trace.cls):
                first = next((stream for stream in streams if stream.cls.addr == stream_class.addr), None)
                self._stream_class(stream_class, self._describe(first, stream_class, trace))
            for stream in streams:
                self._new_stream(stream)
            self._new_stream(old)
        return self._streams[old.addr]

    def event_class(self, old: Any, stream_class: StreamClassMirror, stream: Stream) -> EventClassMirror:
        """Return the mirror of an event class; `stream` describes a stream of its stream class."""
        if old.addr in self._event_classes:
            return self._event_classes[old.addr]
        described = classes.event_class_of(old)
        plan = self._rewriting.event_class(described, stream)
        trace_class, made = self._trace_classes[old.stream_class.trace_class.addr][0], dict(stream_class.made)
        contexts = [ScopeMirror(trace_class, self._mip, scope, change, made).root(field_class, described.scopes[scope])
                    for scope, change, field_class in (
                        (Scope.SPECIFIC_CONTEXT, plan.specific_context, old.specific_context_field_class),
                        (Scope.PAYLOAD, plan.payload, old.payload_field_class))]
        new = stream_class.new.create_event_class(
            id=old.id, name=old.name, user_attributes=old.user_attributes, log_level=old.log_level, emf_uri=old.emf_uri,
            specific_context_field_class=contexts[0], payload_field_class=contexts[1])
        self._set_identity(new, old)
        mirror = self._event_classes[old.addr] = EventClassMirror(old, new, stream_class, described, plan)
        return mirror

    def changed_clock(self, old: Any) -> tuple[Any, ClockChange | None] | None:
        """Return (new clock class, its change) of an old clock class, None if no stream class uses it so far."""
        return self._clock_changes.get(old.addr)

    def _describe(self, stream: Any, stream_class: Any, trace: Any) -> Stream:
        if stream is not None:
            return classes.stream_of(stream, self._mip)
        clock_class = stream_class.default_clock_class
        return Stream(class_id=stream_class.id, class_name=stream_class.name,
                      clock=None if clock_class is None else clock_class.name or "",
                      trace=classes.trace_of(trace, self._mip))

    def _trace_class(self, old: Any) -> Any:
        if old.addr not in self._trace_classes:
            new = self._component._create_trace_class(
                user_attributes=old.user_attributes, assigns_automatic_stream_class_id=False)
            self._trace_classes[old.addr] = (new, old)
        return self._trace_classes[old.addr][0]

    def _trace(self, old: Any) -> Any:
        if old.addr not in self._traces:
            identity = {"uuid": old.uuid} if not self._mip else {"uid": old.uid, "namespace": old.namespace}
            environment = classes.trace_of(old, self._mip).environment
            new = self._trace_class(old.cls)(
                name=old.name, user_attributes=old.user_attributes, environment=environment,
                **{name: value for name, value in identity.items() if value is not None})
            self._traces[old.addr] = (new, old)
        return self._traces[old.addr][0]

    def _new_stream(self, old: Any) -> None:
        if old.addr not in self._streams:
            described = classes.stream_of(old, self._mip)
            stream_class = self._stream_class(old.cls, described)
            new = self._trace(old.trace).create_stream(
                stream_class.new, id=old.id, name=old.name, user_attributes=old.user_attributes)
            self._streams[old.addr] = StreamMirror(old, new, stream_class, described)

    def _stream_class(self, old: Any, described: Stream) -> StreamClassMirror:
        if old.addr in self._stream_classes:
            return self._stream_classes[old.addr]
        contexts = old.packet_context_field_class, old.event_common_context_field_class
        plain = tuple(None if context is None else classes.field_class_of(context) for context in contexts)
        plan = self._rewriting.stream_class(described, *plain)
        trace_class, made = self._trace_class(old.trace_class), {}
        packet_context = ScopeMirror(trace_class, self._mip, Scope.PACKET_CONTEXT, plan.packet_context, made).root(
            contexts[0], plain[0])
        common_context = ScopeMirror(trace_class, self._mip, Scope.COMMON_CONTEXT, plan.common_context, made).root(
            contexts[1], plain[1])
        new = trace_class.create_stream_class(
            id=old.id, name=old.name, user_attributes=old.user_attributes, packet_context_field_class=packet_context,
            event_common_context_field_class=common_context, default_clock_class=self._clock_class(old, plan.clock),
            assigns_automatic_event_class_id=False, assigns_automatic_stream_id=False, **_properties(old))
        self._set_identity(new, old)
        mirror = self._stream_classes[old.addr] = StreamClassMirror(old, new, plan, plain, made)
        for event_class in _values(old):
            self.event_class(event_class, mirror, described)
        return mirror

    def _set_identity(self, new: Any, old: Any) -> None:
        """Copy the namespace and unique ID, which classes have in a MIP 1 graph.

        bt2 2.1 raises TypeError for those of any event class: there they are lost."""
        if not self._mip:
            return
        try:
            if old.namespace is not None:
                new._set_namespace(old.namespace)
            if old.uid is not None:
                new._set_uid(old.uid)
        except TypeError:
            if not isinstance(old, bt2._EventClassConst):
                raise

    def _clock_class(self, stream_class: Any, change: ClockChange | None) -> Any:
        """Return the new clock class of a stream class: one for all which shared the old one, or want equal ones instead."""
        old = stream_class.default_clock_class
        if old is None:
            return None
        key = old.addr if change is None else change.clock_class
        if key not in self._clock_classes:
            properties = _same_clock(old, self._mip) if change is None else _new_clock(change.clock_class, self._mip)
            self._clock_classes[key] = (self._component._create_clock_class(**properties), old)
        new = self._clock_classes[key][0]
        self._clock_changes.setdefault(old.addr, (new, change))
        self._kept.append(old)
        return new


def _values(mapping: Any) -> list[Any]:
    """Return the values of a bt2 mapping in its order (by index)."""
    return [mapping[key] for key in mapping]


def _properties(old: Any) -> dict[str, bool]:
    """Return what a stream class says of its packets and losses."""
    names = ("supports_packets", "packets_have_beginning_default_clock_snapshot",
             "packets_have_end_default_clock_snapshot", "supports_discarded_events",
             "discarded_events_have_default_clock_snapshots", "supports_discarded_packets",
             "discarded_packets_have_default_clock_snapshots")
    return {name: getattr(old, name) for name in names}


def _same_clock(old: Any, mip: int) -> dict[str, Any]:
    """Return the properties which a clock class has; in a MIP 1 graph some may be unknown."""
    names = ("frequency", "name", "user_attributes", "description", "precision", "offset")
    names += ("accuracy", "namespace", "uid", "origin") if mip else ("origin_is_unix_epoch", "uuid")
    return {name: value for name in names if (value := getattr(old, name)) is not None}


def _new_clock(described: ClockClass, mip: int) -> dict[str, Any]:
    """Return the arguments which make a clock class as described."""
    offset = bt2.ClockClassOffset(described.offset_seconds, described.offset_cycles)
    values = {"frequency": described.frequency, "name": described.name, "description": described.description,
              "precision": described.precision, "offset": offset}
    if not mip:
        uid = None if described.uid is None else UUID(described.uid)
        values |= {"origin_is_unix_epoch": described.unix_epoch, "uuid": uid}
    else:
        origin = bt2.ClockOrigin(*described.origin) if described.origin is not None else bt2.unknown_clock_origin
        values |= {"accuracy": described.accuracy, "namespace": described.namespace, "uid": described.uid,
                   "origin": bt2.unix_epoch_clock_origin if described.unix_epoch else origin}
    return {name: value for name, value in values.items() if value is not None}
