"""Which events and which of their fields are wanted, and which fields trace IR has at all.

A field pattern is SCOPE.NAME with stars, where SCOPE is packet-context, common-context, specific-context or payload and
NAME is a member of that root structure: `payload.ret`, `common-context.*`, `*.vtid`. Members inside a wanted member are all wanted.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase

from lttngx.ctf.model import FieldClass, Member, Scope, Structure

SCOPE_NAMES = {Scope.PACKET_CONTEXT: "packet-context", Scope.COMMON_CONTEXT: "common-context",
               Scope.SPECIFIC_CONTEXT: "specific-context", Scope.PAYLOAD: "payload"}


def star_match(text: str, pattern: str) -> bool:
    """Return whether a text matches a pattern in which only `*` is special, a backslash taking that away."""
    escaped = pattern.replace("\\*", "\0").replace("[", "[[]").replace("?", "[?]").replace("\0", "[*]")
    return fnmatchcase(text, escaped)


@dataclass(frozen=True, slots=True)
class Subset:
    """events: name patterns; fields: field patterns. None: all."""

    events: tuple[str, ...] | None = None
    fields: tuple[str, ...] | None = None

    def wants_event(self, name: str | None) -> bool:
        """Return whether events of this name are wanted."""
        return self.events is None or any(star_match(name or "", pattern) for pattern in self.events)

    def wants_field(self, scope: Scope, name: str) -> bool:
        """Return whether a member of a root structure is wanted."""
        if self.fields is None:
            return True
        return any(star_match(f"{SCOPE_NAMES[scope]}.{name}", pattern) for pattern in self.fields)

    def root_members(self, scope: Scope, root: Structure) -> tuple[bool, ...]:
        """Return, for each member of a root structure, whether trace IR has it."""
        return tuple(in_trace_ir(member) and self.wants_field(scope, member.name) for member in root.members)


def in_trace_ir(member: Member) -> bool:
    """Return whether trace IR has a member: fields which play a role are the reader's own and appear as message properties."""
    return not has_role(member.field_class)


def has_role(field_class: FieldClass) -> bool:
    """Return whether a field class plays a role by itself."""
    return bool(getattr(field_class, "roles", None))


ALL = Subset()
