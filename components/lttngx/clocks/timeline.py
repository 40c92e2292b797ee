"""Time lines: which hosts there are, and where on the common time line the values of their clocks are.

A Timeline is the Order of a merge and the plans of a rewrite. Until it is aligned, every host is on its own time; then on that
of its reference. The maps it has given out are set anew, so that a merge in progress goes on with them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lttngx.clocks.corrections import Correction
from lttngx.clocks.hosts import Host
from lttngx.clocks.streams import host_of
from lttngx.clocks.targets import segments, target_of
from lttngx.core.classes import ClockClass, FieldClass, Stream
from lttngx.core.clock_map import ClockMap, Segment
from lttngx.core.merging import NO_CLOCK
from lttngx.core.rewriting import ClockChange, StreamPlan, Unchanged
from lttngx.errors import TraceError

OWN = Correction.offset(0)


class Placement(NamedTuple):
    """Where a host is put: its correction, and the host to whose time that leads."""

    correction: Correction
    reference: Host


class Timeline(Unchanged):
    """The hosts in the order in which they were seen.

    make_map: makes a clock map of the core in use. late: places a host which is first seen after the alignment, given the time
    line; raises LttngxError where nothing is known of it. reference: the one of the alignment.
    """

    def __init__(self, make_map: Callable[[Sequence[Segment]], ClockMap], late: "Callable[[Host, Timeline], Placement]") -> None:
        self.hosts: list[Host] = []
        self._make_map, self._late = make_map, late
        self._numbers: dict[str, int] = {}
        self._first: dict[str, ClockClass] = {}
        self._maps: dict[tuple[int, ClockClass], ClockMap] = {}
        self._placements: dict[str, Placement] | None = None
        self.reference: Host | None = None
        self._clockless: Stream | None = None

    def host(self, stream: Stream) -> tuple[int, ClockMap | None]:
        """Return the number of a stream's host and the map of its clock; see `merging.Order`."""
        if stream.clock_class is None:
            self._clockless = self._clockless or stream
            self._refuse_mixture()
            return NO_CLOCK, None
        number, clock = self._number(host_of(stream), stream.clock_class), stream.clock_class
        self._refuse_mixture()
        if (number, clock) not in self._maps:
            self._maps[number, clock] = self._make_map(self._segments(number, clock))
        return number, self._maps[number, clock]

    def host_of(self, stream: Stream) -> Host:
        """Return the host of a stream which was seen, as it was described first."""
        return self.hosts[self._numbers[host_of(stream).key]]

    @property
    def clocks(self) -> dict[str, ClockClass]:
        """The first clock class of each host, by its key."""
        return self._first

    def align(self, placements: Mapping[str, Placement], reference: Host | None) -> None:
        """Put the hosts where `placements` (by key of host) says."""
        self._placements, self.reference = dict(placements), reference
        for (number, clock), clock_map in self._maps.items():
            clock_map.set(self._segments(number, clock))

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        """Return the plan which gives a stream class the clock of its host's reference."""
        number, clock_map = self.host(stream)
        return StreamPlan() if clock_map is None else StreamPlan(clock=ClockChange(self._target(number), clock_map))

    def _number(self, host: Host, clock: ClockClass) -> int:
        if host.key not in self._numbers:
            self._numbers[host.key] = len(self.hosts)
            self.hosts.append(host)
            self._first[host.key] = clock
            if self._placements is not None and host.key not in self._placements:
                self._placements[host.key] = self._late(host, self)
        return self._numbers[host.key]

    def _target(self, number: int) -> ClockClass:
        return target_of(self._first[self._placements[self.hosts[number].key].reference.key])

    def _segments(self, number: int, clock: ClockClass) -> list[Segment]:
        if self._placements is None:
            # On its own time a host is only compared with itself and, where nothing better is known, with the others.
            return segments(clock, OWN, target_of(clock))
        placement = self._placements[self.hosts[number].key]
        return segments(clock, placement.correction, self._target(number))

    def _refuse_mixture(self) -> None:
        if self._clockless is not None and self.hosts:
            raise TraceError(
                f'Cannot put a stream without a default clock class on a time line: trace="{self._clockless.trace.name or ""}", '
                f'stream-class={self._clockless.class_id}, stream={self._clockless.id}, clock="{self.hosts[0]}": expected it in '
                "a graph of its own")
