"""Making programs from predicates: see lower.pyx."""
from lttngx.core.native.program cimport program_t

cdef program_t *lower(object predicate, list keep) except NULL
cdef void release(program_t *program) noexcept
