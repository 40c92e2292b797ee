"""Where to cut: shards of about equal size from the packets of one or several traces.

A shard is a half-open range of time and the trace directories which its reader needs: those with packets that reach into the range,
and for each stream those with the packet before and the packet behind: a packet's counters tell what was lost since the packet before
it, which begins at that one's end.
So rotated chunks, several traces and packet ranges of one trace are one thing. The first shard begins, and the last one ends, with
the traces themselves (None).

A cut is at the beginning of a packet. Packets of other streams which it divides are read by both neighbours, each taking its events.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

# A shard is worth a task from so many bytes on, and no larger than so many, as its partial result is kept in memory.
LEAST_BYTES = 1 << 20
MOST_BYTES = 64 << 20
# Shards a worker, so that all are busy to the end though shards differ.
SHARDS_A_WORKER = 4


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet, or several which follow each other: of which stream, in which trace directory, time in ns (None: unknown) and size."""

    stream: Hashable
    directory: str
    begin_ns: int | None
    end_ns: int | None
    size_bytes: int

    def joined(self, later: "Packet") -> "Packet":
        """Return this packet and one that follows it in its file as one."""
        timed = None not in (self.begin_ns, later.begin_ns)
        begin_ns, end_ns = (min(self.begin_ns, later.begin_ns), max(self.end_ns, later.end_ns)) if timed else (None, None)
        return Packet(self.stream, self.directory, begin_ns, end_ns, self.size_bytes + later.size_bytes)


@dataclass(frozen=True, slots=True)
class Shard:
    """What one task reads: [begin, end) ns of the traces in some directories; None: no limit. number: from 0, in order of time."""

    number: int
    directories: tuple[str, ...]
    begin_ns: int | None = None
    end_ns: int | None = None

    def __str__(self) -> str:
        shown = ", ".join(self.directories[:2]) + (f" and {len(self.directories) - 2} more" if len(self.directories) > 2 else "")
        return f'number={self.number}, range=[{self.begin_ns}, {self.end_ns}) ns, traces="{shown}"'


def shards(packets: Sequence[Packet], directories: Sequence[str], count: int) -> list[Shard]:
    """Return shards which together are the whole, in order of time.

    directories: all trace directories. count: how many shards (`shard_count`). There are fewer where packets have no times, or are too
    few.
    """
    streams = _streams(packets)
    limits = [None, *cut_times(packets, count), None]
    found = [_needed(streams, begin, end) for begin, end in zip(limits, limits[1:])]
    return [Shard(number, tuple(name for name in directories if needed is None or name in needed), begin, end)
            for number, (needed, begin, end) in enumerate(zip(found if len(found) > 1 else [None], limits, limits[1:]))]


def shard_count(total_bytes: int, workers: int) -> int:
    """Return how many shards to make."""
    wanted = min(SHARDS_A_WORKER * workers if workers > 1 else 1, total_bytes // LEAST_BYTES)
    return max(1, wanted, -(-total_bytes // MOST_BYTES))


def cut_times(packets: Sequence[Packet], count: int) -> list[int]:
    """Return the times, ascending, which cut packets into at most `count` ranges of about equal size."""
    timed = sorted((packet.begin_ns, packet.size_bytes) for packet in packets if packet.begin_ns is not None)
    if not timed:
        return []
    # Sizes of the packets which begin before each one.
    before = [0, *accumulate(size for _, size in timed)]
    places = (bisect_left(before, before[-1] * part // count) for part in range(1, count))
    times = {timed[place][0] for place in places if place < len(timed)}
    return sorted(times - {timed[0][0]})


class _Stream:
    """The packets of a stream in order of time; `timed`: every one has its times."""

    def __init__(self, packets: Sequence[Packet]) -> None:
        self.timed = all(packet.begin_ns is not None and packet.end_ns is not None for packet in packets)
        self.packets = sorted(packets, key=lambda packet: packet.begin_ns) if self.timed else list(packets)
        self.begins = [packet.begin_ns for packet in self.packets] if self.timed else []
        # The latest end so far: packets of a stream should not overlap, but a cut must not depend on it.
        self.ends = list(accumulate((packet.end_ns for packet in self.packets), max)) if self.timed else []

    def directories(self, begin_ns: int | None, end_ns: int | None) -> set[str]:
        """Return the directories which a reader of [begin, end) needs for this stream."""
        if not self.timed:
            return {packet.directory for packet in self.packets}
        first = 0 if begin_ns is None else bisect_left(self.ends, begin_ns)
        last = len(self.packets) if end_ns is None else bisect_right(self.begins, end_ns - 1)
        return {packet.directory for packet in self.packets[max(first - 1, 0):last + 1]}


def _streams(packets: Iterable[Packet]) -> list[_Stream]:
    by_stream: dict[Hashable, list[Packet]] = {}
    for packet in packets:
        by_stream.setdefault(packet.stream, []).append(packet)
    return [_Stream(found) for found in by_stream.values()]


def _needed(streams: Sequence[_Stream], begin_ns: int | None, end_ns: int | None) -> set[str]:
    return set().union(*(stream.directories(begin_ns, end_ns) for stream in streams))
