# cython: cdivision=True
"""Tests of texts and addresses against constant data: globs, sets of texts, automata, networks.

Rule: nothing here allocates. An automaton's table belongs to a Python object and moves when it grows; its address is
taken again whenever Python code may have run since (`forget_tables`), which only adds to the epoch.
"""
from libc.stdint cimport int64_t, uint64_t
from libc.string cimport memchr, memcmp, memcpy

from lttngx.core.native.program cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

cdef extern from "<string.h>" nogil:
    """
    #ifndef _GNU_SOURCE
    extern void *memmem(const void *, size_t, const void *, size_t);
    #endif
    """
    void *memmem(const void *text, size_t length, const void *part, size_t part_length)

cdef extern from "<arpa/inet.h>" nogil:
    int AF_INET
    int AF_INET6
    int inet_pton(int family, const char *text, void *address)

cdef extern from "Python.h":
    ctypedef struct Py_buffer:
        void *buf
    int PyObject_GetBuffer(object exporter, Py_buffer *view, int flags) except -1
    void PyBuffer_Release(Py_buffer *view)
    int PyBUF_SIMPLE

SOURCES = LTTNGX_SOURCES.decode()

cdef enum:
    ACCEPT = 1
    COLUMNS = 257
    END_OF_TEXT = 256
    LONGEST_ADDRESS = 64

cdef uint64_t epoch = 1
cdef object error = None


cdef void forget_tables() noexcept nogil:
    """Say that Python code may have run, so automata may have moved their tables."""
    global epoch
    epoch += 1


cdef object take_error():
    """Return and forget the exception which an automaton raised."""
    global error
    taken, error = error, None
    return taken


cdef bint has_prefix(const char *text, uint64_t length, const char *part, uint64_t part_length) noexcept nogil:
    return length >= part_length and memcmp(text, part, part_length) == 0


cdef bint has_suffix(const char *text, uint64_t length, const char *part, uint64_t part_length) noexcept nogil:
    return length >= part_length and memcmp(text + (length - part_length), part, part_length) == 0


cdef bint contains(const char *text, uint64_t length, const char *part, uint64_t part_length) noexcept nogil:
    return part_length == 0 or memmem(text, length, part, part_length) != NULL


cdef bint matches_glob(const glob_t *glob, const char *text, uint64_t length) noexcept nogil:
    cdef part_t first = glob.parts[0]
    cdef part_t last = glob.parts[glob.count - 1]
    cdef part_t part
    cdef const char *found
    cdef int index
    if glob.count == 1:
        return length == first.length and memcmp(text, first.text, length) == 0
    if length < first.length + last.length or memcmp(text, first.text, first.length) != 0:
        return False
    if not has_suffix(text, length, last.text, last.length):
        return False
    text += first.length
    length -= first.length + last.length
    for index in range(1, glob.count - 1):
        part = glob.parts[index]
        if part.length == 0:
            continue
        found = <const char *>memmem(text, length, part.text, part.length)
        if found == NULL:
            return False
        length -= <uint64_t>(found - text) + part.length
        text = found + part.length
    return True


cdef uint64_t text_hash(const char *text, uint64_t length) noexcept nogil:
    """FNV-1a, folded so that its low bits may serve as an index."""
    cdef uint64_t digest = 0xcbf29ce484222325
    cdef uint64_t index
    for index in range(length):
        digest = (digest ^ <unsigned char>text[index]) * <uint64_t>0x100000001b3
    return digest ^ (digest >> 32)


cdef bint in_texts(const texts_t *texts, const char *text, uint64_t length) noexcept nogil:
    cdef uint64_t slot = text_hash(text, length) & texts.mask
    cdef int index
    while texts.table[slot].text != NULL:
        if texts.table[slot].length == length and memcmp(texts.table[slot].text, text, length) == 0:
            return True
        slot = (slot + 1) & texts.mask
    for index in range(texts.count):
        if matches_glob(&texts.globs[index], text, length):
            return True
    return False


cdef int take_table(automaton_t *automaton) except -1:
    """Take the address of an automaton's table and its first state again."""
    cdef Py_buffer view
    owner = <object>automaton.object
    automaton.start = owner.start
    PyObject_GetBuffer(owner.table, &view, PyBUF_SIMPLE)
    automaton.table = <const int *>view.buf
    # The buffer is given back at once: while it is held the table could not grow.
    PyBuffer_Release(&view)
    automaton.epoch = epoch
    return 0


cdef int prepare(automaton_t *automaton) noexcept with gil:
    global error
    try:
        return take_table(automaton)
    except BaseException as problem:
        error = problem
        return -1


cdef int64_t make(automaton_t *automaton, int64_t state, int column) noexcept with gil:
    """Have a transition made; return the next state, −1 if that raised."""
    global error
    cdef int64_t following
    try:
        following = (<object>automaton.object).make(state, column)
        forget_tables()
        take_table(automaton)
        return following
    except BaseException as problem:
        error = problem
        return -1


cdef int run_automaton(automaton_t *automaton, const char *text, uint64_t length) noexcept nogil:
    """Return 1 if the automaton accepts the text, else 0; −1 if making a state raised (see take_error)."""
    cdef int64_t state, following
    cdef uint64_t index = 0
    cdef int column
    if automaton.epoch != epoch and prepare(automaton) < 0:
        return -1
    state = automaton.start
    while state > ACCEPT and index <= length:
        column = END_OF_TEXT
        if index < length:
            column = <unsigned char>text[index]
        following = automaton.table[state * COLUMNS + column]
        if following < 0:
            following = make(automaton, state, column)
            if following < 0:
                return -1
        state = following
        index += 1
    return state == ACCEPT


cdef bint in_networks(const networks_t *networks, const unsigned char *address, int length) noexcept nogil:
    cdef int index, whole, rest
    for index in range(networks.count):
        if networks.networks[index].length != length:
            continue
        whole = networks.networks[index].prefix // 8
        rest = networks.networks[index].prefix % 8
        if memcmp(networks.networks[index].address, address, whole) != 0:
            continue
        if rest == 0 or (networks.networks[index].address[whole] ^ address[whole]) >> (8 - rest) == 0:
            return True
    return False


cdef int parse_address(const char *text, uint64_t length, unsigned char *address) noexcept nogil:
    """Parse an IPv4 or IPv6 address as text; return its length in bytes, 0 if it is none."""
    cdef char copy[LONGEST_ADDRESS]
    cdef bint long_form
    if length >= LONGEST_ADDRESS or memchr(text, 0, length) != NULL:
        return 0
    memcpy(copy, text, length)
    copy[length] = 0
    long_form = memchr(text, 58, length) != NULL
    if inet_pton(AF_INET6 if long_form else AF_INET, copy, address) != 1:
        return 0
    return 16 if long_form else 4
