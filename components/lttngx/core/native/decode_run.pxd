"""State and operations of the decoder (lttngx/ctf/operations.py says what an operation means)."""

from libc.stdint cimport int32_t, uint8_t, uint32_t, uint64_t

from lttngx.core.native.produce cimport bt_field

cdef enum:  # Code
    SKIP, BYTES, BITS, LEB128, STRING_NULL, STRING_STATIC, STRING_DYNAMIC, BLOB_STATIC, BLOB_DYNAMIC, STRUCTURE, ARRAY_STATIC
    ARRAY_DYNAMIC, OPTIONAL, VARIANT, STORE

cdef enum:  # Target
    NONE, MEMBER, ELEMENT, CONTENT, SELECTED

cdef enum:  # Set
    SET_UNSIGNED, SET_SIGNED, SET_BOOL, SET_BIT_ARRAY, SET_SINGLE, SET_DOUBLE, SET_HALF

cdef enum:  # Flag
    BIG = 1
    SIGNED = 2
    REVERSED = 4
    KEY_SIGNED = 8
    UNIT_16 = 16
    UNIT_32 = 32
    BYTE_ARRAY = 64

cdef enum:  # Role
    NO_ROLE, ROLE_MAGIC, ROLE_UUID, ROLE_STREAM_CLASS_ID, ROLE_STREAM_ID, ROLE_TOTAL, ROLE_CONTENT, ROLE_CLOCK, ROLE_END
    ROLE_DISCARDED, ROLE_SEQUENCE, ROLE_EVENT_CLASS_ID
    ROLE_COUNT

cdef enum Fault:
    NO_FAULT, FAULT_END, FAULT_LEB128, FAULT_LENGTH, FAULT_SELECTOR, FAULT_MAGIC, FAULT_UUID, FAULT_BYTE_ORDER, FAULT_MEMORY
    FAULT_TERMINATOR, FAULT_TOTAL, FAULT_CONTENT, FAULT_STREAM_CLASS, FAULT_EVENT_CLASS, FAULT_EMPTY_RECORD, FAULT_FILE
    FAULT_PYTHON, FAULT_STREAM

cdef struct Operation:
    uint8_t code, target, set, flags
    uint8_t role
    uint8_t plain       # a whole-byte integer without slot or role, whose field is a member or element: the common case
    uint32_t index
    int32_t slot, key
    uint32_t next, table, rows
    uint64_t mask       # alignment - 1, in bits
    uint64_t size, least

cdef struct Row:
    uint64_t lower, upper
    uint32_t option, begin, end

cdef struct Program:
    Operation *operations
    uint32_t count
    Row *table

cdef struct Decoder:
    const uint8_t *base         # the packet's first byte
    uint64_t head, end          # bits; nothing is read at or after `end`
    uint64_t *slots
    uint64_t clock
    uint64_t roles[16]          # last value of each role
    uint32_t present            # bit r: role r was decoded
    uint64_t value, width       # last number decoded, and its length in bits
    int order                   # byte order of the last field that was not whole bytes: 0 none, 1 little, 2 big
    uint8_t uuid[16]
    bint has_uuid
    char *scratch               # converted text
    uint64_t scratch_size
    Fault fault
    uint64_t fault_head, fault_value

cdef int run(Decoder *decoder, const Program *program, bt_field *parent) noexcept nogil
cdef void free_program(Program *program) noexcept nogil
cdef int load_program(Program *program, object source) except -1
