"""A sink which checks the message sequence: put it behind every source and filter under test.

Rules (Babeltrace 2, message sequence rules): per stream, without packets `SB (E|DE)* SE`, with packets
`SB ((PB (E|DE)* PE)|DE|DP)* SE`; clock snapshots of one message iterator never decrease (discarded events and packets count
by their beginning); an event's packet is the open one; every stream that begins ends.
"""

from collections import Counter
from typing import Any

import bt2

# (state, message) → state; states of a stream: outside packets, inside one.
OUTSIDE, INSIDE = "outside a packet", "inside a packet"
TRANSITIONS = {
    (None, "StreamBeginning"): OUTSIDE,
    (OUTSIDE, "PacketBeginning"): INSIDE,
    (INSIDE, "PacketEnd"): OUTSIDE,
    (INSIDE, "Event"): INSIDE,
    (INSIDE, "DiscardedEvents"): INSIDE,
    (OUTSIDE, "DiscardedEvents"): OUTSIDE,
    (OUTSIDE, "DiscardedPackets"): OUTSIDE,
    (OUTSIDE, "StreamEnd"): None,
}


class Checker:
    """Checks messages one by one; raises AssertionError at the first that breaks a rule. `counts`: messages by kind."""

    def __init__(self) -> None:
        self._states: dict[int, str] = {}
        self._packets: dict[int, int] = {}
        self._streams: dict[int, Any] = {}
        self._last_ns: int | None = None
        self.counts: Counter[str] = Counter()

    def check(self, message: Any) -> None:
        kind = type(message).__name__.strip("_").removesuffix("Const").removesuffix("Message")
        self.counts[kind] += 1
        self._check_time(message, kind)
        if kind != "MessageIteratorInactivity":
            self._check_sequence(message, kind)

    def finish(self) -> None:
        """Check what must hold at the end: every stream has ended."""
        assert not self._states, f"streams without an end: {sorted(self._states.values())}"

    def _check_sequence(self, message: Any, kind: str) -> None:
        stream = _stream(message, kind)
        self._streams[stream.addr] = stream  # Keeps the address from being used again.
        state = self._states.get(stream.addr)
        if kind == "Event" and not stream.cls.supports_packets:
            assert state == OUTSIDE, f"event of stream {stream.id} before its beginning or after its end"
            return
        assert (state, kind) in TRANSITIONS, f"{kind} message of stream {stream.id} {state or 'outside the stream'}"
        self._check_packet(message, kind, stream)
        following = TRANSITIONS[state, kind]
        if following is None:
            del self._states[stream.addr]
        else:
            self._states[stream.addr] = following

    def _check_packet(self, message: Any, kind: str, stream: Any) -> None:
        if kind == "PacketBeginning":
            self._packets[stream.addr] = message.packet.addr
        elif kind in ("PacketEnd", "Event"):
            packet = message.packet if kind == "PacketEnd" else message.event.packet
            assert packet.addr == self._packets[stream.addr], f"{kind} message of another packet than the open one"

    def _check_time(self, message: Any, kind: str) -> None:
        time = _time_ns(message, kind)
        if time is None:
            return
        assert self._last_ns is None or time >= self._last_ns, f"{kind} message at {time} ns after {self._last_ns} ns"
        self._last_ns = time


def _stream(message: Any, kind: str) -> Any:
    if kind == "Event":
        return message.event.stream
    return message.packet.stream if kind.startswith("Packet") else message.stream


def _time_ns(message: Any, kind: str) -> int | None:
    """Return a message's time in ns from origin, None where it has none or on overflow."""
    # bt2 2.0 crashes when it is asked for a packet's time which the stream class does not promise.
    if kind.startswith("Packet"):
        stream_class = message.packet.stream.cls
        if not (stream_class.packets_have_beginning_default_clock_snapshot if kind == "PacketBeginning"
                else stream_class.packets_have_end_default_clock_snapshot):
            return None
    name = {"DiscardedEvents": "beginning_default_clock_snapshot", "DiscardedPackets": "beginning_default_clock_snapshot",
            "MessageIteratorInactivity": "clock_snapshot"}.get(kind, "default_clock_snapshot")
    try:
        # The unknown time of a stream's beginning or end is an object without this attribute.
        return getattr(getattr(message, name), "ns_from_origin", None)
    except (ValueError, OverflowError):
        return None


class CheckSink(bt2._UserSinkComponent):
    """Checks what arrives at its port `in`. `obj`: list to which every message is appended, or None.

    The Checker is appended to the list `obj` last, when the messages have ended.
    """

    def __init__(self, config: Any, params: Any, obj: list[Any] | None) -> None:
        self._seen, self._checker = obj, Checker()
        self._add_input_port("in")

    @classmethod
    def _user_get_supported_mip_versions(cls, params: Any, obj: Any, log_level: Any) -> list[int]:
        return list(range(min(1, bt2.get_maximal_mip_version()) + 1))

    def _user_graph_is_configured(self) -> None:
        self._iterator = self._create_message_iterator(self._input_ports["in"])

    def _user_consume(self) -> None:
        try:
            message = next(self._iterator)
        except StopIteration:
            self._checker.finish()
            if self._seen is not None:
                self._seen.append(self._checker)
            raise
        self._checker.check(message)
        if self._seen is not None:
            self._seen.append(message)
