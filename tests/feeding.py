"""Feeds a recorded trace to an engine (core.extraction.Consumer) with bt2's Python bindings alone.

A test helper: slow and simple, so that engines are tested on real traces apart from the cores.
"""

import bt2

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream, Trace

SIMPLE = {
    bt2._StringFieldClassConst: Kind.STRING, bt2._BoolFieldClassConst: Kind.BOOL,
    bt2._UnsignedEnumerationFieldClassConst: Kind.UNSIGNED_ENUM, bt2._SignedEnumerationFieldClassConst: Kind.SIGNED_ENUM,
    bt2._UnsignedIntegerFieldClassConst: Kind.UNSIGNED, bt2._SignedIntegerFieldClassConst: Kind.SIGNED,
    bt2._BitArrayFieldClassConst: Kind.BIT_ARRAY,
}


def field_class(native) -> FieldClass | None:
    """Return the plain description of a bt2 field class."""
    if native is None:
        return None
    if isinstance(native, bt2._StructureFieldClassConst):
        return FieldClass(Kind.STRUCTURE, members=tuple((name, field_class(member.field_class)) for name, member in native.items()))
    if isinstance(native, bt2._StaticArrayFieldClassConst):
        return FieldClass(Kind.STATIC_ARRAY, element=field_class(native.element_field_class), length=native.length)
    if isinstance(native, bt2._DynamicArrayFieldClassConst):
        return FieldClass(Kind.DYNAMIC_ARRAY, element=field_class(native.element_field_class))
    return FieldClass(next((kind for known, kind in SIMPLE.items() if isinstance(native, known)), Kind.VARIANT))


def stream_of(native) -> Stream:
    """Return the plain description of a bt2 stream."""
    trace = native.trace
    environment = {key: value for key, value in trace.environment.items()}
    # Message interchange protocol 1 (Babeltrace 2.1) has UIDs for UUIDs.
    uid = trace.uid if getattr(trace, "graph_mip_version", 0) else trace.uuid
    plain = Trace(trace.name, str(uid), {key: str(v) if isinstance(v, bt2._StringValueConst) else int(v)
                                                for key, v in environment.items()})
    return Stream(native.id, native.name, native.cls.id, native.cls.name, "clock", plain)


def event_class_of(native) -> EventClass:
    """Return the plain description of a bt2 event class."""
    stream_class = native.stream_class
    scopes = (stream_class.packet_context_field_class, stream_class.event_common_context_field_class,
              native.specific_context_field_class, native.payload_field_class)
    return EventClass(native.name, native.id, scopes=tuple(field_class(scope) for scope in scopes))


def plain(value):
    """Return a field's value as an engine gets it."""
    if isinstance(value, bt2._StringFieldConst):
        # Babeltrace 2.0.4 leaves an earlier text behind an empty string.
        return str(value).encode()[:len(value)].decode()
    if isinstance(value, bt2._ArrayFieldConst):
        return [plain(element) for element in value]
    return int(value)


class Recording:
    """What an engine of some type wants of a trace, read once, to be played to many engines of that type.

    steps: (method name, arguments); for an event ("event", key of its class, time, CPU, values)."""

    def __init__(self, path, engine_type):
        self.steps: list[tuple] = []
        self.classes: dict[int, tuple[EventClass, Stream]] = {}
        self.first_ns = self.last_ns = None
        self._probe = engine_type()
        self._paths: dict = {}
        self._cpus: dict = {}
        for message in bt2.TraceCollectionMessageIterator(str(path)):
            self._message(message)

    def play(self, engine, begin_ns: int | None = None, end_ns: int | None = None):
        """Feed an engine with the events of [begin, end), all if None; return it. A loss is counted where it begins."""
        begin, end = (limit if limit is not None else default for limit, default in ((begin_ns, -1 << 63), (end_ns, 1 << 63)))
        calls: dict = {}
        times = []
        for step in self.steps:
            if step[0] == "event":
                _, key, time_ns, cpu, values = step
                if begin <= time_ns < end:
                    times.append(time_ns)
                    if key not in calls:
                        calls[key] = engine.bind(*self.classes[key]).call
                    calls[key](time_ns, cpu, *values)
            elif step[0].startswith("discarded"):
                name, stream, lost_ns, until_ns, count, cpu = step
                if lost_ns < end and until_ns > begin:
                    getattr(engine, name)(stream, lost_ns, until_ns, count if lost_ns >= begin else 0, cpu)
            elif begin_ns is None and end_ns is None and hasattr(engine, step[0]):
                getattr(engine, step[0])(*step[1:])
        whole = (begin_ns is None or self.first_ns >= begin), (end_ns is None or self.last_ns < end)
        engine.cover(self.first_ns if whole[0] else min(times, default=None), self.last_ns if whole[1] else max(times, default=None))
        return engine

    def _message(self, message) -> None:
        if isinstance(message, bt2._EventMessageConst):
            self._event(message)
        elif isinstance(message, bt2._PacketBeginningMessageConst):
            stream = message.packet.stream
            self._cpus[stream.addr] = int(message.packet.context_field["cpu_id"])
            self._bound("packet_begins", stream, message)
        elif isinstance(message, bt2._PacketEndMessageConst):
            self._bound("packet_ends", message.packet.stream, message)
        elif isinstance(message, bt2._DiscardedEventsMessageConst):
            self._loss("discarded_events", message)
        elif isinstance(message, bt2._DiscardedPacketsMessageConst):
            self._loss("discarded_packets", message)

    def _event(self, message) -> None:
        time_ns = message.default_clock_snapshot.ns_from_origin
        self.first_ns = time_ns if self.first_ns is None else self.first_ns
        self.last_ns = time_ns
        event = message.event
        key = event.cls.addr
        if key not in self._paths:
            self.classes[key] = event_class_of(event.cls), stream_of(event.stream)
            extraction = self._probe.bind(*self.classes[key])
            self._paths[key] = None if extraction is None else extraction.paths
        if self._paths[key] is not None:
            values = tuple(self._value(event, path) for path in self._paths[key])
            self.steps.append(("event", key, time_ns, int(event.packet.context_field["cpu_id"]), values))

    @staticmethod
    def _value(event, path):
        if path is None:
            return None
        scopes = {Scope.COMMON_CONTEXT: "common_context_field", Scope.SPECIFIC_CONTEXT: "specific_context_field",
                  Scope.PAYLOAD: "payload_field"}
        current = getattr(event, scopes[path.scope])
        for step in path.steps:
            current = list(current.values())[step.index]
        return plain(current)

    def _bound(self, name: str, stream, message) -> None:
        try:
            time_ns = message.default_clock_snapshot.ns_from_origin
        except (ValueError, AttributeError):  # perf's packets have no beginning and end times.
            return
        self.steps.append((name, stream_of(stream), self._cpus[stream.addr], time_ns))

    def _loss(self, name: str, message) -> None:
        begin, end = (snapshot.ns_from_origin for snapshot in (
            message.beginning_default_clock_snapshot, message.end_default_clock_snapshot))
        self.steps.append((name, stream_of(message.stream), begin, end, message.count, self._cpus.get(message.stream.addr, -1)))


def feed(engine, path):
    """Feed a whole trace to an engine; return the engine."""
    return Recording(path, type(engine)).play(engine)
