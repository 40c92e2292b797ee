"""CTF 2 field classes from JSON (CTF 2 § field classes).

One table a type; what a table cannot say is in the function which makes the object of it. Locations stay unresolved.
"""

from collections.abc import Callable, Mapping
from functools import partial

from lttngx.ctf import model
from lttngx.ctf.faults import fault
from lttngx.ctf.json_schema import (COMMON, UINT64_MAX, Check, Place, Property, Table, as_alignment, as_array,
                                    as_attributes, as_extensions, as_integer, as_labels, as_object, as_one_of,
                                    as_ranges, as_text, read, show)

INT64_MIN = -2**63
BYTE_ORDERS = {order.value: order for order in model.ByteOrder}
BIT_ORDERS = {order.value: order for order in model.BitOrder}
ENCODINGS = {encoding.value: encoding for encoding in model.Encoding}
BLOB_ROLES = {role.value: role for role in (model.Role.METADATA_STREAM_UUID,)}
INTEGER_ROLES = {role.value: role for role in model.Role if role not in BLOB_ROLES.values()}
ORIGINS = {
    "packet-header": model.Scope.PACKET_HEADER,
    "packet-context": model.Scope.PACKET_CONTEXT,
    "event-record-header": model.Scope.EVENT_RECORD_HEADER,
    "event-record-common-context": model.Scope.COMMON_CONTEXT,
    "event-record-specific-context": model.Scope.SPECIFIC_CONTEXT,
    "event-record-payload": model.Scope.PAYLOAD,
}

as_length = as_integer(0, UINT64_MAX)
as_any_ranges = as_ranges(INT64_MIN, UINT64_MAX)


def as_roles(known: Mapping[str, model.Role]) -> Check:
    """Return a check for an array of roles."""
    one = as_one_of(known)
    return lambda value, place: frozenset(
        one(role, Place(place, index)) for index, role in enumerate(as_array(value, place))
    )


def as_location(value: object, place: Place) -> model.Location:
    """Read a field location."""
    found = read(value, place, LOCATION)
    return model.Location(found.get("origin"), found["path"], where=str(place))


def as_path(value: object, place: Place) -> tuple[str | None, ...]:
    for index, name in enumerate(as_array(value, place)):
        if name is not None:
            as_text(name, Place(place, index))
    if not value or value[-1] is None:
        raise fault(place, "a path which ends with a member name", show(value[-1]) if value else "an empty path")
    return tuple(value)


LOCATION: Table = {"origin": Property("origin", as_one_of(ORIGINS)), "path": Property("path", as_path, True)}
BITS: Table = {
    **COMMON,
    "length": Property("length", as_integer(1, UINT64_MAX), True),
    "byte-order": Property("byte_order", as_one_of(BYTE_ORDERS), True),
    "bit-order": Property("bit_order", as_one_of(BIT_ORDERS)),
    "alignment": Property("alignment", as_alignment),
}
UNSIGNED: Table = {
    "preferred-display-base": Property("display_base", as_one_of({base: base for base in (2, 8, 10, 16)})),
    "mappings": Property("mappings", as_labels(0, UINT64_MAX)),
    "roles": Property("roles", as_roles(INTEGER_ROLES)),
}
SIGNED: Table = {
    "preferred-display-base": UNSIGNED["preferred-display-base"],
    "mappings": Property("mappings", as_labels(INT64_MIN, -INT64_MIN - 1)),
}
TEXT: Table = {**COMMON, "encoding": Property("encoding", as_one_of(ENCODINGS))}
STATIC: Table = {"length": Property("length", as_length, True)}
DYNAMIC: Table = {"length-field-location": Property("key", as_location, True)}
MEDIA: Table = {**COMMON, "media-type": Property("media_type", as_text)}


class FieldClassReader:
    """Reads field classes of one metadata stream and keeps its aliases."""

    def __init__(self) -> None:
        self.aliases: dict[str, model.FieldClass] = {}
        array = {**COMMON, "element-field-class": Property("element", self.field_class, True),
                 "minimum-alignment": Property("minimum_alignment", as_alignment)}
        structure = {**COMMON, "member-classes": Property("members", self._members),
                     "minimum-alignment": Property("minimum_alignment", as_alignment)}
        optional = {**COMMON, "field-class": Property("content", self.field_class, True),
                    "selector-field-location": Property("key", as_location, True),
                    "selector-field-ranges": Property("ranges", as_any_ranges)}
        variant = {**COMMON, "options": Property("options", self._options, True),
                   "selector-field-location": Property("key", as_location, True)}
        bits = partial(partial, _fixed_length)
        variable = partial(partial, _variable_length)
        self._types: dict[str, tuple[Table, Callable[..., model.FieldClass]]] = {
            "fixed-length-bit-array": (BITS, bits(model.FixedLengthBitArray)),
            "fixed-length-bit-map": ({**BITS, "flags": Property("flags", as_labels(0, UINT64_MAX), True)}, _bit_map),
            "fixed-length-boolean": (BITS, bits(model.FixedLengthBoolean)),
            "fixed-length-unsigned-integer": ({**BITS, **UNSIGNED}, bits(model.FixedLengthUnsignedInteger)),
            "fixed-length-signed-integer": ({**BITS, **SIGNED}, bits(model.FixedLengthSignedInteger)),
            "fixed-length-floating-point-number": (BITS, bits(model.FixedLengthFloat)),
            "variable-length-unsigned-integer": ({**COMMON, **UNSIGNED}, variable(model.VariableLengthUnsignedInteger)),
            "variable-length-signed-integer": ({**COMMON, **SIGNED}, variable(model.VariableLengthSignedInteger)),
            "null-terminated-string": (TEXT, _plain(model.NullTerminatedString)),
            "static-length-string": ({**TEXT, **STATIC}, _plain(model.StaticLengthString)),
            "dynamic-length-string": ({**TEXT, **DYNAMIC}, _plain(model.DynamicLengthString)),
            "static-length-blob": ({**MEDIA, **STATIC, "roles": Property("roles", as_roles(BLOB_ROLES))}, _static_blob),
            "dynamic-length-blob": ({**MEDIA, **DYNAMIC}, _plain(model.DynamicLengthBlob)),
            "static-length-array": ({**array, **STATIC}, _plain(model.StaticLengthArray)),
            "dynamic-length-array": ({**array, **DYNAMIC}, _plain(model.DynamicLengthArray)),
            "structure": (structure, _plain(model.Structure)),
            "optional": (optional, _plain(model.Optional)),
            "variant": (variant, _plain(model.Variant)),
        }

    def field_class(self, value: object, place: Place) -> model.FieldClass:
        """Read a field class or the name of an alias. Raises MetadataError."""
        if type(value) is str:
            known = self.aliases.get(value)
            if known is None:
                raise fault(place, "the name of a field class alias defined before", show(value))
            return known
        kind = as_object(value, place).get("type")
        if type(kind) is not str or kind not in self._types:
            raise fault(Place(place, "type"), "a field class type", show(kind))
        table, make = self._types[kind]
        return make(place, **read(value, place, table))

    def structure(self, value: object, place: Place) -> model.Structure:
        """Read the field class of a scope."""
        found = self.field_class(value, place)
        if not isinstance(found, model.Structure):
            raise fault(place, "a structure field class", type(found).__name__)
        return found

    def alias(self, value: object, place: Place) -> None:
        """Read a field class alias fragment."""
        table = {
            **COMMON,
            "name": Property("name", as_text, True),
            "field-class": Property("fc", self.field_class, True),
        }
        found = read(value, place, table)
        if found["name"] in self.aliases:
            raise fault(Place(place, "name"), "a new alias name", show(found["name"]))
        self.aliases[found["name"]] = found["fc"]

    def _members(self, value: object, place: Place) -> tuple[model.Member, ...]:
        table = {
            "name": Property("name", as_text, True),
            "field-class": Property("field_class", self.field_class, True),
            "attributes": Property("attributes", as_attributes),
            "extensions": Property(None, as_extensions),
        }
        members = tuple(model.Member(**read(item, Place(place, index), table))
                        for index, item in enumerate(as_array(value, place)))
        _check_unique([member.name for member in members], place)
        return members

    def _options(self, value: object, place: Place) -> tuple[model.Option, ...]:
        table = {"name": Property("name", as_text), "field-class": Property("field_class", self.field_class, True),
                 "selector-field-ranges": Property("ranges", as_any_ranges, True),
                 "attributes": Property("attributes", as_attributes), "extensions": Property(None, as_extensions)}
        options = tuple(model.Option(**{"name": None, **read(item, Place(place, index), table)})
                        for index, item in enumerate(as_array(value, place)))
        if not options:
            raise fault(place, "at least one option", "none")
        _check_unique([option.name for option in options if option.name is not None], place)
        _check_disjoint(options, place)
        return options


def _check_unique(names: list[str], place: Place) -> None:
    if len(set(names)) != len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise fault(place, "unique names", f"{show(twice)} twice")


def _check_disjoint(options: tuple[model.Option, ...], place: Place) -> None:
    ranges = sorted(bounds for option in options for bounds in option.ranges)
    for (_, last), (first, upper) in zip(ranges, ranges[1:]):
        if first <= last:
            raise fault(place, "options whose ranges do not overlap", f"[{first}, {upper}] after one up to {last}")


def _plain(make: Callable[..., model.FieldClass]) -> Callable[..., model.FieldClass]:
    return lambda place, **found: make(**found)


def _fixed_length(make: Callable[..., model.FieldClass], place: Place, **found: object) -> model.FieldClass:
    found.setdefault("bit_order", model.natural(found["byte_order"]))
    if found.get("mappings"):
        found["is_enum"] = True
    limit = 64 if make is not model.FixedLengthFloat else 2**16
    if found["length"] > limit:
        raise fault(Place(place, "length"), f"at most {limit} bits", found["length"])
    return make(**found)


def _bit_map(place: Place, **found: object) -> model.FieldClass:
    highest = max((last for _, ranges in found["flags"] for _, last in ranges), default=0)
    if highest >= found["length"]:
        raise fault(Place(place, "flags"), f"bit indexes below the length, {found['length']}", highest)
    return _fixed_length(model.FixedLengthBitMap, place, **found)


def _variable_length(make: Callable[..., model.FieldClass], place: Place, **found: object) -> model.FieldClass:
    if found.get("mappings"):
        found["is_enum"] = True
    return make(**found)


def _static_blob(place: Place, **found: object) -> model.FieldClass:
    if found.get("roles") and found["length"] != 16:
        raise fault(Place(place, "length"), "16 for the role metadata-stream-uuid", found["length"])
    return model.StaticLengthBlob(**found)
