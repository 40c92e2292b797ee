"""C interface of `copying`: copy plans, and the copying of one field by them."""
from libc.stdint cimport int64_t, uint64_t

from lttngx.core.native.babeltrace cimport bt_field

ctypedef enum Code:
    COPY_BOOL
    COPY_BITS
    COPY_UNSIGNED
    COPY_SIGNED
    COPY_SINGLE
    COPY_DOUBLE
    COPY_STRING
    COPY_STATIC_ARRAY
    COPY_DYNAMIC_ARRAY
    COPY_STRUCTURE
    COPY_OPTION
    COPY_VARIANT
    COPY_STATIC_BLOB
    COPY_DYNAMIC_BLOB

ctypedef enum Action:
    KEEP
    CONSTANT
    PSEUDONYM

# How one field is copied. `source` and `target` are member indices in the input and output structure; `children` are the
# members, a variant's options, an array's element or an option's content. `bits`: what a pseudonym may use.
ctypedef struct Node:
    Code code
    Action action
    uint64_t source
    uint64_t target
    uint64_t count
    Node *children
    int bits
    int64_t number
    const char *text
    uint64_t length
    uint64_t key_0
    uint64_t key_1

# One appended member of the root structure.
ctypedef struct Appended:
    Code code
    uint64_t target
    Py_ssize_t column
    bint optional
    void *default_value


cdef class CopyPlan:
    """Owns the nodes of one scope. `kept` holds the Python objects which nodes point into."""
    cdef Node root
    cdef Appended *appended
    cdef uint64_t appended_count
    cdef list kept

    cdef int resize_appended(self, uint64_t count) except -1
    cdef int copy(self, const bt_field *source, bt_field *target, list values, Py_ssize_t row) except -1


cdef int grow(Node *node, uint64_t count) except -1
cdef int set_text(bt_field *target, const char *text, uint64_t length) noexcept nogil
