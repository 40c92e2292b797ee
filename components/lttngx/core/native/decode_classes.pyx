"""Makes a trace, its clock, stream and event classes from blueprints (lttngx.core.blueprint)."""

from lttngx.core.native cimport mip1
from lttngx.core.native.decode_fields cimport TraceIr, check, text_of
from lttngx.core.native.produce cimport *
from lttngx.core.native.values cimport to_value


cdef int identify_clock(bt_clock_class *clock, object blueprint) except -1:
    """Set what only interchange protocol 1 has."""
    cdef const char *space = NULL
    if blueprint.namespace is not None:
        check(mip1.clock_class_set_namespace(clock, text_of(blueprint.namespace)))
    if blueprint.uid is not None:
        check(mip1.clock_class_set_uid(clock, text_of(blueprint.uid)))
    if blueprint.accuracy is not None:
        mip1.clock_class_set_accuracy(clock, blueprint.accuracy)
    if blueprint.origin is not None and not blueprint.unix_epoch:
        namespace = text_of(blueprint.origin[0] or "")
        if blueprint.origin[0] is not None:
            space = namespace
        check(mip1.clock_class_set_origin(clock, space, text_of(blueprint.origin[1]), text_of(blueprint.origin[2])))
    return 0


cdef bt_clock_class *make_clock(bt_self_component *component, object blueprint, int mip) except NULL:
    cdef bt_clock_class *clock = bt_clock_class_create(component)
    cdef bt_value *attributes
    if clock == NULL:
        raise MemoryError
    bt_clock_class_set_frequency(clock, blueprint.frequency)
    bt_clock_class_set_offset(clock, blueprint.offset_seconds, blueprint.offset_cycles)
    if blueprint.precision is not None:
        bt_clock_class_set_precision(clock, blueprint.precision)
    bt_clock_class_set_origin_is_unix_epoch(clock, <int> blueprint.unix_epoch)
    if blueprint.name is not None:
        check(bt_clock_class_set_name(clock, text_of(blueprint.name)))
    if blueprint.description is not None:
        check(bt_clock_class_set_description(clock, text_of(blueprint.description)))
    if mip > 0:
        identify_clock(clock, blueprint)
    elif blueprint.uuid is not None:
        bt_clock_class_set_uuid(clock, <bt_uuid> <const unsigned char *> blueprint.uuid)
    if blueprint.attributes:
        attributes = to_value(blueprint.attributes)
        bt_clock_class_set_user_attributes(clock, attributes)
        bt_value_put_ref(attributes)
    return clock


cdef int make_event_class(TraceIr ir, bt_stream_class *stream_class, object stream, object blueprint) except -1:
    cdef bt_event_class *event_class = bt_event_class_create_with_id(stream_class, blueprint.id)
    cdef bt_field_class *root
    cdef bt_value *attributes
    if blueprint.name is not None:
        check(bt_event_class_set_name(event_class, text_of(blueprint.name)))
    if ir.mip > 0 and blueprint.namespace is not None:
        check(mip1.event_class_set_namespace(event_class, text_of(blueprint.namespace)))
    if ir.mip > 0 and blueprint.uid is not None:
        check(mip1.event_class_set_uid(event_class, text_of(blueprint.uid)))
    if blueprint.log_level is not None:
        bt_event_class_set_log_level(event_class, <bt_event_class_log_level> <int> blueprint.log_level)
    if blueprint.emf_uri is not None:
        check(bt_event_class_set_emf_uri(event_class, text_of(blueprint.emf_uri)))
    if blueprint.specific_context is not None:
        root = ir.root(blueprint.specific_context, 2)
        check(bt_event_class_set_specific_context_field_class(event_class, root))
        bt_field_class_put_ref(root)
    if blueprint.payload is not None:
        root = ir.root(blueprint.payload, 3)
        check(bt_event_class_set_payload_field_class(event_class, root))
        bt_field_class_put_ref(root)
    if blueprint.attributes:
        attributes = to_value(blueprint.attributes)
        bt_event_class_set_user_attributes(event_class, attributes)
        bt_value_put_ref(attributes)
    ir.event_classes[stream.id, blueprint.id] = <size_t> event_class
    bt_event_class_put_ref(event_class)
    return 0


cdef int make_stream_class(TraceIr ir, object blueprint) except -1:
    cdef bt_stream_class *stream_class = bt_stream_class_create_with_id(ir.trace_class, blueprint.id)
    cdef bt_field_class *root
    cdef bt_value *attributes
    cdef bint clock = blueprint.clock is not None
    cdef bint timed = clock and blueprint.packets_begin and blueprint.packets_end
    if blueprint.name is not None:
        check(bt_stream_class_set_name(stream_class, text_of(blueprint.name)))
    if ir.mip > 0 and blueprint.namespace is not None:
        check(mip1.stream_class_set_namespace(stream_class, text_of(blueprint.namespace)))
    if ir.mip > 0 and blueprint.uid is not None:
        check(mip1.stream_class_set_uid(stream_class, text_of(blueprint.uid)))
    bt_stream_class_set_assigns_automatic_event_class_id(stream_class, False)
    bt_stream_class_set_assigns_automatic_stream_id(stream_class, <int> blueprint.automatic_ids)
    if clock:
        address = ir.clocks[blueprint.clock]
        ir.clock_of[blueprint.id] = address
        check(bt_stream_class_set_default_clock_class(stream_class, <bt_clock_class *> <size_t> address))
    bt_stream_class_set_supports_packets(stream_class, True, clock and blueprint.packets_begin, clock and blueprint.packets_end)
    bt_stream_class_set_supports_discarded_events(
        stream_class, <int> blueprint.discarded_events, blueprint.discarded_events and timed)
    bt_stream_class_set_supports_discarded_packets(
        stream_class, <int> blueprint.discarded_packets, blueprint.discarded_packets and timed)
    if blueprint.packet_context is not None:
        root = ir.root(blueprint.packet_context, 0)
        check(bt_stream_class_set_packet_context_field_class(stream_class, root))
        bt_field_class_put_ref(root)
    if blueprint.common_context is not None:
        root = ir.root(blueprint.common_context, 1)
        check(bt_stream_class_set_event_common_context_field_class(stream_class, root))
        bt_field_class_put_ref(root)
    if blueprint.attributes:
        attributes = to_value(blueprint.attributes)
        bt_stream_class_set_user_attributes(stream_class, attributes)
        bt_value_put_ref(attributes)
    for event in blueprint.event_classes:
        make_event_class(ir, stream_class, blueprint, event)
    ir.stream_classes[blueprint.id] = <size_t> stream_class
    bt_stream_class_put_ref(stream_class)
    return 0


cdef int make_trace(TraceIr ir, object blueprint) except -1:
    cdef bt_value *attributes
    ir.trace = bt_trace_create(ir.trace_class)
    if ir.trace == NULL:
        raise MemoryError
    if blueprint.name is not None:
        check(bt_trace_set_name(ir.trace, text_of(blueprint.name)))
    if ir.mip > 0:
        if blueprint.namespace is not None:
            check(mip1.trace_set_namespace(ir.trace, text_of(blueprint.namespace)))
        if blueprint.uid is not None:
            check(mip1.trace_set_uid(ir.trace, text_of(blueprint.uid)))
    elif blueprint.uuid is not None:
        bt_trace_set_uuid(ir.trace, <bt_uuid> <const unsigned char *> blueprint.uuid)
    for name, value in blueprint.environment.items():
        if isinstance(value, str):
            check(bt_trace_set_environment_entry_string(ir.trace, text_of(name), text_of(value)))
        else:
            check(bt_trace_set_environment_entry_integer(ir.trace, text_of(name), value))
    if blueprint.attributes:
        attributes = to_value(blueprint.attributes)
        bt_trace_class_set_user_attributes(ir.trace_class, attributes)
        bt_value_put_ref(attributes)
    return 0


def extend_trace_ir(size_t component, TraceIr ir, object blueprint) -> None:
    """Make what a later description of a trace has added to it."""
    for clock in blueprint.clocks[len(ir.clocks):]:
        ir.clocks.append(<size_t> make_clock(<bt_self_component *> component, clock, ir.mip))
    for stream_class in blueprint.stream_classes:
        address = ir.stream_classes.get(stream_class.id)
        if address is None:
            make_stream_class(ir, stream_class)
            continue
        for event in stream_class.event_classes:
            if (stream_class.id, event.id) not in ir.event_classes:
                make_event_class(ir, <bt_stream_class *> <size_t> address, stream_class, event)


def make_trace_ir(size_t component, object blueprint, int mip) -> TraceIr:
    """Make all trace IR objects of a trace but its streams. component: address of the bt_self_component."""
    cdef TraceIr ir = TraceIr(component, mip)
    for clock in blueprint.clocks:
        ir.clocks.append(<size_t> make_clock(<bt_self_component *> component, clock, mip))
    for stream_class in blueprint.stream_classes:
        make_stream_class(ir, stream_class)
    make_trace(ir, blueprint)
    return ir
