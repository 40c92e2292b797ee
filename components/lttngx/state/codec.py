"""How changes become bytes: value codes, and columns of integers as compressed byte planes.

A value is one integer, its code: `payload << 2 | tag`, tag bit 0 = the payload indexes a table of values (else it is a small
integer, zigzag), tag bit 1 = the value is uncertain (used in keyframes only). Table entries 0 and 1 are UNKNOWN and ABSENT.

A column of unsigned integers is stored as byte planes: all lowest bytes, then all second bytes, …, which zlib compresses
far better than whole integers; splitting and joining planes are slice copies.
"""

import json
import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence

from lttngx.errors import LttngxError
from lttngx.state.tree import ABSENT, UNKNOWN, Value

TABLED, UNCERTAIN = 1, 2
UNKNOWN_CODE, ABSENT_CODE = 0 << 2 | TABLED, 1 << 2 | TABLED
# Small integers are coded in place while the code fits 32 bits.
SMALL = 1 << 28
LEVEL = 6
_TYPES = {1: "B", 2: "H", 4: "I", 8: "Q"}


class Values:
    """The table of values which are not small integers; it only grows."""

    def __init__(self) -> None:
        self.entries: list[Value] = [UNKNOWN, ABSENT]
        self._codes: dict[tuple[type, Value], int] = {
            (type(UNKNOWN), UNKNOWN): UNKNOWN_CODE, (type(ABSENT), ABSENT): ABSENT_CODE}

    def code(self, value: Value) -> int:
        """Return the code of a value; a new one enters the table."""
        if type(value) is int and -SMALL <= value < SMALL:
            return (value << 3 if value >= 0 else (~value << 3) | 4)
        key = type(value), value
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = len(self.entries) << 2 | TABLED
            self.entries.append(value)
        return code

    def codes(self, values: Iterable[Value]) -> list[int]:
        """Return the codes of many values."""
        code, known = self.code, {}
        result = []
        for value in values:
            key = type(value), value
            found = known.get(key)
            if found is None:
                found = known[key] = code(value)
            result.append(found)
        return result

    def value(self, code: int) -> Value:
        """Return the value of a code, whether certain or not."""
        if code & TABLED:
            return self.entries[code >> 2]
        payload = code >> 2
        return ~(payload >> 1) if payload & 1 else payload >> 1


def _planes(numbers: Sequence[int]) -> tuple[int, bytes]:
    top = max(numbers, default=0)
    width = 1 if top < 1 << 8 else 2 if top < 1 << 16 else 4 if top < 1 << 32 else 8
    column = array(_TYPES[width], numbers)
    if sys.byteorder == "big":
        column.byteswap()
    raw = column.tobytes()
    return width, b"".join(raw[plane::width] for plane in range(width))


def pack(*columns: Sequence[int]) -> bytes:
    """Return columns of equal length, of integers in 0 … 2^64 − 1, as compressed bytes."""
    packed = [_planes(column) for column in columns]
    return zlib.compress(bytes(width for width, _ in packed) + b"".join(planes for _, planes in packed), LEVEL)


def unpack(data: bytes, columns: int, length: int) -> list[array]:
    """Return `columns` columns of `length` integers. Raises LttngxError if the bytes are damaged."""
    raw = inflate(data)
    widths, offset, result = raw[:columns], columns, []
    if any(width not in _TYPES for width in widths) or len(raw) != columns + sum(widths) * length:
        raise LttngxError(f"damaged state history block: expected={columns} columns of {length}, got={len(raw)} bytes")
    for width in widths:
        joined = bytearray(width * length)
        for plane in range(width):
            joined[plane::width] = raw[offset:offset + length]
            offset += length
        column = array(_TYPES[width], bytes(joined))
        if sys.byteorder == "big":
            column.byteswap()
        result.append(column)
    return result


def pack_names(paths: Sequence[str], entries: Sequence[Value]) -> bytes:
    """Return new attribute paths and new table entries as compressed JSON."""
    text = json.dumps([list(paths), list(entries)], separators=(",", ":"))
    return zlib.compress(text.encode(), LEVEL)


def unpack_names(data: bytes) -> tuple[list[str], list[Value]]:
    """Return what `pack_names` was given. Raises LttngxError if the bytes are damaged."""
    try:
        paths, entries = json.loads(inflate(data))
    except ValueError as error:
        raise LttngxError(f"damaged state history block: expected=JSON, reason={error}") from error
    return paths, entries


def inflate(data: bytes) -> bytes:
    """Return decompressed bytes. Raises LttngxError if they are damaged."""
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise LttngxError(f"damaged state history block: reason={error}") from error


# kind, three zero bytes, length of the payload, number of records, first and last time in ns.
BLOCK = struct.Struct("<cxxxIIqq")
