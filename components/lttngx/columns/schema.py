"""The table which an event class is: one column a scalar field.

Rules
1. A payload field has its own name, a context field `ctx.NAME`, a packet context field `packet.NAME`; `cpu_id` is every table's `cpu`.
2. Members of structures and of variant options are columns of their own, names joined with dots; an option is its content. What
   is in a variant or an option is absent from some events.
3. An array of numbers is a list; other arrays are kept as JSON.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Step
from lttngx.core.columns import Column, column_of
from lttngx.fields.patterns import FieldPattern

PREFIXES = {Scope.PACKET_CONTEXT: "packet.", Scope.COMMON_CONTEXT: "ctx.", Scope.SPECIFIC_CONTEXT: "ctx.", Scope.PAYLOAD: ""}


@dataclass(frozen=True, slots=True)
class Field:
    """A column with its name in the table, and where it is: names from the scope's root structure on."""

    name: str
    scope: Scope
    names: tuple[str, ...]
    column: Column

    @property
    def described(self) -> FieldClass:
        """The field class."""
        return self.column.path.field_class

    @property
    def shape(self) -> tuple:
        """What makes columns of two event classes one column."""
        return self.name, self.column.kind, self.column.width, self.column.nullable, self.described.kind, self.described.labels


def fields_of(event_class: EventClass, patterns: Sequence[FieldPattern] | None = None) -> tuple[Field, ...]:
    """Return the columns of an event class, in the order of its scopes. patterns: those wanted; None: all."""
    found: dict[str, Field] = {}
    for scope in Scope:
        root = event_class.scopes[scope]
        for names, steps, described, nullable in _leaves(root, (), (), False) if root is not None else ():
            if scope is Scope.PACKET_CONTEXT and names == ("cpu_id",) or not _wanted(patterns, scope, names):
                continue
            name = PREFIXES[scope] + ".".join(names)
            while name in found:
                name += "_"
            found[name] = Field(name, scope, names, column_of(FieldPath(scope, steps, described), nullable))
    return tuple(found.values())


def _wanted(patterns: Sequence[FieldPattern] | None, scope: Scope, names: tuple[str, ...]) -> bool:
    """Return whether a pattern means a field or one around it."""
    outer = [".".join(names[:count]) for count in range(1, len(names) + 1)]
    return patterns is None or any(pattern.matches(scope, name) for pattern in patterns for name in outer)


def _leaves(described: FieldClass, names: tuple[str, ...], steps: tuple[Step, ...], nullable: bool
            ) -> Iterator[tuple[tuple[str, ...], tuple[Step, ...], FieldClass, bool]]:
    """Yield names, steps, class and whether it may be absent of each field that is a column."""
    if described.kind in (Kind.STRUCTURE, Kind.VARIANT):
        for index, (name, member) in enumerate(described.members):
            yield from _leaves(member, (*names, name), (*steps, Step(described.kind, index)),
                               nullable or described.kind is Kind.VARIANT)
    elif described.kind is Kind.OPTION:
        yield from _leaves(described.element, names, (*steps, Step(Kind.OPTION, 0)), True)
    else:
        yield names, steps, described, nullable
