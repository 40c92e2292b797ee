"""State of one message iterator over one stream."""

from libc.stdint cimport int64_t, uint32_t, uint64_t, uint8_t

from lttngx.core.native.decode_run cimport Decoder, Fault, Program
from lttngx.core.native.produce cimport *

cdef enum State:
    STREAM_BEGINNING, OPEN_PACKET, DISCARDED_EVENTS, DISCARDED_PACKETS, PACKET_BEGINNING, EVENTS, PACKET_END, STREAM_END, ENDED
    FAILED

# What one step of an iterator gave; STEP_WAIT: more packets must be appended first.
cdef enum Step:
    STEP_MESSAGE, STEP_AGAIN, STEP_WAIT, STEP_END, STEP_FAILED

cdef struct EventPlan:
    bt_event_class *event_class     # NULL: skip such events
    Program common, specific, payload
    bint has_common, has_specific, has_payload

# LTTng's event header in its short form: ID and time in one piece, little-endian, at a byte boundary.
cdef struct ShortHeader:
    uint64_t id_bits, time_bits     # 16 and 32, or 5 and 27; 0: this is no such header
    uint64_t last_id                # greater IDs have the long form
    uint32_t slot

cdef struct ClassPlan:
    bt_clock_class *clock
    bint packets_begin, packets_end, has_packet_context
    Program packet_header, packet_context, event_header
    ShortHeader short_header
    EventPlan **events              # by event class ID where that is below `dense`
    uint64_t dense, only_event_id
    bint has_only_event

cdef struct PacketEntry:
    uint32_t file
    uint32_t chunk                  # serial number of the trace chunk which holds it
    uint64_t offset, total, end, sequence
    uint64_t discarded              # its counter, or a packet's before it which is higher, see `grown`
    bint has_end, has_discarded, has_sequence

cdef struct Mapping:
    const uint8_t *base
    uint64_t size
    int64_t file                    # index of the mapped file, -1: none

cdef struct Iterator:
    Decoder decoder
    ClassPlan *plan
    uint64_t class_id
    bt_self_message_iterator *self
    bt_stream *stream
    bt_packet *packet
    PacketEntry *packets            # the first one is never read: what came before the packets wanted
    char **files
    uint64_t packet_count, current
    bint open_ended                 # more packets may come
    Mapping mapping
    State state
    bint end_is_last_event, begin_is_first_event, first_counter_counts
    uint64_t begin, end             # times of the current packet
    bint has_end
    uint64_t last                   # greatest time so far
    uint64_t previous_end, previous_discarded, previous_sequence
    bint has_previous_end, has_previous_discarded, has_previous_sequence
    uint64_t discarded_events, discarded_packets
    bint count_unknown              # of discarded events
    uint64_t floor                  # nothing before this time is wanted
    uint64_t clamped                # messages whose time went back
    uint64_t event_id, record_head
    uint64_t pending
    void *owner                     # StreamReader
    EventPlan *(*compile_event)(void *owner, uint64_t event_id) noexcept

cdef void close_packet(Iterator *it) noexcept nogil
cdef void start(Iterator *it, uint64_t first) noexcept nogil
cdef void rewind(Iterator *it) noexcept nogil
cdef Step step(Iterator *it, bt_message **message) noexcept nogil
cdef int fill(Iterator *it, bt_message_array_const messages, uint64_t capacity, uint64_t *count) noexcept nogil
