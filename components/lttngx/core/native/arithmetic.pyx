# cython: cdivision=True
"""Operations on two values: comparison, arithmetic, bits, tests of a text against another.

Rule: the result replaces the left value. Sorts mix as `core.predicate.Binary` says; integers wrap, which unsigned C
arithmetic defines.
"""
from libc.math cimport fmod
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memcmp

from lttngx.core.native.match cimport contains, has_prefix, has_suffix
from lttngx.core.native.program cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

SOURCES = LTTNGX_SOURCES.decode()


cdef inline double to_double(const value_t *value) noexcept nogil:
    if value.sort == F:
        return value.f
    return <double>value.i if value.sort == S else <double><uint64_t>value.i


cdef inline bint holds(int code, bint less, bint equal, bint greater) noexcept nogil:
    if code == EQ:
        return equal
    if code == NE:
        return not equal
    if code == LT:
        return less
    if code == LE:
        return less or equal
    if code == GT:
        return greater
    return greater or equal


cdef void compare_values(int code, value_t *left, const value_t *right) noexcept nogil:
    if left.sort == S and right.sort == S:
        left.i = holds(code, left.i < right.i, left.i == right.i, left.i > right.i)
    elif (left.sort == T and right.sort == T) or (is_number(left) and is_number(right)):
        set_signed(left, compare(code, left, right))
    else:
        left.sort = M


cdef bint compare(int code, const value_t *left, const value_t *right) noexcept nogil:
    """Compare two texts, or two numbers of any sorts."""
    cdef int64_t order
    cdef double a, b
    if left.sort == T:
        order = compare_texts(left, right)
        return holds(code, order < 0, order == 0, order > 0)
    if left.sort == F or right.sort == F:
        a, b = to_double(left), to_double(right)
        return holds(code, a < b, a == b, a > b)
    # A signed number below zero is below every unsigned one; otherwise the bits compare as unsigned.
    if left.sort != right.sort:
        if left.sort == S and left.i < 0:
            return holds(code, True, False, False)
        if right.sort == S and right.i < 0:
            return holds(code, False, False, True)
    elif left.sort == S:
        return holds(code, left.i < right.i, left.i == right.i, left.i > right.i)
    return holds(code, <uint64_t>left.i < <uint64_t>right.i, left.i == right.i, <uint64_t>left.i > <uint64_t>right.i)


cdef int64_t compare_texts(const value_t *left, const value_t *right) noexcept nogil:
    cdef int order = memcmp(left.text, right.text, min(left.length, right.length))
    if order != 0:
        return order
    return (left.length > right.length) - <int>(left.length < right.length)


cdef void binary(int code, value_t *left, const value_t *right) noexcept nogil:
    if code >= STARTS_WITH:
        if left.sort == T and right.sort == T:
            set_signed(left, text_test(code, left, right))
        else:
            left.sort = M
    elif not is_number(left) or not is_number(right):
        left.sort = M
    elif code <= SHIFT_RIGHT:
        if left.sort == F or right.sort == F:
            left.sort = M
        else:
            bits(code, left, right)
    elif left.sort == F or right.sort == F:
        left.f = double_arithmetic(code, to_double(left), to_double(right))
        left.sort = F
    elif left.sort == U or right.sort == U:
        unsigned_arithmetic(code, left, <uint64_t>left.i, <uint64_t>right.i)
    else:
        signed_arithmetic(code, left, left.i, right.i)


cdef bint text_test(int code, const value_t *left, const value_t *right) noexcept nogil:
    if code == STARTS_WITH:
        return has_prefix(left.text, left.length, right.text, right.length)
    if code == ENDS_WITH:
        return has_suffix(left.text, left.length, right.text, right.length)
    return contains(left.text, left.length, right.text, right.length)


cdef void bits(int code, value_t *left, const value_t *right) noexcept nogil:
    cdef uint64_t count = <uint64_t>right.i
    if code == AND_BITS:
        left.i &= right.i
    elif code == OR_BITS:
        left.i |= right.i
    elif code == XOR_BITS:
        left.i ^= right.i
    elif count > 63:
        left.sort = M
    elif code == SHIFT_LEFT:
        left.i = <int64_t>(<uint64_t>left.i << count)
    else:
        left.i = <int64_t>(<uint64_t>left.i >> count)


cdef double double_arithmetic(int code, double left, double right) noexcept nogil:
    if code == ADD:
        return left + right
    if code == SUB:
        return left - right
    if code == MUL:
        return left * right
    if code == MOD:
        return fmod(left, right)
    return left / right


cdef void unsigned_arithmetic(int code, value_t *result, uint64_t left, uint64_t right) noexcept nogil:
    result.sort = U
    if code == ADD:
        result.i = <int64_t>(left + right)
    elif code == SUB:
        result.i = <int64_t>(left - right)
    elif code == MUL:
        result.i = <int64_t>(left * right)
    elif right == 0:
        result.sort = M
    elif code == DIV:
        result.i = <int64_t>(left // right)
    else:
        result.i = <int64_t>(left - right * (left // right))


cdef void signed_arithmetic(int code, value_t *result, int64_t left, int64_t right) noexcept nogil:
    if code == ADD:
        result.i = <int64_t>(<uint64_t>left + <uint64_t>right)
    elif code == SUB:
        result.i = <int64_t>(<uint64_t>left - <uint64_t>right)
    elif code == MUL:
        result.i = <int64_t>(<uint64_t>left * <uint64_t>right)
    elif right == 0:
        result.sort = M
    elif right == -1:
        # INT64_MIN / -1 traps in C; wrapping gives INT64_MIN, as negating does.
        result.i = <int64_t>(0 - <uint64_t>left) if code == DIV else 0
    elif code == DIV:
        result.i = left // right
    else:
        result.i = left - right * (left // right)
