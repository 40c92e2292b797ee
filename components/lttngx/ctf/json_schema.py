"""What every JSON object of a CTF 2 metadata stream obeys: places for messages, checks of values, tables of properties.

A table says for each property who checks its value and whether it must be there. Unknown properties are errors: what
they would change in the layout cannot be known (CTF 2 § "Metadata stream": only attributes may be ignored). Booleans
are no integers.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from lttngx.ctf.faults import fault

UINT64_MAX = 2**64 - 1


class Place(NamedTuple):
    """A place in a fragment: its parent and the property or index there; the root's `key` is the fragment's number."""

    parent: "Place | None"
    key: str | int

    def __str__(self) -> str:
        parts, place = [], self
        while place.parent is not None:
            parts.append(f"[{place.key}]" if isinstance(place.key, int) else f".{place.key}")
            place = place.parent
        return f"fragment {place.key}, $" + "".join(reversed(parts))


Check = Callable[[object, Place], object]


class Property(NamedTuple):
    """How to read a property. name: keyword argument of the object made of it, None: checked only."""

    name: str | None
    check: Check
    required: bool = False


Table = Mapping[str, Property]


def read(value: object, place: Place, table: Table) -> dict[str, object]:
    """Return the checked properties of a JSON object by their `name`. Raises MetadataError."""
    result: dict[str, object] = {}
    for key, content in as_object(value, place).items():
        known = table.get(key)
        if known is None:
            raise fault(place, "one of the properties " + ", ".join(sorted(table)), f'"{key}"')
        checked = known.check(content, Place(place, key))
        if known.name is not None:
            result[known.name] = checked
    for key, known in table.items():
        if known.required and key not in value:
            raise fault(place, f'the property "{key}"', "none")
    return result


def as_object(value: object, place: Place) -> dict[str, object]:
    if type(value) is not dict:
        raise fault(place, "an object", show(value))
    return value


def as_array(value: object, place: Place) -> list[object]:
    if type(value) is not list:
        raise fault(place, "an array", show(value))
    return value


def as_text(value: object, place: Place) -> str:
    if type(value) is not str:
        raise fault(place, "a string", show(value))
    return value


def as_boolean(value: object, place: Place) -> bool:
    if type(value) is not bool:
        raise fault(place, "true or false", show(value))
    return value


def as_environment_value(value: object, place: Place) -> int | str:
    if type(value) is str:
        return value
    if type(value) is not int:
        raise fault(place, "a string or an integer", show(value))
    return as_integer(-2**63, UINT64_MAX)(value, place)


def as_integer(lower: int, upper: int) -> Check:
    """Return a check for an integer in a range, bounds inclusive."""
    def check(value: object, place: Place) -> int:
        if type(value) is not int or not lower <= value <= upper:
            raise fault(place, f"an integer from {lower} to {upper}", show(value))
        return value
    return check


def as_alignment(value: object, place: Place) -> int:
    """Check a power of two. An alignment larger than any packet is refused rather than computed with."""
    if type(value) is not int or not 0 < value < 2**63 or value & (value - 1):
        raise fault(place, "a power of two", show(value))
    return value


def as_one_of(choices: Mapping[object, object]) -> Check:
    """Return a check for one of the texts or integers which `choices` maps to their meaning."""
    def check(value: object, place: Place) -> object:
        if type(value) not in (str, int) or value not in choices:
            raise fault(place, "one of " + ", ".join(map(show, choices)), show(value))
        return choices[value]
    return check


def as_ranges(lower: int, upper: int) -> Check:
    """Return a check for integer ranges [[lower, upper], …], at least one."""
    bound = as_integer(lower, upper)

    def check(value: object, place: Place) -> tuple[tuple[int, int], ...]:
        ranges = []
        for index, item in enumerate(as_array(value, place)):
            here = Place(place, index)
            if len(as_array(item, here)) != 2:
                raise fault(here, "two integers", f"{len(item)} values")
            first, last = (bound(item[end], Place(here, end)) for end in (0, 1))
            if first > last:
                raise fault(here, "a lower bound not above the upper one", f"[{first}, {last}]")
            ranges.append((first, last))
        if not ranges:
            raise fault(place, "at least one integer range", "none")
        return tuple(ranges)
    return check


def as_labels(lower: int, upper: int) -> Check:
    """Return a check for an object of integer ranges: mappings or flags, in their order."""
    ranges = as_ranges(lower, upper)

    def check(value: object, place: Place) -> tuple[tuple[str, tuple[tuple[int, int], ...]], ...]:
        return tuple((label, ranges(item, Place(place, label))) for label, item in as_object(value, place).items())
    return check


def as_attributes(value: object, place: Place) -> dict[str, object] | None:
    """Keep user attributes as they are; None if empty."""
    return as_object(value, place) or None


def as_extensions(value: object, place: Place) -> None:
    """Refuse any extension: the fields cannot be decoded without knowing it (CTF 2 § extensions)."""
    for namespace, names in as_object(value, place).items():
        for name in as_object(names, Place(place, namespace)):
            raise fault(Place(place, namespace), "an extension this reader knows (there is none)", f'"{name}"')


def show(value: object) -> str:
    """Return a JSON value as it is in a message: scalars as written, the others by kind."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (int, float)):
        return str(value) if not isinstance(value, int) or abs(value) < 10**80 else "a huge integer"
    return "an array" if isinstance(value, list) else "an object"


COMMON: dict[str, Property] = {
    "type": Property(None, as_text, True),
    "attributes": Property("attributes", as_attributes),
    "extensions": Property(None, as_extensions),
}
