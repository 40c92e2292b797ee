"""C form of field classes and field paths, and the steps along them: see fields.pyx."""
from libc.stdint cimport int64_t, uint64_t
from cpython.ref cimport PyObject

from lttngx.core.native.babeltrace cimport *


cdef enum kind_t:
    BOOL, BIT_ARRAY, UNSIGNED, SIGNED, SINGLE, DOUBLE, STRING, ARRAY, STRUCTURE, OPTION, VARIANT, BLOB


cdef struct fclass_t:
    int kind
    int count            # members of a structure, options of a variant
    fclass_t *members    # those, or one: element of an array, content of an option
    PyObject *names      # tuple of the members' names, borrowed


cdef struct step_t:
    int kind
    int64_t index


cdef struct path_t:
    int scope
    int count
    step_t *steps
    fclass_t *field_class
    bint byte            # the last step leads to a byte of a BLOB, which is no field
    int64_t byte_index


cdef void *take(list keep, size_t size) except NULL
cdef int lower_class(object described, fclass_t *lowered, list keep) except -1
cdef int lower_path(object described, path_t *lowered, list keep) except -1
cdef object to_object(const bt_field *field, const fclass_t *field_class)
cdef object path_to_object(const path_t *path, const bt_event *event)


cdef inline const bt_field *root_field(int scope, const bt_event *event) noexcept nogil:
    """Return the root structure of a scope; NULL where the event has none.

    A path with the packet context scope exists only where the stream class supports packets."""
    if scope == 3:
        return bt_event_borrow_payload_field_const(event)
    if scope == 2:
        return bt_event_borrow_specific_context_field_const(event)
    if scope == 1:
        return bt_event_borrow_common_context_field_const(event)
    return bt_packet_borrow_context_field_const(bt_event_borrow_packet_const(event))


cdef inline int64_t position(int64_t index, uint64_t length) noexcept nogil:
    """Return the element an index (negative: from the end) means, −1 if there is none."""
    if index < 0:
        index += <int64_t>length
    return index if 0 <= index < <int64_t>length else -1


cdef inline const bt_field *follow(const path_t *path, const bt_field *field) noexcept nogil:
    """Return the field a path leads to from its root structure, NULL if it is absent."""
    cdef int number, kind
    cdef int64_t index
    for number in range(path.count):
        if field == NULL:
            return NULL
        kind = path.steps[number].kind
        index = path.steps[number].index
        if kind == STRUCTURE:
            field = bt_field_structure_borrow_member_field_by_index_const(field, <uint64_t>index)
        elif kind == VARIANT:
            if bt_field_variant_get_selected_option_index(field) != <uint64_t>index:
                return NULL
            field = bt_field_variant_borrow_selected_option_field_const(field)
        elif kind == OPTION:
            field = bt_field_option_borrow_field_const(field)
        else:
            index = position(index, bt_field_array_get_length(field))
            if index < 0:
                return NULL
            field = bt_field_array_borrow_element_field_by_index_const(field, <uint64_t>index)
    return field


cdef inline int64_t integer_of(const bt_field *field, int kind) noexcept nogil:
    """Return the 64-bit pattern of a boolean, bit array or integer field."""
    if kind == UNSIGNED:
        return <int64_t>bt_field_integer_unsigned_get_value(field)
    if kind == SIGNED:
        return bt_field_integer_signed_get_value(field)
    if kind == BOOL:
        return bt_field_bool_get_value(field) != 0
    return <int64_t>bt_field_bit_array_get_value_as_integer(field)
