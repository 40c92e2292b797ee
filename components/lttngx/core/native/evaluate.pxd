"""Running predicates on event messages: see evaluate.pyx."""
from lttngx.core.native.babeltrace cimport bt_message
from lttngx.core.native.program cimport program_t, value_t

cdef int accepts(program_t *program, const bt_message *message) noexcept nogil
cdef bint compare(int code, const value_t *left, const value_t *right) noexcept nogil
