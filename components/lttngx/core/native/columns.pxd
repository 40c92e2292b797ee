"""Growing buffers and columns of one event class: see columns.pyx."""
from libc.stdint cimport int64_t, uint32_t, uint64_t

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.fields cimport path_t


cdef struct buffer_t:
    char *bytes
    size_t used
    size_t room


cdef struct texts_t:
    buffer_t offsets, bytes      # of the distinct texts, in order of first sight
    uint32_t *slots              # open addressing: number of a text plus one, 0: free
    uint64_t *digests            # of each text
    size_t mask, count, room


cdef struct column_t:
    int kind
    int width
    path_t *path
    bint nullable
    buffer_t validity, offsets, data
    texts_t texts


cdef class Columns:
    cdef list memory, objects
    cdef column_t *columns
    cdef int count
    cdef bint timed
    cdef buffer_t ordinals, times, cpus
    cdef readonly size_t rows
    cdef int begin(self, column_t *column) except -1
    cdef int add(self, const bt_event *event, bint timed, int64_t ns, int64_t cpu, uint64_t ordinal) except -1
