"""The lines which a set of messages allows: a convex polygon of (rate, offset), clipped by one half-plane a message.

If T(t) = a·t + b is the reference's time at own time t, a message which left at t and arrived at reference time r says T(t) ≤ r, one
which left at s and arrived at t says T(t) ≥ s. In the plane of (a, b) both are half-planes: what remains of the strip of
rates which the prior allows is the dual of the convex hulls of Duda et al. (1987), and holds what is known, no more and no less.

All arithmetic is on integers: a vertex is (A, B, D) with a = A/D, b = B/D, D > 0; a line is (p, q, r) with p·a + q·b + r = 0.
"""

from fractions import Fraction
from math import gcd

Triple = tuple[int, int, int]
PPM = 1_000_000
# Offsets beyond this (ns: 38,000 years) are not looked for.
_FAR = 1 << 70
UPPER, LOWER = 1, -1
# One message: (own time, reference time, UPPER or LOWER).
Message = tuple[int, int, int]


class Polygon:
    """Lines T(t) = a·t + b which fit all messages so far. max_rate_ppm: the prior |a − 1| ≤ max_rate_ppm / 10^6."""

    __slots__ = ("vertices", "_edges", "_sides")

    def __init__(self, max_rate_ppm: int) -> None:
        low, high = PPM - max_rate_ppm, PPM + max_rate_ppm
        self.vertices: list[Triple] = [(low, -_FAR * PPM, PPM), (high, -_FAR * PPM, PPM), (high, _FAR * PPM, PPM), (low, _FAR * PPM, PPM)]
        # The line from each vertex to the next.
        self._edges: list[Triple] = [(0, -1, -_FAR), (PPM, 0, -high), (0, 1, -_FAR), (-PPM, 0, low)]
        self._sides: frozenset[int] = frozenset()

    def copy(self) -> "Polygon":
        """Return a copy."""
        copied = object.__new__(Polygon)
        copied.vertices, copied._edges, copied._sides = self.vertices, self._edges, self._sides
        return copied

    @property
    def is_bounded(self) -> bool:
        """Whether messages of both directions have been seen."""
        return len(self._sides) == 2

    def clip(self, message: Message) -> bool:
        """Keep the lines which fit one more message; return False and change nothing if there is none."""
        time, reference, side = message
        line = (side * time, side, -side * reference)
        values = [line[0] * a + line[1] * b + line[2] * d for a, b, d in self.vertices]
        if max(values) > 0:
            if min(values) > 0:
                return False
            self._cut(line, values)
        if side not in self._sides:
            self._sides |= {side}
        return True

    def _cut(self, line: Triple, values: list[int]) -> None:
        """Keep the part with p·a + q·b + r ≤ 0, its new edge being the line."""
        vertices, edges = [], []
        for at, (vertex, edge, value) in enumerate(zip(self.vertices, self._edges, values)):
            following = values[(at + 1) % len(values)]
            if value <= 0:
                vertices.append(vertex)
                # On the line already: it leaves along the line.
                edges.append(line if value == 0 and following > 0 else edge)
                if value < 0 < following:
                    vertices.append(_meeting(edge, line))
                    edges.append(line)
            elif following < 0:
                vertices.append(_meeting(edge, line))
                edges.append(edge)
        self.vertices, self._edges = vertices, edges

    @property
    def lines(self) -> list[tuple[Fraction, Fraction]]:
        """The extreme lines (a, b), exactly."""
        return [(Fraction(a, d), Fraction(b, d)) for a, b, d in self.vertices]

    def rates(self) -> tuple[Fraction, Fraction]:
        """Return the least and the greatest rate."""
        found = [Fraction(a, d) for a, _, d in self.vertices]
        return min(found), max(found)

    def centre(self) -> tuple[Fraction, Fraction]:
        """Return the centroid (a, b).

        No direction of a convex figure of the plane extends further than 2/3 of its width from the centroid (Minkowski), so this
        one line is at any time within 4/3 of the best bound which a line could have at that time.
        """
        points = [((a << 100) // d, (b << 60) // d) for a, b, d in self.vertices]
        x0, y0 = points[0]
        area = moment_x = moment_y = 0
        for (x1, y1), (x2, y2) in zip(points[1:], points[2:]):
            cross = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
            area += cross
            moment_x += cross * (x1 + x2 + x0)
            moment_y += cross * (y1 + y2 + y0)
        if area <= 0:
            (x1, y1), (x2, y2) = min(points), max(points)
            return Fraction(x1 + x2, 2 << 100), Fraction(y1 + y2, 2 << 60)
        return Fraction(moment_x, 3 * area << 100), Fraction(moment_y, 3 * area << 60)


def _meeting(one: Triple, other: Triple) -> Triple:
    """Return the point where two lines meet."""
    a = one[1] * other[2] - other[1] * one[2]
    b = one[2] * other[0] - other[2] * one[0]
    d = one[0] * other[1] - other[0] * one[1]
    common = gcd(a, b, d) * (1 if d > 0 else -1)
    return a // common, b // common, d // common
