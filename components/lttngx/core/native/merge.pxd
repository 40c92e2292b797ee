"""C interface of `merge`: see merge.pyx."""
from libc.stdint cimport int64_t, uint64_t

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.batch cimport Supply, batch_t
from lttngx.core.native.clock_map cimport ClockMap
from lttngx.core.native.table cimport table_t

cdef enum:
    BATCH = 128


cdef struct entry_t:
    const bt_message *message
    uint64_t key


cdef struct lane_t:
    # The messages of one host of one input: a ring of `size` entries, a power of two.
    entry_t *ring
    uint64_t head, count, size
    uint64_t last               # key of the last message which came
    int64_t first_ns, last_ns   # own times of the first and the last event, if `timed`
    bint timed
    int input
    bint late                   # not waited for


cdef struct input_t:
    batch_t batch
    int *lanes                  # by host number + 1: lane number, UNKNOWN or DROPPED
    int hosts                   # how many `lanes` has
    bint ended
    uint64_t newest


cdef class Merger(Supply):
    cdef object order, tap
    cdef list upstreams, wanted, maps
    cdef int mip
    cdef bint limited, clockless
    cdef uint64_t window
    cdef input_t *inputs
    cdef lane_t *lanes
    cdef int *heap
    cdef int *clock_hosts
    cdef int input_count, lane_count, heap_count
    cdef table_t clocks
    cdef const bt_clock_class *last_clock
    cdef int last_clock_number
    cdef const bt_message *out[BATCH]

    cdef int feed(self, int index) except -1
    cdef int route(self, int index) except -1
    cdef int take(self, int index, const bt_message *message) except -1
    cdef int clock_number(self, const bt_clock_class *clock_class, const bt_stream *stream) except -2
    cdef int lane_of(self, int index, int host) except -3
    cdef int new_lane(self, int index) except -1
    cdef uint64_t key_of(self, const bt_message *message, uint64_t last) except? 0
    cdef int push(self, int number, const bt_message *message, uint64_t key) except -1
    cdef int skip_late(self, int index) except -1
    cdef bint hungry(self, const input_t *source) noexcept nogil
    cdef void enter(self, int number) noexcept nogil
    cdef void settle(self, int place) noexcept nogil
    cdef bint before(self, int one, int other) noexcept nogil
    cdef void forget(self) noexcept
