# cython: boundscheck=False, wraparound=False, cdivision=True
"""Turns a stream's packets into messages, in batches.

Rules:
- Messages of a stream: beginning; per packet: discarded events, discarded packets, packet beginning, events, packet end; end.
- Time never goes back: a smaller time is replaced by the greatest so far and counted.
- After a fault, the messages made so far are delivered first; the fault is reported by the next call.
- Everything hot runs without the interpreter; an event class is compiled when its first record is met.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset, strdup

from lttngx.core.native.decode_bits cimport read_bytes
from lttngx.core.native.decode_packets cimport fault, map_path, open_packet, take_times, unmap
from lttngx.core.native.decode_run cimport *
from lttngx.core.native.produce cimport *

cdef uint64_t RECORDS_PER_CHECK = 65536


cdef uint64_t forward(Iterator *it, uint64_t time) noexcept nogil:
    """Return a time that does not go back, counting those which did."""
    if time < it.last:
        it.clamped += 1
        return it.last
    it.last = time
    return time


# Messages ------------------------------------------------------------------------------------------------------------

cdef bt_message *packet_beginning(Iterator *it) noexcept nogil:
    if it.plan.clock != NULL and it.plan.packets_begin:
        return bt_message_packet_beginning_create_with_default_clock_snapshot(
            it.self, it.packet, forward(it, max(it.begin, it.floor)))
    return bt_message_packet_beginning_create(it.self, it.packet)


cdef bt_message *packet_end(Iterator *it) noexcept nogil:
    cdef uint64_t time
    if it.plan.clock != NULL and it.plan.packets_end:
        time = forward(it, max(it.end, it.floor) if it.has_end else it.last)
        it.previous_end = time
        it.has_previous_end = True
        return bt_message_packet_end_create_with_default_clock_snapshot(it.self, it.packet, time)
    return bt_message_packet_end_create(it.self, it.packet)


cdef bt_message *discarded_events(Iterator *it) noexcept nogil:
    cdef bt_message *message
    cdef uint64_t begin, end
    if it.plan.clock != NULL and it.plan.packets_begin and it.plan.packets_end:
        begin = forward(it, max(it.previous_end if it.has_previous_end else it.begin, it.floor))
        end = it.end if it.has_end else it.begin
        message = bt_message_discarded_events_create_with_default_clock_snapshots(it.self, it.stream, begin, max(begin, end))
    else:
        message = bt_message_discarded_events_create(it.self, it.stream)
    if message != NULL and not it.count_unknown:
        bt_message_discarded_events_set_count(message, it.discarded_events)
    return message


cdef bt_message *discarded_packets(Iterator *it) noexcept nogil:
    cdef bt_message *message
    cdef uint64_t begin
    if it.plan.clock != NULL and it.plan.packets_begin and it.plan.packets_end:
        begin = forward(it, max(it.previous_end if it.has_previous_end else it.begin, it.floor))
        message = bt_message_discarded_packets_create_with_default_clock_snapshots(
            it.self, it.stream, begin, max(begin, it.begin))
    else:
        message = bt_message_discarded_packets_create(it.self, it.stream)
    if message != NULL:
        bt_message_discarded_packets_set_count(message, it.discarded_packets)
    return message


cdef EventPlan *new_plan(Iterator *it, uint64_t event_id) noexcept nogil:
    """Compile an event class on its first record; NULL with a fault if there is no such class."""
    cdef EventPlan *plan = NULL
    with gil:
        plan = it.compile_event(it.owner, event_id)
    return plan


cdef inline bint read_short_header(Decoder *d, const ShortHeader *short, uint64_t *event_id) noexcept nogil:
    """Decode a short header; return 0, with nothing changed, if it is not one."""
    cdef uint64_t head = (d.head + 7) & ~<uint64_t> 7
    cdef uint64_t bits = short.id_bits + short.time_bits
    cdef uint64_t time, mask
    cdef const uint8_t *at = d.base + (head >> 3)
    if head + bits > d.end:
        return False
    if short.id_bits == 16:
        event_id[0] = read_bytes(at, 16, False)
        time = read_bytes(at + 2, 32, False)
    else:
        time = read_bytes(at, 32, False)
        event_id[0] = time & 31
        time >>= 5
    if event_id[0] > short.last_id:
        return False
    mask = (<uint64_t> 1 << short.time_bits) - 1
    if time < d.clock & mask:
        d.clock += mask + 1
    d.clock = d.clock & ~mask | time
    d.slots[short.slot] = event_id[0]
    d.head = head + bits
    d.order = 0
    return True


cdef inline EventPlan *event_plan(Iterator *it) noexcept nogil:
    """Decode an event record's header and return its class's plan."""
    cdef Decoder *d = &it.decoder
    cdef uint64_t event_id = 0
    cdef EventPlan *plan
    it.record_head = d.head
    if it.plan.short_header.id_bits and read_short_header(d, &it.plan.short_header, &event_id):
        it.event_id = event_id
        plan = it.plan.events[event_id] if event_id < it.plan.dense else NULL
        return plan if plan != NULL else new_plan(it, event_id)
    d.present &= ~(<uint32_t> 1 << ROLE_EVENT_CLASS_ID)
    if run(d, &it.plan.event_header, NULL) < 0:
        return NULL
    if d.present >> ROLE_EVENT_CLASS_ID & 1:
        event_id = d.roles[ROLE_EVENT_CLASS_ID]
    else:
        event_id = it.plan.only_event_id if it.plan.has_only_event else 0
    it.event_id = event_id
    if event_id < it.plan.dense:
        plan = it.plan.events[event_id]
        if plan != NULL:
            return plan
    return new_plan(it, event_id)


cdef int skip_event(Iterator *it, EventPlan *plan) noexcept nogil:
    if run(&it.decoder, &plan.common, NULL) < 0:
        return -1
    if it.decoder.head == it.record_head:
        return fault(it, FAULT_EMPTY_RECORD, 0)
    return 0


cdef int decode_fields(Iterator *it, EventPlan *plan, bt_event *event) noexcept nogil:
    cdef Decoder *d = &it.decoder
    if plan.common.count and run(
            d, &plan.common, bt_event_borrow_common_context_field(event) if plan.has_common else NULL) < 0:
        return -1
    if plan.specific.count and run(
            d, &plan.specific, bt_event_borrow_specific_context_field(event) if plan.has_specific else NULL) < 0:
        return -1
    if plan.payload.count and run(
            d, &plan.payload, bt_event_borrow_payload_field(event) if plan.has_payload else NULL) < 0:
        return -1
    if d.head == it.record_head:
        return fault(it, FAULT_EMPTY_RECORD, 0)
    return 0


cdef bt_message *next_event(Iterator *it) noexcept nogil:
    """Return the next wanted event's message; NULL at the packet's content end, with a fault, or when `pending` is used up."""
    cdef Decoder *d = &it.decoder
    cdef EventPlan *plan
    cdef bt_message *message
    it.pending = RECORDS_PER_CHECK
    while d.head < d.end:
        if it.pending == 0:
            return NULL
        plan = event_plan(it)
        if plan == NULL:
            return NULL
        if plan.event_class != NULL and d.clock >= it.floor:
            if it.plan.clock != NULL:
                message = bt_message_event_create_with_packet_and_default_clock_snapshot(
                    it.self, plan.event_class, it.packet, forward(it, d.clock))
            else:
                message = bt_message_event_create_with_packet(it.self, plan.event_class, it.packet)
            if message == NULL:
                fault(it, FAULT_MEMORY, 0)
                return NULL
            if decode_fields(it, plan, bt_message_event_borrow_event(message)) < 0:
                bt_message_put_ref(message)
                return NULL
            return message
        if plan.event_class == NULL:
            if skip_event(it, plan) < 0:
                return NULL
        elif drop_event(it, plan) < 0:
            return NULL
        if d.clock > it.last:
            it.last = d.clock
        it.pending -= 1
    return NULL


cdef int drop_event(Iterator *it, EventPlan *plan) noexcept nogil:
    """Decode an event before the floor into a message that nobody sees."""
    cdef bt_message *message
    if it.plan.clock != NULL:
        message = bt_message_event_create_with_packet_and_default_clock_snapshot(
            it.self, plan.event_class, it.packet, it.decoder.clock)
    else:
        message = bt_message_event_create_with_packet(it.self, plan.event_class, it.packet)
    if message == NULL:
        return fault(it, FAULT_MEMORY, 0)
    cdef int status = decode_fields(it, plan, bt_message_event_borrow_event(message))
    bt_message_put_ref(message)
    return status


# The state machine -----------------------------------------------------------------------------------------------------

cdef void close_packet(Iterator *it) noexcept nogil:
    if it.packet != NULL:
        bt_packet_put_ref(it.packet)
    it.packet = NULL


cdef Step give(Iterator *it, bt_message *made, bt_message **message) noexcept nogil:
    if made == NULL:
        if it.decoder.fault == NO_FAULT:
            fault(it, FAULT_MEMORY, 0)
        it.state = FAILED
        return STEP_FAILED
    message[0] = made
    return STEP_MESSAGE


cdef Step step(Iterator *it, bt_message **message) noexcept nogil:
    """Do the next step. In the order of states; a state without a message goes on to the next."""
    cdef bt_message *made
    while True:
        if it.state == EVENTS:
            made = next_event(it)
            if made != NULL:
                message[0] = made
                return STEP_MESSAGE
            if it.decoder.fault != NO_FAULT:
                it.state = FAILED
            elif it.decoder.head >= it.decoder.end:
                it.state = PACKET_END
            elif bt_self_message_iterator_is_interrupted(it.self):
                return STEP_AGAIN
        elif it.state == PACKET_END:
            made = packet_end(it)
            close_packet(it)
            it.current += 1
            it.state = OPEN_PACKET
            return give(it, made, message)
        elif it.state == OPEN_PACKET:
            if it.current == it.packet_count:
                if it.open_ended:
                    return STEP_WAIT
                it.state = STREAM_END
            elif open_packet(it) < 0:
                it.state = FAILED
            else:
                it.state = DISCARDED_EVENTS
        elif it.state == DISCARDED_EVENTS:
            it.state = DISCARDED_PACKETS
            if it.discarded_events:
                return give(it, discarded_events(it), message)
        elif it.state == DISCARDED_PACKETS:
            it.state = PACKET_BEGINNING
            if it.discarded_packets:
                return give(it, discarded_packets(it), message)
        elif it.state == PACKET_BEGINNING:
            it.state = EVENTS
            return give(it, packet_beginning(it), message)
        elif it.state == STREAM_BEGINNING:
            it.state = OPEN_PACKET
            return give(it, bt_message_stream_beginning_create(it.self, it.stream), message)
        elif it.state == STREAM_END:
            it.state = ENDED
            unmap(&it.mapping)
            return give(it, bt_message_stream_end_create(it.self, it.stream), message)
        else:
            return STEP_END if it.state == ENDED else STEP_FAILED


cdef int fill(Iterator *it, bt_message_array_const messages, uint64_t capacity, uint64_t *count) noexcept nogil:
    """Fill a batch; return a status of the next method. A fault or the end waits until a call has nothing to give."""
    cdef uint64_t have = 0
    cdef Step what = STEP_MESSAGE
    while have < capacity:
        what = step(it, <bt_message **> &messages[have])
        if what != STEP_MESSAGE:
            break
        have += 1
    count[0] = have
    if have or what == STEP_MESSAGE:
        return OK
    return AGAIN if what == STEP_AGAIN else END if what == STEP_END else ERROR


cdef void rewind(Iterator *it) noexcept nogil:
    """Go back to the stream's beginning."""
    start(it, 1)


cdef void start(Iterator *it, uint64_t first) noexcept nogil:
    """Go to the packet of index `first`; counters and times go on from the packet before it."""
    cdef PacketEntry *before = &it.packets[first - 1]
    close_packet(it)
    it.state = STREAM_BEGINNING
    it.current = first
    it.last = it.floor = 0
    it.previous_end, it.has_previous_end = before.end, before.has_end
    it.previous_discarded, it.has_previous_discarded = before.discarded, before.has_discarded
    it.previous_sequence, it.has_previous_sequence = before.sequence, before.has_sequence
    it.decoder.fault = NO_FAULT
