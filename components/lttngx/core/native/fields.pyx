"""Fields: lowers field classes and field paths to C structures, and turns fields into Python values.

Rule: all C structures live in bytes objects which the caller keeps alive in a list (`keep`), so nothing has to be freed.
Strings are read by pointer and length: libbabeltrace2 2.0 may leave an older text behind an empty string.
"""
from libc.stdint cimport int64_t, uint64_t, uint8_t
from libc.string cimport memcmp, memcpy, memset
from cpython.ref cimport PyObject

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

from lttngx.core.classes import Kind

cdef extern from "Python.h":
    object PyBytes_FromStringAndSize(const char *text, Py_ssize_t size)
    char *PyBytes_AsString(object value) except NULL
    object PyUnicode_DecodeUTF8(const char *text, Py_ssize_t size, const char *errors)

SOURCES = LTTNGX_SOURCES.decode()

KINDS = {
    Kind.BOOL: BOOL, Kind.BIT_ARRAY: BIT_ARRAY, Kind.UNSIGNED: UNSIGNED, Kind.SIGNED: SIGNED,
    Kind.UNSIGNED_ENUM: UNSIGNED, Kind.SIGNED_ENUM: SIGNED, Kind.SINGLE: SINGLE, Kind.DOUBLE: DOUBLE,
    Kind.STRING: STRING, Kind.STATIC_ARRAY: ARRAY, Kind.DYNAMIC_ARRAY: ARRAY, Kind.STRUCTURE: STRUCTURE,
    Kind.OPTION: OPTION, Kind.VARIANT: VARIANT, Kind.BLOB: BLOB,
}

# Texts which come again and again (names of threads, of files): a direct-mapped cache of short strings.
cdef enum:
    SHORT = 24
    SLOTS = 1024


cdef struct slot_t:
    uint8_t length
    char text[SHORT]
    PyObject *value


cdef slot_t cache[SLOTS]
cdef list cached = [None] * SLOTS


cdef void *take(list keep, size_t size) except NULL:
    """Return zeroed memory which lives as long as `keep`."""
    block = PyBytes_FromStringAndSize(NULL, <Py_ssize_t>size + 1)
    cdef char *memory = PyBytes_AsString(block)
    memset(memory, 0, size + 1)
    keep.append(block)
    return memory


cdef int lower_class(object described, fclass_t *lowered, list keep) except -1:
    """Fill in the C form of a FieldClass."""
    cdef int index
    lowered.kind = KINDS[described.kind]
    inner = [described.element] if described.element is not None else [member for _, member in described.members]
    names = tuple([name for name, _ in described.members])
    keep.append(names)
    lowered.names = <PyObject *>names
    lowered.count = <int>len(described.members)
    lowered.members = <fclass_t *>take(keep, len(inner) * sizeof(fclass_t))
    for index in range(<int>len(inner)):
        lower_class(inner[index], &lowered.members[index], keep)
    return 0


cdef int lower_path(object described, path_t *lowered, list keep) except -1:
    """Fill in the C form of a FieldPath."""
    cdef int index
    steps = described.steps
    lowered.scope = int(described.scope)
    lowered.byte = bool(steps) and steps[-1].kind is Kind.BLOB
    if lowered.byte:
        lowered.byte_index = steps[-1].index
        steps = steps[:-1]
    lowered.count = <int>len(steps)
    lowered.steps = <step_t *>take(keep, len(steps) * sizeof(step_t))
    for index in range(lowered.count):
        lowered.steps[index].kind = KINDS[steps[index].kind]
        lowered.steps[index].index = steps[index].index
    lowered.field_class = <fclass_t *>take(keep, sizeof(fclass_t))
    return lower_class(described.field_class, lowered.field_class, keep)


cdef object text_of(const char *text, uint64_t length):
    """Return a string as str (UTF-8, surrogateescape), from the cache if it is short."""
    cdef uint64_t digest = length
    cdef uint64_t index
    cdef slot_t *slot
    if length > SHORT:
        return PyUnicode_DecodeUTF8(text, <Py_ssize_t>length, "surrogateescape")
    for index in range(length):
        digest = digest * 31 + <uint8_t>text[index]
    slot = &cache[(digest ^ (digest >> 10)) % SLOTS]
    if slot.value != NULL and slot.length == length and memcmp(slot.text, text, length) == 0:
        return <object>slot.value
    value = PyUnicode_DecodeUTF8(text, <Py_ssize_t>length, "surrogateescape")
    memcpy(slot.text, text, length)
    slot.length = <uint8_t>length
    slot.value = <PyObject *>value
    cached[slot - cache] = value
    return value


cdef object to_object(const bt_field *field, const fclass_t *field_class):
    """Return a field as int, bool, float, str, list, bytes or dict; None for NULL and for an option without content."""
    cdef int kind = field_class.kind
    if field == NULL:
        return None
    if kind == UNSIGNED:
        return bt_field_integer_unsigned_get_value(field)
    if kind == SIGNED:
        return bt_field_integer_signed_get_value(field)
    if kind == STRING:
        return text_of(bt_field_string_get_value(field), bt_field_string_get_length(field))
    if kind == BOOL:
        return bool(bt_field_bool_get_value(field))
    if kind == BIT_ARRAY:
        return bt_field_bit_array_get_value_as_integer(field)
    if kind == DOUBLE:
        return bt_field_real_double_precision_get_value(field)
    if kind == SINGLE:
        return <double>bt_field_real_single_precision_get_value(field)
    return compound_to_object(field, field_class)


cdef object compound_to_object(const bt_field *field, const fclass_t *field_class):
    cdef int kind = field_class.kind
    cdef uint64_t index
    if kind == ARRAY:
        return [to_object(bt_field_array_borrow_element_field_by_index_const(field, index), field_class.members)
                for index in range(bt_field_array_get_length(field))]
    if kind == STRUCTURE:
        names = <tuple>field_class.names
        return {names[index]: to_object(bt_field_structure_borrow_member_field_by_index_const(field, index),
                                        &field_class.members[index]) for index in range(<uint64_t>field_class.count)}
    if kind == OPTION:
        return to_object(bt_field_option_borrow_field_const(field), field_class.members)
    if kind == VARIANT:
        index = bt_field_variant_get_selected_option_index(field)
        return to_object(bt_field_variant_borrow_selected_option_field_const(field), &field_class.members[index])
    return PyBytes_FromStringAndSize(<const char *>blob_get_data(field), <Py_ssize_t>blob_get_length(field))


cdef object path_to_object(const path_t *path, const bt_event *event):
    """Return the value a path leads to in an event, None if it is absent."""
    cdef const bt_field *field = follow(path, root_field(path.scope, event))
    cdef int64_t index
    if not path.byte:
        return to_object(field, path.field_class)
    index = -1 if field == NULL else position(path.byte_index, blob_get_length(field))
    return None if index < 0 else blob_get_data(field)[index]
