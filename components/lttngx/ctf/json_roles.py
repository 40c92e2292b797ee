"""Where CTF 2 roles may be (CTF 2 § roles).

A role in another scope would make the reader take data for what they are not, so it is an error.
"""

from lttngx.ctf import model
from lttngx.ctf.faults import fault
from lttngx.ctf.json_schema import Place
from lttngx.ctf.locations import inner
from lttngx.ctf.model import Role, Scope

ALLOWED: dict[Scope, frozenset[Role]] = {
    Scope.PACKET_HEADER: frozenset({Role.PACKET_MAGIC_NUMBER, Role.METADATA_STREAM_UUID, Role.DATA_STREAM_CLASS_ID,
                                    Role.DATA_STREAM_ID}),
    Scope.PACKET_CONTEXT: frozenset({Role.PACKET_TOTAL_LENGTH, Role.PACKET_CONTENT_LENGTH, Role.DEFAULT_CLOCK_TIMESTAMP,
                                     Role.PACKET_END_TIMESTAMP, Role.DISCARDED_COUNTER, Role.PACKET_SEQUENCE_NUMBER}),
    Scope.EVENT_RECORD_HEADER: frozenset({Role.EVENT_RECORD_CLASS_ID, Role.DEFAULT_CLOCK_TIMESTAMP}),
    Scope.COMMON_CONTEXT: frozenset(),
    Scope.SPECIFIC_CONTEXT: frozenset(),
    Scope.PAYLOAD: frozenset(),
}
CLOCKED = frozenset({Role.DEFAULT_CLOCK_TIMESTAMP, Role.PACKET_END_TIMESTAMP})


def check_scope(structure: model.Structure, scope: Scope, place: Place) -> None:
    """Raise MetadataError if a role is in the wrong scope, or the magic number not where CTF 2 wants it."""
    found = roles_in(structure)
    for role in sorted(found - ALLOWED[scope], key=lambda role: role.value):
        known = ", ".join(sorted(allowed.value for allowed in ALLOWED[scope])) or "no role"
        raise fault(place, f"roles of this scope ({known})", role.value)
    if Role.PACKET_MAGIC_NUMBER in found:
        first = structure.members[0].field_class
        if Role.PACKET_MAGIC_NUMBER not in getattr(first, "roles", ()) or getattr(first, "length", 32) != 32:
            raise fault(place, "the role packet-magic-number for the first member, of 32 bits", "another member")


def check_clock(stream: model.DataStreamClass, place: Place) -> None:
    """Raise MetadataError if a data stream class has timestamps but no default clock class."""
    for structure in (stream.packet_context, stream.event_record_header):
        if structure is not None and stream.clock_class is None and CLOCKED & roles_in(structure):
            raise fault(place, "a default clock class, as there are timestamp roles", "none")


def roles_in(field_class: model.FieldClass) -> frozenset[Role]:
    """Return the roles of a field class and of what is inside."""
    own = getattr(field_class, "roles", frozenset())
    return own.union(*(roles_in(content) for _, content in inner(field_class)))
