"""What a consumer tells the Extractor of each event class, and is given in turn."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Protocol

from lttngx.core.classes import EventClass, FieldPath, Stream


@dataclass(frozen=True, slots=True)
class Extraction:
    """What *extract* does with events of one class: call(time_ns, cpu, *values), one value a path.

    time_ns: int, or None without a clock. cpu: int, the packet context's `cpu_id`, else −1. A value is int, bool, float, str
    (UTF-8, surrogateescape), list (arrays), bytes (BLOB), dict (structures), or None (absent, or path None).

    A core's `Columns` (see core.columns) in place of a function collects the events in buffers; `paths` is then empty.

    pair: what the classes of two events have in common which may be told at once: a begin and, right behind it among all that the
    consumer is told, its end on the same CPU. Then the end's both(begin_ns, end_ns, cpu, *values of the begin, *values of the end)
    is called instead of both `call`s, to the same effect. `both` is None but for ends. A core need not do so: the portable one does
    not."""

    call: Callable[..., None] | Any
    paths: tuple[FieldPath | None, ...] = ()
    pair: Hashable | None = None
    both: Callable[..., None] | None = None


class Consumer(Protocol):
    """What *extract* drives: an engine.

    Where only a window [begin, end) of a trace is extracted, as for a part of it, an engine is told of the events and the
    packets' beginnings and ends in the window. A loss is counted where it begins; later windows which it reaches are told of it,
    too, with count 0. What has no time is in the first window; packets without times are in all.
    """

    per_stream: bool

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """Return what to do with the events of a class (per stream if `per_stream`), None to skip them natively."""

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """The tracer lost `count` events (None: unknown number) of a stream between two times."""

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """The tracer lost whole packets."""

    # Optional: cover(first_ns: int | None, last_ns: int | None), called with the time of the first event of all, wanted or not,
    # before the first wanted one is given. Optional: a consumer which has them is told of packets, too.
    # packet_begins(stream: Stream, cpu: int, time_ns: int | None), cpu −1 if the packet context has no `cpu_id`
    # packet_ends(stream: Stream, cpu: int, time_ns: int | None)
