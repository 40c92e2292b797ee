"""Conditions on how long something lasts: a span, a state."""

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.spans import tracking
from lttngx.spans.definitions import Definition
from lttngx.spans.span import Span
from lttngx.state.tree import ROOT, matcher
from lttngx.state.kernel.binding import Bound
from lttngx.watch.conditions import Condition, Names

# Open spans are looked through so many times in the duration they may take.
LOOKS = 8


class LongSpan(Condition):
    """A span takes so long or longer; told when time has come to that, at most an eighth of it later, or else at the span's end.

    select: star patterns of the names of the definitions which count.
    """

    def __init__(self, definitions: Iterable[Definition], duration_ns: int, select: Iterable[str] = ("*",)) -> None:
        """Raises LttngxError if the definitions do not fit together."""
        self._duration_ns, self._select = duration_ns, Names(*select)
        self._engine = tracking.engine(definitions, self._ended)
        self._look_ns: int | None = None

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        extraction = self._engine.bind(event_class, stream)
        return None if extraction is None else (extraction.call, extraction.paths)

    def lost(self, stream: Stream, begin_ns: int | None, end_ns: int | None, events: int, packets: int) -> None:
        self._engine.discarded_events(stream, begin_ns, end_ns, events)

    def _ended(self, span: Span) -> None:
        if span.notes is None and span.duration_ns >= self._duration_ns and span.path in self._select:
            self._tell(span, span.end_ns, span.status)

    def advance(self, now_ns: int) -> None:
        self._engine.expire(now_ns)
        if self._look_ns is None or now_ns >= self._look_ns:
            self._look_ns = now_ns + self._duration_ns // LOOKS
            for kind in self._engine.kinds:
                if kind.path in self._select:
                    self._look(kind.live, now_ns)

    def _look(self, live: Iterable[Span], now_ns: int) -> None:
        for span in live:
            if now_ns - span.begin_ns < self._duration_ns:
                return
            if span.notes is None:
                # Told once; the mark is for `_ended`.
                span.notes = True
                self._tell(span, now_ns, "open")

    def _tell(self, span: Span, time_ns: int, status: str) -> None:
        known = {name: value for name, value in span.captures().items() if value is not None}
        self.trigger.fire(time_ns, {"span": span.path, "name": str(span.title), "key": list(span.kind.key_of(span)[1]),
                                    "begin": span.begin_ns, "duration": time_ns - span.begin_ns, "status": status, "lossy": span.lossy}
                          | ({"captures": known} if known else {}))

    def finish(self, last_ns: int) -> None:
        self._engine.finish(last_ns)


class HeldState(Condition):
    """An attribute of a state model keeps a value for so long. engine: of `state.engines`, recording. attribute: a glob of paths."""

    def __init__(self, engine: Any, attribute: str, value: str, duration_ns: int) -> None:
        self._engine, self._value, self._duration_ns = engine, value, duration_ns
        self._matches = matcher(attribute)
        self._wanted: dict[int, bool] = {}
        # Attribute → since when it has the value; (time, attribute) when that is long enough, those given up among them.
        self._since: dict[int, int] = {}
        self._due: list[tuple[int, int]] = []

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        extraction = self._engine.bind(event_class, stream)
        return None if extraction is None else (extraction.call, extraction.paths)

    def lost(self, stream: Stream, begin_ns: int | None, end_ns: int | None, events: int, packets: int) -> None:
        tell = self._engine.discarded_packets if packets else self._engine.discarded_events
        tell(stream, begin_ns, end_ns, packets or events)

    def advance(self, now_ns: int) -> None:
        self._take()
        self._fall_due(now_ns)

    def finish(self, last_ns: int) -> None:
        self._engine.finish(last_ns)
        self.advance(last_ns)

    def _take(self) -> None:
        """Follow the changes since the last call."""
        for time_ns, attribute, value in self._engine.tree.take():
            self._fall_due(time_ns)
            if attribute == ROOT:
                # After a loss nobody knows whether a value was kept.
                self._since.clear()
            elif not self._is_wanted(attribute):
                continue
            elif str(value) != self._value:
                self._since.pop(attribute, None)
            elif attribute not in self._since:
                self._since[attribute] = time_ns
                heappush(self._due, (time_ns + self._duration_ns, attribute))

    def _fall_due(self, time_ns: int) -> None:
        while self._due and self._due[0][0] <= time_ns:
            self._tell(*heappop(self._due))

    def _is_wanted(self, attribute: int) -> bool:
        known = self._wanted.get(attribute)
        if known is None:
            known = self._wanted[attribute] = self._matches(self._engine.tree.paths[attribute])
        return known

    def _tell(self, due_ns: int, attribute: int) -> None:
        since_ns = self._since.get(attribute)
        if since_ns is not None and since_ns + self._duration_ns == due_ns:
            self.trigger.fire(due_ns, {"attribute": self._engine.tree.paths[attribute], "value": self._value, "since": since_ns,
                                       "held": self._duration_ns})
