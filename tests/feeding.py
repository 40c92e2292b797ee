"""Feeds a recorded trace to an engine (core.predicate.Consumer) with bt2's Python bindings alone.

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
    plain = Trace(trace.name, str(trace.uuid), {key: str(v) if isinstance(v, bt2._StringValueConst) else int(v)
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
        return str(value)
    if isinstance(value, bt2._ArrayFieldConst):
        return [plain(element) for element in value]
    return int(value)


class Feeder:
    """Drives one engine; `between` keeps only the events of [begin, end) and of every loss what lies in it."""

    def __init__(self, engine, begin_ns: int | None = None, end_ns: int | None = None, names=None):
        self.engine = engine
        self.begin_ns, self.end_ns = begin_ns, end_ns
        self.names = names
        self.bound: dict = {}
        self.cpus: dict = {}
        self.first_ns = self.last_ns = None

    def feed(self, path) -> None:
        """Read a trace to its end."""
        for message in bt2.TraceCollectionMessageIterator(str(path)):
            self.message(message)
        if hasattr(self.engine, "cover"):
            self.engine.cover(self.first_ns, self.last_ns)

    def message(self, message) -> None:
        if isinstance(message, bt2._EventMessageConst):
            self.event(message)
        elif isinstance(message, bt2._PacketBeginningMessageConst):
            stream = message.packet.stream
            self.cpus[stream.addr] = int(message.packet.context_field["cpu_id"])
            self.bounds("packet_begins", stream, message)
        elif isinstance(message, bt2._PacketEndMessageConst):
            self.bounds("packet_ends", message.packet.stream, message)
        elif isinstance(message, bt2._DiscardedEventsMessageConst):
            self.loss("discarded_events", message)
        elif isinstance(message, bt2._DiscardedPacketsMessageConst):
            self.loss("discarded_packets", message)

    def event(self, message) -> None:
        time_ns = message.default_clock_snapshot.ns_from_origin
        if (self.begin_ns is not None and time_ns < self.begin_ns) or (self.end_ns is not None and time_ns >= self.end_ns):
            return
        self.first_ns = time_ns if self.first_ns is None else self.first_ns
        self.last_ns = time_ns
        event = message.event
        key = event.cls.addr
        if key not in self.bound:
            described = event_class_of(event.cls)
            wanted = self.names is None or described.name in self.names
            self.bound[key] = self.engine.bind(described, stream_of(event.stream)) if wanted else None
        extraction = self.bound[key]
        if extraction is not None:
            cpu = int(event.packet.context_field["cpu_id"])
            extraction.call(time_ns, cpu, *(self.value(event, path) for path in extraction.paths))

    @staticmethod
    def value(event, path):
        if path is None:
            return None
        scopes = {Scope.COMMON_CONTEXT: "common_context_field", Scope.SPECIFIC_CONTEXT: "specific_context_field",
                  Scope.PAYLOAD: "payload_field"}
        current = getattr(event, scopes[path.scope])
        for step in path.steps:
            current = list(current.values())[step.index]
        return plain(current)

    def bounds(self, name: str, stream, message) -> None:
        try:
            time_ns = message.default_clock_snapshot.ns_from_origin
        except (ValueError, AttributeError):
            return
        if self.begin_ns is None and self.end_ns is None and hasattr(self.engine, name):
            getattr(self.engine, name)(stream_of(stream), self.cpus[stream.addr], time_ns)

    def loss(self, name: str, message) -> None:
        begin, end = (snapshot.ns_from_origin for snapshot in (
            message.beginning_default_clock_snapshot, message.end_default_clock_snapshot))
        if (self.end_ns is None or begin < self.end_ns) and (self.begin_ns is None or end > self.begin_ns):
            # A loss that spans a cut is counted where it begins.
            count = message.count if self.begin_ns is None or begin >= self.begin_ns else 0
            getattr(self.engine, name)(stream_of(message.stream), begin, end, count, self.cpus.get(message.stream.addr, -1))


def feed(engine, path, **options):
    """Feed a whole trace (or a stretch of it) to an engine; return the engine."""
    Feeder(engine, **options).feed(path)
    return engine
