"""What CTF 1.8 says by reserved member names and clock maps, said with CTF 2's roles.

Reserved names count in the packet header and packet context themselves; an event header's `id` also inside its variants
(LTTng's compact and extended headers). A member `uuid` of 16 bytes becomes a BLOB, as in CTF 2. What is mapped to a
clock has its role already, except that a packet's `timestamp_end` must not update the clock. Members named as
timestamps need no map (perf writes none in the packet context): they are of the trace's only clock, as in Babeltrace.
"""

from dataclasses import replace

from lttngx.ctf import model
from lttngx.ctf.locations import inner
from lttngx.ctf.model import Role

PACKET_HEADER = {
    "magic": Role.PACKET_MAGIC_NUMBER,
    "stream_id": Role.DATA_STREAM_CLASS_ID,
    "stream_instance_id": Role.DATA_STREAM_ID,
}
PACKET_CONTEXT = {
    "packet_size": Role.PACKET_TOTAL_LENGTH,
    "content_size": Role.PACKET_CONTENT_LENGTH,
    "timestamp_begin": Role.DEFAULT_CLOCK_TIMESTAMP,
    "events_discarded": Role.DISCARDED_COUNTER,
    "packet_seq_num": Role.PACKET_SEQUENCE_NUMBER,
}
EVENT_HEADER = {"id": Role.EVENT_RECORD_CLASS_ID, "timestamp": Role.DEFAULT_CLOCK_TIMESTAMP}
TIMESTAMPS = frozenset({Role.DEFAULT_CLOCK_TIMESTAMP, Role.PACKET_END_TIMESTAMP})


def packet_header(structure: model.Structure) -> model.Structure:
    """Return a packet header with its roles."""
    members = []
    for member in structure.members:
        if member.name == "uuid" and _is_uuid(member.field_class):
            blob = model.StaticLengthBlob(length=16, roles=frozenset({Role.METADATA_STREAM_UUID}))
            member = replace(member, field_class=blob)
        members.append(_with_role(member, PACKET_HEADER))
    return replace(structure, members=tuple(members))


def packet_context(structure: model.Structure) -> model.Structure:
    """Return a packet context with its roles."""
    members = []
    for member in structure.members:
        if member.name == "timestamp_end" and isinstance(member.field_class, model.FixedLengthUnsignedInteger):
            end = replace(member.field_class, roles=frozenset({Role.PACKET_END_TIMESTAMP}))
            member = replace(member, field_class=end)
        members.append(_with_role(member, PACKET_CONTEXT))
    return replace(structure, members=tuple(members))


def event_header(structure: model.Structure) -> model.Structure:
    """Return an event header with its roles."""
    members = (_with_role(member, EVENT_HEADER) for member in structure.members)
    return replace(structure, members=tuple(replace(m, field_class=_inside(m.field_class)) for m in members))


def has_timestamp(field_class: model.FieldClass | None) -> bool:
    """Return whether a field inside is a timestamp of the default clock."""
    if field_class is None:
        return False
    return bool(TIMESTAMPS & getattr(field_class, "roles", frozenset())) or any(
        has_timestamp(fc) for _, fc in inner(field_class)
    )


def _inside(field_class: model.FieldClass) -> model.FieldClass:
    if isinstance(field_class, model.Structure):
        return event_header(field_class)
    if isinstance(field_class, model.Variant):
        options = (replace(option, field_class=_inside(option.field_class)) for option in field_class.options)
        return replace(field_class, options=tuple(options))
    return field_class


def _with_role(member: model.Member, roles: dict[str, Role]) -> model.Member:
    field_class = member.field_class
    if member.name not in roles or not isinstance(field_class, model.FixedLengthUnsignedInteger):
        return member
    return replace(member, field_class=replace(field_class, roles=field_class.roles | {roles[member.name]}))


def _is_uuid(field_class: model.FieldClass) -> bool:
    if isinstance(field_class, model.StaticLengthString):
        return field_class.length == 16
    if not isinstance(field_class, model.StaticLengthArray) or field_class.length != 16:
        return False
    element = field_class.element
    return isinstance(element, model.FixedLengthInteger) and element.length == element.alignment == 8
