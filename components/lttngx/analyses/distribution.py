"""The distribution of durations in bounded memory: exact while it has few distinct values, log-linear buckets beyond.

Whether it is exact depends on the set of values alone, so merging in any order gives the same: a set with more than
CAPACITY distinct values is folded, whichever part of it came first.
"""

import math
from collections.abc import Iterable

from lttngx.analyses.statistics import Histogram, Statistics, middle

CAPACITY = 1024
PERCENTILES = (50, 90, 99, 99.9)


class Distribution:
    """Durations in ns. values: count by value, of those not folded yet."""

    __slots__ = ("values", "_folded", "_histogram")

    def __init__(self, values: Iterable[int] = ()) -> None:
        self.values: dict[int, int] = {}
        self._folded: Statistics | None = None
        self._histogram: Histogram | None = None
        for value in values:
            self.add(value)

    @property
    def is_exact(self) -> bool:
        """Whether percentiles and bins are exact; else their values are within RELATIVE_ERROR."""
        return self._folded is None

    def add(self, value: int) -> None:
        """Count one value."""
        values = self.values
        values[value] = values.get(value, 0) + 1
        if len(values) > CAPACITY:
            self.fold()

    def merge(self, other: "Distribution") -> None:
        """Count what another distribution has counted."""
        for value, count in other.values.items():
            self.values[value] = self.values.get(value, 0) + count
        if other._folded is not None:
            self.fold()
            self._folded.merge(other._folded)
            self._histogram.merge(other._histogram)
        elif len(self.values) > CAPACITY or self._folded is not None:
            self.fold()

    def fold(self) -> None:
        """Put the values into buckets; who adds to `values` without `add` calls it when there are more than CAPACITY."""
        if self._folded is None:
            self._folded, self._histogram = Statistics(), Histogram()
        self._folded.add_counts(self.values)
        self._histogram.add_counts(self.values)
        self.values = {}

    @property
    def count(self) -> int:
        """How many values there are."""
        return sum(self.values.values()) + (0 if self._folded is None else self._folded.count)

    def statistics(self) -> Statistics:
        """Return count, sum, minimum, maximum, deviation: always exact."""
        found = Statistics() if self._folded is None else self._folded.copy()
        found.add_counts(self.values)
        return found

    def _counts(self) -> list[tuple[float, int]]:
        """Return (value, count), ascending; a bucket's middle stands for its values."""
        if self._folded is not None:
            self.fold()
            return [(middle(bucket), count) for bucket, count in sorted(self._histogram.buckets.items())]
        return sorted(self.values.items())

    def percentiles(self, percents: Iterable[float] = PERCENTILES) -> tuple[float | None, ...]:
        """Return, for each, the value at or below which that share of the values is (nearest rank); None of
        nothing."""
        counts = self._counts()
        total = sum(count for _, count in counts)
        return tuple(_ranked(counts, max(1, math.ceil(total * percent / 100))) for percent in percents)

    def bins(self, lower: float, upper: float, resolution: int) -> list[int]:
        """Return the counts in `resolution` bins of equal width over [lower, upper], which holds all values; the last
        bin holds `upper`, too."""
        found, width = [0] * resolution, (upper - lower) / resolution
        for value, count in self._counts():
            found[max(0, min(int((value - lower) / width), resolution - 1))] += count
        return found

    def log_bins(self, per_decade: int) -> tuple[int, list[int]]:
        """Return the number of the first bin and the counts from it to the last that is not empty.

        Bin k is [10^(k/per_decade), 10^((k+1)/per_decade)) ns: the bounds do not depend on the values, so distributions
        compare. Bin 0 holds values below 1 ns, too."""
        numbers = [(int(math.log10(value) * per_decade) if value > 1 else 0, count) for value, count in self._counts()]
        if not numbers:
            return 0, []
        first = numbers[0][0]
        found = [0] * (numbers[-1][0] - first + 1)
        for number, count in numbers:
            found[number - first] += count
        return first, found


def _ranked(counts: list[tuple[float, int]], rank: int) -> float | None:
    seen = 0
    for value, count in counts:
        seen += count
        if seen >= rank:
            return value
    return None
