"""Pulling batches of messages from an upstream message iterator: see batch.pyx."""
from libc.stdint cimport uint64_t

from lttngx.core.native.babeltrace cimport *


cdef struct batch_t:
    bt_message_iterator *upstream
    void *supply                     # a Supply to ask instead of `upstream`, or NULL
    bt_self_message_iterator *self   # NULL: nothing to be interrupted
    bt_message_array_const messages
    uint64_t count
    uint64_t position                # messages before it were given away or put


cdef class Supply:
    """What fills batches in place of an upstream message iterator."""

    cdef int fill(self, batch_t *batch) except -1

cdef int attach(batch_t *batch, object upstream) except -1
cdef int pull(batch_t *batch) except -1
cdef void put_rest(batch_t *batch) noexcept nogil
cdef object snapshot_ns(const bt_clock_snapshot *snapshot)
