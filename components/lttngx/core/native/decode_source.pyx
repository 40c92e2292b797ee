"""A source component class made through the C API: its message iterators fill whole batches without the interpreter.

Everything rare is the handler's, a Python object with these methods:
- mip_versions() -> interchange protocol versions the class supports;
- open(params, mip) -> opened source: `traces`, each with blueprint, slot_count, uuid, classes (ID to StreamPrograms) and ports, a
  list of (name, StreamBlueprint, locate); locate(ns) -> (floor in cycles or None, index of the first packet) serves seeking by time,
  and is None where that is impossible;
- query(object name, params) -> plain object; LookupError for an unknown object name;
- report(text): a warning.

An exception becomes an error cause: the text alone for a ValueError (the package's errors), else with the traceback.
"""

from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uint64_t
from libc.stdlib cimport free, malloc


from lttngx.core.native.decode_fields cimport TraceIr
from lttngx.core.native.decode_classes import make_trace_ir
from lttngx.core.native.decode_readers cimport ClassReader, StreamReader, attach, fault_text, open_stream
from lttngx.core.native.decode_readers import make_class_reader
from lttngx.core.native.decode_stream cimport Iterator, fill, rewind
from lttngx.core.native.produce cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES
from lttngx.core.native.values cimport from_value, to_value

cdef extern from "<babeltrace2/babeltrace.h>" nogil:
    unsigned int bt_version_get_major()
    unsigned int bt_version_get_minor()

SOURCES = LTTNGX_SOURCES.decode()

# bt_logging_level: warnings are shown at this level and the more detailed ones below it.
cdef int LOG_WARNING = 4

# A component class lives as long as the process, and so does its handler.
cdef object THE_HANDLER = None


cdef class Port:
    """What a message iterator needs of its port."""

    cdef object blueprint, locate, uuid
    cdef ClassReader reader
    cdef uint64_t slot_count
    cdef bt_stream *stream

    def __dealloc__(self):
        bt_stream_put_ref(self.stream)


cdef class Session:
    """What a message iterator owns."""

    cdef StreamReader reader
    cdef Port port


# A message iterator's user data: the iterator's state, for the hot path, and its Session.
cdef struct IteratorData:
    Iterator *it
    void *session


cdef inline Session session_of(bt_self_message_iterator *iterator):
    return <Session> (<IteratorData *> bt_self_message_iterator_get_data(iterator)).session


cdef bytes cause_of(object error):
    """Return an exception's text for an error cause."""
    if isinstance(error, ValueError):
        text = str(error)
    else:
        import traceback

        text = "".join(traceback.format_exception(error)).rstrip()
    return text.encode("utf-8", "replace")


cdef void component_cause(bt_self_component *component, object error):
    text = cause_of(error)
    bt_current_thread_error_append_cause_from_component(component, b"source.lttngx", 0, b"%s", <const char *> text)


cdef void iterator_cause(bt_self_message_iterator *iterator, bytes text):
    bt_current_thread_error_append_cause_from_message_iterator(iterator, b"source.lttngx", 0, b"%s", <const char *> text)


def host_version() -> tuple:
    """Return (major, minor) of the library this process runs on."""
    return bt_version_get_major(), bt_version_get_minor()


# Component -------------------------------------------------------------------------------------------------------------

cdef list open_ports(bt_self_component_source *component, object source, int mip):
    """Add the output ports of an opened source; return what keeps them alive."""
    cdef bt_self_component *self_component = bt_self_component_source_as_self_component(component)
    cdef TraceIr ir
    cdef Port port
    kept = []
    for trace in source.traces:
        ir = make_trace_ir(<size_t> self_component, trace.blueprint, mip)
        readers = {}
        for stream_class in trace.blueprint.stream_classes:
            readers[stream_class.id] = make_class_reader(ir, stream_class, trace.classes[stream_class.id])
        for name, blueprint, locate in trace.ports:
            port = Port()
            port.blueprint, port.locate, port.uuid, port.slot_count = blueprint, locate, trace.uuid, trace.slot_count
            port.reader = readers[blueprint.class_id]
            port.stream = ir.make_stream(blueprint)
            kept.append(port)
            text = name.encode("utf-8", "surrogateescape")
            if bt_self_component_source_add_output_port(component, text, <void *> port, NULL):
                raise RuntimeError(f"Cannot add output port: name={name!r}")
    return kept


cdef bt_component_class_initialize_method_status initialize(
        bt_self_component_source *component, bt_self_component_source_configuration *configuration, const bt_value *params,
        void *data) noexcept with gil:
    cdef bt_self_component *self_component = bt_self_component_source_as_self_component(component)
    try:
        mip = bt_self_component_get_graph_mip_version(self_component)
        source = THE_HANDLER.open(from_value(params), mip)
        kept = (source, open_ports(component, source, mip))
        Py_INCREF(kept)
        bt_self_component_set_data(self_component, <void *> kept)
        return OK
    except BaseException as error:
        component_cause(self_component, error)
        return ERROR


cdef void finalize(bt_self_component_source *component) noexcept with gil:
    cdef void *data = bt_self_component_get_data(bt_self_component_source_as_self_component(component))
    if data != NULL:
        Py_DECREF(<object> data)


cdef bt_component_class_query_method_status query(
        bt_self_component_class_source *component_class, bt_private_query_executor *executor, const char *name,
        const bt_value *params, void *data, const bt_value **result) noexcept with gil:
    try:
        result[0] = to_value(THE_HANDLER.query(name.decode("utf-8", "replace"), from_value(params)))
        return OK
    except LookupError:
        return UNKNOWN_OBJECT
    except BaseException as error:
        text = cause_of(error)
        bt_current_thread_error_append_cause_from_component_class(
            bt_self_component_class_source_as_self_component_class(component_class), b"source.lttngx", 0, b"%s",
            <const char *> text)
        return ERROR


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

cdef bt_message_iterator_class_initialize_method_status begin(
        bt_self_message_iterator *iterator, bt_self_message_iterator_configuration *configuration,
        bt_self_component_port_output *port_handle) noexcept with gil:
    cdef Session session
    cdef Port port
    cdef IteratorData *data
    try:
        port = <Port> bt_self_component_port_get_data(bt_self_component_port_output_as_self_component_port(port_handle))
        session = Session()
        session.port = port
        # Babeltrace 2.0 takes the first packet's counter for losses before it, 2.1 knows nothing of what came before.
        session.reader = open_stream(port.reader, port.blueprint, port.slot_count, port.uuid,
                                     bt_version_get_major() == 2 and bt_version_get_minor() == 0)
        attach(session.reader, iterator, port.stream)
        bt_self_message_iterator_configuration_set_can_seek_forward(configuration, port.reader.plan.clock != NULL)
        data = <IteratorData *> malloc(sizeof(IteratorData))
        if data == NULL:
            raise MemoryError
        Py_INCREF(session)
        data.it, data.session = &session.reader.it, <void *> session
        bt_self_message_iterator_set_data(iterator, data)
        return OK
    except BaseException as error:
        iterator_cause(iterator, cause_of(error))
        return ERROR


cdef void end(bt_self_message_iterator *iterator) noexcept with gil:
    cdef void *data = bt_self_message_iterator_get_data(iterator)
    cdef Session session
    if data == NULL:
        return
    session = session_of(iterator)
    level = bt_component_get_logging_level(bt_self_component_as_component(bt_self_message_iterator_borrow_component(iterator)))
    if session.reader.it.clamped and level <= LOG_WARNING:
        try:
            THE_HANDLER.report(f"Time goes back in a stream, later times are used: messages={session.reader.it.clamped}, "
                               f'file="{session.port.blueprint.files[0]}"')
        except BaseException:
            pass
    Py_DECREF(session)
    free(data)


cdef bt_message_iterator_class_next_method_status next_messages(
        bt_self_message_iterator *iterator, bt_message_array_const messages, uint64_t capacity,
        uint64_t *count) noexcept nogil:
    cdef IteratorData *data = <IteratorData *> bt_self_message_iterator_get_data(iterator)
    cdef int status = fill(data.it, messages, capacity, count)
    if status == ERROR:
        with gil:
            iterator_cause(iterator, fault_text(session_of(iterator).reader).encode("utf-8", "replace"))
    return status


cdef bt_message_iterator_class_seek_beginning_method_status seek_beginning(
        bt_self_message_iterator *iterator) noexcept with gil:
    rewind(&session_of(iterator).reader.it)
    return OK


cdef bt_message_iterator_class_can_seek_beginning_method_status can_seek_beginning(
        bt_self_message_iterator *iterator, bt_bool *can) noexcept nogil:
    can[0] = True
    return OK


cdef bt_message_iterator_class_seek_ns_from_origin_method_status seek_time(
        bt_self_message_iterator *iterator, int64_t ns) noexcept with gil:
    cdef Session session = session_of(iterator)
    try:
        floor, first = session.port.locate(ns)
        session.reader.set_floor(floor, first)
        return OK
    except BaseException as error:
        iterator_cause(iterator, cause_of(error))
        return ERROR


cdef bt_message_iterator_class_can_seek_ns_from_origin_method_status can_seek_time(
        bt_self_message_iterator *iterator, int64_t ns, bt_bool *can) noexcept with gil:
    can[0] = session_of(iterator).port.locate is not None
    return OK


# Component class -------------------------------------------------------------------------------------------------------

def create_source_class(str name, str description, str help_text, handler) -> type:
    """Create the source component class of this module; it has one handler for the life of the process.

    Returns a class object with the two attributes by which bt2's plugin loader knows a component class:
    `_bt_plugin_component_class`, and `addr`, the C object's address.
    """
    global THE_HANDLER
    THE_HANDLER = handler
    cdef bt_message_iterator_class *iterators = bt_message_iterator_class_create(next_messages)
    cdef bt_component_class_source *source
    bt_message_iterator_class_set_initialize_method(iterators, begin)
    bt_message_iterator_class_set_finalize_method(iterators, end)
    bt_message_iterator_class_set_seek_beginning_methods(iterators, seek_beginning, can_seek_beginning)
    bt_message_iterator_class_set_seek_ns_from_origin_methods(iterators, seek_time, can_seek_time)
    source = bt_component_class_source_create(name.encode(), iterators)
    if source == NULL:
        raise MemoryError
    bt_component_class_source_set_initialize_method(source, initialize)
    bt_component_class_source_set_finalize_method(source, finalize)
    bt_component_class_source_set_query_method(source, query)
    bt_component_class_source_set_get_supported_mip_versions_method(source, mip_versions)
    bt_component_class_set_description(bt_component_class_source_as_component_class(source), description.encode())
    bt_component_class_set_help(bt_component_class_source_as_component_class(source), help_text.encode())
    return type(name, (), {"_bt_plugin_component_class": None, "addr": <size_t> source})
