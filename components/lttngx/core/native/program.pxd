"""The form in which predicates run: flat operations for a stack machine, and the data they test against.

Written by `lower`, run by `evaluate`. Each operation takes its operands from the stack and leaves its value there;
jumps of And, Or, Otherwise and Quantified are absolute positions.
"""
from libc.stdint cimport int64_t, uint64_t
from cpython.ref cimport PyObject

from lttngx.core.native.babeltrace cimport bt_field, bt_message
from lttngx.core.native.fields cimport fclass_t

# Sorts of values: missing, signed, unsigned, double, text, field.
cdef enum sort_t:
    M, S, U, F, T, A


cdef struct value_t:
    int sort
    int64_t i                    # S and U (its bits)
    double f                     # F
    const char *text             # T
    uint64_t length              # T
    const bt_field *field        # A
    const fclass_t *field_class  # A


cdef enum code_t:
    CONSTANT, FIELD, TEXT_FIELD, TIME, ELEMENT
    NEG, NOT, INVERT, ABS, POPCOUNT, TO_UNSIGNED, TRUNCATE, LOWER, BASENAME, LENGTH
    EQ, NE, LT, LE, GT, GE
    AND_BITS, OR_BITS, XOR_BITS, SHIFT_LEFT, SHIFT_RIGHT
    ADD, SUB, MUL, DIV, MOD
    STARTS_WITH, ENDS_WITH, CONTAINS
    AND_LEFT, AND_RIGHT, OR_LEFT, OR_RIGHT, OTHERWISE, EXISTS
    GLOB, IN_TEXTS, MATCHES, IN_RANGES, IN_NETWORKS
    LOOP, NEXT


cdef struct op_t:
    int code
    int target         # where to go on after a jump
    bint strict        # And, Or, Quantified: a missing operand ends it
    bint all           # Quantified
    value_t constant
    void *data         # path_t, glob_t, texts_t, automaton_t, ranges_t or networks_t


cdef struct frame_t:
    # A running Quantified: its array, the element it is at, and whether a body was missing.
    value_t array
    uint64_t index
    uint64_t length
    bint unknown


cdef struct chunk_t:
    chunk_t *older
    size_t size
    size_t used
    char memory[1]


cdef struct program_t:
    int count
    op_t *ops
    value_t *stack
    frame_t *frames
    chunk_t *scratch   # texts made while an event is evaluated; emptied before the next one
    const bt_message *message


cdef struct part_t:
    const char *text
    uint64_t length


cdef struct glob_t:
    int count
    part_t *parts


cdef struct texts_t:
    uint64_t mask      # of the hash table of texts, whose size is a power of two
    part_t *table      # text NULL: free
    int count
    glob_t *globs


cdef struct automaton_t:
    PyObject *object
    const int *table
    int64_t start
    uint64_t epoch     # when `table` was taken


cdef struct range_t:
    value_t lower
    value_t upper


cdef struct ranges_t:
    int count
    range_t *ranges
    int signed_count   # the same as signed bounds, for a binary search; −1 if some bound is a double
    int64_t *bounds    # lower, upper, lower, …


cdef struct network_t:
    int length         # of the address, 4 or 16
    int prefix         # bits
    unsigned char address[16]


cdef struct networks_t:
    int count
    network_t *networks


cdef inline void set_signed(value_t *value, int64_t integer) noexcept nogil:
    value.sort = S
    value.i = integer


cdef inline bint is_number(const value_t *value) noexcept nogil:
    return S <= value.sort <= F
