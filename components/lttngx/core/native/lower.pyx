"""Lowers predicate trees to the flat operations which `evaluate` runs.

Rule: an operation's operands are emitted before it, left to right. And, Or and Otherwise put a jump behind each operand
which may settle them; a Quantified loops over its body. All memory lives in the caller's list `keep` but the scratch
texts, which `release` frees.
"""
cimport cython
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport free
from libc.string cimport memcpy
from cpython.ref cimport PyObject

from lttngx.core.native.babeltrace cimport bt_message
from lttngx.core.native.evaluate cimport accepts
from lttngx.core.native.fields cimport lower_path, path_t, take
from lttngx.core.native.match cimport forget_tables, take_error, text_hash
from lttngx.core.native.program cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

cdef extern from "Python.h":
    char *PyBytes_AsString(object value) except NULL

SOURCES = LTTNGX_SOURCES.decode()

UNARY = {
    "neg": NEG, "not": NOT, "invert": INVERT, "abs": ABS, "popcount": POPCOUNT, "unsigned": TO_UNSIGNED,
    "truncate": TRUNCATE, "lower": LOWER, "basename": BASENAME, "length": LENGTH,
}
BINARY = {
    "eq": EQ, "ne": NE, "lt": LT, "le": LE, "gt": GT, "ge": GE,
    "and_bits": AND_BITS, "or_bits": OR_BITS, "xor_bits": XOR_BITS,
    "shift_left": SHIFT_LEFT, "shift_right": SHIFT_RIGHT,
    "add": ADD, "sub": SUB, "mul": MUL, "div": DIV, "mod": MOD,
    "starts_with": STARTS_WITH, "ends_with": ENDS_WITH, "contains": CONTAINS,
}


class Operation:
    """One operation while a program is made. data: what its C data is made from; target: position jumped to."""

    __slots__ = ("code", "target", "all", "data")

    def __init__(self, code, data=None, all=False):
        self.code, self.target, self.all, self.data = code, 0, all, data


class Emitter:
    """Turns a tree into a list of operations; one method a node type, listed in EMIT."""

    def __init__(self):
        self.operations, self.depth = [], 0

    def emit(self, code, data=None, all=False):
        operation = Operation(code, data, all)
        self.operations.append(operation)
        return operation

    def node(self, node):
        EMIT[type(node).__name__](self, node)

    def constant(self, node):
        self.emit(CONSTANT, node)

    def field(self, node):
        self.emit(TEXT_FIELD if node.text else FIELD, node.path)

    def time(self, node):
        self.emit(TIME)

    def element(self, node):
        # Outside every Quantified there is no element.
        self.emit(ELEMENT if self.depth else CONSTANT)

    def missing(self, node):
        self.emit(CONSTANT)

    def unary(self, node):
        self.node(node.operand)
        self.emit(UNARY[node.op])

    def binary(self, node):
        self.node(node.left)
        self.node(node.right)
        self.emit(BINARY[node.op])

    def conjunction(self, node):
        self.two(node, AND_LEFT, AND_RIGHT)

    def disjunction(self, node):
        self.two(node, OR_LEFT, OR_RIGHT)

    def two(self, node, left_code, right_code):
        self.node(node.left)
        left = self.emit(left_code)
        self.node(node.right)
        self.emit(right_code)
        left.target = len(self.operations)

    def otherwise(self, node):
        jumps = []
        for operand in node.operands[:-1]:
            self.node(operand)
            jumps.append(self.emit(OTHERWISE))
        if node.operands:
            self.node(node.operands[-1])
        else:
            self.emit(CONSTANT)
        for jump in jumps:
            jump.target = len(self.operations)

    def exists(self, node):
        self.node(node.operand)
        self.emit(EXISTS)

    def glob(self, node):
        self.tested(node, GLOB)

    def in_texts(self, node):
        self.tested(node, IN_TEXTS)

    def matches(self, node):
        self.tested(node, MATCHES)

    def in_ranges(self, node):
        self.tested(node, IN_RANGES)

    def in_networks(self, node):
        self.tested(node, IN_NETWORKS)

    def tested(self, node, code):
        self.node(node.operand)
        self.emit(code, node)

    def quantified(self, node):
        self.node(node.array)
        loop = self.emit(LOOP, all=node.all)
        body = len(self.operations)
        self.depth += 1
        self.node(node.body)
        self.depth -= 1
        self.emit(NEXT, all=node.all).target = body
        loop.target = len(self.operations)


# By the names of the node classes of core.predicate.
EMIT = {
    "Constant": Emitter.constant, "Field": Emitter.field, "Time": Emitter.time,
    "Element": Emitter.element, "Missing": Emitter.missing, "Unary": Emitter.unary,
    "Binary": Emitter.binary, "And": Emitter.conjunction, "Or": Emitter.disjunction,
    "Otherwise": Emitter.otherwise, "Exists": Emitter.exists, "Glob": Emitter.glob,
    "InRanges": Emitter.in_ranges, "InTexts": Emitter.in_texts, "Matches": Emitter.matches,
    "InNetworks": Emitter.in_networks, "Quantified": Emitter.quantified,
}


cdef program_t *lower(object predicate, list keep) except NULL:
    """Return a predicate as a program, which must be released before `keep` goes."""
    cdef program_t *program
    cdef int index
    emitter = Emitter()
    emitter.node(predicate.root)
    operations = emitter.operations
    program = <program_t *>take(keep, sizeof(program_t))
    program.count = <int>len(operations)
    program.ops = <op_t *>take(keep, program.count * sizeof(op_t))
    # No operation pushes more than one value or frame, so their number bounds the stacks.
    program.stack = <value_t *>take(keep, (program.count + 1) * sizeof(value_t))
    program.frames = <frame_t *>take(keep, (program.count + 1) * sizeof(frame_t))
    for index in range(program.count):
        program.ops[index].strict = predicate.strict
        fill(operations[index], &program.ops[index], keep)
    return program


cdef void release(program_t *program) noexcept:
    cdef chunk_t *chunk = program.scratch
    program.scratch = NULL
    while chunk != NULL:
        program.scratch = chunk.older
        free(chunk)
        chunk = program.scratch


cdef int fill(object operation, op_t *op, list keep) except -1:
    """Fill in the C form of an operation."""
    cdef int code = operation.code
    data = operation.data
    op.code, op.target, op.all = code, operation.target, operation.all
    if code == CONSTANT:
        fill_constant(data, &op.constant, keep)
    elif code == FIELD or code == TEXT_FIELD:
        op.data = take(keep, sizeof(path_t))
        lower_path(data, <path_t *>op.data, keep)
    elif code == GLOB:
        op.data = take(keep, sizeof(glob_t))
        fill_glob(data.parts, <glob_t *>op.data, keep)
    elif code == IN_TEXTS:
        op.data = fill_texts(data, keep)
    elif code == MATCHES:
        op.data = fill_automaton(data.automaton, keep)
    elif code == IN_RANGES:
        op.data = fill_ranges(data.ranges, keep)
    elif code == IN_NETWORKS:
        op.data = fill_networks(data.networks, keep)
    return 0


cdef int fill_constant(object node, value_t *value, list keep) except -1:
    """Fill in a Constant; None is a missing value."""
    if node is None:
        value.sort = M
    elif isinstance(node.value, bytes):
        keep.append(node.value)
        value.sort = T
        value.text = PyBytes_AsString(node.value)
        value.length = len(node.value)
    else:
        fill_number(node.value, node.unsigned, value)
    return 0


cdef int fill_number(object number, bint unsigned, value_t *value) except -1:
    """Fill in an int or a float. An int above the signed ones is unsigned, whatever it is said to be."""
    if isinstance(number, float):
        value.sort = F
        value.f = number
    elif unsigned or number >= 2**63:
        value.sort = U
        value.i = <int64_t><uint64_t>number
    else:
        value.sort = S
        value.i = number
    return 0


cdef int fill_part(bytes text, part_t *part, list keep) except -1:
    keep.append(text)
    part.text = PyBytes_AsString(text)
    part.length = len(text)
    return 0


cdef int fill_glob(tuple parts, glob_t *glob, list keep) except -1:
    cdef int index
    glob.count = <int>len(parts)
    glob.parts = <part_t *>take(keep, glob.count * sizeof(part_t))
    for index in range(glob.count):
        fill_part(parts[index], &glob.parts[index], keep)
    return 0


cdef void *fill_texts(object node, list keep) except NULL:
    """Return the hash table of an InTexts, at most half full."""
    cdef texts_t *texts = <texts_t *>take(keep, sizeof(texts_t))
    cdef uint64_t size = 2
    cdef uint64_t slot
    cdef part_t part
    cdef int index
    while size < 2 * <uint64_t>len(node.texts):
        size *= 2
    texts.mask = size - 1
    texts.table = <part_t *>take(keep, size * sizeof(part_t))
    for text in node.texts:
        fill_part(text, &part, keep)
        slot = text_hash(part.text, part.length) & texts.mask
        while texts.table[slot].text != NULL:
            slot = (slot + 1) & texts.mask
        texts.table[slot] = part
    texts.count = <int>len(node.globs)
    texts.globs = <glob_t *>take(keep, texts.count * sizeof(glob_t))
    for index in range(texts.count):
        fill_glob(node.globs[index], &texts.globs[index], keep)
    return texts


cdef void *fill_automaton(object owner, list keep) except NULL:
    cdef automaton_t *automaton = <automaton_t *>take(keep, sizeof(automaton_t))
    keep.append(owner)
    automaton.object = <PyObject *>owner
    return automaton


cdef void *fill_ranges(tuple bounds, list keep) except NULL:
    """Return ranges as values, and those of signed numbers apart, cut to what a signed number can be."""
    cdef ranges_t *ranges = <ranges_t *>take(keep, sizeof(ranges_t))
    cdef int index
    ranges.count = <int>len(bounds)
    ranges.ranges = <range_t *>take(keep, ranges.count * sizeof(range_t))
    for index in range(ranges.count):
        fill_number(bounds[index][0], False, &ranges.ranges[index].lower)
        fill_number(bounds[index][1], False, &ranges.ranges[index].upper)
    if any(isinstance(bound, float) for pair in bounds for bound in pair):
        ranges.signed_count = -1
        return ranges
    cut = [(lower, min(upper, 2**63 - 1)) for lower, upper in bounds if lower < 2**63]
    ranges.signed_count = <int>len(cut)
    ranges.bounds = <int64_t *>take(keep, 2 * len(cut) * sizeof(int64_t))
    for index in range(ranges.signed_count):
        ranges.bounds[2 * index], ranges.bounds[2 * index + 1] = cut[index]
    return ranges


cdef void *fill_networks(tuple described, list keep) except NULL:
    cdef networks_t *networks = <networks_t *>take(keep, sizeof(networks_t))
    cdef int index
    networks.count = <int>len(described)
    networks.networks = <network_t *>take(keep, networks.count * sizeof(network_t))
    for index in range(networks.count):
        address, prefix = described[index]
        networks.networks[index].length = <int>len(address)
        networks.networks[index].prefix = prefix
        memcpy(networks.networks[index].address, PyBytes_AsString(address), len(address))
    return networks


# Breaking a reference cycle must not clear what __dealloc__ needs.
@cython.no_gc_clear
cdef class Program:
    """A predicate ready to run on bt2 event messages of its event class: `program(message)` gives True or False."""

    cdef program_t *program
    cdef list keep

    def __init__(self, predicate):
        self.keep = []
        self.program = lower(predicate, self.keep)

    def __dealloc__(self):
        if self.program != NULL:
            release(self.program)

    def __call__(self, message):
        cdef uintptr_t address = message.addr
        cdef int outcome
        forget_tables()
        outcome = accepts(self.program, <const bt_message *>address)
        if outcome < 0:
            raise take_error()
        return outcome == 1


def compile_predicate(predicate):
    """Return `accepts(message)` for bt2 event messages of the predicate's event class."""
    return Program(predicate)
