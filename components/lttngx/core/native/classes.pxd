"""C interface of `classes`: see classes.pyx."""
from lttngx.core.native.babeltrace cimport bt_clock_class, bt_event_class, bt_field_class, bt_stream, bt_trace

cdef object event_class_of(const bt_event_class *event_class, dict memo)
cdef object clock_class_of(const bt_clock_class *clock_class, int mip)
cdef object stream_of(const bt_stream *stream, int mip)
cdef object field_class_of(const bt_field_class *field_class)
cdef object trace_of(const bt_trace *trace, int mip)
cdef object text(const char *value)
