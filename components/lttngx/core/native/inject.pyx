"""inject: makes the messages of a stream which a filter adds, where a Rewriter gives them behind those that it passes on, or of a source's
streams, which share a queue.

Rule: see `lttngx.core.injecting`. bt2 makes the classes and the stream (rare); messages and their fields are made here.
"""
cimport cython
from cpython.bytes cimport PyBytes_AsString
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport free, realloc

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.copying cimport set_text
from lttngx.core.native.creation cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

import bt2

SOURCES = LTTNGX_SOURCES.decode()

cdef extern from *:
    const char *PyUnicode_AsUTF8AndSize(object text, Py_ssize_t *size) except NULL


# Indices in KINDS.
cdef enum:
    SIGNED
    UNSIGNED
    DOUBLE
    STRING


@cython.final
cdef class InjectedClass:
    """An event class and the kinds of its payload members, in order."""
    cdef const bt_event_class *event_class
    cdef object kept
    cdef bytes kinds


# Breaking a reference cycle must not clear what __dealloc__ needs.
@cython.no_gc_clear
cdef class Injector:
    """A queue of messages for a bt2 user message iterator.

    owner: the bt2 user message iterator which gives them. The time of all messages that it gave so far is known by
    `pass_by`, which the Rewriter calls. into: the Injector whose queue takes this one's messages; refill: called by `next` when nothing
    waits, adds messages and returns whether there were any left to add. packet_events: events of a packet.
    """

    def __init__(self, *, owner, Injector into=None, refill=None, packet_events=None):
        # Not before it is needed: what it imports takes long, and most graphs add no events.
        from lttngx.core.injecting import KINDS, PACKET_EVENTS

        self.own = <bt_self_message_iterator *><uintptr_t>owner.addr
        self.into, self.refill, self.packet_room = into, refill, packet_events or PACKET_EVENTS
        self.known_kinds = KINDS

    def __dealloc__(self):
        self.clear()
        free(self.queue)

    def event_class(self, event_class, kinds):
        """Return what stands in `event` for a bt2 event class whose payload members are of some of KINDS."""
        cdef InjectedClass made = InjectedClass()
        made.event_class, made.kept = <const bt_event_class *><uintptr_t>event_class.addr, event_class
        made.kinds = bytes(map(self.known_kinds.index, kinds))
        return made

    def begin(self, stream):
        """Add the beginning of a bt2 stream, which all that follows belongs to."""
        self.kept, self.stream = stream, <const bt_stream *><uintptr_t>stream.addr
        self.put(bt_message_stream_beginning_create(self.own, self.stream))

    def end(self, int64_t time_ns=0):
        """Add the stream's end, and that of its packet, not before a time."""
        if time_ns > self.floor:
            self.floor = time_ns
        self.close_packet()
        self.put(bt_message_stream_end_create(self.own, self.stream))

    def event(self, InjectedClass event_class not None, int64_t time_ns, row):
        """Add an event at a time in ns from origin (of any other clock: at a value of it), or later if later messages were given. Raises
        TypeError, ValueError or OverflowError for a row that does not fit its class."""
        cdef bt_message *message
        cdef Injector queue = self if self.into is None else self.into
        if time_ns > self.floor:
            self.floor = time_ns
        if self.packet == NULL:
            self.open_packet()
        message = bt_message_event_create_with_packet_and_default_clock_snapshot(
            self.own, event_class.event_class, self.packet, <uint64_t>self.floor)
        self.put(message)
        try:
            fill(bt_event_borrow_payload_field(bt_message_event_borrow_event(message)), event_class.kinds, row)
        except:
            queue.last -= 1
            bt_message_put_ref(message)
            raise
        self.packet_events += 1
        if self.packet_events == self.packet_room:
            self.close_packet()

    cdef int open_packet(self) except -1:
        """Add a packet's beginning at the current time."""
        self.packet = bt_packet_create(self.stream)
        if self.packet == NULL:
            raise MemoryError()
        self.packet_events = 0
        return self.put(bt_message_packet_beginning_create_with_default_clock_snapshot(
            self.own, self.packet, <uint64_t>self.floor))

    cdef int close_packet(self) except -1:
        """Add the end of the open packet, if there is one, at the current time."""
        if self.packet != NULL:
            self.put(bt_message_packet_end_create_with_default_clock_snapshot(self.own, self.packet, <uint64_t>self.floor))
            self.forget_packet()
        return 0

    cdef void forget_packet(self) noexcept:
        bt_packet_put_ref(self.packet)
        self.packet = NULL

    def clear(self):
        """Forget the messages added and not yet given, and all times: the upstream message iterator has sought."""
        while self.first < self.last:
            bt_message_put_ref(self.take())
        self.forget_packet()
        self.floor = 0

    cdef int pass_by(self, const bt_message *message) except -1:
        """Take notice of a message which is given before those that are still to be added."""
        cdef int64_t ns = 0
        if message_ns(message, &ns) and ns > self.floor:
            self.floor = ns
        return 0

    def next(self):
        """Return the address of the next message, whose reference is given away. Raises bt2.Stop at the end, what `refill` raises."""
        while self.first == self.last:
            if not self.refill():
                raise bt2.Stop
        return <uintptr_t>self.take()

    cdef bt_message *take(self) noexcept:
        """Return the first message that waits, NULL if there is none; its reference is given away."""
        cdef bt_message *message
        if self.first == self.last:
            return NULL
        message = self.queue[self.first]
        self.first += 1
        if self.first == self.last:
            self.first = self.last = 0
        return message

    cdef int put(self, bt_message *message) except -1:
        cdef bt_message **grown
        if self.into is not None:
            return self.into.put(message)
        if message == NULL:
            raise bt2._Error("Cannot create a message")
        if self.last == self.room:
            grown = <bt_message **>realloc(self.queue, (2 * self.room + 64) * sizeof(bt_message *))
            if grown == NULL:
                bt_message_put_ref(message)
                raise MemoryError()
            self.queue, self.room = grown, 2 * self.room + 64
        self.queue[self.last] = message
        self.last += 1
        return 0


cdef int fill(bt_field *payload, bytes kinds, tuple row) except -1:
    """Set the members of a payload."""
    cdef Py_ssize_t index, size
    cdef const char *codes = PyBytes_AsString(kinds)
    cdef const char *text
    cdef bt_field *member
    if len(row) != len(kinds):
        raise ValueError(f"expected {len(kinds)} values, got {len(row)}")
    for index in range(len(kinds)):
        member = bt_field_structure_borrow_member_field_by_index(payload, <uint64_t>index)
        value = row[index]
        if codes[index] == STRING:
            try:
                text = PyUnicode_AsUTF8AndSize(value, &size)
            except UnicodeEncodeError:
                # Text which was not UTF-8 when it was read.
                value = value.encode("utf-8", "surrogateescape")
                text, size = PyBytes_AsString(value), len(value)
            if set_text(member, text, <uint64_t>size):
                raise MemoryError()
        elif codes[index] == SIGNED:
            bt_field_integer_signed_set_value(member, <int64_t>value)
        elif codes[index] == UNSIGNED:
            bt_field_integer_unsigned_set_value(member, <uint64_t>value)
        else:
            bt_field_real_double_precision_set_value(member, <double>value)
    return 0


cdef bint message_ns(const bt_message *message, int64_t *ns) noexcept nogil:
    """Get the time of any message, in ns from origin; False if it has none."""
    cdef const bt_clock_snapshot *snapshot = snapshot_of(message)
    return snapshot != NULL and get_snapshot_ns(snapshot, ns)


cdef const bt_clock_snapshot *snapshot_of(const bt_message *message) noexcept nogil:
    """Borrow the clock snapshot of any message, the beginning one of discarded events or packets; NULL if it has none."""
    cdef int type = bt_message_get_type(message)
    cdef const bt_stream_class *stream_class
    if type == BT_MESSAGE_TYPE_EVENT:
        if bt_message_event_borrow_stream_class_default_clock_class_const(message) == NULL:
            return NULL
        return bt_message_event_borrow_default_clock_snapshot_const(message)
    if type == BT_MESSAGE_TYPE_MESSAGE_ITERATOR_INACTIVITY:
        return bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(message)
    stream_class = bt_stream_borrow_class_const(stream_of_message(message, type))
    if bt_stream_class_borrow_default_clock_class_const(stream_class) == NULL:
        return NULL
    return snapshot_in_stream(message, type, stream_class)


cdef const bt_stream *stream_of_message(const bt_message *message, int type) noexcept nogil:
    """Borrow the stream of a message which is neither an event nor inactivity."""
    if type == BT_MESSAGE_TYPE_STREAM_BEGINNING:
        return bt_message_stream_beginning_borrow_stream_const(message)
    if type == BT_MESSAGE_TYPE_STREAM_END:
        return bt_message_stream_end_borrow_stream_const(message)
    if type == BT_MESSAGE_TYPE_PACKET_BEGINNING:
        return bt_packet_borrow_stream_const(bt_message_packet_beginning_borrow_packet_const(message))
    if type == BT_MESSAGE_TYPE_PACKET_END:
        return bt_packet_borrow_stream_const(bt_message_packet_end_borrow_packet_const(message))
    if type == BT_MESSAGE_TYPE_DISCARDED_EVENTS:
        return bt_message_discarded_events_borrow_stream_const(message)
    return bt_message_discarded_packets_borrow_stream_const(message)


cdef const bt_clock_snapshot *snapshot_in_stream(const bt_message *message, int type, const bt_stream_class *stream_class
                                                 ) noexcept nogil:
    """Borrow the clock snapshot of such a message, in a stream with a clock; NULL if it has none."""
    cdef const bt_clock_snapshot *snapshot = NULL
    cdef bint known = False
    if type == BT_MESSAGE_TYPE_STREAM_BEGINNING:
        known = (bt_message_stream_beginning_borrow_default_clock_snapshot_const(message, &snapshot)
                 == BT_MESSAGE_STREAM_CLOCK_SNAPSHOT_STATE_KNOWN)
        return snapshot if known else NULL
    if type == BT_MESSAGE_TYPE_STREAM_END:
        known = (bt_message_stream_end_borrow_default_clock_snapshot_const(message, &snapshot)
                 == BT_MESSAGE_STREAM_CLOCK_SNAPSHOT_STATE_KNOWN)
        return snapshot if known else NULL
    if type == BT_MESSAGE_TYPE_PACKET_BEGINNING:
        if bt_stream_class_packets_have_beginning_default_clock_snapshot(stream_class):
            return bt_message_packet_beginning_borrow_default_clock_snapshot_const(message)
    elif type == BT_MESSAGE_TYPE_PACKET_END:
        if bt_stream_class_packets_have_end_default_clock_snapshot(stream_class):
            return bt_message_packet_end_borrow_default_clock_snapshot_const(message)
    elif type == BT_MESSAGE_TYPE_DISCARDED_EVENTS:
        if bt_stream_class_discarded_events_have_default_clock_snapshots(stream_class):
            return bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(message)
    elif bt_stream_class_discarded_packets_have_default_clock_snapshots(stream_class):
        return bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(message)
    return NULL
