# cython: boundscheck=False, wraparound=False, cdivision=True
"""What Python holds of the decoder: a reader per data stream class, one per stream; faults as text; the scan of a file's packets.

A reader per class compiles event classes when their first record is met. A reader per stream owns a decode_stream.Iterator.
"""

from libc.stdint cimport int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memcpy, memset

from lttngx.core.native.decode_fields cimport TraceIr
from lttngx.core.native.decode_packets cimport *
from lttngx.core.native.decode_run cimport *
from lttngx.core.native.decode_stream cimport *
from lttngx.core.native.produce cimport *

cdef uint64_t MAX_DENSE = 65536


cdef EventPlan *find_or_add(void *stream_reader, uint64_t event_id) noexcept:
    """Compile an event class on its first record: an iterator's `compile_event`."""
    cdef StreamReader reader = <StreamReader> stream_reader
    cdef ClassReader owner = reader.reader
    try:
        if event_id >= owner.plan.dense:
            if event_id not in owner.sparse and not owner.add_event(event_id):
                fault(&reader.it, FAULT_EVENT_CLASS, event_id)
                return NULL
            return <EventPlan *> <size_t> owner.sparse[event_id]
        if not owner.add_event(event_id):
            fault(&reader.it, FAULT_EVENT_CLASS, event_id)
            return NULL
        return owner.plan.events[event_id]
    except BaseException as error:
        reader.error = error
        fault(&reader.it, FAULT_PYTHON, 0)
        return NULL


cdef inline bint only_aligns(const Operation *op, uint64_t mask) noexcept:
    return op.code == SKIP and op.size == 0 and op.mask <= mask


cdef void find_short_header(ClassPlan *plan) noexcept:
    """Recognise LTTng's event header: [align] id, variant by id whose first option is [align] time."""
    cdef Program *program = &plan.event_header
    cdef Operation *number = &program.operations[1]
    cdef Operation *variant = &program.operations[2]
    cdef Operation *time
    cdef Row *row
    plan.short_header.id_bits = 0
    if program.count < 4 or not only_aligns(&program.operations[0], 7) or variant.code != VARIANT or variant.rows == 0:
        return
    row = &program.table[variant.table]
    time = &program.operations[row.end - 1]
    if row.end - row.begin > 2 or row.end == row.begin or row.end - row.begin == 2 and not only_aligns(time - 1, 7):
        return
    if not (number.role == ROLE_EVENT_CLASS_ID and number.slot >= 0 and number.slot == variant.key and row.lower == 0
            and number.mask <= 7 and time.role == ROLE_CLOCK and time.slot < 0 and number.flags == 0 and time.flags == 0
            and program.operations[0].mask == 7 and variant.next == program.count):
        return
    if (number.code == BYTES and number.size == 16 and time.code == BYTES and time.size == 32 and time.mask <= 7
            or number.code == BITS and number.size == 5 and time.code == BITS and time.size == 27 and time.mask == 0
            and row.end - row.begin == 1):
        plan.short_header.id_bits, plan.short_header.time_bits = number.size, time.size
        plan.short_header.last_id = row.upper
        plan.short_header.slot = number.slot


cdef void free_event(EventPlan *plan) noexcept:
    free_program(&plan.common)
    free_program(&plan.specific)
    free_program(&plan.payload)
    free(plan)


cdef class ClassReader:
    """Programs of a stream class, shared by the iterators on its streams."""

    def __dealloc__(self):
        cdef uint64_t index
        free_program(&self.plan.packet_header)
        free_program(&self.plan.packet_context)
        free_program(&self.plan.event_header)
        for index in range(self.plan.dense):
            if self.plan.events != NULL and self.plan.events[index] != NULL:
                free_event(self.plan.events[index])
        free(self.plan.events)
        for address in (self.sparse or {}).values():
            free_event(<EventPlan *> <size_t> address)

    cdef int add_event(self, uint64_t event_id) except -1:
        """Compile an event class; return 0 if there is none of that ID."""
        cdef EventPlan *plan
        programs = self.programs.event(event_id)
        if programs is None:
            return 0
        plan = <EventPlan *> calloc(1, sizeof(EventPlan))
        if plan == NULL:
            raise MemoryError
        try:
            load_program(&plan.common, programs[0])
            if len(programs) > 1:
                load_program(&plan.specific, programs[1])
                load_program(&plan.payload, programs[2])
                found = self.ir.event_classes[self.blueprint.id, event_id]
                plan.event_class = <bt_event_class *> <size_t> found
                event = next(one for one in self.blueprint.event_classes if one.id == event_id)
                plan.has_common = self.blueprint.common_context is not None
                plan.has_specific = event.specific_context is not None
                plan.has_payload = event.payload is not None
        except BaseException:
            free_event(plan)
            raise
        if event_id < self.plan.dense:
            self.plan.events[event_id] = plan
        else:
            self.sparse[event_id] = <size_t> plan
        return 1


def make_class_reader(TraceIr ir, object blueprint, object programs) -> ClassReader:
    """Make the reader of a stream class. blueprint: StreamClassBlueprint; programs: StreamPrograms."""
    cdef ClassReader reader = ClassReader()
    reader.ir, reader.blueprint, reader.programs, reader.sparse = ir, blueprint, programs, {}
    load_program(&reader.plan.packet_header, programs.packet_header)
    # Without trace IR there are no fields to set: a scan.
    load_program(&reader.plan.packet_context, programs.packet_scan if ir is None else programs.packet_context)
    load_program(&reader.plan.event_header, programs.event_header)
    find_short_header(&reader.plan)
    if ir is not None:
        clock = ir.clock_of.get(blueprint.id, 0)
        reader.plan.clock = <bt_clock_class *> <size_t> clock
    reader.plan.packets_begin = blueprint.packets_begin
    reader.plan.packets_end = blueprint.packets_end
    reader.plan.has_packet_context = blueprint.packet_context is not None
    reader.plan.has_only_event = programs.only_event_id is not None
    reader.plan.only_event_id = programs.only_event_id or 0
    greatest = max((event.id for event in blueprint.event_classes), default=-1)
    reader.plan.dense = min(<uint64_t> (greatest + 1), MAX_DENSE)
    reader.plan.events = <EventPlan **> calloc(reader.plan.dense + 1, sizeof(EventPlan *))
    if reader.plan.events == NULL:
        raise MemoryError
    return reader


def extend_class_reader(ClassReader reader, object blueprint, object programs) -> None:
    """Give a reader the later descriptions of its stream class, which have event classes added."""
    cdef EventPlan **events
    cdef uint64_t greatest = max((event.id for event in blueprint.event_classes), default=0)
    cdef uint64_t dense = min(greatest + 1, MAX_DENSE)
    reader.blueprint, reader.programs = blueprint, programs
    reader.plan.has_only_event = programs.only_event_id is not None
    reader.plan.only_event_id = programs.only_event_id or 0
    if dense > reader.plan.dense:
        events = <EventPlan **> realloc(reader.plan.events, (dense + 1) * sizeof(EventPlan *))
        if events == NULL:
            raise MemoryError
        memset(events + reader.plan.dense, 0, (dense + 1 - reader.plan.dense) * sizeof(EventPlan *))
        reader.plan.events, reader.plan.dense = events, dense


cdef class StreamReader:
    """One pass over a stream: what a message iterator owns."""

    def __dealloc__(self):
        cdef Iterator *it = &self.it
        cdef uint64_t index
        close_packet(it)
        unmap(&it.mapping)
        bt_stream_put_ref(it.stream)
        free(it.decoder.slots)
        free(it.decoder.scratch)
        free(it.packets)
        free(it.files)

    @property
    def clamped(self) -> int:
        """Messages whose time went back."""
        return self.it.clamped

    def set_floor(self, floor: int | None, int first) -> None:
        """Go to the first packet wanted, without anything before `floor` (clock cycles); None: past the end."""
        start(&self.it, first + 1)
        if floor is None:
            self.it.state = ENDED
        else:
            self.it.floor = floor


cdef int append_packets(StreamReader reader, object blueprint, uint64_t slot_count, uint32_t chunk) except -1:
    """Append the packets of a StreamBlueprint, of trace chunk `chunk`, and forget the packets and files which are done with."""
    cdef Iterator *it = &reader.it
    cdef uint64_t left = it.packet_count - it.current
    cdef uint64_t total = 1 + left + len(blueprint.packets)
    cdef uint32_t done = len(reader.paths)
    cdef uint64_t index
    cdef PacketEntry *packets = <PacketEntry *> calloc(total, sizeof(PacketEntry))
    cdef char **files
    cdef uint64_t *slots
    for index in range(it.current, it.packet_count):
        done = min(done, it.packets[index].file)
    paths = reader.paths[done:] + [path.encode("utf-8", "surrogateescape") for path in blueprint.files]
    files = <char **> calloc(len(paths) + 1, sizeof(char *))
    slots = <uint64_t *> realloc(it.decoder.slots, (slot_count + 1) * sizeof(uint64_t))
    if packets == NULL or files == NULL or slots == NULL:
        raise MemoryError
    it.decoder.slots = slots
    for index, path in enumerate(paths):
        files[index] = path
    memcpy(packets + 1, it.packets + it.current, left * sizeof(PacketEntry))
    for index in range(left):
        packets[1 + index].file -= done
    for index, packet in enumerate(blueprint.packets):
        enter(&packets[1 + left + index], packet, &packets[left + index])
        packets[1 + left + index].file += len(paths) - len(blueprint.files)
        packets[1 + left + index].chunk = chunk
    # A packet which is being read keeps its file mapped; any other mapping is given up when the next file is mapped.
    it.mapping.file = it.mapping.file - done if it.mapping.file >= done else -1
    free(it.packets)
    free(it.files)
    it.packets, it.files, it.packet_count, it.current = packets, files, total, 1
    reader.paths = paths
    return 0


cdef void enter(PacketEntry *entry, object packet, const PacketEntry *before):
    """Copy a Packet. before: the entry of the one before it; all 0 without one."""
    entry.file, entry.offset, entry.total = packet.file, packet.offset, packet.total
    entry.end, entry.has_end = packet.end or 0, packet.end is not None
    entry.discarded, entry.has_discarded = packet.discarded or 0, packet.discarded is not None
    entry.sequence, entry.has_sequence = packet.sequence or 0, packet.sequence is not None
    if begun_again(entry.has_sequence, entry.sequence, before.has_sequence, before.sequence):
        return
    if before.has_discarded and (not entry.has_discarded or grown(before.discarded, entry.discarded) == 0):
        entry.discarded, entry.has_discarded = before.discarded, True


cdef StreamReader open_stream(ClassReader reader, object blueprint, uint64_t slot_count, object uuid,
                              bint first_counter_counts):
    """Open a stream. blueprint: StreamBlueprint. uuid: 16 bytes that packet headers must carry, or None."""
    cdef StreamReader result = StreamReader()
    cdef Iterator *it = &result.it
    cdef PacketEntry before
    it.mapping.file = -1
    result.reader, result.blueprint, result.ir = reader, blueprint, reader.ir
    result.paths = [path.encode("utf-8", "surrogateescape") for path in blueprint.files]
    it.plan = &reader.plan
    it.class_id = blueprint.class_id
    it.owner = <void *> result
    it.compile_event = find_or_add
    it.decoder.slots = <uint64_t *> calloc(slot_count + 1, sizeof(uint64_t))
    it.packet_count = 1 + len(blueprint.packets)
    it.packets = <PacketEntry *> calloc(it.packet_count, sizeof(PacketEntry))
    it.files = <char **> calloc(len(result.paths) + 1, sizeof(char *))
    if it.decoder.slots == NULL or it.packets == NULL or it.files == NULL:
        raise MemoryError
    for index in range(len(result.paths)):
        it.files[index] = result.paths[index]
    for packet in blueprint.before:
        before = it.packets[0]
        enter(&it.packets[0], packet, &before)
    for index, packet in enumerate(blueprint.packets):
        enter(&it.packets[index + 1], packet, &it.packets[index])
    if uuid is not None:
        it.decoder.has_uuid = True
        memcpy(it.decoder.uuid, <const char *> uuid, 16)
    it.first_counter_counts = first_counter_counts
    it.end_is_last_event = blueprint.end_is_last_event
    it.begin_is_first_event = blueprint.begin_is_first_event
    return result


cdef void attach(StreamReader reader, bt_self_message_iterator *self_iterator, bt_stream *stream):
    """Give the stream and the message iterator to a reader."""
    reader.it.self = self_iterator
    reader.it.stream = stream
    bt_stream_get_ref(stream)
    rewind(&reader.it)


FAULTS = {
    FAULT_END: "data ends inside a field: wanted-bits={value}",
    FAULT_LEB128: "variable-length integer exceeds 64 bits: tenth-byte={value:#x}, expected at most 1",
    FAULT_LENGTH: "length exceeds the packet's content: length={value}, remaining-bits={rest}",
    FAULT_SELECTOR: "no variant option for selector: selector={value}",
    FAULT_MAGIC: "not a packet: magic={value:#x}, expected 0xc1fc1fc1",
    FAULT_UUID: "packet belongs to another trace: expected metadata stream UUID {uuid}",
    FAULT_BYTE_ORDER: "two adjacent fields which share a byte have different byte orders",
    FAULT_MEMORY: "not enough memory",
    FAULT_TERMINATOR: "string without terminator: searched-bytes={value}",
    FAULT_TOTAL: "bad packet total length: length={value} bits, expected {total}",
    FAULT_CONTENT: "bad packet content length: length={value} bits, expected at least {head} and at most the total length",
    FAULT_STREAM_CLASS: "packet of another data stream class: id={value}, expected {class_id}",
    FAULT_EVENT_CLASS: "no event record class for id: id={value}",
    FAULT_EMPTY_RECORD: "event record without a bit: id={value}",
    FAULT_FILE: "cannot open file",
}


cdef object fault_text(StreamReader reader):
    """Return a fault's message: file, packet offset in bytes, bit position in the packet, what is wrong."""
    cdef Iterator *it = &reader.it
    cdef Decoder *d = &it.decoder
    if d.fault == FAULT_PYTHON:
        error = reader.error
        return f"Cannot compile event record class: stream-class-id={it.class_id}, event-class-id={it.event_id}: {error}"
    entry = it.packets[min(it.current, it.packet_count - 1)]
    text = FAULTS.get(d.fault, "fault {value}").format(
        value=d.fault_value, rest=max(0, <int64_t> (d.end - d.fault_head)), head=d.fault_head, class_id=it.class_id,
        total=entry.total, uuid=bytes(d.uuid[:16]).hex())
    where = f'file="{reader.paths[entry.file].decode("utf-8", "surrogateescape")}", packet-offset={entry.offset}, bit={d.fault_head}'
    return f"Cannot decode packet: {where}: {text}"


def scan_file(ClassReader reader, str path, object uuid, uint64_t slot_count, object readers, object extent=None) -> list:
    """Return the packets of a data stream file, reading headers and contexts only.

    readers: data stream class ID to ClassReader; `reader` decodes the header. extent: only the packets which begin in these bytes
    [begin, end), one of them at begin. Returns rows (offset, total, content, begin, end,
    discarded, sequence, class ID, stream ID), in bytes, bits and clock cycles, None where a packet has no such field; a row
    (offset, text) ends the list where the rest of the file cannot be read.
    """
    cdef Decoder d
    cdef Mapping mapping
    cdef ClassReader current
    cdef uint64_t offset = 0, end, total = 0, class_id
    cdef bytes encoded = path.encode("utf-8", "surrogateescape")
    cdef list rows = []
    memset(&d, 0, sizeof(d))
    memset(&mapping, 0, sizeof(mapping))
    d.slots = <uint64_t *> calloc(slot_count + 1, sizeof(uint64_t))
    if uuid is not None:
        d.has_uuid = True
        memcpy(d.uuid, <const char *> uuid, 16)
    try:
        if map_path(&mapping, encoded) < 0:
            return [(0, "cannot open file")]
        end = mapping.size
        if extent is not None:
            offset, end = extent[0], min(end, <uint64_t> extent[1])
            if offset >= end:
                return [(offset, f"the file ends before it: size={mapping.size}")]
        while offset < end:
            class_id = 0
            status = begin_packet(&d, &reader.plan, mapping.base + offset, 8 * (mapping.size - offset))
            if status == 0:
                if d.present >> ROLE_STREAM_CLASS_ID & 1:
                    class_id = d.roles[ROLE_STREAM_CLASS_ID]
                elif len(readers) == 1:
                    class_id = next(iter(readers))
                current = readers.get(class_id)
                if current is None:
                    rows.append((offset, f"no data stream class for id: bit={d.head}, id={class_id}"))
                    break
                status = run(&d, &current.plan.packet_context, NULL)
            if status == 0:
                status = finish_lengths(&d, &total)
            if status:
                text = FAULTS[d.fault].format(value=d.fault_value, rest=d.end - d.fault_head, head=d.fault_head, class_id=0,
                                              total=f"a multiple of 8, at most {d.end}", uuid=bytes(d.uuid[:16]).hex())
                rows.append((offset, f"bit={d.fault_head}: {text}"))
                break
            rows.append((offset, total, d.end,
                         d.clock if d.present >> ROLE_CLOCK & 1 else None,
                         d.roles[ROLE_END] if d.present >> ROLE_END & 1 else None,
                         d.roles[ROLE_DISCARDED] if d.present >> ROLE_DISCARDED & 1 else None,
                         d.roles[ROLE_SEQUENCE] if d.present >> ROLE_SEQUENCE & 1 else None,
                         class_id,
                         d.roles[ROLE_STREAM_ID] if d.present >> ROLE_STREAM_ID & 1 else None))
            offset += total >> 3
    finally:
        unmap(&mapping)
        free(d.slots)
        free(d.scratch)
    return rows
