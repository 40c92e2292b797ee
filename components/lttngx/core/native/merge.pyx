"""merge: puts the messages of several message iterators in order. The rules are in lttngx.core.merging.

Rule: a message pulled is in the ring of its lane until it is given, so nothing is lost by TryAgain. Keys are computed once,
when a message comes. The heap holds the lanes which have messages, by the key of their first; Python runs once a clock class.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memset

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.batch cimport attach, batch_t, pull, put_rest
from lttngx.core.native.classes cimport stream_of
from lttngx.core.native.clock_map cimport ClockMap
from lttngx.core.native.creation cimport *
from lttngx.core.native.table cimport find, insert
from lttngx.core.native.sources cimport LTTNGX_SOURCES

import bt2

SOURCES = LTTNGX_SOURCES.decode()

cdef enum:
    UNKNOWN = -1, DROPPED = -2


cdef struct shown_t:
    # What a message shows: its stream (NULL: inactivity), its clock class (NULL: none), its clock snapshot (NULL: none).
    const bt_stream *stream
    const bt_clock_class *clock_class
    const bt_clock_snapshot *snapshot


@cython.no_gc_clear
cdef class Merger(Supply):
    """Merges the messages of upstream message iterators: give it to a Rewriter or an Extractor as its upstream.

    inputs: (bt2 message iterator, numbers of the hosts whose messages to take or None for all) of each. order: see
    `merging.Order`. owner: the bt2 user message iterator which this serves. mip: the graph's message interchange protocol
    version. window: greatest distance of keys by which a host of an input waits for the others of it, None without limit.
    tap: called with the address of each message as it comes.
    """

    def __init__(self, inputs, order, *, owner=None, mip=0, window=None, tap=None):
        cdef int index
        self.order, self.mip, self.tap = order, mip, tap
        self.limited, self.window = window is not None, window or 0
        self.upstreams = [upstream for upstream, _ in inputs]
        self.wanted = [hosts for _, hosts in inputs]
        self.maps = []
        self.inputs = <input_t *>malloc((len(inputs) + 1) * sizeof(input_t))
        if self.inputs == NULL:
            raise MemoryError()
        memset(self.inputs, 0, (len(inputs) + 1) * sizeof(input_t))
        self.input_count = <int>len(inputs)
        for index in range(self.input_count):
            attach(&self.inputs[index].batch, self.upstreams[index])
            self.inputs[index].batch.self = NULL if owner is None else <bt_self_message_iterator *><uintptr_t>owner.addr

    def __dealloc__(self):
        cdef int index
        self.forget()
        for index in range(self.input_count):
            free(self.inputs[index].lanes)
        for index in range(self.lane_count):
            free(self.lanes[index].ring)
        if self.clocks.slots != NULL:
            for index in range(<int>self.clocks.mask + 1):
                if self.clocks.slots[index].first != NULL:
                    bt_clock_class_put_ref(<const bt_clock_class *>self.clocks.slots[index].first)
        free(self.clocks.slots)
        free(self.inputs)
        free(self.lanes)
        free(self.heap)
        free(self.clock_hosts)

    @property
    def held(self):
        """The greatest distance of keys over the messages which one host of an input has waiting."""
        cdef int number
        cdef lane_t *lane
        cdef uint64_t greatest = 0
        for number in range(self.lane_count):
            lane = &self.lanes[number]
            if lane.count:
                greatest = max(greatest, lane.last - lane.ring[lane.head].key)
        return greatest

    def hosts(self, int index):
        """Return the numbers of the hosts whose messages an input has given so far."""
        cdef const input_t *source = &self.inputs[index]
        return [place - 1 for place in range(source.hosts) if source.lanes[place] >= 0]

    def spans(self):
        """Return the times of each host's first and last events so far, in ns from its clock's origin, by its number."""
        cdef int index, place
        cdef const lane_t *lane
        found = {}
        for index in range(self.input_count):
            for place in range(1, self.inputs[index].hosts):
                if self.inputs[index].lanes[place] >= 0:
                    lane = &self.lanes[self.inputs[index].lanes[place]]
                    if lane.timed:
                        first_ns, last_ns = found.get(place - 1, (lane.first_ns, lane.last_ns))
                        found[place - 1] = min(first_ns, lane.first_ns), max(last_ns, lane.last_ns)
        return found

    def reset(self):
        """Forget the messages pulled: the upstream message iterators have sought."""
        cdef int index
        self.forget()
        for index in range(self.lane_count):
            self.lanes[index].last, self.lanes[index].late, self.lanes[index].timed = 0, True, False
        for index in range(self.input_count):
            self.inputs[index].ended, self.inputs[index].newest = False, 0

    def gather(self):
        """Take one batch of every input, giving no message. Return whether there may be more.

        Raises bt2.TryAgain if no input had any."""
        cdef int index, taken = 0
        again = False
        for index in range(self.input_count):
            if self.inputs[index].ended:
                continue
            try:
                pull(&self.inputs[index].batch)
            except bt2.TryAgain:
                again = True
                continue
            except bt2.Stop:
                self.inputs[index].ended = True
                continue
            self.route(index)
            taken += 1
        if again and not taken:
            raise bt2.TryAgain
        return taken > 0

    def reorder(self):
        """Compute the keys of all messages which wait again: maps were set anew."""
        cdef int number
        cdef uint64_t place, slot, last
        cdef lane_t *lane
        self.heap_count = 0
        for number in range(self.lane_count):
            lane = &self.lanes[number]
            last = 0
            for place in range(lane.count):
                slot = (lane.head + place) & (lane.size - 1)
                last = lane.ring[slot].key = self.key_of(lane.ring[slot].message, last)
            lane.last = last
            if lane.count:
                self.enter(number)

    cdef int fill(self, batch_t *batch) except -1:
        cdef int index, number
        cdef uint64_t given = 0
        cdef lane_t *lane
        batch.messages = self.out
        for index in range(self.input_count):
            self.feed(index)
        while given < BATCH and self.heap_count:
            number = self.heap[0]
            lane = &self.lanes[number]
            self.out[given] = lane.ring[lane.head].message
            given += 1
            lane.head = (lane.head + 1) & (lane.size - 1)
            lane.count -= 1
            if lane.count == 0:
                self.heap_count -= 1
                self.heap[0] = self.heap[self.heap_count]
            if self.heap_count:
                self.settle(0)
            if lane.count == 0:
                # Counted now: whatever is raised, what was given is the batch's.
                batch.count = given
                try:
                    self.feed(lane.input)
                except bt2.TryAgain:
                    break
        batch.count = given
        if given == 0:
            raise bt2.Stop
        return 0

    cdef int feed(self, int index) except -1:
        """Take messages of an input until none of its hosts is waited for."""
        cdef input_t *source = &self.inputs[index]
        while not source.ended and self.hungry(source):
            if self.limited and self.skip_late(index):
                return 0
            try:
                pull(&source.batch)
            except bt2.Stop:
                source.ended = True
                return 0
            self.route(index)
        return 0

    cdef int skip_late(self, int index) except -1:
        """If the hosts of an input which have messages are too far ahead, wait for the others no longer; return whether so."""
        cdef int number
        cdef uint64_t oldest = <uint64_t>-1
        cdef lane_t *lane
        for number in range(self.lane_count):
            lane = &self.lanes[number]
            if lane.input == index and lane.count:
                oldest = min(oldest, lane.ring[lane.head].key)
        if oldest == <uint64_t>-1 or self.inputs[index].newest - oldest <= self.window:
            return 0
        for number in range(self.lane_count):
            lane = &self.lanes[number]
            if lane.input == index and not lane.count:
                lane.late = True
        return 1

    cdef bint hungry(self, const input_t *source) noexcept nogil:
        """Return whether a host of an input has no message to compare, and is waited for."""
        cdef int place
        cdef bint any = False
        cdef const lane_t *lane
        for place in range(source.hosts):
            if source.lanes[place] >= 0:
                lane = &self.lanes[source.lanes[place]]
                any = any or lane.count > 0
                if not lane.count and not lane.late:
                    return True
        return not any

    cdef int route(self, int index) except -1:
        """Put the messages of an input's batch into its lanes."""
        cdef batch_t *batch = &self.inputs[index].batch
        cdef const bt_message *message
        while batch.position < batch.count:
            message = batch.messages[batch.position]
            if self.tap is not None:
                self.tap(<uintptr_t>message)
            batch.position += 1
            try:
                self.take(index, message)
            except:
                bt_message_put_ref(message)
                raise
        return 0

    cdef int take(self, int index, const bt_message *message) except -1:
        cdef shown_t shown = shown_of(message)
        cdef int number, lane, host = -1
        cdef int64_t ns
        if shown.stream == NULL or shown.clock_class != NULL:
            number = self.clock_number(shown.clock_class, shown.stream)
            if number < 0:
                bt_message_put_ref(message)
                return 0
            host = self.clock_hosts[number]
        elif not self.clockless:
            self.order.host(stream_of(shown.stream, self.mip))
            self.clockless = True
        lane = self.lane_of(index, host)
        if lane < 0:
            bt_message_put_ref(message)
            return 0
        self.push(lane, message, self.key_of(message, self.lanes[lane].last))
        if shown.snapshot != NULL and bt_message_get_type(message) == BT_MESSAGE_TYPE_EVENT and get_snapshot_ns(shown.snapshot, &ns):
            if not self.lanes[lane].timed:
                self.lanes[lane].first_ns, self.lanes[lane].timed = ns, True
            self.lanes[lane].last_ns = ns
        return 0

    cdef int clock_number(self, const bt_clock_class *clock_class, const bt_stream *stream) except -2:
        """Return the number of a clock class, −1 if no stream has shown it."""
        cdef int number
        cdef int *hosts
        if clock_class == self.last_clock:
            return self.last_clock_number
        number = find(&self.clocks, clock_class, NULL)
        if number < 0:
            if stream == NULL:
                return -1
            host, clock_map = self.order.host(stream_of(stream, self.mip))
            number = <int>len(self.maps)
            hosts = <int *>realloc(self.clock_hosts, (number + 1) * sizeof(int))
            if hosts == NULL:
                raise MemoryError()
            self.clock_hosts = hosts
            hosts[number] = host
            self.maps.append(clock_map)
            insert(&self.clocks, clock_class, NULL, number)
            bt_clock_class_get_ref(clock_class)
        self.last_clock, self.last_clock_number = clock_class, number
        return number

    cdef int lane_of(self, int index, int host) except -3:
        """Return the lane of a host of an input, DROPPED if its messages are not wanted."""
        cdef input_t *source = &self.inputs[index]
        cdef int *lanes
        if host + 1 >= source.hosts:
            lanes = <int *>realloc(source.lanes, (host + 2) * sizeof(int))
            if lanes == NULL:
                raise MemoryError()
            source.lanes = lanes
            while source.hosts < host + 2:
                lanes[source.hosts] = UNKNOWN
                source.hosts += 1
        if source.lanes[host + 1] == UNKNOWN:
            wanted = self.wanted[index]
            source.lanes[host + 1] = self.new_lane(index) if wanted is None or host in wanted else DROPPED
        return source.lanes[host + 1]

    cdef int new_lane(self, int index) except -1:
        cdef int number = self.lane_count
        cdef lane_t *lanes = <lane_t *>realloc(self.lanes, (number + 1) * sizeof(lane_t))
        cdef int *heap
        if lanes == NULL:
            raise MemoryError()
        self.lanes = lanes
        heap = <int *>realloc(self.heap, (number + 1) * sizeof(int))
        if heap == NULL:
            raise MemoryError()
        self.heap = heap
        memset(&lanes[number], 0, sizeof(lane_t))
        lanes[number].input = index
        lanes[number].size = 32
        lanes[number].ring = <entry_t *>malloc(32 * sizeof(entry_t))
        if lanes[number].ring == NULL:
            raise MemoryError()
        lanes[number].late = True  # nobody waits for it yet
        self.lane_count += 1
        return number

    cdef uint64_t key_of(self, const bt_message *message, uint64_t last) except? 0:
        cdef shown_t shown = shown_of(message)
        cdef uint64_t key
        if shown.snapshot == NULL:
            return last
        key = (<ClockMap>self.maps[self.clock_number(shown.clock_class, shown.stream)]).map(
            bt_clock_snapshot_get_value(shown.snapshot))
        return max(key, last)

    cdef int push(self, int number, const bt_message *message, uint64_t key) except -1:
        cdef lane_t *lane = &self.lanes[number]
        cdef input_t *source = &self.inputs[lane.input]
        cdef entry_t *ring
        cdef uint64_t place
        if lane.count == lane.size:
            ring = <entry_t *>malloc(2 * lane.size * sizeof(entry_t))
            if ring == NULL:
                raise MemoryError()
            for place in range(lane.count):
                ring[place] = lane.ring[(lane.head + place) & (lane.size - 1)]
            free(lane.ring)
            lane.ring, lane.head, lane.size = ring, 0, 2 * lane.size
        place = (lane.head + lane.count) & (lane.size - 1)
        lane.ring[place].message, lane.ring[place].key = message, key
        lane.count += 1
        lane.last = key
        source.newest = max(source.newest, key)
        lane.late = False
        if lane.count == 1:
            self.enter(number)
        return 0

    cdef void enter(self, int number) noexcept nogil:
        """Put a lane which has got messages into the heap."""
        cdef int place = self.heap_count, parent
        self.heap_count += 1
        self.heap[place] = number
        while place:
            parent = (place - 1) // 2
            if not self.before(self.heap[place], self.heap[parent]):
                break
            self.heap[place], self.heap[parent] = self.heap[parent], self.heap[place]
            place = parent

    cdef void settle(self, int place) noexcept nogil:
        """Move the lane at a place of the heap down to where it belongs."""
        cdef int child
        while True:
            child = 2 * place + 1
            if child >= self.heap_count:
                return
            if child + 1 < self.heap_count and self.before(self.heap[child + 1], self.heap[child]):
                child += 1
            if not self.before(self.heap[child], self.heap[place]):
                return
            self.heap[place], self.heap[child] = self.heap[child], self.heap[place]
            place = child

    cdef bint before(self, int one, int other) noexcept nogil:
        """Return whether the first message of a lane goes before the first of another."""
        cdef const lane_t *left = &self.lanes[one]
        cdef const lane_t *right = &self.lanes[other]
        cdef uint64_t left_key = left.ring[left.head].key, right_key = right.ring[right.head].key
        if left_key != right_key:
            return left_key < right_key
        return left.input < right.input or (left.input == right.input and one < other)

    cdef void forget(self) noexcept:
        """Put all messages which wait."""
        cdef int index
        cdef lane_t *lane
        for index in range(self.lane_count):
            lane = &self.lanes[index]
            while lane.count:
                bt_message_put_ref(lane.ring[lane.head].message)
                lane.head = (lane.head + 1) & (lane.size - 1)
                lane.count -= 1
        for index in range(self.input_count):
            put_rest(&self.inputs[index].batch)
            self.inputs[index].batch.count = self.inputs[index].batch.position = 0
        self.heap_count = 0


cdef shown_t shown_of(const bt_message *message) noexcept nogil:
    """Return the stream, clock class and clock snapshot (of discarded events and packets: their beginning) of a message."""
    cdef shown_t shown
    cdef const bt_stream_class *stream_class
    cdef int type = bt_message_get_type(message)
    shown.snapshot = NULL
    if type == BT_MESSAGE_TYPE_EVENT:
        shown.stream = bt_event_borrow_stream_const(bt_message_event_borrow_event_const(message))
        shown.clock_class = bt_message_event_borrow_stream_class_default_clock_class_const(message)
        if shown.clock_class != NULL:
            shown.snapshot = bt_message_event_borrow_default_clock_snapshot_const(message)
        return shown
    if type == BT_MESSAGE_TYPE_MESSAGE_ITERATOR_INACTIVITY:
        shown.stream = NULL
        shown.snapshot = bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(message)
        shown.clock_class = bt_clock_snapshot_borrow_clock_class_const(shown.snapshot)
        return shown
    shown.stream = stream_shown(message, type)
    stream_class = bt_stream_borrow_class_const(shown.stream)
    shown.clock_class = bt_stream_class_borrow_default_clock_class_const(stream_class)
    if shown.clock_class != NULL:
        shown.snapshot = snapshot_shown(message, type, stream_class)
    return shown


cdef const bt_stream *stream_shown(const bt_message *message, int type) noexcept nogil:
    if type == BT_MESSAGE_TYPE_PACKET_BEGINNING:
        return bt_packet_borrow_stream_const(bt_message_packet_beginning_borrow_packet_const(message))
    if type == BT_MESSAGE_TYPE_PACKET_END:
        return bt_packet_borrow_stream_const(bt_message_packet_end_borrow_packet_const(message))
    if type == BT_MESSAGE_TYPE_STREAM_BEGINNING:
        return bt_message_stream_beginning_borrow_stream_const(message)
    if type == BT_MESSAGE_TYPE_STREAM_END:
        return bt_message_stream_end_borrow_stream_const(message)
    if type == BT_MESSAGE_TYPE_DISCARDED_EVENTS:
        return bt_message_discarded_events_borrow_stream_const(message)
    return bt_message_discarded_packets_borrow_stream_const(message)


cdef const bt_clock_snapshot *snapshot_shown(const bt_message *message, int type, const bt_stream_class *stream_class
                                             ) noexcept nogil:
    """Return the clock snapshot of a message which is about a stream with a clock, NULL if it has none or an unknown one."""
    cdef const bt_clock_snapshot *snapshot = NULL
    if type == BT_MESSAGE_TYPE_PACKET_BEGINNING:
        if bt_stream_class_packets_have_beginning_default_clock_snapshot(stream_class):
            snapshot = bt_message_packet_beginning_borrow_default_clock_snapshot_const(message)
    elif type == BT_MESSAGE_TYPE_PACKET_END:
        if bt_stream_class_packets_have_end_default_clock_snapshot(stream_class):
            snapshot = bt_message_packet_end_borrow_default_clock_snapshot_const(message)
    elif type == BT_MESSAGE_TYPE_STREAM_BEGINNING:
        if bt_message_stream_beginning_borrow_default_clock_snapshot_const(
                message, &snapshot) != BT_MESSAGE_STREAM_CLOCK_SNAPSHOT_STATE_KNOWN:
            snapshot = NULL
    elif type == BT_MESSAGE_TYPE_STREAM_END:
        if bt_message_stream_end_borrow_default_clock_snapshot_const(
                message, &snapshot) != BT_MESSAGE_STREAM_CLOCK_SNAPSHOT_STATE_KNOWN:
            snapshot = NULL
    elif type == BT_MESSAGE_TYPE_DISCARDED_EVENTS:
        if bt_stream_class_discarded_events_have_default_clock_snapshots(stream_class):
            snapshot = bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(message)
    elif bt_stream_class_discarded_packets_have_default_clock_snapshots(stream_class):
        snapshot = bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(message)
    return snapshot
