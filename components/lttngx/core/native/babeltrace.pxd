"""Declarations of libbabeltrace2's C API, as far as the compiled core uses it.

Rule: `bt_field_class_type` is 64 bits wide (from 2.1 on dynamic BLOB classes are above 2^32) and never an int. What
only message interchange protocol 1 has (libbabeltrace2 2.1) is looked up at run time, so that one binary built
against 2.0 headers runs on both. Functions whose name says MIP 0 only abort the process in a MIP 1 graph.
"""
from libc.stdint cimport int64_t, uint64_t, uint8_t


cdef extern from "<babeltrace2/babeltrace.h>" nogil:
    ctypedef int bt_bool
    ctypedef struct bt_message:
        pass
    ctypedef struct bt_message_iterator:
        pass
    ctypedef struct bt_self_message_iterator:
        pass
    ctypedef struct bt_self_component:
        pass
    ctypedef struct bt_clock_snapshot:
        pass
    ctypedef struct bt_clock_class:
        pass
    ctypedef struct bt_trace:
        pass
    ctypedef struct bt_stream_class:
        pass
    ctypedef struct bt_stream:
        pass
    ctypedef struct bt_event_class:
        pass
    ctypedef struct bt_event:
        pass
    ctypedef struct bt_packet:
        pass
    ctypedef struct bt_field_class:
        pass
    ctypedef struct bt_field:
        pass
    ctypedef struct bt_field_class_structure_member:
        pass
    ctypedef struct bt_field_class_variant_option:
        pass
    ctypedef struct bt_field_class_enumeration_mapping:
        pass
    ctypedef struct bt_field_class_enumeration_unsigned_mapping:
        pass
    ctypedef struct bt_field_class_enumeration_signed_mapping:
        pass
    ctypedef struct bt_integer_range_set:
        pass
    ctypedef struct bt_integer_range_set_unsigned:
        pass
    ctypedef struct bt_integer_range_set_signed:
        pass
    ctypedef struct bt_integer_range_unsigned:
        pass
    ctypedef struct bt_integer_range_signed:
        pass
    ctypedef struct bt_value:
        pass
    ctypedef const bt_message *const_message "bt_message const *"
    ctypedef const_message *bt_message_array_const
    ctypedef const uint8_t *bt_uuid

    ctypedef int bt_message_iterator_next_status
    ctypedef int bt_property_availability
    bt_property_availability BT_PROPERTY_AVAILABILITY_AVAILABLE
    bt_message_iterator_next_status BT_MESSAGE_ITERATOR_NEXT_STATUS_OK
    bt_message_iterator_next_status BT_MESSAGE_ITERATOR_NEXT_STATUS_END
    bt_message_iterator_next_status BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN

    # Message iterators and messages
    bt_message_iterator_next_status bt_message_iterator_next(
        bt_message_iterator *iterator, bt_message_array_const *messages, uint64_t *count)
    bt_bool bt_self_message_iterator_is_interrupted(const bt_self_message_iterator *iterator)
    bt_self_component *bt_self_message_iterator_borrow_component(bt_self_message_iterator *iterator)
    uint64_t bt_self_component_get_graph_mip_version(bt_self_component *component)

    ctypedef enum bt_message_type:
        BT_MESSAGE_TYPE_STREAM_BEGINNING
        BT_MESSAGE_TYPE_STREAM_END
        BT_MESSAGE_TYPE_EVENT
        BT_MESSAGE_TYPE_PACKET_BEGINNING
        BT_MESSAGE_TYPE_PACKET_END
        BT_MESSAGE_TYPE_DISCARDED_EVENTS
        BT_MESSAGE_TYPE_DISCARDED_PACKETS
        BT_MESSAGE_TYPE_MESSAGE_ITERATOR_INACTIVITY

    bt_message_type bt_message_get_type(const bt_message *message)
    void bt_message_get_ref(const bt_message *message)
    void bt_message_put_ref(const bt_message *message)
    const bt_event *bt_message_event_borrow_event_const(const bt_message *message)
    const bt_clock_class *bt_message_event_borrow_stream_class_default_clock_class_const(const bt_message *message)
    const bt_clock_snapshot *bt_message_event_borrow_default_clock_snapshot_const(const bt_message *message)
    const bt_packet *bt_message_packet_beginning_borrow_packet_const(const bt_message *message)
    const bt_packet *bt_message_packet_end_borrow_packet_const(const bt_message *message)
    const bt_clock_snapshot *bt_message_packet_beginning_borrow_default_clock_snapshot_const(const bt_message *message)
    const bt_clock_snapshot *bt_message_packet_end_borrow_default_clock_snapshot_const(const bt_message *message)
    bt_bool bt_stream_class_packets_have_beginning_default_clock_snapshot(const bt_stream_class *stream_class)
    bt_bool bt_stream_class_packets_have_end_default_clock_snapshot(const bt_stream_class *stream_class)
    const bt_stream *bt_message_discarded_events_borrow_stream_const(const bt_message *message)
    const bt_clock_snapshot *bt_message_discarded_events_borrow_beginning_default_clock_snapshot_const(
        const bt_message *message)
    const bt_clock_snapshot *bt_message_discarded_events_borrow_end_default_clock_snapshot_const(
        const bt_message *message)
    bt_property_availability bt_message_discarded_events_get_count(const bt_message *message, uint64_t *count)
    const bt_stream *bt_message_discarded_packets_borrow_stream_const(const bt_message *message)
    const bt_clock_snapshot *bt_message_discarded_packets_borrow_beginning_default_clock_snapshot_const(
        const bt_message *message)
    const bt_clock_snapshot *bt_message_discarded_packets_borrow_end_default_clock_snapshot_const(
        const bt_message *message)
    bt_property_availability bt_message_discarded_packets_get_count(const bt_message *message, uint64_t *count)
    const bt_clock_snapshot *bt_message_message_iterator_inactivity_borrow_clock_snapshot_const(
        const bt_message *message)

    # Events, packets, streams, traces
    const bt_event_class *bt_event_borrow_class_const(const bt_event *event)
    const bt_stream *bt_event_borrow_stream_const(const bt_event *event)
    const bt_packet *bt_event_borrow_packet_const(const bt_event *event)
    const bt_stream *bt_packet_borrow_stream_const(const bt_packet *packet)
    const bt_field *bt_event_borrow_payload_field_const(const bt_event *event)
    const bt_field *bt_event_borrow_specific_context_field_const(const bt_event *event)
    const bt_field *bt_event_borrow_common_context_field_const(const bt_event *event)
    const bt_field *bt_packet_borrow_context_field_const(const bt_packet *packet)
    void bt_packet_get_ref(const bt_packet *packet)
    void bt_packet_put_ref(const bt_packet *packet)
    void bt_event_class_get_ref(const bt_event_class *event_class)
    void bt_event_class_put_ref(const bt_event_class *event_class)
    const bt_stream_class *bt_event_class_borrow_stream_class_const(const bt_event_class *event_class)
    uint64_t bt_event_class_get_id(const bt_event_class *event_class)
    const char *bt_event_class_get_name(const bt_event_class *event_class)
    const char *bt_event_class_get_emf_uri(const bt_event_class *event_class)
    const bt_field_class *bt_event_class_borrow_payload_field_class_const(const bt_event_class *event_class)
    const bt_field_class *bt_event_class_borrow_specific_context_field_class_const(const bt_event_class *event_class)
    void bt_stream_get_ref(const bt_stream *stream)
    void bt_stream_put_ref(const bt_stream *stream)
    const bt_stream_class *bt_stream_borrow_class_const(const bt_stream *stream)
    const bt_trace *bt_stream_borrow_trace_const(const bt_stream *stream)
    uint64_t bt_stream_get_id(const bt_stream *stream)
    const char *bt_stream_get_name(const bt_stream *stream)
    uint64_t bt_stream_class_get_id(const bt_stream_class *stream_class)
    const char *bt_stream_class_get_name(const bt_stream_class *stream_class)
    const bt_clock_class *bt_stream_class_borrow_default_clock_class_const(const bt_stream_class *stream_class)
    const char *bt_clock_class_get_name(const bt_clock_class *clock_class)
    bt_bool bt_clock_class_origin_is_unix_epoch(const bt_clock_class *clock_class)
    bt_bool bt_stream_class_supports_packets(const bt_stream_class *stream_class)
    bt_bool bt_stream_class_discarded_events_have_default_clock_snapshots(const bt_stream_class *stream_class)
    bt_bool bt_stream_class_discarded_packets_have_default_clock_snapshots(const bt_stream_class *stream_class)
    const bt_field_class *bt_stream_class_borrow_packet_context_field_class_const(const bt_stream_class *stream_class)
    const bt_field_class *bt_stream_class_borrow_event_common_context_field_class_const(
        const bt_stream_class *stream_class)
    const char *bt_trace_get_name(const bt_trace *trace)
    bt_uuid bt_trace_get_uuid(const bt_trace *trace)  # MIP 0 only
    uint64_t bt_trace_get_environment_entry_count(const bt_trace *trace)
    void bt_trace_borrow_environment_entry_by_index_const(
        const bt_trace *trace, uint64_t index, const char **name, const bt_value **value)
    bt_bool bt_value_is_signed_integer(const bt_value *value)
    bt_bool bt_value_is_string(const bt_value *value)
    int64_t bt_value_integer_signed_get(const bt_value *value)
    const char *bt_value_string_get(const bt_value *value)

    # Field classes
    ctypedef unsigned long long bt_field_class_type
    bt_field_class_type BT_FIELD_CLASS_TYPE_BOOL
    bt_field_class_type BT_FIELD_CLASS_TYPE_BIT_ARRAY
    bt_field_class_type BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER
    bt_field_class_type BT_FIELD_CLASS_TYPE_SIGNED_INTEGER
    bt_field_class_type BT_FIELD_CLASS_TYPE_UNSIGNED_ENUMERATION
    bt_field_class_type BT_FIELD_CLASS_TYPE_SIGNED_ENUMERATION
    bt_field_class_type BT_FIELD_CLASS_TYPE_SINGLE_PRECISION_REAL
    bt_field_class_type BT_FIELD_CLASS_TYPE_DOUBLE_PRECISION_REAL
    bt_field_class_type BT_FIELD_CLASS_TYPE_STRING
    bt_field_class_type BT_FIELD_CLASS_TYPE_STRUCTURE
    bt_field_class_type BT_FIELD_CLASS_TYPE_STATIC_ARRAY
    bt_field_class_type BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY
    bt_field_class_type BT_FIELD_CLASS_TYPE_OPTION
    bt_field_class_type BT_FIELD_CLASS_TYPE_VARIANT
    bt_field_class_type bt_field_class_get_type(const bt_field_class *field_class)
    bt_field_class_type bt_field_get_class_type(const bt_field *field)
    uint64_t bt_field_class_bit_array_get_length(const bt_field_class *field_class)
    uint64_t bt_field_class_integer_get_field_value_range(const bt_field_class *field_class)
    int bt_field_class_integer_get_preferred_display_base(const bt_field_class *field_class)
    uint64_t bt_field_class_enumeration_get_mapping_count(const bt_field_class *field_class)
    const bt_field_class_enumeration_unsigned_mapping *\
        bt_field_class_enumeration_unsigned_borrow_mapping_by_index_const(
            const bt_field_class *field_class, uint64_t index)
    const bt_field_class_enumeration_signed_mapping *\
        bt_field_class_enumeration_signed_borrow_mapping_by_index_const(
            const bt_field_class *field_class, uint64_t index)
    const bt_integer_range_set_unsigned *bt_field_class_enumeration_unsigned_mapping_borrow_ranges_const(
        const bt_field_class_enumeration_unsigned_mapping *mapping)
    const bt_integer_range_set_signed *bt_field_class_enumeration_signed_mapping_borrow_ranges_const(
        const bt_field_class_enumeration_signed_mapping *mapping)
    const bt_integer_range_unsigned *bt_integer_range_set_unsigned_borrow_range_by_index_const(
        const bt_integer_range_set_unsigned *ranges, uint64_t index)
    const bt_integer_range_signed *bt_integer_range_set_signed_borrow_range_by_index_const(
        const bt_integer_range_set_signed *ranges, uint64_t index)
    uint64_t bt_integer_range_unsigned_get_lower(const bt_integer_range_unsigned *values)
    uint64_t bt_integer_range_unsigned_get_upper(const bt_integer_range_unsigned *values)
    int64_t bt_integer_range_signed_get_lower(const bt_integer_range_signed *values)
    int64_t bt_integer_range_signed_get_upper(const bt_integer_range_signed *values)
    const bt_field_class *bt_field_class_array_borrow_element_field_class_const(const bt_field_class *field_class)
    uint64_t bt_field_class_array_static_get_length(const bt_field_class *field_class)
    uint64_t bt_field_class_structure_get_member_count(const bt_field_class *field_class)
    const bt_field_class_structure_member *bt_field_class_structure_borrow_member_by_index_const(
        const bt_field_class *field_class, uint64_t index)
    const char *bt_field_class_structure_member_get_name(const bt_field_class_structure_member *member)
    const bt_field_class *bt_field_class_structure_member_borrow_field_class_const(
        const bt_field_class_structure_member *member)
    const bt_field_class *bt_field_class_option_borrow_field_class_const(const bt_field_class *field_class)
    uint64_t bt_field_class_variant_get_option_count(const bt_field_class *field_class)
    const bt_field_class_variant_option *bt_field_class_variant_borrow_option_by_index_const(
        const bt_field_class *field_class, uint64_t index)
    const char *bt_field_class_variant_option_get_name(const bt_field_class_variant_option *option)
    const bt_field_class *bt_field_class_variant_option_borrow_field_class_const(
        const bt_field_class_variant_option *option)

    # Fields
    bt_bool bt_field_bool_get_value(const bt_field *field)
    uint64_t bt_field_bit_array_get_value_as_integer(const bt_field *field)
    uint64_t bt_field_integer_unsigned_get_value(const bt_field *field)
    int64_t bt_field_integer_signed_get_value(const bt_field *field)
    float bt_field_real_single_precision_get_value(const bt_field *field)
    double bt_field_real_double_precision_get_value(const bt_field *field)
    const char *bt_field_string_get_value(const bt_field *field)
    uint64_t bt_field_string_get_length(const bt_field *field)
    uint64_t bt_field_array_get_length(const bt_field *field)
    const bt_field *bt_field_array_borrow_element_field_by_index_const(const bt_field *field, uint64_t index)
    const bt_field *bt_field_structure_borrow_member_field_by_index_const(const bt_field *field, uint64_t index)
    const bt_field *bt_field_structure_borrow_member_field_by_name_const(const bt_field *field, const char *name)
    const bt_field *bt_field_option_borrow_field_const(const bt_field *field)
    uint64_t bt_field_variant_get_selected_option_index(const bt_field *field)
    const bt_field *bt_field_variant_borrow_selected_option_field_const(const bt_field *field)


cdef extern from *:
    """
    #include <dlfcn.h>
    #include <babeltrace2/babeltrace.h>

    #define LTTNGX_BLOB (1ULL << 29)
    #define LTTNGX_STATIC_BLOB ((1ULL << 30) | LTTNGX_BLOB)

    /* A function of libbabeltrace2 2.1, NULL with 2.0. The library is loaded: this module is linked to it. */
    static inline void *lttngx_mip_1_symbol(const char *name)
    {
        void *library = dlopen("libbabeltrace2.so.0", RTLD_LAZY | RTLD_NOLOAD);
        void *symbol = library ? dlsym(library, name) : NULL;
        if (library)
            dlclose(library);
        return symbol;
    }

    static inline const char *lttngx_trace_get_uid(const bt_trace *trace)
    {
        const char *(*get)(const bt_trace *) =
            (const char *(*)(const bt_trace *)) lttngx_mip_1_symbol("bt_trace_get_uid");
        return get ? get(trace) : NULL;
    }

    static inline uint64_t lttngx_static_blob_get_length(const bt_field_class *field_class)
    {
        uint64_t (*get)(const bt_field_class *) =
            (uint64_t (*)(const bt_field_class *)) lttngx_mip_1_symbol("bt_field_class_blob_static_get_length");
        return get ? get(field_class) : 0;
    }

    static inline uint64_t lttngx_blob_get_length(const bt_field *field)
    {
        static uint64_t (*get)(const bt_field *);
        if (!get)
            get = (uint64_t (*)(const bt_field *)) lttngx_mip_1_symbol("bt_field_blob_get_length");
        return get ? get(field) : 0;
    }

    static inline const uint8_t *lttngx_blob_get_data(const bt_field *field)
    {
        static const uint8_t *(*get)(const bt_field *);
        if (!get)
            get = (const uint8_t *(*)(const bt_field *)) lttngx_mip_1_symbol("bt_field_blob_get_data_const");
        return get ? get(field) : NULL;
    }

    static inline const char *lttngx_unsigned_mapping(
        const bt_field_class_enumeration_unsigned_mapping *mapping)
    {
        return bt_field_class_enumeration_mapping_get_label(
            bt_field_class_enumeration_unsigned_mapping_as_mapping_const(mapping));
    }

    static inline const char *lttngx_signed_mapping(const bt_field_class_enumeration_signed_mapping *mapping)
    {
        return bt_field_class_enumeration_mapping_get_label(
            bt_field_class_enumeration_signed_mapping_as_mapping_const(mapping));
    }

    /* The library leaves an error with the thread on overflow, which would abort whatever is called next. */
    static inline int lttngx_snapshot_ns(const bt_clock_snapshot *snapshot, int64_t *ns)
    {
        if (bt_clock_snapshot_get_ns_from_origin(snapshot, ns) == BT_CLOCK_SNAPSHOT_GET_NS_FROM_ORIGIN_STATUS_OK)
            return 1;
        bt_current_thread_clear_error();
        return 0;
    }

    static inline int lttngx_log_level(const bt_event_class *event_class)
    {
        bt_event_class_log_level level;
        return bt_event_class_get_log_level(event_class, &level) == BT_PROPERTY_AVAILABILITY_AVAILABLE
            ? (int) level : -1;
    }

    static inline uint64_t lttngx_unsigned_range_count(const bt_integer_range_set_unsigned *ranges)
    {
        return bt_integer_range_set_get_range_count(bt_integer_range_set_unsigned_as_range_set_const(ranges));
    }

    static inline uint64_t lttngx_signed_range_count(const bt_integer_range_set_signed *ranges)
    {
        return bt_integer_range_set_get_range_count(bt_integer_range_set_signed_as_range_set_const(ranges));
    }
    """
    const bt_field_class_type TYPE_BLOB "LTTNGX_BLOB"
    const bt_field_class_type TYPE_STATIC_BLOB "LTTNGX_STATIC_BLOB"
    const char *trace_get_uid "lttngx_trace_get_uid"(const bt_trace *trace) nogil
    uint64_t static_blob_get_length "lttngx_static_blob_get_length"(const bt_field_class *field_class) nogil
    uint64_t blob_get_length "lttngx_blob_get_length"(const bt_field *field) nogil
    const uint8_t *blob_get_data "lttngx_blob_get_data"(const bt_field *field) nogil
    const char *unsigned_mapping_label "lttngx_unsigned_mapping"(
        const bt_field_class_enumeration_unsigned_mapping *mapping) nogil
    const char *signed_mapping_label "lttngx_signed_mapping"(
        const bt_field_class_enumeration_signed_mapping *mapping) nogil
    # 1 and the time in ns from origin, or 0 on overflow.
    int get_snapshot_ns "lttngx_snapshot_ns"(const bt_clock_snapshot *snapshot, int64_t *ns) nogil
    int event_class_log_level "lttngx_log_level"(const bt_event_class *event_class) nogil
    uint64_t unsigned_range_count "lttngx_unsigned_range_count"(const bt_integer_range_set_unsigned *ranges) nogil
    uint64_t signed_range_count "lttngx_signed_range_count"(const bt_integer_range_set_signed *ranges) nogil
