"""extract: calls an engine with (time, CPU, wanted values …) for the event classes it wants.

Rule: an unwanted class costs a table lookup per event. One list of arguments per class is filled again for every event.
An event which begins a pair is *held*, its arguments filled in, until the next message: then its end is given with it, or it is
given before anything else reaches the consumer. Nothing is held between calls.
Message, packet and class addresses serve as keys only while the object there is known to be the same one: classes and
streams are referenced, a packet's CPU is forgotten when a packet begins.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport free, realloc
from cpython.ref cimport PyObject

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.batch cimport attach, batch_t, pull, put_rest, snapshot_ns
from lttngx.core.native.classes cimport event_class_of, stream_of
from lttngx.core.native.columns cimport Columns
from lttngx.core.native.fields cimport (
    SIGNED, fclass_t, follow, integer_of, lower_path, path_t, path_to_object, root_field, take)
from lttngx.core.native.table cimport find, insert, table_t
from lttngx.core.native.sources cimport LTTNGX_SOURCES

import bt2

from lttngx.core.classes import Scope

cdef extern from *:
    """
    #include <Python.h>
    #include <dlfcn.h>

    /* PyObject_Vectorcall is exported by every Python from 3.9 on, but part of the limited API only from 3.12 on. */
    typedef PyObject *(*lttngx_vectorcall)(PyObject *, PyObject *const *, size_t, PyObject *);

    static PyObject *lttngx_call(PyObject *callable, PyObject **arguments, Py_ssize_t count)
    {
        static int searched;
        static lttngx_vectorcall vectorcall;
        PyObject *tuple, *result;
        Py_ssize_t index;
        if (!searched) {
            vectorcall = (lttngx_vectorcall) dlsym(RTLD_DEFAULT, "PyObject_Vectorcall");
            searched = 1;
        }
        if (vectorcall)
            return vectorcall(callable, arguments, (size_t) count, NULL);
        tuple = PyTuple_New(count);
        if (!tuple)
            return NULL;
        for (index = 0; index < count; index++) {
            Py_INCREF(arguments[index]);
            PyTuple_SetItem(tuple, index, arguments[index]);
        }
        result = PyObject_CallObject(callable, tuple);
        Py_DECREF(tuple);
        return result;
    }
    """
    object call "lttngx_call"(PyObject *callable, PyObject **arguments, Py_ssize_t count)

cdef extern from "Python.h":
    void Py_XDECREF(PyObject *value)
    void Py_INCREF(PyObject *value)

SOURCES = LTTNGX_SOURCES.decode()

cdef enum:
    PACKETS = 256
    NOWHERE = 0
    HERE = 1
    REACHES = 2

cdef int64_t FIRST_TIME = -0x7fffffffffffffff - 1
cdef int64_t LAST_TIME = 0x7fffffffffffffff


cdef struct entry_t:
    PyObject *callable       # NULL: events of the class are skipped
    bint collects            # the callable is a Columns
    int count
    path_t **paths           # NULL: the value is None
    PyObject **arguments     # time, CPU and one value a path
    int pair                 # the number of its Extraction's pair, 0 if it has none
    PyObject *both           # what is called with both events of a pair; NULL but for its end
    const path_t *cpu        # of cpu_id in the packet context, NULL if there is none
    const bt_event_class *event_class
    const bt_stream *stream


cdef struct packet_t:
    const bt_packet *packet
    int64_t cpu


# Breaking a reference cycle must not clear what __dealloc__ needs.
@cython.no_gc_clear
cdef class Extractor:
    """Drives a consumer with the messages of an upstream message iterator.

    upstream: bt2 message iterator, or a Merger. consumer: see `extraction.Consumer`. mip: the graph's message interchange protocol version.
    begin_ns, end_ns: take what is in [begin, end) only, see `extraction.Consumer`; None: no limit. Extraction stops at the end.
    events, extracted: event messages taken and those given to the consumer. classes: bound so far.
    discarded_events, discarded_packets: messages which reported some.
    first_ns, last_ns: times of the first and the last event message, None without one or without a clock. now_ns: the last time
    known: of an event message or of a message iterator inactivity message.
    """

    cdef batch_t batch
    cdef object upstream, consumer, packet_begins, packet_ends, cover
    cdef bint per_stream, stopped, timed
    # The window's first and last time; `seen`: time of the last event message, taken or not.
    cdef int64_t begin, final, seen
    cdef int mip
    cdef table_t table
    cdef entry_t *entries
    cdef int entry_count
    cdef const bt_event_class *last_class
    cdef int last_entry
    cdef packet_t packets[PACKETS]
    cdef int64_t first, last
    cdef object inactive_ns
    cdef list memory
    cdef dict memo, streams, pairs
    # The entry whose event is held, −1 for none; its CPU. Arguments of both events of a pair.
    cdef int held
    cdef int64_t held_cpu
    cdef PyObject **joined
    cdef int joined_room
    cdef readonly uint64_t events, extracted, discarded_events, discarded_packets

    def __init__(self, upstream, consumer, *, mip=0, begin_ns=None, end_ns=None):
        self.upstream, self.consumer, self.mip = upstream, consumer, mip
        self.begin, self.seen = FIRST_TIME if begin_ns is None else begin_ns, FIRST_TIME
        self.final = LAST_TIME if end_ns is None else end_ns - 1
        self.per_stream = consumer.per_stream
        self.cover = getattr(consumer, "cover", None)
        self.packet_begins = getattr(consumer, "packet_begins", None)
        self.packet_ends = getattr(consumer, "packet_ends", None)
        attach(&self.batch, upstream)
        self.memory, self.memo, self.streams, self.pairs = [], {}, {}, {}
        self.held = -1

    def __dealloc__(self):
        cdef int index
        self.drop_held()
        free(self.joined)
        put_rest(&self.batch)
        for index in range(self.entry_count):
            if self.entries[index].callable != NULL:
                drop_all(&self.entries[index])
            bt_event_class_put_ref(self.entries[index].event_class)
            bt_stream_put_ref(self.entries[index].stream)
        free(self.entries)
        free(self.table.slots)
        for address in self.streams or ():
            bt_stream_put_ref(<const bt_stream *><uintptr_t>address)

    @property
    def classes(self):
        return self.entry_count

    @property
    def first_ns(self):
        return self.first if self.timed else None

    @property
    def last_ns(self):
        return self.last if self.timed else None

    @property
    def now_ns(self):
        if self.inactive_ns is not None and (not self.timed or self.inactive_ns > self.last):
            return self.inactive_ns
        return self.last_ns

    def stop(self):
        """End the extraction after the current event: `consume` then raises bt2.Stop."""
        self.stopped = True

    def reset(self):
        """Forget the messages pulled and not yet consumed: the upstream message iterator has sought."""
        put_rest(&self.batch)
        self.batch.count = self.batch.position = 0
        self.stopped = False

    def consume(self):
        """Consume one batch of messages.

        Raises bt2.Stop at the end or once stopped, bt2.TryAgain with nothing lost, bt2._Error for an upstream error. A
        consumer's StopIteration stops too; its other exceptions are passed on."""
        if not self.stopped and self.batch.position >= self.batch.count:
            pull(&self.batch)
        try:
            while not self.stopped and self.batch.position < self.batch.count:
                self.step()
            self.release()
        except StopIteration:
            self.stopped = True
        if self.stopped:
            put_rest(&self.batch)
            raise bt2.Stop

    def handle(self, address):
        """Tell the consumer of the message at an address, whatever iterator it comes from; the reference stays the caller's."""
        cdef const bt_message *message = <const bt_message *><uintptr_t>address
        if bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT:
            self.event(message)
            self.release()
        else:
            self.other(message)

    cdef int step(self) except -1:
        """Handle one message and put it, even if its consumer raises."""
        cdef const bt_message *message = self.batch.messages[self.batch.position]
        self.batch.position += 1
        try:
            if bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT:
                self.event(message)
            else:
                self.other(message)
        finally:
            bt_message_put_ref(message)
        return 0

    cdef int event(self, const bt_message *message) except -1:
        cdef const bt_event *event = bt_message_event_borrow_event_const(message)
        cdef const bt_event_class *event_class = bt_event_borrow_class_const(event)
        cdef const bt_stream *stream = NULL
        cdef int64_t ns = 0
        cdef bint timed
        cdef int index
        timed = time_of(message, &ns)
        if not self.takes(timed, ns):
            return 0
        self.events += 1
        if self.per_stream:
            stream = bt_event_borrow_stream_const(event)
            index = find(&self.table, event_class, stream)
        elif event_class == self.last_class:
            index = self.last_entry
        else:
            index = find(&self.table, event_class, NULL)
        if index < 0:
            self.release()
            index = self.bind(event, event_class, stream)
        self.last_class, self.last_entry = event_class, index
        if self.entries[index].callable != NULL:
            self.extracted += 1
            if self.cover is not None:
                self.tell_first()
            if self.entries[index].collects:
                self.release()
                (<Columns>self.entries[index].callable).add(
                    event, timed, ns, self.cpu_of(&self.entries[index], event), self.extracted)
            else:
                self.give(index, event, timed, ns)
        return 0

    cdef bint takes(self, bint timed, int64_t ns) noexcept nogil:
        """Return whether an event message is in the window; remember its time. An event without time is in the first window."""
        if not timed:
            return self.begin == FIRST_TIME
        self.seen = ns
        if ns < self.begin:
            return False
        if ns > self.final:
            self.stopped = True
            return False
        if not self.timed:
            self.first = ns
            self.timed = True
        self.last = ns
        return True

    cdef int tell_first(self) except -1:
        """Tell the consumer when the first event of all was, before the first one which it is given."""
        cover, self.cover = self.cover, None
        cover(self.first_ns, self.last_ns)
        return 0

    cdef bint holds(self, ns) except -1:
        """Return whether a packet's time is in the window; one that is not known is."""
        return ns is None or self.begin <= ns <= self.final

    cdef int place(self, begin, end) except -1:
        """Return what to do with a loss: HERE where it begins, REACHES in later windows which it reaches, else NOWHERE.

        A loss without times is where the last event was."""
        cdef int64_t at = self.seen if begin is None else begin
        if at > self.final:
            return NOWHERE
        if at >= self.begin:
            return HERE
        return REACHES if end is not None and end > self.begin else NOWHERE

    cdef int give(self, int index, const bt_event *event, bint timed, int64_t ns) except -1:
        """Call the consumer with the values of one event, or hold it."""
        cdef const entry_t *entry = &self.entries[index]
        cdef int64_t cpu = self.cpu_of(entry, event)
        if self.held >= 0:
            if entry.both != NULL and self.entries[self.held].pair == entry.pair and self.held_cpu == cpu:
                return self.give_both(entry, event, timed, ns)
            self.release()
        fill_all(entry, event, timed, ns, cpu)
        self.held, self.held_cpu = index, cpu
        if entry.pair and entry.both == NULL:
            return 0
        return self.release()

    cdef int release(self) except -1:
        """Give the consumer the event which is held, if one is."""
        cdef int held = self.held
        if held < 0:
            return 0
        try:
            call(self.entries[held].callable, self.entries[held].arguments, 2 + self.entries[held].count)
        finally:
            self.drop_held()
        return 0

    cdef int give_both(self, const entry_t *end, const bt_event *event, bint timed, int64_t ns) except -1:
        """Call the consumer with the values of the event which is held and of its end."""
        cdef const entry_t *begin = &self.entries[self.held]
        cdef int count = 3 + begin.count + end.count
        cdef int index
        cdef PyObject **grown
        if count > self.joined_room:
            grown = <PyObject **>realloc(self.joined, count * sizeof(PyObject *))
            if grown == NULL:
                raise MemoryError()
            self.joined, self.joined_room = grown, count
        fill_all(end, event, timed, ns, self.held_cpu)
        try:
            self.joined[0], self.joined[1], self.joined[2] = begin.arguments[0], end.arguments[0], end.arguments[1]
            for index in range(begin.count):
                self.joined[3 + index] = begin.arguments[2 + index]
            for index in range(end.count):
                self.joined[3 + begin.count + index] = end.arguments[2 + index]
            call(end.both, self.joined, count)
        finally:
            self.drop_held()
            drop_all(end)
        return 0

    cdef void drop_held(self):
        """Forget the event which is held."""
        if self.held >= 0:
            drop_all(&self.entries[self.held])
            self.held = -1

    cdef int64_t cpu_of(self, const entry_t *entry, const bt_event *event) noexcept nogil:
        """Return the CPU which recorded an event's packet, −1 if the packet context does not tell."""
        cdef const bt_packet *packet
        cdef packet_t *slot
        cdef const bt_field *field
        if entry.cpu == NULL:
            return -1
        packet = bt_event_borrow_packet_const(event)
        slot = &self.packets[packet_slot(packet)]
        if slot.packet != packet:
            field = follow(entry.cpu, bt_packet_borrow_context_field_const(packet))
            slot.cpu = -1 if field == NULL else integer_of(field, entry.cpu.field_class.kind)
            slot.packet = packet
        return slot.cpu

    cdef int bind(self, const bt_event *event, const bt_event_class *event_class,
                  const bt_stream *stream) except -1:
        """Ask the consumer about a class seen for the first time; return its entry."""
        cdef entry_t entry
        cdef entry_t *grown
        described = event_class_of(event_class, self.memo)
        extraction = self.consumer.bind(described, self.stream(bt_event_borrow_stream_const(event)))
        entry.callable, entry.collects, entry.count, entry.cpu = NULL, False, 0, NULL
        entry.pair, entry.both = 0, NULL
        if extraction is not None:
            self.memory.append(extraction)
            self.lower(described, extraction, &entry)
        grown = <entry_t *>realloc(self.entries, (self.entry_count + 1) * sizeof(entry_t))
        if grown == NULL:
            raise MemoryError()
        self.entries = grown
        insert(&self.table, event_class, stream, self.entry_count)
        entry.event_class, entry.stream = event_class, stream
        bt_event_class_get_ref(event_class)
        bt_stream_get_ref(stream)
        self.entries[self.entry_count] = entry
        self.entry_count += 1
        return self.entry_count - 1

    cdef int lower(self, described, extraction, entry_t *entry) except -1:
        """Fill in what an Extraction asks for."""
        cdef int index
        callable_ = extraction.call
        self.memory.append(callable_)
        entry.callable = <PyObject *>callable_
        entry.collects = isinstance(callable_, Columns)
        if extraction.pair is not None:
            entry.pair = self.pairs.setdefault(extraction.pair, len(self.pairs) + 1)
            both = extraction.both
            entry.both = NULL if both is None else <PyObject *>both
        entry.count = <int>len(extraction.paths)
        entry.arguments = <PyObject **>take(self.memory, (2 + entry.count) * sizeof(PyObject *))
        entry.paths = <path_t **>take(self.memory, entry.count * sizeof(path_t *))
        for index in range(entry.count):
            entry.paths[index] = self.lower_one(extraction.paths[index])
        cpu = described.path(Scope.PACKET_CONTEXT, "cpu_id")
        if cpu is not None:
            entry.cpu = self.lower_one(cpu)
            if entry.cpu.field_class.kind > SIGNED:
                entry.cpu = NULL
        return 0

    cdef path_t *lower_one(self, described) except? NULL:
        cdef path_t *path
        if described is None:
            return NULL
        path = <path_t *>take(self.memory, sizeof(path_t))
        lower_path(described, path, self.memory)
        return path

    cdef object stream(self, const bt_stream *stream):
        """Return the description of a stream, which is kept alive from now on."""
        described = self.streams.get(<uintptr_t>stream)
        if described is None:
            described = self.streams[<uintptr_t>stream] = stream_of(stream, self.mip)
            bt_stream_get_ref(stream)
        return described

    cdef int other(self, const bt_message *message) except -1:
        """Handle a message which is not an event."""
        cdef int type = bt_message_get_type(message)
        cdef const bt_packet *packet
        self.release()
        if type == BT_MESSAGE_TYPE_PACKET_BEGINNING:
            # The library recycles packets: what was known of this address is of another one.
            packet = bt_message_packet_beginning_borrow_packet_const(message)
            self.packets[packet_slot(packet)].packet = NULL
            if self.packet_begins is not None:
                self.tell_packet(message, packet, self.packet_begins, True)
        elif type == BT_MESSAGE_TYPE_PACKET_END:
            if self.packet_ends is not None:
                packet = bt_message_packet_end_borrow_packet_const(message)
                self.tell_packet(message, packet, self.packet_ends, False)
        elif type == BT_MESSAGE_TYPE_DISCARDED_EVENTS:
            self.lose_events(message)
        elif type == BT_MESSAGE_TYPE_DISCARDED_PACKETS:
            self.lose_packets(message)
        elif type == BT_MESSAGE_TYPE_MESSAGE_ITERATOR_INACTIVITY:
            self.inactive_ns = snapshot_ns(
                bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(message))
        return 0

    cdef int tell_packet(self, const bt_message *message, const bt_packet *packet, hook, bint begins) except -1:
        """Call a consumer's packet_begins or packet_ends."""
        cdef const bt_stream *stream = bt_packet_borrow_stream_const(packet)
        cdef const bt_stream_class *stream_class = bt_stream_borrow_class_const(stream)
        ns = None
        if begins and bt_stream_class_packets_have_beginning_default_clock_snapshot(stream_class):
            ns = snapshot_ns(bt_message_packet_beginning_borrow_default_clock_snapshot_const(message))
        elif not begins and bt_stream_class_packets_have_end_default_clock_snapshot(stream_class):
            ns = snapshot_ns(bt_message_packet_end_borrow_default_clock_snapshot_const(message))
        if self.holds(ns):
            hook(self.stream(stream), cpu_of_context(bt_packet_borrow_context_field_const(packet)), ns)
        return 0

    cdef int lose_events(self, const bt_message *message) except -1:
        cdef const bt_stream *stream = bt_message_discarded_events_borrow_stream_const(message)
        cdef uint64_t count = 0
        cdef int place
        begin = end = None
        if bt_stream_class_discarded_events_have_default_clock_snapshots(bt_stream_borrow_class_const(stream)):
            begin = snapshot_ns(bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(message))
            end = snapshot_ns(bt_message_discarded_events_borrow_end_default_clock_snapshot_const(message))
        place = self.place(begin, end)
        if place == NOWHERE:
            return 0
        self.discarded_events += place == HERE
        known = bt_message_discarded_events_get_count(message, &count) == BT_PROPERTY_AVAILABILITY_AVAILABLE
        self.consumer.discarded_events(self.stream(stream), begin, end, 0 if place == REACHES else count if known else None)
        return 0

    cdef int lose_packets(self, const bt_message *message) except -1:
        cdef const bt_stream *stream = bt_message_discarded_packets_borrow_stream_const(message)
        cdef uint64_t count = 0
        cdef int place
        begin = end = None
        if bt_stream_class_discarded_packets_have_default_clock_snapshots(bt_stream_borrow_class_const(stream)):
            begin = snapshot_ns(bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(message))
            end = snapshot_ns(bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(message))
        place = self.place(begin, end)
        if place == NOWHERE:
            return 0
        self.discarded_packets += place == HERE
        known = bt_message_discarded_packets_get_count(message, &count) == BT_PROPERTY_AVAILABILITY_AVAILABLE
        self.consumer.discarded_packets(self.stream(stream), begin, end, 0 if place == REACHES else count if known else None)
        return 0


cdef inline bint time_of(const bt_message *message, int64_t *ns) noexcept nogil:
    """Get an event message's time, False without a clock or on overflow."""
    return (bt_message_event_borrow_stream_class_default_clock_class_const(message) != NULL
            and get_snapshot_ns(bt_message_event_borrow_default_clock_snapshot_const(message), ns))


cdef int64_t cpu_of_context(const bt_field *context) noexcept nogil:
    """Return the `cpu_id` member of a packet context, −1 if there is none."""
    cdef const bt_field *member = NULL
    cdef bt_field_class_type type
    if context != NULL:
        member = bt_field_structure_borrow_member_field_by_name_const(context, "cpu_id")
    if member == NULL:
        return -1
    type = bt_field_get_class_type(member)
    if type & BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER == BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER:
        return <int64_t>bt_field_integer_unsigned_get_value(member)
    if type & BT_FIELD_CLASS_TYPE_SIGNED_INTEGER == BT_FIELD_CLASS_TYPE_SIGNED_INTEGER:
        return bt_field_integer_signed_get_value(member)
    return -1


cdef int fill_all(const entry_t *entry, const bt_event *event, bint timed, int64_t ns, int64_t cpu) except -1:
    """Put references to the values of an event into an entry's arguments. What was put there before a failure stays until the entry is
    filled or dropped."""
    cdef int index
    fill(&entry.arguments[0], ns if timed else None)
    fill(&entry.arguments[1], cpu)
    for index in range(entry.count):
        fill(&entry.arguments[2 + index], None if entry.paths[index] == NULL else path_to_object(entry.paths[index], event))
    return 0


cdef inline void drop_all(const entry_t *entry):
    """Drop the references in an entry's arguments."""
    cdef int index
    for index in range(2 + entry.count):
        Py_XDECREF(entry.arguments[index])
        entry.arguments[index] = NULL


cdef inline void fill(PyObject **argument, value):
    """Put a new reference to a value into an argument."""
    cdef PyObject *before = argument[0]
    argument[0] = <PyObject *>value
    Py_INCREF(argument[0])
    Py_XDECREF(before)


cdef inline size_t packet_slot(const bt_packet *packet) noexcept nogil:
    return (<uintptr_t>packet >> 5) % PACKETS
