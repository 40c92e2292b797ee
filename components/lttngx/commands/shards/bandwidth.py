"""Bandwidth in shards: its parts are told of packets, not of events.

A packet is in the shard in whose range it ends. What was lost before a shard's first packet of a stream tells the packet before,
which the shard reads, too; what no shard can tell alone, joining tells.
"""

import sys
from collections.abc import Iterable
from typing import Any

from lttngx.analyses.bandwidth import Bandwidth
from lttngx.analyses.bandwidth_result import BandwidthUsage
from lttngx.commands.shards.packet_reading import first_packet, read_packets
from lttngx.commands.shards.report import Report
from lttngx.shards.cuts import Shard
from lttngx.sinks import bandwidth

Values = dict[str, Any]


class BandwidthPart:
    """A part: its engine, and what could not be read. untimed: (file, offset) of packets without a time, which are left out."""

    def __init__(self, engine: Bandwidth) -> None:
        self.engine = engine
        self.faults: set[str] = set()
        self.untimed: set[tuple[str, int]] = set()

    def read(self, shard: Shard) -> None:
        """Take what a shard tells. Raises TraceError."""
        recording = read_packets(self.engine, shard.directories, shard.begin_ns, shard.end_ns, shard.files)
        self.faults |= set(recording.faults)
        self.untimed |= {(str(path), offset) for path, offset in recording.untimed}

    def merge(self, later: "BandwidthPart") -> "BandwidthPart":
        """Join the part that follows; return self."""
        self.engine.merge(later.engine)
        self.faults |= later.faults
        self.untimed |= later.untimed
        return self

    def closed(self) -> Iterable[BandwidthUsage]:
        """See Bandwidth."""
        return self.engine.closed()

    def results(self) -> list[BandwidthUsage]:
        """See Bandwidth. Raises TraceError, ParameterError."""
        return self.engine.results()


def part(values: Values, first: bool) -> BandwidthPart:
    """Return a part."""
    return BandwidthPart(bandwidth.engine(values))


def work(shard: Shard, part: BandwidthPart) -> BandwidthPart:
    """Return the part, fed with a shard. Raises LttngxError."""
    part.read(shard)
    return part


def first_times(shard: Shard) -> tuple[int | None, int | None]:
    """Return the times which settle a window: of the first event, which is at its packet's end, and where windows begin."""
    packet = first_packet(shard.directories, shard.files)
    return (None, None) if packet is None else (packet.end_ns, packet.begin_ns)


class BandwidthReport(Report):
    """Writes results as sink.lttngx.bandwidth does, Prometheus' text once, and says what could not be read."""

    def __init__(self, values: Values) -> None:
        """See Report."""
        self._render_sink = bandwidth.Renderer(values)
        super().__init__(lambda results, _: self._render_sink(results), values)
        self._at_end = self._at_end or values["format"] == bandwidth.PROMETHEUS

    def close(self, joined: BandwidthPart) -> None:
        """See Output."""
        super().close(joined)
        for fault in sorted(joined.faults):
            _warn(f"cannot read packet: {fault}")
        if joined.untimed:
            _warn(f"packets without a time are left out: {len(joined.untimed)}")


def _warn(text: str) -> None:
    print(f"lttngx: WARNING: {text}", file=sys.stderr)
