"""The bandwidth analysis: an engine that takes the events of source.lttngx.packets and gives what buffers, channels and sessions
record and lose.

Implements core.extraction.Consumer. A packet belongs to the window in which it ends, so windows add up. What is counted:
`bandwidth_counts`; what it gives: `bandwidth_result`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lttngx.analyses.bandwidth_counts import Counts, Key, Point, loss_before, loss_between
from lttngx.analyses.bandwidth_result import BandwidthUsage
from lttngx.analyses.result import TimeRange
from lttngx.analyses.windows import BEFORE, BEYOND, FOREVER, Grid
from lttngx.core.classes import EventClass, Scope, Stream
from lttngx.core.extraction import Extraction
from lttngx.errors import ParameterError, TraceError

PACKET, ROTATION = "packet:end", "session:rotation"
PACKET_FIELDS = (*Key._fields, "packet_size", "content_size", "begin", "end", "chunk", "sequence", "lost_packets", "discarded",
                 "discarded_total")
ROTATION_FIELDS = ("session", "chunk")
NO_PACKETS = ("Cannot tell bandwidth: event=packet:end, expected at least one, got none: read the trace with "
              "`-c source.lttngx.packets -p 'inputs=[\"TRACE\"]'`")


@dataclass(frozen=True, slots=True)
class Options:
    """What to compute. begin_ns, end_ns, refresh_ns: as for CPU usage (`analyses.cputop`). bin_ns: length of the bins for peak rates.
    delay_ns: how late the consumer daemon may be, for suggestions."""

    begin_ns: int | Callable[[int], int] | None = None
    end_ns: int | Callable[[int], int] | None = None
    refresh_ns: int | None = None
    bin_ns: int = 100_000_000
    delay_ns: int = 200_000_000


class Bandwidth:
    """The engine."""

    per_stream = False

    def __init__(self, options: Options = Options()) -> None:
        self.options = options
        self.grid: Grid | None = None
        self.windows: dict[int, dict[Key, Counts]] = {}
        self.rotations: dict[int, list[tuple[str, int]]] = {}
        # First and last packet of each stream; what was lost before the first is settled when the part before is known, or at the end.
        self.heads: dict[Key, Point] = {}
        self.tails: dict[Key, Point] = {}
        self.first_ns, self.last_ns = FOREVER, -FOREVER
        self.now_ns = -FOREVER
        self.given = 0
        # Ends of the oldest and the newest packet since `arrived`; length of the longest chunk, and each session's last chunk's end.
        self._arrived: tuple[int, int] | None = None
        self.longest_chunk_ns = 0
        self._chunk_ends: dict[str, int] = {}

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        if event_class.name == PACKET:
            return self._bound(event_class, self._packet, PACKET_FIELDS)
        return self._bound(event_class, self._rotation, ROTATION_FIELDS) if event_class.name == ROTATION else None

    def _bound(self, event_class: EventClass, call: Callable[..., None], fields: tuple[str, ...]) -> Extraction | None:
        paths = tuple(event_class.path(Scope.PAYLOAD, name) for name in fields)
        return None if None in paths else Extraction(call, paths)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """The events of packets are not discarded; those in the packets are counted from their fields."""

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See discarded_events."""

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Nothing: packets tell the range, which begins with the first packet's begin."""

    def advance(self, now_ns: int | None) -> None:
        """Tell that time has come to `now_ns`, packet or not."""
        if now_ns is not None:
            self.now_ns = max(self.now_ns, now_ns)

    def arrived(self) -> tuple[int, int] | None:
        """Return the ends of the oldest and the newest packet since the last call; None if there was none."""
        arrived, self._arrived = self._arrived, None
        return arrived

    # Events

    def _packet(self, time_ns: int, _: int, *values: int | str) -> None:
        key = Key._make(values[:6])
        packet_size, content_size, begin_ns, end_ns, *counters = values[6:]
        self.first_ns, self.last_ns = min(self.first_ns, begin_ns), max(self.last_ns, end_ns)
        self.advance(end_ns)
        oldest, newest = self._arrived or (end_ns, end_ns)
        self._arrived = min(oldest, end_ns), max(newest, end_ns)
        counts = self._counts(end_ns, key)
        counts.add(packet_size, content_size, begin_ns, end_ns, self.options.bin_ns)
        point, before = Point(begin_ns, end_ns, *counters), self.tails.get(key)
        if before is None:
            self.heads[key] = point
        else:
            counts.lose(loss_between(before, point))
        self.tails[key] = point

    def _rotation(self, time_ns: int, _: int, session: str, chunk: int) -> None:
        self.longest_chunk_ns = max(self.longest_chunk_ns, time_ns - self._chunk_ends.get(session, min(self.first_ns, time_ns)))
        self._chunk_ends[session] = time_ns
        if self.grid is not None:
            self.rotations.setdefault(self._index(time_ns), []).append((session, chunk))

    def _counts(self, end_ns: int, key: Key) -> Counts:
        """Return the counts of a stream in the window in which a packet ends."""
        if self.grid is None:
            self.grid = self._begin()
        window = self.windows.setdefault(self._index(end_ns), {})
        if key not in window:
            window[key] = Counts()
        return window[key]

    def _index(self, time_ns: int) -> int:
        """Return a time's window; what comes too late for its own is counted in the first that was not given."""
        index = self.grid.index(time_ns)
        return index if index in (BEFORE, BEYOND) else max(index, self.given)

    def _begin(self) -> Grid:
        first = self.last_ns
        begin, end = (value(first) if callable(value) else value for value in (self.options.begin_ns, self.options.end_ns))
        if begin is None and self.options.refresh_ns is not None:
            begin = self.first_ns
        if begin is not None and end is not None and end <= begin:
            raise ParameterError(f"Invalid time range: expected begin before end, got begin={begin}, end={end} (ns)")
        return Grid(begin, end, self.options.refresh_ns)

    # Results

    def closed(self) -> Iterator[BandwidthUsage]:
        """Yield the results of windows which have ended and were not given; their memory is freed."""
        if self.grid is None or self.options.refresh_ns is None:
            return
        while self.now_ns >= self.grid.bounds(self.given)[1] and self.given < self._last_window():
            yield self._give(self.grid.bounds(self.given)[1])

    def results(self) -> list[BandwidthUsage]:
        """Return the results of all windows not yet given; to be called at the end.

        Raises TraceError without any packet, ParameterError if the range holds none.
        """
        if self.grid is None:
            raise TraceError(NO_PACKETS)
        # What is given does not depend on when it was asked for.
        given = list(self.closed())
        while self.given <= max((index for index in self.windows if index != BEYOND), default=BEFORE):
            given.append(self._give(min(self.grid.bounds(self.given)[1], self.last_ns)))
        if not given and not self.given:
            raise ParameterError(f"Invalid time range: expected one with packets, which end from {self.first_ns} to {self.last_ns} (ns)")
        return given

    def merge(self, later: "Bandwidth") -> "Bandwidth":
        """Join what another engine with the same options made of the part of the trace that follows; return self.

        With refresh_ns, begin_ns must be given, as both must use the same windows. The later part may not have given windows away; the
        earlier one may if nothing comes before it, as all packets of a later part end later.
        """
        if self.options != later.options or later.given:
            raise ValueError("Cannot merge bandwidth: expected the same options and no window of the later part given away")
        if later.grid is None:
            return self
        self.grid = self.grid or later.grid
        for key, head in later.heads.items():
            if key in self.tails:
                later.windows[later.grid.index(head.end_ns)][key].lose(loss_between(self.tails[key], head))
            else:
                self.heads[key] = head
        self.tails |= later.tails
        for index, window in later.windows.items():
            own = self.windows.setdefault(index, {})
            for key, counts in window.items():
                own.setdefault(key, Counts()).merge(counts)
        for index, rotations in later.rotations.items():
            self.rotations.setdefault(index, []).extend(rotations)
        self.first_ns, self.last_ns = min(self.first_ns, later.first_ns), max(self.last_ns, later.last_ns)
        self.advance(later.now_ns)
        return self

    def _last_window(self) -> int:
        """Return the number of the window that time has come to, the end of all if it is beyond."""
        index = self.grid.index(self.now_ns)
        return index if index != BEYOND else -(-(self.grid.end_ns - self.grid.begin_ns) // self.options.refresh_ns)

    def _give(self, end_ns: int) -> BandwidthUsage:
        """Return the next window's result, which ends at end_ns, and forget the window."""
        index, window = self.given, self.windows.pop(self.given, {})
        for key, head in list(self.heads.items()):
            if self._index(head.end_ns) == index:
                window[key].lose(loss_before(head))
                del self.heads[key]
        self.given = index + 1
        begin_ns = self.grid.bounds(index)[0]
        begin_ns = self.first_ns if begin_ns == -FOREVER else begin_ns
        return BandwidthUsage(TimeRange(begin_ns, max(begin_ns, end_ns)), self.options.bin_ns, self.options.delay_ns, window,
                              tuple(self.rotations.pop(index, ())))
