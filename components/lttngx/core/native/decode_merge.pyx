# cython: boundscheck=False, wraparound=False, cdivision=True
"""One message iterator over all streams of a session whose chunks come one after another.

Rules:
- Messages are in the order of time, then of streams as they were first met; a stream's begin at once when it is met, and its end
  is given when no more chunks come.
- A stream without packets left is drained: what others have at its time or later waits for the next chunk, since a rotation
  switches stream by stream. A stream of which the next chunk has nothing is out of the merge until a chunk has something.
- Order thus depends on the chunks alone, never on when they came. So the number of messages delivered is a position: the reader's
  `skip` makes the iterator take up there. Beginnings of streams and of packets which were open are then delivered again.
- A reader which waits tells downstream once how far time has come, by a message iterator inactivity message.

The reader (lttngx.archive.reader.ArchiveReader) is asked with the interpreter; all else runs without it.
"""

from libc.stdint cimport INT64_MIN, int64_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc

from lttngx.core.native.decode_fields cimport TraceIr
from lttngx.core.native.decode_classes import extend_trace_ir, make_trace_ir
from lttngx.core.native.decode_readers cimport ClassReader, StreamReader, append_packets, attach, fault_text, open_stream
from lttngx.core.native.decode_readers import extend_class_reader, make_class_reader
from lttngx.core.native.decode_source cimport cause_of
from lttngx.core.native.decode_stream cimport *
from lttngx.core.native.produce cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

SOURCES = LTTNGX_SOURCES.decode()

# After so many calls in a row without a message, no component on the way to the sink holds one.
cdef uint64_t QUIET_CALLS = 8

cdef enum Polled:
    POLLED_CHUNK, POLLED_NOTHING, POLLED_END, POLLED_ERROR


# The heap: least (time, rank) first ------------------------------------------------------------------------------------

cdef inline bint earlier(const Lane *one, const Lane *other) noexcept nogil:
    return one.key_ns < other.key_ns or one.key_ns == other.key_ns and one.rank < other.rank


cdef void sift_down(Lane **heap, uint64_t size) noexcept nogil:
    """Put the first lane where it belongs."""
    cdef Lane *moved = heap[0]
    cdef uint64_t at = 0, child
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and earlier(heap[child + 1], heap[child]):
            child += 1
        if not earlier(heap[child], moved):
            break
        heap[at] = heap[child]
        at = child
    heap[at] = moved


cdef void sift_up(Lane **heap, uint64_t at) noexcept nogil:
    cdef Lane *moved = heap[at]
    cdef uint64_t parent
    while at:
        parent = (at - 1) >> 1
        if not earlier(moved, heap[parent]):
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = moved


# Lanes -----------------------------------------------------------------------------------------------------------------

cdef void take_time(Lane *lane) noexcept nogil:
    """Take the time of the lane's last message as its key; without a clock, or beyond what ns can tell, it stays."""
    cdef int64_t ns
    if lane.it.plan.clock != NULL and bt_clock_class_cycles_to_ns_from_origin(lane.it.plan.clock, lane.it.last, &ns) == 0:
        lane.key_ns = ns


cdef void advance(Lane *lane) noexcept nogil:
    """Get the lane's next message."""
    cdef Iterator *it = lane.it
    cdef bint begins = it.state == STREAM_BEGINNING
    cdef Step what = step(it, &lane.message)
    if what == STEP_MESSAGE:
        lane.turn = BEGINS if begins else HAS_MESSAGE
        if not begins:
            take_time(lane)
            # A packet's end has gone on to the next packet already.
            lane.chunk = it.packets[it.current - (it.state == OPEN_PACKET)].chunk if it.state != ENDED else lane.chunk
        return
    lane.message = NULL
    lane.turn = INTERRUPTED if what == STEP_AGAIN else FAILING if what == STEP_FAILED else DRAINED


cdef class Merge:
    """The state of one message iterator."""

    def __init__(self, reader, size_t component, size_t self_iterator, int mip, bint first_counter_counts):
        self.reader, self.component, self.mip = reader, component, mip
        self.self = <bt_self_message_iterator *> self_iterator
        self.first_counter_counts = first_counter_counts
        self.traces, self.lanes, self.class_readers, self.readers = {}, {}, {}, []
        self.skip = reader.skip
        self.replaying = self.skip > 0
        self.last_ns = self.told_ns = INT64_MIN

    def __dealloc__(self):
        cdef uint64_t index
        for index in range(self.lane_count):
            if self.all[index].message != NULL:
                bt_message_put_ref(self.all[index].message)
            if self.all[index].opened != NULL:
                bt_message_put_ref(self.all[index].opened)
            free(self.all[index])
        free(self.all)
        free(self.heap)
        free(self.delivered)

    # Chunks --------------------------------------------------------------------------------------------------------

    cdef Lane *add_lane(self, StreamReader reader) except NULL:
        cdef Lane *lane
        cdef Lane **grown
        if self.lane_count == self.capacity:
            self.capacity = 2 * self.capacity + 16
            grown = <Lane **> realloc(self.all, self.capacity * sizeof(Lane *))
            if grown == NULL:
                raise MemoryError
            self.all = grown
            grown = <Lane **> realloc(self.heap, self.capacity * sizeof(Lane *))
            if grown == NULL:
                raise MemoryError
            self.heap = grown
        lane = <Lane *> calloc(1, sizeof(Lane))
        if lane == NULL:
            raise MemoryError
        lane.it, lane.rank, lane.turn, lane.key_ns = &reader.it, self.lane_count, DRAINED, INT64_MIN
        self.all[self.lane_count] = lane
        self.lane_count += 1
        self.readers.append(reader)
        return lane

    cdef int load_trace(self, object trace, uint32_t chunk) except -1:
        """Take up what a chunk adds to a trace (archive.reader.LoadedTrace)."""
        cdef TraceIr ir = self.traces.get(trace.key)
        cdef ClassReader reader
        opened = trace.opened
        if ir is None:
            ir = self.traces[trace.key] = make_trace_ir(self.component, opened.blueprint, self.mip)
        elif trace.grown:
            extend_trace_ir(self.component, ir, opened.blueprint)
        if trace.grown:
            for stream_class in opened.blueprint.stream_classes:
                key = (trace.key, stream_class.id)
                if key in self.class_readers:
                    extend_class_reader(self.class_readers[key], stream_class, opened.classes[stream_class.id])
                else:
                    self.class_readers[key] = make_class_reader(ir, stream_class, opened.classes[stream_class.id])
        for stream in trace.streams:
            reader = self.class_readers[trace.key, stream.blueprint.class_id]
            self.load_stream(ir, reader, opened, stream, chunk)
        return 0

    cdef int load_stream(self, TraceIr ir, ClassReader class_reader, object opened, object stream, uint32_t chunk) except -1:
        """Append the packets of a stream (archive.reader.LoadedStream); a new one begins."""
        cdef StreamReader reader
        cdef bt_stream *made
        cdef Lane *lane
        number = self.lanes.get(stream.key)
        if number is None:
            reader = open_stream(class_reader, stream.blueprint, opened.slot_count, opened.uuid, self.first_counter_counts)
            made = ir.make_stream(stream.blueprint)
            attach(reader, self.self, made)
            bt_stream_put_ref(made)
            reader.it.open_ended = True
            reader.it.packet_count = 1
            self.lanes[stream.key] = self.lane_count
            lane = self.add_lane(reader)
        else:
            reader = self.readers[number]
            lane = self.all[<uint64_t> number]
        append_packets(reader, stream.blueprint, opened.slot_count, chunk)
        if lane.turn == DRAINED:
            # What was lost while the stream had no chunk began before other streams went on: its time is told from here on.
            reader.it.last = max(reader.it.last, <uint64_t> stream.floor)
            reader.it.previous_end = max(reader.it.previous_end, reader.it.last)
            self.enqueue(lane)
        return 0

    cdef void enqueue(self, Lane *lane) noexcept:
        """Put a lane which has something again into the heap."""
        lane.key_ns = max(lane.key_ns, self.last_ns)
        advance(lane)
        lane.queued = True
        self.heap[self.heap_size] = lane
        self.heap_size += 1
        sift_up(self.heap, self.heap_size - 1)

    cdef void dequeue_drained(self) noexcept:
        """Take drained lanes out of the heap: the next chunk tells which of them go on."""
        cdef uint64_t index, kept = 0
        for index in range(self.heap_size):
            if self.heap[index].turn == DRAINED:
                self.heap[index].queued = False
            else:
                self.heap[kept] = self.heap[index]
                kept += 1
                sift_up(self.heap, kept - 1)
        self.heap_size = kept

    cdef uint32_t oldest(self) noexcept nogil:
        """Return the first chunk with messages that are not delivered."""
        cdef uint64_t index
        cdef uint32_t found = self.chunk_count
        for index in range(self.heap_size):
            if self.heap[index].turn != DRAINED and self.heap[index].turn != BEGINS:
                found = min(found, self.heap[index].chunk)
            elif self.heap[index].turn == BEGINS:
                found = min(found, self.heap[index].it.packets[1].chunk)
        return found

    cdef uint64_t delivered_since(self, uint32_t chunk) noexcept nogil:
        cdef uint64_t result = 0
        while chunk < self.chunk_count:
            result += self.delivered[chunk]
            chunk += 1
        return result

    cdef int load(self) except -2:
        """Ask the reader for the next chunk."""
        cdef uint64_t *grown
        chunk = self.reader.poll(self.oldest(), self.total, self.last_ns)
        if chunk is None:
            return POLLED_NOTHING
        if chunk is False:
            self.end_all()
            return POLLED_END
        grown = <uint64_t *> realloc(self.delivered, (self.chunk_count + 1) * sizeof(uint64_t))
        if grown == NULL:
            raise MemoryError
        self.delivered = grown
        self.delivered[self.chunk_count] = 0
        self.chunk_count += 1
        self.dequeue_drained()
        for trace in chunk.traces:
            self.load_trace(trace, chunk.serial)
        return POLLED_CHUNK

    cdef int end_all(self) except -1:
        """Let every stream end behind its last packet."""
        cdef uint64_t index
        self.ended = True
        self.dequeue_drained()
        for index in range(self.lane_count):
            self.all[index].it.open_ended = False
            if not self.all[index].queued:
                self.enqueue(self.all[index])
        return 0

    cdef int poll(self) noexcept nogil:
        """As `load`, with an exception kept for the error cause."""
        with gil:
            try:
                return self.load()
            except BaseException as error:
                self.error = error
                return POLLED_ERROR

    # Messages ------------------------------------------------------------------------------------------------------

    cdef bint deliver(self, Lane *lane, bt_message **message) noexcept nogil:
        """Take the first lane's message; return whether it is to be given (it is not when it was before)."""
        cdef bt_message *found = lane.message
        cdef bint counts = lane.turn == HAS_MESSAGE and lane.it.state != ENDED
        cdef int64_t key_ns = lane.key_ns
        lane.message = NULL
        if counts:
            self.last_ns = max(self.last_ns, key_ns)
            self.delivered[lane.chunk] += 1
            self.total += 1
        advance(lane)
        if lane.turn == DRAINED and lane.it.state == ENDED:
            lane.queued = False
            self.heap_size -= 1
            self.heap[0] = self.heap[self.heap_size]
        if self.heap_size:
            sift_down(self.heap, self.heap_size)
        if counts and self.skip:
            self.replay(lane, found, key_ns)
            return False
        message[0] = found
        return True

    cdef void replay(self, Lane *lane, bt_message *message, int64_t key_ns) noexcept nogil:
        """Drop a message which was delivered before; the beginning of a packet is kept while the packet is open."""
        cdef int kind = bt_message_get_type(message)
        self.skip -= 1
        if kind == BT_MESSAGE_TYPE_PACKET_END and lane.opened != NULL:
            bt_message_put_ref(lane.opened)
            lane.opened = NULL
        if kind == BT_MESSAGE_TYPE_PACKET_BEGINNING:
            lane.opened, lane.opened_ns = message, key_ns
        else:
            bt_message_put_ref(message)

    cdef bt_message *next_opened(self) noexcept nogil:
        """Return the earliest beginning of an open packet, NULL if all are delivered."""
        cdef uint64_t index
        cdef bt_message *message
        cdef Lane *found = NULL
        for index in range(self.lane_count):
            if self.all[index].opened != NULL and (found == NULL or self.all[index].opened_ns < found.opened_ns):
                found = self.all[index]
        if found == NULL:
            return NULL
        message, found.opened = found.opened, NULL
        return message

    cdef bt_message *inactivity(self) noexcept nogil:
        """Return a message which tells how far time has come while nothing is there, NULL if it was told."""
        cdef Lane *lane = self.heap[0] if self.heap_size else NULL
        if lane == NULL or self.replaying or lane.it.plan.clock == NULL or lane.key_ns <= max(self.told_ns, self.last_ns):
            return NULL
        self.told_ns = lane.key_ns
        return bt_message_message_iterator_inactivity_create(self.self, lane.it.plan.clock, lane.it.last)

    cdef int next(self, bt_message **message) noexcept nogil:
        """Find the next message; return OK, AGAIN, END or ERROR."""
        cdef Lane *lane
        cdef int polled
        while True:
            if self.failed:
                return ERROR
            if self.replaying and not self.skip:
                message[0] = self.next_opened()
                if message[0] != NULL:
                    return OK
                self.replaying = False
            lane = self.heap[0] if self.heap_size else NULL
            if lane == NULL and self.ended:
                return END
            if lane == NULL or lane.turn == DRAINED:
                polled = self.poll()
                if polled == POLLED_NOTHING:
                    message[0] = self.inactivity()
                    return AGAIN if message[0] == NULL else OK
                if polled == POLLED_ERROR:
                    self.failed = True
            elif lane.turn == FAILING:
                return ERROR
            elif lane.turn == INTERRUPTED:
                advance(lane)
                sift_down(self.heap, self.heap_size)
                if lane.turn == INTERRUPTED:
                    return AGAIN
            elif self.deliver(lane, message):
                return OK

    cdef int fill(self, bt_message_array_const messages, uint64_t capacity, uint64_t *count) noexcept nogil:
        """Fill a batch; return a status of the next method. A fault or the end waits until a call has nothing to give."""
        cdef uint64_t have = 0
        cdef int status = OK
        if self.waits == QUIET_CALLS and self.settle() == ERROR:
            return ERROR
        while have < capacity:
            status = self.next(<bt_message **> &messages[have])
            if status != OK:
                break
            have += 1
        count[0] = have
        self.waits = 0 if have else self.waits + 1
        if have:
            return OK
        self.finished = self.finished or status == END
        return status

    cdef int settle(self) noexcept nogil:
        """Let the reader note the position: everything delivered was consumed."""
        cdef uint32_t oldest = self.oldest()
        if self.replaying:
            return OK
        with gil:
            try:
                self.reader.settle(oldest, self.delivered_since(oldest))
                return OK
            except BaseException as error:
                self.error = error
                return ERROR

    cdef bytes cause(self):
        """Return the text of what went wrong."""
        cdef uint64_t index
        if self.error is not None:
            return str(self.error).encode("utf-8", "replace") if isinstance(self.error, OSError) else cause_of(self.error)
        for index in range(self.lane_count):
            if self.all[index].turn == FAILING:
                return fault_text(self.readers[index]).encode("utf-8", "replace")
        return b"not enough memory"

    cdef uint64_t clamped(self):
        """Return how many messages' time went back."""
        cdef uint64_t index, result = 0
        for index in range(self.lane_count):
            result += self.all[index].it.clamped
        return result

    cdef int close(self) except -1:
        """Let go of the chunks; if all was delivered, the reader notes that."""
        if self.finished:
            self.reader.finish()
        self.reader.close()
        return 0
