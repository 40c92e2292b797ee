"""C interface of `inject`: see inject.pyx."""
from libc.stdint cimport int64_t

from lttngx.core.native.babeltrace cimport bt_message
from lttngx.core.native.creation cimport bt_packet, bt_self_message_iterator, bt_stream


cdef class Injector:
    cdef bt_self_message_iterator *own
    cdef const bt_stream *stream
    cdef object kept
    cdef bt_message **queue
    cdef size_t first, last, room
    cdef int64_t floor
    cdef bt_packet *packet       # the open one, NULL: none
    cdef int packet_events, packet_room
    cdef Injector into           # whose queue takes the messages, None: this one's
    cdef object refill
    cdef tuple known_kinds       # injecting.KINDS

    cdef int pass_by(self, const bt_message *message) except -1
    cdef bt_message *take(self) noexcept
    cdef int put(self, bt_message *message) except -1
    cdef int open_packet(self) except -1
    cdef int close_packet(self) except -1
    cdef void forget_packet(self) noexcept
