# cython: boundscheck=False, wraparound=False, cdivision=True
"""Executes decoding operations on a packet's bytes: the one place which reads them.

Rules: the head never passes `end`; a length is compared with what remains before anything is allocated or looped over; a failed
operation leaves a fault with the bit where its field begins, and returns -1.
"""

from libc.math cimport ldexp, INFINITY, NAN
from libc.stdint cimport int64_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, realloc
from libc.string cimport memchr, memcmp, memcpy

from lttngx.core.native.decode_bits cimport extend_sign, read_big, read_bytes, read_little, reverse_bits
from lttngx.core.native.decode_text cimport to_utf8
from lttngx.core.native cimport mip1
from lttngx.core.native.produce cimport *

# Elements without a bit cost no data but memory and time: more of them is no honest trace.
cdef enum:
    MAX_EMPTY_ELEMENTS = 65536

cdef uint64_t MAGIC = 0xC1FC1FC1


cdef inline int fail(Decoder *d, Fault fault, uint64_t value) noexcept nogil:
    d.fault = fault
    d.fault_head = d.head
    d.fault_value = value
    return -1


cdef inline int align(Decoder *d, uint64_t mask) noexcept nogil:
    cdef uint64_t head = (d.head + mask) & ~mask
    if head > d.end:
        return fail(d, FAULT_END, head - d.head)
    d.head = head
    return 0


cdef inline bt_field *borrow(const Operation *op, bt_field *parent, uint64_t element) noexcept nogil:
    """Return the field which an operation sets."""
    if op.target == MEMBER:
        return bt_field_structure_borrow_member_field_by_index(parent, op.index)
    if op.target == ELEMENT:
        return bt_field_array_borrow_element_field_by_index(parent, element)
    if op.target == CONTENT:
        return bt_field_option_borrow_field(parent)
    return bt_field_variant_borrow_selected_option_field(parent)


cdef inline double half_to_double(uint64_t bits) noexcept nogil:
    """Return the value of an IEEE 754 binary16 number."""
    cdef int exponent = bits >> 10 & 0x1F
    cdef double fraction = <double> (bits & 0x3FF)
    cdef double size
    if exponent == 0x1F:
        size = NAN if fraction != 0 else INFINITY
    elif exponent == 0:
        size = ldexp(fraction, -24)
    else:
        size = ldexp(fraction + 1024, exponent - 25)
    return -size if bits & 0x8000 else size


cdef inline void set_integer(const Operation *op, bt_field *field, uint64_t value) noexcept nogil:
    """Set the field of a plain operation."""
    if op.set == SET_SIGNED:
        bt_field_integer_signed_set_value(field, <int64_t> extend_sign(value, op.size))
    else:
        bt_field_integer_unsigned_set_value(field, value)


cdef inline void set_number(const Operation *op, bt_field *field, uint64_t value) noexcept nogil:
    cdef uint32_t single_bits = <uint32_t> value
    cdef float single
    cdef double number
    if op.set == SET_UNSIGNED:
        bt_field_integer_unsigned_set_value(field, value)
    elif op.set == SET_SIGNED:
        bt_field_integer_signed_set_value(field, <int64_t> value)
    elif op.set == SET_DOUBLE:
        memcpy(&number, &value, 8)
        bt_field_real_double_precision_set_value(field, number)
    elif op.set == SET_SINGLE:
        memcpy(&single, &single_bits, 4)
        bt_field_real_single_precision_set_value(field, single)
    elif op.set == SET_BOOL:
        bt_field_bool_set_value(field, value != 0)
    elif op.set == SET_BIT_ARRAY:
        bt_field_bit_array_set_value_as_integer(field, value)
    else:
        bt_field_real_single_precision_set_value(field, <float> half_to_double(value))


cdef int play(Decoder *d, int role) noexcept nogil:
    """Let the last number play its role."""
    cdef uint64_t value = d.value
    cdef uint64_t mask
    if role == ROLE_CLOCK:
        if d.width < 64:
            # The clock's value is the least one not before the last, with these low-order bits.
            mask = (<uint64_t> 1 << d.width) - 1
            if value < d.clock & mask:
                d.clock += mask + 1
            d.clock = d.clock & ~mask | value
        else:
            d.clock = value
    elif role == ROLE_MAGIC and value != MAGIC:
        return fail(d, FAULT_MAGIC, value)
    d.roles[role] = value
    d.present |= <uint32_t> 1 << role
    return 0


cdef inline int finish_number(Decoder *d, const Operation *op, bt_field *parent, uint64_t element) noexcept nogil:
    if op.slot >= 0:
        d.slots[op.slot] = d.value
    if op.target != NONE:
        set_number(op, borrow(op, parent, element), d.value)
    if op.role != NO_ROLE:
        return play(d, op.role)
    return 0


cdef int read_bits(Decoder *d, const Operation *op) noexcept nogil:
    """Read a fixed-length number at any bit. A byte shared by two fields has one byte order."""
    cdef int order = 2 if op.flags & BIG else 1
    cdef uint64_t value
    if d.head & 7 and d.order and d.order != order:
        return fail(d, FAULT_BYTE_ORDER, 0)
    value = (read_big if op.flags & BIG else read_little)(d.base, d.head, op.size)
    if op.flags & REVERSED:
        value = reverse_bits(value, op.size)
    d.value = extend_sign(value, op.size) if op.flags & SIGNED else value
    d.width = op.size
    d.order = order
    d.head += op.size
    return 0


cdef int read_leb128(Decoder *d, bint signed) noexcept nogil:
    """Read a LEB128 number of at most 64 bits: the tenth byte only repeats the sign."""
    cdef const uint8_t *at = d.base + (d.head >> 3)
    cdef uint64_t have = (d.end - d.head) >> 3
    cdef uint64_t value = 0
    cdef uint64_t count = 0
    cdef uint8_t byte
    while True:
        if count == have:
            return fail(d, FAULT_END, 8 * (count + 1))
        byte = at[count]
        if count == 9 and (byte != 0 and byte != 0x7F if signed else byte > 1):
            return fail(d, FAULT_LEB128, byte)
        value |= <uint64_t> (byte & 0x7F) << 7 * count
        count += 1
        if not byte & 0x80:
            break
    if signed and count < 10:
        value = extend_sign(value, 7 * count)
    d.value = value
    d.width = 7 * count if count < 10 else 64
    d.head += 8 * count
    return 0


cdef int put_text(Decoder *d, const Operation *op, bt_field *field, const uint8_t *text, uint64_t size) noexcept nogil:
    """Set a string field; it is made empty by value, because clearing alone leaves the former text behind a length of 0."""
    cdef uint64_t unit = 2 if op.flags & UNIT_16 else 4
    cdef char *grown
    cdef const char *from_ = <const char *> text
    cdef const void *nul
    if op.flags & (UNIT_16 | UNIT_32):
        if d.scratch_size < 2 * size + 4:
            grown = <char *> realloc(d.scratch, 2 * size + 4)
            if grown == NULL:
                return fail(d, FAULT_MEMORY, 2 * size + 4)
            d.scratch = grown
            d.scratch_size = 2 * size + 4
        size = to_utf8(text, size, unit, op.flags & BIG, d.scratch)
        from_ = d.scratch
    elif op.code != STRING_NULL and size:
        nul = memchr(text, 0, size)
        if nul != NULL:
            size = <const uint8_t *> nul - text
    if size == 0:
        return fail(d, FAULT_MEMORY, 1) if bt_field_string_set_value(field, b"") else 0
    bt_field_string_clear(field)
    return fail(d, FAULT_MEMORY, size) if bt_field_string_append_with_length(field, from_, size) else 0


cdef int terminated_size(Decoder *d, const Operation *op, uint64_t *size) noexcept nogil:
    """Find the size in bytes of a null-terminated string without its terminator."""
    cdef const uint8_t *at = d.base + (d.head >> 3)
    cdef uint64_t have = (d.end - d.head) >> 3
    cdef uint64_t unit = 2 if op.flags & UNIT_16 else 4 if op.flags & UNIT_32 else 1
    cdef uint64_t here = 0
    cdef const void *nul
    if unit == 1:
        nul = memchr(at, 0, have) if have else NULL
        if nul == NULL:
            return fail(d, FAULT_TERMINATOR, have)
        size[0] = <const uint8_t *> nul - at
        return 0
    while here + unit <= have:
        if at[here] == 0 and at[here + 1] == 0 and (unit == 2 or at[here + 2] == 0 and at[here + 3] == 0):
            size[0] = here
            return 0
        here += unit
    return fail(d, FAULT_TERMINATOR, have)


cdef int read_string(Decoder *d, const Operation *op, bt_field *parent, uint64_t element) noexcept nogil:
    cdef uint64_t size = op.size
    cdef uint64_t tail = 0
    cdef const uint8_t *text = d.base + (d.head >> 3)
    if op.code == STRING_NULL:
        if terminated_size(d, op, &size) < 0:
            return -1
        tail = 2 if op.flags & UNIT_16 else 4 if op.flags & UNIT_32 else 1
    else:
        if op.code == STRING_DYNAMIC:
            size = d.slots[op.key]
        if size > (d.end - d.head) >> 3:
            return fail(d, FAULT_LENGTH, size)
    if op.target != NONE and put_text(d, op, borrow(op, parent, element), text, size) < 0:
        return -1
    d.head += 8 * (size + tail)
    return 0


cdef int put_bytes(Decoder *d, const Operation *op, bt_field *field, uint64_t size) noexcept nogil:
    """Set a BLOB field."""
    cdef const uint8_t *data = d.base + (d.head >> 3)
    cdef uint64_t index
    if not op.flags & BYTE_ARRAY:
        if op.code == BLOB_DYNAMIC and mip1.blob_set_length(field, size):
            return fail(d, FAULT_MEMORY, size)
        if size:
            memcpy(mip1.blob_data(field), data, size)
        return 0
    if op.code == BLOB_DYNAMIC and bt_field_array_dynamic_set_length(field, size):
        return fail(d, FAULT_MEMORY, size)
    for index in range(size):
        bt_field_integer_unsigned_set_value(bt_field_array_borrow_element_field_by_index(field, index), data[index])
    return 0


cdef int read_blob(Decoder *d, const Operation *op, bt_field *parent, uint64_t element) noexcept nogil:
    cdef uint64_t size = op.size if op.code == BLOB_STATIC else d.slots[op.key]
    if size > (d.end - d.head) >> 3:
        return fail(d, FAULT_LENGTH, size)
    if op.role == ROLE_UUID:
        if d.has_uuid and (size != 16 or memcmp(d.base + (d.head >> 3), d.uuid, 16)):
            return fail(d, FAULT_UUID, 0)
        d.present |= <uint32_t> 1 << ROLE_UUID
    if op.target != NONE and put_bytes(d, op, borrow(op, parent, element), size) < 0:
        return -1
    d.head += 8 * size
    return 0


cdef inline bint holds(const Row *row, uint64_t key, bint signed) noexcept nogil:
    if signed:
        return <int64_t> row.lower <= <int64_t> key <= <int64_t> row.upper
    return row.lower <= key <= row.upper


cdef int read_integers(Decoder *d, const Operation *op, bt_field *field, uint64_t count) noexcept nogil:
    """Read the elements of an array of plain integers."""
    cdef uint64_t index
    for index in range(count):
        if op.mask and align(d, op.mask) < 0:
            return -1
        if op.size > d.end - d.head:
            return fail(d, FAULT_END, op.size)
        set_integer(op, bt_field_array_borrow_element_field_by_index(field, index),
                    read_bytes(d.base + (d.head >> 3), op.size, op.flags & BIG))
        d.head += op.size
    return 0


cdef int read_array(Decoder *d, const Program *program, const Operation *op, uint32_t body, bt_field *parent,
                    uint64_t element) noexcept nogil:
    cdef uint64_t count = op.size if op.code == ARRAY_STATIC else d.slots[op.key]
    cdef uint64_t index
    cdef bt_field *field = NULL
    cdef const Operation *inner = &program.operations[body]
    if count > ((d.end - d.head) // op.least if op.least else MAX_EMPTY_ELEMENTS):
        return fail(d, FAULT_LENGTH, count)
    if op.target != NONE:
        field = borrow(op, parent, element)
        if op.code == ARRAY_DYNAMIC and bt_field_array_dynamic_set_length(field, count):
            return fail(d, FAULT_MEMORY, count)
    if body == op.next:
        return 0
    if inner.plain and body + 1 == op.next:
        return read_integers(d, inner, field, count)
    for index in range(count):
        if run_part(d, program, body, op.next, field, index) < 0:
            return -1
    return 0


cdef int read_optional(Decoder *d, const Program *program, const Operation *op, uint32_t body, bt_field *parent,
                       uint64_t element) noexcept nogil:
    cdef uint64_t key = d.slots[op.key]
    cdef bint has = key != 0
    cdef uint32_t row
    cdef bt_field *field = NULL
    if op.size:
        has = False
        for row in range(op.table, op.table + op.rows):
            has = has or holds(&program.table[row], key, op.flags & KEY_SIGNED)
    if op.target != NONE:
        field = borrow(op, parent, element)
        bt_field_option_set_has_field(field, has)
    return run_part(d, program, body, op.next, field, 0) if has else 0


cdef int read_variant(Decoder *d, const Program *program, const Operation *op, bt_field *parent,
                      uint64_t element) noexcept nogil:
    cdef uint64_t key = d.slots[op.key]
    cdef uint32_t number
    cdef const Row *row
    cdef bt_field *field = NULL
    for number in range(op.table, op.table + op.rows):
        row = &program.table[number]
        if holds(row, key, op.flags & KEY_SIGNED):
            if op.target != NONE:
                field = borrow(op, parent, element)
                bt_field_variant_select_option_by_index(field, row.option)
            return run_part(d, program, row.begin, row.end, field, 0)
    return fail(d, FAULT_SELECTOR, key)


cdef int run_part(Decoder *d, const Program *program, uint32_t begin, uint32_t end, bt_field *parent,
                  uint64_t element) noexcept nogil:
    """Execute the operations [begin, end). element: index in `parent` where that is an array."""
    cdef const Operation *op
    cdef uint32_t at = begin
    cdef int code, status
    while at < end:
        op = &program.operations[at]
        at += 1
        if op.mask and align(d, op.mask) < 0:
            return -1
        code = op.code
        status = 0
        if code == BYTES:
            if op.size > d.end - d.head:
                return fail(d, FAULT_END, op.size)
            if op.plain and op.target == MEMBER:
                set_integer(op, bt_field_structure_borrow_member_field_by_index(parent, op.index),
                            read_bytes(d.base + (d.head >> 3), op.size, op.flags & BIG))
                d.head += op.size
                continue
            d.value = read_bytes(d.base + (d.head >> 3), op.size, op.flags & BIG)
            if op.flags & SIGNED:
                d.value = extend_sign(d.value, op.size)
            d.width = op.size
            d.head += op.size
            status = finish_number(d, op, parent, element)
        elif code == SKIP:
            if op.size > d.end - d.head:
                return fail(d, FAULT_END, op.size)
            d.head += op.size
            d.order = 0
        elif code == BITS:
            if op.size > d.end - d.head:
                return fail(d, FAULT_END, op.size)
            status = read_bits(d, op)
            if status == 0:
                status = finish_number(d, op, parent, element)
        elif code == LEB128:
            status = read_leb128(d, op.flags & SIGNED)
            if status == 0:
                status = finish_number(d, op, parent, element)
        elif code == STORE:
            if op.slot >= 0:
                d.slots[op.slot] = d.value
            if op.role != NO_ROLE:
                status = play(d, op.role)
        elif code == STRING_NULL or code == STRING_STATIC or code == STRING_DYNAMIC:
            status = read_string(d, op, parent, element)
        elif code == BLOB_STATIC or code == BLOB_DYNAMIC:
            status = read_blob(d, op, parent, element)
        elif code == STRUCTURE:
            status = run_part(d, program, at, op.next, borrow(op, parent, element), 0)
            at = op.next
        elif code == VARIANT:
            status = read_variant(d, program, op, parent, element)
            at = op.next
        elif code == OPTIONAL:
            status = read_optional(d, program, op, at, parent, element)
            at = op.next
        else:
            status = read_array(d, program, op, at, parent, element)
            at = op.next
        if status < 0:
            return -1
    return 0


cdef int run(Decoder *decoder, const Program *program, bt_field *parent) noexcept nogil:
    return run_part(decoder, program, 0, program.count, parent, 0)


cdef void free_program(Program *program) noexcept nogil:
    free(program.operations)
    free(program.table)
    program.operations = NULL
    program.table = NULL
    program.count = 0


cdef int load_program(Program *program, object source) except -1:
    """Copy an operations.Program."""
    cdef Operation *op
    cdef Row *row
    operations, table = source
    program.operations = <Operation *> calloc(len(operations) + 1, sizeof(Operation))
    program.table = <Row *> calloc(len(table) + 1, sizeof(Row))
    if program.operations == NULL or program.table == NULL:
        free_program(program)
        raise MemoryError
    program.count = <uint32_t> len(operations)
    for index in range(len(operations)):
        op = &program.operations[index]
        (op.code, alignment, op.size, op.target, op.index, op.set, op.flags, op.role, op.slot, op.key, op.next, op.table, op.rows,
         op.least) = operations[index]
        op.mask = alignment - 1
        op.plain = (op.code == BYTES and op.slot < 0 and op.role == NO_ROLE and op.target in (MEMBER, ELEMENT)
                    and op.set in (SET_SIGNED, SET_UNSIGNED))
    for index in range(len(table)):
        row = &program.table[index]
        row.lower, row.upper, row.option, row.begin, row.end = table[index]
    return 0


def interface() -> dict:
    """Return the numbers of codes, targets, setters, flags and roles, to be compared with lttngx.ctf.operations."""
    return {
        "Code": [SKIP, BYTES, BITS, LEB128, STRING_NULL, STRING_STATIC, STRING_DYNAMIC, BLOB_STATIC, BLOB_DYNAMIC, STRUCTURE,
                 ARRAY_STATIC, ARRAY_DYNAMIC, OPTIONAL, VARIANT, STORE],
        "Target": [NONE, MEMBER, ELEMENT, CONTENT, SELECTED],
        "Set": [SET_UNSIGNED, SET_SIGNED, SET_BOOL, SET_BIT_ARRAY, SET_SINGLE, SET_DOUBLE, SET_HALF],
        "Flag": [BIG, SIGNED, REVERSED, KEY_SIGNED, UNIT_16, UNIT_32, BYTE_ARRAY],
        "RoleNumber": [NO_ROLE, ROLE_MAGIC, ROLE_UUID, ROLE_STREAM_CLASS_ID, ROLE_STREAM_ID, ROLE_TOTAL, ROLE_CONTENT, ROLE_CLOCK,
                       ROLE_END, ROLE_DISCARDED, ROLE_SEQUENCE, ROLE_EVENT_CLASS_ID],
    }
