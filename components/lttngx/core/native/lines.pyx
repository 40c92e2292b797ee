# cython: cdivision=True
"""Rows as lines of aligned columns: see lttngx.core.lines, whose rules it shares.

Two passes over the rows: the first tells how wide columns are, the second writes. A cell's text is made anew in the second pass, so
memory holds nothing but some lines.
"""
from cpython.object cimport PyObject
from libc.stdint cimport int64_t
from libc.stdlib cimport free, malloc, realloc
from libc.string cimport memcpy, memset

from lttngx.core.native.sources cimport LTTNGX_SOURCES

from lttngx.core.lines import GAP

cdef extern from "Python.h":
    const char *utf8 "PyUnicode_AsUTF8AndSize"(object text, Py_ssize_t *size) except NULL
    const char *utf8_or_null "PyUnicode_AsUTF8AndSize"(object text, Py_ssize_t *size)
    void PyErr_Clear()
    Py_ssize_t PyUnicode_GetLength(object text) except -1
    object PyUnicode_DecodeUTF8(const char *text, Py_ssize_t size, const char *errors)
    PyObject *PyTuple_GetItem(object row, Py_ssize_t index) except NULL
    long long PyLong_AsLongLongAndOverflow(object value, int *overflow) except? -1

SOURCES = LTTNGX_SOURCES.decode()

# As lttngx.core.lines.Kind.
cdef enum:
    ANY, INTEGER, DURATION, SIZE, TIME, TEXT

cdef enum:
    # Of a number's text, and of a time's up to its fraction.
    ROOM = 64
    NS_PER_S = 1000000000
    # Bytes of a piece, and the line which makes it complete: what fits in the processor's cache is written fast.
    PIECE = 1 << 18

# From it on, a number as a double may be off by half of its last decimal.
cdef int64_t EXACT = 1000000000000000
cdef const char *MICROSECONDS = b" \xc2\xb5s"
cdef char MICRO = MICROSECONDS[2]

ctypedef struct column_t:
    int kind
    bint right
    Py_ssize_t width
    # TIME: the second of which `second_text` is known.
    int64_t second
    bint has_second
    int second_size
    char second_text[ROOM]


cdef class _Lines:
    """Columns, and one cell's text at a time: `text`, `size` bytes, `width` code points; `kept` holds it if it is a str's."""

    cdef column_t *columns
    cdef int count
    cdef list forms
    cdef char number[ROOM + 16]
    cdef const char *text
    cdef Py_ssize_t size, width
    cdef object kept

    def __cinit__(self, columns):
        cdef int index
        self.count = <int>len(columns)
        self.columns = <column_t *>malloc((self.count or 1) * sizeof(column_t))
        if self.columns == NULL:
            raise MemoryError()
        self.forms = [column.form for column in columns]
        for index in range(self.count):
            self.columns[index].kind, self.columns[index].right = columns[index].kind, columns[index].right
            self.columns[index].width, self.columns[index].has_second = len(columns[index].heading), False

    def __dealloc__(self):
        free(self.columns)

    cdef int put(self, int index, object value) except -1:
        """Make a cell's text."""
        cdef column_t *column = &self.columns[index]
        cdef int overflow = 0
        cdef long long number
        if value is None:
            self.text, self.size, self.width = b"?", 1, 1
            return 0
        if type(value) is int:
            if column.kind != ANY and column.kind != TEXT:
                number = PyLong_AsLongLongAndOverflow(value, &overflow)
                if not overflow and self.put_number(column, index, number):
                    return 0
        elif type(value) is str and column.kind == TEXT and self.put_ascii(value):
            return 0
        self.kept = self.forms[index](value)
        self.width, self.text = PyUnicode_GetLength(self.kept), utf8(self.kept, &self.size)
        return 0

    cdef bint put_ascii(self, str text) except -1:
        """Take a str if it is of printable ASCII characters; return whether it is."""
        cdef Py_ssize_t at
        self.kept, self.text = text, utf8_or_null(text, &self.size)
        if self.text == NULL:
            # It has half a surrogate pair.
            PyErr_Clear()
            return False
        for at in range(self.size):
            if not 0x20 <= self.text[at] < 0x7F:
                return False
        self.width = self.size
        return True

    cdef bint put_number(self, column_t *column, int index, int64_t value) except -1:
        """Write a number; return False if `form` is to do it."""
        cdef int64_t second
        self.text = self.number
        if column.kind == INTEGER:
            self.size = digits(self.number, value, 1)
        elif column.kind == DURATION:
            self.size = 0 if value <= -EXACT or value >= EXACT else duration_of(self.number, value)
            if self.size == 0:
                return False
            self.width = self.size - (self.number[self.size - 2] == MICRO)
            return True
        elif column.kind == SIZE:
            if value <= -EXACT or value >= EXACT:
                return False
            self.size = size_of(self.number, value)
        else:
            second = value // NS_PER_S
            second -= second * NS_PER_S > value
            if not column.has_second or second != column.second:
                prefix = self.forms[index](second * NS_PER_S).encode()[:-9]
                if len(prefix) > ROOM:
                    return False
                column.second_size = <int>len(prefix)
                memcpy(column.second_text, <const char *>prefix, column.second_size)
                column.second, column.has_second = second, True
            memcpy(self.number, column.second_text, column.second_size)
            self.size = column.second_size + digits(&self.number[column.second_size], value - second * NS_PER_S, 9)
        self.width = self.size
        return True

    cdef int measure(self, object row) except -1:
        """Make columns as wide as a row needs."""
        cdef int index
        for index in range(self.count):
            self.put(index, <object>PyTuple_GetItem(row, index))
            if self.width > self.columns[index].width:
                self.columns[index].width = self.width
        return 0


cdef class _Buffer:
    """Bytes which grow."""

    cdef char *bytes
    cdef Py_ssize_t size, room

    def __dealloc__(self):
        free(self.bytes)

    cdef char *more(self, Py_ssize_t size) except NULL:
        """Return where `size` bytes more are to be written."""
        cdef char *grown
        if self.size + size > self.room:
            self.room = 2 * (self.size + size) + 4096
            grown = <char *>realloc(self.bytes, self.room)
            if grown == NULL:
                raise MemoryError()
            self.bytes = grown
        self.size += size
        return &self.bytes[self.size - size]

    cdef int line(self, _Lines lines, object row) except -1:
        """Add a row's line."""
        cdef int index
        cdef Py_ssize_t pad, begin = self.size
        cdef char *at
        for index in range(lines.count):
            lines.put(index, <object>PyTuple_GetItem(row, index))
            pad = lines.columns[index].width - lines.width
            at = self.more((0 if index == 0 else 2) + pad + lines.size)
            if index:
                at[0] = at[1] = c" "
                at += 2
            if lines.columns[index].right:
                memset(at, c" ", pad)
                at += pad
            memcpy(at, lines.text, lines.size)
            memset(at + lines.size, c" ", 0 if lines.columns[index].right else pad)
        while self.size > begin and self.bytes[self.size - 1] == c" ":
            self.size -= 1
        self.more(1)[0] = c"\n"
        return 0

    cdef str taken(self):
        """Return the text, which is gone then."""
        text = PyUnicode_DecodeUTF8(self.bytes, self.size, NULL)
        self.size = 0
        return text


def lines(columns, rows):
    """Return the line of headings and those of the rows; see lttngx.core.lines."""
    cdef _Lines cells = _Lines(columns)
    for row in rows:
        cells.measure(row)
    headings = GAP.join(f"{column.heading:{'>' if column.right else '<'}{cells.columns[index].width}}"
                        for index, column in enumerate(columns))
    return headings.rstrip(), _pieces(cells, rows)


def _pieces(_Lines cells, rows):
    cdef _Buffer buffer = _Buffer()
    for row in rows:
        buffer.line(cells, row)
        if buffer.size >= PIECE:
            yield buffer.taken()
    if buffer.size:
        yield buffer.taken()


cdef int digits(char *to, int64_t value, int least) noexcept nogil:
    """Write an integer with at least so many digits; return how many characters there are."""
    cdef char reverse[24]
    cdef int count = 0, at = 0
    # The least of all has no positive counterpart.
    cdef unsigned long long rest = <unsigned long long>value
    if value < 0:
        rest = -rest
        to[0] = c"-"
        at = 1
    while rest or count < least:
        reverse[count] = <char>(c"0" + <char>(rest % 10))
        rest //= 10
        count += 1
    while count:
        count -= 1
        to[at] = reverse[count]
        at += 1
    return at


cdef int duration_of(char *to, int64_t value) noexcept nogil:
    """Write a duration in ns in the largest unit that leaves at least 1, with three decimals; return how many bytes there are, 0 if it is
    not easy to say which way it is rounded."""
    cdef int64_t size = -value if value < 0 else value
    cdef int64_t scale, rest
    cdef const char *unit
    cdef int count
    if size < 1000:
        count = digits(to, value, 1)
        memcpy(&to[count], b" ns", 3)
        return count + 3
    scale, unit = 1000, MICROSECONDS
    if size >= NS_PER_S:
        scale, unit = NS_PER_S, b" s"
    elif size >= 1000000:
        scale, unit = 1000000, b" ms"
    rest = size % (scale // 1000)
    if rest * 2 == scale // 1000:
        # Half of the last decimal: it depends on the double.
        return 0
    size = size // (scale // 1000) + (rest * 2 > scale // 1000)
    if value < 0:
        to[0] = c"-"
    count = (value < 0) + digits(&to[value < 0], size // 1000, 1)
    to[count] = c"."
    count += 1 + digits(&to[count + 1], size % 1000, 3)
    while unit[0]:
        to[count] = unit[0]
        unit += 1
        count += 1
    return count


cdef int size_of(char *to, int64_t value) noexcept nogil:
    """Write a number of bytes in the largest unit that leaves at least 1, with one decimal unless it is a whole number; return how many
    characters there are."""
    cdef int64_t size = -value if value < 0 else value
    cdef int64_t scale, tenths, rest
    cdef char prefix = c"G"
    cdef int count
    if size < 1 << 10:
        count = digits(to, value, 1)
        memcpy(&to[count], b" B", 2)
        return count + 2
    scale = 1 << 30
    if size < 1 << 20:
        scale, prefix = 1 << 10, c"K"
    elif size < 1 << 30:
        scale, prefix = 1 << 20, c"M"
    if value < 0:
        to[0] = c"-"
    count = value < 0
    if size % scale == 0:
        count += digits(&to[count], size // scale, 1)
    else:
        # The double is exact, so that half of a decimal goes to the even one.
        tenths, rest = size * 10 // scale, size * 10 % scale
        tenths += rest * 2 > scale or (rest * 2 == scale and tenths % 2 == 1)
        count += digits(&to[count], tenths // 10, 1)
        to[count] = c"."
        to[count + 1] = <char>(c"0" + <char>(tenths % 10))
        count += 2
    to[count], to[count + 1] = c" ", prefix
    memcpy(&to[count + 2], b"iB", 2)
    return count + 4
