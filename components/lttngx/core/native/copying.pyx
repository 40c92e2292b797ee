"""Copies the fields of one scope by a plan made once per class.

Rule: every field of the output is set, since an emitted message must have no unset field. A variant's option is selected and
a dynamic array's length set before what is inside. Replacements follow `lttngx.core.pseudonyms`, their definition.
"""
from cpython.bytes cimport PyBytes_AsString, PyBytes_Size
from libc.stdint cimport int64_t, uint8_t, uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.creation cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

SOURCES = LTTNGX_SOURCES.decode()


cdef int grow(Node *node, uint64_t count) except -1:
    """Give a node `count` children, all zero."""
    if count:
        node.children = <Node *>calloc(count, sizeof(Node))
        if node.children == NULL:
            raise MemoryError
    node.count = count
    return 0


cdef void release(Node *node) noexcept:
    cdef uint64_t index
    for index in range(node.count):
        release(&node.children[index])
    free(node.children)


cdef class CopyPlan:
    def __cinit__(self):
        self.kept = []

    def __dealloc__(self):
        release(&self.root)
        free(self.appended)

    cdef int resize_appended(self, uint64_t count) except -1:
        """Make room for appended members."""
        self.appended = <Appended *>calloc(count, sizeof(Appended))
        if self.appended == NULL:
            raise MemoryError
        self.appended_count = count
        return 0

    cdef int copy(self, const bt_field *source, bt_field *target, list values, Py_ssize_t row) except -1:
        """Copy a root structure and fill the appended members from slots `row` on; source may be NULL."""
        if source != NULL and copy_members(&self.root, source, target) < 0:
            raise MemoryError("Cannot copy a field")
        if self.appended_count:
            fill_appended(self, target, values, row)
        return 0


cdef int fill_appended(CopyPlan plan, bt_field *target, list values, Py_ssize_t row) except -1:
    cdef uint64_t index
    cdef Appended *member
    cdef bt_field *field
    cdef object value
    cdef Py_ssize_t position
    for index in range(plan.appended_count):
        member = &plan.appended[index]
        field = bt_field_structure_borrow_member_field_by_index(target, member.target)
        position = row + member.column
        value = values[position] if 0 <= position < len(values) else None
        if member.optional:
            bt_field_option_set_has_field(field, value is not None)
            if value is None:
                continue
            field = bt_field_option_borrow_field(field)
        set_value(member.code, field, <object>member.default_value if value is None else value)
    return 0


cdef int set_value(Code code, bt_field *field, object value) except -1:
    if code == COPY_STRING:
        if set_text(field, PyBytes_AsString(value), PyBytes_Size(value)) < 0:
            raise MemoryError("Cannot set a field")
    elif code == COPY_SIGNED:
        bt_field_integer_signed_set_value(field, value)
    elif code == COPY_UNSIGNED:
        bt_field_integer_unsigned_set_value(field, value)
    elif code == COPY_DOUBLE:
        bt_field_real_double_precision_set_value(field, value)
    else:
        bt_field_bool_set_value(field, <bint>value)
    return 0


# What follows copies without touching Python; −1 means that the library had no memory.

cdef int copy_members(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef uint64_t index
    cdef const Node *child
    for index in range(node.count):
        child = &node.children[index]
        if copy_field(child, bt_field_structure_borrow_member_field_by_index_const(source, child.source),
                      bt_field_structure_borrow_member_field_by_index(target, child.target)) < 0:
            return -1
    return 0


cdef int copy_field(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef uint64_t index
    cdef bt_bool present
    if node.action != KEEP:
        return replace_field(node, source, target)
    if node.code == COPY_UNSIGNED:
        bt_field_integer_unsigned_set_value(target, bt_field_integer_unsigned_get_value(source))
    elif node.code == COPY_SIGNED:
        bt_field_integer_signed_set_value(target, bt_field_integer_signed_get_value(source))
    elif node.code == COPY_STRING:
        return set_text(target, bt_field_string_get_value(source), bt_field_string_get_length(source))
    elif node.code == COPY_STRUCTURE:
        return copy_members(node, source, target)
    elif node.code == COPY_BOOL:
        bt_field_bool_set_value(target, bt_field_bool_get_value(source))
    elif node.code == COPY_BITS:
        bt_field_bit_array_set_value_as_integer(target, bt_field_bit_array_get_value_as_integer(source))
    elif node.code == COPY_SINGLE:
        bt_field_real_single_precision_set_value(target, bt_field_real_single_precision_get_value(source))
    elif node.code == COPY_DOUBLE:
        bt_field_real_double_precision_set_value(target, bt_field_real_double_precision_get_value(source))
    elif node.code == COPY_STATIC_ARRAY or node.code == COPY_DYNAMIC_ARRAY:
        return copy_elements(node, source, target)
    elif node.code == COPY_OPTION:
        present = bt_field_option_borrow_field_const(source) != NULL
        bt_field_option_set_has_field(target, present)
        if present:
            return copy_field(&node.children[0], bt_field_option_borrow_field_const(source),
                              bt_field_option_borrow_field(target))
    elif node.code == COPY_VARIANT:
        index = bt_field_variant_get_selected_option_index(source)
        if bt_field_variant_select_option_by_index(target, index):
            return -1
        return copy_field(&node.children[index], bt_field_variant_borrow_selected_option_field_const(source),
                          bt_field_variant_borrow_selected_option_field(target))
    else:
        return copy_blob(node, source, target)
    return 0


cdef int set_text(bt_field *target, const char *text, uint64_t length) noexcept nogil:
    """Set a string field.

    Clearing only resets the length: libbabeltrace2 2.0 would leave what the recycled field held before behind an
    empty string, for whoever reads it as a C string. A lone zero byte goes over it."""
    bt_field_string_clear(target)
    if not length:
        if bt_field_string_append_with_length(target, b"\0", 1):
            return -1
        bt_field_string_clear(target)
        return 0
    return -1 if bt_field_string_append_with_length(target, text, length) else 0


cdef int copy_elements(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef uint64_t index, length = bt_field_array_get_length(source)
    if node.code == COPY_DYNAMIC_ARRAY and bt_field_array_dynamic_set_length(target, length):
        return -1
    for index in range(length):
        if copy_field(&node.children[0], bt_field_array_borrow_element_field_by_index_const(source, index),
                      bt_field_array_borrow_element_field_by_index(target, index)) < 0:
            return -1
    return 0


cdef int copy_blob(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef uint64_t length = blob_get_length(source)
    if node.code == COPY_DYNAMIC_BLOB and blob_set_length(target, length):
        return -1
    if length:
        memcpy(blob_get_writable_data(target), blob_get_data(source), length)
    return 0


# Replacements. The node of an array or BLOB carries the action as the nodes inside do.

cdef int replace_field(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef uint64_t hashed = 0
    cdef bint constant = node.action == CONSTANT
    if node.code == COPY_STATIC_ARRAY or node.code == COPY_DYNAMIC_ARRAY:
        return replace_elements(node, source, target)
    if node.code == COPY_STATIC_BLOB or node.code == COPY_DYNAMIC_BLOB:
        return replace_blob(node, source, target)
    if node.code == COPY_STRING:
        return replace_text(node, source, target)
    if not constant:
        hashed = siphash_word(node, scalar_bits(node, source))
    set_scalar(node, target, hashed)
    return 0


cdef uint64_t scalar_bits(const Node *node, const bt_field *source) noexcept nogil:
    """Return what is hashed of a scalar: its 8 bytes."""
    cdef double real
    cdef uint64_t bits = 0
    if node.code == COPY_UNSIGNED:
        return bt_field_integer_unsigned_get_value(source)
    if node.code == COPY_SIGNED:
        return <uint64_t>bt_field_integer_signed_get_value(source)
    if node.code == COPY_BITS:
        return bt_field_bit_array_get_value_as_integer(source)
    if node.code == COPY_BOOL:
        return bt_field_bool_get_value(source) != 0
    real = (bt_field_real_single_precision_get_value(source) if node.code == COPY_SINGLE
            else bt_field_real_double_precision_get_value(source))
    memcpy(&bits, &real, 8)
    return bits


cdef void set_scalar(const Node *node, bt_field *target, uint64_t hashed) noexcept nogil:
    """Set a scalar to its constant, or to what `hashed` gives in its range."""
    cdef bint constant = node.action == CONSTANT
    cdef uint64_t mask = <uint64_t>-1 if node.bits >= 64 else ((<uint64_t>1) << node.bits) - 1
    cdef double real = <double>node.number if constant else <double>(hashed >> 11) / 9007199254740992.0
    if node.code == COPY_UNSIGNED:
        bt_field_integer_unsigned_set_value(target, <uint64_t>node.number if constant else hashed & mask)
    elif node.code == COPY_SIGNED:
        bt_field_integer_signed_set_value(target, node.number if constant else <int64_t>(hashed & mask))
    elif node.code == COPY_BITS:
        bt_field_bit_array_set_value_as_integer(target, <uint64_t>node.number if constant else hashed & mask)
    elif node.code == COPY_BOOL:
        bt_field_bool_set_value(target, constant and node.number != 0)
    elif node.code == COPY_SINGLE:
        bt_field_real_single_precision_set_value(target, <float>real)
    else:
        bt_field_real_double_precision_set_value(target, real)


cdef int replace_text(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef SipState state
    cdef char digits[16]
    cdef uint64_t hashed, length
    cdef const char *text
    cdef int index
    if node.action == CONSTANT:
        return set_text(target, node.text, node.length)
    text = bt_field_string_get_value(source)
    length = bt_field_string_get_length(source)
    siphash_begin(&state, node)
    hashed = siphash_end(&state, <const uint8_t *>text, length, length)
    for index in range(16):
        digits[index] = b"0123456789abcdef"[(hashed >> (60 - 4 * index)) & 15]
    return set_text(target, digits, 16)


cdef int replace_elements(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef const Node *child = &node.children[0]
    cdef uint64_t index, seed, length = bt_field_array_get_length(source)
    if child.code > COPY_DOUBLE:
        return copy_elements(node, source, target)
    if node.code == COPY_DYNAMIC_ARRAY and bt_field_array_dynamic_set_length(target, length):
        return -1
    seed = 0 if node.action == CONSTANT else seed_of_elements(node, source, length)
    for index in range(length):
        set_scalar(child, bt_field_array_borrow_element_field_by_index(target, index),
                   0 if node.action == CONSTANT else siphash_pair(node, seed, index))
    return 0


cdef uint64_t seed_of_elements(const Node *node, const bt_field *source, uint64_t length) noexcept nogil:
    cdef SipState state
    cdef uint64_t index
    siphash_begin(&state, node)
    for index in range(length):
        siphash_add(&state, scalar_bits(
            &node.children[0], bt_field_array_borrow_element_field_by_index_const(source, index)))
    return siphash_end(&state, NULL, 0, 8 * length)


cdef int replace_blob(const Node *node, const bt_field *source, bt_field *target) noexcept nogil:
    cdef uint64_t length = blob_get_length(source)
    cdef uint64_t index, hashed, seed
    cdef uint8_t *data
    cdef SipState state
    if node.code == COPY_DYNAMIC_BLOB and blob_set_length(target, length):
        return -1
    if not length:
        return 0
    data = blob_get_writable_data(target)
    if node.action == CONSTANT:
        memset(data, <int>(node.number & 255), length)
        return 0
    siphash_begin(&state, node)
    seed = siphash_end(&state, blob_get_data(source), length, length)
    for index in range((length + 7) // 8):
        hashed = siphash_pair(node, seed, index)
        memcpy(data + 8 * index, &hashed, min(<uint64_t>8, length - 8 * index))
    return 0


# SipHash-2-4 on a little-endian machine, fed by whole 8-byte words, then by bytes which end the message.

ctypedef struct SipState:
    uint64_t a
    uint64_t b
    uint64_t c
    uint64_t d


cdef inline uint64_t turned(uint64_t value, int bits) noexcept nogil:
    return (value << bits) | (value >> (64 - bits))


cdef inline void siphash_round(SipState *s) noexcept nogil:
    s.a += s.b
    s.b = turned(s.b, 13) ^ s.a
    s.a = turned(s.a, 32)
    s.c += s.d
    s.d = turned(s.d, 16) ^ s.c
    s.a += s.d
    s.d = turned(s.d, 21) ^ s.a
    s.c += s.b
    s.b = turned(s.b, 17) ^ s.c
    s.c = turned(s.c, 32)


cdef inline void siphash_begin(SipState *s, const Node *node) noexcept nogil:
    s.a = node.key_0 ^ <uint64_t>0x736F6D6570736575
    s.b = node.key_1 ^ <uint64_t>0x646F72616E646F6D
    s.c = node.key_0 ^ <uint64_t>0x6C7967656E657261
    s.d = node.key_1 ^ <uint64_t>0x7465646279746573


cdef inline void siphash_add(SipState *s, uint64_t word) noexcept nogil:
    s.d ^= word
    siphash_round(s)
    siphash_round(s)
    s.a ^= word


cdef inline uint64_t siphash_end(SipState *s, const uint8_t *data, uint64_t length, uint64_t total) noexcept nogil:
    """Feed the last `length` bytes of a message of `total` bytes, and return its hash."""
    cdef uint64_t word, index
    for index in range(length // 8):
        memcpy(&word, data + 8 * index, 8)
        siphash_add(s, word)
    word = total << 56
    for index in range(length % 8):
        word |= <uint64_t>data[length - length % 8 + index] << (8 * index)
    siphash_add(s, word)
    s.c ^= 0xFF
    for index in range(4):
        siphash_round(s)
    return s.a ^ s.b ^ s.c ^ s.d


cdef inline uint64_t siphash_word(const Node *node, uint64_t word) noexcept nogil:
    cdef SipState state
    siphash_begin(&state, node)
    siphash_add(&state, word)
    return siphash_end(&state, NULL, 0, 8)


cdef inline uint64_t siphash_pair(const Node *node, uint64_t first, uint64_t second) noexcept nogil:
    cdef SipState state
    siphash_begin(&state, node)
    siphash_add(&state, first)
    siphash_add(&state, second)
    return siphash_end(&state, NULL, 0, 16)
