"""Several engines on the same events."""

from typing import Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Consumer, Extraction


class Together:
    """A Consumer which hands each event to several consumers in order, to each the fields it wants."""

    per_stream = False

    def __init__(self, *consumers: Consumer) -> None:
        self._consumers = consumers

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        bound = [found for consumer in self._consumers if (found := consumer.bind(event_class, stream)) is not None]
        return bound[0] if len(bound) == 1 else both(bound) if bound else None

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                         cpu: int = -1) -> None:
        """See Consumer."""
        for consumer in self._consumers:
            consumer.discarded_events(stream, begin_ns, end_ns, count, cpu)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None,
                          cpu: int = -1) -> None:
        """See Consumer."""
        for consumer in self._consumers:
            consumer.discarded_packets(stream, begin_ns, end_ns, count, cpu)


def both(bound: list[Extraction]) -> Extraction:
    """Return the extraction which calls several ones in order; a field wanted by more than one is read once."""
    paths = tuple(dict.fromkeys(path for extraction in bound for path in extraction.paths))
    calls = [(extraction.call, [paths.index(path) for path in extraction.paths]) for extraction in bound]

    def call(time_ns: int, cpu: int, *values: Any) -> None:
        for target, places in calls:
            target(time_ns, cpu, *[values[at] for at in places])
    return Extraction(call, paths)
