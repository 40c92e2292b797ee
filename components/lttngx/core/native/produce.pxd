"""libbabeltrace2's C API for those who make messages: component classes, trace IR classes, fields, messages, values.

Names and contracts are those of <babeltrace2/babeltrace.h> 2.0. Status codes are declared as int: 0 is OK, 1 END, 11 AGAIN,
42 UNKNOWN OBJECT, -1 ERROR, -12 MEMORY ERROR (babeltrace2/func-status.h).
"""

from libc.stdint cimport int64_t, uint64_t, uint8_t

cdef enum:
    OK = 0
    END = 1
    AGAIN = 11
    UNKNOWN_OBJECT = 42
    ERROR = -1
    MEMORY_ERROR = -12

cdef extern from "<babeltrace2/babeltrace.h>" nogil:
    ctypedef int bt_bool
    ctypedef const uint8_t *bt_uuid
    ctypedef struct bt_value
    ctypedef struct bt_component_class
    ctypedef struct bt_component_class_source
    ctypedef struct bt_message_iterator_class
    ctypedef struct bt_self_component
    ctypedef struct bt_self_component_source
    ctypedef struct bt_self_component_source_configuration
    ctypedef struct bt_self_component_class
    ctypedef struct bt_self_component_class_source
    ctypedef struct bt_self_component_port
    ctypedef struct bt_self_component_port_output
    ctypedef struct bt_self_message_iterator
    ctypedef struct bt_self_message_iterator_configuration
    ctypedef struct bt_private_query_executor
    ctypedef struct bt_component
    ctypedef struct bt_integer_range_set_unsigned
    ctypedef struct bt_integer_range_set_signed
    ctypedef struct bt_trace_class
    ctypedef struct bt_stream_class
    ctypedef struct bt_event_class
    ctypedef struct bt_clock_class
    ctypedef struct bt_field_class
    ctypedef struct bt_field
    ctypedef struct bt_trace
    ctypedef struct bt_stream
    ctypedef struct bt_packet
    ctypedef struct bt_event
    ctypedef struct bt_message
    ctypedef bt_message **bt_message_array_const

    # Statuses and enumerations handed to or taken from callbacks keep their C types.
    ctypedef int bt_logging_level
    ctypedef int bt_component_class_initialize_method_status
    ctypedef int bt_component_class_query_method_status
    ctypedef int bt_component_class_get_supported_mip_versions_method_status
    ctypedef int bt_message_iterator_class_initialize_method_status
    ctypedef int bt_message_iterator_class_next_method_status
    ctypedef int bt_message_iterator_class_seek_beginning_method_status
    ctypedef int bt_message_iterator_class_can_seek_beginning_method_status
    ctypedef int bt_message_iterator_class_seek_ns_from_origin_method_status
    ctypedef int bt_message_iterator_class_can_seek_ns_from_origin_method_status
    ctypedef int bt_event_class_log_level
    ctypedef int bt_field_class_integer_preferred_display_base

    # component classes
    ctypedef bt_component_class_initialize_method_status (*bt_component_class_source_initialize_method)(
        bt_self_component_source *, bt_self_component_source_configuration *, const bt_value *, void *) noexcept
    ctypedef void (*bt_component_class_source_finalize_method)(bt_self_component_source *) noexcept
    ctypedef bt_component_class_query_method_status (*bt_component_class_source_query_method)(
        bt_self_component_class_source *, bt_private_query_executor *, const char *, const bt_value *, void *,
        const bt_value **) noexcept
    ctypedef bt_component_class_get_supported_mip_versions_method_status (
        *bt_component_class_source_get_supported_mip_versions_method)(
        bt_self_component_class_source *, const bt_value *, void *, bt_logging_level,
        bt_integer_range_set_unsigned *) noexcept
    bt_component_class_source *bt_component_class_source_create(const char *, bt_message_iterator_class *)
    bt_component_class *bt_component_class_source_as_component_class(bt_component_class_source *)
    int bt_component_class_set_description(bt_component_class *, const char *)
    int bt_component_class_set_help(bt_component_class *, const char *)
    int bt_component_class_source_set_initialize_method(
        bt_component_class_source *, bt_component_class_source_initialize_method)
    int bt_component_class_source_set_finalize_method(
        bt_component_class_source *, bt_component_class_source_finalize_method)
    int bt_component_class_source_set_query_method(bt_component_class_source *, bt_component_class_source_query_method)
    int bt_component_class_source_set_get_supported_mip_versions_method(
        bt_component_class_source *, bt_component_class_source_get_supported_mip_versions_method)
    bt_self_component *bt_self_component_source_as_self_component(bt_self_component_source *)
    bt_self_component_class *bt_self_component_class_source_as_self_component_class(bt_self_component_class_source *)
    void bt_self_component_set_data(bt_self_component *, void *)
    void *bt_self_component_get_data(bt_self_component *)
    uint64_t bt_self_component_get_graph_mip_version(bt_self_component *)
    const bt_component *bt_self_component_as_component(bt_self_component *)
    bt_logging_level bt_component_get_logging_level(const bt_component *)
    int bt_self_component_source_add_output_port(
        bt_self_component_source *, const char *, void *, bt_self_component_port_output **)
    void *bt_self_component_port_get_data(bt_self_component_port *)
    bt_self_component_port *bt_self_component_port_output_as_self_component_port(bt_self_component_port_output *)

    # message iterator classes
    ctypedef bt_message_iterator_class_next_method_status (*bt_message_iterator_class_next_method)(
        bt_self_message_iterator *, bt_message_array_const, uint64_t, uint64_t *) noexcept
    ctypedef bt_message_iterator_class_initialize_method_status (*bt_message_iterator_class_initialize_method)(
        bt_self_message_iterator *, bt_self_message_iterator_configuration *, bt_self_component_port_output *) noexcept
    ctypedef void (*bt_message_iterator_class_finalize_method)(bt_self_message_iterator *) noexcept
    ctypedef bt_message_iterator_class_seek_beginning_method_status (
        *bt_message_iterator_class_seek_beginning_method)(bt_self_message_iterator *) noexcept
    ctypedef bt_message_iterator_class_can_seek_beginning_method_status (
        *bt_message_iterator_class_can_seek_beginning_method)(bt_self_message_iterator *, bt_bool *) noexcept
    ctypedef bt_message_iterator_class_seek_ns_from_origin_method_status (
        *bt_message_iterator_class_seek_ns_from_origin_method)(bt_self_message_iterator *, int64_t) noexcept
    ctypedef bt_message_iterator_class_can_seek_ns_from_origin_method_status (
        *bt_message_iterator_class_can_seek_ns_from_origin_method)(
        bt_self_message_iterator *, int64_t, bt_bool *) noexcept
    bt_message_iterator_class *bt_message_iterator_class_create(bt_message_iterator_class_next_method)
    int bt_message_iterator_class_set_initialize_method(
        bt_message_iterator_class *, bt_message_iterator_class_initialize_method)
    int bt_message_iterator_class_set_finalize_method(
        bt_message_iterator_class *, bt_message_iterator_class_finalize_method)
    int bt_message_iterator_class_set_seek_beginning_methods(
        bt_message_iterator_class *, bt_message_iterator_class_seek_beginning_method,
        bt_message_iterator_class_can_seek_beginning_method)
    int bt_message_iterator_class_set_seek_ns_from_origin_methods(
        bt_message_iterator_class *, bt_message_iterator_class_seek_ns_from_origin_method,
        bt_message_iterator_class_can_seek_ns_from_origin_method)
    void bt_self_message_iterator_configuration_set_can_seek_forward(bt_self_message_iterator_configuration *, bt_bool)
    void bt_self_message_iterator_set_data(bt_self_message_iterator *, void *)
    void *bt_self_message_iterator_get_data(bt_self_message_iterator *)
    bt_self_component *bt_self_message_iterator_borrow_component(bt_self_message_iterator *)
    bt_bool bt_self_message_iterator_is_interrupted(bt_self_message_iterator *)

    # error causes
    int bt_current_thread_error_append_cause_from_component(
        bt_self_component *, const char *, uint64_t, const char *, ...)
    int bt_current_thread_error_append_cause_from_component_class(
        bt_self_component_class *, const char *, uint64_t, const char *, ...)
    int bt_current_thread_error_append_cause_from_message_iterator(
        bt_self_message_iterator *, const char *, uint64_t, const char *, ...)

    # values
    ctypedef enum bt_value_type:
        BT_VALUE_TYPE_NULL
        BT_VALUE_TYPE_BOOL
        BT_VALUE_TYPE_UNSIGNED_INTEGER
        BT_VALUE_TYPE_SIGNED_INTEGER
        BT_VALUE_TYPE_REAL
        BT_VALUE_TYPE_STRING
        BT_VALUE_TYPE_ARRAY
        BT_VALUE_TYPE_MAP
    ctypedef int bt_value_map_foreach_entry_const_func_status
    ctypedef bt_value_map_foreach_entry_const_func_status (*bt_value_map_foreach_entry_const_func)(
        const char *, const bt_value *, void *) noexcept
    bt_value *bt_value_null
    bt_value_type bt_value_get_type(const bt_value *)
    bt_bool bt_value_bool_get(const bt_value *)
    uint64_t bt_value_integer_unsigned_get(const bt_value *)
    int64_t bt_value_integer_signed_get(const bt_value *)
    double bt_value_real_get(const bt_value *)
    const char *bt_value_string_get(const bt_value *)
    uint64_t bt_value_array_get_length(const bt_value *)
    const bt_value *bt_value_array_borrow_element_by_index_const(const bt_value *, uint64_t)
    int bt_value_map_foreach_entry_const(const bt_value *, bt_value_map_foreach_entry_const_func, void *)
    bt_value *bt_value_bool_create_init(bt_bool)
    bt_value *bt_value_integer_unsigned_create_init(uint64_t)
    bt_value *bt_value_integer_signed_create_init(int64_t)
    bt_value *bt_value_real_create_init(double)
    bt_value *bt_value_string_create_init(const char *)
    bt_value *bt_value_array_create()
    bt_value *bt_value_map_create()
    int bt_value_array_append_element(bt_value *, bt_value *)
    int bt_value_map_insert_entry(bt_value *, const char *, bt_value *)
    void bt_value_get_ref(const bt_value *)
    void bt_value_put_ref(const bt_value *)

    # integer range sets
    bt_integer_range_set_unsigned *bt_integer_range_set_unsigned_create()
    bt_integer_range_set_signed *bt_integer_range_set_signed_create()
    int bt_integer_range_set_unsigned_add_range(bt_integer_range_set_unsigned *, uint64_t, uint64_t)
    int bt_integer_range_set_signed_add_range(bt_integer_range_set_signed *, int64_t, int64_t)
    void bt_integer_range_set_unsigned_put_ref(const bt_integer_range_set_unsigned *)
    void bt_integer_range_set_signed_put_ref(const bt_integer_range_set_signed *)

    # trace IR classes
    bt_trace_class *bt_trace_class_create(bt_self_component *)
    void bt_trace_class_put_ref(const bt_trace_class *)
    void bt_trace_class_set_assigns_automatic_stream_class_id(bt_trace_class *, bt_bool)
    void bt_trace_class_set_user_attributes(bt_trace_class *, const bt_value *)
    bt_stream_class *bt_stream_class_create_with_id(bt_trace_class *, uint64_t)
    void bt_stream_class_put_ref(const bt_stream_class *)
    int bt_stream_class_set_name(bt_stream_class *, const char *)
    int bt_stream_class_set_default_clock_class(bt_stream_class *, bt_clock_class *)
    int bt_stream_class_set_packet_context_field_class(bt_stream_class *, bt_field_class *)
    int bt_stream_class_set_event_common_context_field_class(bt_stream_class *, bt_field_class *)
    void bt_stream_class_set_assigns_automatic_event_class_id(bt_stream_class *, bt_bool)
    void bt_stream_class_set_assigns_automatic_stream_id(bt_stream_class *, bt_bool)
    void bt_stream_class_set_supports_packets(bt_stream_class *, bt_bool, bt_bool, bt_bool)
    void bt_stream_class_set_supports_discarded_events(bt_stream_class *, bt_bool, bt_bool)
    void bt_stream_class_set_supports_discarded_packets(bt_stream_class *, bt_bool, bt_bool)
    void bt_stream_class_set_user_attributes(bt_stream_class *, const bt_value *)
    bt_event_class *bt_event_class_create_with_id(bt_stream_class *, uint64_t)
    void bt_event_class_put_ref(const bt_event_class *)
    int bt_event_class_set_name(bt_event_class *, const char *)
    void bt_event_class_set_log_level(bt_event_class *, bt_event_class_log_level)
    int bt_event_class_set_emf_uri(bt_event_class *, const char *)
    int bt_event_class_set_payload_field_class(bt_event_class *, bt_field_class *)
    int bt_event_class_set_specific_context_field_class(bt_event_class *, bt_field_class *)
    void bt_event_class_set_user_attributes(bt_event_class *, const bt_value *)
    bt_clock_class *bt_clock_class_create(bt_self_component *)
    void bt_clock_class_put_ref(const bt_clock_class *)
    void bt_clock_class_set_frequency(bt_clock_class *, uint64_t)
    void bt_clock_class_set_offset(bt_clock_class *, int64_t, uint64_t)
    void bt_clock_class_set_precision(bt_clock_class *, uint64_t)
    void bt_clock_class_set_origin_is_unix_epoch(bt_clock_class *, bt_bool)
    int bt_clock_class_set_name(bt_clock_class *, const char *)
    int bt_clock_class_set_description(bt_clock_class *, const char *)
    void bt_clock_class_set_uuid(bt_clock_class *, bt_uuid)
    void bt_clock_class_set_user_attributes(bt_clock_class *, const bt_value *)
    int bt_clock_class_cycles_to_ns_from_origin(const bt_clock_class *, uint64_t, int64_t *)

    # field classes
    bt_field_class *bt_field_class_bool_create(bt_trace_class *)
    bt_field_class *bt_field_class_bit_array_create(bt_trace_class *, uint64_t)
    bt_field_class *bt_field_class_integer_unsigned_create(bt_trace_class *)
    bt_field_class *bt_field_class_integer_signed_create(bt_trace_class *)
    bt_field_class *bt_field_class_enumeration_unsigned_create(bt_trace_class *)
    bt_field_class *bt_field_class_enumeration_signed_create(bt_trace_class *)
    bt_field_class *bt_field_class_real_single_precision_create(bt_trace_class *)
    bt_field_class *bt_field_class_real_double_precision_create(bt_trace_class *)
    bt_field_class *bt_field_class_string_create(bt_trace_class *)
    bt_field_class *bt_field_class_array_static_create(bt_trace_class *, bt_field_class *, uint64_t)
    bt_field_class *bt_field_class_array_dynamic_create(bt_trace_class *, bt_field_class *, bt_field_class *)
    bt_field_class *bt_field_class_structure_create(bt_trace_class *)
    bt_field_class *bt_field_class_option_without_selector_create(bt_trace_class *, bt_field_class *)
    bt_field_class *bt_field_class_option_with_selector_field_bool_create(
        bt_trace_class *, bt_field_class *, bt_field_class *)
    bt_field_class *bt_field_class_option_with_selector_field_integer_unsigned_create(
        bt_trace_class *, bt_field_class *, bt_field_class *, const bt_integer_range_set_unsigned *)
    bt_field_class *bt_field_class_option_with_selector_field_integer_signed_create(
        bt_trace_class *, bt_field_class *, bt_field_class *, const bt_integer_range_set_signed *)
    bt_field_class *bt_field_class_variant_create(bt_trace_class *, bt_field_class *)
    int bt_field_class_variant_without_selector_append_option(bt_field_class *, const char *, bt_field_class *)
    int bt_field_class_variant_with_selector_field_integer_unsigned_append_option(
        bt_field_class *, const char *, bt_field_class *, const bt_integer_range_set_unsigned *)
    int bt_field_class_variant_with_selector_field_integer_signed_append_option(
        bt_field_class *, const char *, bt_field_class *, const bt_integer_range_set_signed *)
    int bt_field_class_structure_append_member(bt_field_class *, const char *, bt_field_class *)
    void bt_field_class_integer_set_field_value_range(bt_field_class *, uint64_t)
    void bt_field_class_integer_set_preferred_display_base(
        bt_field_class *, bt_field_class_integer_preferred_display_base)
    int bt_field_class_enumeration_unsigned_add_mapping(
        bt_field_class *, const char *, const bt_integer_range_set_unsigned *)
    int bt_field_class_enumeration_signed_add_mapping(
        bt_field_class *, const char *, const bt_integer_range_set_signed *)
    void bt_field_class_set_user_attributes(bt_field_class *, const bt_value *)
    void bt_field_class_put_ref(const bt_field_class *)

    # traces, streams, packets, events
    bt_trace *bt_trace_create(bt_trace_class *)
    void bt_trace_put_ref(const bt_trace *)
    int bt_trace_set_name(bt_trace *, const char *)
    void bt_trace_set_uuid(bt_trace *, bt_uuid)
    int bt_trace_set_environment_entry_integer(bt_trace *, const char *, int64_t)
    int bt_trace_set_environment_entry_string(bt_trace *, const char *, const char *)
    bt_stream *bt_stream_create(bt_stream_class *, bt_trace *)
    bt_stream *bt_stream_create_with_id(bt_stream_class *, bt_trace *, uint64_t)
    void bt_stream_get_ref(const bt_stream *)
    void bt_stream_put_ref(const bt_stream *)
    int bt_stream_set_name(bt_stream *, const char *)
    bt_packet *bt_packet_create(const bt_stream *)
    void bt_packet_put_ref(const bt_packet *)
    bt_field *bt_packet_borrow_context_field(bt_packet *)
    bt_event *bt_message_event_borrow_event(bt_message *)
    bt_field *bt_event_borrow_payload_field(bt_event *)
    bt_field *bt_event_borrow_specific_context_field(bt_event *)
    bt_field *bt_event_borrow_common_context_field(bt_event *)

    # fields
    void bt_field_bool_set_value(bt_field *, bt_bool)
    void bt_field_bit_array_set_value_as_integer(bt_field *, uint64_t)
    void bt_field_integer_unsigned_set_value(bt_field *, uint64_t)
    void bt_field_integer_signed_set_value(bt_field *, int64_t)
    void bt_field_real_single_precision_set_value(bt_field *, float)
    void bt_field_real_double_precision_set_value(bt_field *, double)
    int bt_field_string_set_value(bt_field *, const char *)
    int bt_field_string_append_with_length(bt_field *, const char *, uint64_t)
    void bt_field_string_clear(bt_field *)
    int bt_field_array_dynamic_set_length(bt_field *, uint64_t)
    bt_field *bt_field_array_borrow_element_field_by_index(bt_field *, uint64_t)
    bt_field *bt_field_structure_borrow_member_field_by_index(bt_field *, uint64_t)
    void bt_field_option_set_has_field(bt_field *, bt_bool)
    bt_field *bt_field_option_borrow_field(bt_field *)
    int bt_field_variant_select_option_by_index(bt_field *, uint64_t)
    bt_field *bt_field_variant_borrow_selected_option_field(bt_field *)

    # messages
    ctypedef enum bt_message_type:
        BT_MESSAGE_TYPE_PACKET_BEGINNING
        BT_MESSAGE_TYPE_PACKET_END
    bt_message *bt_message_stream_beginning_create(bt_self_message_iterator *, const bt_stream *)
    bt_message *bt_message_stream_end_create(bt_self_message_iterator *, const bt_stream *)
    bt_message *bt_message_event_create_with_packet(
        bt_self_message_iterator *, const bt_event_class *, const bt_packet *)
    bt_message *bt_message_event_create_with_packet_and_default_clock_snapshot(
        bt_self_message_iterator *, const bt_event_class *, const bt_packet *, uint64_t)
    bt_message *bt_message_packet_beginning_create(bt_self_message_iterator *, const bt_packet *)
    bt_message *bt_message_packet_beginning_create_with_default_clock_snapshot(
        bt_self_message_iterator *, const bt_packet *, uint64_t)
    bt_message *bt_message_packet_end_create(bt_self_message_iterator *, const bt_packet *)
    bt_message *bt_message_packet_end_create_with_default_clock_snapshot(
        bt_self_message_iterator *, const bt_packet *, uint64_t)
    bt_message *bt_message_discarded_events_create(bt_self_message_iterator *, const bt_stream *)
    bt_message *bt_message_discarded_events_create_with_default_clock_snapshots(
        bt_self_message_iterator *, const bt_stream *, uint64_t, uint64_t)
    void bt_message_discarded_events_set_count(bt_message *, uint64_t)
    bt_message *bt_message_discarded_packets_create(bt_self_message_iterator *, const bt_stream *)
    bt_message *bt_message_discarded_packets_create_with_default_clock_snapshots(
        bt_self_message_iterator *, const bt_stream *, uint64_t, uint64_t)
    void bt_message_discarded_packets_set_count(bt_message *, uint64_t)
    bt_message *bt_message_message_iterator_inactivity_create(bt_self_message_iterator *, const bt_clock_class *, uint64_t)
    bt_message_type bt_message_get_type(const bt_message *)
    void bt_message_put_ref(const bt_message *)
