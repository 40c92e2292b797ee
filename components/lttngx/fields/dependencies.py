"""What must go or stay together: an array, BLOB, option or variant and its length or selector field.

Only a structure's members can be dropped; where a field inside an array, option or variant has to go, the nearest member
around it goes. Rules:

1. A field that is kept keeps its length or selector field, and so on from there.
2. A dropped length or selector field takes the fields which depend on it along.
3. A field kept by a pattern without a star cannot depend on a dropped one: that is the user's contradiction, and an error.
"""

from collections.abc import Mapping, Sequence, Set

from lttngx.core.classes import FieldClass, Kind, Scope
from lttngx.core.links import Place, inside


def with_links(places: Set[Place], links: Mapping[Place, Place]) -> set[Place]:
    """Return places and the lengths and selectors which they, all inside and all around them depend on (rule 1)."""
    result = set(places)
    waiting = True
    while waiting:
        around = {outer for place in result for outer in outwards(place)}
        waiting = {target for source, target in links.items() if source in around or within(source, result)} - result
        result |= waiting
    return result


def with_dependents(dropped: Set[Place], links: Mapping[Place, Place], scopes: Sequence[FieldClass | None]) -> set[Place]:
    """Return dropped places and those which have to go with them (rule 2)."""
    result = set(dropped)
    waiting = True
    while waiting:
        waiting = {nearest_member(source, scopes) for source, target in links.items()
                   if within(target, result) and not within(source, result)}
        result |= waiting
    return result


def within(place: Place, places: Set[Place]) -> bool:
    """Return whether a place is one of `places`, or inside one."""
    return any(outer in places for outer in outwards(place))


def outwards(place: Place) -> list[Place]:
    """Return a place and all that it is inside of."""
    scope, position = place
    return [(scope, position[:length]) for length in range(len(position), -1, -1)]


def is_member(place: Place, scopes: Sequence[FieldClass | None]) -> bool:
    """Return whether a place is a structure's member."""
    scope, position = place
    return bool(position) and class_at((scope, position[:-1]), scopes).kind is Kind.STRUCTURE


def nearest_member(place: Place, scopes: Sequence[FieldClass | None]) -> Place:
    """Return the innermost structure member which is, or is around, a place."""
    scope, position = place
    while not is_member((scope, position), scopes):
        position = position[:-1]
    return scope, position


def class_at(place: Place, scopes: Sequence[FieldClass | None]) -> FieldClass:
    """Return the field class at a place."""
    scope, position = place
    current = scopes[Scope(scope)]
    for index in position:
        current = inside(current)[index]
    return current
