"""What an analysis of durations counts: cells by key, in windows."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from operator import add
from typing import Any

from lttngx.analyses.distribution import Distribution
from lttngx.kernel.running import final

# (duration, begin, end, details …); details may be threads. Of a log: (begin, end, duration, thread, label, details …).
Sample = tuple


class Cell(Distribution):
    """The durations of one key in one window. part_ns: sum of what else the measure tells of each (time blocked, time of
    nested handlers). tallies: counts by what the measure tells of some (error numbers); None while there is none. floor: a sample
    no longer than that need not be kept."""

    __slots__ = ("samples", "part_ns", "tallies", "floor")

    def __init__(self) -> None:
        super().__init__()
        self.samples: list[Sample] = []
        self.part_ns = 0
        self.tallies: Counter | None = None
        self.floor = -1

    def keep(self, sample: Sample, limit: int) -> None:
        """Keep a sample above the floor at least while it is among the longest so many."""
        self.samples.append(sample)
        if len(self.samples) >= 2 * limit + 16:
            self._trim(limit)

    def _trim(self, limit: int) -> None:
        self.samples.sort(key=longest_first)
        del self.samples[limit:]
        # One as long as the shortest kept is no longer than it, and later: it comes behind.
        self.floor = self.samples[-1][0] - 1

    def tally(self, what: Any) -> None:
        """Count one more of something."""
        if self.tallies is None:
            self.tallies = Counter()
        self.tallies[what] += 1

    def join(self, other: "Cell", limit: int | None) -> None:
        """Count what another cell has counted."""
        self.merge(other)
        self.part_ns += other.part_ns
        self.samples += other.samples
        if limit and len(self.samples) >= 2 * limit + 16:
            self._trim(limit)
        if other.tallies is not None:
            self.tallies = (self.tallies or Counter()) + other.tallies


def longest_first(sample: Sample) -> tuple:
    """Sort key: by duration, descending, then by begin."""
    return -sample[0], sample[1]


Key = tuple  # (thread or None, label, *values of dimensions)


class Window:
    """What is counted in one window: cells by measure and key, all samples by measure (for logs), sums by what was used and key, outcomes
    by name, losses."""

    def __init__(self) -> None:
        self.cells: defaultdict[str, dict[Key, Cell]] = defaultdict(dict)
        self.logs: defaultdict[str, list[Sample]] = defaultdict(list)
        self.sums: defaultdict[str, dict[Key, list[int]]] = defaultdict(dict)
        self.outcomes: Counter[str] = Counter()
        self.discarded_events = self.discarded_packets = 0

    def count(self, measure: str) -> int:
        """Return how many values of a measure there are."""
        return len(self.logs[measure]) if measure in self.logs else sum(cell.count for cell in self.cells.get(measure, {}).values())

    def use(self, what: str, key: Key, amounts: Iterable[int]) -> None:
        """Add to the sums of a key, one number a column."""
        own = self.sums[what]
        known = own.get(key)
        own[key] = list(amounts) if known is None else list(map(add, known, amounts))

    def merge(self, later: "Window", limit: int | None) -> None:
        """Add what a later trace part counted in the same window, or what was counted in the window that follows."""
        for what, sums in later.sums.items():
            for key, amounts in sums.items():
                self.use(what, (final(key[0]), *key[1:]), amounts)
        for measure, cells in later.cells.items():
            own = self.cells[measure]
            for key, cell in cells.items():
                key = (final(key[0]), *key[1:])
                # Always one of its own: a window may be part of several others.
                if (known := own.get(key)) is None:
                    known = own[key] = Cell()
                known.join(cell, limit)
        for measure, samples in later.logs.items():
            self.logs[measure] += samples
        self.outcomes += later.outcomes
        self.discarded_events += later.discarded_events
        self.discarded_packets += later.discarded_packets
