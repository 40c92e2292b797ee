"""columns: collects events of one class in buffers of Arrow's layout. See core.columns for what they hold.

Rule: no Python object a value, but for columns of kind OBJECT. Texts are looked up in a hash table of the column, so that each distinct
text is kept once a batch.
"""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint32_t, uint64_t
from libc.stdlib cimport calloc, free, malloc, realloc
from libc.string cimport memcmp, memcpy, memset

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.fields cimport DOUBLE, SINGLE, follow, integer_of, lower_path, path_t, path_to_object, root_field, take
from lttngx.core.native.sources cimport LTTNGX_SOURCES

from lttngx.core.columns import Batch, Buffers

cdef extern from "Python.h":
    object PyBytes_FromStringAndSize(const char *text, Py_ssize_t size)

SOURCES = LTTNGX_SOURCES.decode()

# core.columns.ColumnKind
cdef enum:
    INTEGER, REAL, BOOL, TEXT, BINARY, INTEGERS, REALS, OBJECT


# Buffers -----------------------------------------------------------------------------------------------------------------

cdef inline char *reserve(buffer_t *buffer, size_t size) except NULL:
    """Make room for `size` more bytes; return where they begin."""
    cdef size_t room
    cdef char *grown
    if buffer.bytes == NULL or buffer.used + size > buffer.room:
        room = max(2 * buffer.room, buffer.used + size, 1024)
        grown = <char *>realloc(buffer.bytes, room)
        if grown == NULL:
            raise MemoryError()
        buffer.bytes, buffer.room = grown, room
    return buffer.bytes + buffer.used


cdef inline int append(buffer_t *buffer, const void *bytes, size_t size) except -1:
    memcpy(reserve(buffer, size), bytes, size)
    buffer.used += size
    return 0


cdef inline int append_bit(buffer_t *buffer, size_t row, bint value) except -1:
    """Append a bit to a bitmap of `row` bits."""
    if row & 7 == 0:
        reserve(buffer, 1)[0] = 0
        buffer.used += 1
    if value:
        buffer.bytes[row >> 3] |= 1 << (row & 7)
    return 0


cdef int append_offset(buffer_t *buffer, size_t value) except -1:
    cdef int32_t offset = <int32_t>value
    if value > 0x7fffffff:
        raise OverflowError("a batch of columns holds at most 2 GiB of a column")
    return append(buffer, &offset, 4)


cdef bytes taken(buffer_t *buffer):
    """Return a buffer's content and empty it; the memory is kept for the next batch."""
    content = PyBytes_FromStringAndSize(buffer.bytes, <Py_ssize_t>buffer.used)
    buffer.used = 0
    return content


# Texts -------------------------------------------------------------------------------------------------------------------

cdef inline uint64_t digest_of(const char *text, size_t length) noexcept nogil:
    """Return FNV-1a of a text."""
    cdef uint64_t digest = <uint64_t>0xcbf29ce484222325
    cdef size_t index
    for index in range(length):
        digest = (digest ^ <uint8_t>text[index]) * <uint64_t>0x100000001b3
    return digest


cdef int number_of(texts_t *texts, const char *text, size_t length) except -1:
    """Return the number of a text, which is added if it is new."""
    cdef uint64_t digest = digest_of(text, length)
    cdef size_t slot
    cdef uint32_t number
    cdef const int32_t *offsets
    if 2 * (texts.count + 1) > texts.mask:
        widen(texts)
    slot = digest & texts.mask
    offsets = <const int32_t *>texts.offsets.bytes
    while texts.slots[slot]:
        number = texts.slots[slot] - 1
        if (texts.digests[number] == digest and <size_t>(offsets[number + 1] - offsets[number]) == length
                and memcmp(texts.bytes.bytes + offsets[number], text, length) == 0):
            return <int>number
        slot = (slot + 1) & texts.mask
    append(&texts.bytes, text, length)
    append_offset(&texts.offsets, texts.bytes.used)
    texts.digests[texts.count] = digest
    texts.count += 1
    texts.slots[slot] = <uint32_t>texts.count
    return <int>(texts.count - 1)


cdef int widen(texts_t *texts) except -1:
    """Double the table."""
    cdef size_t size = 64 if texts.slots == NULL else 2 * (texts.mask + 1)
    cdef size_t number, slot
    cdef uint32_t *slots = <uint32_t *>calloc(size, sizeof(uint32_t))
    cdef uint64_t *digests = <uint64_t *>realloc(texts.digests, size * sizeof(uint64_t))
    if digests != NULL:
        texts.digests = digests
    if slots == NULL or digests == NULL:
        free(slots)
        raise MemoryError()
    for number in range(texts.count):
        slot = texts.digests[number] & (size - 1)
        while slots[slot]:
            slot = (slot + 1) & (size - 1)
        slots[slot] = <uint32_t>(number + 1)
    free(texts.slots)
    texts.slots, texts.mask = slots, size - 1
    return 0


cdef int forget(texts_t *texts) except -1:
    """Begin a dictionary."""
    texts.count = 0
    texts.offsets.used = texts.bytes.used = 0
    if texts.slots != NULL:
        memset(texts.slots, 0, (texts.mask + 1) * sizeof(uint32_t))
    return append_offset(&texts.offsets, 0)


# Fields ------------------------------------------------------------------------------------------------------------------

cdef int append_number(buffer_t *buffer, const bt_field *field, int kind, int width) except -1:
    """Append an integer, bit array or real; the low bytes of a little-endian integer are the shorter integer."""
    cdef int64_t integer
    cdef double real
    cdef float short_real
    if kind == DOUBLE:
        real = bt_field_real_double_precision_get_value(field)
        return append(buffer, &real, 8)
    if kind == SINGLE:
        short_real = bt_field_real_single_precision_get_value(field)
        return append(buffer, &short_real, 4)
    integer = integer_of(field, kind)
    return append(buffer, &integer, width)


cdef int append_elements(column_t *column, const bt_field *field) except -1:
    cdef uint64_t index
    for index in range(bt_field_array_get_length(field)):
        append_number(&column.data, bt_field_array_borrow_element_field_by_index_const(field, index),
                      column.path.field_class.members.kind, column.width)
    return append_offset(&column.offsets, column.data.used // column.width)


cdef int append_absent(column_t *column, size_t row) except -1:
    """Append a row without value: buffers keep their layout."""
    cdef uint64_t zero = 0
    if column.kind == BOOL:
        return append_bit(&column.data, row, False)
    if column.kind == BINARY:
        return append_offset(&column.offsets, column.data.used)
    if column.kind == INTEGERS or column.kind == REALS:
        return append_offset(&column.offsets, column.data.used // column.width)
    return append(&column.data, &zero, 4 if column.kind == TEXT else column.width)


cdef int append_field(column_t *column, const bt_field *field, size_t row) except -1:
    cdef int32_t number
    if column.kind == INTEGER or column.kind == REAL:
        return append_number(&column.data, field, column.path.field_class.kind, column.width)
    if column.kind == TEXT:
        number = number_of(&column.texts, bt_field_string_get_value(field), bt_field_string_get_length(field))
        return append(&column.data, &number, 4)
    if column.kind == BOOL:
        return append_bit(&column.data, row, bt_field_bool_get_value(field) != 0)
    if column.kind == BINARY:
        append(&column.data, blob_get_data(field), blob_get_length(field))
        return append_offset(&column.offsets, column.data.used)
    return append_elements(column, field)


@cython.no_gc_clear
cdef class Columns:
    """The columns of one event class. columns: core.columns.Column, one a field."""

    def __init__(self, columns):
        cdef int index
        self.memory, self.objects = [], []
        self.count = <int>len(columns)
        self.columns = <column_t *>take(self.memory, self.count * sizeof(column_t))
        for index in range(self.count):
            self.columns[index].kind, self.columns[index].width = int(columns[index].kind), columns[index].width
            self.columns[index].nullable = columns[index].nullable
            self.columns[index].path = <path_t *>take(self.memory, sizeof(path_t))
            lower_path(columns[index].path, self.columns[index].path, self.memory)
            self.objects.append([])
            self.begin(&self.columns[index])

    def __dealloc__(self):
        cdef int index
        for index in range(self.count if self.columns != NULL else 0):
            free(self.columns[index].validity.bytes)
            free(self.columns[index].offsets.bytes)
            free(self.columns[index].data.bytes)
            free(self.columns[index].texts.offsets.bytes)
            free(self.columns[index].texts.bytes.bytes)
            free(self.columns[index].texts.slots)
            free(self.columns[index].texts.digests)
        free(self.ordinals.bytes)
        free(self.times.bytes)
        free(self.cpus.bytes)

    cdef int begin(self, column_t *column) except -1:
        if column.kind == TEXT:
            forget(&column.texts)
        if column.kind == BINARY or column.kind == INTEGERS or column.kind == REALS:
            append_offset(&column.offsets, 0)
        return 0

    cdef int add(self, const bt_event *event, bint timed, int64_t ns, int64_t cpu, uint64_t ordinal) except -1:
        """Append one event."""
        cdef int index
        cdef int32_t short_cpu = <int32_t>cpu
        cdef const bt_field *field
        cdef column_t *column
        self.timed = timed
        append(&self.ordinals, &ordinal, 8)
        append(&self.times, &ns, 8)
        append(&self.cpus, &short_cpu, 4)
        for index in range(self.count):
            column = &self.columns[index]
            if column.kind == OBJECT:
                (<list>self.objects[index]).append(path_to_object(column.path, event))
                continue
            field = follow(column.path, root_field(column.path.scope, event))
            if column.nullable:
                append_bit(&column.validity, self.rows, field != NULL)
            if field == NULL:
                append_absent(column, self.rows)
            else:
                append_field(column, field, self.rows)
        self.rows += 1
        return 0

    def take(self):
        """Return the events collected since the last call as a Batch."""
        cdef int index
        cdef column_t *column
        found = []
        for index in range(self.count):
            column = &self.columns[index]
            found.append(Buffers(
                taken(&column.validity) if column.nullable and column.kind != OBJECT else None,
                taken(&column.offsets) if column.offsets.bytes != NULL else None,
                taken(&column.data) if column.kind != OBJECT else None,
                (taken(&column.texts.offsets), taken(&column.texts.bytes)) if column.kind == TEXT else None,
                self.objects[index] if column.kind == OBJECT else None))
            self.objects[index] = []
            self.begin(column)
        batch = Batch(self.rows, self.timed, taken(&self.ordinals), taken(&self.times), taken(&self.cpus), tuple(found))
        self.rows = 0
        return batch
