"""Operations on two values: see arithmetic.pyx."""
from lttngx.core.native.program cimport value_t

cdef void compare_values(int code, value_t *left, const value_t *right) noexcept nogil
cdef bint compare(int code, const value_t *left, const value_t *right) noexcept nogil
cdef void binary(int code, value_t *left, const value_t *right) noexcept nogil
