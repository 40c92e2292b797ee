"""What libbabeltrace2 2.1 has for interchange protocol 1. Found at run time, so that one binary serves 2.0 too.

Prototypes are those of <babeltrace2/trace-ir/*.h> 2.1. None may be called in a graph of protocol 0.
"""

from libc.stdint cimport uint8_t, uint64_t

from lttngx.core.native.produce cimport *

cdef extern from *:
    """
    #include <dlfcn.h>
    #include <babeltrace2/babeltrace.h>

    static void *lttngx_mip1(const char *name)
    {
        static void *library;
        if (!library) library = dlopen("libbabeltrace2.so.0", RTLD_LAZY | RTLD_NOLOAD);
        return library ? dlsym(library, name) : NULL;
    }

    /* Each use finds its function once. */
    #define LTTNGX_MIP1(type, name, parameters, arguments) \\
        static inline type lttngx_##name parameters \\
        { \\
            static type (*function) parameters; \\
            if (!function) *(void **) &function = lttngx_mip1(#name); \\
            return function arguments; \\
        }
    #define LTTNGX_TC bt_trace_class *tc
    #define LTTNGX_FC bt_field_class *fc

    LTTNGX_MIP1(void *, bt_field_location_create, (LTTNGX_TC, int scope, const char *const *items, uint64_t count), (tc, scope, items, count))
    LTTNGX_MIP1(void, bt_field_location_put_ref, (const void *l), (l))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_array_dynamic_without_length_field_location_create, (LTTNGX_TC, LTTNGX_FC), (tc, fc))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_array_dynamic_with_length_field_location_create, (LTTNGX_TC, LTTNGX_FC, const void *l), (tc, fc, l))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_blob_static_create, (LTTNGX_TC, uint64_t n), (tc, n))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_blob_dynamic_without_length_field_location_create, (LTTNGX_TC), (tc))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_blob_dynamic_with_length_field_location_create, (LTTNGX_TC, const void *l), (tc, l))
    LTTNGX_MIP1(int, bt_field_class_blob_set_media_type, (LTTNGX_FC, const char *t), (fc, t))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_option_without_selector_field_location_create, (LTTNGX_TC, LTTNGX_FC), (tc, fc))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_option_with_selector_field_location_bool_create, (LTTNGX_TC, LTTNGX_FC, const void *l), (tc, fc, l))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_option_with_selector_field_location_integer_unsigned_create, (LTTNGX_TC, LTTNGX_FC, const void *l, const void *r), (tc, fc, l, r))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_option_with_selector_field_location_integer_signed_create, (LTTNGX_TC, LTTNGX_FC, const void *l, const void *r), (tc, fc, l, r))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_variant_without_selector_field_location_create, (LTTNGX_TC), (tc))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_variant_with_selector_field_location_integer_unsigned_create, (LTTNGX_TC, const void *l), (tc, l))
    LTTNGX_MIP1(bt_field_class *, bt_field_class_variant_with_selector_field_location_integer_signed_create, (LTTNGX_TC, const void *l), (tc, l))
    LTTNGX_MIP1(int, bt_field_class_bit_array_add_flag, (LTTNGX_FC, const char *name, const void *r), (fc, name, r))
    LTTNGX_MIP1(uint8_t *, bt_field_blob_get_data, (bt_field *f), (f))
    LTTNGX_MIP1(int, bt_field_blob_dynamic_set_length, (bt_field *f, uint64_t n), (f, n))
    LTTNGX_MIP1(int, bt_trace_set_namespace, (bt_trace *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_trace_set_uid, (bt_trace *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_stream_class_set_namespace, (bt_stream_class *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_stream_class_set_uid, (bt_stream_class *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_event_class_set_namespace, (bt_event_class *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_event_class_set_uid, (bt_event_class *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_clock_class_set_namespace, (bt_clock_class *x, const char *s), (x, s))
    LTTNGX_MIP1(int, bt_clock_class_set_uid, (bt_clock_class *x, const char *s), (x, s))
    LTTNGX_MIP1(void, bt_clock_class_set_accuracy, (bt_clock_class *x, uint64_t n), (x, n))
    LTTNGX_MIP1(int, bt_clock_class_set_origin, (bt_clock_class *x, const char *a, const char *b, const char *c), (x, a, b, c))
    """
    void *location_create "lttngx_bt_field_location_create"(bt_trace_class *, int, const char **, uint64_t) nogil
    void location_put_ref "lttngx_bt_field_location_put_ref"(const void *) nogil
    bt_field_class *array_plain "lttngx_bt_field_class_array_dynamic_without_length_field_location_create"(
        bt_trace_class *, bt_field_class *) nogil
    bt_field_class *array_located "lttngx_bt_field_class_array_dynamic_with_length_field_location_create"(
        bt_trace_class *, bt_field_class *, const void *) nogil
    bt_field_class *blob_static "lttngx_bt_field_class_blob_static_create"(bt_trace_class *, uint64_t) nogil
    bt_field_class *blob_plain "lttngx_bt_field_class_blob_dynamic_without_length_field_location_create"(bt_trace_class *) nogil
    bt_field_class *blob_located "lttngx_bt_field_class_blob_dynamic_with_length_field_location_create"(
        bt_trace_class *, const void *) nogil
    int blob_set_media_type "lttngx_bt_field_class_blob_set_media_type"(bt_field_class *, const char *) nogil
    bt_field_class *option_plain "lttngx_bt_field_class_option_without_selector_field_location_create"(
        bt_trace_class *, bt_field_class *) nogil
    bt_field_class *option_bool "lttngx_bt_field_class_option_with_selector_field_location_bool_create"(
        bt_trace_class *, bt_field_class *, const void *) nogil
    bt_field_class *option_unsigned "lttngx_bt_field_class_option_with_selector_field_location_integer_unsigned_create"(
        bt_trace_class *, bt_field_class *, const void *, const void *) nogil
    bt_field_class *option_signed "lttngx_bt_field_class_option_with_selector_field_location_integer_signed_create"(
        bt_trace_class *, bt_field_class *, const void *, const void *) nogil
    bt_field_class *variant_plain "lttngx_bt_field_class_variant_without_selector_field_location_create"(bt_trace_class *) nogil
    bt_field_class *variant_unsigned "lttngx_bt_field_class_variant_with_selector_field_location_integer_unsigned_create"(
        bt_trace_class *, const void *) nogil
    bt_field_class *variant_signed "lttngx_bt_field_class_variant_with_selector_field_location_integer_signed_create"(
        bt_trace_class *, const void *) nogil
    int add_flag "lttngx_bt_field_class_bit_array_add_flag"(bt_field_class *, const char *, const void *) nogil
    uint8_t *blob_data "lttngx_bt_field_blob_get_data"(bt_field *) nogil
    int blob_set_length "lttngx_bt_field_blob_dynamic_set_length"(bt_field *, uint64_t) nogil
    int trace_set_namespace "lttngx_bt_trace_set_namespace"(bt_trace *, const char *) nogil
    int trace_set_uid "lttngx_bt_trace_set_uid"(bt_trace *, const char *) nogil
    int stream_class_set_namespace "lttngx_bt_stream_class_set_namespace"(bt_stream_class *, const char *) nogil
    int stream_class_set_uid "lttngx_bt_stream_class_set_uid"(bt_stream_class *, const char *) nogil
    int event_class_set_namespace "lttngx_bt_event_class_set_namespace"(bt_event_class *, const char *) nogil
    int event_class_set_uid "lttngx_bt_event_class_set_uid"(bt_event_class *, const char *) nogil
    int clock_class_set_namespace "lttngx_bt_clock_class_set_namespace"(bt_clock_class *, const char *) nogil
    int clock_class_set_uid "lttngx_bt_clock_class_set_uid"(bt_clock_class *, const char *) nogil
    void clock_class_set_accuracy "lttngx_bt_clock_class_set_accuracy"(bt_clock_class *, uint64_t) nogil
    int clock_class_set_origin "lttngx_bt_clock_class_set_origin"(
        bt_clock_class *, const char *, const char *, const char *) nogil
