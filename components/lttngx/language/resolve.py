"""Names to field paths of one event class.

A name may lead to several paths: a variant is entered in every option that has the rest of the name, and a variant
at the end gives all of its options. Options' content is entered on the way.
"""

from dataclasses import dataclass
from difflib import get_close_matches

from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Step

MAX_PATHS = 64
_BYTE = FieldClass(Kind.UNSIGNED, bits=8)
_ARRAYS = (Kind.STATIC_ARRAY, Kind.DYNAMIC_ARRAY, Kind.BLOB)
_CONTEXTS = (Scope.COMMON_CONTEXT, Scope.SPECIFIC_CONTEXT, Scope.PACKET_CONTEXT)
Names = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Why a name leads nowhere. `mismatch`: something is there, but not of the kind the name needs."""

    reason: str
    mismatch: bool = False


def resolve(event_class: EventClass, root: str, steps: Names, variants: bool = True,
            whole: bool = False) -> tuple[FieldPath, ...] | Unresolved:
    """Return the paths a name may mean, at least one.

    root: "" (payload), "$ctx", "$app" or "$packet".
    variants: whether variants may be entered ($app's always are).
    whole: a variant at the end is itself what is wanted.
    """
    if root == "$app":
        return _application(event_class, steps, whole)
    scopes = {"": (Scope.PAYLOAD,), "$packet": (Scope.PACKET_CONTEXT,), "$ctx": _CONTEXTS}[root]
    for scope in scopes:
        fields = event_class.scopes[scope]
        if fields is not None and fields.member(steps[0]) is not None:
            return _Walk(scope, variants, whole).paths(fields, steps)
    return Unresolved(_absence(event_class, root, steps[0], scopes))


def _application(event_class: EventClass, steps: Names, whole: bool) -> tuple[FieldPath, ...] | Unresolved:
    """LTTng-UST records `$app.provider:type` as `_app_provider_type`; Babeltrace drops one underscore of CTF 1.8."""
    bare = "app_" + "".join(character if character.isalnum() else "_" for character in str(steps[0]))
    for scope in _CONTEXTS:
        fields = event_class.scopes[scope]
        for name in ("_" + bare, bare):
            if fields is not None and fields.member(name) is not None:
                return _Walk(scope, True, whole).paths(fields, (name, *steps[1:]))
    return Unresolved(f"no application context `{steps[0]}` was recorded")


def _absence(event_class: EventClass, root: str, name: str | int, scopes: tuple[Scope, ...]) -> str:
    what = {"": "payload field", "$packet": "packet context field", "$ctx": "context field"}[root]
    if root == "" and any(fields and fields.member(name) is not None
                          for fields in (event_class.scopes[scope] for scope in _CONTEXTS)):
        return f"no payload field `{name}` (the context field is $ctx.{name})"
    roots = [fields for scope in scopes if (fields := event_class.scopes[scope]) is not None]
    close = get_close_matches(str(name), [member for fields in roots for member, _ in fields.members if member], n=1)
    return f"no {what} `{name}`" + (f" (is it {close[0]}?)" if close else "")


class _Walk:
    """Follows names from a scope's root structure down every way that fits."""

    def __init__(self, scope: Scope, variants: bool, whole: bool) -> None:
        self._scope, self._variants, self._whole = scope, variants, whole
        self._found: list[FieldPath] = []
        self._failure = Unresolved("the name is empty")

    def paths(self, fields: FieldClass, names: Names) -> tuple[FieldPath, ...] | Unresolved:
        self._walk(fields, names, ())
        if len(self._found) > MAX_PATHS:
            return Unresolved(f"the name leads to {len(self._found)} variant options, more than {MAX_PATHS}", True)
        return tuple(self._found) or self._failure

    def _walk(self, current: FieldClass, names: Names, steps: tuple[Step, ...]) -> None:
        if not names and (self._whole or current.kind is not Kind.VARIANT) and current.kind is not Kind.OPTION:
            # An empty structure is how LTTng writes an option which holds nothing.
            if steps[-1].kind is not Kind.VARIANT or current.kind is not Kind.STRUCTURE or current.members:
                self._found.append(FieldPath(self._scope, steps, current))
        elif current.kind is Kind.OPTION:
            self._walk(current.element, names, (*steps, Step(Kind.OPTION, 0)))
        elif current.kind is Kind.VARIANT:
            self._variant(current, names, steps)
        elif isinstance(names[0], int):
            self._index(current, names, steps)
        elif current.kind is not Kind.STRUCTURE:
            self._fail(f"a member `{names[0]}` of a {current.kind.value}", True)
        elif (index := current.member(names[0])) is None:
            self._fail(f"no member `{names[0]}`", False)
        else:
            self._walk(current.members[index][1], names[1:], (*steps, Step(Kind.STRUCTURE, index)))

    def _variant(self, current: FieldClass, names: Names, steps: tuple[Step, ...]) -> None:
        if not self._variants:
            return self._fail("a variant, which LTTng's dialect cannot read (extended can)", True)
        named = current.member(names[0]) if names and isinstance(names[0], str) else None
        if named is not None:
            return self._walk(current.members[named][1], names[1:], (*steps, Step(Kind.VARIANT, named)))
        for index, (_, option) in enumerate(current.members):
            self._walk(option, names, (*steps, Step(Kind.VARIANT, index)))

    def _index(self, current: FieldClass, names: Names, steps: tuple[Step, ...]) -> None:
        index = names[0]
        if current.kind not in _ARRAYS:
            self._fail(f"an index of a {current.kind.value}", True)
        elif current.length is not None and not -current.length <= index < current.length:
            self._fail(f"index {index} is out of the bounds of {current.length} elements", False)
        else:
            element = _BYTE if current.kind is Kind.BLOB else current.element
            self._walk(element, names[1:], (*steps, Step(current.kind, index)))

    def _fail(self, reason: str, mismatch: bool) -> None:
        self._failure = Unresolved(reason, mismatch)
