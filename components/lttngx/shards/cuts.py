"""Where to cut: shards of about equal size from the packets of one or several traces.

A shard is a half-open range of time and what its reader needs of the data stream files: the bytes with packets that reach into the
range, and for each stream the packet before and the packet behind: a packet's counters tell what was lost since the packet before it,
which begins at that one's end. A packet which was delivered behind a later one has a lower counter, from which nothing goes on: then
what a reader needs begins with the packet which had the highest. So a reader finds its packets in a time which does not depend on the
length of the trace.
So rotated chunks, several traces and packet ranges of one trace are one thing. The first shard begins, and the last one ends, with
the traces themselves (None).

A cut is at the beginning of a packet. Packets of other streams which it divides are read by both neighbours, each taking its events.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from posixpath import dirname

# A shard is worth a task from so many bytes on, and no larger than so many, as its partial result is kept in memory: a journal, which
# is as long as its part of the trace, or another, which is not.
LEAST_BYTES = 1 << 20
MOST_JOURNAL_BYTES = 64 << 20
MOST_BYTES = 128 << 20
# Shards a worker, so that all are busy to the end though shards differ.
SHARDS_A_WORKER = 4


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet, or several of a stream which follow each other in a file.

    time in ns, None: unknown. size_bytes: its size, of [first_byte, end_byte) of the file at `path`, where packets of other streams
    may lie, too. discarded: the highest counter of discarded events, -1: unknown.
    """

    stream: Hashable
    path: str
    begin_ns: int | None
    end_ns: int | None
    size_bytes: int
    first_byte: int
    end_byte: int
    discarded: int = -1


@dataclass(frozen=True, slots=True)
class Shard:
    """What one task reads: [begin, end) ns of the traces in some directories; None: no limit. number: from 0, in order of time.

    files: path to bytes [first, end) which it needs of each data stream file; None: all files, whole.
    """

    number: int
    directories: tuple[str, ...]
    begin_ns: int | None = None
    end_ns: int | None = None
    files: Mapping[str, tuple[int, int]] | None = None

    def __str__(self) -> str:
        shown = ", ".join(self.directories[:2]) + (f" and {len(self.directories) - 2} more" if len(self.directories) > 2 else "")
        return f'number={self.number}, range=[{self.begin_ns}, {self.end_ns}) ns, traces="{shown}"'


def shards(packets: Sequence[Packet], directories: Sequence[str], count: int) -> list[Shard]:
    """Return shards which together are the whole, in order of time.

    directories: all trace directories. count: how many shards (`shard_count`). There are fewer where packets have no times, or are too
    few.
    """
    times = cut_times(packets, count)
    if not times:
        return [Shard(0, tuple(directories))]
    streams, limits = _streams(packets), [None, *times, None]
    found = [_extents(streams, begin, end) for begin, end in zip(limits, limits[1:])]
    return [Shard(number, _with_files(directories, files), begin, end, files)
            for number, (files, begin, end) in enumerate(zip(found, limits, limits[1:]))]


def shard_count(total_bytes: int, workers: int, most_bytes: int = MOST_BYTES) -> int:
    """Return how many shards to make; large ones are as many for each worker."""
    wanted = min(SHARDS_A_WORKER * workers if workers > 1 else 1, total_bytes // LEAST_BYTES)
    needed = -(-total_bytes // most_bytes)
    return max(1, wanted, -(-needed // workers) * workers if needed > 1 else 1)


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
        # Of each packet, the place of the last one up to it whose counter is the highest so far.
        self.highest = list(accumulate(range(len(self.packets)), self._higher))

    def _higher(self, place: int, other: int) -> int:
        return other if self.packets[other].discarded >= self.packets[place].discarded else place

    def needed(self, begin_ns: int | None, end_ns: int | None) -> Sequence[Packet]:
        """Return the packets which a reader of [begin, end) needs of this stream."""
        if not self.timed:
            return self.packets
        first = 0 if begin_ns is None else bisect_left(self.ends, begin_ns)
        last = len(self.packets) if end_ns is None else bisect_right(self.begins, end_ns - 1)
        return self.packets[self.highest[first - 1] if first else 0:last + 1]


def _streams(packets: Iterable[Packet]) -> list[_Stream]:
    by_stream: dict[Hashable, list[Packet]] = {}
    for packet in packets:
        by_stream.setdefault(packet.stream, []).append(packet)
    return [_Stream(found) for found in by_stream.values()]


def _extents(streams: Sequence[_Stream], begin_ns: int | None, end_ns: int | None) -> dict[str, tuple[int, int]]:
    """Return what a reader of [begin, end) needs of each file."""
    found: dict[str, tuple[int, int]] = {}
    for packet in chain.from_iterable(stream.needed(begin_ns, end_ns) for stream in streams):
        first, end = found.get(packet.path, (packet.first_byte, packet.end_byte))
        found[packet.path] = min(first, packet.first_byte), max(end, packet.end_byte)
    return found


def _with_files(directories: Sequence[str], files: Iterable[str]) -> tuple[str, ...]:
    used = {dirname(path) for path in files}
    return tuple(name for name in directories if name in used)
