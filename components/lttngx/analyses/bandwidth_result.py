"""The typed result of the bandwidth analysis. Sizes are bytes, times ns, rates bytes per second."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from lttngx.analyses.bandwidth_counts import Counts, Key, Loss
from lttngx.analyses.result import TimeRange

NS_PER_S = 1_000_000_000
# The rule of suggestions. 4 sub-buffers are LTTng's default; one of them is with the consumer daemon, the others take what comes.
SUB_BUFFERS, SMALLEST_SUB_BUFFER = 4, 4096


@dataclass(frozen=True, slots=True)
class Usage:
    """What a buffer, channel or session recorded.

    key: the stream's, of a channel without its CPU (−1), of a session without owner and channel ("") too. mean, peak: bytes of content
    per second, over the range and over the fullest bin; peak_ns: when that bin begins.
    """

    key: Key
    counts: Counts
    mean: float
    peak: float
    peak_ns: int

    @property
    def fill(self) -> float:
        """Content by packet size."""
        return self.counts.content_bytes / self.counts.packet_bytes if self.counts.packet_bytes else 0.0

    @property
    def padding_bytes(self) -> int:
        """What packets have beyond their content."""
        return self.counts.packet_bytes - self.counts.content_bytes


@dataclass(frozen=True, slots=True)
class ChannelUsage(Usage):
    """A channel, with the sub-buffers that are suggested: bytes and number."""

    sub_buffer: int = 0
    sub_buffers: int = SUB_BUFFERS


@dataclass(frozen=True)
class BandwidthUsage:
    """One window's result. range: as requested, else from the first packet's begin to the last one's end. rotations: chunks which were
    completed: (session, chunk number)."""

    range: TimeRange
    bin_ns: int
    delay_ns: int
    counts: Mapping[Key, Counts]
    rotations: tuple[tuple[str, int], ...] = ()

    @cached_property
    def streams(self) -> list[Usage]:
        """Buffers, in order of names and CPUs."""
        return [self._usage(Usage, key, self.counts[key]) for key in sorted(self.counts)]

    @cached_property
    def channels(self) -> list[ChannelUsage]:
        """Channels, those with the most content first."""
        found = []
        for key, members in self._groups(lambda key: key._replace(cpu=-1)):
            largest = max(self._usage(Usage, member, self.counts[member]).peak for member in members)
            counts = self._sum(members)
            found.append(self._usage(ChannelUsage, key, counts, sub_buffer=suggested(largest, self.delay_ns, counts)))
        return sorted(found, key=_by_content)

    @cached_property
    def sessions(self) -> list[Usage]:
        """Recording sessions with their domains, those with the most content first."""
        groups = self._groups(lambda key: key._replace(owner="", channel="", cpu=-1))
        return sorted((self._usage(Usage, key, self._sum(members)) for key, members in groups), key=_by_content)

    @cached_property
    def losses(self) -> list[tuple[Key, Loss]]:
        """Losses, in order of time."""
        return sorted(((key, loss) for key, counts in self.counts.items() for loss in counts.losses),
                      key=lambda found: (found[1].begin_ns, found[1].end_ns, found[0]))

    def _groups(self, group: Callable[[Key], Key]) -> Iterable[tuple[Key, list[Key]]]:
        groups: dict[Key, list[Key]] = {}
        for key in self.counts:
            groups.setdefault(group(key), []).append(key)
        return groups.items()

    def _sum(self, members: Iterable[Key]) -> Counts:
        counts = Counts()
        for member in members:
            counts.merge(self.counts[member])
        return counts

    def _usage(self, kind: type, key: Key, counts: Counts, **more: int) -> Usage:
        number, most = counts.peak()
        mean = counts.content_bytes * NS_PER_S / self.range.duration_ns if self.range.duration_ns > 0 else 0.0
        # A bin longer than the trace says less than the mean does.
        return kind(key, counts, mean, max(most * NS_PER_S / self.bin_ns, mean), number * self.bin_ns, **more)


def suggested(peak: float, delay_ns: int, counts: Counts) -> int:
    """Return a sub-buffer size in bytes for a channel.

    It is the least power of two of at least 4096 with which all sub-buffers but one hold what a CPU's buffer gets at peak rate while
    the consumer daemon is late by delay_ns. Where the channel lost something, its true rate is not known: then it is twice the present
    size at least.
    """
    needed = max(SMALLEST_SUB_BUFFER, -(-peak * delay_ns // NS_PER_S) / (SUB_BUFFERS - 1))
    if counts.discarded or counts.lost_packets:
        needed = max(needed, 2 * counts.largest)
    return 1 << (int(-(-needed // 1)) - 1).bit_length()


def _by_content(usage: Usage) -> tuple:
    return -usage.counts.content_bytes, usage.key
