"""Segments: stretches of time in which one line fits all messages, and where the line can have changed between them.

Clocks are slewed and stepped (NTP, adjtime). The fewest segments are found greedily. Cut from the front, the k-th change cannot be
later than where the k-th line stops fitting; cut from the back, it cannot be earlier than where the next begins to. What lies between
the latest place of a change and the earliest of the next belongs to one line for certain: that is what it is fitted to.
Where a change may be, at a time t: if it is still to come, the old line fits all messages up to t; if it has been, the new one
fits all from t on. So bounds hold if the clocks changed no more often than the messages show.

A message which contradicts its neighbours on both sides is no change of the clock but a wrong match or a violation of
causality: it is dropped and counted. So are the first or last few of which nobody can tell, for they go one way only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from lttngx.clocks.polygon import Message, Polygon

# A message is dropped if at least AHEAD_MIN of the next AHEAD ones are there and, with it, at most STRAYS do not fit.
AHEAD, AHEAD_MIN, STRAYS = 32, 16, 2


@dataclass(frozen=True, slots=True)
class Segment:
    """One line. begin_ns, end_ns: own times between which it holds for certain, None without limit."""

    polygon: Polygon
    begin_ns: int | None
    end_ns: int | None


@dataclass(frozen=True, slots=True)
class Stretch:
    """Own times from begin_ns (None: ever) on, until the next stretch, and the polygons of which one holds the true line."""

    begin_ns: int | None
    polygons: tuple[Polygon, ...]


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Segments and stretches in order of time, the messages they hold, and the number of those dropped."""

    segments: tuple[Segment, ...]
    stretches: tuple[Stretch, ...]
    messages: tuple[Message, ...]
    strays: int


def segment(messages: Sequence[Message], max_rate_ppm: int) -> Segmentation:
    """Return the segments of messages, which are in order of own time."""
    kept, ends, only = _forward(messages, max_rate_ppm)
    strays = len(messages) - len(kept)
    if not ends:
        return Segmentation((Segment(only, None, None),), (Stretch(None, (only,)),), tuple(kept), strays)
    begins = _backward(kept, max_rate_ppm)
    segments = []
    for first, last in zip([0, *ends], [*begins, len(kept)]):
        polygon = Polygon(max_rate_ppm)
        for message in kept[first:last]:
            polygon.clip(message)
        segments.append(Segment(polygon, kept[first][0] if first else None, kept[last - 1][0] if last < len(kept) else None))
    stretches = [Stretch(None, (segments[0].polygon,))]
    for before, after, first, last in zip(segments, segments[1:], begins, ends):
        stretches += _change(before, after, kept[first:last])
        stretches.append(Stretch(after.begin_ns, (after.polygon,)))
    return Segmentation(tuple(segments), tuple(stretches), tuple(kept), strays)


def _change(before: Segment, after: Segment, between: Sequence[Message]) -> Iterator[Stretch]:
    """Yield the stretches in which the line before or the one after may hold. between: the messages of either."""
    # (from when on, polygon), earliest first; (until when, polygon), latest first.
    old, new = [(before.end_ns, before.polygon)], [(after.begin_ns, after.polygon)]
    for message in between:
        _narrow(old, message)
    for message in reversed(between):
        _narrow(new, message)
    moments = sorted({begin for begin, _ in old} | {until + 1 for until, _ in new[1:]})
    for moment in moments:
        if before.end_ns <= moment < after.begin_ns:
            yield Stretch(moment, (next(polygon for begin, polygon in reversed(old) if begin <= moment),
                                   next(polygon for until, polygon in reversed(new) if moment <= until)))


def _narrow(chain: list[tuple[int, Polygon]], message: Message) -> None:
    """Add the last polygon of a chain, clipped, with the message's time, if the message cuts it."""
    polygon = chain[-1][1].copy()
    if polygon.clip(message) and polygon.vertices is not chain[-1][1].vertices:
        chain.append((message[0], polygon))


def _forward(messages: Sequence[Message], max_rate_ppm: int) -> tuple[list[Message], list[int], Polygon]:
    """Return the messages kept, the places among them where a line stops to fit, and the last line's polygon."""
    runs: list[tuple[list[Message], Polygon]] = [([], Polygon(max_rate_ppm))]
    for at, message in enumerate(messages):
        kept, polygon = runs[-1]
        if not polygon.clip(message):
            if _is_stray(polygon, messages[at + 1:at + 1 + AHEAD]):
                continue
            runs.append(([], Polygon(max_rate_ppm)))
            kept, polygon = runs[-1]
            polygon.clip(message)
        kept.append(message)
    for at in (0, -1):
        if len(runs) > 1 and not runs[at][1].is_bounded and len(runs[at][0]) <= STRAYS:
            runs.pop(at)
    ends = list(accumulate(len(kept) for kept, _ in runs))[:-1]
    return [message for kept, _ in runs for message in kept], ends, runs[-1][1]


def _is_stray(polygon: Polygon, ahead: Sequence[Message]) -> bool:
    if len(ahead) < AHEAD_MIN:
        return False
    polygon = polygon.copy()
    return 1 + sum(not polygon.clip(message) for message in ahead) <= STRAYS


def _backward(messages: Sequence[Message], max_rate_ppm: int) -> list[int]:
    """Return the places where, from the back, the lines begin to fit: the first message of each segment but the
    first."""
    begins: list[int] = []
    polygon = Polygon(max_rate_ppm)
    for at in range(len(messages) - 1, -1, -1):
        if not polygon.clip(messages[at]):
            begins.append(at + 1)
            polygon = Polygon(max_rate_ppm)
            polygon.clip(messages[at])
    return begins[::-1]
