"""Declarations of libbabeltrace2's C API for making trace IR: classes, traces, streams, packets, messages, and setting fields.

Rule: as in babeltrace.pxd. Functions below "MIP 1" are looked up at run time and must only be called in a MIP 1 graph; those
marked "MIP 0 only" abort the process in one.
"""
from libc.stdint cimport int64_t, uint64_t, uint8_t

from lttngx.core.native.babeltrace cimport *

cdef extern from "<babeltrace2/babeltrace.h>" nogil:
    ctypedef struct bt_trace_class:
        pass
    ctypedef struct bt_field_path:
        pass
    ctypedef struct bt_field_path_item:
        pass
    ctypedef struct bt_field_class_variant_with_selector_field_integer_unsigned_option:
        pass
    ctypedef struct bt_field_class_variant_with_selector_field_integer_signed_option:
        pass

    # Clock classes
    bt_clock_class *bt_clock_class_create(bt_self_component *component)
    void bt_clock_class_set_frequency(bt_clock_class *clock_class, uint64_t frequency)
    void bt_clock_class_set_offset(bt_clock_class *clock_class, int64_t seconds, uint64_t cycles)
    void bt_clock_class_set_precision(bt_clock_class *clock_class, uint64_t precision)
    void bt_clock_class_set_origin_is_unix_epoch(bt_clock_class *clock_class, bt_bool is_unix_epoch)
    int bt_clock_class_set_name(bt_clock_class *clock_class, const char *name)
    int bt_clock_class_set_description(bt_clock_class *clock_class, const char *description)
    void bt_clock_class_set_uuid(bt_clock_class *clock_class, bt_uuid uuid)  # MIP 0 only
    uint64_t bt_clock_class_get_frequency(const bt_clock_class *clock_class)
    void bt_clock_class_get_offset(const bt_clock_class *clock_class, int64_t *seconds, uint64_t *cycles)
    uint64_t bt_clock_class_get_precision(const bt_clock_class *clock_class)  # MIP 0 only: in MIP 1 it may be unknown
    const char *bt_clock_class_get_description(const bt_clock_class *clock_class)
    bt_uuid bt_clock_class_get_uuid(const bt_clock_class *clock_class)  # MIP 0 only
    void bt_clock_class_get_ref(const bt_clock_class *clock_class)
    void bt_clock_class_put_ref(const bt_clock_class *clock_class)
    const bt_clock_class *bt_clock_snapshot_borrow_clock_class_const(const bt_clock_snapshot *snapshot)
    uint64_t bt_clock_snapshot_get_value(const bt_clock_snapshot *snapshot)

    # Trace classes and traces
    bt_trace_class *bt_trace_class_create(bt_self_component *component)
    void bt_trace_class_set_assigns_automatic_stream_class_id(bt_trace_class *trace_class, bt_bool automatic)
    void bt_trace_class_set_user_attributes(bt_trace_class *trace_class, const bt_value *attributes)
    const bt_value *bt_trace_class_borrow_user_attributes_const(const bt_trace_class *trace_class)
    void bt_trace_class_get_ref(const bt_trace_class *trace_class)
    void bt_trace_class_put_ref(const bt_trace_class *trace_class)
    bt_trace *bt_trace_create(bt_trace_class *trace_class)
    const bt_trace_class *bt_trace_borrow_class_const(const bt_trace *trace)
    uint64_t bt_trace_class_get_stream_class_count(const bt_trace_class *trace_class)
    const bt_stream_class *bt_trace_class_borrow_stream_class_by_index_const(
        const bt_trace_class *trace_class, uint64_t index)
    uint64_t bt_trace_get_stream_count(const bt_trace *trace)
    const bt_stream *bt_trace_borrow_stream_by_index_const(const bt_trace *trace, uint64_t index)
    int bt_trace_set_name(bt_trace *trace, const char *name)
    void bt_trace_set_uuid(bt_trace *trace, bt_uuid uuid)  # MIP 0 only
    int bt_trace_set_environment_entry_integer(bt_trace *trace, const char *name, int64_t value)
    int bt_trace_set_environment_entry_string(bt_trace *trace, const char *name, const char *value)
    void bt_trace_set_user_attributes(bt_trace *trace, const bt_value *attributes)
    const bt_value *bt_trace_borrow_user_attributes_const(const bt_trace *trace)
    void bt_trace_get_ref(const bt_trace *trace)
    void bt_trace_put_ref(const bt_trace *trace)

    # Stream classes and streams
    bt_stream_class *bt_stream_class_create_with_id(bt_trace_class *trace_class, uint64_t id)
    const bt_trace_class *bt_stream_class_borrow_trace_class_const(const bt_stream_class *stream_class)
    uint64_t bt_stream_class_get_event_class_count(const bt_stream_class *stream_class)
    const bt_event_class *bt_stream_class_borrow_event_class_by_index_const(
        const bt_stream_class *stream_class, uint64_t index)
    int bt_stream_class_set_name(bt_stream_class *stream_class, const char *name)
    int bt_stream_class_set_default_clock_class(bt_stream_class *stream_class, bt_clock_class *clock_class)
    int bt_stream_class_set_packet_context_field_class(bt_stream_class *stream_class, bt_field_class *field_class)
    int bt_stream_class_set_event_common_context_field_class(bt_stream_class *stream_class, bt_field_class *field_class)
    void bt_stream_class_set_assigns_automatic_event_class_id(bt_stream_class *stream_class, bt_bool automatic)
    void bt_stream_class_set_assigns_automatic_stream_id(bt_stream_class *stream_class, bt_bool automatic)
    void bt_stream_class_set_supports_packets(
        bt_stream_class *stream_class, bt_bool supports, bt_bool beginning_has_time, bt_bool end_has_time)
    void bt_stream_class_set_supports_discarded_events(
        bt_stream_class *stream_class, bt_bool supports, bt_bool has_times)
    bt_bool bt_stream_class_supports_discarded_events(const bt_stream_class *stream_class)
    void bt_stream_class_set_supports_discarded_packets(
        bt_stream_class *stream_class, bt_bool supports, bt_bool has_times)
    bt_bool bt_stream_class_supports_discarded_packets(const bt_stream_class *stream_class)
    void bt_stream_class_set_user_attributes(bt_stream_class *stream_class, const bt_value *attributes)
    const bt_value *bt_stream_class_borrow_user_attributes_const(const bt_stream_class *stream_class)
    void bt_stream_class_get_ref(const bt_stream_class *stream_class)
    void bt_stream_class_put_ref(const bt_stream_class *stream_class)
    bt_stream *bt_stream_create_with_id(bt_stream_class *stream_class, bt_trace *trace, uint64_t id)
    int bt_stream_set_name(bt_stream *stream, const char *name)
    void bt_stream_set_user_attributes(bt_stream *stream, const bt_value *attributes)
    const bt_value *bt_stream_borrow_user_attributes_const(const bt_stream *stream)

    # Event classes and events
    bt_event_class *bt_event_class_create_with_id(bt_stream_class *stream_class, uint64_t id)
    int bt_event_class_set_name(bt_event_class *event_class, const char *name)
    int bt_event_class_set_emf_uri(bt_event_class *event_class, const char *uri)
    int bt_event_class_set_specific_context_field_class(bt_event_class *event_class, bt_field_class *field_class)
    int bt_event_class_set_payload_field_class(bt_event_class *event_class, bt_field_class *field_class)
    void bt_event_class_set_user_attributes(bt_event_class *event_class, const bt_value *attributes)
    const bt_value *bt_event_class_borrow_user_attributes_const(const bt_event_class *event_class)
    bt_field *bt_event_borrow_common_context_field(bt_event *event)
    bt_field *bt_event_borrow_specific_context_field(bt_event *event)
    bt_field *bt_event_borrow_payload_field(bt_event *event)

    # Packets
    bt_packet *bt_packet_create(const bt_stream *stream)
    bt_field *bt_packet_borrow_context_field(bt_packet *packet)

    # Field classes
    void bt_field_class_put_ref(const bt_field_class *field_class)
    void bt_field_class_set_user_attributes(bt_field_class *field_class, const bt_value *attributes)
    const bt_value *bt_field_class_borrow_user_attributes_const(const bt_field_class *field_class)
    bt_field_class *bt_field_class_bool_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_bit_array_create(bt_trace_class *trace_class, uint64_t length)
    bt_field_class *bt_field_class_integer_unsigned_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_integer_signed_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_enumeration_unsigned_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_enumeration_signed_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_real_single_precision_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_real_double_precision_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_string_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_structure_create(bt_trace_class *trace_class)
    bt_field_class *bt_field_class_array_static_create(
        bt_trace_class *trace_class, bt_field_class *element, uint64_t length)
    void bt_field_class_integer_set_field_value_range(bt_field_class *field_class, uint64_t bits)
    int bt_field_class_enumeration_unsigned_add_mapping(
        bt_field_class *field_class, const char *label, const bt_integer_range_set_unsigned *ranges)
    int bt_field_class_enumeration_signed_add_mapping(
        bt_field_class *field_class, const char *label, const bt_integer_range_set_signed *ranges)
    int bt_field_class_structure_append_member(
        bt_field_class *field_class, const char *name, bt_field_class *member)
    bt_field_class_structure_member *bt_field_class_structure_borrow_member_by_index(
        bt_field_class *field_class, uint64_t index)
    void bt_field_class_structure_member_set_user_attributes(
        bt_field_class_structure_member *member, const bt_value *attributes)
    const bt_value *bt_field_class_structure_member_borrow_user_attributes_const(
        const bt_field_class_structure_member *member)
    bt_field_class_variant_option *bt_field_class_variant_borrow_option_by_index(
        bt_field_class *field_class, uint64_t index)
    void bt_field_class_variant_option_set_user_attributes(
        bt_field_class_variant_option *option, const bt_value *attributes)
    const bt_value *bt_field_class_variant_option_borrow_user_attributes_const(
        const bt_field_class_variant_option *option)
    bt_bool bt_field_class_option_with_selector_field_bool_selector_is_reversed(const bt_field_class *field_class)
    void bt_field_class_option_with_selector_field_bool_set_selector_is_reversed(
        bt_field_class *field_class, bt_bool is_reversed)
    const bt_integer_range_set_unsigned *\
        bt_field_class_option_with_selector_field_integer_unsigned_borrow_selector_ranges_const(
            const bt_field_class *field_class)
    const bt_integer_range_set_signed *\
        bt_field_class_option_with_selector_field_integer_signed_borrow_selector_ranges_const(
            const bt_field_class *field_class)
    int bt_field_class_variant_without_selector_append_option(
        bt_field_class *field_class, const char *name, bt_field_class *option)
    int bt_field_class_variant_with_selector_field_integer_unsigned_append_option(
        bt_field_class *field_class, const char *name, bt_field_class *option,
        const bt_integer_range_set_unsigned *ranges)
    int bt_field_class_variant_with_selector_field_integer_signed_append_option(
        bt_field_class *field_class, const char *name, bt_field_class *option,
        const bt_integer_range_set_signed *ranges)
    const bt_field_class_variant_with_selector_field_integer_unsigned_option *\
        bt_field_class_variant_with_selector_field_integer_unsigned_borrow_option_by_index_const(
            const bt_field_class *field_class, uint64_t index)
    const bt_field_class_variant_with_selector_field_integer_signed_option *\
        bt_field_class_variant_with_selector_field_integer_signed_borrow_option_by_index_const(
            const bt_field_class *field_class, uint64_t index)
    const bt_integer_range_set_unsigned *\
        bt_field_class_variant_with_selector_field_integer_unsigned_option_borrow_ranges_const(
            const bt_field_class_variant_with_selector_field_integer_unsigned_option *option)
    const bt_integer_range_set_signed *\
        bt_field_class_variant_with_selector_field_integer_signed_option_borrow_ranges_const(
            const bt_field_class_variant_with_selector_field_integer_signed_option *option)

    # Field classes, MIP 0 only
    bt_field_class *bt_field_class_array_dynamic_create(
        bt_trace_class *trace_class, bt_field_class *element, bt_field_class *length)
    bt_field_class *bt_field_class_option_without_selector_create(
        bt_trace_class *trace_class, bt_field_class *content)
    bt_field_class *bt_field_class_option_with_selector_field_bool_create(
        bt_trace_class *trace_class, bt_field_class *content, bt_field_class *selector)
    bt_field_class *bt_field_class_option_with_selector_field_integer_unsigned_create(
        bt_trace_class *trace_class, bt_field_class *content, bt_field_class *selector,
        const bt_integer_range_set_unsigned *ranges)
    bt_field_class *bt_field_class_option_with_selector_field_integer_signed_create(
        bt_trace_class *trace_class, bt_field_class *content, bt_field_class *selector,
        const bt_integer_range_set_signed *ranges)
    bt_field_class *bt_field_class_variant_create(bt_trace_class *trace_class, bt_field_class *selector)

    # Fields
    void bt_field_bool_set_value(bt_field *field, bt_bool value)
    void bt_field_bit_array_set_value_as_integer(bt_field *field, uint64_t value)
    void bt_field_integer_unsigned_set_value(bt_field *field, uint64_t value)
    void bt_field_integer_signed_set_value(bt_field *field, int64_t value)
    void bt_field_real_single_precision_set_value(bt_field *field, float value)
    void bt_field_real_double_precision_set_value(bt_field *field, double value)
    void bt_field_string_clear(bt_field *field)
    int bt_field_string_append_with_length(bt_field *field, const char *value, uint64_t length)
    int bt_field_array_dynamic_set_length(bt_field *field, uint64_t length)
    bt_field *bt_field_array_borrow_element_field_by_index(bt_field *field, uint64_t index)
    bt_field *bt_field_structure_borrow_member_field_by_index(bt_field *field, uint64_t index)
    void bt_field_option_set_has_field(bt_field *field, bt_bool has_field)
    bt_field *bt_field_option_borrow_field(bt_field *field)
    int bt_field_variant_select_option_by_index(bt_field *field, uint64_t index)
    bt_field *bt_field_variant_borrow_selected_option_field(bt_field *field)

    # Messages
    ctypedef int bt_message_stream_clock_snapshot_state
    bt_message_stream_clock_snapshot_state BT_MESSAGE_STREAM_CLOCK_SNAPSHOT_STATE_KNOWN
    const bt_stream *bt_message_stream_beginning_borrow_stream_const(const bt_message *message)
    const bt_stream *bt_message_stream_end_borrow_stream_const(const bt_message *message)
    bt_message *bt_message_stream_beginning_create(bt_self_message_iterator *iterator, const bt_stream *stream)
    bt_message *bt_message_stream_end_create(bt_self_message_iterator *iterator, const bt_stream *stream)
    void bt_message_stream_beginning_set_default_clock_snapshot(bt_message *message, uint64_t value)
    void bt_message_stream_end_set_default_clock_snapshot(bt_message *message, uint64_t value)
    bt_message_stream_clock_snapshot_state bt_message_stream_beginning_borrow_default_clock_snapshot_const(
        const bt_message *message, const bt_clock_snapshot **snapshot)
    bt_message_stream_clock_snapshot_state bt_message_stream_end_borrow_default_clock_snapshot_const(
        const bt_message *message, const bt_clock_snapshot **snapshot)
    bt_message *bt_message_event_create(
        bt_self_message_iterator *iterator, const bt_event_class *event_class, const bt_stream *stream)
    bt_message *bt_message_event_create_with_default_clock_snapshot(
        bt_self_message_iterator *iterator, const bt_event_class *event_class, const bt_stream *stream, uint64_t value)
    bt_message *bt_message_event_create_with_packet(
        bt_self_message_iterator *iterator, const bt_event_class *event_class, const bt_packet *packet)
    bt_message *bt_message_event_create_with_packet_and_default_clock_snapshot(
        bt_self_message_iterator *iterator, const bt_event_class *event_class, const bt_packet *packet, uint64_t value)
    bt_event *bt_message_event_borrow_event(bt_message *message)
    bt_message *bt_message_packet_beginning_create(bt_self_message_iterator *iterator, const bt_packet *packet)
    bt_message *bt_message_packet_beginning_create_with_default_clock_snapshot(
        bt_self_message_iterator *iterator, const bt_packet *packet, uint64_t value)
    bt_message *bt_message_packet_end_create(bt_self_message_iterator *iterator, const bt_packet *packet)
    bt_message *bt_message_packet_end_create_with_default_clock_snapshot(
        bt_self_message_iterator *iterator, const bt_packet *packet, uint64_t value)
    bt_message *bt_message_discarded_events_create(bt_self_message_iterator *iterator, const bt_stream *stream)
    bt_message *bt_message_discarded_events_create_with_default_clock_snapshots(
        bt_self_message_iterator *iterator, const bt_stream *stream, uint64_t beginning, uint64_t end)
    void bt_message_discarded_events_set_count(bt_message *message, uint64_t count)
    bt_message *bt_message_discarded_packets_create(bt_self_message_iterator *iterator, const bt_stream *stream)
    bt_message *bt_message_discarded_packets_create_with_default_clock_snapshots(
        bt_self_message_iterator *iterator, const bt_stream *stream, uint64_t beginning, uint64_t end)
    void bt_message_discarded_packets_set_count(bt_message *message, uint64_t count)
    bt_message *bt_message_message_iterator_inactivity_create(
        bt_self_message_iterator *iterator, const bt_clock_class *clock_class, uint64_t value)


cdef extern from *:
    """
    #define LTTNGX_DYNAMIC_BLOB ((1ULL << 31) | LTTNGX_BLOB)

    /* The class type with all its 64 bits: built against 2.0 headers, the compiler would take 32 of them. */
    static inline uint64_t lttngx_class_type(const bt_field_class *field_class)
    {
        static uint64_t (*get)(const bt_field_class *);
        if (!get)
            get = (uint64_t (*)(const bt_field_class *)) lttngx_mip_1_symbol("bt_field_class_get_type");
        /* 2.0 leaves the upper half of the register undefined; only 2.1 has this function. */
        return lttngx_mip_1_symbol("bt_field_class_get_graph_mip_version")
            ? get(field_class) : (uint64_t) (uint32_t) bt_field_class_get_type(field_class);
    }

    /* lttngx_NAME calls bt_NAME of libbabeltrace2 2.1; with 2.0 it gives a zero. */
    #define LTTNGX_MIP_1(result, name, parameters, arguments)                               \\
        static inline result lttngx_##name parameters                                       \\
        {                                                                                   \\
            static result (*call) parameters;                                               \\
            if (!call)                                                                      \\
                call = (result (*) parameters) lttngx_mip_1_symbol("bt_" #name);            \\
            return call ? call arguments : (result) 0;                                      \\
        }
    #define LTTNGX_TEXT_PAIR(object)                                                                            \\
        LTTNGX_MIP_1(const char *, object##_get_namespace, (const bt_##object *o), (o))                         \\
        LTTNGX_MIP_1(const char *, object##_get_uid, (const bt_##object *o), (o))                               \\
        LTTNGX_MIP_1(int, object##_set_namespace, (bt_##object *o, const char *text), (o, text))                \\
        LTTNGX_MIP_1(int, object##_set_uid, (bt_##object *o, const char *text), (o, text))
    typedef struct bt_field_location lttngx_location;
    typedef struct bt_field_class_bit_array_flag lttngx_flag;

    LTTNGX_TEXT_PAIR(clock_class)
    LTTNGX_MIP_1(int, clock_class_get_opt_precision, (const bt_clock_class *c, uint64_t *n), (c, n))
    LTTNGX_MIP_1(int, clock_class_get_accuracy, (const bt_clock_class *c, uint64_t *n), (c, n))
    LTTNGX_MIP_1(int, clock_class_origin_is_known, (const bt_clock_class *c), (c))
    LTTNGX_MIP_1(const char *, clock_class_get_origin_namespace, (const bt_clock_class *c), (c))
    LTTNGX_MIP_1(const char *, clock_class_get_origin_name, (const bt_clock_class *c), (c))
    LTTNGX_MIP_1(const char *, clock_class_get_origin_uid, (const bt_clock_class *c), (c))
    LTTNGX_MIP_1(int, clock_class_set_origin, (bt_clock_class *c, const char *space, const char *name, const char *uid),
        (c, space, name, uid))
    LTTNGX_MIP_1(void, clock_class_set_accuracy, (bt_clock_class *c, uint64_t n), (c, n))
    LTTNGX_TEXT_PAIR(event_class)
    LTTNGX_TEXT_PAIR(stream_class)
    LTTNGX_MIP_1(const char *, trace_get_namespace, (const bt_trace *o), (o))
    LTTNGX_MIP_1(int, trace_set_namespace, (bt_trace *o, const char *text), (o, text))
    LTTNGX_MIP_1(int, trace_set_uid, (bt_trace *o, const char *text), (o, text))
    LTTNGX_MIP_1(uint64_t, field_class_get_graph_mip_version, (const bt_field_class *c), (c))
    LTTNGX_MIP_1(uint64_t, field_class_integer_get_field_value_hints, (const bt_field_class *c), (c))
    LTTNGX_MIP_1(lttngx_location *, field_location_create,
        (bt_trace_class *c, int scope, const char *const *items, uint64_t count), (c, scope, items, count))
    LTTNGX_MIP_1(int, field_location_get_root_scope, (const lttngx_location *l), (l))
    LTTNGX_MIP_1(uint64_t, field_location_get_item_count, (const lttngx_location *l), (l))
    LTTNGX_MIP_1(const char *, field_location_get_item_by_index, (const lttngx_location *l, uint64_t i), (l, i))
    LTTNGX_MIP_1(const lttngx_location *, field_class_array_dynamic_with_length_field_borrow_length_field_location_const,
        (const bt_field_class *c), (c))
    LTTNGX_MIP_1(const lttngx_location *, field_class_option_with_selector_field_borrow_selector_field_location_const,
        (const bt_field_class *c), (c))
    LTTNGX_MIP_1(const lttngx_location *, field_class_variant_with_selector_field_borrow_selector_field_location_const,
        (const bt_field_class *c), (c))
    LTTNGX_MIP_1(const lttngx_location *, field_class_blob_dynamic_with_length_field_borrow_length_field_location_const,
        (const bt_field_class *c), (c))
    LTTNGX_MIP_1(bt_field_class *, field_class_array_dynamic_without_length_field_location_create,
        (bt_trace_class *t, bt_field_class *e), (t, e))
    LTTNGX_MIP_1(bt_field_class *, field_class_array_dynamic_with_length_field_location_create,
        (bt_trace_class *t, bt_field_class *e, const lttngx_location *l), (t, e, l))
    LTTNGX_MIP_1(bt_field_class *, field_class_option_without_selector_field_location_create,
        (bt_trace_class *t, bt_field_class *e), (t, e))
    LTTNGX_MIP_1(bt_field_class *, field_class_option_with_selector_field_location_bool_create,
        (bt_trace_class *t, bt_field_class *e, const lttngx_location *l), (t, e, l))
    LTTNGX_MIP_1(bt_field_class *, field_class_option_with_selector_field_location_integer_unsigned_create,
        (bt_trace_class *t, bt_field_class *e, const lttngx_location *l, const bt_integer_range_set_unsigned *r),
        (t, e, l, r))
    LTTNGX_MIP_1(bt_field_class *, field_class_option_with_selector_field_location_integer_signed_create,
        (bt_trace_class *t, bt_field_class *e, const lttngx_location *l, const bt_integer_range_set_signed *r),
        (t, e, l, r))
    LTTNGX_MIP_1(bt_field_class *, field_class_variant_without_selector_field_location_create,
        (bt_trace_class *t), (t))
    LTTNGX_MIP_1(bt_field_class *, field_class_variant_with_selector_field_location_integer_unsigned_create,
        (bt_trace_class *t, const lttngx_location *l), (t, l))
    LTTNGX_MIP_1(bt_field_class *, field_class_variant_with_selector_field_location_integer_signed_create,
        (bt_trace_class *t, const lttngx_location *l), (t, l))
    LTTNGX_MIP_1(bt_field_class *, field_class_blob_static_create, (bt_trace_class *t, uint64_t length), (t, length))
    LTTNGX_MIP_1(bt_field_class *, field_class_blob_dynamic_without_length_field_location_create,
        (bt_trace_class *t), (t))
    LTTNGX_MIP_1(bt_field_class *, field_class_blob_dynamic_with_length_field_location_create,
        (bt_trace_class *t, const lttngx_location *l), (t, l))
    LTTNGX_MIP_1(const char *, field_class_blob_get_media_type, (const bt_field_class *c), (c))
    LTTNGX_MIP_1(int, field_class_blob_set_media_type, (bt_field_class *c, const char *text), (c, text))
    LTTNGX_MIP_1(uint64_t, field_class_bit_array_get_flag_count, (const bt_field_class *c), (c))
    LTTNGX_MIP_1(const lttngx_flag *, field_class_bit_array_borrow_flag_by_index_const,
        (const bt_field_class *c, uint64_t i), (c, i))
    LTTNGX_MIP_1(const char *, field_class_bit_array_flag_get_label, (const lttngx_flag *f), (f))
    LTTNGX_MIP_1(const bt_integer_range_set_unsigned *, field_class_bit_array_flag_borrow_index_ranges_const,
        (const lttngx_flag *f), (f))
    LTTNGX_MIP_1(int, field_class_bit_array_add_flag,
        (bt_field_class *c, const char *label, const bt_integer_range_set_unsigned *r), (c, label, r))
    LTTNGX_MIP_1(uint8_t *, field_blob_get_data, (bt_field *f), (f))
    LTTNGX_MIP_1(int, field_blob_dynamic_set_length, (bt_field *f, uint64_t length), (f, length))

    static inline void lttngx_location_put_ref(const lttngx_location *location)
    {
        void (*put)(const lttngx_location *) =
            (void (*)(const lttngx_location *)) lttngx_mip_1_symbol("bt_field_location_put_ref");
        if (put && location)
            put(location);
    }

    static inline void lttngx_copy_value_hints(bt_field_class *to, const bt_field_class *from)
    {
        void (*set)(bt_field_class *, uint64_t) = (void (*)(bt_field_class *, uint64_t))
            lttngx_mip_1_symbol("bt_field_class_integer_set_field_value_hints");
        if (set)
            set(to, lttngx_field_class_integer_get_field_value_hints(from));
    }

    static inline void lttngx_copy_display_base(bt_field_class *to, const bt_field_class *from)
    {
        bt_field_class_integer_set_preferred_display_base(
            to, bt_field_class_integer_get_preferred_display_base(from));
    }

    static inline void lttngx_set_display_base(bt_field_class *field_class, int base)
    {
        bt_field_class_integer_set_preferred_display_base(
            field_class, (bt_field_class_integer_preferred_display_base) base);
    }

    static inline void lttngx_copy_log_level(bt_event_class *to, const bt_event_class *from)
    {
        bt_event_class_log_level level;
        if (bt_event_class_get_log_level(from, &level) == BT_PROPERTY_AVAILABILITY_AVAILABLE)
            bt_event_class_set_log_level(to, level);
    }

    /* Where the length or selector field of a class of this type is: NULL if it has none. MIP 0 only. */
    static inline const bt_field_path *lttngx_link_path(const bt_field_class *field_class, uint64_t type)
    {
        if ((type & BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY_WITH_LENGTH_FIELD)
                == BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY_WITH_LENGTH_FIELD)
            return bt_field_class_array_dynamic_with_length_field_borrow_length_field_path_const(field_class);
        if ((type & BT_FIELD_CLASS_TYPE_OPTION_WITH_SELECTOR_FIELD) == BT_FIELD_CLASS_TYPE_OPTION_WITH_SELECTOR_FIELD)
            return bt_field_class_option_with_selector_field_borrow_selector_field_path_const(field_class);
        if ((type & BT_FIELD_CLASS_TYPE_VARIANT_WITH_SELECTOR_FIELD) == BT_FIELD_CLASS_TYPE_VARIANT_WITH_SELECTOR_FIELD)
            return bt_field_class_variant_with_selector_field_borrow_selector_field_path_const(field_class);
        return NULL;
    }

    static inline const lttngx_location *lttngx_link_location(const bt_field_class *field_class, uint64_t type)
    {
        if ((type & BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY_WITH_LENGTH_FIELD)
                == BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY_WITH_LENGTH_FIELD)
            return lttngx_field_class_array_dynamic_with_length_field_borrow_length_field_location_const(field_class);
        if ((type & BT_FIELD_CLASS_TYPE_OPTION_WITH_SELECTOR_FIELD) == BT_FIELD_CLASS_TYPE_OPTION_WITH_SELECTOR_FIELD)
            return lttngx_field_class_option_with_selector_field_borrow_selector_field_location_const(field_class);
        if ((type & BT_FIELD_CLASS_TYPE_VARIANT_WITH_SELECTOR_FIELD) == BT_FIELD_CLASS_TYPE_VARIANT_WITH_SELECTOR_FIELD)
            return lttngx_field_class_variant_with_selector_field_borrow_selector_field_location_const(field_class);
        if ((type & ((1ULL << 33) | LTTNGX_DYNAMIC_BLOB)) == ((1ULL << 33) | LTTNGX_DYNAMIC_BLOB))
            return lttngx_field_class_blob_dynamic_with_length_field_borrow_length_field_location_const(field_class);
        return NULL;
    }

    static inline int lttngx_path_scope(const bt_field_path *path)
    {
        return (int) bt_field_path_get_root_scope(path);
    }

    /* Index number `position` of a field path; 0 for "current array element" and "current option content". */
    static inline uint64_t lttngx_path_index(const bt_field_path *path, uint64_t position)
    {
        const bt_field_path_item *item = bt_field_path_borrow_item_by_index_const(path, position);
        return bt_field_path_item_get_type(item) == BT_FIELD_PATH_ITEM_TYPE_INDEX
            ? bt_field_path_item_index_get_index(item) : 0;
    }
    """
    ctypedef struct field_location "lttngx_location":
        pass
    ctypedef struct bit_array_flag "lttngx_flag":
        pass
    const bt_field_class_type TYPE_DYNAMIC_BLOB "LTTNGX_DYNAMIC_BLOB"
    bt_field_class_type class_type "lttngx_class_type"(const bt_field_class *field_class) nogil
    const bt_field_path *link_path "lttngx_link_path"(const bt_field_class *field_class, bt_field_class_type type)
    const field_location *link_location "lttngx_link_location"(
        const bt_field_class *field_class, bt_field_class_type type)
    int path_scope "lttngx_path_scope"(const bt_field_path *path)
    uint64_t path_index "lttngx_path_index"(const bt_field_path *path, uint64_t position)
    uint64_t bt_field_path_get_item_count(const bt_field_path *path)
    void copy_display_base "lttngx_copy_display_base"(bt_field_class *to, const bt_field_class *source)
    void set_display_base "lttngx_set_display_base"(bt_field_class *field_class, int base)
    void copy_log_level "lttngx_copy_log_level"(bt_event_class *to, const bt_event_class *source)
    bt_field_class_type BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY_WITH_LENGTH_FIELD
    bt_field_class_type BT_FIELD_CLASS_TYPE_OPTION_WITH_BOOL_SELECTOR_FIELD
    bt_field_class_type BT_FIELD_CLASS_TYPE_OPTION_WITH_UNSIGNED_INTEGER_SELECTOR_FIELD
    bt_field_class_type BT_FIELD_CLASS_TYPE_OPTION_WITH_SIGNED_INTEGER_SELECTOR_FIELD
    bt_field_class_type BT_FIELD_CLASS_TYPE_VARIANT_WITH_UNSIGNED_INTEGER_SELECTOR_FIELD
    bt_field_class_type BT_FIELD_CLASS_TYPE_VARIANT_WITH_SIGNED_INTEGER_SELECTOR_FIELD

    # The graph's MIP version by any of its field classes.
    uint64_t graph_mip_version "lttngx_field_class_get_graph_mip_version"(const bt_field_class *field_class)

    # MIP 1
    const char *clock_class_get_namespace "lttngx_clock_class_get_namespace"(const bt_clock_class *clock_class)
    const char *clock_class_get_uid "lttngx_clock_class_get_uid"(const bt_clock_class *clock_class)
    int clock_class_set_namespace "lttngx_clock_class_set_namespace"(bt_clock_class *clock_class, const char *text)
    int clock_class_set_uid "lttngx_clock_class_set_uid"(bt_clock_class *clock_class, const char *text)
    int clock_class_get_precision "lttngx_clock_class_get_opt_precision"(const bt_clock_class *clock_class, uint64_t *cycles)
    int clock_class_get_accuracy "lttngx_clock_class_get_accuracy"(const bt_clock_class *clock_class, uint64_t *cycles)
    int clock_class_origin_is_known "lttngx_clock_class_origin_is_known"(const bt_clock_class *clock_class)
    const char *clock_class_origin_namespace "lttngx_clock_class_get_origin_namespace"(const bt_clock_class *clock_class)
    const char *clock_class_origin_name "lttngx_clock_class_get_origin_name"(const bt_clock_class *clock_class)
    const char *clock_class_origin_uid "lttngx_clock_class_get_origin_uid"(const bt_clock_class *clock_class)
    int clock_class_set_origin "lttngx_clock_class_set_origin"(
        bt_clock_class *clock_class, const char *origin_namespace, const char *name, const char *uid)
    void clock_class_set_accuracy "lttngx_clock_class_set_accuracy"(bt_clock_class *clock_class, uint64_t cycles)
    const char *event_class_get_namespace "lttngx_event_class_get_namespace"(const bt_event_class *event_class)
    const char *event_class_get_uid "lttngx_event_class_get_uid"(const bt_event_class *event_class)
    int event_class_set_namespace "lttngx_event_class_set_namespace"(bt_event_class *event_class, const char *text)
    int event_class_set_uid "lttngx_event_class_set_uid"(bt_event_class *event_class, const char *text)
    const char *stream_class_get_namespace "lttngx_stream_class_get_namespace"(const bt_stream_class *stream_class)
    const char *stream_class_get_uid "lttngx_stream_class_get_uid"(const bt_stream_class *stream_class)
    int stream_class_set_namespace "lttngx_stream_class_set_namespace"(bt_stream_class *stream_class, const char *text)
    int stream_class_set_uid "lttngx_stream_class_set_uid"(bt_stream_class *stream_class, const char *text)
    const char *trace_get_namespace "lttngx_trace_get_namespace"(const bt_trace *trace)
    int trace_set_namespace "lttngx_trace_set_namespace"(bt_trace *trace, const char *text)
    int trace_set_uid "lttngx_trace_set_uid"(bt_trace *trace, const char *text)
    void copy_value_hints "lttngx_copy_value_hints"(bt_field_class *to, const bt_field_class *source)
    field_location *location_create "lttngx_field_location_create"(
        bt_trace_class *trace_class, int scope, const char **items, uint64_t count)
    int location_scope "lttngx_field_location_get_root_scope"(const field_location *location)
    uint64_t location_item_count "lttngx_field_location_get_item_count"(const field_location *location)
    const char *location_item "lttngx_field_location_get_item_by_index"(const field_location *location, uint64_t index)
    void location_put_ref "lttngx_location_put_ref"(const field_location *location)
    bt_field_class *dynamic_array_create \
        "lttngx_field_class_array_dynamic_without_length_field_location_create"(
            bt_trace_class *trace_class, bt_field_class *element)
    bt_field_class *dynamic_array_with_length_create \
        "lttngx_field_class_array_dynamic_with_length_field_location_create"(
            bt_trace_class *trace_class, bt_field_class *element, const field_location *length)
    bt_field_class *option_create "lttngx_field_class_option_without_selector_field_location_create"(
        bt_trace_class *trace_class, bt_field_class *content)
    bt_field_class *option_with_bool_create "lttngx_field_class_option_with_selector_field_location_bool_create"(
        bt_trace_class *trace_class, bt_field_class *content, const field_location *selector)
    bt_field_class *option_with_unsigned_create \
        "lttngx_field_class_option_with_selector_field_location_integer_unsigned_create"(
            bt_trace_class *trace_class, bt_field_class *content, const field_location *selector,
            const bt_integer_range_set_unsigned *ranges)
    bt_field_class *option_with_signed_create \
        "lttngx_field_class_option_with_selector_field_location_integer_signed_create"(
            bt_trace_class *trace_class, bt_field_class *content, const field_location *selector,
            const bt_integer_range_set_signed *ranges)
    bt_field_class *variant_create "lttngx_field_class_variant_without_selector_field_location_create"(
        bt_trace_class *trace_class)
    bt_field_class *variant_with_unsigned_create \
        "lttngx_field_class_variant_with_selector_field_location_integer_unsigned_create"(
            bt_trace_class *trace_class, const field_location *selector)
    bt_field_class *variant_with_signed_create \
        "lttngx_field_class_variant_with_selector_field_location_integer_signed_create"(
            bt_trace_class *trace_class, const field_location *selector)
    bt_field_class *static_blob_create "lttngx_field_class_blob_static_create"(
        bt_trace_class *trace_class, uint64_t length)
    bt_field_class *dynamic_blob_create "lttngx_field_class_blob_dynamic_without_length_field_location_create"(
        bt_trace_class *trace_class)
    bt_field_class *dynamic_blob_with_length_create \
        "lttngx_field_class_blob_dynamic_with_length_field_location_create"(
            bt_trace_class *trace_class, const field_location *length)
    const char *blob_get_media_type "lttngx_field_class_blob_get_media_type"(const bt_field_class *field_class)
    int blob_set_media_type "lttngx_field_class_blob_set_media_type"(bt_field_class *field_class, const char *text)
    uint64_t bit_array_flag_count "lttngx_field_class_bit_array_get_flag_count"(const bt_field_class *field_class)
    const bit_array_flag *bit_array_borrow_flag "lttngx_field_class_bit_array_borrow_flag_by_index_const"(
        const bt_field_class *field_class, uint64_t index)
    const char *bit_array_flag_label "lttngx_field_class_bit_array_flag_get_label"(const bit_array_flag *flag)
    const bt_integer_range_set_unsigned *bit_array_flag_ranges \
        "lttngx_field_class_bit_array_flag_borrow_index_ranges_const"(const bit_array_flag *flag)
    int bit_array_add_flag "lttngx_field_class_bit_array_add_flag"(
        bt_field_class *field_class, const char *label, const bt_integer_range_set_unsigned *ranges)
    uint8_t *blob_get_writable_data "lttngx_field_blob_get_data"(bt_field *field) nogil
    int blob_set_length "lttngx_field_blob_dynamic_set_length"(bt_field *field, uint64_t length) nogil
