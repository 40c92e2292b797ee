"""Opens traces to find where they can be cut: packets by index files, else by their headers.

Packets of a file which follow each other are taken together, file by file: a plan's memory grows with neither packets nor bytes much.
"""

from collections.abc import Iterator, Sequence

from lttngx.ctf.reader import OpenedTrace, Options, open_source
from lttngx.ctf.streams import data_files
from lttngx.ctf.times import Clock
from lttngx.shards import cuts
from lttngx.shards.cuts import Packet, Shard
from lttngx.sources.ctf.requests import make_scan

# Of a shard's share of all bytes, the part which a cut may be beside the best place.
PRECISION = 16


def plan(paths: Sequence[str], workers: int, wanted: int | None = None) -> list[Shard]:
    """Return the shards of all traces at or under paths; see `cuts.shards`. Raises TraceError."""
    traces = open_source(Options(tuple(paths)), make_scan).traces
    directories = [directory for trace in traces for directory in trace.files.directories]
    total_bytes = sum(path.stat().st_size for directory in directories for path in data_files(directory))
    count = cuts.shard_count(total_bytes, workers) if wanted is None else wanted
    grain_bytes = total_bytes // (PRECISION * count)
    packets = [packet for number, trace in enumerate(traces) for packet in packets_of(trace, number, grain_bytes)]
    return cuts.shards(packets, [str(directory) for directory in directories], count)


def packets_of(trace: OpenedTrace, number: int, grain_bytes: int = 0) -> Iterator[Packet]:
    """Yield the packets of a trace, as one those of a file which follow each other up to grain_bytes.

    number: tells its streams from those of other traces."""
    for path, rows in trace.packet_rows():
        whole: dict[tuple, Packet] = {}
        for _, total, _, begin, end, _, _, class_id, stream_id in rows:
            key = class_id, str(path) if stream_id is None else stream_id
            packet = Packet((number, key), str(path.parent), *_times(trace.clock(class_id), begin, end), total // 8)
            if key in whole and whole[key].size_bytes + packet.size_bytes <= grain_bytes:
                whole[key] = whole[key].joined(packet)
            else:
                yield from [whole[key]] if key in whole else ()
                whole[key] = packet
        yield from whole.values()


def _times(clock: Clock | None, begin: int | None, end: int | None) -> tuple[int | None, int | None]:
    """Return a packet's times in ns. An end of 0 is one which the tracer did not write, as when the packet was still open."""
    return (None, None) if clock is None or begin is None or not end else (clock.ns(begin), clock.ns(end))
