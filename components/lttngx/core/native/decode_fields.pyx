"""Makes the field classes of a trace from blueprints (lttngx.core.blueprint).

A dependent field class gets its length or selector field class only where the library can find it: the key is in trace IR, and
every array, option or variant around the key is around the dependent field too. Interchange protocol 0 takes the key's field class
itself, protocol 1 its location: a root scope and names of structure members.
"""

from libc.stdlib cimport calloc, free

from lttngx.core.native cimport mip1
from lttngx.core.native.produce cimport *
from lttngx.core.native.values cimport to_value

# core.blueprint.Make, imported when a trace is opened: loading the plugin need not pay for it.
cdef object MAKE = None


cdef int check(int status) except -1:
    if status:
        raise MemoryError
    return 0


cdef bytes text_of(object text):
    return text.encode("utf-8", "surrogateescape").replace(b"\0", b"")


cdef bt_integer_range_set_unsigned *unsigned_ranges(object ranges) except NULL:
    cdef bt_integer_range_set_unsigned *result = bt_integer_range_set_unsigned_create()
    if result == NULL:
        raise MemoryError
    for lower, upper in ranges:
        check(bt_integer_range_set_unsigned_add_range(result, lower, upper))
    return result


cdef bt_integer_range_set_signed *signed_ranges(object ranges) except NULL:
    cdef bt_integer_range_set_signed *result = bt_integer_range_set_signed_create()
    if result == NULL:
        raise MemoryError
    for lower, upper in ranges:
        check(bt_integer_range_set_signed_add_range(result, lower, upper))
    return result


cdef class TraceIr:
    """Trace class, trace, clock, stream and event classes of one trace; keeps references as long as it lives.

    component: address of the bt_self_component. mip: the graph's message interchange protocol version."""

    def __init__(self, size_t component, int mip):
        global MAKE
        from lttngx.core.blueprint import Make
        MAKE = Make
        self.clocks, self.stream_classes, self.event_classes, self.clock_of, self.keys = [], {}, {}, {}, {}
        self.path, self.enclosing, self.mip = (), (), mip
        self.trace_class = bt_trace_class_create(<bt_self_component *> component)
        if self.trace_class == NULL:
            raise MemoryError
        bt_trace_class_set_assigns_automatic_stream_class_id(self.trace_class, False)

    def __dealloc__(self):
        bt_trace_put_ref(self.trace)
        bt_trace_class_put_ref(self.trace_class)
        for address in self.clocks or ():
            bt_clock_class_put_ref(<bt_clock_class *> <size_t> address)

    cdef object key_entry(self, object blueprint):
        """Return the entry of a length or selector, None if trace IR cannot name it."""
        entry = self.keys.get(blueprint.key)
        if entry is None or self.enclosing[:len(entry[1])] != entry[1]:
            return None
        return entry

    cdef bt_field_class *key_of(self, object blueprint):
        """Return the field class of a length or selector, NULL if trace IR cannot name it."""
        entry = self.key_entry(blueprint)
        address = 0 if entry is None else entry[0]
        return <bt_field_class *> <size_t> address

    cdef void *location_of(self, object blueprint) except? NULL:
        """Return the field location of a length or selector (the caller owns the reference), NULL if there is none."""
        cdef const char **items
        cdef void *location
        entry = self.key_entry(blueprint)
        if entry is None:
            return NULL
        names = [text_of(name) for name in entry[2][1:]]
        items = <const char **> calloc(len(names) + 1, sizeof(char *))
        if items == NULL:
            raise MemoryError
        for index, name in enumerate(names):
            items[index] = name
        location = mip1.location_create(self.trace_class, entry[2][0], items, len(names))
        free(items)
        if location == NULL:
            raise MemoryError
        return location

    cdef bt_field_class *root(self, object blueprint, int scope) except NULL:
        """Make the root structure of a scope: 0 packet context, 1 common context, 2 specific context, 3 payload."""
        self.path, self.enclosing = (scope,), ()
        return self.field_class(blueprint)

    cdef bt_field_class *inner(self, object blueprint, object token) except NULL:
        """Make a field class inside an array, option or variant."""
        cdef tuple outside = self.enclosing
        self.enclosing = outside + (token,)
        try:
            return self.field_class(blueprint)
        finally:
            self.enclosing = outside

    cdef bt_field_class *structure(self, object blueprint) except NULL:
        cdef bt_field_class *result = bt_field_class_structure_create(self.trace_class)
        cdef bt_field_class *member_class
        cdef tuple outside = self.path
        for member in blueprint.members:
            self.path = outside + (member.name,)
            member_class = self.field_class(member.field_class)
            self.path = outside
            check(bt_field_class_structure_append_member(result, text_of(member.name), member_class))
            bt_field_class_put_ref(member_class)
        return result

    cdef bt_field_class *array(self, object blueprint) except NULL:
        cdef bt_field_class *element = self.inner(blueprint.element, id(blueprint))
        cdef bt_field_class *result
        if blueprint.make is MAKE.STATIC_ARRAY:
            result = bt_field_class_array_static_create(self.trace_class, element, blueprint.length)
        else:
            result = self.dynamic_array(blueprint, element)
        bt_field_class_put_ref(element)
        return result

    cdef bt_field_class *dynamic_array(self, object blueprint, bt_field_class *element) except NULL:
        cdef bt_field_class *result
        cdef void *location
        if self.mip == 0:
            return bt_field_class_array_dynamic_create(self.trace_class, element, self.key_of(blueprint))
        location = self.location_of(blueprint)
        if location == NULL:
            return mip1.array_plain(self.trace_class, element)
        result = mip1.array_located(self.trace_class, element, location)
        mip1.location_put_ref(location)
        return result

    cdef bt_field_class *blob(self, object blueprint) except NULL:
        """Make a BLOB; in interchange protocol 0 an array of bytes, displayed in base 16."""
        cdef bt_field_class *element
        cdef bt_field_class *result
        if self.mip > 0:
            return self.true_blob(blueprint)
        element = bt_field_class_integer_unsigned_create(self.trace_class)
        bt_field_class_integer_set_field_value_range(element, 8)
        bt_field_class_integer_set_preferred_display_base(element, 16)
        if blueprint.make is MAKE.STATIC_BLOB:
            result = bt_field_class_array_static_create(self.trace_class, element, blueprint.length)
        else:
            result = bt_field_class_array_dynamic_create(self.trace_class, element, self.key_of(blueprint))
        bt_field_class_put_ref(element)
        return result

    cdef bt_field_class *true_blob(self, object blueprint) except NULL:
        cdef bt_field_class *result
        cdef void *location = NULL
        if blueprint.make is MAKE.STATIC_BLOB and blueprint.length > 0:
            result = mip1.blob_static(self.trace_class, blueprint.length)
        else:
            # Babeltrace 2.1.1 aborts when it creates a static BLOB field without bytes: a dynamic one stands for it.
            if blueprint.make is not MAKE.STATIC_BLOB:
                location = self.location_of(blueprint)
            if location == NULL:
                result = mip1.blob_plain(self.trace_class)
            else:
                result = mip1.blob_located(self.trace_class, location)
                mip1.location_put_ref(location)
        if blueprint.media_type is not None:
            check(mip1.blob_set_media_type(result, text_of(blueprint.media_type)))
        return result

    cdef bt_field_class *located_option(self, object blueprint, bt_field_class *content) except NULL:
        """Make an option in interchange protocol 1."""
        cdef void *location = NULL if blueprint.ranges == () else self.location_of(blueprint)
        cdef bt_field_class *result
        cdef bt_integer_range_set_unsigned *unsigned_set
        cdef bt_integer_range_set_signed *signed_set
        if location == NULL:
            return mip1.option_plain(self.trace_class, content)
        if blueprint.ranges is None:
            result = mip1.option_bool(self.trace_class, content, location)
        elif blueprint.signed_key:
            signed_set = signed_ranges(blueprint.ranges)
            result = mip1.option_signed(self.trace_class, content, location, signed_set)
            bt_integer_range_set_signed_put_ref(signed_set)
        else:
            unsigned_set = unsigned_ranges(blueprint.ranges)
            result = mip1.option_unsigned(self.trace_class, content, location, unsigned_set)
            bt_integer_range_set_unsigned_put_ref(unsigned_set)
        mip1.location_put_ref(location)
        return result

    cdef bt_field_class *option(self, object blueprint) except NULL:
        cdef bt_field_class *key = self.key_of(blueprint)
        cdef bt_field_class *content = self.inner(blueprint.element, id(blueprint))
        cdef bt_field_class *result
        cdef bt_integer_range_set_unsigned *unsigned_set
        cdef bt_integer_range_set_signed *signed_set
        if self.mip > 0:
            result = self.located_option(blueprint, content)
        elif key == NULL or blueprint.ranges == ():
            result = bt_field_class_option_without_selector_create(self.trace_class, content)
        elif blueprint.ranges is None:
            result = bt_field_class_option_with_selector_field_bool_create(self.trace_class, content, key)
        elif blueprint.signed_key:
            signed_set = signed_ranges(blueprint.ranges)
            result = bt_field_class_option_with_selector_field_integer_signed_create(
                self.trace_class, content, key, signed_set)
            bt_integer_range_set_signed_put_ref(signed_set)
        else:
            unsigned_set = unsigned_ranges(blueprint.ranges)
            result = bt_field_class_option_with_selector_field_integer_unsigned_create(
                self.trace_class, content, key, unsigned_set)
            bt_integer_range_set_unsigned_put_ref(unsigned_set)
        bt_field_class_put_ref(content)
        return result

    cdef bt_field_class *empty_variant(self, object blueprint, bt_field_class *key) except NULL:
        cdef bt_field_class *result
        cdef void *location
        if self.mip == 0:
            return bt_field_class_variant_create(self.trace_class, key)
        if key == NULL:
            return mip1.variant_plain(self.trace_class)
        location = self.location_of(blueprint)
        if blueprint.signed_key:
            result = mip1.variant_signed(self.trace_class, location)
        else:
            result = mip1.variant_unsigned(self.trace_class, location)
        mip1.location_put_ref(location)
        return result

    cdef bt_field_class *variant(self, object blueprint) except NULL:
        cdef bt_field_class *key = self.key_of(blueprint) if separate(blueprint.members) else NULL
        cdef bt_field_class *result = self.empty_variant(blueprint, key)
        cdef bt_field_class *content
        cdef bt_integer_range_set_unsigned *unsigned_set
        cdef bt_integer_range_set_signed *signed_set
        cdef const char *name
        for index, option in enumerate(blueprint.members):
            content = self.inner(option.field_class, (id(blueprint), index))
            # Interchange protocol 0 has no unnamed options.
            text = text_of(f"option {index}" if option.name is None else option.name)
            name = NULL if option.name is None and self.mip > 0 else <const char *> text
            if key == NULL:
                check(bt_field_class_variant_without_selector_append_option(result, name, content))
            elif blueprint.signed_key:
                signed_set = signed_ranges(option.ranges)
                check(bt_field_class_variant_with_selector_field_integer_signed_append_option(
                    result, name, content, signed_set))
                bt_integer_range_set_signed_put_ref(signed_set)
            else:
                unsigned_set = unsigned_ranges(option.ranges)
                check(bt_field_class_variant_with_selector_field_integer_unsigned_append_option(
                    result, name, content, unsigned_set))
                bt_integer_range_set_unsigned_put_ref(unsigned_set)
            bt_field_class_put_ref(content)
        return result

    cdef bt_field_class *field_class(self, object blueprint) except NULL:
        """Make a field class (the caller owns the reference) and remember it by the slots which it fills."""
        cdef bt_field_class *result
        cdef bt_value *attributes
        make = blueprint.make
        if make is MAKE.STRUCTURE:
            result = self.structure(blueprint)
        elif make is MAKE.STATIC_ARRAY or make is MAKE.DYNAMIC_ARRAY:
            result = self.array(blueprint)
        elif make is MAKE.OPTION:
            result = self.option(blueprint)
        elif make is MAKE.VARIANT:
            result = self.variant(blueprint)
        elif make is MAKE.STATIC_BLOB or make is MAKE.DYNAMIC_BLOB:
            result = self.blob(blueprint)
        else:
            result = scalar_class(self.trace_class, blueprint)
            if self.mip > 0 and make is MAKE.BIT_ARRAY:
                add_flags(result, blueprint)
        for slot in blueprint.slots:
            self.keys[slot] = (<size_t> result, self.enclosing, self.path)
        if blueprint.attributes:
            attributes = to_value(blueprint.attributes)
            bt_field_class_set_user_attributes(result, attributes)
            bt_value_put_ref(attributes)
        return result

    cdef bt_stream *make_stream(self, object blueprint) except NULL:
        """Make a stream (the caller owns the reference)."""
        cdef bt_stream_class *stream_class = <bt_stream_class *> <size_t> self.stream_classes[blueprint.class_id]
        cdef bt_stream *result
        if blueprint.id is None:
            result = bt_stream_create(stream_class, self.trace)
        else:
            result = bt_stream_create_with_id(stream_class, self.trace, blueprint.id)
        if result == NULL:
            raise MemoryError
        if blueprint.name is not None:
            check(bt_stream_set_name(result, text_of(blueprint.name)))
        return result


cdef bint separate(object options):
    """Return whether every option has selector ranges and none overlap: what the library asks of a variant with a selector."""
    ranges = sorted(one for option in options for one in option.ranges)
    return (all(option.ranges for option in options)
            and all(before[1] < after[0] for before, after in zip(ranges, ranges[1:])))


cdef bt_field_class *scalar_class(bt_trace_class *trace_class, object blueprint) except NULL:
    cdef bt_field_class *result
    make = blueprint.make
    if make is MAKE.UNSIGNED:
        result = bt_field_class_integer_unsigned_create(trace_class)
    elif make is MAKE.SIGNED:
        result = bt_field_class_integer_signed_create(trace_class)
    elif make is MAKE.STRING:
        return bt_field_class_string_create(trace_class)
    elif make is MAKE.UNSIGNED_ENUM:
        result = bt_field_class_enumeration_unsigned_create(trace_class)
    elif make is MAKE.SIGNED_ENUM:
        result = bt_field_class_enumeration_signed_create(trace_class)
    elif make is MAKE.BOOL:
        return bt_field_class_bool_create(trace_class)
    elif make is MAKE.BIT_ARRAY:
        return bt_field_class_bit_array_create(trace_class, blueprint.bits)
    elif make is MAKE.SINGLE:
        return bt_field_class_real_single_precision_create(trace_class)
    else:
        return bt_field_class_real_double_precision_create(trace_class)
    bt_field_class_integer_set_field_value_range(result, blueprint.bits)
    bt_field_class_integer_set_preferred_display_base(result, blueprint.base)
    if blueprint.labels:
        add_labels(result, blueprint)
    return result


cdef int add_flags(bt_field_class *bit_array, object blueprint) except -1:
    cdef bt_integer_range_set_unsigned *ranges_set
    for label, ranges in blueprint.labels:
        ranges_set = unsigned_ranges(ranges)
        check(mip1.add_flag(bit_array, text_of(label), ranges_set))
        bt_integer_range_set_unsigned_put_ref(ranges_set)
    return 0


cdef int add_labels(bt_field_class *enumeration, object blueprint) except -1:
    cdef bt_integer_range_set_unsigned *unsigned_set
    cdef bt_integer_range_set_signed *signed_set
    for label, ranges in blueprint.labels:
        if blueprint.make is MAKE.UNSIGNED_ENUM:
            unsigned_set = unsigned_ranges(ranges)
            check(bt_field_class_enumeration_unsigned_add_mapping(enumeration, text_of(label), unsigned_set))
            bt_integer_range_set_unsigned_put_ref(unsigned_set)
        else:
            signed_set = signed_ranges(ranges)
            check(bt_field_class_enumeration_signed_add_mapping(enumeration, text_of(label), signed_set))
            bt_integer_range_set_signed_put_ref(signed_set)
    return 0
