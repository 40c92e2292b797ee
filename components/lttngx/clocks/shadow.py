"""The clock class which makes any reader show corrected time: another frequency and offset, the recorded values as they are.

A clock class has a whole number of Hz, and one rate. So a correction with a rate, or with several pieces, is met as nearly as
that allows: among the frequencies next to the correction's mean rate the one which is off least, its error shared between
both ends. At 1 GHz the rate is met to 0.5 · 10⁻⁹: 0.9 µs half an hour from the middle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from lttngx.clocks.corrections import Correction

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ShadowClock:
    """A clock class's frequency in Hz and its offset, and the greatest difference of its times from the correction, in ns; readers
    round down to a nanosecond besides."""

    frequency: int
    offset_seconds: int
    offset_cycles: int
    error_ns: Fraction


def shadow_clock(frequency: int, zero_ns: Fraction, correction: Correction, begin_ns: int, end_ns: int) -> ShadowClock:
    """Return the clock class which is nearest to a correction.

    frequency, zero_ns: of the recorded clock class: Hz, and the time of value 0. begin_ns, end_ns: between which of its times the
    correction is to be met, both included.
    """
    points = list(_points(correction, begin_ns, end_ns))
    first, last = points[0], points[-1]
    rate = (last[1] - first[1]) / (last[0] - first[0]) if last[0] > first[0] else correction.pieces[0][1].rate
    ideal = frequency / Fraction(rate)
    # At one point every frequency is right; what is next to it is met best by the nearest one.
    candidates = {floor(ideal), ceil(ideal)} if last[0] > first[0] else {round(ideal)}
    return min((_nearest(max(candidate, 1), frequency, zero_ns, points) for candidate in sorted(candidates)),
               key=lambda clock: clock.error_ns)


def _points(correction: Correction, begin_ns: int, end_ns: int) -> Iterator[tuple[int, Fraction]]:
    """Yield own times and exact corrected times between which the correction is straight."""
    pieces = correction.pieces
    for number, (from_ns, piece) in enumerate(pieces):
        first = begin_ns if number == 0 else max(from_ns, begin_ns)
        last = end_ns if number == len(pieces) - 1 else min(pieces[number + 1][0], end_ns)
        if first <= last:
            yield first, piece.exact(first)
            yield last, piece.exact(last)


def _nearest(candidate: int, frequency: int, zero_ns: Fraction, points: list[tuple[int, Fraction]]) -> ShadowClock:
    """Return the clock class of a frequency whose offset shares the error."""
    offsets = [exact - (own - zero_ns) * frequency / candidate for own, exact in points]
    offset = (max(offsets) + min(offsets)) / 2
    cycles = round(offset * candidate / NS_PER_S)
    error_ns = (max(offsets) - min(offsets)) / 2 + abs(offset - Fraction(cycles * NS_PER_S, candidate))
    return ShadowClock(candidate, *divmod(cycles, candidate), error_ns)
