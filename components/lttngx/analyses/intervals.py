"""The union of half-open intervals of time."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator


class Intervals:
    """A union of intervals [begin, end): its length, and whether it overlaps another interval.

    Adding in order of ends costs constant time on average. Intervals that nothing to come can reach may be settled,
    which
    bounds the memory.
    """

    __slots__ = ("settled", "_parts", "_limit")

    _CROWD = 4096

    def __init__(self) -> None:
        self.settled = 0
        self._parts: list[tuple[int, int]] = []
        self._limit = self._CROWD

    def __bool__(self) -> bool:
        return bool(self._parts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the parts which are not settled, (begin, end) in order of time."""
        return iter(self._parts)

    def add(self, begin: int, end: int) -> None:
        """Add [begin, end)."""
        parts = self._parts
        if parts and end < parts[-1][1]:
            self._insert(begin, end)
            return
        while parts and parts[-1][1] >= begin:
            begin = min(begin, parts.pop()[0])
        parts.append((begin, end))

    def add_all(self, intervals: Iterable[tuple[int, int]]) -> None:
        """Add some intervals, in any order."""
        parts = self._parts
        last_begin, last_end = parts[-1] if parts else (0, -2**64)
        for begin, end in intervals:
            if begin > last_end:
                parts.append((begin, end))
                last_begin, last_end = begin, end
            elif begin < last_begin or end < last_end:
                self.add(begin, end)
                last_begin, last_end = parts[-1]
            elif end > last_end:
                parts[-1] = last_begin, end
                last_end = end

    def _insert(self, begin: int, end: int) -> None:
        parts = self._parts
        first = bisect_left(parts, (begin,))
        if first and parts[first - 1][1] >= begin:
            first -= 1
        last = first
        while last < len(parts) and parts[last][0] <= end:
            begin, end = min(begin, parts[last][0]), max(end, parts[last][1])
            last += 1
        parts[first:last] = [(begin, end)]

    def merge(self, other: "Intervals") -> None:
        """Add the intervals of another union; what either has settled must not overlap the other."""
        self.settled += other.settled
        for begin, end in other._parts:
            self.add(begin, end)

    def overlap(self, begin: int, end: int) -> bool:
        """Return whether [begin, end) overlaps one of the intervals that are not settled."""
        following = bisect_left(self._parts, (end,))
        return following > 0 and self._parts[following - 1][1] > begin

    @property
    def crowded(self) -> bool:
        """Whether settling is worth while."""
        return len(self._parts) > self._limit

    def settle(self, horizon: int) -> None:
        """Keep only the length of the intervals that end before `horizon`, the earliest begin still to come."""
        kept = 0
        while kept < len(self._parts) and self._parts[kept][1] < horizon:
            self.settled += self._parts[kept][1] - self._parts[kept][0]
            kept += 1
        del self._parts[:kept]
        self._limit = max(self._CROWD, 2 * len(self._parts))

    @property
    def length(self) -> int:
        """The length of the union."""
        return self.settled + sum(end - begin for begin, end in self._parts)


def disjoint(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the union of some intervals as intervals that do not touch, in order."""
    union = Intervals()
    union.add_all(intervals)
    return union._parts
