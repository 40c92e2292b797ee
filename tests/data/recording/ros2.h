/* The tracepoints of ROS 2's tracetools which tell of callbacks, with tracetools' names and fields. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER ros2

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./ros2.h"

#if !defined(LTTNGX_ROS2_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define LTTNGX_ROS2_H

#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT(ros2, rclcpp_callback_register,
    LTTNG_UST_TP_ARGS(const void *, callback_arg, const char *, symbol_arg),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer_hex(const void *, callback, callback_arg)
        lttng_ust_field_string(symbol, symbol_arg)))

LTTNG_UST_TRACEPOINT_EVENT(ros2, callback_start,
    LTTNG_UST_TP_ARGS(const void *, callback_arg, int, is_intra_process_arg),
    LTTNG_UST_TP_FIELDS(
        lttng_ust_field_integer_hex(const void *, callback, callback_arg)
        lttng_ust_field_integer(int, is_intra_process, is_intra_process_arg)))

LTTNG_UST_TRACEPOINT_EVENT(ros2, callback_end,
    LTTNG_UST_TP_ARGS(const void *, callback_arg),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_integer_hex(const void *, callback, callback_arg)))

#endif

#include <lttng/tracepoint-event.h>
