"""rewrite: copies messages into mirrored traces and streams, their classes changed as planned.

Rule: every message but message iterator inactivity is made anew, since it refers to a mirrored stream. An event costs two table
lookups (its class, its stream) and the copying of its fields; Python runs only for the event classes which feed an engine.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport free

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.batch cimport attach, batch_t, pull, put_rest, snapshot_ns
from lttngx.core.native.creation cimport *
from lttngx.core.native.fields cimport SIGNED, follow, integer_of
from lttngx.core.native.inject cimport Injector
from lttngx.core.native.mirrors cimport EventClassMirror, Mirrors, StreamClassMirror, StreamMirror
from lttngx.core.native.table cimport find, insert, table_t
from lttngx.core.native.sources cimport LTTNGX_SOURCES

import bt2

SOURCES = LTTNGX_SOURCES.decode()


@cython.no_gc_clear
cdef class Rewriter:
    """Rewrites the messages of an upstream message iterator.

    upstream: bt2 message iterator, or a Merger. rewriting: see `rewriting.Rewriting`. owner: the bt2 user message iterator which this
    serves. mip: the graph's message interchange protocol version.
    at_end: called before the end is told. injector: gives its messages behind the one which made them, those added by `at_end`
    before the end. events: event messages copied. first_ns, last_ns: times of the first and the last event message, dropped ones
    included; None without one or without a clock. clamped: clock snapshots of changed clocks which were raised so as not to
    decrease.
    """

    cdef batch_t batch
    cdef bt_self_message_iterator *own
    cdef object upstream, rewriting, at_end, packet_begins, packet_ends
    cdef Mirrors mirrors
    cdef table_t table
    cdef list event_classes, streams
    cdef list values
    cdef Py_ssize_t columns
    cdef readonly uint64_t events, clamped
    cdef uint64_t floor
    cdef int64_t first, last
    cdef bint timed, ended
    cdef Injector injector

    def __init__(self, upstream, rewriting, *, owner, mip=0, at_end=None, Injector injector=None):
        self.injector = injector
        self.upstream, self.rewriting, self.at_end = upstream, rewriting, at_end
        self.packet_begins = getattr(rewriting, "packet_begins", None)
        self.packet_ends = getattr(rewriting, "packet_ends", None)
        self.own = <bt_self_message_iterator *><uintptr_t>owner.addr
        attach(&self.batch, upstream)
        self.batch.self = self.own
        self.event_classes, self.streams = [], []
        self.mirrors = Mirrors()
        self.mirrors.component = bt_self_message_iterator_borrow_component(self.own)
        self.mirrors.rewriting, self.mirrors.mip = rewriting, mip
        slots = rewriting.slots
        self.values = [] if slots is None else slots.values
        self.columns = 0 if slots is None else slots.columns

    def __dealloc__(self):
        put_rest(&self.batch)
        free(self.table.slots)

    @property
    def first_ns(self):
        return self.first if self.timed else None

    @property
    def last_ns(self):
        return self.last if self.timed else None

    def reset(self):
        """Forget the messages pulled and not yet copied: the upstream message iterator has sought."""
        put_rest(&self.batch)
        self.batch.count = self.batch.position = 0
        self.timed = self.ended = False
        self.floor = 0
        if self.injector is not None:
            self.injector.clear()

    def next(self):
        """Return the address of the next message, whose reference is given away.

        Raises bt2.Stop at the end, bt2.TryAgain with nothing lost, bt2._Error for an error of the library's."""
        cdef bt_message *given = NULL
        while given == NULL:
            if self.injector is not None:
                given = self.injector.take()
            if given == NULL:
                given = self.following()
        return <uintptr_t>given

    cdef bt_message *following(self) except? NULL:
        """Return a copy of the next upstream message, NULL if the plans drop it or the input has just ended."""
        cdef const bt_message *message
        while self.batch.position >= self.batch.count:
            if self.pull():
                return NULL
        message = self.batch.messages[self.batch.position]
        self.batch.position += 1
        try:
            if self.injector is not None:
                self.injector.pass_by(message)
            if bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT:
                return self.event(message)
            return self.other(message)
        finally:
            bt_message_put_ref(message)

    cdef int pull(self) except -1:
        """Pull the next batch; return whether the input has just ended. What `at_end` adds comes before bt2.Stop."""
        if self.ended:
            raise bt2.Stop
        try:
            pull(&self.batch)
        except bt2.Stop:
            self.ended = True
            if self.at_end is not None:
                self.at_end()
            return 1
        return 0

    cdef bt_message *event(self, const bt_message *message) except? NULL:
        """Return a copy of an event message, NULL if the plans drop it."""
        cdef const bt_event *event = bt_message_event_borrow_event_const(message)
        cdef StreamMirror stream = self.stream(bt_event_borrow_stream_const(event))
        cdef EventClassMirror event_class = self.event_class(bt_event_borrow_class_const(event), stream)
        if stream.stream_class.has_clock and get_snapshot_ns(
                bt_message_event_borrow_default_clock_snapshot_const(message), &self.last):
            if not self.timed:
                self.first = self.last
            self.timed = True
        if event_class.drop:
            if event_class.after is not None:
                event_class.after.give(event_ns(message), stream.cpu, event)
            return NULL
        self.events += 1
        return self.copied(message, event, event_class, stream)

    cdef bt_message *copied(self, const bt_message *message, const bt_event *event, EventClassMirror event_class,
                            StreamMirror stream) except NULL:
        cdef bt_message *copy = self.new_event(message, event_class, stream)
        cdef bt_event *target = bt_message_event_borrow_event(copy)
        try:
            if event_class.before is not None:
                event_class.before.give(event_ns(message), stream.cpu, event)
            if event_class.common is not None:
                event_class.common.copy(bt_event_borrow_common_context_field_const(event),
                                        bt_event_borrow_common_context_field(target), self.values, stream.row)
            if event_class.specific is not None:
                event_class.specific.copy(bt_event_borrow_specific_context_field_const(event),
                                          bt_event_borrow_specific_context_field(target), self.values, stream.row)
            if event_class.payload is not None:
                event_class.payload.copy(bt_event_borrow_payload_field_const(event),
                                         bt_event_borrow_payload_field(target), self.values, stream.row)
            if event_class.after is not None:
                event_class.after.give(event_ns(message), stream.cpu, event)
        except:
            bt_message_put_ref(copy)
            raise
        return copy

    cdef bt_message *new_event(self, const bt_message *message, EventClassMirror event_class, StreamMirror stream
                               ) except NULL:
        """Return the new event message, its fields not yet set."""
        cdef StreamClassMirror stream_class = stream.stream_class
        cdef bt_message *copy
        cdef uint64_t value
        if stream_class.has_clock:
            value = self.now(stream_class,
                bt_clock_snapshot_get_value(bt_message_event_borrow_default_clock_snapshot_const(message)))
            copy = (bt_message_event_create_with_packet_and_default_clock_snapshot(
                        self.own, event_class.new, stream.packet, value) if stream_class.has_packets
                    else bt_message_event_create_with_default_clock_snapshot(
                        self.own, event_class.new, stream.new, value))
        else:
            copy = (bt_message_event_create_with_packet(self.own, event_class.new, stream.packet)
                    if stream_class.has_packets else bt_message_event_create(self.own, event_class.new, stream.new))
        return known(copy)

    cdef StreamMirror stream(self, const bt_stream *old):
        cdef int index = find(&self.table, old, NULL)
        if index < 0:
            index = <int>len(self.streams)
            self.streams.append(self.mirrors.stream(old))
            insert(&self.table, old, NULL, index)
        return <StreamMirror>self.streams[index]

    cdef EventClassMirror event_class(self, const bt_event_class *old, StreamMirror stream):
        cdef int index = find(&self.table, old, NULL)
        if index < 0:
            index = <int>len(self.event_classes)
            self.event_classes.append(self.mirrors.event_class(old, stream.stream_class, stream.described))
            insert(&self.table, old, NULL, index)
        return <EventClassMirror>self.event_classes[index]

    cdef bt_message *other(self, const bt_message *message) except NULL:
        cdef int type = bt_message_get_type(message)
        if type == BT_MESSAGE_TYPE_PACKET_BEGINNING:
            return self.packet_beginning(message)
        if type == BT_MESSAGE_TYPE_PACKET_END:
            return self.packet_end(message)
        if type == BT_MESSAGE_TYPE_STREAM_BEGINNING or type == BT_MESSAGE_TYPE_STREAM_END:
            return self.stream_boundary(message, type == BT_MESSAGE_TYPE_STREAM_BEGINNING)
        if type == BT_MESSAGE_TYPE_DISCARDED_EVENTS:
            return self.discarded_events(message)
        if type == BT_MESSAGE_TYPE_DISCARDED_PACKETS:
            return self.discarded_packets(message)
        return self.inactivity(message)

    cdef bt_message *stream_boundary(self, const bt_message *message, bint beginning) except NULL:
        cdef const bt_clock_snapshot *snapshot = NULL
        cdef StreamMirror stream = self.stream(
            bt_message_stream_beginning_borrow_stream_const(message) if beginning
            else bt_message_stream_end_borrow_stream_const(message))
        cdef bt_message *copy = known(
            bt_message_stream_beginning_create(self.own, stream.new) if beginning
            else bt_message_stream_end_create(self.own, stream.new))
        cdef bt_message_stream_clock_snapshot_state state
        if stream.stream_class.has_clock:
            state = (bt_message_stream_beginning_borrow_default_clock_snapshot_const(message, &snapshot) if beginning
                     else bt_message_stream_end_borrow_default_clock_snapshot_const(message, &snapshot))
            if state == BT_MESSAGE_STREAM_CLOCK_SNAPSHOT_STATE_KNOWN:
                value = self.now(stream.stream_class, bt_clock_snapshot_get_value(snapshot))
                if beginning:
                    bt_message_stream_beginning_set_default_clock_snapshot(copy, value)
                else:
                    bt_message_stream_end_set_default_clock_snapshot(copy, value)
        return copy

    cdef bt_message *packet_beginning(self, const bt_message *message) except NULL:
        cdef const bt_packet *old = bt_message_packet_beginning_borrow_packet_const(message)
        cdef StreamMirror stream = self.stream(bt_packet_borrow_stream_const(old))
        cdef StreamClassMirror stream_class = stream.stream_class
        cdef const bt_clock_snapshot *snapshot
        cdef const bt_field *field
        self.forget_packet(stream)
        stream.packet = bt_packet_create(stream.new)
        if stream.packet == NULL:
            raise bt2._Error("Cannot create a packet")
        if stream_class.cpu != NULL:
            field = follow(stream_class.cpu, bt_packet_borrow_context_field_const(old))
            stream.cpu = -1 if field == NULL else integer_of(field, stream_class.cpu.field_class.kind)
        stream.row = (max(stream.cpu, -1) + 1) * self.columns
        if stream_class.new_packet_context:
            stream_class.packet_plan.copy(bt_packet_borrow_context_field_const(old),
                                          bt_packet_borrow_context_field(stream.packet), self.values, stream.row)
        snapshot = NULL
        if stream_class.packet_beginning_timed:
            snapshot = bt_message_packet_beginning_borrow_default_clock_snapshot_const(message)
        if self.packet_begins is not None:
            self.packet_begins(stream.described, stream.cpu, None if snapshot == NULL else snapshot_ns(snapshot))
        if snapshot == NULL:
            return known(bt_message_packet_beginning_create(self.own, stream.packet))
        return known(bt_message_packet_beginning_create_with_default_clock_snapshot(
            self.own, stream.packet, self.now(stream_class, bt_clock_snapshot_get_value(snapshot))))

    cdef bt_message *packet_end(self, const bt_message *message) except NULL:
        cdef StreamMirror stream = self.stream(
            bt_packet_borrow_stream_const(bt_message_packet_end_borrow_packet_const(message)))
        cdef const bt_clock_snapshot *snapshot = NULL
        cdef bt_message *copy
        if stream.stream_class.packet_end_timed:
            snapshot = bt_message_packet_end_borrow_default_clock_snapshot_const(message)
        if self.packet_ends is not None:
            self.packet_ends(stream.described, stream.cpu, None if snapshot == NULL else snapshot_ns(snapshot))
        if snapshot == NULL:
            copy = bt_message_packet_end_create(self.own, stream.packet)
        else:
            copy = bt_message_packet_end_create_with_default_clock_snapshot(
                self.own, stream.packet, self.now(stream.stream_class, bt_clock_snapshot_get_value(snapshot)))
        self.forget_packet(stream)
        return known(copy)

    cdef void forget_packet(self, StreamMirror stream) noexcept:
        if stream.packet != NULL:
            bt_packet_put_ref(stream.packet)
            stream.packet = NULL

    cdef bt_message *discarded_events(self, const bt_message *message) except NULL:
        cdef StreamMirror stream = self.stream(bt_message_discarded_events_borrow_stream_const(message))
        cdef StreamClassMirror stream_class = stream.stream_class
        cdef const bt_clock_snapshot *begin
        cdef const bt_clock_snapshot *end
        cdef bt_message *copy
        cdef uint64_t first, count = 0
        cdef bint counted = bt_message_discarded_events_get_count(
            message, &count) == BT_PROPERTY_AVAILABILITY_AVAILABLE
        begin_ns = end_ns = None
        if stream_class.discarded_events_timed:
            begin = bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(message)
            end = bt_message_discarded_events_borrow_end_default_clock_snapshot_const(message)
            begin_ns, end_ns = snapshot_ns(begin), snapshot_ns(end)
            first = self.now(stream_class, bt_clock_snapshot_get_value(begin))
            copy = bt_message_discarded_events_create_with_default_clock_snapshots(
                self.own, stream.new, first, max(first, stream_class.cycles(bt_clock_snapshot_get_value(end))))
        else:
            copy = bt_message_discarded_events_create(self.own, stream.new)
        known(copy)
        if counted:
            bt_message_discarded_events_set_count(copy, count)
        self.rewriting.discarded_events(stream.described, begin_ns, end_ns, count if counted else None)
        return copy

    cdef bt_message *discarded_packets(self, const bt_message *message) except NULL:
        cdef StreamMirror stream = self.stream(bt_message_discarded_packets_borrow_stream_const(message))
        cdef StreamClassMirror stream_class = stream.stream_class
        cdef const bt_clock_snapshot *begin
        cdef const bt_clock_snapshot *end
        cdef bt_message *copy
        cdef uint64_t first, count = 0
        cdef bint counted = bt_message_discarded_packets_get_count(
            message, &count) == BT_PROPERTY_AVAILABILITY_AVAILABLE
        begin_ns = end_ns = None
        if stream_class.discarded_packets_timed:
            begin = bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(message)
            end = bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(message)
            begin_ns, end_ns = snapshot_ns(begin), snapshot_ns(end)
            first = self.now(stream_class, bt_clock_snapshot_get_value(begin))
            copy = bt_message_discarded_packets_create_with_default_clock_snapshots(
                self.own, stream.new, first, max(first, stream_class.cycles(bt_clock_snapshot_get_value(end))))
        else:
            copy = bt_message_discarded_packets_create(self.own, stream.new)
        known(copy)
        if counted:
            bt_message_discarded_packets_set_count(copy, count)
        self.rewriting.discarded_packets(stream.described, begin_ns, end_ns, count if counted else None)
        return copy

    cdef bt_message *inactivity(self, const bt_message *message) except NULL:
        """Return the message itself, or one of the changed clock class.

        A clock class changes with the first stream which uses it; before that nothing is known of its change."""
        cdef const bt_clock_snapshot *snapshot = \
            bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(message)
        changed = self.mirrors.changed_clock(bt_clock_snapshot_borrow_clock_class_const(snapshot))
        if changed is None:
            bt_message_get_ref(message)
            return <bt_message *>message
        address, change = changed
        value = change.map.cycles(bt_clock_snapshot_get_value(snapshot))
        return known(bt_message_message_iterator_inactivity_create(
            self.own, <const bt_clock_class *><uintptr_t>address, self.raised(value)))

    cdef uint64_t now(self, StreamClassMirror stream_class, uint64_t value) except? 0:
        """Return a clock snapshot's value by the new clock, which becomes the least one for what follows."""
        return value if stream_class.same_clock else self.raised(stream_class.cycles(value))

    cdef uint64_t raised(self, uint64_t value) noexcept:
        if value < self.floor:
            self.clamped += 1
        else:
            self.floor = value
        return self.floor


cdef bt_message *known(bt_message *message) except NULL:
    """Return a message the library made; raise with its causes if it made none."""
    if message == NULL:
        raise bt2._Error("Cannot create a message")
    return message


cdef object event_ns(const bt_message *message):
    """Return an event message's time in ns from origin, None without a clock or on overflow."""
    if bt_message_event_borrow_stream_class_default_clock_class_const(message) == NULL:
        return None
    return snapshot_ns(bt_message_event_borrow_default_clock_snapshot_const(message))
