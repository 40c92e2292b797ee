"""Mirrors trace classes, traces, stream classes, streams, event classes and clock classes, by the plans of a Rewriting.

Rule: mirrors are made on first sight, in Python terms and without haste; each holds a reference to what it mirrors, so that
an address which serves as a key cannot come to mean another object. Numeric ids are kept, never given anew. An unchanged
clock class is not mirrored: the new stream class refers to the very object, which is what makes clocks of unknown origin
stay correlatable.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t, uintptr_t

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.classes cimport event_class_of, field_class_of, stream_of, text, trace_of
from lttngx.core.native.creation cimport *
from lttngx.core.native.fields cimport lower_path, path_to_object, take
from lttngx.core.native.mirroring cimport scope_mirror
from lttngx.core.native.plans cimport copy_plan
from lttngx.core.native.sources cimport LTTNGX_SOURCES

from uuid import UUID

import bt2

from lttngx.core.classes import FieldPath, Kind, Scope, Step, Stream

SOURCES = LTTNGX_SOURCES.decode()
INTEGERS = (Kind.UNSIGNED, Kind.SIGNED, Kind.UNSIGNED_ENUM, Kind.SIGNED_ENUM)


cdef int check(int status) except -1:
    """Raise, with the library's causes, if a library function failed."""
    if status:
        raise bt2._Error("Cannot mirror a class, trace or stream")
    return 0


cdef int made(const void *made_object) except -1:
    """Raise, with the library's causes, if a library function made nothing."""
    if made_object == NULL:
        raise bt2._Error("Cannot mirror a class, trace or stream")
    return 0


@cython.no_gc_clear
cdef class StreamClassMirror:
    def __cinit__(self):
        self.memory, self.made = [], {}

    def __dealloc__(self):
        if self.old != NULL:
            bt_stream_class_put_ref(self.old)
        if self.new != NULL:
            bt_stream_class_put_ref(self.new)

    cdef uint64_t cycles(self, uint64_t value) except? 0:
        """Return a clock snapshot's value by the new clock."""
        if self.same_clock:
            return value
        return self.plan.clock.map.cycles(value) if self.map is None else self.map.map(value)


@cython.no_gc_clear
cdef class StreamMirror:
    def __dealloc__(self):
        if self.packet != NULL:
            bt_packet_put_ref(self.packet)
        if self.new != NULL:
            bt_stream_put_ref(self.new)
        if self.old != NULL:
            bt_stream_put_ref(self.old)


cdef class Feed:
    def __init__(self, extraction):
        cdef int index
        self.call, self.memory, self.count = extraction.call, [], <int>len(extraction.paths)
        self.paths = <path_t **>take(self.memory, self.count * sizeof(path_t *))
        for index in range(self.count):
            if extraction.paths[index] is not None:
                self.paths[index] = <path_t *>take(self.memory, sizeof(path_t))
                lower_path(extraction.paths[index], self.paths[index], self.memory)

    cdef int give(self, object time_ns, int64_t cpu, const bt_event *event) except -1:
        """Call the engine with the values of one input event."""
        cdef int index
        cdef list arguments = [time_ns, cpu]
        for index in range(self.count):
            arguments.append(None if self.paths[index] == NULL else path_to_object(self.paths[index], event))
        self.call(*arguments)
        return 0


@cython.no_gc_clear
cdef class EventClassMirror:
    def __dealloc__(self):
        if self.old != NULL:
            bt_event_class_put_ref(self.old)
        if self.new != NULL:
            bt_event_class_put_ref(self.new)


@cython.no_gc_clear
cdef class Mirrors:
    def __cinit__(self):
        self.trace_classes, self.traces, self.stream_classes, self.clock_classes = {}, {}, {}, {}
        self.clock_changes, self.event_classes, self.streams, self.memo = {}, {}, {}, {}

    def __dealloc__(self):
        for old, new in self.traces.items():
            bt_trace_put_ref(<const bt_trace *><uintptr_t>new)
            bt_trace_put_ref(<const bt_trace *><uintptr_t>old)
        for old, new in self.trace_classes.items():
            bt_trace_class_put_ref(<const bt_trace_class *><uintptr_t>new)
            bt_trace_class_put_ref(<const bt_trace_class *><uintptr_t>old)
        for new in self.clock_classes.values():
            bt_clock_class_put_ref(<const bt_clock_class *><uintptr_t>new)
        for old in self.clock_changes:
            bt_clock_class_put_ref(<const bt_clock_class *><uintptr_t>old)

    cdef StreamMirror stream(self, const bt_stream *old):
        """Return the mirror of a stream.

        With the first stream of a trace all its stream classes and streams are mirrored, used or not yet, in their order:
        consumers see the same trace as without the rewrite."""
        cdef const bt_trace *trace = bt_stream_borrow_trace_const(old)
        cdef uint64_t index
        if <uintptr_t>old not in self.streams:
            self.trace(trace)
            self.empty_stream_classes(trace)
            for index in range(bt_trace_get_stream_count(trace)):
                self.new_stream(bt_trace_borrow_stream_by_index_const(trace, index))
        return self.streams[<uintptr_t>old]

    cdef int empty_stream_classes(self, const bt_trace *trace) except -1:
        """Mirror the stream classes of a trace's class in their order, each described by its first stream if it has one."""
        cdef const bt_trace_class *trace_class = bt_trace_borrow_class_const(trace)
        cdef const bt_stream_class *stream_class
        cdef uint64_t index, position
        for index in range(bt_trace_class_get_stream_class_count(trace_class)):
            stream_class = bt_trace_class_borrow_stream_class_by_index_const(trace_class, index)
            described = next((stream_of(bt_trace_borrow_stream_by_index_const(trace, position), self.mip)
                              for position in range(bt_trace_get_stream_count(trace))
                              if bt_stream_borrow_class_const(bt_trace_borrow_stream_by_index_const(trace, position))
                              == stream_class), None)
            self.stream_class(stream_class, described or stream_class_of(stream_class, trace, self.mip))
        return 0

    cdef int new_stream(self, const bt_stream *old) except -1:
        cdef StreamMirror mirror
        if <uintptr_t>old in self.streams:
            return 0
        mirror = StreamMirror()
        mirror.described = stream_of(old, self.mip)
        mirror.stream_class = self.stream_class(bt_stream_borrow_class_const(old), mirror.described)
        mirror.new = bt_stream_create_with_id(
            mirror.stream_class.new, self.trace(bt_stream_borrow_trace_const(old)), bt_stream_get_id(old))
        made(mirror.new)
        mirror.old = old
        bt_stream_get_ref(old)
        if bt_stream_get_name(old) != NULL:
            check(bt_stream_set_name(mirror.new, bt_stream_get_name(old)))
        bt_stream_set_user_attributes(mirror.new, bt_stream_borrow_user_attributes_const(old))
        mirror.cpu = -1
        self.streams[<uintptr_t>old] = mirror
        return 0

    cdef bt_trace_class *trace_class(self, const bt_trace_class *old) except NULL:
        cdef bt_trace_class *new
        if <uintptr_t>old in self.trace_classes:
            return <bt_trace_class *><uintptr_t>self.trace_classes[<uintptr_t>old]
        new = bt_trace_class_create(self.component)
        made(new)
        bt_trace_class_set_assigns_automatic_stream_class_id(new, False)
        bt_trace_class_set_user_attributes(new, bt_trace_class_borrow_user_attributes_const(old))
        bt_trace_class_get_ref(old)
        self.trace_classes[<uintptr_t>old] = <uintptr_t>new
        return new

    cdef bt_trace *trace(self, const bt_trace *old) except NULL:
        cdef bt_trace *new
        if <uintptr_t>old in self.traces:
            return <bt_trace *><uintptr_t>self.traces[<uintptr_t>old]
        new = bt_trace_create(self.trace_class(bt_trace_borrow_class_const(old)))
        made(new)
        copy_trace(new, old, self.mip)
        bt_trace_get_ref(old)
        self.traces[<uintptr_t>old] = <uintptr_t>new
        return new

    cdef StreamClassMirror stream_class(self, const bt_stream_class *old, object described):
        cdef StreamClassMirror mirror = self.stream_classes.get(<uintptr_t>old)
        cdef uint64_t index
        cdef const bt_field_class *packet_context
        cdef const bt_field_class *common_context
        if mirror is not None:
            return mirror
        mirror = StreamClassMirror()
        packet_context = bt_stream_class_borrow_packet_context_field_class_const(old)
        common_context = bt_stream_class_borrow_event_common_context_field_class_const(old)
        mirror.packet_context, mirror.common_context = field_class_of(packet_context), field_class_of(common_context)
        mirror.plan = self.rewriting.stream_class(described, mirror.packet_context, mirror.common_context)
        mirror.trace_class = self.trace_class(bt_stream_class_borrow_trace_class_const(old))
        mirror.new = bt_stream_class_create_with_id(mirror.trace_class, bt_stream_class_get_id(old))
        made(mirror.new)
        mirror.old = old
        bt_stream_class_get_ref(old)
        self.set_clock(mirror)
        copy_stream_class(mirror, self.mip)
        self.set_contexts(mirror, packet_context, common_context)
        self.stream_classes[<uintptr_t>old] = mirror
        for index in range(bt_stream_class_get_event_class_count(old)):
            self.event_class(bt_stream_class_borrow_event_class_by_index_const(old, index), mirror, described)
        return mirror

    def set_clock(self, StreamClassMirror mirror):
        """Give the new stream class its clock class: the old one's very object unless the plan changes it."""
        cdef const bt_clock_class *clock_class = bt_stream_class_borrow_default_clock_class_const(mirror.old)
        mirror.has_clock = clock_class != NULL
        mirror.same_clock = not mirror.has_clock or mirror.plan.clock is None
        if not mirror.same_clock:
            change = mirror.plan.clock
            mirror.map = change.map if isinstance(change.map, ClockMap) else None
            if <uintptr_t>clock_class not in self.clock_changes:
                bt_clock_class_get_ref(clock_class)
                self.clock_changes[<uintptr_t>clock_class] = change
            clock_class = self.clock_class(change.clock_class)
        if mirror.has_clock:
            check(bt_stream_class_set_default_clock_class(mirror.new, <bt_clock_class *>clock_class))

    cdef bt_clock_class *clock_class(self, object described) except NULL:
        """Return a new clock class: one for all changes which want an equal one."""
        cdef bt_clock_class *new
        if described in self.clock_classes:
            return <bt_clock_class *><uintptr_t>self.clock_classes[described]
        new = bt_clock_class_create(self.component)
        made(new)
        bt_clock_class_set_frequency(new, described.frequency)
        bt_clock_class_set_offset(new, described.offset_seconds, described.offset_cycles)
        if described.precision is not None:
            bt_clock_class_set_precision(new, described.precision)
        bt_clock_class_set_origin_is_unix_epoch(new, described.unix_epoch)
        if described.name is not None:
            check(bt_clock_class_set_name(new, described.name.encode()))
        if described.description is not None:
            check(bt_clock_class_set_description(new, described.description.encode()))
        identify_clock(new, described, self.mip)
        self.clock_classes[described] = <uintptr_t>new
        return new

    cdef object changed_clock(self, const bt_clock_class *old):
        """Return (address of the new clock class, its ClockChange), None if no stream class changed it."""
        change = self.clock_changes.get(<uintptr_t>old)
        return None if change is None else (self.clock_classes[change.clock_class], change)

    cdef int set_contexts(self, StreamClassMirror mirror, const bt_field_class *packet_context,
                          const bt_field_class *common_context) except -1:
        cdef bt_field_class *new
        change = mirror.plan.packet_context
        new = scope_mirror(mirror.trace_class, self.mip, Scope.PACKET_CONTEXT, change, mirror.made).root(packet_context)
        mirror.new_packet_context = new != NULL
        if new != NULL:
            check(bt_stream_class_set_packet_context_field_class(mirror.new, new))
            bt_field_class_put_ref(new)
            mirror.packet_plan = copy_plan(mirror.packet_context, change)
        new = scope_mirror(mirror.trace_class, self.mip, Scope.COMMON_CONTEXT, mirror.plan.common_context,
                           mirror.made).root(common_context)
        if new != NULL:
            check(bt_stream_class_set_event_common_context_field_class(mirror.new, new))
            bt_field_class_put_ref(new)
        find_cpu(mirror)
        return 0

    cdef EventClassMirror event_class(self, const bt_event_class *old, StreamClassMirror stream_class, object stream):
        """Return the mirror of an event class; `stream` is the description of a stream of its stream class.

        All event classes which a stream class has when it is first seen are mirrored with it, used or not: consumers see
        the same trace class as without the rewrite."""
        cdef EventClassMirror mirror = self.event_classes.get(<uintptr_t>old)
        if mirror is not None:
            return mirror
        mirror = self.event_classes[<uintptr_t>old] = EventClassMirror()
        described = event_class_of(old, self.memo)
        plan = self.rewriting.event_class(described, stream)
        mirror.new = bt_event_class_create_with_id(stream_class.new, bt_event_class_get_id(old))
        made(mirror.new)
        mirror.old = old
        bt_event_class_get_ref(old)
        copy_event_class(mirror.new, old, self.mip)
        self.set_fields(mirror, stream_class, described, plan)
        mirror.before = None if plan.before is None else Feed(plan.before)
        mirror.drop = plan.drop
        mirror.after = None if plan.after is None else Feed(plan.after)
        return mirror

    cdef int set_fields(self, EventClassMirror mirror, StreamClassMirror stream_class, object described, object plan
                        ) except -1:
        cdef bt_field_class *new
        cdef dict links = dict(stream_class.made)
        common = stream_class.plan.common_context
        change = type(common)(common.drop, {**common.replace, **plan.common_context}, common.append)
        mirror.common = copy_plan(stream_class.common_context, change)
        if not mirror.common.root.count and not mirror.common.appended_count:
            mirror.common = None
        new = scope_mirror(stream_class.trace_class, self.mip, Scope.SPECIFIC_CONTEXT, plan.specific_context, links).root(
            bt_event_class_borrow_specific_context_field_class_const(mirror.old))
        if new != NULL:
            check(bt_event_class_set_specific_context_field_class(mirror.new, new))
            bt_field_class_put_ref(new)
            mirror.specific = copy_plan(described.scopes[Scope.SPECIFIC_CONTEXT], plan.specific_context)
        new = scope_mirror(stream_class.trace_class, self.mip, Scope.PAYLOAD, plan.payload, links).root(
            bt_event_class_borrow_payload_field_class_const(mirror.old))
        if new != NULL:
            check(bt_event_class_set_payload_field_class(mirror.new, new))
            bt_field_class_put_ref(new)
            mirror.payload = copy_plan(described.scopes[Scope.PAYLOAD], plan.payload)
        return 0


cdef int identify_clock(bt_clock_class *new, object described, int mip) except -1:
    """Set what tells a clock class from others: its UUID, or what a MIP 1 graph has instead."""
    if mip == 0:
        if described.uid is not None:
            uuid = UUID(described.uid).bytes
            bt_clock_class_set_uuid(new, <bt_uuid><const unsigned char *>uuid)
        return 0
    if described.namespace is not None:
        check(clock_class_set_namespace(new, described.namespace.encode()))
    if described.uid is not None:
        check(clock_class_set_uid(new, described.uid.encode()))
    if described.accuracy is not None:
        clock_class_set_accuracy(new, described.accuracy)
    if described.origin is not None:
        space, name, uid = [None if part is None else part.encode() for part in described.origin]
        check(clock_class_set_origin(new, <const char *>NULL if space is None else <const char *>space, name, uid))
    return 0


cdef object stream_class_of(const bt_stream_class *stream_class, const bt_trace *trace, int mip):
    """Return a stand-in for the description of a stream, for a stream class which has none yet."""
    cdef const bt_clock_class *clock_class = bt_stream_class_borrow_default_clock_class_const(stream_class)
    return Stream(class_id=bt_stream_class_get_id(stream_class), class_name=text(bt_stream_class_get_name(stream_class)),
                  clock=None if clock_class == NULL else text(bt_clock_class_get_name(clock_class)) or "",
                  trace=trace_of(trace, mip))


cdef int find_cpu(StreamClassMirror mirror) except -1:
    """Find the packet context's `cpu_id`, which chooses the row of slots."""
    cdef path_t *path
    root = mirror.packet_context
    index = None if root is None else root.member("cpu_id")
    if index is None or root.members[index][1].kind not in INTEGERS:
        return 0
    path = <path_t *>take(mirror.memory, sizeof(path_t))
    lower_path(FieldPath(Scope.PACKET_CONTEXT, (Step(Kind.STRUCTURE, index),), root.members[index][1]), path,
               mirror.memory)
    mirror.cpu = path
    return 0


cdef int copy_trace(bt_trace *new, const bt_trace *old, int mip) except -1:
    cdef uint64_t index
    cdef const char *name
    cdef const bt_value *value
    if bt_trace_get_name(old) != NULL:
        check(bt_trace_set_name(new, bt_trace_get_name(old)))
    if mip == 0:
        if bt_trace_get_uuid(old) != NULL:
            bt_trace_set_uuid(new, bt_trace_get_uuid(old))
    else:
        if trace_get_namespace(old) != NULL:
            check(trace_set_namespace(new, trace_get_namespace(old)))
        if trace_get_uid(old) != NULL:
            check(trace_set_uid(new, trace_get_uid(old)))
    for index in range(bt_trace_get_environment_entry_count(old)):
        bt_trace_borrow_environment_entry_by_index_const(old, index, &name, &value)
        if bt_value_is_signed_integer(value):
            check(bt_trace_set_environment_entry_integer(new, name, bt_value_integer_signed_get(value)))
        else:
            check(bt_trace_set_environment_entry_string(new, name, bt_value_string_get(value)))
    bt_trace_set_user_attributes(new, bt_trace_borrow_user_attributes_const(old))
    return 0


cdef int copy_stream_class(StreamClassMirror mirror, int mip) except -1:
    """Copy the properties of a stream class but its clock class and field classes."""
    cdef const bt_stream_class *old = mirror.old
    cdef bt_stream_class *new = mirror.new
    mirror.has_packets = bt_stream_class_supports_packets(old)
    mirror.packet_beginning_timed = (
        mirror.has_packets and bt_stream_class_packets_have_beginning_default_clock_snapshot(old))
    mirror.packet_end_timed = mirror.has_packets and bt_stream_class_packets_have_end_default_clock_snapshot(old)
    mirror.discarded_events_timed = (bt_stream_class_supports_discarded_events(old)
                                     and bt_stream_class_discarded_events_have_default_clock_snapshots(old))
    mirror.discarded_packets_timed = (bt_stream_class_supports_discarded_packets(old)
                                      and bt_stream_class_discarded_packets_have_default_clock_snapshots(old))
    if bt_stream_class_get_name(old) != NULL:
        check(bt_stream_class_set_name(new, bt_stream_class_get_name(old)))
    bt_stream_class_set_assigns_automatic_event_class_id(new, False)
    bt_stream_class_set_assigns_automatic_stream_id(new, False)
    bt_stream_class_set_supports_packets(
        new, mirror.has_packets, mirror.packet_beginning_timed, mirror.packet_end_timed)
    bt_stream_class_set_supports_discarded_events(
        new, bt_stream_class_supports_discarded_events(old), mirror.discarded_events_timed)
    bt_stream_class_set_supports_discarded_packets(
        new, bt_stream_class_supports_discarded_packets(old), mirror.discarded_packets_timed)
    bt_stream_class_set_user_attributes(new, bt_stream_class_borrow_user_attributes_const(old))
    if mip > 0:
        if stream_class_get_namespace(old) != NULL:
            check(stream_class_set_namespace(new, stream_class_get_namespace(old)))
        if stream_class_get_uid(old) != NULL:
            check(stream_class_set_uid(new, stream_class_get_uid(old)))
    return 0


cdef int copy_event_class(bt_event_class *new, const bt_event_class *old, int mip) except -1:
    """Copy the properties of an event class but its field classes."""
    if bt_event_class_get_name(old) != NULL:
        check(bt_event_class_set_name(new, bt_event_class_get_name(old)))
    if bt_event_class_get_emf_uri(old) != NULL:
        check(bt_event_class_set_emf_uri(new, bt_event_class_get_emf_uri(old)))
    copy_log_level(new, old)
    bt_event_class_set_user_attributes(new, bt_event_class_borrow_user_attributes_const(old))
    if mip > 0:
        if event_class_get_namespace(old) != NULL:
            check(event_class_set_namespace(new, event_class_get_namespace(old)))
        if event_class_get_uid(old) != NULL:
            check(event_class_set_uid(new, event_class_get_uid(old)))
    return 0
