"""A plot (SVG) of how well clocks are aligned: a panel a pair of hosts.

Horizontal: own time. Vertical: what remains of a message's times after the correction. A message sent to the other host is as far
above zero as it took by the corrected clocks, one received as far below. So the true relation lies between the two hulls, drawn as
lines, and within the bound, drawn as a band.
"""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise

from lttngx.clocks.alignment import Alignment
from lttngx.clocks.figures import PairFigures
from lttngx.clocks.polygon import LOWER, UPPER
from lttngx.render.text import format_duration

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 900, 320, 90, 50, 40, 45
_STEPS = 120
_STYLE = """text{font:12px sans-serif;fill:#222}.t{font-size:14px;font-weight:bold}.axis{stroke:#888;fill:none}.zero{stroke:#222}
.band{fill:#dbe7f6}.up{fill:#c2410c}.down{fill:#1d4ed8}.hull-up{stroke:#c2410c;fill:none}.hull-down{stroke:#1d4ed8;fill:none}"""
Point = tuple[int, int]


def plot(alignment: Alignment) -> str:
    """Return an SVG document."""
    panels = [pair for pair in alignment.pairs if pair.fit.messages]
    height = max(len(panels), 1) * HEIGHT
    names = alignment.names
    body = "".join(_Panel(pair, f"{names[pair.own.key]} → {names[pair.other.key]}", at * HEIGHT).draw() for at, pair in enumerate(panels))
    if not panels:
        body = f'<text x="{LEFT}" y="{TOP}">No messages between clocks were found.</text>'
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
            f'<style>{_STYLE}</style><rect width="{WIDTH}" height="{height}" fill="#fff"/>{body}</svg>\n')


def hull(points: Iterable[Point], side: int) -> list[Point]:
    """Return the convex hull's side towards zero: from below for UPPER, from above for LOWER; from left to right."""
    found: list[Point] = []
    for point in sorted(points, key=lambda point: (point[0], side * point[1])):
        if found and found[-1][0] == point[0]:
            continue
        while len(found) > 1 and side * _turn(found[-2], found[-1], point) <= 0:
            found.pop()
        found.append(point)
    return found


def _turn(first: Point, second: Point, third: Point) -> int:
    """Above 0 if the way over three points turns left."""
    return (second[0] - first[0]) * (third[1] - first[1]) - (second[1] - first[1]) * (third[0] - first[0])


class _Panel:
    """One pair: scales, and the elements drawn with them."""

    def __init__(self, pair: PairFigures, title: str, top: int) -> None:
        self._pair, self._title, self._top = pair, title, top + TOP
        self._correction = pair.fit.correction
        self._points = {side: [(own_ns, other_ns - self._correction.apply(own_ns)) for own_ns, other_ns, way in pair.fit.messages
                               if way == side] for side in (UPPER, LOWER)}
        times = [own_ns for points in self._points.values() for own_ns, _ in points]
        ends = [moment.own_ns for moment in pair.moments]
        self._begin_ns, self._end_ns = min(times + ends), max(times + ends) + 1
        self._reach_ns = self._scale()

    def _scale(self) -> int:
        """How much of the vertical axis is shown: the bound within the matches, and most messages."""
        sizes = sorted(abs(rest) for points in self._points.values() for _, rest in points)
        bounds = [self._correction.bound_ns(points[at][0]) or 0 for points in self._points.values() for at in (0, -1) if points]
        return max(sizes[len(sizes) * 9 // 10] * 5 // 4, sizes[len(sizes) // 2] * 2, *(bound * 5 // 4 for bound in bounds), 100)

    def _x(self, time_ns: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (time_ns - self._begin_ns) / (self._end_ns - self._begin_ns)

    def _y(self, rest_ns: int) -> float:
        rest_ns = max(-self._reach_ns, min(self._reach_ns, rest_ns))
        return self._top + (HEIGHT - TOP - BOTTOM) * (1 - rest_ns / self._reach_ns) / 2

    def draw(self) -> str:
        """Return the panel's elements."""
        return "".join([self._titles(), self._band(), self._axes(), *(self._dots(side) + self._hulls(side) for side in (UPPER, LOWER))])

    def _titles(self) -> str:
        pair = self._pair
        hidden = sum(abs(rest) > self._reach_ns for points in self._points.values() for _, rest in points)
        about = (f"{pair.quality}; {pair.sent.matches} sent (above), {pair.received.matches} received (below)"
                 + (f"; {hidden} beyond the scale" if hidden else ""))
        return (f'<text class="t" x="{LEFT}" y="{self._top - 28}">{escape(self._title)}</text>'
                f'<text x="{LEFT}" y="{self._top - 11}">{escape(about)}</text>')

    def _axes(self) -> str:
        left, right, middle = LEFT, WIDTH - RIGHT, self._y(0)
        bottom = self._y(-self._reach_ns)
        labels = "".join(f'<text x="{left - 8}" y="{self._y(rest) + 4:.1f}" text-anchor="end">{escape(format_duration(rest))}</text>'
                         for rest in (self._reach_ns, 0, -self._reach_ns))
        span_ns = self._end_ns - self._begin_ns
        times = "".join(f'<text x="{left + (right - left) * part // 4}" y="{bottom + 18:.1f}" text-anchor="middle">'
                        f'{escape(format_duration(span_ns * part // 4))}</text>' for part in range(5))
        return (f'<rect class="axis" x="{left}" y="{self._top}" width="{right - left}" height="{bottom - self._top:.1f}"/>'
                f'<line class="zero" x1="{left}" x2="{right}" y1="{middle:.1f}" y2="{middle:.1f}"/>{labels}{times}'
                f'<text x="{(left + right) // 2}" y="{bottom + 36:.1f}" text-anchor="middle">time since the trace’s begin</text>')

    def _band(self) -> str:
        times = [self._begin_ns + (self._end_ns - self._begin_ns) * step // _STEPS for step in range(_STEPS + 1)]
        bounds = [(time_ns, self._correction.bound_ns(time_ns)) for time_ns in times]
        if any(bound is None for _, bound in bounds):
            return ""
        way = [(time_ns, bound) for time_ns, bound in bounds] + [(time_ns, -bound) for time_ns, bound in reversed(bounds)]
        return f'<polygon class="band" points="{self._way(way)}"/>'

    def _way(self, points: Iterable[Point]) -> str:
        return " ".join(f"{self._x(time_ns):.1f},{self._y(rest_ns):.1f}" for time_ns, rest_ns in points)

    def _dots(self, side: int) -> str:
        """A dot a message, none twice at the same place."""
        places = sorted({(round(self._x(time_ns)), round(self._y(rest))) for time_ns, rest in self._points[side]
                         if abs(rest) <= self._reach_ns})
        name = "up" if side == UPPER else "down"
        return "".join(f'<circle class="{name}" cx="{x}" cy="{y}" r="1.5"/>' for x, y in places)

    def _hulls(self, side: int) -> str:
        """A hull for each piece of the correction: what remains is straight only within one."""
        begins: Sequence[int] = [self._begin_ns, *(from_ns for from_ns, _ in self._correction.pieces[1:]), self._end_ns + 1]
        name = "hull-up" if side == UPPER else "hull-down"
        found = (hull([point for point in self._points[side] if begin_ns <= point[0] < end_ns], side)
                 for begin_ns, end_ns in pairwise(begins))
        return "".join(f'<polyline class="{name}" points="{self._way(points)}"/>' for points in found if points)
