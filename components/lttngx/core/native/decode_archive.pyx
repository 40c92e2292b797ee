"""The component class source.lttngx.archive, made through the C API: one port, whose message iterators merge a session's chunks.

Everything rare is the handler's, a Python object with these methods:
- mip_versions() -> interchange protocol versions the class supports;
- open(params, mip) -> a function that makes an archive.reader.ArchiveReader, one for each message iterator;
- report(text): a warning.
"""

from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport uint64_t

from lttngx.core.native.decode_merge cimport Merge
from lttngx.core.native.decode_source cimport cause_of, component_cause, iterator_cause
from lttngx.core.native.produce cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES
from lttngx.core.native.values cimport from_value

cdef extern from "<babeltrace2/babeltrace.h>" nogil:
    unsigned int bt_version_get_major()
    unsigned int bt_version_get_minor()

SOURCES = LTTNGX_SOURCES.decode()

# A component class lives as long as the process, and so does its handler.
cdef object THE_HANDLER = None


# Component -------------------------------------------------------------------------------------------------------------

cdef bt_component_class_initialize_method_status initialize(
        bt_self_component_source *component, bt_self_component_source_configuration *configuration, const bt_value *params,
        void *data) noexcept with gil:
    cdef bt_self_component *self_component = bt_self_component_source_as_self_component(component)
    try:
        make_reader = THE_HANDLER.open(from_value(params), bt_self_component_get_graph_mip_version(self_component))
        if bt_self_component_source_add_output_port(component, b"out", NULL, NULL):
            raise RuntimeError("Cannot add output port: name='out'")
        Py_INCREF(make_reader)
        bt_self_component_set_data(self_component, <void *> make_reader)
        return OK
    except BaseException as error:
        component_cause(self_component, error)
        return ERROR


cdef void finalize(bt_self_component_source *component) noexcept with gil:
    cdef void *data = bt_self_component_get_data(bt_self_component_source_as_self_component(component))
    if data != NULL:
        Py_DECREF(<object> data)


cdef bt_component_class_get_supported_mip_versions_method_status mip_versions(
        bt_self_component_class_source *component_class, const bt_value *params, void *data, bt_logging_level level,
        bt_integer_range_set_unsigned *versions) noexcept with gil:
    try:
        for version in THE_HANDLER.mip_versions():
            if bt_integer_range_set_unsigned_add_range(versions, version, version):
                return MEMORY_ERROR
        return OK
    except BaseException:
        return ERROR


# Message iterator ------------------------------------------------------------------------------------------------------

cdef inline Merge merge_of(bt_self_message_iterator *iterator):
    return <Merge> bt_self_message_iterator_get_data(iterator)


cdef bt_message_iterator_class_initialize_method_status begin(
        bt_self_message_iterator *iterator, bt_self_message_iterator_configuration *configuration,
        bt_self_component_port_output *port) noexcept with gil:
    cdef bt_self_component *component = bt_self_message_iterator_borrow_component(iterator)
    cdef Merge merge
    try:
        reader = (<object> bt_self_component_get_data(component))()
        merge = Merge(reader, <size_t> component, <size_t> iterator, bt_self_component_get_graph_mip_version(component),
                      bt_version_get_major() == 2 and bt_version_get_minor() == 0)
        Py_INCREF(merge)
        bt_self_message_iterator_set_data(iterator, <void *> merge)
        return OK
    except BaseException as error:
        iterator_cause(iterator, cause_of(error))
        return ERROR


cdef void end(bt_self_message_iterator *iterator) noexcept with gil:
    cdef Merge merge
    if bt_self_message_iterator_get_data(iterator) == NULL:
        return
    merge = merge_of(iterator)
    try:
        merge.close()
        if merge.clamped():
            THE_HANDLER.report(f"Time goes back in a stream, later times are used: messages={merge.clamped()}")
    except BaseException as error:
        THE_HANDLER.report(str(error))
    Py_DECREF(merge)


cdef bt_message_iterator_class_next_method_status next_messages(
        bt_self_message_iterator *iterator, bt_message_array_const messages, uint64_t capacity,
        uint64_t *count) noexcept nogil:
    cdef int status = (<Merge> bt_self_message_iterator_get_data(iterator)).fill(messages, capacity, count)
    if status == ERROR:
        with gil:
            iterator_cause(iterator, merge_of(iterator).cause())
    return status


# Component class -------------------------------------------------------------------------------------------------------

def create_archive_class(str name, str description, str help_text, handler) -> type:
    """Create the component class; see decode_source.create_source_class."""
    global THE_HANDLER
    THE_HANDLER = handler
    cdef bt_message_iterator_class *iterators = bt_message_iterator_class_create(next_messages)
    cdef bt_component_class_source *source
    bt_message_iterator_class_set_initialize_method(iterators, begin)
    bt_message_iterator_class_set_finalize_method(iterators, end)
    source = bt_component_class_source_create(name.encode(), iterators)
    if source == NULL:
        raise MemoryError
    bt_component_class_source_set_initialize_method(source, initialize)
    bt_component_class_source_set_finalize_method(source, finalize)
    bt_component_class_source_set_get_supported_mip_versions_method(source, mip_versions)
    bt_component_class_set_description(bt_component_class_source_as_component_class(source), description.encode())
    bt_component_class_set_help(bt_component_class_source_as_component_class(source), help_text.encode())
    return type(name, (), {"_bt_plugin_component_class": None, "addr": <size_t> source})
