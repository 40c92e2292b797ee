"""Conditions on packets, by the events of source.lttngx.packets; on losses, by any trace's."""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lttngx.analyses.bandwidth import PACKET, ROTATION
from lttngx.core.classes import EventClass, Scope, Stream
from lttngx.state.kernel.binding import Bound
from lttngx.watch.conditions import Condition, Names

_STREAM = ("hostname", "session", "domain", "channel", "cpu")


class PacketCondition(Condition):
    """Base of conditions on packets. sessions, channels: star patterns."""

    def __init__(self, sessions: Sequence[str] = ("*",), channels: Sequence[str] = ("*",)) -> None:
        self._sessions, self._channels = Names(*sessions), Names(*channels)

    def _bound(self, event_class: EventClass, name: str, call: Callable[..., None], fields: Sequence[str]) -> Bound | None:
        paths = tuple(event_class.path(Scope.PAYLOAD, field) for field in fields)
        return None if event_class.name != name or None in paths else (call, paths)


class PacketFill(PacketCondition):
    """The mean fill of a buffer's last packets is at a threshold or beyond. above: which side; release: where it is over."""

    def __init__(self, threshold: float, release: float, above: bool, packets: int, sessions: Sequence[str],
                 channels: Sequence[str]) -> None:
        super().__init__(sessions, channels)
        self._threshold, self._release, self._above, self._packets = threshold, release, above, packets
        self._last: dict[tuple, deque[tuple[int, int]]] = {}

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        return self._bound(event_class, PACKET, self._packet, (*_STREAM, "owner", "content_size", "packet_size"))

    def _packet(self, time_ns: int, _: int, *values: Any) -> None:
        *key, content, size = values
        if key[1] not in self._sessions or key[3] not in self._channels:
            return
        last = self._last.setdefault(tuple(key), deque(maxlen=self._packets))
        last.append((content, size))
        if len(last) < self._packets:
            return
        fill = sum(content for content, _ in last) / sum(size for _, size in last)
        beyond = (lambda limit: fill >= limit) if self._above else (lambda limit: fill <= limit)
        released = fill < self._release if self._above else fill > self._release
        self.trigger.level(tuple(key), time_ns, beyond(self._threshold), released and not beyond(self._threshold),
                           lambda: dict(zip(_STREAM, key)) | {"fill": round(fill, 6), "threshold": self._threshold})


class Discarded(PacketCondition):
    """So many events (or packets) were lost by a session within a stretch of time. What a trace's discarded events and packets messages
    tell counts, and what the events of packets do."""

    def __init__(self, what: str, count: int, window_ns: int, release: int, sessions: Sequence[str]) -> None:
        """what: "events" or "packets"."""
        super().__init__(sessions)
        self._what, self._count, self._window_ns, self._release = what, count, window_ns, release
        self._losses: dict[tuple[str, str], deque[tuple[int, int]]] = {}
        self._sums: dict[tuple[str, str], int] = {}

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        field = "discarded" if self._what == "events" else "lost_packets"
        return self._bound(event_class, PACKET, self._packet, ("hostname", "session", field))

    def _packet(self, time_ns: int, _: int, hostname: str, session: str, count: int) -> None:
        if count > 0:
            self._lose((hostname, session), time_ns, count)

    def lost(self, stream: Stream, begin_ns: int | None, end_ns: int | None, events: int, packets: int) -> None:
        count = events if self._what == "events" else packets
        time_ns = begin_ns if end_ns is None else end_ns
        if count and time_ns is not None:
            environment = stream.trace.environment
            key = str(environment.get("hostname", "")), str(environment.get("trace_name", stream.trace.name or ""))
            self._lose(key, time_ns, count)

    def _lose(self, key: tuple[str, str], time_ns: int, count: int) -> None:
        if key[1] in self._sessions:
            self._losses.setdefault(key, deque()).append((time_ns, count))
            self._sums[key] = self._sums.get(key, 0) + count
            self._measure(key, time_ns)

    def advance(self, now_ns: int) -> None:
        for key in self._losses:
            self._measure(key, now_ns)

    def _measure(self, key: tuple[str, str], now_ns: int) -> None:
        losses, total = self._losses[key], self._sums[key]
        # A loss may be told before the time comes to its end.
        while losses and now_ns - losses[0][0] >= self._window_ns:
            total -= losses.popleft()[1]
        self._sums[key] = total
        self.trigger.level(key, now_ns, total >= self._count, total <= self._release, lambda: {
            "hostname": key[0], "session": key[1], f"discarded_{self._what}": total, "window": self._window_ns})


class ConsumedSize(PacketCondition):
    """The packets of a session (or of each of its channels) have come to so many bytes; told once."""

    def __init__(self, size: int, per_channel: bool, sessions: Sequence[str], channels: Sequence[str]) -> None:
        super().__init__(sessions, channels)
        self._size, self._per_channel = size, per_channel
        self._sums: dict[tuple, int] = {}

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        return self._bound(event_class, PACKET, self._packet, ("hostname", "session", "domain", "channel", "packet_size"))

    def _packet(self, time_ns: int, _: int, hostname: str, session: str, domain: str, channel: str, size: int) -> None:
        if session not in self._sessions or channel not in self._channels:
            return
        key = {"hostname": hostname, "session": session} | ({"domain": domain, "channel": channel} if self._per_channel else {})
        names = tuple(key.values())
        total = self._sums[names] = self._sums.get(names, 0) + size
        self.trigger.level(names, time_ns, total >= self._size, False, lambda: key | {"consumed_size": total, "threshold": self._size})


class RotationFinished(PacketCondition):
    """A trace chunk was completed."""

    _FIELDS = ("hostname", "session", "chunk", "path", "packets", "packet_size")

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        return self._bound(event_class, ROTATION, self._rotation, self._FIELDS)

    def _rotation(self, time_ns: int, _: int, *values: Any) -> None:
        if values[1] in self._sessions:
            self.trigger.fire(time_ns, dict(zip(self._FIELDS, values)))
