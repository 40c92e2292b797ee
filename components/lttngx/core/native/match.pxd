"""Tests of one value against constant data: see match.pyx."""
from libc.stdint cimport uint64_t

from lttngx.core.native.program cimport automaton_t, glob_t, networks_t, texts_t

cdef bint has_prefix(const char *text, uint64_t length, const char *part, uint64_t part_length) noexcept nogil
cdef bint has_suffix(const char *text, uint64_t length, const char *part, uint64_t part_length) noexcept nogil
cdef bint contains(const char *text, uint64_t length, const char *part, uint64_t part_length) noexcept nogil
cdef bint matches_glob(const glob_t *glob, const char *text, uint64_t length) noexcept nogil
cdef uint64_t text_hash(const char *text, uint64_t length) noexcept nogil
cdef bint in_texts(const texts_t *texts, const char *text, uint64_t length) noexcept nogil
cdef int run_automaton(automaton_t *automaton, const char *text, uint64_t length) noexcept nogil
cdef bint in_networks(const networks_t *networks, const unsigned char *address, int length) noexcept nogil
cdef int parse_address(const char *text, uint64_t length, unsigned char *address) noexcept nogil
cdef void forget_tables() noexcept nogil
cdef object take_error()
