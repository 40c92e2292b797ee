"""Code point ranges as sequences of byte ranges of their UTF-8 encoding."""

from collections.abc import Iterator

ByteRanges = tuple[tuple[int, int], ...]

_BLOCKS = ((0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, 0x10FFFF))


def sequences(low: int, high: int) -> Iterator[ByteRanges]:
    """Give byte range sequences which together encode exactly low … high (both inclusive, surrogates left out)."""
    for first, last in _BLOCKS:
        if max(low, first) <= min(high, last):
            yield from _aligned(max(low, first), min(high, last))


def _aligned(low: int, high: int) -> Iterator[ByteRanges]:
    """Split until the continuation bytes after the first differing byte span their whole range."""
    begin, end = chr(low).encode(), chr(high).encode()
    for bits in range(6, 6 * len(begin), 6):
        mask = (1 << bits) - 1
        if low | mask != high | mask:
            if low & mask:
                yield from _aligned(low, low | mask)
                yield from _aligned((low | mask) + 1, high)
                return
            if high & mask != mask:
                yield from _aligned(low, (high & ~mask) - 1)
                yield from _aligned(high & ~mask, high)
                return
    yield tuple(zip(begin, end))
