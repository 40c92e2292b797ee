"""Strings of 16-bit and 32-bit code units to UTF-8. What is no character becomes U+FFFD; text ends before the first U+0000."""

from libc.stddef cimport size_t
from libc.stdint cimport uint8_t, uint32_t


cdef inline size_t put_utf8(char *to, uint32_t point) noexcept nogil:
    """Write a code point in UTF-8 and return its length in bytes, 3 at most for a 16-bit unit, 4 for any point."""
    if point < 0x80:
        to[0] = <char> point
        return 1
    if point < 0x800:
        to[0] = <char> (0xC0 | point >> 6)
        to[1] = <char> (0x80 | point & 0x3F)
        return 2
    if point > 0x10FFFF or 0xD800 <= point < 0xE000:
        point = 0xFFFD
    if point < 0x10000:
        to[0] = <char> (0xE0 | point >> 12)
        to[1] = <char> (0x80 | point >> 6 & 0x3F)
        to[2] = <char> (0x80 | point & 0x3F)
        return 3
    to[0] = <char> (0xF0 | point >> 18)
    to[1] = <char> (0x80 | point >> 12 & 0x3F)
    to[2] = <char> (0x80 | point >> 6 & 0x3F)
    to[3] = <char> (0x80 | point & 0x3F)
    return 4


cdef inline uint32_t code_unit(const uint8_t *at, size_t unit, bint big) noexcept nogil:
    """Return a code unit of 2 or 4 bytes."""
    cdef uint32_t value = 0
    cdef size_t index
    for index in range(unit):
        value |= <uint32_t> at[index] << 8 * (unit - 1 - index if big else index)
    return value


cdef inline size_t to_utf8(const uint8_t *text, size_t size, size_t unit, bint big, char *to) noexcept nogil:
    """Convert `size` bytes of text to UTF-8 and return the length of the result. `to` holds 2 * size + 4 bytes."""
    cdef size_t at = 0, written = 0
    cdef uint32_t point, low
    while at + unit <= size:
        point = code_unit(text + at, unit, big)
        at += unit
        if point == 0:
            break
        if unit == 2 and 0xD800 <= point < 0xDC00 and at + 2 <= size:
            low = code_unit(text + at, 2, big)
            if 0xDC00 <= low < 0xE000:
                point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00)
                at += 2
        written += put_utf8(to + written, point)
    return written
