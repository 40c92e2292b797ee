"""Opens traces to find where they can be cut: packets by index files, else by their headers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from lttngx.ctf.reader import OpenedTrace, Options, open_source
from lttngx.shards import cuts
from lttngx.shards.cuts import Packet, Shard
from lttngx.sources.ctf.requests import make_scan


def plan(paths: Sequence[str], workers: int, wanted: int | None = None) -> list[Shard]:
    """Return the shards of all traces at or under paths; see `cuts.shards`. Raises TraceError."""
    traces = open_source(Options(tuple(paths)), make_scan).traces
    directories = [str(directory) for trace in traces for directory in trace.files.directories]
    packets = [packet for number, trace in enumerate(traces) for packet in packets_of(trace, number)]
    return cuts.shards(packets, directories, workers, wanted)


def packets_of(trace: OpenedTrace, number: int) -> Iterator[Packet]:
    """Yield the packets of a trace. number: tells its streams from those of other traces."""
    trace.find_packets()
    for key, stream in trace.streams.items():
        clock = trace.clock(stream.class_id)
        directories = [str(Path(file).parent) for file in stream.files]
        for packet in stream.packets:
            # An end of 0 is one which the tracer did not write, as when the packet was still open.
            timed = clock is not None and packet.begin is not None and packet.end
            yield Packet((number, key), directories[packet.file], clock.ns(packet.begin) if timed else None,
                         clock.ns(packet.end) if timed else None, packet.total // 8)
