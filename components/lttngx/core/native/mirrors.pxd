"""C interface of `mirrors`: see mirrors.pyx."""
from libc.stdint cimport int64_t, uint64_t

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.clock_map cimport ClockMap
from lttngx.core.native.copying cimport CopyPlan
from lttngx.core.native.creation cimport bt_trace_class
from lttngx.core.native.fields cimport path_t


cdef class StreamClassMirror:
    """A stream class and its mirror. made: places of its new field classes, for links of MIP 0 event classes."""
    cdef const bt_stream_class *old
    cdef bt_stream_class *new
    cdef bt_trace_class *trace_class
    cdef readonly object plan, packet_context, common_context
    cdef CopyPlan packet_plan
    cdef dict made
    cdef const path_t *cpu
    cdef list memory
    cdef bint has_clock, has_packets, new_packet_context
    cdef bint packet_beginning_timed, packet_end_timed, discarded_events_timed, discarded_packets_timed
    cdef bint same_clock
    cdef ClockMap map   # None: `plan` has another kind

    cdef uint64_t cycles(self, uint64_t value) except? 0


cdef class StreamMirror:
    """A stream and its mirror, with its current packet and the row of slots of that packet's CPU."""
    cdef const bt_stream *old
    cdef bt_stream *new
    cdef bt_packet *packet
    cdef StreamClassMirror stream_class
    cdef readonly object described
    cdef int64_t cpu
    cdef Py_ssize_t row


cdef class Feed:
    """An Extraction whose paths are lowered."""
    cdef object call
    cdef list memory
    cdef path_t **paths
    cdef int count

    cdef int give(self, object time_ns, int64_t cpu, const bt_event *event) except -1


cdef class EventClassMirror:
    """An event class and its mirror. A copy plan is None where the new class has no such scope."""
    cdef const bt_event_class *old
    cdef bt_event_class *new
    cdef CopyPlan common, specific, payload
    cdef Feed before, after
    cdef bint drop


cdef class Mirrors:
    """Makes the mirrors of one message iterator's classes, traces and streams, each once."""
    cdef bt_self_component *component
    cdef object rewriting
    cdef int mip
    cdef dict trace_classes, traces, stream_classes, clock_classes, clock_changes, event_classes, streams, memo

    cdef int set_contexts(self, StreamClassMirror mirror, const bt_field_class *packet_context,
                          const bt_field_class *common_context) except -1
    cdef int set_fields(self, EventClassMirror mirror, StreamClassMirror stream_class, object described, object plan
                        ) except -1

    cdef StreamMirror stream(self, const bt_stream *old)
    cdef EventClassMirror event_class(self, const bt_event_class *old, StreamClassMirror stream_class, object stream)
    cdef StreamClassMirror stream_class(self, const bt_stream_class *old, object described)
    cdef int empty_stream_classes(self, const bt_trace *trace) except -1
    cdef int new_stream(self, const bt_stream *old) except -1
    cdef bt_trace_class *trace_class(self, const bt_trace_class *old) except NULL
    cdef bt_trace *trace(self, const bt_trace *old) except NULL
    cdef bt_clock_class *clock_class(self, object described) except NULL
    cdef object changed_clock(self, const bt_clock_class *old)
