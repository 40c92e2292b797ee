"""Trace IR of one trace, and its field classes."""

from lttngx.core.native.produce cimport *

cdef class TraceIr:
    cdef bt_trace_class *trace_class
    cdef bt_trace *trace
    cdef list clocks                # addresses of clock classes
    cdef dict stream_classes        # id -> address
    cdef dict event_classes         # (stream class id, id) -> address
    cdef dict clock_of              # stream class id -> address of its clock class
    cdef dict keys                  # slot -> (address of the key's field class, enclosing compounds, path)
    cdef tuple path                 # root scope's number and names of the structure members down to the field being made
    cdef tuple enclosing            # identities of the arrays, options and variants around the field being made
    cdef int mip

    cdef bt_field_class *field_class(self, object blueprint) except NULL
    cdef object key_entry(self, object blueprint)
    cdef bt_field_class *key_of(self, object blueprint)
    cdef void *location_of(self, object blueprint) except? NULL
    cdef bt_field_class *root(self, object blueprint, int scope) except NULL
    cdef bt_field_class *structure(self, object blueprint) except NULL
    cdef bt_field_class *array(self, object blueprint) except NULL
    cdef bt_field_class *blob(self, object blueprint) except NULL
    cdef bt_field_class *dynamic_array(self, object blueprint, bt_field_class *element) except NULL
    cdef bt_field_class *true_blob(self, object blueprint) except NULL
    cdef bt_field_class *located_option(self, object blueprint, bt_field_class *content) except NULL
    cdef bt_field_class *empty_variant(self, object blueprint, bt_field_class *key) except NULL
    cdef bt_field_class *option(self, object blueprint) except NULL
    cdef bt_field_class *variant(self, object blueprint) except NULL
    cdef bt_field_class *inner(self, object blueprint, object token) except NULL
    cdef bt_stream *make_stream(self, object blueprint) except NULL

cdef int check(int status) except -1
cdef bytes text_of(object text)
