"""Merges streams whose packets come chunk by chunk: see decode_merge.pyx."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

from lttngx.core.native.decode_fields cimport TraceIr
from lttngx.core.native.decode_readers cimport ClassReader, StreamReader
from lttngx.core.native.decode_stream cimport Iterator
from lttngx.core.native.produce cimport *

# What a lane has for its next turn.
cdef enum Turn:
    HAS_MESSAGE, BEGINS, DRAINED, INTERRUPTED, FAILING

cdef struct Lane:
    Iterator *it
    uint64_t rank               # among equal times
    Turn turn
    bt_message *message         # the next one, unless drained
    int64_t key_ns              # its time, or that of the last one
    uint32_t chunk              # of its packet
    bint queued                 # in the heap
    bt_message *opened          # replay: the beginning of the packet which is open
    int64_t opened_ns

cdef class Merge:
    cdef object reader, component
    cdef bt_self_message_iterator *self
    cdef int mip
    cdef bint first_counter_counts
    cdef dict traces, lanes, class_readers
    cdef list readers           # StreamReaders by lane number
    cdef Lane **all
    cdef Lane **heap
    cdef uint64_t lane_count, heap_size, capacity
    cdef uint64_t *delivered    # messages by chunk
    cdef uint32_t chunk_count
    cdef uint64_t total, skip, waits
    cdef int64_t last_ns, told_ns
    cdef bint replaying, ended, finished, failed
    cdef object error

    cdef int fill(self, bt_message_array_const messages, uint64_t capacity, uint64_t *count) noexcept nogil
    cdef Lane *add_lane(self, StreamReader reader) except NULL
    cdef int load_trace(self, object trace, uint32_t chunk) except -1
    cdef int load_stream(self, TraceIr ir, ClassReader class_reader, object opened, object stream, uint32_t chunk) except -1
    cdef void enqueue(self, Lane *lane) noexcept
    cdef void dequeue_drained(self) noexcept
    cdef int end_all(self) except -1
    cdef uint32_t oldest(self) noexcept nogil
    cdef uint64_t delivered_since(self, uint32_t chunk) noexcept nogil
    cdef int load(self) except -2
    cdef int poll(self) noexcept nogil
    cdef bint deliver(self, Lane *lane, bt_message **message) noexcept nogil
    cdef void replay(self, Lane *lane, bt_message *message, int64_t key_ns) noexcept nogil
    cdef bt_message *next_opened(self) noexcept nogil
    cdef bt_message *inactivity(self) noexcept nogil
    cdef int next(self, bt_message **message) noexcept nogil
    cdef int settle(self) noexcept nogil
    cdef bytes cause(self)
    cdef uint64_t clamped(self)
    cdef int close(self) except -1
