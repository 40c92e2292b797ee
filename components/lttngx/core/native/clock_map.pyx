"""Maps from the values of one clock to those of another: see lttngx.core.clock_map, whose rules it shares."""
cimport cython
from libc.stdint cimport uint64_t
from libc.stdlib cimport free, malloc

from lttngx.core.native.sources cimport LTTNGX_SOURCES

from lttngx.core.clock_map import Segment

cdef extern from *:
    """
    /* 128 bits hold the product of any distance between two values and any numerator. */
    static inline uint64_t lttngx_mapped(uint64_t value, uint64_t first, int64_t start, int64_t numerator, int64_t denominator)
    {
        __int128 distance = (__int128) value - first, product, quotient;
        if (numerator == denominator)
            quotient = distance;
        else {
            product = distance * numerator;
            if (product == (int64_t) product)
                quotient = (int64_t) product / denominator;
            else
                quotient = product / denominator;
            if (product < 0 && quotient * denominator != product)
                quotient--;
        }
        quotient += start;
        if (quotient < 0)
            return 0;
        return quotient > (__int128) UINT64_MAX ? UINT64_MAX : (uint64_t) quotient;
    }
    """
    uint64_t mapped "lttngx_mapped"(uint64_t value, uint64_t first, int64_t start, int64_t numerator, int64_t denominator) nogil

SOURCES = LTTNGX_SOURCES.decode()


@cython.no_gc_clear
cdef class ClockMap:
    def __init__(self, segments=(Segment(),)):
        self.set(segments)

    def __dealloc__(self):
        free(self.segments)

    def set(self, segments):
        """Make this another map."""
        cdef int index
        cdef segment_t *made = <segment_t *>malloc(len(segments) * sizeof(segment_t))
        if made == NULL:
            raise MemoryError()
        try:
            for index, (first, value, numerator, denominator) in enumerate(segments):
                made[index].first, made[index].value = first, value
                made[index].numerator, made[index].denominator = numerator, denominator
        except:
            free(made)
            raise
        free(self.segments)
        self.segments, self.count = made, <int>len(segments)

    def cycles(self, uint64_t value):
        """Return what a clock value becomes, kept within 0 … 2^64−1."""
        return self.map(value)

    cdef uint64_t map(self, uint64_t value) noexcept nogil:
        cdef int low = 0, high = self.count, middle
        cdef const segment_t *segment
        # The last segment which begins at or before the value, else the first one.
        while high - low > 1:
            middle = (low + high) // 2
            if self.segments[middle].first <= value:
                low = middle
            else:
                high = middle
        segment = &self.segments[low]
        return mapped(value, segment.first, segment.value, segment.numerator, segment.denominator)
