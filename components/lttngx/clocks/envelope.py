"""How far a line can be from the truth: the upper envelope of its distances from all extreme lines, in exact pieces."""

import math
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

from lttngx.clocks.corrections import Affine, Pieces, piece_at
from lttngx.clocks.polygon import Polygon, Triple

Line = tuple[Fraction, Fraction]


def errors(line: Affine, extremes: Iterable[Line], zero_ns: int, begin_ns: int | None, end_ns: int | None) -> list[tuple[int, Affine]]:
    """Return max |extreme − line| over [begin_ns, end_ns) as pieces of own time; None: without limit.

    line: of times relative to zero_ns. extremes: (rate, value at zero_ns). Values are rounded up, with 1 ns more for the line's
    own rounding down.
    """
    distances, height_at_zero = [], line.exact(0)
    for rate, value in extremes:
        slope, height = rate - line.rate, value - height_at_zero
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


def chord(line: Affine, polygons: Iterable[Polygon], zero_ns: int, begin_ns: int, end_ns: int) -> Affine:
    """Return one piece which is nowhere below max |extreme − line| in [begin_ns, end_ns): that is convex, so its chord is not.

    Quick, for the many short stretches around changes."""
    triples = [triple for polygon in polygons for triple in polygon.vertices]
    first, last = (_distance(line, triples, time_ns - zero_ns) for time_ns in (begin_ns, end_ns))
    return Affine(Fraction(last - first, end_ns - begin_ns), begin_ns, first)


def _distance(line: Affine, triples: Iterable[Triple], time: int) -> int:
    """The largest distance at a time, rounded up, with 1 ns more for the line's own rounding down."""
    value = line.exact(time)
    low, high = value.numerator, value.denominator
    return max(-(-abs((a * time + b) * high - low * d) // (d * high)) for a, b, d in triples) + 1


def greater(one: Pieces, other: Pieces) -> list[tuple[int, Affine]]:
    """Return pieces which are nowhere below those of either, and between two moments at which one begins no higher than a chord."""
    moments = sorted({begin_ns for begin_ns, _ in (*one, *other)})

    def highest(place_ns: int, time_ns: int) -> int:
        """At a time, by the pieces which hold at a place."""
        return max(math.ceil(piece_at(pieces, place_ns).exact(time_ns)) for pieces in (one, other))
    first, last = moments[0], moments[-1]
    found = [(first - 1, Affine(min(one[0][1].rate, other[0][1].rate), first, highest(first - 1, first)))]
    for begin_ns, end_ns in pairwise(moments):
        begin, end = highest(begin_ns, begin_ns), highest(begin_ns, end_ns)
        found.append((begin_ns, Affine(Fraction(end - begin, end_ns - begin_ns), begin_ns, begin)))
    return [*found, (last, Affine(max(one[-1][1].rate, other[-1][1].rate), last, highest(last, last)))]


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
