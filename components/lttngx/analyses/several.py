"""Several engines behind one extractor: one pass over a trace for all of them."""

from collections.abc import Callable, Sequence
from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Consumer, Extraction


class Several:
    """A Consumer which gives each event to the engines that want it, in their order."""

    per_stream = False

    def __init__(self, engines: Sequence[Consumer]) -> None:
        self.engines = tuple(engines)
        self._packet_begins = [hook for one in engines if (hook := getattr(one, "packet_begins", None)) is not None]
        self._packet_ends = [hook for one in engines if (hook := getattr(one, "packet_ends", None)) is not None]

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        wanted = [found for one in self.engines if (found := one.bind(event_class, stream)) is not None]
        if len(wanted) < 2:
            return wanted[0] if wanted else None
        paths = tuple(dict.fromkeys(path for one in wanted for path in one.paths))
        return Extraction(_joined([(one.call, [paths.index(path) for path in one.paths]) for one in wanted]), paths)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        for one in self.engines:
            one.discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        for one in self.engines:
            one.discarded_packets(stream, begin_ns, end_ns, count)

    def packet_begins(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """See Consumer."""
        for hook in self._packet_begins:
            hook(stream, cpu, time_ns)

    def packet_ends(self, stream: Stream, cpu: int, time_ns: int | None) -> None:
        """See Consumer."""
        for hook in self._packet_ends:
            hook(stream, cpu, time_ns)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell all of the times of the first and the last event."""
        for one in self.engines:
            one.cover(first_ns, last_ns)

    def advance(self, now_ns: int | None) -> None:
        """Tell all that time has come to `now_ns`."""
        for one in self.engines:
            one.advance(now_ns)


def _joined(calls: Sequence[tuple[Callable[..., None], list[int]]]) -> Callable[..., None]:
    """Return one function which calls each with its own values: Python source, since loops cost as much as the calls."""
    count = 1 + max((place for _, places in calls for place in places), default=-1)
    values = [f"v{place}" for place in range(count)]
    # Functions are parameters with defaults: local names are the fastest to read.
    bound = [f"f{number}=f{number}" for number in range(len(calls))]
    lines = [f"    f{number}({', '.join(['t', 'cpu', *(values[place] for place in places)])})"
             for number, (_, places) in enumerate(calls)]
    scope: dict[str, Any] = {f"f{number}": one for number, (one, _) in enumerate(calls)}
    exec("\n".join([f"def call({', '.join(['t', 'cpu', *values, *bound])}):", *lines]), scope)  # noqa: S102
    return scope["call"]
