"""What is known of a packet, of its data stream, and of a completed trace chunk.

Sizes are in bytes, rounded up where a size in bits is no whole number of bytes; times in ns from the clock's origin.
"""

from collections.abc import Mapping
from typing import NamedTuple

from lttngx.core.blueprint import ClockBlueprint
from lttngx.ctf.times import Clock

UNKNOWN = -1


class Trace:
    """A trace whose packets are told: its environment and its clock."""

    __slots__ = ("environment", "blueprint", "clock")

    def __init__(self, environment: Mapping[str, int | str], blueprint: ClockBlueprint) -> None:
        self.environment, self.blueprint = environment, blueprint
        self.clock = Clock(blueprint.frequency, blueprint.offset_seconds, blueprint.offset_cycles)


class Stream:
    """A data stream. owner: whose buffers they are ("uid 1000", "PROCESS-PID"; "" for the kernel's)."""

    __slots__ = ("trace", "hostname", "session", "domain", "owner", "channel", "cpu")

    def __init__(self, trace: Trace, session: str, domain: str, channel: str, cpu: int) -> None:
        self.trace, self.session, self.domain, self.channel, self.cpu = trace, session, domain, channel, cpu
        self.hostname = str(trace.environment.get("hostname", ""))
        self.owner = owner_of(trace.environment)


class Packet(NamedTuple):
    """A packet.

    chunk: number of its trace chunk. sequence: its number in the stream. lost_packets: missing numbers before it. discarded: event
    records discarded since the packet before; discarded_total: the same since the recording began. All UNKNOWN where not known.
    """

    stream: Stream
    chunk: int
    packet_size: int
    content_size: int
    begin_ns: int
    end_ns: int
    sequence: int
    lost_packets: int
    discarded: int
    discarded_total: int


class Rotation(NamedTuple):
    """A trace chunk was completed. end_ns: end of its last packet; packets, packet_size: of those read from it."""

    stream: Stream
    chunk: int
    path: str
    end_ns: int
    packets: int
    packet_size: int


Record = Packet | Rotation


def owner_of(environment: Mapping[str, int | str]) -> str:
    """Return whose buffers a trace was recorded through, "" if they are everybody's or unknown."""
    scheme, number = environment.get("tracer_buffering_scheme"), environment.get("tracer_buffering_id")
    if scheme == "pid":
        return f"{environment.get('procname', '')}-{environment.get('vpid', number)}"
    if scheme == "uid":
        # One user's 32-bit and 64-bit programs have buffers of their own.
        return f"uid {number}" + (" 32-bit" if environment.get("architecture_bit_width") == 32 else "")
    return ""
