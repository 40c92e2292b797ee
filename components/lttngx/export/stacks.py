"""Folded stacks (flamegraph.pl, inferno, speedscope) and speedscope's evented format.

A stack is the names of a span and of those around it; its weight is the span's self time in ns: time in none of the
complete
spans directly inside.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from lttngx.analyses.intervals import Intervals
from lttngx.export.lanes import Lane, arrange
from lttngx.spans.span import BY_END, COMPLETE, Span

SPEEDSCOPE_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


class _Inside:
    """What ended inside an open span: its cover by complete spans, and weights by stack below it."""

    __slots__ = ("cover", "weights")

    def __init__(self) -> None:
        self.cover = Intervals()
        self.weights: dict[tuple[str, ...], int] = {}


class FoldedStacks:
    """Sums weights by stack. `take` is an engine's `emit`: names of spans around one count when these have ended."""

    def __init__(self) -> None:
        self.weights: dict[tuple[str, ...], int] = {}

    def take(self, span: Span) -> None:
        """Count a span that has just ended."""
        inside, span.notes = span.notes, None
        parent, stack = span.parent, (str(span.title),)
        # Of nested calls which are open at the end of the trace, the outermost ends first.
        while parent is not None and parent.kind is span.kind and parent.status == span.status == BY_END:
            stack, parent = (str(parent.title), *stack), parent.parent
        if parent is not None and parent.notes is None:
            parent.notes = _Inside()
        target = self.weights if parent is None else parent.notes.weights
        if span.status == COMPLETE:
            _add(target, stack, span.duration_ns - (inside.cover.length if inside is not None else 0))
            if parent is not None:
                parent.notes.cover.add(span.begin_ns, span.end_ns)
        for below, weight in inside.weights.items() if inside is not None else ():
            _add(target, (*stack, *below), weight)

    def lines(self) -> Iterator[str]:
        """Yield `outer;…;inner WEIGHT` lines, sorted."""
        for stack in sorted(self.weights):
            yield ";".join(map(_frame, stack)) + f" {self.weights[stack]}"


def _add(weights: dict[tuple[str, ...], int], stack: tuple[str, ...], weight: int) -> None:
    """Add weight to a stack, outermost name first."""
    if weight > 0:
        weights[stack] = weights.get(stack, 0) + weight


def _frame(name: str) -> str:
    """Return a name without the separators of the format."""
    return name.replace(";", ":").replace("\n", " ")


def speedscope(spans: Iterable[Span], name: str, exporter: str) -> str:
    """Return a speedscope file: one evented profile a lane, times in ns from the first span's begin."""
    ended = list(spans)
    origin = min((span.begin_ns for span in ended), default=0)
    frames: dict[str, int] = {}
    profiles = [_profile(lane, origin, frames) for lane in arrange(ended)]
    document = {"$schema": SPEEDSCOPE_SCHEMA, "name": name, "exporter": exporter, "activeProfileIndex": 0,
                "shared": {"frames": [{"name": frame} for frame in frames]}, "profiles": profiles}
    return json.dumps(document, ensure_ascii=False)


def _profile(lane: Lane, origin: int, frames: dict[str, int]) -> dict[str, Any]:
    events = []
    for begins, span in lane.edges():
        frame = frames.setdefault(str(span.title), len(frames))
        events.append({"type": "O" if begins else "C", "frame": frame,
                       "at": (span.begin_ns if begins else span.end_ns) - origin})
    label = lane.track.title + (f" ({lane.number})" if lane.number else "")
    return {"type": "evented", "name": label, "unit": "nanoseconds", "startValue": events[0]["at"],
            "endValue": max(event["at"] for event in events), "events": events}
