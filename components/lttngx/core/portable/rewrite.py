"""rewrite with bt2 objects only: the reference of `native.rewrite`, whose rules it shares."""

from collections.abc import Callable
from typing import Any

import bt2

from lttngx.core.portable.extract import snapshot_ns
from lttngx.core.portable.fields import read_time
from lttngx.core.portable.inject import Injector
from lttngx.core.portable.mirrors import EventClassMirror, Mirrors, StreamMirror
from lttngx.core.rewriting import Rewriting
from lttngx.core.values import MISSING


class Rewriter:
    """Rewrites the messages of an upstream message iterator; iterate over it.

    upstream: bt2 message iterator, or a Merger. rewriting: see `rewriting.Rewriting`. owner: the bt2 user message iterator which this
    serves. mip: the graph's message interchange protocol version.
    at_end: called before the end is told. injector: gives its messages behind the one which made them, those added by `at_end`
    before the end. events: event messages copied. first_ns, last_ns: times of the first and the last event message, dropped ones
    included; None without one or without a clock. clamped: clock snapshots of changed clocks which were raised so as not to
    decrease.
    """

    def __init__(self, upstream: Any, rewriting: Rewriting, *, owner: Any, mip: int = 0,
                 at_end: Callable[[], None] | None = None, injector: Injector | None = None) -> None:
        self._injector, self._ended = injector, False
        self._at_end = at_end
        self._packet_begins = getattr(rewriting, "packet_begins", None)
        self._packet_ends = getattr(rewriting, "packet_ends", None)
        self._upstream, self._rewriting, self._owner = upstream, rewriting, owner
        self._mirrors = Mirrors(owner._component, rewriting, mip)
        self._slots = rewriting.slots
        self.events = self.clamped = self._floor = 0
        self.first_ns: int | None = None
        self.last_ns: int | None = None

    def reset(self) -> None:
        """Forget what was pulled and not passed on: here, what was added."""
        self.first_ns = self.last_ns = None
        self._ended, self._floor = False, 0
        if self._injector is not None:
            self._injector.clear()

    def __iter__(self) -> "Rewriter":
        return self

    def __next__(self) -> Any:
        """Return the next message. Raises StopIteration at the end, bt2.TryAgain with nothing lost."""
        given = None
        while given is None:
            if self._injector is not None:
                given = self._injector.take()
            if given is None:
                given = self._following()
        return given

    def _following(self) -> Any:
        """Return a copy of the next upstream message, None if the plans drop it or the input has just ended."""
        if self._ended:
            raise StopIteration
        try:
            message = next(self._upstream)
        except StopIteration:
            self._ended = True
            if self._at_end is not None:
                self._at_end()
            return None
        if self._injector is not None:
            self._injector.pass_by(message)
        return _HANDLERS[type(message).__name__](self, message)

    def _event(self, message: Any) -> Any:
        event = message.event
        stream = self._mirrors.stream(event.stream)
        event_class = self._mirrors.event_class(event.cls, stream.stream_class, stream.described)
        if event_class.drop:
            self._feed_only(message, event_class, stream)
            return None
        has_clock = event.cls.stream_class.default_clock_class is not None
        copy = self._owner._create_event_message(
            event_class.new, stream.new if stream.packet is None else stream.packet,
            self._now(stream, message.default_clock_snapshot) if has_clock else None)
        self._fill(message, copy.event, event_class, stream)
        self.events += 1
        return copy

    def _feed_only(self, message: Any, event_class: EventClassMirror, stream: StreamMirror) -> None:
        time_ns = self._time_of(message)
        if event_class.after is not None:
            event_class.after(message, time_ns, stream.cpu)

    def _fill(self, message: Any, target: Any, event_class: EventClassMirror, stream: StreamMirror) -> None:
        source, time_ns = message.event, self._time_of(message)
        if event_class.before is not None:
            event_class.before(message, time_ns, stream.cpu)
        for attribute, copy in event_class.copies:
            copy(getattr(source, attribute), getattr(target, attribute), self._slots, stream.cpu)
        if event_class.after is not None:
            event_class.after(message, time_ns, stream.cpu)

    def _time_of(self, message: Any) -> int | None:
        """Return an event message's time in ns from origin, and remember it; None without a clock or on overflow."""
        time = read_time(message)
        if time is MISSING:
            return None
        if self.first_ns is None:
            self.first_ns = time
        self.last_ns = time
        return time

    def _stream_beginning(self, message: Any) -> Any:
        stream = self._mirrors.stream(message.stream)
        return self._owner._create_stream_beginning_message(stream.new, self._known(message, stream))

    def _stream_end(self, message: Any) -> Any:
        stream = self._mirrors.stream(message.stream)
        return self._owner._create_stream_end_message(stream.new, self._known(message, stream))

    def _packet_beginning(self, message: Any) -> Any:
        stream = self._mirrors.stream(message.packet.stream)
        stream.cpu = _cpu_of(message.packet, stream)
        stream.packet = stream.new.create_packet()
        if stream.stream_class.copy_packet is not None:
            stream.stream_class.copy_packet(message.packet.context_field, stream.packet.context_field, self._slots,
                                            stream.cpu)
        time = self._timed(message, stream, "packets_have_beginning_default_clock_snapshot")
        if self._packet_begins is not None:
            self._packet_begins(stream.described, stream.cpu, None if time is None else _ns(message))
        return self._owner._create_packet_beginning_message(stream.packet, time)

    def _packet_end(self, message: Any) -> Any:
        stream = self._mirrors.stream(message.packet.stream)
        packet, stream.packet = stream.packet, None
        time = self._timed(message, stream, "packets_have_end_default_clock_snapshot")
        if self._packet_ends is not None:
            self._packet_ends(stream.described, stream.cpu, None if time is None else _ns(message))
        return self._owner._create_packet_end_message(packet, time)

    def _discarded_events(self, message: Any) -> Any:
        return self._discarded(message, self._owner._create_discarded_events_message, self._rewriting.discarded_events,
                               "discarded_events_have_default_clock_snapshots")

    def _discarded_packets(self, message: Any) -> Any:
        return self._discarded(message, self._owner._create_discarded_packets_message,
                               self._rewriting.discarded_packets, "discarded_packets_have_default_clock_snapshots")

    def _discarded(self, message: Any, create: Callable[..., Any], report: Callable[..., None], timed: str) -> Any:
        stream = self._mirrors.stream(message.stream)
        times: tuple[Any, ...] = (None, None)
        if getattr(stream.stream_class.old, timed):
            times = message.beginning_default_clock_snapshot, message.end_default_clock_snapshot
        begin = end = None
        if times[0] is not None:
            begin = self._now(stream, times[0])
            end = max(begin, stream.stream_class.cycles(times[1].value))
        copy = create(stream.new, message.count, begin, end)
        report(stream.described, *(None if time is None else snapshot_ns(lambda: time) for time in times), message.count)
        return copy

    def _inactivity(self, message: Any) -> Any:
        changed = self._mirrors.changed_clock(message.clock_snapshot.clock_class)
        if changed is None:
            return message
        clock_class, change = changed
        value = message.clock_snapshot.value
        return self._owner._create_message_iterator_inactivity_message(
            clock_class, value if change is None else self._raised(change.map.cycles(value)))

    def _now(self, stream: StreamMirror, snapshot: Any) -> int:
        """Return a clock snapshot's value by the new clock, which becomes the least one for what follows."""
        value = stream.stream_class.cycles(snapshot.value)
        return value if stream.stream_class.plan.clock is None else self._raised(value)

    def _raised(self, value: int) -> int:
        self.clamped += value < self._floor
        self._floor = max(self._floor, value)
        return self._floor

    def _known(self, message: Any, stream: StreamMirror) -> int | None:
        """Return the new value of a stream boundary's clock snapshot, None if it is unknown or there is no clock."""
        if stream.stream_class.old.default_clock_class is None:
            return None
        snapshot = message.default_clock_snapshot
        return None if isinstance(snapshot, bt2._UnknownClockSnapshot) else self._now(stream, snapshot)

    def _timed(self, message: Any, stream: StreamMirror, timed: str) -> int | None:
        return self._now(stream, message.default_clock_snapshot) if getattr(stream.stream_class.old, timed) else None


def _ns(message: Any) -> int | None:
    return snapshot_ns(lambda: message.default_clock_snapshot)


def _cpu_of(packet: Any, stream: StreamMirror) -> int:
    context = stream.stream_class.packet_context
    index = None if context is None else context.member("cpu_id")
    try:
        return -1 if index is None else int(packet.context_field.member_at_index(index))
    except TypeError:
        return -1


_HANDLERS: dict[str, Callable[[Rewriter, Any], Any]] = {
    "_EventMessageConst": Rewriter._event,
    "_StreamBeginningMessageConst": Rewriter._stream_beginning,
    "_StreamEndMessageConst": Rewriter._stream_end,
    "_PacketBeginningMessageConst": Rewriter._packet_beginning,
    "_PacketEndMessageConst": Rewriter._packet_end,
    "_DiscardedEventsMessageConst": Rewriter._discarded_events,
    "_DiscardedPacketsMessageConst": Rewriter._discarded_packets,
    "_MessageIteratorInactivityMessageConst": Rewriter._inactivity,
}
