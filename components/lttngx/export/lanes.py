"""Lanes: rows of properly nested spans on a track.

A span is drawn inside its parent (`nesting` makes calls inside calls children). Spans which overlap otherwise get lanes of
their own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import inf

from lttngx.export.tracks import Track, track_of
from lttngx.spans.span import BY_END, Span


@dataclass(slots=True)
class Lane:
    """A row of a track. rows: spans in order of begin with how many enclose each here. stack: those enclosing the
    next."""

    track: Track
    number: int
    rows: list[tuple[Span, int]] = field(default_factory=list)
    stack: list[Span] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """The spans in order of begin, each after the ones it is in."""
        return [span for span, _ in self.rows]

    def put(self, span: Span) -> None:
        """Add the next span, inside what is in `stack`."""
        self.rows.append((span, len(self.stack)))
        self.stack.append(span)

    def edges(self) -> Iterator[tuple[bool, Span]]:
        """Yield (True, span) where a span begins and (False, span) where it ends, properly nested."""
        waiting: list[Span] = []
        for span, depth in self.rows:
            while len(waiting) > depth:
                yield False, waiting.pop()
            waiting.append(span)
            yield True, span
        while waiting:
            yield False, waiting.pop()


def arrange(spans: Iterable[Span]) -> list[Lane]:
    """Return the lanes of some ended spans, track by track in order of first begin."""
    tracks: dict[Track, _Arranger] = {}
    for span in sorted(spans, key=lambda span: span.number):
        track = track_of(span)
        if track not in tracks:
            tracks[track] = _Arranger(track)
        tracks[track].place(span)
    return [lane for arranger in tracks.values() for lane in arranger.lanes]


def _free_from(span: Span) -> float:
    """Return when another span may follow one: never if it has no end, as viewers let it go on."""
    return inf if span.status == BY_END else span.end_ns


class _Arranger:
    """Puts the spans of one track, in order of begin, into lanes."""

    def __init__(self, track: Track) -> None:
        self.lanes: list[Lane] = []
        self._track = track
        # (time from which a lane is free, its number)
        self._free: list[tuple[float, int]] = []
        self._lane_of: dict[Span, Lane] = {}

    def place(self, span: Span) -> None:
        """Put a span into its parent's lane if the parent is innermost there, else into a free or a new lane."""
        lane = self._lane_of.get(span.parent)
        if lane is None or not self._fits(span, lane):
            lane = self._free_lane(span)
        lane.put(span)
        self._lane_of[span] = lane

    @staticmethod
    def _fits(span: Span, lane: Lane) -> bool:
        stack = lane.stack
        while stack and stack[-1] is not span.parent and _free_from(stack[-1]) <= span.begin_ns:
            stack.pop()
        return bool(stack) and stack[-1] is span.parent and span.end_ns <= stack[-1].end_ns

    def _free_lane(self, span: Span) -> Lane:
        if self._free and self._free[0][0] <= span.begin_ns:
            lane = self.lanes[heappop(self._free)[1]]
            lane.stack.clear()
        else:
            lane = Lane(self._track, len(self.lanes))
            self.lanes.append(lane)
        heappush(self._free, (_free_from(span), lane.number))
        return lane
