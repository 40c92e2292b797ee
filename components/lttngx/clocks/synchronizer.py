"""The synchronizer: events of several hosts on their own clocks in, an alignment of the hosts out.

Every host's events are fed to consumers of its own, in order of its clock; hosts in any order: one after another (batch) or
interleaved (live). `result` can be asked at any time.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lttngx.clocks.alignment import Alignment, align
from lttngx.clocks.hosts import Host
from lttngx.clocks.keys import extraction
from lttngx.clocks.matching import RECEIVE, SEND, Match, Matcher
from lttngx.clocks.pairs import BUILT_IN, Pair
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction

MAX_RATE_PPM = 500


class Synchronizer:
    """Matches messages between hosts and estimates the relation of their clocks.

    pairs: which events send and receive. max_rate_ppm: how far apart the rates of two clocks may be, in parts per million (Linux
    slews by at most 500). window_ns: how long, on each host's clock, messages are waited for and matches kept, so that memory is
    bounded (live); None: all (batch). reference, priority: see `choice`.
    """

    def __init__(self, pairs: Sequence[Pair] = BUILT_IN, max_rate_ppm: int = MAX_RATE_PPM, window_ns: int | None = None,
                 reference: str | None = None, priority: Sequence[str] = ()) -> None:
        self.pairs, self.max_rate_ppm, self.window_ns = tuple(pairs), max_rate_ppm, window_ns
        self.reference, self.priority = reference, tuple(priority)
        self.matcher = Matcher(self._keep, window_ns)
        self.hosts: list[Host] = []
        self.ranges: dict[int, tuple[int, int]] = {}
        self._numbers: dict[str, int] = {}
        self._closed: dict[tuple[int, int], deque[tuple[int, int]]] = {}

    def consumer(self, host: Host) -> "HostConsumer":
        """Return a new consumer for events of a host's clock; a host may have several (of its kernel and user space traces)."""
        return HostConsumer(self, self.number(host))

    def number(self, host: Host) -> int:
        """Return a host's number, a new one for a host not met yet."""
        if host.key not in self._numbers:
            self._numbers[host.key] = len(self.hosts)
            self.hosts.append(host)
        return self._numbers[host.key]

    def cover(self, number: int, first_ns: int | None, last_ns: int | None) -> None:
        """A host's trace reaches from one time to another, on its own clock."""
        times = [time_ns for time_ns in (*self.ranges.get(number, ()), first_ns, last_ns) if time_ns is not None]
        if times:
            self.ranges[number] = min(times), max(times)

    def _keep(self, match: Match) -> None:
        sender, send_ns, receiver, receive_ns = match
        kept = self._closed.setdefault((sender, receiver), deque())
        kept.append((send_ns, receive_ns))
        while self.window_ns is not None and kept[0][0] < send_ns - self.window_ns:
            kept.popleft()

    def result(self, reference: str | None = None) -> Alignment:
        """Return what the events so far say. reference: instead of the synchronizer's own. Raises ParameterError if it names no clock,
        or several."""
        rest, counts = self.matcher.rest()
        matches = {pair: list(kept) for pair, kept in self._closed.items()}
        for sender, send_ns, receiver, receive_ns in rest:
            matches.setdefault((sender, receiver), []).append((send_ns, receive_ns))
        return align(self.hosts, self.ranges, matches, counts, self.max_rate_ppm, reference or self.reference,
                     self.priority)


class HostConsumer:
    """The consumer (core.extraction.Consumer) of one host's events; call `cover` when its trace's first and last times are
    known."""

    per_stream = False

    def __init__(self, synchronizer: Synchronizer, number: int) -> None:
        self._synchronizer, self._number = synchronizer, number
        self.discarded = 0

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to extract of the events which send or receive; of several declarations the first which fits counts."""
        for at, pair in enumerate(self._synchronizer.pairs):
            for way, side in ((SEND, pair.send), (RECEIVE, pair.receive)):
                found = extraction(side, event_class, stream, self._emit(at, way))
                if found is not None:
                    return found
        return None

    def _emit(self, pair: int, way: int) -> Callable[[int, tuple, Any], None]:
        see, number = self._synchronizer.matcher.see, self._number
        return lambda time_ns, key, place: see(number, way, time_ns, (pair, key), place)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the times of the trace's first and last event; more often is fine."""
        self._synchronizer.cover(self._number, first_ns, last_ns)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """Count a loss: a discarded send or receive is an unmatched message."""
        self.discarded += 1 if count is None else count

    discarded_packets = discarded_events
