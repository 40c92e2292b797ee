"""Mirrors field classes: makes, in another trace class, equal ones with a planned change.

Rule: done once per class, so clarity goes before speed. A field class made here is owned by the caller until it is put
into another one or into a stream or event class, which take a reference of their own. In a MIP 0 graph a link is made by handing
over the linked field class itself, in a MIP 1 graph by a location of names, which holds as it is.
"""
from libc.stdint cimport uint64_t, uintptr_t
from libc.stdlib cimport calloc, free

from lttngx.core.native.babeltrace cimport *
from lttngx.core.native.classes cimport text
from lttngx.core.native.creation cimport *
from lttngx.core.native.sources cimport LTTNGX_SOURCES

from lttngx.core.classes import Kind, Scope
from lttngx.errors import TraceError

SOURCES = LTTNGX_SOURCES.decode()


cdef bint of(uint64_t type, uint64_t wanted):
    """Return whether a field class type is, or derives from, another: all bits of the other are set."""
    return type & wanted == wanted


cdef int check(int status) except -1:
    """Raise if a library function failed."""
    if status:
        raise MemoryError(f"Cannot make a field class: status={status}")
    return 0


cdef ScopeMirror scope_mirror(bt_trace_class *trace_class, int mip, object scope, object change, dict made):
    mirror = ScopeMirror()
    mirror.trace_class, mirror.mip = trace_class, mip
    mirror.scope, mirror.change, mirror.made = scope, change, made
    return mirror


cdef class ScopeMirror:
    cdef bt_field_class *root(self, const bt_field_class *old) except? NULL:
        """Return the new root structure; NULL if there is none, or if nothing is left of it."""
        cdef bt_field_class *made
        cdef uint64_t count = 0 if old == NULL else bt_field_class_structure_get_member_count(old)
        dropped = sum(1 for position in self.change.drop if len(position) == 1)
        if not self.change.append and (old == NULL or (count and dropped == count)):
            return NULL
        if old == NULL:
            made = bt_field_class_structure_create(self.trace_class)
        else:
            made = self.mirror(old, ())
        for addition in self.change.append:
            self.append(made, addition)
        return made

    cdef bt_field_class *mirror(self, const bt_field_class *old, tuple position) except NULL:
        cdef uint64_t type = class_type(old)
        cdef bt_field_class *made = self.scalar(old, type)
        if made != NULL:
            pass
        elif of(type, BT_FIELD_CLASS_TYPE_STRUCTURE):
            made = self.structure(old, position)
        elif of(type, BT_FIELD_CLASS_TYPE_STATIC_ARRAY) or of(type, BT_FIELD_CLASS_TYPE_DYNAMIC_ARRAY):
            made = self.array(old, type, position)
        elif of(type, BT_FIELD_CLASS_TYPE_OPTION):
            made = self.option(old, type, position)
        elif of(type, BT_FIELD_CLASS_TYPE_VARIANT):
            made = self.variant(old, type, position)
        elif of(type, TYPE_BLOB):
            made = self.blob(old, type)
        else:
            raise NotImplementedError(f"Cannot mirror a field class: type={type:#x}")
        bt_field_class_set_user_attributes(made, bt_field_class_borrow_user_attributes_const(old))
        self.made[self.scope, position] = <uintptr_t>made
        return made

    cdef bt_field_class *scalar(self, const bt_field_class *old, uint64_t type) except? NULL:
        """Return the mirror of a scalar field class, NULL if `old` is none."""
        cdef bt_field_class *made
        if of(type, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER) or of(type, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER):
            return self.integer(old, type)
        if of(type, BT_FIELD_CLASS_TYPE_STRING):
            return bt_field_class_string_create(self.trace_class)
        if of(type, BT_FIELD_CLASS_TYPE_BOOL):
            return bt_field_class_bool_create(self.trace_class)
        if of(type, BT_FIELD_CLASS_TYPE_SINGLE_PRECISION_REAL):
            return bt_field_class_real_single_precision_create(self.trace_class)
        if of(type, BT_FIELD_CLASS_TYPE_DOUBLE_PRECISION_REAL):
            return bt_field_class_real_double_precision_create(self.trace_class)
        if of(type, BT_FIELD_CLASS_TYPE_BIT_ARRAY):
            made = bt_field_class_bit_array_create(self.trace_class, bt_field_class_bit_array_get_length(old))
            copy_flags(made, old, self.mip)
            return made
        return NULL

    cdef bt_field_class *integer(self, const bt_field_class *old, uint64_t type) except NULL:
        cdef bt_field_class *made
        if of(type, BT_FIELD_CLASS_TYPE_UNSIGNED_ENUMERATION):
            made = bt_field_class_enumeration_unsigned_create(self.trace_class)
            copy_unsigned_mappings(made, old)
        elif of(type, BT_FIELD_CLASS_TYPE_SIGNED_ENUMERATION):
            made = bt_field_class_enumeration_signed_create(self.trace_class)
            copy_signed_mappings(made, old)
        elif of(type, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER):
            made = bt_field_class_integer_unsigned_create(self.trace_class)
        else:
            made = bt_field_class_integer_signed_create(self.trace_class)
        bt_field_class_integer_set_field_value_range(made, bt_field_class_integer_get_field_value_range(old))
        copy_display_base(made, old)
        if self.mip > 0:
            copy_value_hints(made, old)
        return made

    cdef bt_field_class *structure(self, const bt_field_class *old, tuple position) except NULL:
        cdef bt_field_class *made = bt_field_class_structure_create(self.trace_class)
        cdef bt_field_class *inner
        cdef const bt_field_class_structure_member *member
        cdef uint64_t index, target = 0
        for index in range(bt_field_class_structure_get_member_count(old)):
            if position + (index,) in self.change.drop:
                continue
            member = bt_field_class_structure_borrow_member_by_index_const(old, index)
            inner = self.mirror(bt_field_class_structure_member_borrow_field_class_const(member), position + (index,))
            check(bt_field_class_structure_append_member(
                made, bt_field_class_structure_member_get_name(member), inner))
            bt_field_class_put_ref(inner)
            bt_field_class_structure_member_set_user_attributes(
                bt_field_class_structure_borrow_member_by_index(made, target),
                bt_field_class_structure_member_borrow_user_attributes_const(member))
            target += 1
        return made

    cdef bt_field_class *array(self, const bt_field_class *old, uint64_t type, tuple position) except NULL:
        cdef bt_field_class *made
        cdef const field_location *location
        cdef bt_field_class *element = self.mirror(
            bt_field_class_array_borrow_element_field_class_const(old), position + (0,))
        if of(type, BT_FIELD_CLASS_TYPE_STATIC_ARRAY):
            made = bt_field_class_array_static_create(
                self.trace_class, element, bt_field_class_array_static_get_length(old))
        elif self.mip == 0:
            made = bt_field_class_array_dynamic_create(self.trace_class, element, self.linked_class(old, type))
        else:
            location = copied_location(self.trace_class, link_location(old, type))
            made = (dynamic_array_create(self.trace_class, element) if location == NULL
                    else dynamic_array_with_length_create(self.trace_class, element, location))
            location_put_ref(location)
        bt_field_class_put_ref(element)
        return made

    cdef bt_field_class *option(self, const bt_field_class *old, uint64_t type, tuple position) except NULL:
        cdef bt_field_class *content = self.mirror(
            bt_field_class_option_borrow_field_class_const(old), position + (0,))
        cdef bt_field_class *made
        if self.mip == 0:
            made = option_mip_0(self.trace_class, old, type, content, self.linked_class(old, type))
        else:
            made = option_mip_1(self.trace_class, old, type, content)
        if of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_BOOL_SELECTOR_FIELD):
            bt_field_class_option_with_selector_field_bool_set_selector_is_reversed(
                made, bt_field_class_option_with_selector_field_bool_selector_is_reversed(old))
        bt_field_class_put_ref(content)
        return made

    cdef bt_field_class *variant(self, const bt_field_class *old, uint64_t type, tuple position) except NULL:
        cdef bt_field_class *inner
        cdef uint64_t index
        cdef const bt_field_class_variant_option *option
        cdef bt_field_class *made = (
            bt_field_class_variant_create(self.trace_class, self.linked_class(old, type)) if self.mip == 0
            else variant_mip_1(self.trace_class, old, type))
        for index in range(bt_field_class_variant_get_option_count(old)):
            option = bt_field_class_variant_borrow_option_by_index_const(old, index)
            inner = self.mirror(bt_field_class_variant_option_borrow_field_class_const(option), position + (index,))
            append_option(made, old, type, index, inner)
            bt_field_class_put_ref(inner)
            bt_field_class_variant_option_set_user_attributes(
                bt_field_class_variant_borrow_option_by_index(made, index),
                bt_field_class_variant_option_borrow_user_attributes_const(option))
        return made

    cdef bt_field_class *blob(self, const bt_field_class *old, uint64_t type) except NULL:
        cdef bt_field_class *made
        cdef const field_location *location
        if of(type, TYPE_STATIC_BLOB):
            made = static_blob_create(self.trace_class, static_blob_get_length(old))
        else:
            location = copied_location(self.trace_class, link_location(old, type))
            made = (dynamic_blob_create(self.trace_class) if location == NULL
                    else dynamic_blob_with_length_create(self.trace_class, location))
            location_put_ref(location)
        check(blob_set_media_type(made, blob_get_media_type(old)))
        return made

    cdef bt_field_class *linked_class(self, const bt_field_class *old, uint64_t type) except? NULL:
        """Return the new class of a MIP 0 length or selector field, NULL if there is no such field."""
        cdef const bt_field_path *path = link_path(old, type)
        cdef uint64_t index
        if path == NULL:
            return NULL
        place = Scope(path_scope(path)), tuple(
            [path_index(path, index) for index in range(bt_field_path_get_item_count(path))])
        if place not in self.made:
            raise TraceError(
                f"Cannot rewrite a class: a field is kept but not its length or selector field: "
                f"scope={place[0].name.lower()}, position={list(place[1])}")
        return <bt_field_class *><uintptr_t>self.made[place]

    cdef int append(self, bt_field_class *structure, object addition) except -1:
        """Append a new member to the root structure."""
        cdef bt_field_class *content
        cdef bt_field_class *made = new_class(self.trace_class, addition)
        if addition.optional:
            content = made
            made = (bt_field_class_option_without_selector_create(self.trace_class, content) if self.mip == 0
                    else option_create(self.trace_class, content))
            bt_field_class_put_ref(content)
        name = addition.name.encode()
        if has_member(structure, name):
            raise TraceError(f"Cannot add a field: one of this name exists: scope={self.scope.name.lower()}, "
                             f'name="{addition.name}"')
        check(bt_field_class_structure_append_member(structure, name, made))
        bt_field_class_put_ref(made)
        return 0


cdef bint has_member(bt_field_class *structure, bytes name):
    cdef uint64_t index
    for index in range(bt_field_class_structure_get_member_count(structure)):
        if name == <bytes>bt_field_class_structure_member_get_name(
                bt_field_class_structure_borrow_member_by_index_const(structure, index)):
            return True
    return False


cdef bt_field_class *new_class(bt_trace_class *trace_class, object addition) except NULL:
    cdef bt_field_class *made
    kind = addition.kind
    if kind is Kind.STRING:
        return bt_field_class_string_create(trace_class)
    if kind is Kind.BOOL:
        return bt_field_class_bool_create(trace_class)
    if kind is Kind.DOUBLE:
        return bt_field_class_real_double_precision_create(trace_class)
    if kind is Kind.SIGNED:
        made = bt_field_class_integer_signed_create(trace_class)
    elif kind is Kind.UNSIGNED:
        made = bt_field_class_integer_unsigned_create(trace_class)
    else:
        raise NotImplementedError(f"Cannot add a field: kind={kind.value}")
    bt_field_class_integer_set_field_value_range(made, addition.bits)
    set_display_base(made, addition.base)
    return made


cdef int copy_flags(bt_field_class *made, const bt_field_class *old, int mip) except -1:
    cdef uint64_t index
    cdef const bit_array_flag *flag
    if mip > 0:
        for index in range(bit_array_flag_count(old)):
            flag = bit_array_borrow_flag(old, index)
            check(bit_array_add_flag(made, bit_array_flag_label(flag), bit_array_flag_ranges(flag)))
    return 0


cdef int copy_unsigned_mappings(bt_field_class *made, const bt_field_class *old) except -1:
    cdef uint64_t index
    cdef const bt_field_class_enumeration_unsigned_mapping *mapping
    for index in range(bt_field_class_enumeration_get_mapping_count(old)):
        mapping = bt_field_class_enumeration_unsigned_borrow_mapping_by_index_const(old, index)
        check(bt_field_class_enumeration_unsigned_add_mapping(
            made, unsigned_mapping_label(mapping),
            bt_field_class_enumeration_unsigned_mapping_borrow_ranges_const(mapping)))
    return 0


cdef int copy_signed_mappings(bt_field_class *made, const bt_field_class *old) except -1:
    cdef uint64_t index
    cdef const bt_field_class_enumeration_signed_mapping *mapping
    for index in range(bt_field_class_enumeration_get_mapping_count(old)):
        mapping = bt_field_class_enumeration_signed_borrow_mapping_by_index_const(old, index)
        check(bt_field_class_enumeration_signed_add_mapping(
            made, signed_mapping_label(mapping),
            bt_field_class_enumeration_signed_mapping_borrow_ranges_const(mapping)))
    return 0


cdef const field_location *copied_location(bt_trace_class *trace_class, const field_location *location) except? NULL:
    """Return an equal location (owned by the caller), NULL for NULL."""
    cdef const field_location *made
    cdef const char **items
    cdef uint64_t index, count
    if location == NULL:
        return NULL
    count = location_item_count(location)
    items = <const char **>calloc(count, sizeof(char *))
    for index in range(count):
        items[index] = location_item(location, index)
    made = location_create(trace_class, location_scope(location), items, count)
    free(items)
    return made


cdef bt_field_class *option_mip_0(bt_trace_class *trace_class, const bt_field_class *old, uint64_t type,
                                  bt_field_class *content, bt_field_class *selector) except NULL:
    if of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_BOOL_SELECTOR_FIELD):
        return bt_field_class_option_with_selector_field_bool_create(trace_class, content, selector)
    if of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_UNSIGNED_INTEGER_SELECTOR_FIELD):
        return bt_field_class_option_with_selector_field_integer_unsigned_create(
            trace_class, content, selector,
            bt_field_class_option_with_selector_field_integer_unsigned_borrow_selector_ranges_const(old))
    if of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_SIGNED_INTEGER_SELECTOR_FIELD):
        return bt_field_class_option_with_selector_field_integer_signed_create(
            trace_class, content, selector,
            bt_field_class_option_with_selector_field_integer_signed_borrow_selector_ranges_const(old))
    return bt_field_class_option_without_selector_create(trace_class, content)


cdef bt_field_class *option_mip_1(bt_trace_class *trace_class, const bt_field_class *old, uint64_t type,
                                  bt_field_class *content) except NULL:
    cdef bt_field_class *made
    cdef const field_location *location = copied_location(trace_class, link_location(old, type))
    if of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_BOOL_SELECTOR_FIELD):
        made = option_with_bool_create(trace_class, content, location)
    elif of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_UNSIGNED_INTEGER_SELECTOR_FIELD):
        made = option_with_unsigned_create(
            trace_class, content, location,
            bt_field_class_option_with_selector_field_integer_unsigned_borrow_selector_ranges_const(old))
    elif of(type, BT_FIELD_CLASS_TYPE_OPTION_WITH_SIGNED_INTEGER_SELECTOR_FIELD):
        made = option_with_signed_create(
            trace_class, content, location,
            bt_field_class_option_with_selector_field_integer_signed_borrow_selector_ranges_const(old))
    else:
        made = option_create(trace_class, content)
    location_put_ref(location)
    return made


cdef bt_field_class *variant_mip_1(bt_trace_class *trace_class, const bt_field_class *old, uint64_t type) except NULL:
    cdef bt_field_class *made
    cdef const field_location *location = copied_location(trace_class, link_location(old, type))
    if of(type, BT_FIELD_CLASS_TYPE_VARIANT_WITH_UNSIGNED_INTEGER_SELECTOR_FIELD):
        made = variant_with_unsigned_create(trace_class, location)
    elif of(type, BT_FIELD_CLASS_TYPE_VARIANT_WITH_SIGNED_INTEGER_SELECTOR_FIELD):
        made = variant_with_signed_create(trace_class, location)
    else:
        made = variant_create(trace_class)
    location_put_ref(location)
    return made


cdef int append_option(bt_field_class *made, const bt_field_class *old, uint64_t type, uint64_t index,
                       bt_field_class *inner) except -1:
    """Append the mirror of option `index`, with its name and selector ranges."""
    cdef const char *name = bt_field_class_variant_option_get_name(
        bt_field_class_variant_borrow_option_by_index_const(old, index))
    if of(type, BT_FIELD_CLASS_TYPE_VARIANT_WITH_UNSIGNED_INTEGER_SELECTOR_FIELD):
        return check(bt_field_class_variant_with_selector_field_integer_unsigned_append_option(
            made, name, inner,
            bt_field_class_variant_with_selector_field_integer_unsigned_option_borrow_ranges_const(
                bt_field_class_variant_with_selector_field_integer_unsigned_borrow_option_by_index_const(old, index))))
    if of(type, BT_FIELD_CLASS_TYPE_VARIANT_WITH_SIGNED_INTEGER_SELECTOR_FIELD):
        return check(bt_field_class_variant_with_selector_field_integer_signed_append_option(
            made, name, inner,
            bt_field_class_variant_with_selector_field_integer_signed_option_borrow_ranges_const(
                bt_field_class_variant_with_selector_field_integer_signed_borrow_option_by_index_const(old, index))))
    return check(bt_field_class_variant_without_selector_append_option(made, name, inner))
