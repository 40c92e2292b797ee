/* Tracepoint provider of requests.c. */
#undef LTTNG_UST_TRACEPOINT_PROVIDER
#define LTTNG_UST_TRACEPOINT_PROVIDER requests

#undef LTTNG_UST_TRACEPOINT_INCLUDE
#define LTTNG_UST_TRACEPOINT_INCLUDE "./requests_provider.h"

#if !defined(REQUESTS_PROVIDER_H) || defined(LTTNG_UST_TRACEPOINT_HEADER_MULTI_READ)
#define REQUESTS_PROVIDER_H

#include <stdint.h>
#include <lttng/tracepoint.h>

LTTNG_UST_TRACEPOINT_EVENT(requests, begin,
    LTTNG_UST_TP_ARGS(uint64_t, id, const char *, kind),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, id, id) lttng_ust_field_string(kind, kind)))

LTTNG_UST_TRACEPOINT_EVENT(requests, end,
    LTTNG_UST_TP_ARGS(uint64_t, id, int, status),
    LTTNG_UST_TP_FIELDS(lttng_ust_field_integer(uint64_t, id, id) lttng_ust_field_integer(int, status, status)))

#endif

#include <lttng/tracepoint-event.h>
