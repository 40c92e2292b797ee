"""Tracks and lanes: where viewers draw spans.

A track holds the spans that share a thread, a CPU or another key. A track's lane is a row of properly nested spans: a
span is drawn
inside its parent; spans which overlap otherwise get lanes of their own.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from lttngx.spans.span import Span

_TID, _PID = ("tid", "vtid"), ("pid", "vpid")


@dataclass(frozen=True, slots=True)
class Track:
    """A track. sort: "thread", "process", "cpu" or "key". pid, tid, cpu: where they apply. label: for people."""

    sort: str
    label: str
    pid: int | None = None
    tid: int | None = None


@dataclass(slots=True)
class Lane:
    """A row of a track; `spans` in order of begin, each after the ones it is in."""

    track: Track
    number: int
    spans: list[Span] = field(default_factory=list)
    stack: list[Span] = field(default_factory=list)

    def edges(self) -> Iterator[tuple[bool, Span]]:
        """Yield (True, span) where a span begins and (False, span) where it ends, properly nested."""
        waiting: list[Span] = []
        for span in self.spans:
            while waiting and not _inside(span, waiting[-1]):
                yield False, waiting.pop()
            waiting.append(span)
            yield True, span
        while waiting:
            yield False, waiting.pop()


def _inside(span: Span, other: Span) -> bool:
    current = span.parent
    while current is not None:
        if current is other:
            return True
        current = current.parent
    return False


def track_of(span: Span) -> Track:
    """Return the track of a span: that of its root, by what its key is made of."""
    while span.parent is not None:
        span = span.parent
    kind = span.kind
    key, values = kind.key_of(span)
    names = {name: value for name, value in zip(key, values) if name}
    tid = next((names[name] for name in _TID if name in names), None)
    pid = next((names[name] for name in _PID if name in names), None)
    if tid is not None:
        return Track("thread", f"{kind.path} {tid}", pid, tid)
    if pid is not None:
        return Track("process", f"{kind.path} {pid}", pid)
    if len(key) == 1 and "cpu" in names:
        return Track("cpu", f"{kind.path} CPU {names['cpu']}")
    return Track("key", " ".join([kind.path or "span", *map(str, values)]))


def arrange(spans: Iterable[Span]) -> list[Lane]:
    """Return the lanes of some ended spans, track by track in order of first begin."""
    tracks: dict[Track, _Arranger] = {}
    for span in sorted(spans, key=lambda span: span.number):
        track = track_of(span)
        if track not in tracks:
            tracks[track] = _Arranger(track)
        tracks[track].place(span)
    return [lane for arranger in tracks.values() for lane in arranger.lanes]


class _Arranger:
    """Puts the spans of one track, in order of begin, into lanes."""

    def __init__(self, track: Track) -> None:
        self.lanes: list[Lane] = []
        self._track = track
        self._free: list[tuple[int, int]] = []
        self._lane_of: dict[Span, Lane] = {}

    def place(self, span: Span) -> None:
        """Put a span into its parent's lane if the parent is innermost there, else into a free or a new lane."""
        lane = self._lane_of.get(span.parent)
        if lane is None or not self._fits(span, lane):
            lane = self._free_lane(span)
        lane.spans.append(span)
        lane.stack.append(span)
        self._lane_of[span] = lane

    @staticmethod
    def _fits(span: Span, lane: Lane) -> bool:
        while lane.stack and lane.stack[-1] is not span.parent and lane.stack[-1].end_ns <= span.begin_ns:
            lane.stack.pop()
        return bool(lane.stack) and lane.stack[-1] is span.parent

    def _free_lane(self, span: Span) -> Lane:
        if self._free and self._free[0][0] <= span.begin_ns:
            lane = self.lanes[heappop(self._free)[1]]
            lane.stack.clear()
        else:
            lane = Lane(self._track, len(self.lanes))
            self.lanes.append(lane)
        heappush(self._free, (span.end_ns, lane.number))
        return lane
