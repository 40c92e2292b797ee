"""extract with bt2 objects only: the reference of `native.extract`, whose rules it shares."""

import math
from collections.abc import Callable
from typing import Any

import bt2

from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Stream
from lttngx.core.portable import classes
from lttngx.core.portable.columns import Columns
from lttngx.core.portable.fields import read_text, read_time, walker
from lttngx.core.extraction import Consumer
from lttngx.core.values import MISSING

Read = Callable[[Any], Any]
# Messages handled by one call of `consume`, as many as a batch of the library has.
BATCH = 15


class Extractor:
    """Drives a consumer with the messages of an upstream message iterator.

    upstream: bt2 message iterator, or a Merger. consumer: see `extraction.Consumer`. mip: the graph's message interchange protocol
    version; None: as its traces tell, for messages of a graph of another's.
    begin_ns, end_ns: take what is in [begin, end) only, see `extraction.Consumer`; None: no limit. Extraction stops at the end.
    events, extracted: event messages taken and those given to the consumer. classes: bound so far.
    discarded_events, discarded_packets: messages which reported some.
    first_ns, last_ns: times of the first and the last event message, None without one or without a clock. now_ns: the last time
    known: of an event message or of a message iterator inactivity message.
    """

    def __init__(self, upstream: Any, consumer: Consumer, *, mip: int | None = 0, begin_ns: int | None = None,
                 end_ns: int | None = None) -> None:
        self._upstream, self._consumer, self._mip = upstream, consumer, mip
        self._begin_ns, self._end_ns = -math.inf if begin_ns is None else begin_ns, math.inf if end_ns is None else end_ns
        # Time of the last event message, taken or not.
        self._seen_ns: int | float = -math.inf
        self._cover = getattr(consumer, "cover", None)
        self._packet_begins = getattr(consumer, "packet_begins", None)
        self._packet_ends = getattr(consumer, "packet_ends", None)
        # Keys are addresses; the objects beside the outcome keep them from being used again.
        self._entries: dict[tuple[int, int], tuple[Read | None, Any, Any]] = {}
        self._streams: dict[int, tuple[Stream, Any]] = {}
        self._inactive_ns: int | None = None
        self._stopped = False
        self.first_ns: int | None = None
        self.last_ns: int | None = None
        self.events = self.extracted = self.discarded_events = self.discarded_packets = 0

    @property
    def classes(self) -> int:
        return len(self._entries)

    @property
    def now_ns(self) -> int | None:
        times = [ns for ns in (self.last_ns, self._inactive_ns) if ns is not None]
        return max(times, default=None)

    def stop(self) -> None:
        """End the extraction after the current event: `consume` then raises bt2.Stop."""
        self._stopped = True

    def reset(self) -> None:
        """Begin again: the upstream message iterator has sought."""
        self._stopped = False

    def consume(self) -> None:
        """Consume some messages.

        Raises bt2.Stop at the end or once stopped, bt2.TryAgain with nothing lost. A consumer's StopIteration stops too; its
        other exceptions are passed on."""
        for _ in range(BATCH):
            if self._stopped:
                raise bt2.Stop
            try:
                message = next(self._upstream)
            except StopIteration:
                raise bt2.Stop from None
            try:
                self.handle(message)
            except StopIteration:
                self._stopped = True

    def handle(self, message: Any) -> None:
        """Tell the consumer of one message, whatever iterator it comes from."""
        if type(message) is bt2._EventMessageConst:
            self._event(message)
        elif type(message) is bt2._PacketBeginningMessageConst:
            self._tell_packet(message, self._packet_begins, "packets_have_beginning_default_clock_snapshot")
        elif type(message) is bt2._PacketEndMessageConst:
            self._tell_packet(message, self._packet_ends, "packets_have_end_default_clock_snapshot")
        elif type(message) is bt2._DiscardedEventsMessageConst:
            self.discarded_events += self._lost(message, self._consumer.discarded_events)
        elif type(message) is bt2._DiscardedPacketsMessageConst:
            self.discarded_packets += self._lost(message, self._consumer.discarded_packets)
        elif type(message) is bt2._MessageIteratorInactivityMessageConst:
            self._inactive_ns = snapshot_ns(lambda: message.clock_snapshot)

    def _event(self, message: Any) -> None:
        time = read_time(message)
        time_ns = None if time is MISSING else time
        if not self._takes(time_ns):
            return
        if time_ns is not None:
            self.first_ns = time_ns if self.first_ns is None else self.first_ns
            self.last_ns = time_ns
        self.events += 1
        event_class = message.event.cls
        stream = message.event.stream if self._consumer.per_stream else None
        key = event_class.addr, stream.addr if stream is not None else 0
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = (self._bind(message, event_class), event_class, stream)
        if entry[0] is not None:
            self.extracted += 1
            if self._cover is not None:
                # When the first event of all was, the consumer knows before it is given one.
                self._cover(self.first_ns, self.last_ns)
                self._cover = None
            entry[0](message, time_ns)

    def _takes(self, time_ns: int | None) -> bool:
        """Return whether an event is in the window. One without time is in the first window."""
        if time_ns is None:
            return self._begin_ns == -math.inf
        self._seen_ns = time_ns
        self._stopped = self._stopped or time_ns >= self._end_ns
        return self._begin_ns <= time_ns < self._end_ns

    def _bind(self, message: Any, event_class: Any) -> Callable[[Any, int | None], None] | None:
        described = classes.event_class_of(event_class)
        extraction = self._consumer.bind(described, self._stream(message.event.stream))
        if extraction is None:
            return None
        call, cpu = extraction.call, _cpu_reader(described)
        if isinstance(call, Columns):
            reads = tuple(map(value_reader, call.paths))
            return lambda message, time_ns: call.add(self.extracted, time_ns, cpu(message), *[read(message) for read in reads])
        reads = tuple(map(value_reader, extraction.paths))
        return lambda message, time_ns: call(time_ns, cpu(message), *[read(message) for read in reads])

    def _stream(self, stream: Any) -> Stream:
        """Return the description of a stream, which is kept alive from now on."""
        known = self._streams.get(stream.addr)
        if known is None:
            known = self._streams[stream.addr] = (classes.stream_of(stream, self._mip), stream)
        return known[0]

    def _tell_packet(self, message: Any, hook: Callable[..., None] | None, promise: str) -> None:
        """Call a consumer's packet_begins or packet_ends, if it has it. promise: what the stream class says of the time."""
        # bt2 2.0 crashes when it is asked for a time which the stream class does not promise.
        timed = hook is not None and getattr(message.packet.stream.cls, promise)
        time_ns = snapshot_ns(lambda: message.default_clock_snapshot) if timed else None
        if hook is not None and (time_ns is None or self._begin_ns <= time_ns < self._end_ns):
            hook(self._stream(message.packet.stream), _cpu_of_context(message.packet.context_field), time_ns)

    def _lost(self, message: Any, report: Callable[..., None]) -> bool:
        """Report a loss; return whether it begins in the window.

        Later windows which it reaches are told of it with count 0. A loss without times is where the last event was."""
        begin, end = (snapshot_ns(lambda: message.beginning_default_clock_snapshot),
                      snapshot_ns(lambda: message.end_default_clock_snapshot))
        at = self._seen_ns if begin is None else begin
        here = self._begin_ns <= at < self._end_ns
        if here or (at < self._begin_ns and end is not None and end > self._begin_ns):
            report(self._stream(message.stream), begin, end, message.count if here else 0)
        return here


def snapshot_ns(snapshot: Callable[[], Any]) -> int | None:
    """Return a clock snapshot in ns from origin, None where there is none or on overflow."""
    try:
        return snapshot().ns_from_origin
    except (ValueError, OverflowError, bt2._OverflowError):
        return None


def _cpu_of_context(context: Any) -> int:
    """Return the `cpu_id` member of a packet context, −1 if there is none."""
    member = context["cpu_id"] if context is not None and "cpu_id" in context else None
    return int(member) if isinstance(member, bt2._IntegerFieldConst) else -1


def value_reader(path: FieldPath | None) -> Read:
    """Return `read(message)`, a field's value as `extraction.Extraction` defines it; None for no path."""
    if path is None:
        return lambda message: None
    walk, convert = walker(path), converter(path.field_class)

    def read(message: Any) -> Any:
        field = walk(message)
        return None if field is None else convert(field)
    return read


def _cpu_reader(event_class: EventClass) -> Read:
    path = event_class.path(Scope.PACKET_CONTEXT, "cpu_id")
    integers = (Kind.UNSIGNED, Kind.SIGNED, Kind.UNSIGNED_ENUM, Kind.SIGNED_ENUM, Kind.BOOL, Kind.BIT_ARRAY)
    return value_reader(path) if path is not None and path.field_class.kind in integers else lambda message: -1


def converter(field_class: FieldClass) -> Read:
    """Return `convert(field)` for bt2 fields of a class."""
    compound = _COMPOUNDS.get(field_class.kind)
    return _VALUES[field_class.kind] if compound is None else compound(field_class)


def _array(field_class: FieldClass) -> Read:
    element = converter(field_class.element)
    return lambda field: [element(item) for item in field]


def _structure(field_class: FieldClass) -> Read:
    members = tuple((name, index, converter(member)) for index, (name, member) in enumerate(field_class.members))
    return lambda field: {name: convert(field.member_at_index(index)) for name, index, convert in members}


def _option(field_class: FieldClass) -> Read:
    content = converter(field_class.element)
    return lambda field: None if field.field is None else content(field.field)


def _variant(field_class: FieldClass) -> Read:
    options = tuple(converter(option) for _, option in field_class.members)
    return lambda field: options[field.selected_option_index](field.selected_option)


_COMPOUNDS: dict[Kind, Callable[[FieldClass], Read]] = {
    Kind.STATIC_ARRAY: _array,
    Kind.DYNAMIC_ARRAY: _array,
    Kind.STRUCTURE: _structure,
    Kind.OPTION: _option,
    Kind.VARIANT: _variant,
}

_VALUES: dict[Kind, Read] = {
    Kind.BOOL: bool,
    Kind.BIT_ARRAY: lambda field: field.value_as_integer,
    Kind.UNSIGNED: int,
    Kind.SIGNED: int,
    Kind.UNSIGNED_ENUM: int,
    Kind.SIGNED_ENUM: int,
    Kind.SINGLE: float,
    Kind.DOUBLE: float,
    Kind.STRING: lambda field: read_text(field).decode("utf-8", "surrogateescape"),
    Kind.BLOB: lambda field: bytes(field.data),
}
