"""C interface of `classes`: see classes.pyx."""
from lttngx.core.native.babeltrace cimport bt_event_class, bt_stream

cdef object event_class_of(const bt_event_class *event_class, dict memo)
cdef object stream_of(const bt_stream *stream, int mip)
