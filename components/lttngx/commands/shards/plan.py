"""Opens traces to find where they can be cut: packets by index files, else by their headers.

Packets of a file which follow each other are taken together, file by file: a plan's memory grows with neither packets nor bytes much.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence

from lttngx.ctf.reader import OpenedTrace, Options, open_source
from lttngx.ctf.streams import data_files
from lttngx.ctf.times import Clock
from lttngx.shards import cuts
from lttngx.shards.cuts import Packet, Shard
from lttngx.sources.ctf.requests import make_scan

# Of a shard's share of all bytes, the part which a cut may be beside the best place.
PRECISION = 16


def plan(paths: Sequence[str], workers: int, wanted: int | None = None, most_bytes: int = cuts.MOST_BYTES) -> list[Shard]:
    """Return the shards of all traces at or under paths; see `cuts.shards`. wanted: how many; None: by size. Raises TraceError."""
    traces = open_source(Options(tuple(paths)), make_scan).traces
    directories = [directory for trace in traces for directory in trace.files.directories]
    total_bytes = sum(path.stat().st_size for directory in directories for path in data_files(directory))
    count = cuts.shard_count(total_bytes, workers, most_bytes) if wanted is None else wanted
    grain_bytes = total_bytes // (PRECISION * count)
    packets = [packet for number, trace in enumerate(traces) for packet in packets_of(trace, number, grain_bytes)]
    return cuts.shards(packets, [str(directory) for directory in directories], count)


def packets_of(trace: OpenedTrace, number: int, grain_bytes: int = 0) -> Iterator[Packet]:
    """Yield the packets of a trace, as one those of a stream which follow each other in a file up to grain_bytes.

    number: tells its streams from those of other traces."""
    for path, rows in trace.packet_rows():
        for (class_id, stream_id), grain in grains(rows, grain_bytes):
            key = class_id, str(path) if stream_id is None else stream_id
            yield grain.packet((number, key), str(path), trace.clock(class_id))


def grains(rows: Iterable[tuple], grain_bytes: int) -> Iterator[tuple[tuple, "Grain"]]:
    """Yield, with data stream class ID and stream ID, the grains of a file. rows: as of `indexes.Entry`, one for each packet."""
    growing: dict[tuple, Grain] = {}
    for offset, total, _, begin, end, discarded, _, *key in rows:
        stream, size_bytes = tuple(key), total // 8
        grain = growing.get(stream)
        if grain is None or grain.size_bytes + size_bytes > grain_bytes:
            if grain is not None:
                yield stream, grain
            grain = growing[stream] = Grain(offset)
        grain.add(offset, size_bytes, begin, end, discarded)
    yield from growing.items()


class Grain:
    """Packets which are taken as one; times in clock cycles. timed: all of them have times."""

    __slots__ = ("begin", "end", "timed", "first_byte", "end_byte", "size_bytes", "discarded")

    def __init__(self, first_byte: int) -> None:
        self.begin = self.end = None
        self.timed, self.first_byte, self.end_byte, self.size_bytes, self.discarded = True, first_byte, first_byte, 0, -1

    def add(self, offset: int, size_bytes: int, begin: int | None, end: int | None, discarded: int | None) -> None:
        """Add the packet at a file's byte `offset`. One that cannot be read has no size: a reader has to come upon it."""
        self.size_bytes += size_bytes
        self.end_byte = offset + (size_bytes or 1)
        self.discarded = max(self.discarded, -1 if discarded is None else discarded)
        if begin is None or not end:
            # An end of 0 is one which the tracer did not write, as when the packet was still open.
            self.timed = False
        elif self.begin is None:
            self.begin, self.end = begin, end
        else:
            self.begin, self.end = min(self.begin, begin), max(self.end, end)

    def packet(self, stream: Hashable, path: str, clock: Clock | None) -> Packet:
        """Return it as a packet."""
        times = (clock.ns(self.begin), clock.ns(self.end)) if clock is not None and self.timed else (None, None)
        return Packet(stream, path, *times, self.size_bytes, self.first_byte, self.end_byte, self.discarded)
