"""Folded stacks (flamegraph.pl, inferno, speedscope) and speedscope's formats.

A stack is the names of a span and of those around it; its weight is the span's self time in ns: time in none of the
complete spans directly inside. Or it is a thread's call stack with the weight which `callstacks` gives it.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from lttngx.analyses.intervals import Intervals
from lttngx.export.lanes import arrange
from lttngx.spans.span import BY_END, COMPLETE, Span

SPEEDSCOPE_SCHEMA = "https://www.speedscope.app/file-format-schema.json"


class _Inside:
    """What ended inside an open span: its cover by complete spans, and weights by stack below it."""

    __slots__ = ("cover", "weights")

    def __init__(self) -> None:
        self.cover = Intervals()
        self.weights: dict[tuple[str, ...], int] = {}


class FoldedStacks:
    """Sums weights by stack. `take` is an engine's `emit`: names of spans around one count when these have ended.

    name: of a span."""

    def __init__(self, name: Callable[[Span], str] = lambda span: str(span.title)) -> None:
        self.weights: dict[tuple[str, ...], int] = {}
        self._name = name

    def take(self, span: Span) -> None:
        """Count a span that has just ended."""
        inside, span.notes = span.notes, None
        parent, stack = span.parent, (self._name(span),)
        # Of nested calls which are open at the end of the trace, the outermost ends first.
        while parent is not None and parent.kind is span.kind and parent.status == span.status == BY_END:
            stack, parent = (self._name(parent), *stack), parent.parent
        if parent is not None and parent.notes is None:
            parent.notes = _Inside()
        target = self.weights if parent is None else parent.notes.weights
        if span.status == COMPLETE:
            _add(target, stack, span.duration_ns - (inside.cover.length if inside is not None else 0))
            if parent is not None:
                parent.notes.cover.add(span.begin_ns, span.end_ns)
        for below, weight in inside.weights.items() if inside is not None else ():
            _add(target, (*stack, *below), weight)

    def add(self, stack: tuple[str, ...], weight: int) -> None:
        """Add weight to a stack, outermost name first."""
        _add(self.weights, stack, weight)

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


class Speedscope:
    """A speedscope file in the making. name: of the trace; exporter: name and version of this package."""

    def __init__(self, name: str, exporter: str) -> None:
        self._name, self._exporter = name, exporter
        self._frames: dict[str, int] = {}
        self._profiles: list[dict[str, Any]] = []

    def _frame(self, name: str) -> int:
        return self._frames.setdefault(name, len(self._frames))

    def spans(self, spans: Iterable[Span], name: Callable[[Span], str] = lambda span: str(span.title)) -> None:
        """Add ended spans: one evented profile a lane, times in ns from the first span's begin. name: of a span."""
        ended = list(spans)
        origin = min((span.begin_ns for span in ended), default=0)
        for lane in arrange(ended):
            events = [{"type": "O" if begins else "C", "frame": self._frame(name(span)),
                       "at": (span.begin_ns if begins else span.end_ns) - origin} for begins, span in lane.edges()]
            label = lane.track.title + (f" ({lane.number})" if lane.number else "")
            self._add("evented", label, "nanoseconds", events[0]["at"], max(event["at"] for event in events), events=events)

    def samples(self, name: str, samples: Iterable[tuple[tuple[str, ...], int]], unit: str) -> None:
        """Add a sampled profile: (frames, outermost first; weight) in order of time. unit: "none" or "nanoseconds"."""
        stacks, weights = [], []
        for frames, weight in samples:
            stacks.append([self._frame(frame) for frame in frames])
            weights.append(weight)
        self._add("sampled", name, unit, 0, sum(weights), samples=stacks, weights=weights)

    def _add(self, sort: str, name: str, unit: str, begin: int, end: int, **content: Any) -> None:
        self._profiles.append({"type": sort, "name": name, "unit": unit, "startValue": begin, "endValue": end} | content)

    def text(self) -> str:
        """Return the file."""
        return json.dumps({
            "$schema": SPEEDSCOPE_SCHEMA, "name": self._name, "exporter": self._exporter, "activeProfileIndex": 0,
            "shared": {"frames": [{"name": frame} for frame in self._frames]}, "profiles": self._profiles}, ensure_ascii=False)
