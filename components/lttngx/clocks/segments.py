"""Segments: stretches of time in which one line fits all messages, and where the line can have changed between them.

Clocks are slewed and stepped (NTP, adjtime). The fewest segments are found greedily. Cut from the front, the k-th change cannot be
later than where the k-th line stops fitting; cut from the back, it cannot be earlier. What lies between the latest place of a
change and the earliest of the next belongs to one line for certain: only that is used to fit it. So bounds hold if the
clocks changed no more often than the messages show.

A message which contradicts its neighbours on both sides is no change of the clock but a wrong match or a violation of
causality: it is dropped and counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lttngx.clocks.polygon import Message, Polygon

# A message is dropped if at least AHEAD_MIN of the next AHEAD ones are there and, with it, at most STRAYS do not fit.
AHEAD, AHEAD_MIN, STRAYS = 32, 16, 2


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch with one line. begin_ns, end_ns: own times outside of which it does not hold for certain, None without
    limit.

    possible_begin_ns, possible_end_ns: outside of these it does not hold.
    """

    polygon: Polygon
    possible_begin_ns: int | None
    begin_ns: int | None
    end_ns: int | None
    possible_end_ns: int | None


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Segments in order of time, the messages they hold, and the number of those dropped."""

    segments: tuple[Segment, ...]
    messages: tuple[Message, ...]
    strays: int


def segment(messages: Sequence[Message], max_rate_ppm: int) -> Segmentation:
    """Return the segments of messages, which are in order of own time."""
    kept, ends, only = _forward(messages, max_rate_ppm)
    strays = len(messages) - len(kept)
    if not ends:
        return Segmentation((Segment(only, None, None, None, None),), tuple(kept), strays)
    begins = _backward(kept, max_rate_ppm)
    segments = []
    for at in range(len(ends) + 1):
        first, last = (ends[at - 1] if at else 0), (begins[at] if at < len(begins) else len(kept))
        polygon = Polygon(max_rate_ppm)
        for message in kept[first:last]:
            polygon.clip(message)
        before, after = (kept[begins[at - 1] - 1][0], kept[ends[at - 1]][0]) if at else (None, None)
        until, latest = (kept[begins[at] - 1][0], kept[ends[at]][0]) if at < len(ends) else (None, None)
        segments.append(Segment(polygon, before, after, until, latest))
    return Segmentation(tuple(segments), tuple(kept), strays)


def _forward(messages: Sequence[Message], max_rate_ppm: int) -> tuple[list[Message], list[int], Polygon]:
    """Return the messages kept, the places among them where a line stops to fit, and the last line's polygon."""
    kept: list[Message] = []
    ends: list[int] = []
    polygon = Polygon(max_rate_ppm)
    for at, message in enumerate(messages):
        if not polygon.clip(message):
            if _is_stray(polygon, messages[at + 1:at + 1 + AHEAD]):
                continue
            ends.append(len(kept))
            polygon = Polygon(max_rate_ppm)
            polygon.clip(message)
        kept.append(message)
    return kept, ends, polygon


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
