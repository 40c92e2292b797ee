"""Batches of messages: pulled from an upstream message iterator, each message a reference of ours.

Rule: a message is never lost. One that is given away or put moves `position` on first; TryAgain and errors come only from
between batches.
"""
from libc.stdint cimport int64_t, uintptr_t

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

import bt2

SOURCES = LTTNGX_SOURCES.decode()


cdef class Supply:
    cdef int fill(self, batch_t *batch) except -1:
        """Set the messages and count of a batch; the references become the batch's. Raises as `pull` does."""
        raise NotImplementedError


cdef int attach(batch_t *batch, object upstream) except -1:
    """Make a batch pull from a bt2 message iterator, or from a Supply; who owns the batch keeps either alive."""
    if isinstance(upstream, Supply):
        batch.supply = <void *>upstream
    else:
        batch.upstream = <bt_message_iterator *><uintptr_t>upstream.addr
    return 0


cdef int pull(batch_t *batch) except -1:
    """Pull the next batch; raise bt2.Stop at the end, bt2.TryAgain now or when interrupted, bt2._Error on an error.

    The interruption is asked for once per batch: a filter which drops everything would not notice it otherwise."""
    cdef int status
    if batch.self != NULL and bt_self_message_iterator_is_interrupted(batch.self):
        raise bt2.TryAgain
    batch.position = batch.count = 0
    if batch.supply != NULL:
        return (<Supply>batch.supply).fill(batch)
    status = bt_message_iterator_next(batch.upstream, &batch.messages, &batch.count)
    if status == BT_MESSAGE_ITERATOR_NEXT_STATUS_OK:
        return 0
    batch.count = 0
    if status == BT_MESSAGE_ITERATOR_NEXT_STATUS_END:
        raise bt2.Stop
    if status == BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN:
        raise bt2.TryAgain
    # Taking the thread's error, as bt2._Error does, keeps the upstream causes.
    raise bt2._Error("Cannot get the next messages of the upstream message iterator")


cdef void put_rest(batch_t *batch) noexcept nogil:
    """Put the messages which nobody has taken."""
    cdef const bt_message *message
    while batch.position < batch.count:
        message = batch.messages[batch.position]
        batch.position += 1
        bt_message_put_ref(message)


cdef object snapshot_ns(const bt_clock_snapshot *snapshot):
    """Return a clock snapshot in ns from origin, None if it overflows."""
    cdef int64_t ns
    return ns if get_snapshot_ns(snapshot, &ns) else None
