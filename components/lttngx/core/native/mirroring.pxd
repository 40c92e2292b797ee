"""C interface of `mirroring`: see mirroring.pyx."""
from libc.stdint cimport uint64_t

from lttngx.core.native.babeltrace cimport bt_field_class
from lttngx.core.native.creation cimport bt_trace_class


cdef class ScopeMirror:
    """Mirrors the root structure of one scope.

    made: place → address of the new field class, of the scopes mirrored so far: what MIP 0 links point to."""
    cdef bt_trace_class *trace_class
    cdef int mip
    cdef object scope
    cdef object change
    cdef dict made

    cdef bt_field_class *root(self, const bt_field_class *old) except? NULL
    cdef bt_field_class *mirror(self, const bt_field_class *old, tuple position) except NULL
    cdef bt_field_class *scalar(self, const bt_field_class *old, uint64_t type) except? NULL
    cdef bt_field_class *integer(self, const bt_field_class *old, uint64_t type) except NULL
    cdef bt_field_class *structure(self, const bt_field_class *old, tuple position) except NULL
    cdef bt_field_class *array(self, const bt_field_class *old, uint64_t type, tuple position) except NULL
    cdef bt_field_class *option(self, const bt_field_class *old, uint64_t type, tuple position) except NULL
    cdef bt_field_class *variant(self, const bt_field_class *old, uint64_t type, tuple position) except NULL
    cdef bt_field_class *blob(self, const bt_field_class *old, uint64_t type) except NULL
    cdef bt_field_class *linked_class(self, const bt_field_class *old, uint64_t type) except? NULL
    cdef int append(self, bt_field_class *structure, object addition) except -1


cdef ScopeMirror scope_mirror(bt_trace_class *trace_class, int mip, object scope, object change, dict made)
