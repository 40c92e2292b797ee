"""Running predicates on event messages: see evaluate.pyx."""
from lttngx.core.native.babeltrace cimport bt_message
from lttngx.core.native.program cimport program_t

cdef int accepts(program_t *program, const bt_message *message) noexcept nogil
