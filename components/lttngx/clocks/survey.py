"""The first look at traces: feeds each host's events to the consumer which estimates its clock, if there is one."""

from collections.abc import Callable

from lttngx.clocks.hosts import Host
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Consumer, Extraction


class Survey:
    """A Consumer of the events of several hosts.

    host_of: tells the host of a stream. consumer: gives the consumer of a host's events, None if they need not be looked at.
    """

    per_stream = True

    def __init__(self, host_of: Callable[[Stream], Host], consumer: Callable[[Host], Consumer | None]) -> None:
        self._host_of, self._make = host_of, consumer
        self._consumers: dict[str, Consumer | None] = {}

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        consumer = self._consumer(stream)
        return None if consumer is None else consumer.bind(event_class, stream)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        if (consumer := self._consumer(stream)) is not None:
            consumer.discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        if (consumer := self._consumer(stream)) is not None:
            consumer.discarded_packets(stream, begin_ns, end_ns, count)

    def _consumer(self, stream: Stream) -> Consumer | None:
        if stream.clock_class is None:
            return None
        host = self._host_of(stream)
        if host.key not in self._consumers:
            self._consumers[host.key] = self._make(host)
        return self._consumers[host.key]
