"""Resolves links: which field is the length or selector of an array, BLOB, option or variant.

MIP 0 links are indices already. A MIP 1 link names structure members only (CTF 2 § 6.3.2, field location): between
two names it passes through the same array elements, options and variant options as the linked field's own position does, since a
link cannot leave the element it is in.
"""

from collections.abc import Iterator, Sequence

from lttngx.core.classes import FieldClass, Kind, Scope

Place = tuple[Scope, tuple[int, ...]]
_STRUCTURED = (Kind.STRUCTURE, Kind.VARIANT)


def walk(scope: Scope, root: FieldClass | None) -> Iterator[tuple[Place, FieldClass]]:
    """Give every field class of a scope with its place, outer before inner, the root structure (position ()) first."""
    stack = [] if root is None else [((), root)]
    while stack:
        position, current = stack.pop()
        yield (scope, position), current
        stack += [(position + (index,), inner) for index, inner in reversed(list(enumerate(inside(current))))]


def inside(field_class: FieldClass) -> Sequence[FieldClass]:
    """Return the field classes directly inside one: members, options, element or content."""
    if field_class.kind in _STRUCTURED:
        return [inner for _, inner in field_class.members]
    return [] if field_class.element is None else [field_class.element]


def links(scopes: Sequence[FieldClass | None]) -> dict[Place, Place]:
    """Return the place of each linked field → the place of its length or selector field.

    scopes: root structures indexed by Scope. A name which leads nowhere is left out."""
    found = {}
    for scope in Scope:
        for place, field_class in walk(scope, scopes[scope]):
            target = None if field_class.link is None else resolve(scopes, place, field_class.link)
            if target is not None:
                found[place] = target
    return found


def resolve(scopes: Sequence[FieldClass | None], place: Place, link: tuple[Scope, tuple[int | str, ...]]) -> Place | None:
    """Return the place which the link of the field class at `place` leads to, None if it leads nowhere."""
    scope, items = link
    if all(isinstance(item, int) for item in items):
        return scope, items
    current, position = scopes[scope], ()
    for name in items:
        current, position = _enter(current, position, place[1] if place[0] is scope else ())
        index = current.member(name) if current is not None and current.kind is Kind.STRUCTURE else None
        if index is None:
            return None
        current, position = current.members[index][1], position + (index,)
    return scope, position


def _enter(current: FieldClass | None, position: tuple[int, ...], own: tuple[int, ...]
           ) -> tuple[FieldClass | None, tuple[int, ...]]:
    """Go into arrays, options and variants until a structure, along the linked field's `own` position."""
    while current is not None and current.kind is not Kind.STRUCTURE:
        step = own[len(position)] if own[:len(position)] == position and len(own) > len(position) else 0
        content = inside(current)
        current, position = (content[step] if step < len(content) else None), position + (step,)
    return current, position
