"""An independent, slow CTF 2 encoder: one Python list of bits per packet, JSON metadata, traces in a directory.

A field class is the JSON object of CTF 2; `put` writes a value of it by the specification's rules, sharing nothing with the package.
"""

import json
import math
import struct
from pathlib import Path

RS = b"\x1e"


def reverse(value, length):
    return int(format(value, f"0{length}b")[::-1], 2)


class Packet:
    """Bits of a packet as (byte index, mask) positions, written field by field."""

    def __init__(self):
        self.data = bytearray()
        self.head = 0

    def align(self, alignment):
        self.head = math.ceil(self.head / alignment) * alignment

    def grow(self):
        while len(self.data) * 8 < self.head:
            self.data.append(0)

    def bits(self, value, length, big):
        start = self.head
        self.head += length
        self.grow()
        for index in range(length):
            at = start + index
            bit = value >> (length - 1 - index if big else index) & 1
            mask = 0x80 >> (at & 7) if big else 1 << (at & 7)
            if bit:
                self.data[at >> 3] |= mask

    def bytes(self, data):
        for byte in data:
            self.bits(byte, 8, False)


def alignment(fc):
    kind = fc["type"]
    if kind.startswith("fixed-length"):
        return fc.get("alignment", 1)
    if kind == "structure":
        return max([fc.get("minimum-alignment", 1)] + [alignment(member["field-class"]) for member in fc["member-classes"]])
    if kind.endswith("array"):
        return max(fc.get("minimum-alignment", 1), alignment(fc["element-field-class"]))
    return 1 if kind in ("optional", "variant") else 8


def leb128(value, signed):
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        done = value in (0, -1) and (byte & 0x40 != 0) == (value == -1) if signed else value == 0
        out.append(byte if done else byte | 0x80)
        if done:
            return bytes(out)


def fixed_bits(fc, value):
    """Return a fixed-length value as an unsigned number of `length` bits, in the byte order's natural bit order."""
    length, kind = fc["length"], fc["type"]
    if kind.endswith("floating-point-number"):
        raw = int.from_bytes(struct.pack({16: ">e", 32: ">f", 64: ">d"}[length], value), "big")
    else:
        raw = int(value) & (1 << length) - 1
    natural = "first-to-last" if fc["byte-order"] == "little-endian" else "last-to-first"
    return raw if fc.get("bit-order", natural) == natural else reverse(raw, length)


def put(packet, fc, value):
    """Write a value. Dicts for structures, lists for arrays, None for an absent optional, (option index, value) for a variant."""
    kind = fc["type"]
    packet.align(alignment(fc))
    if kind.startswith("fixed-length"):
        packet.bits(fixed_bits(fc, value), fc["length"], fc["byte-order"] == "big-endian")
    elif kind.startswith("variable-length"):
        packet.bytes(leb128(value, "-signed" in kind))
    elif kind == "null-terminated-string":
        encoding = fc.get("encoding", "utf-8")
        packet.bytes(value.encode(encoding) + "\0".encode(encoding))
    elif kind.endswith("-string"):
        data = value.encode(fc.get("encoding", "utf-8"))
        packet.bytes(data.ljust(fc.get("length", len(data)), b"\0"))
    elif kind.endswith("-blob"):
        packet.bytes(value)
    elif kind == "structure":
        for member in fc["member-classes"]:
            put(packet, member["field-class"], value[member["name"]])
    elif kind.endswith("-array"):
        for item in value:
            put(packet, fc["element-field-class"], item)
    elif kind == "optional":
        if value is not None:
            put(packet, fc["field-class"], value)
    elif kind == "variant":
        put(packet, fc["options"][value[0]]["field-class"], value[1])
    else:
        raise ValueError(kind)


def fixed(kind, length, order="little-endian", **more):
    return {"type": f"fixed-length-{kind}", "length": length, "byte-order": order, **more}


def unsigned(length, order="little-endian", **more):
    return fixed("unsigned-integer", length, order, **more)


def structure(**members):
    return {"type": "structure",
            "member-classes": [{"name": name, "field-class": fc} for name, fc in members.items()]}


CONTEXT = structure(total=unsigned(32, alignment=8, roles=["packet-total-length"]),
                    content=unsigned(32, alignment=8, roles=["packet-content-length"]))


def metadata(payload, context=CONTEXT, events=None, clock=None, **stream):
    """Return a metadata stream with one data stream class; `payload` is the one event record class's, unless `events` are given."""
    stream = {"type": "data-stream-class", "packet-context-field-class": context, **stream}
    fragments = [{"type": "preamble", "version": 2}]
    if clock:
        fragments.append({"type": "clock-class", "id": "c", "frequency": 1_000_000_000, **clock})
        stream["default-clock-class-id"] = "c"
    fragments.append(stream)
    for number, fc in enumerate(events or [payload]):
        fragments.append({"type": "event-record-class", "id": number, "name": f"e{number}", "payload-field-class": fc})
    return b"".join(RS + json.dumps(fragment).encode() + b"\n" for fragment in fragments)


def packet_of(fc, values, pad_bytes=0):
    """Return a packet of event records without header, all of one class."""
    body = Packet()
    put(body, CONTEXT, {"total": 0, "content": 0})
    for value in values:
        put(body, fc, value)
    total = 8 * (len(body.data) + pad_bytes)
    lengths = struct.pack("<II", total, body.head)
    return lengths + bytes(body.data[8:]) + bytes(pad_bytes)


def write_trace(directory, text, **streams):
    """Write a trace directory and return its path."""
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "metadata").write_bytes(text)
    for name, data in streams.items():
        (directory / name).write_bytes(data)
    return str(directory)
