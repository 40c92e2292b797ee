"""Mirrors field classes with bt2 objects only: the reference of `native.mirroring`, whose rules it shares."""

from collections.abc import Callable
from typing import Any

import bt2

from lttngx.core.classes import FieldClass, Kind, Scope
from lttngx.core.links import Place
from lttngx.core.portable.classes import link_of
from lttngx.core.rewriting import Addition, Change, Position
from lttngx.errors import TraceError


class ScopeMirror:
    """Mirrors the root structure of one scope in another trace class.

    made: place → new field class, of the scopes mirrored so far: what MIP 0 links point to.
    """

    def __init__(self, trace_class: Any, mip: int, scope: Scope, change: Change, made: dict[Place, Any]) -> None:
        self._trace_class, self._mip, self._scope, self._change, self._made = trace_class, mip, scope, change, made

    def root(self, old: Any, described: FieldClass | None) -> Any:
        """Return the new root structure; None if there is none, or if nothing is left of it."""
        dropped = sum(len(position) == 1 for position in self._change.drop)
        if not self._change.append and (old is None or (dropped and dropped == len(old))):
            return None
        new = self._trace_class.create_structure_field_class() if old is None else self._mirror(old, described, ())
        for addition in self._change.append:
            self._append(new, addition)
        return new

    def _mirror(self, old: Any, described: FieldClass, position: Position) -> Any:
        new = _MIRRORS[described.kind](self, old, described, position)
        self._made[self._scope, position] = new
        return new

    def _simple(self, create: str) -> Callable[..., Any]:
        return getattr(self._trace_class, create)

    def _integer(self, old: Any, described: FieldClass, position: Position) -> Any:
        kind = described.kind.value.replace(" ", "_")
        new = self._simple(f"create_{kind}_field_class")(
            old.field_value_range, old.preferred_display_base, user_attributes=old.user_attributes)
        for label in old if described.labels else ():
            new.add_mapping(label, copied_ranges(old[label].ranges))
        return new

    def _structure(self, old: Any, described: FieldClass, position: Position) -> Any:
        new = self._trace_class.create_structure_field_class(user_attributes=old.user_attributes)
        for index, (name, inner) in enumerate(described.members):
            if position + (index,) not in self._change.drop:
                member = old.member_at_index(index)
                new.append_member(name, self._mirror(member.field_class, inner, position + (index,)),
                                  user_attributes=member.user_attributes)
        return new

    def _static_array(self, old: Any, described: FieldClass, position: Position) -> Any:
        element = self._mirror(old.element_field_class, described.element, position + (0,))
        return self._trace_class.create_static_array_field_class(
            element, old.length, user_attributes=old.user_attributes)

    def _dynamic_array(self, old: Any, described: FieldClass, position: Position) -> Any:
        element = self._mirror(old.element_field_class, described.element, position + (0,))
        return self._trace_class.create_dynamic_array_field_class(
            element, **self._link(old, "length"), user_attributes=old.user_attributes)

    def _option(self, old: Any, described: FieldClass, position: Position) -> Any:
        content = self._mirror(old.field_class, described.element, position + (0,))
        link = self._link(old, "selector")
        attributes = {"user_attributes": old.user_attributes}
        if not link:
            return self._trace_class.create_option_without_selector_field_class(content, **attributes)
        if hasattr(type(old), "selector_is_reversed"):
            return self._trace_class.create_option_with_bool_selector_field_class(
                content, **link, selector_is_reversed=old.selector_is_reversed, **attributes)
        if not self._mip:
            return self._trace_class.create_option_with_integer_selector_field_class(
                content, **link, ranges=copied_ranges(old.ranges), **attributes)
        sign = "signed" if isinstance(old.ranges, bt2._SignedIntegerRangeSetConst) else "unsigned"
        return self._simple(f"create_option_field_class_with_{sign}_integer_selector_field")(
            content, **link, ranges=copied_ranges(old.ranges), **attributes)

    def _variant(self, old: Any, described: FieldClass, position: Position) -> Any:
        options = [old.option_at_index(index) for index in range(len(old))]
        inner = [self._mirror(option.field_class, described.members[index][1], position + (index,))
                 for index, option in enumerate(options)]
        new = self._new_variant(old, options)
        for option, field_class in zip(options, inner):
            ranges = (copied_ranges(option.ranges),) if hasattr(type(option), "ranges") else ()
            if not self._mip:
                new.append_option(option.name, field_class, *ranges, user_attributes=option.user_attributes)
                continue
            # bt2 2.1 looks the new option up by its name, by which it cannot find it, to set its attributes.
            new.append_option(option.name, field_class, *ranges)
            if len(option.user_attributes):
                new.option_at_index(len(new) - 1)._set_user_attributes(option.user_attributes)
        return new

    def _new_variant(self, old: Any, options: list[Any]) -> Any:
        link = self._link(old, "selector")
        if not self._mip or not link:
            if self._mip:
                return self._trace_class.create_variant_field_class_without_selector_field(
                    user_attributes=old.user_attributes)
            return self._trace_class.create_variant_field_class(**link, user_attributes=old.user_attributes)
        sign = "signed" if isinstance(options[0].ranges, bt2._SignedIntegerRangeSetConst) else "unsigned"
        return self._simple(f"create_variant_field_class_with_{sign}_integer_selector_field")(
            **link, user_attributes=old.user_attributes)

    def _bit_array(self, old: Any, described: FieldClass, position: Position) -> Any:
        new = self._trace_class.create_bit_array_field_class(old.length, user_attributes=old.user_attributes)
        for label in old if self._mip else ():
            new.add_flag(label, copied_ranges(old[label].ranges))
        return new

    def _blob(self, old: Any, described: FieldClass, position: Position) -> Any:
        attributes = {"media_type": old.media_type, "user_attributes": old.user_attributes}
        if described.length is not None:
            return self._trace_class.create_static_blob_field_class(old.length, **attributes)
        return self._trace_class.create_dynamic_blob_field_class(**self._link(old, "length"), **attributes)

    def _link(self, old: Any, what: str) -> dict[str, Any]:
        """Return the argument which links a new field class to its length or selector field; {} if there is none."""
        link = link_of(old)
        if link is None:
            return {}
        if self._mip:
            scope, names = link
            return {f"{what}_field_location": self._trace_class.create_field_location(
                bt2.FieldLocationScope(int(scope)), list(names))}
        if link not in self._made:
            raise TraceError(
                f"Cannot rewrite a class: a field is kept but not its length or selector field: "
                f"scope={link[0].name.lower()}, position={list(link[1])}")
        return {f"{what}_fc": self._made[link]}

    def _append(self, structure: Any, addition: Addition) -> None:
        """Append a new member to the root structure."""
        if addition.name in structure:
            raise TraceError(f"Cannot add a field: one of this name exists: scope={self._scope.name.lower()}, "
                             f'name="{addition.name}"')
        new = _NEW[addition.kind](self._trace_class, addition)
        if addition.optional:
            new = self._trace_class.create_option_without_selector_field_class(new)
        structure.append_member(addition.name, new)


def copied_ranges(ranges: Any) -> Any:
    """Return an equal integer range set; bt2 2.0 takes none of an upstream class."""
    create = bt2.SignedIntegerRangeSet if isinstance(ranges, bt2._SignedIntegerRangeSetConst) \
        else bt2.UnsignedIntegerRangeSet
    return create([(values.lower, values.upper) for values in ranges])


def _scalar(create: str) -> Callable[..., Any]:
    return lambda mirror, old, described, position: mirror._simple(create)(user_attributes=old.user_attributes)


_MIRRORS: dict[Kind, Callable[..., Any]] = {
    Kind.BOOL: _scalar("create_bool_field_class"),
    Kind.BIT_ARRAY: ScopeMirror._bit_array,
    Kind.UNSIGNED: ScopeMirror._integer,
    Kind.SIGNED: ScopeMirror._integer,
    Kind.UNSIGNED_ENUM: ScopeMirror._integer,
    Kind.SIGNED_ENUM: ScopeMirror._integer,
    Kind.SINGLE: _scalar("create_single_precision_real_field_class"),
    Kind.DOUBLE: _scalar("create_double_precision_real_field_class"),
    Kind.STRING: _scalar("create_string_field_class"),
    Kind.STATIC_ARRAY: ScopeMirror._static_array,
    Kind.DYNAMIC_ARRAY: ScopeMirror._dynamic_array,
    Kind.STRUCTURE: ScopeMirror._structure,
    Kind.OPTION: ScopeMirror._option,
    Kind.VARIANT: ScopeMirror._variant,
    Kind.BLOB: ScopeMirror._blob,
}


def _new_integer(create: str) -> Callable[[Any, Addition], Any]:
    return lambda trace_class, addition: getattr(trace_class, create)(
        addition.bits, addition.base)


_NEW: dict[Kind, Callable[[Any, Addition], Any]] = {
    Kind.BOOL: lambda trace_class, addition: trace_class.create_bool_field_class(),
    Kind.UNSIGNED: _new_integer("create_unsigned_integer_field_class"),
    Kind.SIGNED: _new_integer("create_signed_integer_field_class"),
    Kind.DOUBLE: lambda trace_class, addition: trace_class.create_double_precision_real_field_class(),
    Kind.STRING: lambda trace_class, addition: trace_class.create_string_field_class(),
}
