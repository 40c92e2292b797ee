"""select: keeps or drops event messages by compiled predicates.

Rule: only event messages are ever dropped; every other message is passed on. A class (per stream if the selection asks
for it) is bound once, on first sight; one that is settled costs a table lookup per event.
"""
cimport cython
from libc.stdint cimport uint64_t, uintptr_t
from libc.stdlib cimport free, realloc

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.batch cimport batch_t, pull, put_rest, snapshot_ns
from lttngx.core.native.classes cimport event_class_of, stream_of
from lttngx.core.native.evaluate cimport accepts
from lttngx.core.native.fields cimport take
from lttngx.core.native.lower cimport lower, release
from lttngx.core.native.match cimport forget_tables, take_error
from lttngx.core.native.program cimport program_t
from lttngx.core.native.table cimport find, insert, table_t
from lttngx.core.native.sources cimport LTTNGX_SOURCES

import bt2

SOURCES = LTTNGX_SOURCES.decode()

cdef enum:
    NEVER, ALWAYS, EVALUATE


cdef struct entry_t:
    int verdict
    int count
    program_t **programs   # at least one of which must accept the event
    const bt_event_class *event_class
    const bt_stream *stream


# Breaking a reference cycle must not clear what __dealloc__ needs.
@cython.no_gc_clear
cdef class Selector:
    """Selects the messages of an upstream message iterator.

    upstream: bt2 message iterator. selection: see `predicate.Selection`. keep: False drops the matching events instead of
    the others. mip: the graph's message interchange protocol version. owner: the bt2 user message iterator which this
    serves, whose interruption is then honoured. at_end: called before the end is told.
    events, kept, classes: event messages seen, those passed on, classes (or classes and streams) bound.
    """

    cdef batch_t batch
    cdef object upstream, selection, first_ns, at_end
    cdef bint keep, per_stream, seen
    cdef int mip
    cdef table_t table
    cdef entry_t *entries
    cdef int entry_count
    cdef const bt_event_class *last_class
    cdef int last_entry
    cdef list memory
    cdef dict memo
    cdef readonly uint64_t events, kept

    def __init__(self, upstream, selection, keep=True, *, mip=0, owner=None, at_end=None):
        self.at_end = at_end
        self.upstream, self.selection, self.keep, self.mip = upstream, selection, keep, mip
        self.per_stream = selection.per_stream
        self.batch.upstream = <bt_message_iterator *><uintptr_t>upstream.addr
        self.batch.self = NULL if owner is None else <bt_self_message_iterator *><uintptr_t>owner.addr
        self.memory, self.memo = [], {}

    def __dealloc__(self):
        cdef int index, number
        put_rest(&self.batch)
        for index in range(self.entry_count):
            for number in range(self.entries[index].count):
                release(self.entries[index].programs[number])
            bt_event_class_put_ref(self.entries[index].event_class)
            bt_stream_put_ref(self.entries[index].stream)
        free(self.entries)
        free(self.table.slots)

    @property
    def classes(self):
        return self.entry_count

    def reset(self):
        """Forget the messages pulled and not yet passed on: the upstream message iterator has sought."""
        put_rest(&self.batch)
        self.batch.count = self.batch.position = 0

    def next(self):
        """Return the address of the next message, whose reference is given away.

        Raises bt2.Stop at the end, bt2.TryAgain with nothing lost, bt2._Error for an upstream error."""
        cdef const bt_message *message
        cdef int kept
        while True:
            while self.batch.position < self.batch.count:
                message = self.batch.messages[self.batch.position]
                kept = 1
                if bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT:
                    kept = self.decide(message)
                self.batch.position += 1
                if kept:
                    return <uintptr_t>message
                bt_message_put_ref(message)
            try:
                pull(&self.batch)
            except bt2.Stop:
                if self.at_end is not None:
                    self.at_end()
                raise
            # Other Python code may have run meanwhile.
            forget_tables()

    cdef int decide(self, const bt_message *message) except -1:
        """Return whether an event message is passed on."""
        cdef const bt_event *event = bt_message_event_borrow_event_const(message)
        cdef const bt_event_class *event_class = bt_event_borrow_class_const(event)
        cdef const bt_stream *stream = NULL
        cdef const entry_t *entry
        cdef int index, outcome
        cdef bint matching
        if self.per_stream:
            stream = bt_event_borrow_stream_const(event)
            index = find(&self.table, event_class, stream)
        elif event_class == self.last_class:
            index = self.last_entry
        else:
            index = find(&self.table, event_class, NULL)
        if index < 0:
            index = self.bind(message, event_class, stream)
        self.last_class, self.last_entry = event_class, index
        self.events += 1
        entry = &self.entries[index]
        matching = entry.verdict == ALWAYS
        if entry.verdict == EVALUATE:
            for index in range(entry.count):
                outcome = accepts(entry.programs[index], message)
                if outcome < 0:
                    raise take_error()
                if outcome:
                    matching = True
                    break
        if matching == self.keep:
            self.kept += 1
            return 1
        return 0

    cdef int bind(self, const bt_message *message, const bt_event_class *event_class,
                  const bt_stream *stream) except -1:
        """Ask the selection about a class seen for the first time; return its entry."""
        cdef entry_t entry
        cdef entry_t *grown
        cdef int index
        cdef const bt_stream *first_stream = bt_event_borrow_stream_const(
            bt_message_event_borrow_event_const(message))
        if not self.seen:
            self.first_ns = event_ns(message)
            self.seen = True
        verdict = self.selection.bind(event_class_of(event_class, self.memo), stream_of(first_stream, self.mip),
                                      self.first_ns)
        forget_tables()
        entry.verdict, entry.count, entry.programs = ALWAYS if verdict is True else NEVER, 0, NULL
        if not isinstance(verdict, bool):
            entry.verdict, entry.count = EVALUATE, <int>len(verdict)
            entry.programs = <program_t **>take(self.memory, entry.count * sizeof(program_t *))
            for index in range(entry.count):
                entry.programs[index] = lower(verdict[index], self.memory)
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


cdef object event_ns(const bt_message *message):
    """Return an event message's time in ns from origin, None without a clock or on overflow."""
    if bt_message_event_borrow_stream_class_default_clock_class_const(message) == NULL:
        return None
    return snapshot_ns(bt_message_event_borrow_default_clock_snapshot_const(message))
