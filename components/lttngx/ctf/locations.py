"""Resolves field locations: turns Locations into Keys and gives key fields their slots (see `model`).

Rules (CTF 2 § field location; CTF 1.8 § 7.3.2):
- An absolute location starts at the root structure of its scope, a relative one at the structure which immediately
  holds the dependent field; a null item goes to the parent structure. Items are names of structure members only.
- Arrays, optionals and variants on the way are transparent. An array or an optional can only be crossed from inside,
  and a variant which holds the dependent field only through the option that does. Any other variant must be decoded
  before: each of its options that has the rest of the path gives one key field.
- CTF 1.8 names are looser, as Babeltrace reads them: option names may be on the way, and arrays may be crossed from
  outside (the last element counts).
- A key field is decoded before its dependent field: same scope and before it, or an outer scope.
- Lengths come from unsigned integers, variants are selected by integers, an optional without ranges by a boolean.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from lttngx.ctf.faults import fault
from lttngx.ctf.model import (CONTENT, ELEMENT, Array, DataStreamClass, DynamicLengthArray, DynamicLengthBlob,
                              DynamicLengthString, EventRecordClass, FieldClass, FixedLengthBoolean,
                              FixedLengthInteger, Key, KeyKind, KeyPath, Labels, Location, Member, Option, Optional,
                              Ranges, Scope, Structure, TraceClass, VariableLengthInteger, Variant)

Steps = tuple[int, ...]
INTEGERS = (FixedLengthInteger, VariableLengthInteger)
DEPENDENTS = (DynamicLengthArray, DynamicLengthBlob, DynamicLengthString, Optional, Variant)
ANY_INTEGER = (KeyKind.UNSIGNED, KeyKind.SIGNED)


class Root(NamedTuple):
    """A root structure's identity: its scope and the ids of its classes (None where it belongs to an outer one)."""

    scope: Scope
    stream: int | None = None
    event: int | None = None


class Found(NamedTuple):
    """A field class and where it is."""

    root: Root
    steps: Steps
    field_class: FieldClass


def resolve(trace: TraceClass, classes: Sequence[DataStreamClass | EventRecordClass]) -> TraceClass:
    """Return `trace` with resolved data stream and event record classes.

    trace: a trace class without data stream classes. classes: in the order of the metadata stream, a data stream class
    before its event record classes; slots are numbered in this order. Raises MetadataError for a location without key
    field.
    """
    resolver = _Resolver(trace.packet_header)
    for item in classes:
        resolver.add(item)
    return resolver.trace(trace, classes)


def inner(field_class: FieldClass) -> Iterator[tuple[int, FieldClass]]:
    """Yield (step, field class) for what a compound field class immediately holds."""
    if isinstance(field_class, Structure):
        yield from ((index, member.field_class) for index, member in enumerate(field_class.members))
    elif isinstance(field_class, Variant):
        yield from ((index, option.field_class) for index, option in enumerate(field_class.options))
    elif isinstance(field_class, Array):
        yield ELEMENT, field_class.element
    elif isinstance(field_class, Optional):
        yield CONTENT, field_class.content


def unprotected(name: str) -> str:
    """Return a CTF 1.8 name without the one underscore which protects it from TSDL's keywords."""
    return name[1:] if name.startswith("_") else name


class _Resolver:
    """Collects the changes of every root structure, then rebuilds what changed."""

    def __init__(self, packet_header: Structure | None) -> None:
        self.roots: dict[Root, Structure] = {}
        self.slots: dict[tuple[tuple[Root, Steps], ...], int] = {}
        self.keys: dict[Root, dict[Steps, Key]] = {}
        self.written: dict[Root, dict[Steps, list[int]]] = {}
        self._plain: dict[int, tuple[bool, FieldClass]] = {}
        self._add_root(Root(Scope.PACKET_HEADER), packet_header)

    def add(self, item: DataStreamClass | EventRecordClass) -> None:
        for root, structure in _roots(item):
            self._add_root(root, structure)

    def _add_root(self, root: Root, structure: Structure | None) -> None:
        if structure is None:
            return
        self.roots[root] = structure
        for steps, dependent in self._dependents(structure, ()):
            self._resolve(root, steps, dependent)

    def _dependents(self, field_class: FieldClass, steps: Steps) -> Iterator[tuple[Steps, FieldClass]]:
        """Yield the dependent fields inside, in decoding order."""
        if not self._has_dependents(field_class):
            return
        if isinstance(field_class, DEPENDENTS):
            yield steps, field_class
        for step, content in inner(field_class):
            yield from self._dependents(content, (*steps, step))

    def _has_dependents(self, field_class: FieldClass) -> bool:
        """Remember the answer by identity, as parsers share field classes (and keep the object, so that its id stays
        its own)."""
        known = self._plain.get(id(field_class))
        if known is None:
            found = isinstance(field_class, DEPENDENTS) or any(self._has_dependents(fc) for _, fc in inner(field_class))
            known = self._plain[id(field_class)] = (found, field_class)
        return known[0]

    def _resolve(self, root: Root, steps: Steps, dependent: FieldClass) -> None:
        location = dependent.key
        found = self._search(root, steps, location) if location.search else self._locate(root, steps, location)
        kind = _key_kind(dependent, found, location)
        fields = tuple((field.root, field.steps) for field in found)
        slot = self.slots.setdefault(fields, len(self.slots))
        for field_root, field_steps in fields:
            slots = self.written.setdefault(field_root, {}).setdefault(field_steps, [])
            if slot not in slots:
                slots.append(slot)
        paths = tuple(KeyPath(field_root.scope, field_steps) for field_root, field_steps in fields)
        self.keys.setdefault(root, {})[steps] = Key(slot, kind, paths, replace(location, where=""))

    def _locate(self, root: Root, steps: Steps, location: Location) -> list[Found]:
        """Resolve a CTF 2 location."""
        names = _without_parents(location)
        ups = next((index for index, name in enumerate(names) if name is not None), len(names))
        if location.origin is None:
            parents = self._structures(root, steps)
            if ups >= len(parents):
                raise fault(location.where, f"at most {len(parents) - 1} parent structures", f"{ups} in {location}")
            start_root, start = root, parents[-1 - ups]
        else:
            start_root, start = _root_of(root, location.origin), ()
            if ups or location.origin > root.scope or start_root not in self.roots:
                raise fault(location.where, "a location in a structure that is decoded before", location)
        inside = steps if start_root == root else None
        found = list(self._descend(start_root, start, names[ups:], inside))
        if not found:
            raise fault(location.where, "the location of a field", f"{location}, where there is none")
        if inside is not None and any(field.steps >= inside for field in found):
            raise fault(location.where, "the location of a field decoded before this one", location)
        return found

    def _search(self, root: Root, steps: Steps, location: Location) -> list[Found]:
        """Resolve a CTF 1.8 name: absolute, or in each structure around the dependent field, innermost first, then in
        outer scopes."""
        if location.origin is not None:
            starts = [(_root_of(root, location.origin), ())]
        else:
            starts = [(root, start) for start in reversed(self._structures(root, steps))]
            starts += [(_root_of(root, Scope(scope)), ()) for scope in range(root.scope - 1, -1, -1)]
        for start_root, start in starts:
            inside = steps if start_root == root else None
            if start_root in self.roots and start_root.scope <= root.scope:
                found = [field for field in self._descend(start_root, start, location.path, inside, True)
                         if inside is None or field.steps < inside]
                if found:
                    return found
        raise fault(location.where, "the name of a field decoded before this one", ".".join(map(str, location.path)))

    def _structures(self, root: Root, steps: Steps) -> list[Steps]:
        """Return the paths of the structures which hold the field at `steps`, outermost first."""
        found, current = [], self.roots[root]
        for length, step in enumerate(steps):
            if isinstance(current, Structure):
                found.append(steps[:length])
            current = dict(inner(current))[step]
        return found

    def _descend(self, root: Root, start: Steps, names: Sequence[str | None], inside: Steps | None,
                 options: bool = False) -> Iterator[Found]:
        """Yield the fields at `names` from the field at `start`. inside: the dependent field's steps if it has the same
        root.

        options: whether option names of variants may be on the path (CTF 1.8).
        """
        current: FieldClass = self.roots[root]
        for step in start:
            current = dict(inner(current))[step]
        yield from _follow(Found(root, start, current), tuple(names), inside, options)

    def trace(self, trace: TraceClass, classes: Sequence[DataStreamClass | EventRecordClass]) -> TraceClass:
        """Return the trace class with every root structure rebuilt."""
        streams: dict[int, DataStreamClass] = {}
        events: dict[int, dict[int, EventRecordClass]] = {}
        for item in classes:
            changed = {name: structure for name, structure in self._rebuilt(item)}
            item = replace(item, **changed) if changed else item
            if isinstance(item, DataStreamClass):
                streams[item.id] = item
            else:
                events.setdefault(item.data_stream_class_id, {})[item.id] = item
        streams = {id: replace(stream, event_record_classes=events.get(id, {})) for id, stream in streams.items()}
        header = self._rebuild_root(Root(Scope.PACKET_HEADER))
        return replace(trace, packet_header=header, data_stream_classes=streams, slot_count=len(self.slots))

    def _rebuilt(self, item: DataStreamClass | EventRecordClass) -> Iterator[tuple[str, Structure]]:
        for root, structure in _roots(item):
            if root in self.keys or root in self.written:
                yield SCOPE_ATTRIBUTES[root.scope], self._rebuild_root(root)

    def _rebuild_root(self, root: Root) -> Structure | None:
        structure = self.roots.get(root)
        changes = {**self.keys.get(root, {})}
        slots = self.written.get(root, {})
        if structure is None or not (changes or slots):
            return structure
        touched = {steps[:length] for steps in (*changes, *slots) for length in range(len(steps) + 1)}
        return _rebuild(structure, (), touched, changes, slots, self._labels(root))

    def _labels(self, root: Root) -> dict[Steps, Labels]:
        """Return the selector's mappings of each CTF 1.8 variant."""
        labels = {}
        for steps, key in self.keys.get(root, {}).items():
            if key.location.search:
                first = key.paths[0]
                current: FieldClass = self.roots[_root_of(root, first.scope)]
                for step in first.steps:
                    current = dict(inner(current))[step]
                labels[steps] = current.mappings
        return labels


SCOPE_ATTRIBUTES = {
    Scope.PACKET_CONTEXT: "packet_context",
    Scope.EVENT_RECORD_HEADER: "event_record_header",
    Scope.COMMON_CONTEXT: "common_context",
    Scope.SPECIFIC_CONTEXT: "specific_context",
    Scope.PAYLOAD: "payload",
}


def _roots(item: DataStreamClass | EventRecordClass) -> Iterator[tuple[Root, Structure]]:
    """Yield the root structures of a class in decoding order."""
    stream = isinstance(item, DataStreamClass)
    for scope, name in SCOPE_ATTRIBUTES.items():
        structure = getattr(item, name, None)
        if structure is not None:
            yield Root(scope, item.id) if stream else Root(scope, item.data_stream_class_id, item.id), structure


def _root_of(root: Root, scope: Scope) -> Root:
    """Return the root structure of another scope as seen from `root`."""
    if scope is Scope.PACKET_HEADER:
        return Root(scope)
    return Root(scope, root.stream, root.event if scope >= Scope.SPECIFIC_CONTEXT else None)


def _without_parents(location: Location) -> list[str | None]:
    """Return the path with each "name, null" pair taken away, so that nulls are at its beginning only."""
    names: list[str | None] = []
    for name in location.path:
        if name is None and names and names[-1] is not None:
            names.pop()
        else:
            names.append(name)
    return names


def _follow(at: Found, names: tuple[str, ...], inside: Steps | None, options: bool) -> Iterator[Found]:
    """Yield the fields at `names` from `at`, crossing what is transparent."""
    root, steps, field_class = at
    around = inside is not None and len(inside) > len(steps) and inside[:len(steps)] == steps
    if isinstance(field_class, Structure):
        index = field_class.index(names[0]) if names else None
        if index is not None:
            member = Found(root, (*steps, index), field_class.members[index].field_class)
            yield from _follow(member, names[1:], inside, options)
    elif isinstance(field_class, Variant):
        for index, option in enumerate(field_class.options):
            if not around or inside[len(steps)] == index:
                taken = options and names and option.name is not None and unprotected(option.name) == names[0]
                content = Found(root, (*steps, index), option.field_class)
                yield from _follow(content, names[1:] if taken else names, inside, options)
    elif isinstance(field_class, (Array, Optional)):
        step, content = next(inner(field_class))
        if around or options:
            yield from _follow(Found(root, (*steps, step), content), names, inside, options)
    elif not names:
        yield at


def _key_kind(dependent: FieldClass, found: list[Found], location: Location) -> KeyKind:
    """Check that the key fields can serve the dependent field; return their common kind."""
    allowed: tuple[KeyKind, ...] = (KeyKind.UNSIGNED,)
    if isinstance(dependent, Variant):
        allowed = ANY_INTEGER
    elif isinstance(dependent, Optional):
        allowed = (KeyKind.BOOLEAN,) if dependent.ranges is None else ANY_INTEGER
    kinds = {_kind_of(field.field_class) for field in found}
    if len(kinds) != 1 or not kinds <= set(allowed):
        expected = " or ".join(kind.value for kind in allowed)
        got = ", ".join(sorted(kind.value if kind else "another kind of" for kind in kinds))
        raise fault(location.where, f"the location of {expected} key fields", f"{location}: {got} field")
    return kinds.pop()


def _kind_of(field_class: FieldClass) -> KeyKind | None:
    if isinstance(field_class, FixedLengthBoolean):
        return KeyKind.BOOLEAN
    if isinstance(field_class, INTEGERS):
        return KeyKind.SIGNED if field_class.signed else KeyKind.UNSIGNED
    return None


def _rebuild(field_class: FieldClass, steps: Steps, touched: set[Steps], keys: dict[Steps, Key],
             slots: dict[Steps, list[int]], labels: dict[Steps, Labels]) -> FieldClass:
    """Return the field class with keys and slots in place; parts without any stay the same objects."""
    if steps not in touched:
        return field_class
    if steps in slots:
        return replace(field_class, slots=tuple(slots[steps]))
    contents = [_rebuild(fc, (*steps, step), touched, keys, slots, labels) for step, fc in inner(field_class)]
    changes: dict[str, object] = {"key": keys[steps]} if steps in keys else {}
    if isinstance(field_class, Structure):
        changes["members"] = tuple(Member(member.name, content, member.attributes)
                                   for member, content in zip(field_class.members, contents))
    elif isinstance(field_class, Variant):
        options = field_class.options if steps not in labels else _labelled(field_class.options, labels[steps])
        changes["options"] = tuple(replace(option, field_class=content) for option, content in zip(options, contents))
    elif isinstance(field_class, Array):
        changes["element"] = contents[0]
    elif isinstance(field_class, Optional):
        changes["content"] = contents[0]
    return replace(field_class, **changes)


def _labelled(options: Sequence[Option], labels: Labels) -> list[Option]:
    """Give CTF 1.8 options the ranges of the selector's label which they are named after, and their unprotected
    names."""
    by_label: dict[str, Ranges] = {}
    for label, ranges in labels:
        by_label[label] = by_label.get(label, ()) + ranges
    bare = {unprotected(label): ranges for label, ranges in by_label.items()}
    named = ((option, unprotected(option.name)) for option in options)
    return [replace(option, name=name, ranges=by_label.get(option.name, bare.get(name, ()))) for option, name in named]
