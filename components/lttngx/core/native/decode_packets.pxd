"""Packets of a stream, and the files which hold them."""

from libc.stdint cimport uint8_t, uint64_t

from lttngx.core.native.decode_run cimport Decoder, Fault
from lttngx.core.native.decode_stream cimport ClassPlan, Iterator, Mapping

cdef int fault(Iterator *it, Fault what, uint64_t value) noexcept nogil
cdef void unmap(Mapping *mapping) noexcept nogil
cdef int map_path(Mapping *mapping, const char *path) noexcept nogil
cdef int begin_packet(Decoder *d, ClassPlan *plan, const uint8_t *base, uint64_t bits) noexcept nogil
cdef int finish_lengths(Decoder *d, uint64_t *total) noexcept nogil
cdef bint begun_again(bint has_sequence, uint64_t sequence, bint has_before, uint64_t before) noexcept nogil
cdef uint64_t grown(uint64_t before, uint64_t now) noexcept nogil
cdef int open_packet(Iterator *it) noexcept nogil
cdef int take_times(Iterator *it) noexcept nogil
