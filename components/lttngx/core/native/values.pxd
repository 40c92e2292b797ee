from lttngx.core.native.produce cimport bt_value

cdef object from_value(const bt_value *value)
cdef bt_value *to_value(object source) except NULL
