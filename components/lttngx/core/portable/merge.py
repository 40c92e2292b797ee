"""merge with bt2 objects only: the reference of `native.merge`. The rules are in lttngx.core.merging."""

from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Any

import bt2

from lttngx.core.clock_map import ClockMap
from lttngx.core.merging import NO_CLOCK, Order
from lttngx.core.portable.classes import stream_of
from lttngx.core.portable.extract import snapshot_ns

# Messages of one input which `gather` takes, as many as a batch of the library has.
BATCH = 15


class _Lane:
    """The messages of one host of one input which wait, with their keys."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.waiting: deque[tuple[int, Any]] = deque()
        self.clear()

    def clear(self) -> None:
        self.waiting.clear()
        self.span_ns: tuple[int, int] | None = None  # own times of the first and the last event
        self.last = 0
        self.late = True  # nobody waits for it yet


class _Input:
    """An upstream message iterator and its lanes by host; None for a host whose messages are not wanted."""

    def __init__(self, upstream: Any, wanted: Collection[int] | None) -> None:
        self.upstream, self.wanted = upstream, wanted
        self.lanes: dict[int, _Lane | None] = {}
        self.clear()

    def clear(self) -> None:
        self.ended, self.newest = False, 0
        for lane in filter(None, self.lanes.values()):
            lane.clear()

    @property
    def ready(self) -> list[_Lane]:
        return [lane for lane in self.lanes.values() if lane is not None and lane.waiting]

    @property
    def hungry(self) -> bool:
        """Whether a host has no message to compare, and is waited for."""
        return not self.ready or any(lane is not None and not lane.waiting and not lane.late for lane in self.lanes.values())


class Merger:
    """Merges the messages of upstream message iterators; iterate over it, or give it to a Rewriter or an Extractor.

    inputs: (bt2 message iterator, numbers of the hosts whose messages to take or None for all) of each. order: see
    `merging.Order`. owner: the bt2 user message iterator which this serves. mip: the graph's message interchange protocol
    version. window: greatest distance of keys by which a host of an input waits for the others of it, None without limit.
    tap: called with each message as it comes.
    """

    def __init__(self, inputs: Sequence[tuple[Any, Collection[int] | None]], order: Order, *, owner: Any = None, mip: int = 0,
                 window: int | None = None, tap: Callable[[Any], None] | None = None) -> None:
        self._inputs = [_Input(upstream, wanted) for upstream, wanted in inputs]
        self._order, self._mip, self._window, self._tap = order, mip, window, tap
        # By address of the clock class, which the object beside it keeps from being used again.
        self._clocks: dict[int, tuple[int, ClockMap | None, Any]] = {}
        self._clockless = False

    @property
    def held(self) -> int:
        """The greatest distance of keys over the messages which one host of an input has waiting."""
        return max((lane.last - lane.waiting[0][0] for source in self._inputs for lane in source.ready), default=0)

    def hosts(self, index: int) -> list[int]:
        """Return the numbers of the hosts whose messages an input has given so far."""
        return sorted(host for host, lane in self._inputs[index].lanes.items() if lane is not None)

    def spans(self) -> dict[int, tuple[int, int]]:
        """Return the times of each host's first and last events so far, in ns from its clock's origin, by its number."""
        found: dict[int, tuple[int, int]] = {}
        for source in self._inputs:
            for host, lane in source.lanes.items():
                if lane is not None and lane.span_ns is not None and host != NO_CLOCK:
                    first_ns, last_ns = found.get(host, lane.span_ns)
                    found[host] = min(first_ns, lane.span_ns[0]), max(last_ns, lane.span_ns[1])
        return found

    def reset(self) -> None:
        """Forget the messages pulled: the upstream message iterators have sought."""
        for source in self._inputs:
            source.clear()

    def gather(self) -> bool:
        """Take some messages of every input, giving none. Return whether there may be more.

        Raises bt2.TryAgain if no input had any."""
        taken = again = False
        for source in self._inputs:
            for _ in range(BATCH):
                if source.ended:
                    break
                try:
                    self._pull(source)
                    taken = True
                except bt2.TryAgain:
                    again = True
                    break
        if again and not taken:
            raise bt2.TryAgain
        return taken

    def reorder(self) -> None:
        """Compute the keys of all messages which wait again: maps were set anew."""
        for source in self._inputs:
            for lane in source.ready:
                messages, lane.last = [message for _, message in lane.waiting], 0
                lane.waiting.clear()
                for message in messages:
                    lane.last = self._key(message, lane.last)
                    lane.waiting.append((lane.last, message))

    def __iter__(self) -> "Merger":
        return self

    def __next__(self) -> Any:
        """Return the next message. Raises StopIteration at the end, bt2.TryAgain with nothing lost."""
        for source in self._inputs:
            while not source.ended and source.hungry and not self._skip_late(source):
                self._pull(source)
        ready = [(lane.waiting[0][0], index, lane.number, lane)
                 for index, source in enumerate(self._inputs) for lane in source.ready]
        if not ready:
            raise StopIteration
        return min(ready)[3].waiting.popleft()[1]

    def _pull(self, source: _Input) -> None:
        """Take one message of an input, or notice its end."""
        try:
            message = next(source.upstream)
        except StopIteration:
            source.ended = True
            return
        if self._tap is not None:
            self._tap(message)
        lane = self._lane(source, message)
        if lane is not None:
            lane.last = self._key(message, lane.last)
            if type(message) is bt2._EventMessageConst and (time_ns := snapshot_ns(lambda: message.default_clock_snapshot)) is not None:
                lane.span_ns = (time_ns if lane.span_ns is None else lane.span_ns[0], time_ns)
            lane.waiting.append((lane.last, message))
            lane.late = False
            source.newest = max(source.newest, lane.last)

    def _skip_late(self, source: _Input) -> bool:
        """If the hosts of an input which have messages are too far ahead, wait for the others no longer; return whether so."""
        oldest = min((lane.waiting[0][0] for lane in source.ready), default=None)
        if self._window is None or oldest is None or source.newest - oldest <= self._window:
            return False
        for lane in filter(None, source.lanes.values()):
            lane.late = lane.late or not lane.waiting
        return True

    def _lane(self, source: _Input, message: Any) -> _Lane | None:
        """Return where a message of an input waits, None if it is not wanted."""
        stream, clock_class, _ = shown(message)
        host = NO_CLOCK
        if clock_class is not None:
            if clock_class.addr not in self._clocks:
                if stream is None:
                    return None
                self._clocks[clock_class.addr] = (*self._order.host(stream_of(stream, self._mip)), clock_class)
            host = self._clocks[clock_class.addr][0]
        elif not self._clockless:
            self._order.host(stream_of(stream, self._mip))
            self._clockless = True
        if host not in source.lanes:
            number = sum(len(other.lanes) for other in self._inputs)
            source.lanes[host] = _Lane(number) if source.wanted is None or host in source.wanted else None
        return source.lanes[host]

    def _key(self, message: Any, last: int) -> int:
        _, clock_class, snapshot = shown(message)
        return last if snapshot is None else max(last, self._clocks[clock_class.addr][1].cycles(snapshot.value))


def shown(message: Any) -> tuple[Any, Any, Any]:
    """Return the stream (None: inactivity), the clock class (None: none) and the clock snapshot (None: none or unknown; of
    discarded events and packets: their beginning) which a message shows."""
    kind = type(message)
    if kind is bt2._MessageIteratorInactivityMessageConst:
        return None, message.clock_snapshot.clock_class, message.clock_snapshot
    if kind is bt2._EventMessageConst:
        stream = message.event.stream
    else:
        stream = message.packet.stream if hasattr(message, "packet") else message.stream
    stream_class = stream.cls
    clock_class = stream_class.default_clock_class
    timed = _TIMED.get(kind)
    if clock_class is None or (timed is not None and not getattr(stream_class, timed)):
        return stream, clock_class, None
    snapshot = getattr(message, _SNAPSHOTS.get(kind, "default_clock_snapshot"))
    return stream, clock_class, None if isinstance(snapshot, bt2._UnknownClockSnapshot) else snapshot


# What a stream class promises of the times of some messages, and what those times are called.
_TIMED = {
    bt2._PacketBeginningMessageConst: "packets_have_beginning_default_clock_snapshot",
    bt2._PacketEndMessageConst: "packets_have_end_default_clock_snapshot",
    bt2._DiscardedEventsMessageConst: "discarded_events_have_default_clock_snapshots",
    bt2._DiscardedPacketsMessageConst: "discarded_packets_have_default_clock_snapshots",
}
_SNAPSHOTS = {
    bt2._DiscardedEventsMessageConst: "beginning_default_clock_snapshot",
    bt2._DiscardedPacketsMessageConst: "beginning_default_clock_snapshot",
}
