"""Makes a longer trace from a recorded one: its packets again and again, each round a fixed time later.

Only what LTTng-modules 2.x writes in CTF 1.8 (little-endian, `struct packet_context` with the members below and `cpu_id`,
`struct event_header_large`) is understood. A round is shifted by a multiple of 2^32 ns, so the 32-bit time stamps in event
headers stay true. The 64-bit ones of extended headers are found by their looks (mark, small id, a time within the packet) and
shifted too; one that was missed would make time go back, and Babeltrace would say so.
"""

import argparse
import re
import shutil
import struct
from pathlib import Path

MAGIC = 0xC1FC1FC1
# Packet header: magic, uuid, stream id, stream instance id. Packet context: begin, end, content, total, sequence, lost.
HEADER = struct.Struct("<I16sIQ")
CONTEXT = struct.Struct("<QQQQQQ")
# Extended event header: id 65535, then the true id and a 64-bit time stamp.
EXTENDED = re.compile(rb"\xff\xff(?=..\0\0(.{8}))", re.DOTALL)


def packets(data: bytes):
    """Yield (offset, size in bytes, context fields) of each packet of a stream file."""
    offset = 0
    while offset < len(data):
        magic, *_ = HEADER.unpack_from(data, offset)
        if magic != MAGIC:
            raise ValueError(f"not a packet: offset={offset}")
        context = CONTEXT.unpack_from(data, offset + HEADER.size)
        yield offset, context[3] // 8, context
        offset += context[3] // 8


def shifted(packet: bytes, context: tuple[int, ...], shift_ns: int, sequence: int) -> bytes:
    """Return a packet moved in time and in its stream's sequence; lost events are counted once only."""
    begin, end, content, total, _, _ = context
    fields = CONTEXT.pack(begin + shift_ns, end + shift_ns, content, total, sequence, 0)
    moved = bytearray(packet[:HEADER.size] + fields + packet[HEADER.size + CONTEXT.size:])
    for match in EXTENDED.finditer(packet, HEADER.size + CONTEXT.size, content // 8):
        time_ns, = struct.unpack("<Q", match[1])
        if begin <= time_ns <= end:
            struct.pack_into("<Q", moved, match.start(1), time_ns + shift_ns)
    return bytes(moved)


def lengthen(source: Path, target: Path, rounds: int, first: int = 0) -> None:
    """Write `rounds` rounds of the trace directory `source` to `target`, the first of which is round number `first`."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(source / "metadata", target / "metadata")
    streams = {path: path.read_bytes() for path in source.iterdir() if path.is_file() and path.name != "metadata"}
    spans = [context for data in streams.values() for _, _, context in packets(data)]
    span_ns = max(context[1] for context in spans) - min(context[0] for context in spans)
    step_ns = (span_ns // 2**32 + 1) * 2**32
    for path, data in streams.items():
        with open(target / path.name, "wb") as output:
            sequence = first * sum(1 for _ in packets(data))
            for number in range(first, first + rounds):
                for offset, size, context in packets(data):
                    output.write(shifted(data[offset:offset + size], context, number * step_ns, sequence))
                    sequence += 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=Path, help="trace directory (which holds `metadata`)")
    parser.add_argument("target", type=Path)
    parser.add_argument("rounds", type=int)
    arguments = parser.parse_args()
    lengthen(arguments.source, arguments.target, arguments.rounds)
