"""How far a line can be from the truth: the upper envelope of its distances from all extreme lines, in exact pieces."""

import math
from collections.abc import Iterable
from fractions import Fraction

from lttngx.clocks.corrections import Affine

Line = tuple[Fraction, Fraction]


def errors(line: Line, extremes: Iterable[Line], zero_ns: int, begin_ns: int | None, end_ns: int | None) -> list[tuple[int, Affine]]:
    """Return max |extreme − line| over [begin_ns, end_ns) as pieces of own time; None: without limit.

    line, extremes: (rate, value at own time zero_ns). Values are rounded up, with 1 ns more for the line's own rounding down.
    """
    distances = []
    for rate, value in extremes:
        slope, height = rate - line[0], value - line[1]
        distances += [(slope, height), (-slope, -height)]
    envelope = upper_envelope(distances)
    pieces: list[tuple[int, Affine]] = []
    for start, (slope, height) in envelope:
        # The first whole ns at which the piece is the highest; any before the second piece for one without begin.
        from_ns = zero_ns + (math.ceil(start) if start is not None else math.floor(envelope[1][0]) - 1 if len(envelope) > 1 else 0)
        if begin_ns is not None and (start is None or from_ns < begin_ns):
            from_ns = begin_ns
        if end_ns is not None and from_ns >= end_ns:
            if start is not None or begin_ns is not None:
                break
            from_ns = end_ns - 1
        if pieces and pieces[-1][0] >= from_ns:
            pieces.pop()
        pieces.append((from_ns, Affine(slope, from_ns, math.ceil(height + slope * (from_ns - zero_ns)) + 1)))
    return pieces


def upper_envelope(lines: Iterable[Line]) -> list[tuple[Fraction | None, Line]]:
    """Return the maximum of lines as (time from which on, line), in order of time; the first is from ever (None)."""
    best: dict[Fraction, Fraction] = {}
    for slope, height in lines:
        best[slope] = max(height, best.get(slope, height))
    found: list[tuple[Fraction | None, Line]] = []
    for slope, height in sorted(best.items()):
        start = None
        while found:
            start = (found[-1][1][1] - height) / (slope - found[-1][1][0])
            if found[-1][0] is None or start > found[-1][0]:
                break
            found.pop()
            start = None
        found.append((start, (slope, height)))
    return found
