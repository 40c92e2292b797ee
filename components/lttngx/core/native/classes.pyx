"""Builds the plain objects of `lttngx.core.classes` from the library's event classes and streams.

Rule: done once per event class, so clarity goes before speed; only the packet context and common context field classes,
which all event classes of a stream class share, are remembered (`memo`, by address of the stream class, which the caller
keeps alive through its references to event classes).
"""
from libc.stdint cimport int64_t, uint64_t, uintptr_t

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.creation cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

from uuid import UUID

from lttngx.core.classes import ClockClass, EventClass, FieldClass, Kind, Scope, Stream, Trace

SOURCES = LTTNGX_SOURCES.decode()

# Enumerations come before the integers they are, both are tested by inclusion of all their bits.
KINDS = (
    (BT_FIELD_CLASS_TYPE_BOOL, Kind.BOOL),
    (BT_FIELD_CLASS_TYPE_BIT_ARRAY, Kind.BIT_ARRAY),
    (BT_FIELD_CLASS_TYPE_UNSIGNED_ENUMERATION, Kind.UNSIGNED_ENUM),
    (BT_FIELD_CLASS_TYPE_SIGNED_ENUMERATION, Kind.SIGNED_ENUM),
    (BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER, Kind.UNSIGNED),
    (BT_FIELD_CLASS_TYPE_SIGNED_INTEGER, Kind.SIGNED),
    (BT_FIELD_CLASS_TYPE_SINGLE_PRECISION_REAL, Kind.SINGLE),
    (BT_FIELD_CLASS_TYPE_DOUBLE_PRECISION_REAL, Kind.DOUBLE),
    (BT_FIELD_CLASS_TYPE_STRING, Kind.STRING),
    (BT_FIELD_CLASS_TYPE_STATIC_ARRAY, Kind.STATIC_ARRAY),
    (BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY, Kind.DYNAMIC_ARRAY),
    (BT_FIELD_CLASS_TYPE_STRUCTURE, Kind.STRUCTURE),
    (BT_FIELD_CLASS_TYPE_OPTION, Kind.OPTION),
    (BT_FIELD_CLASS_TYPE_VARIANT, Kind.VARIANT),
    (TYPE_BLOB, Kind.BLOB),
)


def event_class_at(address: int):
    """Return the EventClass of the bt_event_class at an address."""
    return event_class_of(<const bt_event_class *><uintptr_t>address, {})


def stream_at(address: int, mip: int = 0):
    """Return the Stream of the bt_stream at an address; `mip` is the graph's message interchange protocol version."""
    return stream_of(<const bt_stream *><uintptr_t>address, mip)


cdef object text(const char *value):
    """Return a C string as str, None for NULL."""
    return None if value == NULL else (<bytes>value).decode("utf-8", "surrogateescape")


cdef object event_class_of(const bt_event_class *event_class, dict memo):
    cdef const bt_stream_class *stream_class = bt_event_class_borrow_stream_class_const(event_class)
    cdef int level = event_class_log_level(event_class)
    shared = memo.get(<uintptr_t>stream_class)
    if shared is None:
        shared = memo[<uintptr_t>stream_class] = (
            field_class_of(bt_stream_class_borrow_packet_context_field_class_const(stream_class)),
            field_class_of(bt_stream_class_borrow_event_common_context_field_class_const(stream_class)))
    scopes = shared + (
        field_class_of(bt_event_class_borrow_specific_context_field_class_const(event_class)),
        field_class_of(bt_event_class_borrow_payload_field_class_const(event_class)))
    return EventClass(text(bt_event_class_get_name(event_class)), bt_event_class_get_id(event_class),
                      None if level < 0 else level, text(bt_event_class_get_emf_uri(event_class)), scopes)


cdef object stream_of(const bt_stream *stream, int mip):
    cdef const bt_stream_class *stream_class = bt_stream_borrow_class_const(stream)
    cdef const bt_clock_class *clock_class = bt_stream_class_borrow_default_clock_class_const(stream_class)
    clock = None if clock_class == NULL else text(bt_clock_class_get_name(clock_class)) or ""
    return Stream(bt_stream_get_id(stream), text(bt_stream_get_name(stream)), bt_stream_class_get_id(stream_class),
                  text(bt_stream_class_get_name(stream_class)), clock,
                  trace_of(bt_stream_borrow_trace_const(stream), mip),
                  clock_class == NULL or bt_clock_class_origin_is_unix_epoch(clock_class) != 0,
                  None if clock_class == NULL else clock_class_of(clock_class, mip))


cdef object clock_class_of(const bt_clock_class *clock_class, int mip):
    cdef int64_t seconds
    cdef uint64_t cycles, precision = 0, accuracy = 0
    bt_clock_class_get_offset(clock_class, &seconds, &cycles)
    common = {
        "name": text(bt_clock_class_get_name(clock_class)), "frequency": bt_clock_class_get_frequency(clock_class),
        "offset_seconds": seconds, "offset_cycles": cycles,
        "description": text(bt_clock_class_get_description(clock_class)),
        "unix_epoch": bt_clock_class_origin_is_unix_epoch(clock_class) != 0}
    if mip == 0:
        return ClockClass(uid=uuid_text(bt_clock_class_get_uuid(clock_class)),
                          precision=bt_clock_class_get_precision(clock_class), **common)
    known = clock_class_origin_is_known(clock_class) and not common["unix_epoch"]
    precise = clock_class_get_precision(clock_class, &precision) == BT_PROPERTY_AVAILABILITY_AVAILABLE
    accurate = clock_class_get_accuracy(clock_class, &accuracy) == BT_PROPERTY_AVAILABILITY_AVAILABLE
    return ClockClass(
        uid=text(clock_class_get_uid(clock_class)), namespace=text(clock_class_get_namespace(clock_class)),
        precision=precision if precise else None, accuracy=accuracy if accurate else None,
        origin=(text(clock_class_origin_namespace(clock_class)), text(clock_class_origin_name(clock_class)),
                text(clock_class_origin_uid(clock_class))) if known else None, **common)


cdef object trace_of(const bt_trace *trace, int mip):
    cdef uint64_t index
    cdef const char *name
    cdef const bt_value *value
    environment = {}
    for index in range(bt_trace_get_environment_entry_count(trace)):
        bt_trace_borrow_environment_entry_by_index_const(trace, index, &name, &value)
        if bt_value_is_signed_integer(value):
            environment[text(name)] = bt_value_integer_signed_get(value)
        elif bt_value_is_string(value):
            environment[text(name)] = text(bt_value_string_get(value))
    return Trace(text(bt_trace_get_name(trace)), uuid_of(trace, mip), environment)


cdef object uuid_of(const bt_trace *trace, int mip):
    """Return the UUID as text; in a MIP 1 graph, where asking for it aborts, the unique ID."""
    return text(trace_get_uid(trace)) if mip > 0 else uuid_text(bt_trace_get_uuid(trace))


cdef object uuid_text(bt_uuid uuid):
    return None if uuid == NULL else str(UUID(bytes=(<const char *>uuid)[:16]))


cdef object field_class_of(const bt_field_class *field_class):
    cdef bt_field_class_type type
    if field_class == NULL:
        return None
    type = class_type(field_class)
    kind = next((kind for bits, kind in KINDS if type & bits == bits), None)
    if kind is None:
        raise NotImplementedError(f"Cannot describe a field class: type={type:#x}")
    if kind in (Kind.UNSIGNED, Kind.SIGNED, Kind.UNSIGNED_ENUM, Kind.SIGNED_ENUM):
        return FieldClass(kind, bits=bt_field_class_integer_get_field_value_range(field_class),
                          base=bt_field_class_integer_get_preferred_display_base(field_class),
                          labels=labels_of(field_class, kind))
    if kind is Kind.BIT_ARRAY:
        return FieldClass(kind, bits=bt_field_class_bit_array_get_length(field_class))
    if kind is Kind.STRUCTURE:
        return FieldClass(kind, members=members_of(field_class))
    if kind is Kind.VARIANT:
        return FieldClass(kind, members=options_of(field_class), link=link_of(field_class, type))
    if kind is Kind.OPTION:
        return FieldClass(kind, element=field_class_of(bt_field_class_option_borrow_field_class_const(field_class)),
                          link=link_of(field_class, type))
    if kind in (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY):
        return FieldClass(
            kind, element=field_class_of(bt_field_class_array_borrow_element_field_class_const(field_class)),
            length=bt_field_class_array_static_get_length(field_class) if kind is Kind.STATIC_ARRAY else None,
            link=link_of(field_class, type))
    if kind is Kind.BLOB and type & TYPE_STATIC_BLOB == TYPE_STATIC_BLOB:
        return FieldClass(kind, length=static_blob_get_length(field_class))
    return FieldClass(kind, link=link_of(field_class, type))


cdef object link_of(const bt_field_class *field_class, bt_field_class_type type):
    """Return where a length or selector field is: by indices in a MIP 0 graph, by names in a MIP 1 graph."""
    cdef const field_location *location
    cdef const bt_field_path *path
    cdef uint64_t index
    if graph_mip_version(field_class) > 0:
        location = link_location(field_class, type)
        return None if location == NULL else (Scope(location_scope(location)), tuple(
            [text(location_item(location, index)) for index in range(location_item_count(location))]))
    path = link_path(field_class, type)
    return None if path == NULL else (Scope(path_scope(path)), tuple(
        [path_index(path, index) for index in range(bt_field_path_get_item_count(path))]))


cdef tuple labels_of(const bt_field_class *field_class, kind):
    """Return the mappings of an enumeration in their order, () for a plain integer."""
    cdef uint64_t index, count
    if kind not in (Kind.UNSIGNED_ENUM, Kind.SIGNED_ENUM):
        return ()
    count = bt_field_class_enumeration_get_mapping_count(field_class)
    if kind is Kind.UNSIGNED_ENUM:
        return tuple([unsigned_mapping(field_class, index) for index in range(count)])
    return tuple([signed_mapping(field_class, index) for index in range(count)])


cdef tuple unsigned_mapping(const bt_field_class *field_class, uint64_t index):
    cdef const bt_field_class_enumeration_unsigned_mapping *mapping = \
        bt_field_class_enumeration_unsigned_borrow_mapping_by_index_const(field_class, index)
    cdef const bt_integer_range_set_unsigned *ranges = \
        bt_field_class_enumeration_unsigned_mapping_borrow_ranges_const(mapping)
    cdef const bt_integer_range_unsigned *values
    cdef uint64_t position
    bounds = []
    for position in range(unsigned_range_count(ranges)):
        values = bt_integer_range_set_unsigned_borrow_range_by_index_const(ranges, position)
        bounds.append((bt_integer_range_unsigned_get_lower(values), bt_integer_range_unsigned_get_upper(values)))
    return text(unsigned_mapping_label(mapping)), tuple(bounds)


cdef tuple signed_mapping(const bt_field_class *field_class, uint64_t index):
    cdef const bt_field_class_enumeration_signed_mapping *mapping = \
        bt_field_class_enumeration_signed_borrow_mapping_by_index_const(field_class, index)
    cdef const bt_integer_range_set_signed *ranges = \
        bt_field_class_enumeration_signed_mapping_borrow_ranges_const(mapping)
    cdef const bt_integer_range_signed *values
    cdef uint64_t position
    bounds = []
    for position in range(signed_range_count(ranges)):
        values = bt_integer_range_set_signed_borrow_range_by_index_const(ranges, position)
        bounds.append((bt_integer_range_signed_get_lower(values), bt_integer_range_signed_get_upper(values)))
    return text(signed_mapping_label(mapping)), tuple(bounds)


cdef tuple members_of(const bt_field_class *field_class):
    cdef uint64_t index
    cdef const bt_field_class_structure_member *member
    members = []
    for index in range(bt_field_class_structure_get_member_count(field_class)):
        member = bt_field_class_structure_borrow_member_by_index_const(field_class, index)
        members.append((text(bt_field_class_structure_member_get_name(member)),
                        field_class_of(bt_field_class_structure_member_borrow_field_class_const(member))))
    return tuple(members)


cdef tuple options_of(const bt_field_class *field_class):
    cdef uint64_t index
    cdef const bt_field_class_variant_option *option
    options = []
    for index in range(bt_field_class_variant_get_option_count(field_class)):
        option = bt_field_class_variant_borrow_option_by_index_const(field_class, index)
        options.append((text(bt_field_class_variant_option_get_name(option)),
                        field_class_of(bt_field_class_variant_option_borrow_field_class_const(option))))
    return tuple(options)
