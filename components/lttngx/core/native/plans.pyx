"""Compiles a scope's field class and its planned change into a copy plan.

Rule: works on the plain descriptions of `lttngx.core.classes` alone; members get their output indices in the order in which
`mirroring` appends them: what is kept, then what is added.
"""
from cpython.bytes cimport PyBytes_AsString
from libc.string cimport memcpy

from lttngx.core.native.copying cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

from lttngx.core.classes import Kind

SOURCES = LTTNGX_SOURCES.decode()

CODES = {
    Kind.BOOL: COPY_BOOL,
    Kind.BIT_ARRAY: COPY_BITS,
    Kind.UNSIGNED: COPY_UNSIGNED,
    Kind.SIGNED: COPY_SIGNED,
    Kind.UNSIGNED_ENUM: COPY_UNSIGNED,
    Kind.SIGNED_ENUM: COPY_SIGNED,
    Kind.SINGLE: COPY_SINGLE,
    Kind.DOUBLE: COPY_DOUBLE,
    Kind.STRING: COPY_STRING,
    Kind.STATIC_ARRAY: COPY_STATIC_ARRAY,
    Kind.DYNAMIC_ARRAY: COPY_DYNAMIC_ARRAY,
    Kind.STRUCTURE: COPY_STRUCTURE,
    Kind.OPTION: COPY_OPTION,
    Kind.VARIANT: COPY_VARIANT,
    Kind.BLOB: COPY_STATIC_BLOB,
}
SIGNED = (Kind.SIGNED, Kind.SIGNED_ENUM)


cdef CopyPlan copy_plan(object field_class, object change):
    """Return the plan which copies a scope's root structure (None: the scope has none) with a Change."""
    plan = CopyPlan()
    if field_class is not None:
        compile_field(plan, &plan.root, field_class, (), change, change.replace.get(()))
    add_members(plan, change.append)
    return plan


cdef int compile_field(CopyPlan plan, Node *node, object field_class, tuple position, object change, object replacement
                       ) except -1:
    kind = field_class.kind
    node.code = CODES[kind]
    node.bits = max(field_class.bits - (kind in SIGNED), 0)
    if kind is Kind.BLOB and field_class.length is None:
        node.code = COPY_DYNAMIC_BLOB
    if replacement is not None:
        set_action(plan, node, replacement)
    if kind is Kind.STRUCTURE or kind is Kind.VARIANT:
        compile_members(plan, node, field_class, position, change, replacement)
    elif field_class.element is not None:
        grow(node, 1)
        inner = position + (0,)
        compile_field(plan, &node.children[0], field_class.element, inner, change,
                      change.replace.get(inner, replacement))
    return 0


cdef int compile_members(CopyPlan plan, Node *node, object field_class, tuple position, object change, object replacement
                         ) except -1:
    cdef uint64_t target = 0
    cdef Node *child
    kept = [index for index in range(len(field_class.members)) if position + (index,) not in change.drop]
    grow(node, len(kept))
    for index in kept:
        child = &node.children[target]
        child.source, child.target = index, target
        inner = position + (index,)
        compile_field(plan, child, field_class.members[index][1], inner, change, change.replace.get(inner, replacement))
        target += 1
    return 0


cdef int set_action(CopyPlan plan, Node *node, object replacement) except -1:
    """Make a node replace. Containers other than arrays only pass the replacement on to what is inside."""
    if node.code == COPY_STRUCTURE or node.code == COPY_OPTION or node.code == COPY_VARIANT:
        return 0
    node.action = CONSTANT if replacement.key is None else PSEUDONYM
    node.number = <int64_t><uint64_t>(replacement.number & <uint64_t>-1)
    text = replacement.text.encode("utf-8", "surrogateescape")
    plan.kept.append(text)
    node.text, node.length = PyBytes_AsString(text), len(text)
    if replacement.key is not None:
        memcpy(&node.key_0, PyBytes_AsString(replacement.key), 8)
        memcpy(&node.key_1, PyBytes_AsString(replacement.key) + 8, 8)
    return 0


cdef int add_members(CopyPlan plan, tuple additions) except -1:
    cdef uint64_t index
    cdef Appended *member
    if not additions:
        return 0
    plan.resize_appended(len(additions))
    for index in range(plan.appended_count):
        addition = additions[index]
        member = &plan.appended[index]
        member.code = CODES[addition.kind]
        member.target = plan.root.count + index
        member.column = addition.column
        member.optional = addition.optional
        default = addition.default
        if addition.kind is Kind.STRING:
            default = str(default or "").encode("utf-8", "surrogateescape")
        plan.kept.append(default)
        member.default_value = <void *>default
    return 0
