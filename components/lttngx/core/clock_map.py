"""Maps from the values of one clock to those of another: piecewise affine, exact. The reference of `native.clock_map`.

Rule: a map is shared by all which needs it (merge, rewrite) and may be set anew while messages flow; whoever derives something
from it derives it again.
"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

GREATEST = 2**64 - 1


class Segment(NamedTuple):
    """A value v ≥ first becomes value + (v − first) × numerator // denominator.

    first: 0 … 2^64−1. value, numerator: −2^63 … 2^63−1. denominator: 1 … 2^63−1. The segments of a map are in order of `first`;
    the first segment holds before its `first`, too.
    """

    first: int = 0
    value: int = 0
    numerator: int = 1
    denominator: int = 1


class ClockMap:
    """A piecewise affine map of clock values."""

    def __init__(self, segments: Sequence[Segment] = (Segment(),)) -> None:
        self.set(segments)

    def set(self, segments: Sequence[Segment]) -> None:
        """Make this another map."""
        self._segments = tuple(segments)
        self._firsts = [segment.first for segment in segments]

    def cycles(self, value: int) -> int:
        """Return what a clock value becomes, kept within 0 … 2^64−1."""
        first, new, numerator, denominator = self._segments[max(bisect_right(self._firsts, value) - 1, 0)]
        return min(max(new + (value - first) * numerator // denominator, 0), GREATEST)
