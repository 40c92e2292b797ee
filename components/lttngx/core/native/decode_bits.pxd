"""Reading numbers at any bit of a packet. Callers have checked that [head, head + length) lies inside the packet.

Little-endian fields begin at the low-order side of a byte, big-endian ones at its high-order side (CTF 2 § fixed-length bit
array).
"""

from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memcpy

cdef extern from *:
    """
    #define lttngx_swap16(value) __builtin_bswap16(value)
    #define lttngx_swap32(value) __builtin_bswap32(value)
    #define lttngx_swap64(value) __builtin_bswap64(value)
    #if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    #define LTTNGX_HOST_BIG 0
    #else
    #define LTTNGX_HOST_BIG 1
    #endif
    """
    uint16_t swap16 "lttngx_swap16"(uint16_t) nogil
    uint32_t swap32 "lttngx_swap32"(uint32_t) nogil
    uint64_t swap64 "lttngx_swap64"(uint64_t) nogil
    bint HOST_BIG "LTTNGX_HOST_BIG"


cdef inline uint64_t read_bytes(const uint8_t *at, uint64_t bits, bint big) noexcept nogil:
    """Return an integer of 8, 16, 32 or 64 bits at a byte boundary."""
    cdef uint16_t half
    cdef uint32_t word
    cdef uint64_t double_word
    if bits == 32:
        memcpy(&word, at, 4)
        return swap32(word) if big != HOST_BIG else word
    if bits == 64:
        memcpy(&double_word, at, 8)
        return swap64(double_word) if big != HOST_BIG else double_word
    if bits == 16:
        memcpy(&half, at, 2)
        return swap16(half) if big != HOST_BIG else half
    return at[0]


cdef inline uint64_t read_little(const uint8_t *base, uint64_t head, uint64_t length) noexcept nogil:
    """Return a little-endian field of 1 to 64 bits."""
    cdef const uint8_t *at = base + (head >> 3)
    cdef uint64_t shift = head & 7
    cdef uint64_t value = at[0] >> shift
    cdef uint64_t have = 8 - shift
    while have < length:
        at += 1
        value |= <uint64_t> at[0] << have
        have += 8
    return value if length == 64 else value & ((<uint64_t> 1 << length) - 1)


cdef inline uint64_t read_big(const uint8_t *base, uint64_t head, uint64_t length) noexcept nogil:
    """Return a big-endian field of 1 to 64 bits."""
    cdef const uint8_t *at = base + (head >> 3)
    cdef uint64_t have = 8 - (head & 7)
    cdef uint64_t value = at[0] & ((<uint64_t> 1 << have) - 1)
    while have + 8 <= length:
        at += 1
        value = value << 8 | at[0]
        have += 8
    if have < length:
        return value << (length - have) | at[1] >> (8 - (length - have))
    return value >> (have - length)


cdef inline uint64_t reverse_bits(uint64_t value, uint64_t length) noexcept nogil:
    """Return a field's bits in the other bit order."""
    value = (value >> 1) & 0x5555555555555555u | (value & 0x5555555555555555u) << 1
    value = (value >> 2) & 0x3333333333333333u | (value & 0x3333333333333333u) << 2
    value = (value >> 4) & 0x0F0F0F0F0F0F0F0Fu | (value & 0x0F0F0F0F0F0F0F0Fu) << 4
    return swap64(value) >> (64 - length)


cdef inline uint64_t extend_sign(uint64_t value, uint64_t length) noexcept nogil:
    """Return a two's complement number of `length` bits in 64 bits."""
    cdef uint64_t sign
    if length >= 64:
        return value
    sign = <uint64_t> 1 << (length - 1)
    return (value ^ sign) - sign
