"""C interface of `clock_map`: see clock_map.pyx."""
from libc.stdint cimport int64_t, uint64_t


cdef struct segment_t:
    uint64_t first
    int64_t value, numerator, denominator


cdef class ClockMap:
    cdef segment_t *segments
    cdef int count

    cdef uint64_t map(self, uint64_t value) noexcept nogil
