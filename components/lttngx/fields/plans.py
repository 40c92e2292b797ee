"""Plans of `filter.lttngx.fields`: what of each stream class and event class goes, and what is replaced.

Order: what `keep` leaves out and `drop` names goes, with what depends on it; `redact` then replaces what is left. Packet
and common context belong to the stream class, that is to all its events, so event names can restrict redaction there,
but not keeping and dropping.
"""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream
from lttngx.core.links import Place, resolve
from lttngx.core.rewriting import Change, EventPlan, Position, Replacement, StreamPlan, Unchanged
from lttngx.errors import ParameterError, TraceError
from lttngx.fields.dependencies import is_member, outwards, with_dependents, with_links, within
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
    links: dict[Place, Place] = field(default_factory=dict)
    classes: dict[Place, FieldClass] = field(default_factory=dict)
    names: dict[Place, str] = field(default_factory=dict)

    @classmethod
    def of(cls, scopes: Scopes, shared: "_Fields | None" = None) -> "_Fields":
        """Return the fields of `scopes`; those of the stream's scopes from `shared`, if they are known."""
        found = cls(scopes)
        if shared is not None:
            found.classes, found.names, found.links = dict(shared.classes), dict(shared.names), dict(shared.links)
        for scope in Scope if shared is None else EVENT_SCOPES:
            for place, field_class, name in named_fields(scope, scopes[scope]):
                found.classes[place], found.names[place] = field_class, name
                target = None if field_class.link is None else resolve(scopes, place, field_class.link)
                if target is not None:
                    found.links[place] = target
        return found

    def shown(self, place: Place) -> str:
        """Return a field's name for errors."""
        return f"{place[0].name.lower().replace('_', '-')}.{self.names[place]}"


@dataclass
class _Shared:
    """What becomes of the packet and common context of a stream class."""

    fields: _Fields
    dropped: set[Place]
    replaced: dict[Place, Replacement]


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
        self._last: _Shared | None = None
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
        shared = self._shared_by((packet_context, common_context))
        return StreamPlan(*(_change(scope, shared.dropped, shared.replaced) for scope in STREAM_SCOPES))

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        self.classes_seen += 1
        if not self._wanted(event_class):
            return EventPlan()
        shared = self._shared_by(event_class.scopes[:2])
        fields = _Fields.of(event_class.scopes, shared.fields)
        # What the stream class dropped, its events cannot have back.
        dropped = self._dropped(fields, frozenset() if self._names is not None else shared.dropped)
        if self._names is not None:
            self._refuse_common_context(fields, dropped)
        replaced = self._replaced(fields, dropped)
        changes = [_change(scope, dropped, replaced) for scope in EVENT_SCOPES]
        if self._names is not None:
            return EventPlan(*changes, common_context=_change(Scope.COMMON_CONTEXT, dropped, replaced).replace)
        return EventPlan(*changes, common_context=_taken_back(fields, shared.replaced, replaced))

    def _shared_by(self, scopes: Scopes) -> "_Shared":
        """Return what becomes of packet and common context; remembered, since all event classes of a stream class ask."""
        if self._last is None or any(one is not other for one, other in zip(self._last.fields.scopes, scopes)):
            fields = _Fields.of((*scopes, None, None))
            dropped = set() if self._names is not None else self._dropped(fields)
            self._last = _Shared(fields, dropped, {} if self._names is not None else self._replaced(fields, dropped))
        return self._last

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

    def _dropped(self, fields: _Fields, already: Set[Place] = frozenset()) -> set[Place]:
        """Return the places of the members which go, those which contain others included."""
        kept = self._named_by(self._keep, fields)
        dropped = self._named_to_drop(fields)
        scopes = {scope for pattern in self._keep for scope in pattern.scopes}
        if scopes:
            left = _kept_members(set(kept), fields)
            dropped |= {place for place in fields.names
                        if place[0] in scopes and place not in left and is_member(place, fields.scopes)}
        dropped = with_dependents(dropped | already, fields.links, fields.scopes)
        for place, pattern in kept.items():
            if pattern.literal and within(place, dropped):
                raise TraceError(
                    f"Cannot keep a field without its length or selector field, or without what it is in: "
                    f"field={fields.shown(place)}, kept by=\"{pattern.text}\"")
        return dropped

    def _named_to_drop(self, fields: _Fields) -> set[Place]:
        """Return the members which the `drop` patterns name."""
        named = self._named_by(self._drop, fields)
        members = {place: member for place in named
                   if (member := _member_of_this_name(place, fields)) is not None}
        dropped = set(members.values())
        for place in named.keys() - members.keys():
            if not within(place, dropped):
                raise TraceError(f"Cannot drop an option of a variant: field={fields.shown(place)}, "
                                 f"dropped by=\"{named[place].text}\"; drop the variant, or redact the option")
        return dropped

    def _replaced(self, fields: _Fields, dropped: set[Place]) -> dict[Place, Replacement]:
        """Return what each field that is left is replaced by."""
        named, replaced = self._named_by(self._redact, fields), {}
        if not named:
            return {}
        targets, inside_named = set(fields.links.values()), set(named)
        for place, pattern in named.items():
            if pattern.literal and place in targets and not within(place, dropped):
                raise TraceError(f"Cannot redact a length or selector field: field={fields.shown(place)}, "
                                 f"redacted by=\"{pattern.text}\"; redact or drop what depends on it")
        for place, field_class in fields.classes.items():
            if (_is_leaf(field_class) and place not in targets and within(place, inside_named)
                    and not within(place, dropped)):
                replaced[place] = self._redaction.replacement(field_class, fields.shown(place))
        return replaced

    def _refuse_common_context(self, fields: _Fields, dropped: set[Place]) -> None:
        place = next((place for place in sorted(dropped) if place[0] in STREAM_SCOPES), None)
        if place is not None:
            raise TraceError(f"Cannot drop a field for some events only: field={fields.shown(place)}, "
                             f"which all events of a stream class share; leave out `names`, or redact it")


def _taken_back(fields: _Fields, shared: dict[Place, Replacement], replaced: dict[Place, Replacement]
                ) -> dict[Position, None]:
    """Return the replacements of the stream class which must not be: of what turns out to be a length or selector field."""
    places = shared.keys() - replaced.keys()
    for place in places:
        if place[0] is Scope.PACKET_CONTEXT:
            raise TraceError(f"Cannot redact a length or selector field: field={fields.shown(place)}; "
                             f"leave it out of the patterns, or drop what depends on it")
    return {place[1]: None for place in places}


def _member_of_this_name(place: Place, fields: _Fields) -> Place | None:
    """Return the structure member a named place is: itself, or the array or option around it, which has the same name."""
    scope, position = place
    while not is_member((scope, position), fields.scopes):
        if fields.names.get((scope, position[:-1])) != fields.names[place]:
            return None
        position = position[:-1]
    return scope, position


def _kept_members(kept: set[Place], fields: _Fields) -> set[Place]:
    """Return what stays: the kept places, what they depend on, all around them and all inside them."""
    linked = with_links(kept, fields.links)
    around = {outer for place in linked for outer in outwards(place)}
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
