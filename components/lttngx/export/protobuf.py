"""Protocol Buffers' wire format, the part that writers need.

Source: protobuf.dev, "Encoding": a field is its number and wire type as a varint, then a varint (0), eight bytes
(1) or a length and as many bytes (2).
"""

import struct


def varint(value: int) -> bytes:
    """Return a non-negative integer, or a negative one as its 64-bit two's complement, in groups of seven bits."""
    value &= 2**64 - 1
    if value < 0x80:
        return bytes((value,))
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def integer(field: int, value: int) -> bytes:
    """Return an integer, boolean or enumeration field."""
    return varint(field << 3) + varint(value)


def double(field: int, value: float) -> bytes:
    """Return a double field."""
    return varint(field << 3 | 1) + struct.pack("<d", value)


def block(field: int, content: bytes) -> bytes:
    """Return a bytes field or an embedded message."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def text(field: int, value: str) -> bytes:
    """Return a string field; what is not UTF-8 is replaced."""
    return block(field, value.encode("utf-8", "replace"))
