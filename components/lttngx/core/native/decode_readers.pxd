"""Readers of data stream classes and of streams: see decode_readers.pyx."""

from libc.stdint cimport uint32_t, uint64_t

from lttngx.core.native.decode_fields cimport TraceIr
from lttngx.core.native.decode_stream cimport ClassPlan, Iterator
from lttngx.core.native.produce cimport *

cdef class StreamReader:
    cdef Iterator it
    cdef object blueprint, error
    cdef TraceIr ir
    cdef ClassReader reader
    cdef list paths

cdef class ClassReader:
    cdef ClassPlan plan
    cdef object programs
    cdef readonly object blueprint
    cdef TraceIr ir
    cdef dict sparse
    cdef int add_event(self, uint64_t event_id) except -1

cdef StreamReader open_stream(ClassReader reader, object blueprint, uint64_t slot_count, object uuid,
                              bint first_counter_counts)
cdef int append_packets(StreamReader reader, object blueprint, uint64_t slot_count, uint32_t chunk) except -1
cdef void attach(StreamReader reader, bt_self_message_iterator *self_iterator, bt_stream *stream)
cdef object fault_text(StreamReader reader)
