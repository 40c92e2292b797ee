"""Perfetto's TrackEvent packets (perfetto.dev, "Synthesizing TrackEvents"; protos/perfetto/trace).

Times are ns. Packets of one track must come in order of time; files may be concatenated.
"""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from lttngx.export.protobuf import block, double, integer, text, varint

# Field numbers: trace_packet.proto, track_event.proto, track_descriptor.proto, debug_annotation.proto.
_PACKET = varint(1 << 3 | 2)
_TIMESTAMP, _SEQUENCE, _TRACK_EVENT, _TRACK_DESCRIPTOR = 8, 10, 11, 60
_TYPE, _TRACK_UUID, _NAME, _CATEGORIES, _ANNOTATIONS = 9, 11, 23, 22, 4
_COUNTER_VALUE, _DOUBLE_COUNTER_VALUE = 30, 44
_UUID, _TRACK_NAME, _PROCESS, _THREAD, _PARENT_UUID, _COUNTER, _ORDERING, _STATE = 1, 2, 3, 4, 5, 8, 11, 18
_SLICE_BEGIN, _SLICE_END, _COUNTER_EVENT, _STATE_EVENT = 1, 2, 4, 5
_LEXICOGRAPHIC = 1


class Writer:
    """Makes packets. seed: distinguishes traces, such as the trace's UUID; tracks of equal seed and name are one
    track."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._sequence = integer(_SEQUENCE, self._uuid("sequence") & 0x7FFFFFFF | 1)
        self._known: set[int] = set()

    def _uuid(self, *names: Any) -> int:
        """Return a stable non-zero 63-bit number for a track."""
        data = "\0".join([self._seed, *map(str, names)]).encode("utf-8", "surrogateescape")
        return int.from_bytes(blake2b(data, digest_size=8).digest(), "big") >> 1 | 1

    def _packet(self, content: bytes) -> bytes:
        content += self._sequence
        return _PACKET + varint(len(content)) + content

    def _describe(self, uuid: int, content: bytes) -> bytes:
        """Return the packet which describes a track, nothing if it was described."""
        if uuid in self._known:
            return b""
        self._known.add(uuid)
        return self._packet(block(_TRACK_DESCRIPTOR, integer(_UUID, uuid) + content))

    def process(self, pid: int, name: str | None = None) -> tuple[int, bytes]:
        """Return the UUID of a process's track and its description's packet."""
        uuid = self._uuid("process", pid)
        return uuid, self._describe(uuid, block(_PROCESS, integer(1, pid) + (text(6, name) if name else b"")))

    def thread(self, pid: int | None, tid: int, name: str | None = None) -> tuple[int, bytes]:
        """Return the UUID of a thread's track and its packet. pid: the TID where the process is not known."""
        pid = tid if pid is None else pid
        uuid = self._uuid("thread", pid, tid)
        content = integer(1, pid) + integer(2, tid) + (text(5, name) if name else b"")
        return uuid, self._describe(uuid, block(_THREAD, content))

    def named(self, name: str, parent: int | None = None, *ids: Any, states: bool = False) -> tuple[int, bytes]:
        """Return the UUID of a track with a name of its own and its packet; the tracks under it are sorted by name.

        ids: tell tracks of one name apart; viewers show tracks of one name and parent as one, in rows.
        states: the track holds states, not slices."""
        uuid = self._uuid("track", name, parent, *ids)
        content = text(_TRACK_NAME, name) + (integer(_PARENT_UUID, parent) if parent else b"")
        return uuid, self._describe(uuid, content + (block(_STATE, b"") if states else integer(_ORDERING, _LEXICOGRAPHIC)))

    def counter(self, name: str, unit: str = "", parent: int | None = None) -> tuple[int, bytes]:
        """Return the UUID of a counter's track and its packet."""
        uuid = self._uuid("counter", name, parent)
        descriptor = text(_TRACK_NAME, name) + block(_COUNTER, text(6, unit) if unit else b"")
        return uuid, self._describe(uuid, descriptor + (integer(_PARENT_UUID, parent) if parent else b""))

    def begin(self, track: int, time_ns: int, name: str, category: str = "",
              notes: Iterable[tuple[str, Any]] = ()) -> bytes:
        """Return the packet which begins a slice. notes: shown as its arguments."""
        event = integer(_TYPE, _SLICE_BEGIN) + integer(_TRACK_UUID, track) + text(_NAME, name)
        if category:
            event += text(_CATEGORIES, category)
        event += b"".join(block(_ANNOTATIONS, _annotation(key, value)) for key, value in notes)
        return self._packet(integer(_TIMESTAMP, time_ns) + block(_TRACK_EVENT, event))

    def end(self, track: int, time_ns: int) -> bytes:
        """Return the packet which ends the innermost slice of a track."""
        return self._packet(integer(_TIMESTAMP, time_ns) + block(
            _TRACK_EVENT, integer(_TYPE, _SLICE_END) + integer(_TRACK_UUID, track)))

    def state(self, track: int, time_ns: int, name: str) -> bytes:
        """Return the packet of a state track's next state."""
        return self._packet(integer(_TIMESTAMP, time_ns) + block(
            _TRACK_EVENT, integer(_TYPE, _STATE_EVENT) + integer(_TRACK_UUID, track) + text(_NAME, name)))

    def count(self, track: int, time_ns: int, value: int | float) -> bytes:
        """Return the packet of a counter's value."""
        number = double(_DOUBLE_COUNTER_VALUE, value) if isinstance(value, float) else integer(_COUNTER_VALUE, value)
        return self._packet(integer(_TIMESTAMP, time_ns) + block(
            _TRACK_EVENT, integer(_TYPE, _COUNTER_EVENT) + integer(_TRACK_UUID, track) + number))


def _annotation(name: str, value: Any) -> bytes:
    if isinstance(value, bool):
        return text(10, name) + integer(2, value)
    if isinstance(value, int):
        return text(10, name) + (integer(4, value) if value < 2**63 else integer(3, value))
    if isinstance(value, float):
        return text(10, name) + double(5, value)
    return text(10, name) + text(6, "" if value is None else str(value))
