"""What source component classes made through the C API share: error causes."""

from lttngx.core.native.produce cimport bt_self_component, bt_self_message_iterator

cdef bytes cause_of(object error)
cdef void component_cause(bt_self_component *component, object error)
cdef void iterator_cause(bt_self_message_iterator *iterator, bytes text)
