"""Plays a recorded trace to engines, whole or in parts: reads it once, then gives any window of it as an Extractor would."""

import pickle
from collections.abc import Callable, Sequence
from typing import Any

from lttngx.bt.reading import read
from lttngx.core.extraction import Extraction


class Played:
    """What engines made by `make` are told of a trace. times: of all events, ascending. losses_ns: when events began to be lost."""

    per_stream = False

    def __init__(self, trace: Any, make: Callable[[], Any]) -> None:
        self.times: list[int] = []
        self.losses_ns: list[int] = []
        self._steps: list[tuple] = []
        self._classes: list[tuple] = []
        self._probe = make()
        read(self, [str(trace)])

    # Consumer: records

    def bind(self, event_class, stream):
        wanted = self._probe.bind(event_class, stream)
        number = len(self._classes)
        self._classes.append((event_class, stream))
        steps, times = self._steps, self.times

        def call(time_ns, cpu, *values):
            times.append(time_ns)
            steps.append(("event", number, time_ns, (time_ns, cpu, *values)))
        return Extraction(call, () if wanted is None else wanted.paths)

    def discarded_events(self, *loss):
        self.losses_ns.append(loss[1])
        self._steps.append(("discarded_events", *loss))

    def discarded_packets(self, *loss):
        self._steps.append(("discarded_packets", *loss))

    def packet_begins(self, *packet):
        self._steps.append(("packet_begins", *packet))

    def packet_ends(self, *packet):
        self._steps.append(("packet_ends", *packet))

    # Plays

    def play(self, engine: Any, begin_ns: int | None = None, end_ns: int | None = None) -> Any:
        """Feed an engine with [begin, end), by the rules of core.extraction.Consumer; return it."""
        begin = -1 << 63 if begin_ns is None else begin_ns
        end = 1 << 63 if end_ns is None else end_ns
        calls: dict = {}
        first = last = None
        for step in self._steps:
            if step[0] == "event":
                _, number, time_ns, arguments = step
                if time_ns >= end:
                    break
                if time_ns < begin:
                    continue
                first, last = time_ns if first is None else first, time_ns
                if number not in calls:
                    calls[number] = engine.bind(*self._classes[number])
                    if calls[number] is not None:
                        engine.cover(first, last)
                if calls[number] is not None:
                    calls[number].call(*arguments)
            elif step[0].startswith("packet"):
                name, stream, cpu, time_ns = step
                if hasattr(engine, name) and (time_ns is None or begin <= time_ns < end):
                    getattr(engine, name)(stream, cpu, time_ns)
            else:
                name, stream, lost_ns, until_ns, count = step
                if begin <= lost_ns < end or lost_ns < begin < until_ns:
                    getattr(engine, name)(stream, lost_ns, until_ns, count if lost_ns >= begin else 0)
        engine.cover(first, last)
        return engine

    def parts(self, make: Callable[[], Any], cuts: Sequence[int]) -> list[Any]:
        """Return an engine for each part between cuts, as they come from other processes."""
        limits = [None, *sorted(set(cuts)), None]
        return [pickle.loads(pickle.dumps(self.play(make(), *limit))) for limit in zip(limits, limits[1:])]


def left(first: Any, parts: Sequence[Any]) -> Any:
    """Join parts one after the other."""
    for part in parts:
        first.merge(part)
    return first


def right(first: Any, parts: Sequence[Any]) -> Any:
    """Join parts from the last one."""
    joined = list(parts)
    while len(joined) > 1:
        last = joined.pop()
        joined[-1].merge(last)
    return left(first, joined)


def tree(first: Any, parts: Sequence[Any]) -> Any:
    """Join parts in pairs, the pairs in pairs, and so on."""
    joined = list(parts)
    while len(joined) > 1:
        for at in range(0, len(joined) - 1, 2):
            joined[at].merge(joined[at + 1])
        joined = joined[::2]
    return left(first, joined)
