"""The stack machine which runs predicates on event messages.

Rule: the semantics are those of `core.predicate`, as `core.values` defines them for the portable core. Running
allocates nothing but scratch texts (lower case, arrays read as text), which live until the next event.
"""
from libc.math cimport fabs, isnan
from libc.stdint cimport INT64_MAX, INT64_MIN, int64_t, uint64_t
from libc.stdlib cimport free, malloc

from lttngx.core.native.arithmetic cimport binary, compare, compare_values
from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.fields cimport (
    ARRAY, BIT_ARRAY, BLOB, BOOL, DOUBLE, SIGNED, SINGLE, STRING, UNSIGNED,
    fclass_t, follow, integer_of, path_t, position, root_field)
from lttngx.core.native.match cimport (
    in_networks, in_texts, matches_glob, parse_address, run_automaton)
from lttngx.core.native.program cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

cdef extern from *:
    """
    #define LTTNGX_POPCOUNT(bits) __builtin_popcountll(bits)
    """
    int popcount "LTTNGX_POPCOUNT"(uint64_t bits) nogil

SOURCES = LTTNGX_SOURCES.decode()

cdef enum:
    ERROR = -1


cdef int accepts(program_t *program, const bt_message *message) noexcept nogil:
    """Return 1 if the predicate's value is a non-zero integer, else 0; −1 if an automaton raised."""
    program.message = message
    empty_scratch(program)
    if run(program) < 0:
        return -1
    return (program.stack[0].sort == S or program.stack[0].sort == U) and program.stack[0].i != 0


cdef int run(program_t *program) noexcept nogil:
    """Run all operations; the value is left at the bottom of the stack."""
    cdef const op_t *op
    cdef value_t *top = program.stack - 1
    cdef frame_t *frame = program.frames - 1
    cdef int pc = 0
    cdef int code, decided
    while pc < program.count:
        op = &program.ops[pc]
        code = op.code
        pc += 1
        if code == CONSTANT:
            top += 1
            top[0] = op.constant
        elif code == FIELD:
            top += 1
            load_path(program, <const path_t *>op.data, top)
        elif code == TEXT_FIELD:
            top += 1
            load_text(program, <const path_t *>op.data, top)
        elif code == TIME:
            top += 1
            load_time(program.message, top)
        elif code == ELEMENT:
            top += 1
            load_element(frame, top)
        elif EQ <= code <= GE:
            top -= 1
            compare_values(code, top, top + 1)
        elif code == AND_LEFT or code == OR_LEFT:
            decided = truth(top)
            # The truth at which the left operand settles it: false for And, true for Or.
            if decided == (code == OR_LEFT):
                set_signed(top, decided)
                pc = op.target
            elif decided < 0:
                top.sort = M
                if op.strict:
                    pc = op.target
        elif code == AND_RIGHT or code == OR_RIGHT:
            top -= 1
            join(code == OR_RIGHT, top, top + 1)
        elif code == OTHERWISE:
            if top.sort != M:
                pc = op.target
            else:
                top -= 1
        elif code == EXISTS:
            set_signed(top, top.sort != M)
        elif code <= LENGTH:
            unary(program, code, top)
        elif code <= CONTAINS:
            top -= 1
            binary(code, top, top + 1)
        elif code == LOOP:
            if is_array(top):
                frame += 1
                frame.array = top[0]
                frame.index = 0
                frame.length = array_length(top)
                frame.unknown = False
                top -= 1
                if frame.length == 0:
                    frame -= 1
                    top += 1
                    set_signed(top, op.all)
                    pc = op.target
            else:
                top.sort = M
                pc = op.target
        elif code == NEXT:
            decided = truth(top)
            frame.unknown = frame.unknown or decided < 0
            frame.index += 1
            if decided >= 0 and decided != op.all:
                set_signed(top, decided)
                frame -= 1
            elif frame.index == frame.length or (frame.unknown and op.strict):
                set_signed(top, op.all)
                if frame.unknown:
                    top.sort = M
                frame -= 1
            else:
                top -= 1
                pc = op.target
        elif test(op, top) < 0:
            return ERROR
    return 0


cdef inline int truth(const value_t *value) noexcept nogil:
    """Return 1 or 0 for a number, −1 for every other value."""
    if value.sort == S or value.sort == U:
        return value.i != 0
    if value.sort == F:
        return value.f != 0
    return -1


cdef inline void join(int deciding, value_t *left, const value_t *right) noexcept nogil:
    """Join the operands of And (deciding: 0) or Or (1); a missing left operand is still undecided."""
    if left.sort != M:
        left[0] = right[0]
    elif truth(right) == deciding:
        set_signed(left, deciding)


# Loading values

cdef void load_path(program_t *program, const path_t *path, value_t *value) noexcept nogil:
    cdef const bt_field *field = follow(
        path, root_field(path.scope, bt_message_event_borrow_event_const(program.message)))
    cdef int64_t index
    if field == NULL:
        value.sort = M
    elif not path.byte:
        load(field, path.field_class, value)
    else:
        index = position(path.byte_index, blob_get_length(field))
        value.sort = M
        if index >= 0:
            set_signed(value, blob_get_data(field)[index])


cdef inline void load(const bt_field *field, const fclass_t *field_class, value_t *value) noexcept nogil:
    cdef int kind = field_class.kind
    if kind <= SIGNED:
        set_signed(value, integer_of(field, kind))
    elif kind == STRING:
        value.sort = T
        value.text = bt_field_string_get_value(field)
        value.length = bt_field_string_get_length(field)
    elif kind == DOUBLE:
        value.sort = F
        value.f = bt_field_real_double_precision_get_value(field)
    elif kind == SINGLE:
        value.sort = F
        value.f = bt_field_real_single_precision_get_value(field)
    else:
        value.sort = A
        value.field = field
        value.field_class = field_class


cdef void load_text(program_t *program, const path_t *path, value_t *value) noexcept nogil:
    """Load an array of 8-bit integers as the text up to its first zero byte."""
    cdef const bt_field *field = follow(
        path, root_field(path.scope, bt_message_event_borrow_event_const(program.message)))
    cdef uint64_t index = 0
    cdef uint64_t length
    cdef char *text
    cdef int kind
    value.sort = M
    if field == NULL:
        return
    length = bt_field_array_get_length(field)
    text = scratch(program, length)
    if text == NULL:
        return
    kind = path.field_class.members.kind
    while index < length:
        text[index] = <char>integer_of(bt_field_array_borrow_element_field_by_index_const(field, index), kind)
        if text[index] == 0:
            break
        index += 1
    value.sort = T
    value.text = text
    value.length = index


cdef void load_time(const bt_message *message, value_t *value) noexcept nogil:
    cdef int64_t ns
    value.sort = M
    if bt_message_event_borrow_stream_class_default_clock_class_const(message) == NULL:
        return
    if get_snapshot_ns(bt_message_event_borrow_default_clock_snapshot_const(message), &ns):
        set_signed(value, ns)


cdef inline bint is_array(const value_t *value) noexcept nogil:
    return value.sort == A and (value.field_class.kind == ARRAY or value.field_class.kind == BLOB)


cdef inline uint64_t array_length(const value_t *array) noexcept nogil:
    if array.field_class.kind == BLOB:
        return blob_get_length(array.field)
    return bt_field_array_get_length(array.field)


cdef inline void load_at(const value_t *array, uint64_t index, value_t *value) noexcept nogil:
    if array.field_class.kind == BLOB:
        set_signed(value, blob_get_data(array.field)[index])
    else:
        load(bt_field_array_borrow_element_field_by_index_const(array.field, index),
             array.field_class.members, value)


cdef inline void load_element(const frame_t *frame, value_t *value) noexcept nogil:
    load_at(&frame.array, frame.index, value)


# Operations on one value

cdef void unary(program_t *program, int code, value_t *value) noexcept nogil:
    if code == LOWER:
        lower_case(program, value)
    elif code == BASENAME:
        base_name(value)
    elif code == LENGTH:
        if value.sort == T:
            set_signed(value, <int64_t>value.length)
        elif is_array(value):
            set_signed(value, <int64_t>array_length(value))
        else:
            value.sort = M
    elif value.sort == F:
        unary_double(code, value)
    elif value.sort == S or value.sort == U:
        unary_integer(code, value)
    else:
        value.sort = M


cdef void unary_integer(int code, value_t *value) noexcept nogil:
    if code == NEG:
        value.i = <int64_t>(0 - <uint64_t>value.i)
    elif code == NOT:
        set_signed(value, value.i == 0)
    elif code == INVERT:
        value.i = ~value.i
    elif code == ABS:
        if value.sort == S and value.i < 0:
            value.i = <int64_t>(0 - <uint64_t>value.i)
    elif code == POPCOUNT:
        set_signed(value, popcount(<uint64_t>value.i))
    elif code == TO_UNSIGNED:
        value.sort = U


cdef void unary_double(int code, value_t *value) noexcept nogil:
    if code == NEG:
        value.f = -value.f
    elif code == NOT:
        set_signed(value, value.f == 0)
    elif code == ABS:
        value.f = fabs(value.f)
    elif code == TRUNCATE:
        if isnan(value.f):
            set_signed(value, 0)
        elif value.f >= 9223372036854775808.0:
            set_signed(value, INT64_MAX)
        elif value.f <= -9223372036854775808.0:
            set_signed(value, INT64_MIN)
        else:
            set_signed(value, <int64_t>value.f)
    else:
        value.sort = M


cdef void lower_case(program_t *program, value_t *value) noexcept nogil:
    cdef char *text
    cdef char letter
    cdef uint64_t index
    if value.sort != T:
        value.sort = M
        return
    text = scratch(program, value.length)
    if text == NULL:
        value.sort = M
        return
    for index in range(value.length):
        letter = value.text[index]
        text[index] = letter + 32 if c'A' <= letter <= c'Z' else letter
    value.text = text


cdef void base_name(value_t *value) noexcept nogil:
    cdef uint64_t begin = value.length
    if value.sort != T:
        value.sort = M
        return
    while begin > 0 and value.text[begin - 1] != c'/':
        begin -= 1
    value.text += begin
    value.length -= begin


# Tests against constant data

cdef int test(const op_t *op, value_t *value) noexcept nogil:
    """Replace a value by the outcome of a test; −1 if an automaton raised."""
    cdef int outcome
    if op.code == IN_RANGES:
        if is_number(value):
            set_signed(value, in_ranges(<const ranges_t *>op.data, value))
        else:
            value.sort = M
    elif op.code == IN_NETWORKS:
        test_address(<const networks_t *>op.data, value)
    elif value.sort != T:
        value.sort = M
    elif op.code == GLOB:
        set_signed(value, matches_glob(<const glob_t *>op.data, value.text, value.length))
    elif op.code == IN_TEXTS:
        set_signed(value, in_texts(<const texts_t *>op.data, value.text, value.length))
    else:
        outcome = run_automaton(<automaton_t *>op.data, value.text, value.length)
        if outcome < 0:
            return -1
        set_signed(value, outcome)
    return 0


cdef bint in_ranges(const ranges_t *ranges, const value_t *value) noexcept nogil:
    cdef int index
    if value.sort == S and ranges.signed_count >= 0:
        return in_signed_ranges(ranges, value.i)
    for index in range(ranges.count):
        if compare(GE, value, &ranges.ranges[index].lower) and compare(LE, value, &ranges.ranges[index].upper):
            return True
    return False


cdef bint in_signed_ranges(const ranges_t *ranges, int64_t value) noexcept nogil:
    """Binary search for the last range which begins at or below the value."""
    cdef int low = 0
    cdef int high = ranges.signed_count
    cdef int middle
    while low < high:
        middle = (low + high) >> 1
        if ranges.bounds[2 * middle] <= value:
            low = middle + 1
        else:
            high = middle
    return low > 0 and value <= ranges.bounds[2 * low - 1]


cdef void test_address(const networks_t *networks, value_t *value) noexcept nogil:
    cdef unsigned char address[16]
    cdef int length = 0
    if value.sort == S or value.sort == U:
        if value.i >> 32 == 0:
            length = 4
            address[0] = <unsigned char>(value.i >> 24)
            address[1] = <unsigned char>(value.i >> 16)
            address[2] = <unsigned char>(value.i >> 8)
            address[3] = <unsigned char>value.i
    elif value.sort == T:
        length = parse_address(value.text, value.length, address)
    elif is_array(value):
        length = join_address(value, address)
    if length == 0:
        value.sort = M
    else:
        set_signed(value, in_networks(networks, address, length))


cdef int join_address(const value_t *array, unsigned char *address) noexcept nogil:
    """Join 4 or 16 bytes, or 8 groups of 16 bits, to an address; return its length, 0 if it is none."""
    cdef uint64_t length = array_length(array)
    cdef uint64_t index
    cdef value_t element
    if length != 4 and length != 8 and length != 16:
        return 0
    for index in range(length):
        load_at(array, index, &element)
        if element.sort != S or element.i < 0 or element.i > (0xFFFF if length == 8 else 0xFF):
            return 0
        if length == 8:
            address[2 * index] = <unsigned char>(element.i >> 8)
            address[2 * index + 1] = <unsigned char>element.i
        else:
            address[index] = <unsigned char>element.i
    return 4 if length == 4 else 16


# Scratch texts: a chain of chunks, newest first, each larger than the one before

cdef void empty_scratch(program_t *program) noexcept nogil:
    """Make the newest chunk empty and free the others, of which there are some only after an unusually long text."""
    cdef chunk_t *chunk = program.scratch
    cdef chunk_t *older
    if chunk == NULL:
        return
    chunk.used = 0
    older = chunk.older
    chunk.older = NULL
    while older != NULL:
        chunk = older.older
        free(older)
        older = chunk


cdef char *scratch(program_t *program, size_t size) noexcept nogil:
    """Return `size` bytes (or more) of scratch memory, NULL if there is none."""
    cdef chunk_t *chunk = program.scratch
    cdef size_t needed = size + 1
    if chunk == NULL or chunk.size - chunk.used < needed:
        needed = max(<size_t>4096, 2 * needed)
        chunk = <chunk_t *>malloc(sizeof(chunk_t) + needed)
        if chunk == NULL:
            return NULL
        chunk.older = program.scratch
        chunk.size = needed
        chunk.used = 0
        program.scratch = chunk
    chunk.used += size + 1
    return &chunk.memory[chunk.used - size - 1]
