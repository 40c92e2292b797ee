"""What the bandwidth analysis counts of one data stream in one window.

A packet's content is spread evenly over [begin, end) of the packet, in whole bytes: up to a time t of it, ⌊content × (t − begin) /
(end − begin)⌋ bytes are there. So the bins of a packet add up to its content exactly, whatever is joined with what.
"""

from collections.abc import Iterator
from typing import NamedTuple

from lttngx.packets.record import UNKNOWN


class Key(NamedTuple):
    """A data stream: the buffer of a CPU. owner: see source.lttngx.packets."""

    hostname: str
    session: str
    domain: str
    owner: str
    channel: str
    cpu: int


class Point(NamedTuple):
    """What of a packet tells of losses before it; UNKNOWN where not known."""

    begin_ns: int
    end_ns: int
    chunk: int
    sequence: int
    lost_packets: int
    discarded: int
    discarded_total: int


class Loss(NamedTuple):
    """Event records discarded, and packets lost, between two times in ns. at_cut: between the last packet of a chunk and the first of
    the next. UNKNOWN: how many is not known."""

    begin_ns: int
    end_ns: int
    events: int
    packets: int
    at_cut: bool = False


def loss_between(before: Point, point: Point) -> Loss:
    """Return what was lost between two packets of a stream that follow each other."""
    packets, events = point.lost_packets, point.discarded
    if packets == UNKNOWN and UNKNOWN not in (before.sequence, point.sequence):
        packets = max(point.sequence - before.sequence - 1, UNKNOWN)
    if events == UNKNOWN and UNKNOWN not in (before.discarded_total, point.discarded_total):
        events = max(point.discarded_total - before.discarded_total, UNKNOWN)
    at_cut = point.chunk != before.chunk and UNKNOWN not in (point.chunk, before.chunk)
    return Loss(before.end_ns, point.end_ns, events, packets, at_cut)


def loss_before(point: Point) -> Loss:
    """Return what was lost before the first packet known of a stream."""
    return Loss(point.begin_ns, point.end_ns, point.discarded, point.lost_packets)


class Counts:
    """Counts of packets, all by packets which end in the window.

    largest: the largest packet in bytes, which is LTTng's sub-buffer size. bins: number (time // length) → bytes of content. gaps: runs
    of missing sequence numbers. cut_events, cut_packets: those of `discarded` and `lost_packets` lost at chunk cuts.
    unknown: packets before which nobody knows what was lost.
    """

    __slots__ = ("packets", "packet_bytes", "content_bytes", "largest", "bins", "discarded", "lost_packets", "gaps", "cut_events",
                 "cut_packets", "unknown", "losses")

    def __init__(self) -> None:
        self.packets = self.packet_bytes = self.content_bytes = self.largest = 0
        self.discarded = self.lost_packets = self.gaps = self.cut_events = self.cut_packets = self.unknown = 0
        self.bins: dict[int, int] = {}
        self.losses: list[Loss] = []

    def add(self, packet_size: int, content_size: int, begin_ns: int, end_ns: int, bin_ns: int) -> None:
        """Count a packet; bin_ns: length of the bins."""
        self.packets += 1
        self.packet_bytes += packet_size
        self.content_bytes += content_size
        self.largest = max(self.largest, packet_size)
        for number, share in spread(content_size, begin_ns, end_ns, bin_ns):
            self.bins[number] = self.bins.get(number, 0) + share

    def lose(self, loss: Loss) -> None:
        """Count a loss."""
        events, packets = max(loss.events, 0), max(loss.packets, 0)
        self.unknown += UNKNOWN in (loss.events, loss.packets)
        self.discarded += events
        self.lost_packets += packets
        self.gaps += packets > 0
        if loss.at_cut:
            self.cut_events += events
            self.cut_packets += packets
        if events or packets:
            self.losses.append(loss)

    def merge(self, other: "Counts") -> None:
        """Add what another has counted of packets which come later, or of another stream."""
        for name in ("packets", "packet_bytes", "content_bytes", "discarded", "lost_packets", "gaps", "cut_events", "cut_packets",
                     "unknown"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.largest = max(self.largest, other.largest)
        for number, share in other.bins.items():
            self.bins[number] = self.bins.get(number, 0) + share
        self.losses += other.losses

    def peak(self) -> tuple[int, int]:
        """Return (number, bytes) of the fullest bin, the first of several; (0, 0) of nothing."""
        return max(self.bins.items(), key=lambda found: (found[1], -found[0]), default=(0, 0))

    def state(self) -> tuple:
        """Return all that was counted, for comparisons."""
        return tuple(sorted(value.items()) if isinstance(value, dict) else tuple(sorted(value)) if isinstance(value, list) else value
                     for value in (getattr(self, name) for name in self.__slots__))


def spread(content: int, begin_ns: int, end_ns: int, bin_ns: int) -> Iterator[tuple[int, int]]:
    """Yield (bin, bytes) of a packet's content; all of it is in its last bin if the packet takes no time."""
    first, last = begin_ns // bin_ns, max(begin_ns, end_ns - 1) // bin_ns
    length, given = end_ns - begin_ns, 0
    for number in range(first, last):
        until = content * ((number + 1) * bin_ns - begin_ns) // length
        if until > given:
            yield number, until - given
            given = until
    yield last, content - given
