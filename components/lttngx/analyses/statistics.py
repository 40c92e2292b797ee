"""Statistics that merge: count, sum, minimum, mean, maximum, sample deviation, and percentiles from a log-linear
histogram.

Sums of integers are exact, so partial results give the same figures in whatever order they are merged.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from operator import mul

# Sub-buckets per power of two. A value v ≥ 64 shares a bucket of width ≤ v/64, whose middle stands for it.
SUB_BUCKETS = 64
RELATIVE_ERROR = 1 / (2 * SUB_BUCKETS)
_SHIFT = SUB_BUCKETS.bit_length() - 1


class Statistics:
    """Count, minimum, maximum, total and squares of numbers; None where there are too few."""

    __slots__ = ("count", "total", "squares", "minimum", "maximum")

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.count = self.total = self.squares = 0
        self.minimum: float | None = None
        self.maximum: float | None = None
        for value in values:
            self.add(value)

    def add(self, value: float) -> None:
        """Count one value."""
        if self.count == 0:
            self.minimum = self.maximum = value
        elif value < self.minimum:
            self.minimum = value
        elif value > self.maximum:
            self.maximum = value
        self.count += 1
        self.total += value
        self.squares += value * value

    def add_counts(self, counts: Mapping[float, int]) -> None:
        """Count each value as often as it says: many at once are faster than one by one."""
        if counts:
            self.minimum = min(counts) if self.count == 0 else min(self.minimum, min(counts))
            self.maximum = max(counts) if self.count == 0 else max(self.maximum, max(counts))
            totals = list(map(mul, counts, counts.values()))
            self.count += sum(counts.values())
            self.total += sum(totals)
            self.squares += sum(map(mul, counts, totals))

    def add_all(self, values: Sequence[float]) -> None:
        """Count some values: several times faster than one by one."""
        if values:
            lowest, highest = min(values), max(values)
            self.minimum = lowest if self.count == 0 else min(self.minimum, lowest)
            self.maximum = highest if self.count == 0 else max(self.maximum, highest)
            self.count += len(values)
            self.total += sum(values)
            self.squares += sum(map(mul, values, values))

    def add_zeros(self, count: int) -> None:
        """Count the value 0 `count` times."""
        if count:
            self.minimum = 0 if self.count == 0 else min(self.minimum, 0)
            self.maximum = 0 if self.count == 0 else max(self.maximum, 0)
            self.count += count

    def merge(self, other: "Statistics") -> None:
        """Count what `other` has counted."""
        if other.count:
            self.minimum = other.minimum if self.count == 0 else min(self.minimum, other.minimum)
            self.maximum = other.maximum if self.count == 0 else max(self.maximum, other.maximum)
            self.count += other.count
            self.total += other.total
            self.squares += other.squares

    def copy(self) -> "Statistics":
        """Return a copy."""
        copied = Statistics()
        copied.merge(self)
        return copied

    @property
    def mean(self) -> float | None:
        """The arithmetic mean, None of nothing."""
        return self.total / self.count if self.count else None

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation (n − 1), None of fewer than two values."""
        if self.count < 2:
            return None
        spread = self.count * self.squares - self.total * self.total
        return math.sqrt(max(spread, 0) / (self.count * (self.count - 1)))


class Histogram:
    """A log-linear histogram of integers ≥ 0: percentiles within RELATIVE_ERROR, exact below SUB_BUCKETS.

    Its size depends on the range of the values, not on their number: at most 64 buckets a power of two.
    """

    __slots__ = ("buckets", "count")

    def __init__(self, values: Iterable[int] = ()) -> None:
        self.buckets: dict[int, int] = {}
        self.count = 0
        for value in values:
            self.add(value)

    def add(self, value: int) -> None:
        """Count one value; negative values count as 0."""
        shift = value.bit_length() - _SHIFT - 1
        bucket = (shift << _SHIFT) + (value >> shift) if shift > 0 else max(value, 0)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1

    def add_counts(self, counts: Mapping[int, int]) -> None:
        """Count each value, none of them negative, as often as it says."""
        buckets = self.buckets
        for value, count in counts.items():
            shift = value.bit_length() - _SHIFT - 1
            bucket = (shift << _SHIFT) + (value >> shift) if shift > 0 else value
            buckets[bucket] = buckets.get(bucket, 0) + count
        self.count += sum(counts.values())

    def add_all(self, values: Sequence[int]) -> None:
        """Count some values."""
        buckets = self.buckets
        for value in values:
            shift = value.bit_length() - _SHIFT - 1
            bucket = (shift << _SHIFT) + (value >> shift) if shift > 0 else value if value > 0 else 0
            buckets[bucket] = buckets.get(bucket, 0) + 1
        self.count += len(values)

    def merge(self, other: "Histogram") -> None:
        """Count what `other` has counted."""
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.count += other.count

    def percentile(self, percent: float) -> float | None:
        """Return the value below or at which `percent` of the values are (nearest rank), None of nothing.

        Its error is at most RELATIVE_ERROR of the true value."""
        if not self.count:
            return None
        rank, seen = max(1, math.ceil(self.count * percent / 100)), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return middle(bucket)
        raise AssertionError("a histogram's count is the sum of its buckets")


def middle(bucket: int) -> float:
    """Return the middle of a bucket's values."""
    if bucket < 2 * SUB_BUCKETS:
        return bucket
    shift = (bucket >> _SHIFT) - 1
    return (bucket - (shift << _SHIFT) << shift) + ((1 << shift) - 1) / 2
