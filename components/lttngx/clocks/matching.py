"""Matching: the sends and receives with one key are one message, seen by hosts with different clocks.

What is known of a message's way without comparing clocks: a host whose first sight of it is a send is its *origin*: that send
comes before every receive elsewhere. A host whose last sight of it is a receive is its *end*: that receive comes after every send
elsewhere. (Between them, routers and bridges receive and send it on.) Nothing is concluded from
  - a key which one host sends or receives twice at the same place (a retransmission, a duplicate acknowledgement, a key in use again),
  - a key with several origins.
These are ambiguous: dropped and counted. Matches within one host say nothing about clocks.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

# (sending host, its time, receiving host, its time); hosts by number.
Match = tuple[int, int, int, int]
SEND, RECEIVE = 0, 1


@dataclass(slots=True)
class Counts:
    """What became of the events. sends, receives: per host. unmatched: (host, SEND or RECEIVE) of messages seen by one side
    only.

    local: messages which stayed in one host. ambiguous: keys, ambiguous_events: their events.
    """

    events: Counter = field(default_factory=Counter)
    unmatched: Counter = field(default_factory=Counter)
    local: int = 0
    ambiguous: int = 0
    ambiguous_events: int = 0

    def copy(self) -> "Counts":
        """Return a copy."""
        return Counts(self.events.copy(), self.unmatched.copy(), self.local, self.ambiguous, self.ambiguous_events)


class Matcher:
    """Collects sights of messages; gives each complete match to `found`.

    window_ns: how long, on the clock of the host which saw a message first, other sights of it are waited for; None: for ever.
    """

    def __init__(self, found: Callable[[Match], None], window_ns: int | None = None) -> None:
        self._found, self._window_ns = found, window_ns
        # One flat list a message: host, SEND or RECEIVE, time, place, and so on.
        self._open: dict[Any, list] = {}
        self._ages: dict[int, deque] = {}
        self.counts = Counts()

    @property
    def pending(self) -> int:
        """How many messages are being waited for."""
        return len(self._open)

    def see(self, host: int, side: int, time_ns: int, key: Any, place: Any) -> None:
        """Take one event: a host sends or receives the message with a key at a place."""
        sights = self._open.get(key)
        if sights is None:
            self._open[key] = [host, side, time_ns, place]
            if self._window_ns is not None:
                self._ages.setdefault(host, deque()).append((time_ns, key))
        else:
            sights += (host, side, time_ns, place)
        if self._window_ns is not None:
            self._expire(host, time_ns)

    def _expire(self, host: int, now_ns: int) -> None:
        ages = self._ages.get(host, ())
        while ages and ages[0][0] < now_ns - self._window_ns:
            for match in judge(self._open.pop(ages.popleft()[1]), self.counts):
                self._found(match)

    def rest(self) -> tuple[list[Match], Counts]:
        """Return the matches among the messages still waited for, and the counts including them. Nothing is closed."""
        counts = self.counts.copy()
        return [match for sights in self._open.values() for match in judge(sights, counts)], counts


def judge(sights: list, counts: Counts) -> Iterator[Match]:
    """Yield what the sights of one message say; count them."""
    for at in range(0, len(sights), 4):
        counts.events[sights[at], sights[at + 1]] += 1
    if len(sights) == 8 and sights[0] != sights[4] and sights[1] != sights[5]:
        # By far the most frequent: seen once on either side.
        send, receive = (0, 4) if sights[1] == SEND else (4, 0)
        yield sights[send], sights[send + 2], sights[receive], sights[receive + 2]
        return
    yield from _judge_many(sights, counts)


def _judge_many(sights: list, counts: Counts) -> Iterator[Match]:
    seen = [tuple(sights[at:at + 4]) for at in range(0, len(sights), 4)]
    sides = {side for _, side, _, _ in seen}
    if len({(host, side, place) for host, side, _, place in seen}) < len(seen):
        counts.ambiguous += 1
        counts.ambiguous_events += len(seen)
        return
    if len(sides) == 1:
        counts.unmatched.update((host, side) for host, side, _, _ in seen)
        return
    # Of one host, by its own clock; a send and a receive at the same time are in an order unknown, so neither is first nor last.
    by_host: dict[int, list[tuple[int, int]]] = {}
    for host, side, time_ns, _ in seen:
        by_host.setdefault(host, []).append((time_ns, side))
    if len(by_host) == 1:
        counts.local += 1
        return
    origins = [host for host, times in by_host.items() if {side for time_ns, side in times if time_ns == min(times)[0]} == {SEND}]
    ends = [host for host, times in by_host.items() if {side for time_ns, side in times if time_ns == max(times)[0]} == {RECEIVE}]
    if len(origins) > 1:
        counts.ambiguous += 1
        counts.ambiguous_events += len(seen)
        return
    yield from _ways(by_host, origins, ends)


def _ways(by_host: dict[int, list[tuple[int, int]]], origins: list[int], ends: list[int]) -> Iterator[Match]:
    """From the origin's first send to the first receive elsewhere; from the last send elsewhere to the last receive of the end."""
    for origin in origins:
        for host, times in by_host.items():
            receives = [time_ns for time_ns, side in times if side == RECEIVE]
            if host != origin and receives:
                yield origin, min(by_host[origin])[0], host, min(receives)
    if len(ends) == 1:
        for host, times in by_host.items():
            sends = [time_ns for time_ns, side in times if side == SEND]
            if host not in (*ends, *origins) and sends:
                yield host, max(sends), ends[0], max(by_host[ends[0]])[0]
