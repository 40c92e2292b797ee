"""Plans of `filter.lttngx.fields`: what of each stream class and event class goes, and what is replaced.

Order: what `keep` leaves out and `drop` names goes, with what depends on it; `redact` then replaces what is left. Packet
and common context belong to the stream class, that is to all its events, so event names can restrict redaction there,
but not keeping and dropping.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream
from lttngx.core.links import Place, links
from lttngx.core.rewriting import Change, EventPlan, Position, Replacement, StreamPlan, Unchanged
from lttngx.errors import ParameterError, TraceError
from lttngx.fields.dependencies import is_member, with_dependents, with_links, within
from lttngx.fields.patterns import FieldPattern, named_fields
from lttngx.fields.redaction import Redaction
from lttngx.language.patterns import Pattern, encode

Scopes = Sequence[FieldClass | None]
STREAM_SCOPES = (Scope.PACKET_CONTEXT, Scope.COMMON_CONTEXT)
EVENT_SCOPES = (Scope.SPECIFIC_CONTEXT, Scope.PAYLOAD)
CONTAINERS = (Kind.STRUCTURE, Kind.OPTION, Kind.VARIANT)
ARRAYS = (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY)


@dataclass
class _Fields:
    """The fields of some scopes under the patterns. classes, names: place → class, dotted name."""

    scopes: Scopes
    links: dict[Place, Place]
    classes: dict[Place, FieldClass] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)

    @classmethod
    def of(cls, scopes: Scopes) -> "_Fields":
        found = cls(scopes, links(scopes))
        for scope in Scope:
            for place, field_class, name in named_fields(scope, scopes[scope]):
                found.classes[place], found.names[place] = field_class, name
        return found

    def shown(self, place: Place) -> str:
        """Return a field's name for errors."""
        return f"{place[0].name.lower().replace('_', '-')}.{self.names[place]}"


class FieldPlans(Unchanged):
    """Answers the core's *rewrite*. keep, drop, redact: patterns. names: patterns of event names, None: all events.

    Raises ParameterError for patterns which `names` makes impossible.
    """

    def __init__(self, keep: Sequence[FieldPattern] = (), drop: Sequence[FieldPattern] = (),
                 redact: Sequence[FieldPattern] = (), names: Sequence[Pattern] | None = None,
                 redaction: Redaction = Redaction()) -> None:
        self._keep, self._drop, self._redact, self._names = keep, drop, redact, names
        self._redaction = redaction
        self._matched: set[str] = set()
        self.classes_seen = 0
        if names is not None:
            _refuse_stream_scopes(keep, drop, redact)

    def unmatched(self) -> list[str]:
        """Return the patterns which have named no field so far, as written."""
        return [pattern.text for pattern in (*self._keep, *self._drop, *self._redact)
                if pattern.text not in self._matched]

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        if self._names is not None:
            return StreamPlan()
        fields = _Fields.of((packet_context, common_context, None, None))
        dropped = self._dropped(fields)
        replaced = self._replaced(fields, dropped)
        return StreamPlan(*(_change(scope, dropped, replaced) for scope in STREAM_SCOPES))

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        self.classes_seen += 1
        if not self._wanted(event_class):
            return EventPlan()
        fields = _Fields.of(event_class.scopes)
        dropped = self._dropped(fields)
        if self._names is not None:
            self._refuse_common_context(fields, dropped)
        replaced = self._replaced(fields, dropped)
        changes = [_change(scope, dropped, replaced) for scope in EVENT_SCOPES]
        own = self._names is not None
        return EventPlan(*changes, common_context=_change(Scope.COMMON_CONTEXT, dropped, replaced).replace if own else {})

    def _wanted(self, event_class: EventClass) -> bool:
        name = encode(event_class.name or "")
        return self._names is None or any(pattern.matches(name) for pattern in self._names)

    def _named_by(self, patterns: Iterable[FieldPattern], fields: _Fields) -> dict[Place, FieldPattern]:
        """Return the places which patterns name, each with the first pattern; a literal one goes before all."""
        found: dict[Place, FieldPattern] = {}
        for pattern in sorted(patterns, key=lambda pattern: not pattern.literal):
            for place, name in fields.names.items():
                if pattern.matches(place[0], name):
                    self._matched.add(pattern.text)
                    found.setdefault(place, pattern)
        return found

    def _dropped(self, fields: _Fields) -> set[Place]:
        """Return the places of the members which go, those which contain others included."""
        kept = self._named_by(self._keep, fields)
        dropped = {self._droppable(place, pattern, fields) for place, pattern in self._named_by(self._drop, fields).items()}
        scopes = {scope for pattern in self._keep for scope in pattern.scopes}
        dropped |= {place for place in fields.names if place[0] in scopes and is_member(place, fields.scopes)}.difference(
            _kept_members(set(kept), fields)) if scopes else set()
        dropped = with_dependents(dropped, fields.links, fields.scopes)
        for place, pattern in kept.items():
            if pattern.literal and within(place, dropped):
                raise TraceError(
                    f"Cannot keep a field without its length or selector field, or without what it is in: "
                    f"field={fields.shown(place)}, kept by=\"{pattern.text}\"")
        return dropped

    def _droppable(self, place: Place, pattern: FieldPattern, fields: _Fields) -> Place:
        if is_member(place, fields.scopes):
            return place
        # An array's element and an option's content have the name of the array or option around them.
        scope, position = place
        while fields.names.get((scope, position[:-1])) == fields.names[place]:
            position = position[:-1]
        if is_member((scope, position), fields.scopes):
            return scope, position
        raise TraceError(f"Cannot drop an option of a variant: field={fields.shown(place)}, "
                         f"dropped by=\"{pattern.text}\"; drop the variant, or redact the option")

    def _replaced(self, fields: _Fields, dropped: set[Place]) -> dict[Place, Replacement]:
        """Return what each field that is left is replaced by."""
        named, replaced = self._named_by(self._redact, fields), {}
        targets = set(fields.links.values())
        for place, pattern in named.items():
            if pattern.literal and place in targets and not within(place, dropped):
                raise TraceError(f"Cannot redact a length or selector field: field={fields.shown(place)}, "
                                 f"redacted by=\"{pattern.text}\"; redact or drop what depends on it")
        for place, field_class in fields.classes.items():
            if place not in targets and within(place, set(named)) and not within(place, dropped) and _is_leaf(field_class):
                replaced[place] = self._redaction.replacement(field_class, fields.shown(place))
        return replaced

    def _refuse_common_context(self, fields: _Fields, dropped: set[Place]) -> None:
        place = next((place for place in sorted(dropped) if place[0] in STREAM_SCOPES), None)
        if place is not None:
            raise TraceError(f"Cannot drop a field for some events only: field={fields.shown(place)}, "
                             f"which all events of a stream class share; leave out `names`, or redact it")


def _kept_members(kept: set[Place], fields: _Fields) -> set[Place]:
    """Return what stays: the kept places, what they depend on, all around them and all inside them."""
    linked = with_links(kept, fields.links)
    around = {(scope, position[:length]) for scope, position in linked for length in range(len(position) + 1)}
    return around | {place for place in fields.names if within(place, linked)}


def _is_leaf(field_class: FieldClass) -> bool:
    """Return whether a field is replaced as a whole: a scalar, string or BLOB, or an array of scalars."""
    if field_class.kind in ARRAYS:
        return field_class.element.kind not in (*CONTAINERS, *ARRAYS, Kind.STRING, Kind.BLOB)
    return field_class.kind not in CONTAINERS


def _change(scope: Scope, dropped: set[Place], replaced: dict[Place, Replacement]) -> Change:
    drop: frozenset[Position] = frozenset(place[1] for place in dropped if place[0] is scope)
    return Change(drop, {place[1]: replacement for place, replacement in replaced.items() if place[0] is scope})


def _refuse_stream_scopes(keep: Sequence[FieldPattern], drop: Sequence[FieldPattern],
                          redact: Sequence[FieldPattern]) -> None:
    """Refuse what can never be restricted to some events. Raises ParameterError."""
    for pattern in (*keep, *drop, *redact):
        if pattern.scopes == (Scope.PACKET_CONTEXT,) or (
                pattern not in redact and pattern.scopes == (Scope.COMMON_CONTEXT,)):
            raise ParameterError(f'conflicting parameters: names restricts to some events, "{pattern.text}" is about what '
                                 f'all events of a packet or stream class share; leave out names')
