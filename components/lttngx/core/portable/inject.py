"""inject with bt2 objects only: the reference of `native.inject`, whose rules it shares (see `lttngx.core.injecting`)."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lttngx.core.classes import Kind
from lttngx.core.injecting import PACKET_EVENTS
from lttngx.core.portable.extract import snapshot_ns

# Stream class properties which promise a message's time.
_PROMISES = {
    "_PacketBeginningMessageConst": "packets_have_beginning_default_clock_snapshot",
    "_PacketEndMessageConst": "packets_have_end_default_clock_snapshot",
    "_DiscardedEventsMessageConst": "discarded_events_have_default_clock_snapshots",
    "_DiscardedPacketsMessageConst": "discarded_packets_have_default_clock_snapshots",
}
_NAMES = {
    "_MessageIteratorInactivityMessageConst": "clock_snapshot",
    "_DiscardedEventsMessageConst": "beginning_default_clock_snapshot",
    "_DiscardedPacketsMessageConst": "beginning_default_clock_snapshot",
}
_TYPES = {Kind.SIGNED: int, Kind.UNSIGNED: int, Kind.DOUBLE: (float, int), Kind.STRING: str}
_RANGES = {Kind.SIGNED: range(-2**63, 2**63), Kind.UNSIGNED: range(2**64)}


class Injector:
    """A queue of messages for a bt2 user message iterator; see `native.inject.Injector`."""

    def __init__(self, *, owner: Any, into: "Injector | None" = None, refill: Callable[[], bool] | None = None,
                 packet_events: int = PACKET_EVENTS) -> None:
        self._owner, self._refill, self._packet_room = owner, refill, packet_events
        self._stream: Any = None
        self._queue: deque[Any] = deque() if into is None else into._queue
        self._floor_ns = self._packet_events = 0
        self._packet: Any = None

    def event_class(self, event_class: Any, kinds: Sequence[Kind]) -> tuple[Any, tuple[Kind, ...]]:
        """Return what stands in `event` for a bt2 event class whose payload members are of some of KINDS."""
        return event_class, tuple(kinds)

    def begin(self, stream: Any) -> None:
        """Add the beginning of a bt2 stream, which all that follows belongs to."""
        self._stream = stream
        self._queue.append(self._owner._create_stream_beginning_message(stream))

    def end(self, time_ns: int = 0) -> None:
        """Add the stream's end, and that of its packet, not before a time."""
        self._floor_ns = max(self._floor_ns, time_ns)
        self._close_packet()
        self._queue.append(self._owner._create_stream_end_message(self._stream))

    def event(self, event_class: tuple[Any, tuple[Kind, ...]], time_ns: int, row: tuple) -> None:
        """Add an event at a time in ns from origin (of any other clock: at a value of it), or later if later messages were given. Raises
        TypeError, ValueError or OverflowError for a row that does not fit its class."""
        made, kinds = event_class
        self._floor_ns = max(self._floor_ns, time_ns)
        if self._packet is None:
            self._open_packet()
        message = self._owner._create_event_message(made, self._packet, default_clock_snapshot=self._floor_ns)
        if len(row) != len(kinds):
            raise ValueError(f"expected {len(kinds)} values, got {len(row)}")
        payload = message.event.payload_field
        for index, (kind, value) in enumerate(zip(kinds, row)):
            payload.member_at_index(index).value = _checked(kind, value)
        self._queue.append(message)
        self._packet_events += 1
        if self._packet_events == self._packet_room:
            self._close_packet()

    def _open_packet(self) -> None:
        self._packet, self._packet_events = self._stream.create_packet(), 0
        self._queue.append(self._owner._create_packet_beginning_message(self._packet, self._floor_ns))

    def _close_packet(self) -> None:
        if self._packet is not None:
            self._queue.append(self._owner._create_packet_end_message(self._packet, self._floor_ns))
            self._packet = None

    def clear(self) -> None:
        """Forget the messages added and not yet given, and all times: the upstream message iterator has sought."""
        self._queue.clear()
        self._floor_ns, self._packet = 0, None

    def pass_by(self, message: Any) -> None:
        """Take notice of a message which is given before those that are still to be added."""
        self._floor_ns = max(self._floor_ns, message_ns(message) or 0)

    def __next__(self) -> Any:
        while not self._queue:
            if not self._refill():
                raise StopIteration
        return self._queue.popleft()

    def take(self) -> Any:
        """Return the first message that waits, None if there is none."""
        return self._queue.popleft() if self._queue else None


def _checked(kind: Kind, value: Any) -> Any:
    if not isinstance(value, _TYPES[kind]):
        raise TypeError(f"expected a value of kind {kind.value}, got {value!r}")
    if kind in _RANGES and value not in _RANGES[kind]:
        raise OverflowError(f"{value} does not fit kind {kind.value}")
    # What bt2 cannot pass on is shown as U+FFFD.
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if kind is Kind.STRING else value


def message_ns(message: Any) -> int | None:
    """Return the time of any message, in ns from origin, the beginning one of discarded events or packets; None if it has
    none."""
    kind = type(message).__name__
    if kind in _PROMISES and not getattr(_stream_class(message), _PROMISES[kind]):
        return None
    try:
        # The unknown time of a stream's beginning or end is an object without this property.
        return snapshot_ns(lambda: getattr(message, _NAMES.get(kind, "default_clock_snapshot")))
    except AttributeError:
        return None


def _stream_class(message: Any) -> Any:
    return (message.packet.stream if hasattr(message, "packet") else message.stream).cls
