"""Counts events by name: an engine (core.extraction.Consumer) whose parts are joined by adding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lttngx.analyses.result import Losses, TimeRange
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction


@dataclass(frozen=True, slots=True)
class Counts:
    """The result. events: (name, count), most frequent first, then by name; `limit` of them at most. total: of all names."""

    range: TimeRange
    events: tuple[tuple[str, int], ...]
    total: int
    losses: Losses


class EventCounts:
    """The engine. limit: names to give, those with the most events; 0: all."""

    per_stream = False

    def __init__(self, limit: int = 0) -> None:
        self._limit = limit
        # Name → a list of one number, which is quicker to add to than a dictionary.
        self._counts: dict[str, list[int]] = {}
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        self._lost_events = self._lost_packets = 0

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction:
        """See Consumer."""
        return Extraction(_counter(self._counts.setdefault(event_class.name or "", [0])))

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._lost_events += 1 if count is None else count

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._lost_packets += 1 if count is None else count

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the times of the first and the last event of all."""
        if first_ns is not None:
            self._first_ns = first_ns if self._first_ns is None else min(first_ns, self._first_ns)
            self._last_ns = last_ns if self._last_ns is None else max(last_ns, self._last_ns)

    def advance(self, now_ns: int | None) -> None:
        """Tell that time has come to `now_ns`: of no matter here."""

    def closed(self) -> tuple[Counts, ...]:
        """Return results that are complete before the end: none."""
        return ()

    def results(self) -> tuple[Counts, ...]:
        """Return the result, once, at the end of the trace."""
        named = sorted(((name, count) for name, (count,) in self._counts.items() if count),
                       key=lambda entry: (-entry[1], entry[0]))
        span = TimeRange(0, 0) if self._first_ns is None else TimeRange(self._first_ns, self._last_ns)
        return (Counts(span, tuple(named[:self._limit or None]), sum(count for _, count in named),
                       Losses(self._lost_events, self._lost_packets)),)

    def merge(self, later: "EventCounts") -> "EventCounts":
        """Add what another engine counted in the part of the trace that follows; return self."""
        for name, (count,) in later._counts.items():
            self._counts.setdefault(name, [0])[0] += count
        self.cover(later._first_ns, later._last_ns)
        self._lost_events += later._lost_events
        self._lost_packets += later._lost_packets
        return self


def _counter(counted: list[int]) -> Callable[..., Any]:
    def count(time_ns: int | None, cpu: int) -> None:
        counted[0] += 1
    return count
