# cython: boundscheck=False, wraparound=False, cdivision=True
"""Opens the packets of a stream: maps its files, reads packet headers and contexts, takes times and counters.

Rules:
- Discarded events lie between the previous packet's end and this packet's end; discarded packets between the previous packet's
  end and this packet's beginning (CTF 2 § discarded event record counter).
- Nothing here needs the interpreter.
"""

from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.string cimport memset

from lttngx.core.native.decode_run cimport *
from lttngx.core.native.decode_stream cimport ClassPlan, Iterator, Mapping, PacketEntry
from lttngx.core.native.produce cimport *

cdef extern from "<fcntl.h>" nogil:
    int open(const char *, int, ...)
    int O_RDONLY, O_CLOEXEC

cdef extern from "<unistd.h>" nogil:
    int close(int)

cdef extern from "<sys/mman.h>" nogil:
    void *mmap(void *, size_t, int, int, int, int64_t)
    int munmap(void *, size_t)
    int madvise(void *, size_t, int)
    int PROT_READ, MAP_PRIVATE, MADV_SEQUENTIAL
    void *MAP_FAILED

cdef extern from "<sys/stat.h>" nogil:
    struct stat_t "stat":
        int64_t st_size
    int fstat(int, stat_t *)


cdef int fault(Iterator *it, Fault what, uint64_t value) noexcept nogil:
    it.decoder.fault = what
    it.decoder.fault_head = it.decoder.head
    it.decoder.fault_value = value
    return -1


# Files ---------------------------------------------------------------------------------------------------------------

cdef void unmap(Mapping *mapping) noexcept nogil:
    if mapping.base != NULL:
        munmap(<void *> mapping.base, mapping.size)
    mapping.base = NULL
    mapping.size = 0
    mapping.file = -1


cdef int map_path(Mapping *mapping, const char *path) noexcept nogil:
    """Map a whole file; an empty file is mapped nowhere."""
    cdef stat_t status
    cdef void *base
    cdef int descriptor = open(path, O_RDONLY | O_CLOEXEC)
    unmap(mapping)
    if descriptor < 0:
        return -1
    if fstat(descriptor, &status) < 0:
        close(descriptor)
        return -1
    if status.st_size > 0:
        base = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        if base == MAP_FAILED:
            close(descriptor)
            return -1
        madvise(base, status.st_size, MADV_SEQUENTIAL)
        mapping.base = <const uint8_t *> base
        mapping.size = status.st_size
    close(descriptor)
    return 0


# Packets -------------------------------------------------------------------------------------------------------------

cdef int begin_packet(Decoder *d, ClassPlan *plan, const uint8_t *base, uint64_t bits) noexcept nogil:
    """Point the decoder at a packet and decode its header."""
    d.base = base
    d.head = 0
    d.end = bits
    d.clock = 0
    d.present = 0
    d.order = 0
    d.fault = NO_FAULT
    return run(d, &plan.packet_header, NULL)


cdef int finish_lengths(Decoder *d, uint64_t *total) noexcept nogil:
    """Take the packet's lengths from its context, each defaulting to the other, both to the rest of the file."""
    cdef uint64_t content
    cdef bint has_total = d.present >> ROLE_TOTAL & 1
    cdef bint has_content = d.present >> ROLE_CONTENT & 1
    total[0] = d.roles[ROLE_TOTAL] if has_total else d.roles[ROLE_CONTENT] if has_content else d.end
    content = d.roles[ROLE_CONTENT] if has_content else total[0]
    d.fault_head = d.head
    d.fault_value = total[0]
    if total[0] > d.end or total[0] & 7 or total[0] < d.head or total[0] == 0:
        d.fault = FAULT_TOTAL
        return -1
    if content > total[0] or content < d.head:
        d.fault = FAULT_CONTENT
        d.fault_value = content
        return -1
    d.end = content
    return 0


# Of all packets of this process so far: what a progress bar shows.
cdef uint64_t opened_bits = 0


def opened_bytes() -> int:
    """Return the size of all packets that were opened in this process so far, in bytes."""
    return opened_bits // 8


cdef int open_packet(Iterator *it) noexcept nogil:
    """Map the current packet and decode its header and context."""
    global opened_bits
    cdef Decoder *d = &it.decoder
    cdef PacketEntry *entry = &it.packets[it.current]
    cdef uint64_t total
    d.head = 0
    if it.mapping.file != entry.file:
        if map_path(&it.mapping, it.files[entry.file]) < 0:
            return fault(it, FAULT_FILE, 0)
        it.mapping.file = entry.file
    if entry.offset >= it.mapping.size:
        return fault(it, FAULT_END, 0)
    if begin_packet(d, it.plan, it.mapping.base + entry.offset, 8 * (it.mapping.size - entry.offset)) < 0:
        return -1
    if d.present >> ROLE_STREAM_CLASS_ID & 1 and d.roles[ROLE_STREAM_CLASS_ID] != it.class_id:
        return fault(it, FAULT_STREAM_CLASS, d.roles[ROLE_STREAM_CLASS_ID])
    it.packet = bt_packet_create(it.stream)
    if it.packet == NULL:
        return fault(it, FAULT_MEMORY, 0)
    if run(d, &it.plan.packet_context,
           bt_packet_borrow_context_field(it.packet) if it.plan.has_packet_context else NULL) < 0:
        return -1
    if finish_lengths(d, &total) < 0:
        return -1
    if total != entry.total:
        return fault(it, FAULT_TOTAL, total)
    opened_bits += total
    return take_times(it)


cdef bint begun_again(bint has_sequence, uint64_t sequence, bint has_before, uint64_t before) noexcept nogil:
    """Whether packet sequence numbers, so also the counters, start anew."""
    return has_sequence and has_before and sequence <= before


cdef uint64_t grown(uint64_t before, uint64_t now) noexcept nogil:
    """Return how much a counter of discarded event records has grown.

    Where writers share a buffer, tracers may deliver a packet behind a later one; that one's counter is lower then, and nothing was
    lost in between. A fall of half a 32-bit counter's range is a wrap: those of 32-bit tracers have the size of their `long`.
    """
    if now >= before:
        return now - before
    if before >> 32 == 0 and before - now >> 31:
        return now + (<uint64_t> 1 << 32) - before
    return 0


cdef void take_discarded(Iterator *it, uint64_t counter) noexcept nogil:
    """Take the packet's counter of discarded event records."""
    if it.has_previous_discarded:
        it.discarded_events = grown(it.previous_discarded, counter)
        if it.discarded_events == 0:
            return
    elif it.first_counter_counts:
        it.discarded_events = counter
        it.count_unknown = True
    it.previous_discarded = counter
    it.has_previous_discarded = True


cdef int take_times(Iterator *it) noexcept nogil:
    """Take the packet's times and counters."""
    cdef Decoder *d = &it.decoder
    cdef bint has_sequence = d.present >> ROLE_SEQUENCE & 1
    it.begin = d.clock
    it.has_end = d.present >> ROLE_END & 1 and not it.end_is_last_event
    it.end = d.roles[ROLE_END]
    if it.has_end and it.end == 0 and it.begin > 0:
        it.has_end = False  # A tracer which crashed leaves 0 (lttng-crash).
    if it.begin_is_first_event and first_event_time(it) < 0:
        return -1
    it.discarded_events = it.discarded_packets = 0
    it.count_unknown = False
    if d.present >> ROLE_DISCARDED & 1:
        if begun_again(has_sequence, d.roles[ROLE_SEQUENCE], it.has_previous_sequence, it.previous_sequence):
            it.previous_discarded = d.roles[ROLE_DISCARDED]
        take_discarded(it, d.roles[ROLE_DISCARDED])
    if has_sequence:
        if it.has_previous_sequence and d.roles[ROLE_SEQUENCE] > it.previous_sequence + 1:
            it.discarded_packets = d.roles[ROLE_SEQUENCE] - it.previous_sequence - 1
        it.previous_sequence = d.roles[ROLE_SEQUENCE]
        it.has_previous_sequence = True
    return 0


cdef int first_event_time(Iterator *it) noexcept nogil:
    """Let a packet begin at its first event where a tracer wrote a later beginning (barectf before 2.3.1)."""
    cdef Decoder *d = &it.decoder
    cdef uint64_t head = d.head, clock = d.clock
    if d.head < d.end:
        if run(d, &it.plan.event_header, NULL) < 0:
            return -1
        it.begin = min(it.begin, d.clock)
    d.head = head
    d.clock = it.begin if d.head < d.end else clock
    d.order = 0
    return 0
