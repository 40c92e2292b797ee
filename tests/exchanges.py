"""Generates TCP-like exchanges between hosts whose clocks are known exactly.

True time is an int of ns. A host's clock is a list of stretches (true begin, rate, value at begin), so it can be slewed (rate
changes) and stepped (value jumps forward). `Exchange` plays messages into a Synchronizer through real event classes, each host
after the other or interleaved.
"""

import random
from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

from lttngx.clocks.hosts import Host
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream

_U32, _U16, _U8 = (FieldClass(Kind.UNSIGNED, bits=bits) for bits in (32, 16, 8))


def _structure(**members):
    return FieldClass(Kind.STRUCTURE, members=tuple(members.items()))


def _net_class(name: str, number: int) -> EventClass:
    """A network event as LTTng-modules 2.9 and later record it: variants of IPv4 and IPv6, of TCP and UDP."""
    tcp = _structure(source_port=_U16, dest_port=_U16, seq=_U32, ack_seq=_U32, flags=_U16)
    udp = _structure(source_port=_U16, dest_port=_U16, len=_U16)
    transport = FieldClass(Kind.VARIANT, members=(("unknown", _structure()), ("_tcp", tcp), ("_udp", udp)))
    families = tuple((family, _structure(
        saddr=FieldClass(Kind.STATIC_ARRAY, element=element, length=length),
        daddr=FieldClass(Kind.STATIC_ARRAY, element=element, length=length), transport_header=transport))
        for family, element, length in (("_ipv4", _U8, 4), ("_ipv6", _U16, 8)))
    network = FieldClass(Kind.VARIANT, members=(("unknown", _structure()), *families))
    return EventClass(name, number, scopes=(None, None, None, _structure(
        skbaddr=_U32, len=_U32, name=FieldClass(Kind.STRING), network_header=network)))


QUEUE, RECEIVE = _net_class("net_dev_queue", 1), _net_class("net_if_receive_skb", 2)


@dataclass
class Clock:
    """A host's clock. stretches: (true time from which on, rate, value then), in order; `read` rounds down."""

    stretches: list[tuple[int, Fraction, int]]

    @classmethod
    def steady(cls, rate: Fraction, value: int) -> "Clock":
        return cls([(0, rate, value)])

    def change(self, true: int, rate: Fraction, step: int) -> None:
        """From a true time on, the clock has another rate; it jumps by step."""
        self.stretches.append((true, rate, self.read(true) + step))

    def exact(self, true: Fraction) -> Fraction:
        begin, rate, value = self.stretches[max(bisect_right(self.stretches, true, key=lambda part: part[0]) - 1, 0)]
        return value + (true - begin) * rate

    def read(self, true: int) -> int:
        value = self.exact(true)
        return value.numerator // value.denominator


@dataclass(frozen=True)
class Sight:
    """One event: true time, host, whether it sends, and the header."""

    true: int
    host: int
    sends: bool
    key: tuple
    interface: str = "eth0"
    family: int = 4


@dataclass
class Exchange:
    """Messages between hosts. delay: (minimum, jitter) ns by (sender, receiver)."""

    clocks: list[Clock]
    delay: dict[tuple[int, int], tuple[int, int]]
    seed: int = 0
    sights: list[Sight] = field(default_factory=list)

    def __post_init__(self):
        self.random = random.Random(self.seed)
        self.sequence = 1000
        self.hosts = [Host(f"uuid-{at}", "monotonic", f"uuid-{at}", f"trace-{at}", f"host-{at}") for at in range(len(self.clocks))]

    def arrival(self, true: int, sender: int, receiver: int) -> int:
        least, jitter = self.delay[sender, receiver]
        return true + least + self.random.randrange(jitter + 1)

    def message(self, true: int, sender: int, receiver: int, *, lost: bool = False, key: tuple | None = None, **header) -> int:
        """Send one message at a true time; return the true time of its arrival."""
        if key is None:
            self.sequence += 1
            key = (self.sequence, 7, 24, 1000 + sender, 2000 + receiver)
        arrived = self.arrival(true, sender, receiver)
        self.sights.append(Sight(true, sender, True, key, **header))
        if not lost:
            self.sights.append(Sight(arrived, receiver, False, key, **header))
        return arrived

    def play(self, synchronizer, interleaved: bool = False):
        """Feed all events in order of each host's clock; return the synchronizer."""
        calls = {}
        for number, host in enumerate(self.hosts):
            consumer = synchronizer.consumer(host)
            for event_class in (QUEUE, RECEIVE):
                extraction = consumer.bind(event_class, Stream())
                calls[number, event_class is QUEUE] = extraction
            own = [self.clocks[number].read(sight.true) for sight in self.sights if sight.host == number]
            if own:
                consumer.cover(min(own), max(own))
        order = sorted(self.sights, key=(lambda sight: sight.true) if interleaved else (lambda sight: (sight.host, sight.true)))
        for sight in order:
            extraction = calls[sight.host, sight.sends]
            time_ns = self.clocks[sight.host].read(sight.true)
            extraction.call(time_ns, 0, *(value(path, sight) for path in extraction.paths))
        return synchronizer

    def truth(self, own: int, other: int, true: int) -> Fraction:
        """The other's exact time, relative to the own reading, at a true time: what an offset should be."""
        return self.clocks[other].exact(true) - self.clocks[own].read(true)


def value(path, sight: Sight):
    """Return what a core would extract of a sight: None where another variant option is selected."""
    current, chosen = QUEUE.scopes[path.scope], f"_ipv{sight.family}"
    names = []
    for step in path.steps:
        name = current.members[step.index][0]
        if current.kind is Kind.VARIANT and name not in (chosen, "_tcp"):
            return None
        names.append(name)
        current = current.members[step.index][1]
    sequence, acknowledged, flags, source, destination = sight.key[:5]
    width = 4 if sight.family == 4 else 8
    return {"name": sight.interface, "saddr": [source % 256] * width, "daddr": [destination % 256] * width, "seq": sequence,
            "ack_seq": acknowledged, "flags": flags, "source_port": source, "dest_port": destination}[names[-1]]
