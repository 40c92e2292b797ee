"""LTTng's packet index files (`index/NAME.idx` beside a data stream file): packets without touching the data.

Layout, all big-endian: header magic u32 0xC1F1DCC1, major u32 1, minor u32, entry size in bytes u32; entries of packet offset in
bytes, total and content size in bits, begin and end timestamp, discarded events counter, stream class ID (u64 each), and from 1.1
on stream ID and packet sequence number.
"""

import struct
from bisect import bisect_left
from pathlib import Path
from typing import NamedTuple

MAGIC = 0xC1F1DCC1
HEADER = struct.Struct(">IIII")
ENTRY_10 = struct.Struct(">7Q")
ENTRY_11 = struct.Struct(">9Q")
OFFSET = struct.Struct(">Q")
# Bytes [begin, end) of a data stream file.
Extent = tuple[int, int]


class Entry(NamedTuple):
    """One packet: offset in bytes, sizes in bits, times in clock cycles; None where the index has no such column."""

    offset: int
    total: int
    content: int
    begin: int | None
    end: int | None
    discarded: int | None
    sequence: int | None
    class_id: int
    stream_id: int | None


def index_path(data: Path) -> Path:
    """Return where the index of a data stream file is."""
    return data.parent / "index" / f"{data.name}.idx"


def read_index(data: Path, extent: Extent | None = None) -> list[Entry] | None:
    """Return the packets of a data stream file by its index; None without an index which fits the file's size exactly.

    extent: only the packets which begin in it, one of them at its begin; the index has to fit there.
    """
    try:
        raw = index_path(data).read_bytes()
        size = data.stat().st_size
    except OSError:
        return None
    entries = parse_index(raw, extent)
    return entries if entries is not None and covers(entries, size, extent) else None


def parse_index(raw: bytes, extent: Extent | None = None) -> list[Entry] | None:
    """Return the entries of an index file, None if it is none that we know. extent: those of packets which begin in it only."""
    if len(raw) < HEADER.size:
        return None
    magic, major, minor, length = HEADER.unpack_from(raw)
    layout = ENTRY_11 if minor >= 1 else ENTRY_10
    if magic != MAGIC or major != 1 or length < layout.size or (len(raw) - HEADER.size) % length:
        return None
    places = range(HEADER.size, len(raw), length)
    if extent is not None:
        first, last = (bisect_left(places, limit, key=lambda at: OFFSET.unpack_from(raw, at)[0]) for limit in extent)
        places = places[first:last]
    return [entry_of(layout.unpack_from(raw, at)) for at in places]


def entry_of(row: tuple[int, ...]) -> Entry:
    """Return an entry from its columns as stored."""
    offset, total, content, begin, end, discarded, class_id, *rest = row
    stream_id, sequence = rest if rest else (None, None)
    return Entry(offset, total, content, begin, end, discarded, sequence, class_id, stream_id)


def covers(entries: list[Entry], size: int, extent: Extent | None = None) -> bool:
    """Return whether packets lie one behind the other from a file's first byte to its last; with an extent, over that at least."""
    expected, end = (0, size) if extent is None else (extent[0], min(extent[1], size))
    for entry in entries:
        if entry.offset != expected or entry.total == 0 or entry.total % 8 or entry.content > entry.total:
            return False
        expected += entry.total // 8
    return end <= expected <= size
