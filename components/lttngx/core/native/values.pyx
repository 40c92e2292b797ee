"""Babeltrace values to and from plain Python objects: None, bool, int, float, str, list, dict."""

from lttngx.core.native.produce cimport *


cdef bt_value_map_foreach_entry_const_func_status add_entry(const char *key, const bt_value *value, void *data) noexcept with gil:
    try:
        (<object> data)[key.decode("utf-8", "surrogateescape")] = from_value(value)
    except Exception:
        return ERROR
    return OK


cdef object from_value(const bt_value *value):
    """Return a value's copy as a Python object."""
    cdef bt_value_type kind = bt_value_get_type(value)
    cdef uint64_t index
    if kind == BT_VALUE_TYPE_BOOL:
        return bool(bt_value_bool_get(value))
    if kind == BT_VALUE_TYPE_UNSIGNED_INTEGER:
        return bt_value_integer_unsigned_get(value)
    if kind == BT_VALUE_TYPE_SIGNED_INTEGER:
        return bt_value_integer_signed_get(value)
    if kind == BT_VALUE_TYPE_REAL:
        return bt_value_real_get(value)
    if kind == BT_VALUE_TYPE_STRING:
        return bt_value_string_get(value).decode("utf-8", "surrogateescape")
    if kind == BT_VALUE_TYPE_ARRAY:
        return [from_value(bt_value_array_borrow_element_by_index_const(value, index))
                for index in range(bt_value_array_get_length(value))]
    if kind == BT_VALUE_TYPE_MAP:
        entries = {}
        if bt_value_map_foreach_entry_const(value, add_entry, <void *> entries):
            raise MemoryError
        return entries
    return None


cdef bt_value *scalar(object source) except NULL:
    cdef bt_value *value
    if isinstance(source, bool):
        value = bt_value_bool_create_init(<int> source)
    elif isinstance(source, int):
        value = (bt_value_integer_unsigned_create_init(source) if source > 0x7FFF_FFFF_FFFF_FFFF
                 else bt_value_integer_signed_create_init(source))
    elif isinstance(source, float):
        value = bt_value_real_create_init(source)
    elif isinstance(source, str):
        text = source.encode("utf-8", "surrogateescape")
        value = bt_value_string_create_init(text)
    else:
        raise TypeError(f"Cannot make a value: type={type(source).__name__}")
    if value == NULL:
        raise MemoryError
    return value


cdef bt_value *array_value(object source) except NULL:
    cdef bt_value *array = bt_value_array_create()
    cdef bt_value *element
    cdef int status
    if array == NULL:
        raise MemoryError
    try:
        for item in source:
            element = to_value(item)
            status = bt_value_array_append_element(array, element)
            bt_value_put_ref(element)
            if status:
                raise MemoryError
    except BaseException:
        bt_value_put_ref(array)
        raise
    return array


cdef bt_value *map_value(object source) except NULL:
    cdef bt_value *entries = bt_value_map_create()
    cdef bt_value *entry
    cdef int status
    if entries == NULL:
        raise MemoryError
    try:
        for key, item in source.items():
            text = str(key).encode("utf-8", "surrogateescape")
            entry = to_value(item)
            status = bt_value_map_insert_entry(entries, text, entry)
            bt_value_put_ref(entry)
            if status:
                raise MemoryError
    except BaseException:
        bt_value_put_ref(entries)
        raise
    return entries


cdef bt_value *to_value(object source) except NULL:
    """Return a new value (the caller owns the reference). Integers are signed unless only unsigned ones can hold them."""
    if source is None:
        bt_value_get_ref(bt_value_null)
        return bt_value_null
    if hasattr(source, "items"):
        return map_value(source)
    if isinstance(source, (list, tuple)):
        return array_value(source)
    return scalar(source)
