"""Scope-qualified patterns of field names: `payload.*addr*`, `context.procname`.

A field's name is the names of the structure members (and of the variant options) on the way to it, joined with dots; arrays
and options add nothing: `payload.headers.saddr` is `saddr` in each element of the array `headers`. `*` stands for any run of
characters, dots included. A pattern that names a structure, array, option or variant means all of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lttngx.core.classes import FieldClass, Kind, Scope
from lttngx.core.links import Place, walk
from lttngx.errors import ParameterError
from lttngx.language.patterns import Pattern, encode, name_pattern

SCOPES: dict[str, tuple[Scope, ...]] = {
    "packet-context": (Scope.PACKET_CONTEXT,),
    "common-context": (Scope.COMMON_CONTEXT,),
    "specific-context": (Scope.SPECIFIC_CONTEXT,),
    "context": (Scope.COMMON_CONTEXT, Scope.SPECIFIC_CONTEXT),
    "payload": (Scope.PAYLOAD,),
}


@dataclass(frozen=True, slots=True)
class FieldPattern:
    """A pattern as the user wrote it (`text`), the scopes it is about, and its star pattern of names."""

    text: str
    scopes: tuple[Scope, ...]
    names: Pattern

    @property
    def literal(self) -> bool:
        """Whether the pattern has no star: it then means this very field, not whatever fits."""
        return not self.names.has_star

    def matches(self, scope: Scope, name: str) -> bool:
        """Return whether the field of a scope with a dotted name is meant."""
        return scope in self.scopes and self.names.matches(encode(name))


def parse_pattern(text: str) -> FieldPattern:
    """Return the pattern SCOPE.NAME which `text` is. Raises ParameterError."""
    word, dot, name = text.partition(".")
    if word not in SCOPES or not name:
        raise ParameterError(f'bad field pattern: expected=SCOPE.NAME with SCOPE one of {", ".join(SCOPES)}, '
                             f'got="{text}"')
    return FieldPattern(text, SCOPES[word], name_pattern(name))


def named_fields(scope: Scope, root: FieldClass | None) -> Iterator[tuple[Place, FieldClass, str]]:
    """Give place, class and dotted name of every field of a scope below its root structure, outer before inner."""
    names: dict[tuple[int, ...], str] = {}
    outers: dict[tuple[int, ...], FieldClass] = {}
    for (_, position), field_class in walk(scope, root):
        outers[position] = field_class
        if not position:
            names[position] = ""
            continue
        outer, before = outers[position[:-1]], names[position[:-1]]
        own = outer.members[position[-1]][0] if outer.kind in (Kind.STRUCTURE, Kind.VARIANT) else None
        names[position] = before if own is None else f"{before}.{own}" if before else own
        yield (scope, position), field_class, names[position]
