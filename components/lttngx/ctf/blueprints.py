"""Describes a metadata stream as the trace IR which readers of it see: model to blueprints.

Rules: packet header and event record header are not in trace IR; members with a role are not either; an enumeration is an
integer with mappings, its equal labels united; a static or dynamic length string is a string. In interchange protocol 0 there
is no bit map (a bit array) and no BLOB (an array of bytes).
"""

from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from lttngx.core.blueprint import (ClockBlueprint, EventClassBlueprint, FieldBlueprint, Make, MemberBlueprint,
                                   StreamClassBlueprint, TraceBlueprint)
from lttngx.ctf.model import (Array, ClockClass, DataStreamClass, DynamicLengthArray, DynamicLengthBlob, EventRecordClass,
                              FieldClass, FixedLengthBitArray, FixedLengthBoolean, FixedLengthFloat, FixedLengthInteger, Key,
                              KeyKind, Labels, Optional, Role, Scope, StaticLengthArray, StaticLengthBlob, Structure,
                              TraceClass, VariableLengthInteger, Variant)
from lttngx.ctf.subset import Subset, in_trace_ir
from lttngx.errors import TraceError

# The library makes every element of a static array when it makes the first event.
MAX_STATIC_ELEMENTS = 1 << 20
NS_PER_S = 1_000_000_000
LTTNG_TRACERS = ("lttng-modules", "lttng-ust")
LTTNG_NAMESPACE = "lttng.org,2009"


def united(labels: Labels) -> Labels:
    """Return labels without duplicates and without empty ranges."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    for label, own in labels:
        ranges.setdefault(label, []).extend(own)
    return tuple((label, tuple(own)) for label, own in ranges.items())


def describe_number(field_class: FixedLengthBitArray | VariableLengthInteger) -> FieldBlueprint:
    """Describe a number."""
    common = {"slots": getattr(field_class, "slots", ()), "attributes": field_class.attributes}
    match field_class:
        case FixedLengthInteger() | VariableLengthInteger():
            bits = getattr(field_class, "length", 64)
            if field_class.is_enum:
                make = Make.SIGNED_ENUM if field_class.signed else Make.UNSIGNED_ENUM
            else:
                make = Make.SIGNED if field_class.signed else Make.UNSIGNED
            labels = united(field_class.mappings) if field_class.is_enum else ()
            return FieldBlueprint(make, bits, field_class.display_base, labels, **common)
        case FixedLengthBoolean():
            return FieldBlueprint(Make.BOOL, **common)
        case FixedLengthFloat():
            return FieldBlueprint(Make.DOUBLE if field_class.length == 64 else Make.SINGLE, **common)
    return FieldBlueprint(Make.BIT_ARRAY, field_class.length, labels=united(getattr(field_class, "flags", ())), **common)


def key_slot(key: Key) -> int | None:
    """Return the slot of a key which trace IR can name: exactly one possible key field, not in a header."""
    headers = (Scope.PACKET_HEADER, Scope.EVENT_RECORD_HEADER)
    return key.slot if len(key.paths) == 1 and key.paths[0].scope not in headers else None


def describe_array(array: Array) -> FieldBlueprint:
    """Describe an array."""
    element = describe(array.element)
    if isinstance(array, DynamicLengthArray):
        return FieldBlueprint(Make.DYNAMIC_ARRAY, element=element, key=key_slot(array.key), attributes=array.attributes)
    check_elements(array)
    return FieldBlueprint(Make.STATIC_ARRAY, element=element, length=array.length, attributes=array.attributes)


def check_elements(array: StaticLengthArray) -> None:
    """Raise TraceError for a static array whose elements the library could not hold."""
    count, inner = array.length, array.element
    while isinstance(inner, StaticLengthArray):
        count, inner = count * inner.length, inner.element
    check_count(count)


def check_count(count: int) -> None:
    """Raise TraceError where a static array or BLOB has too many elements."""
    if count > MAX_STATIC_ELEMENTS:
        raise TraceError(f"Cannot read static array: elements={count}, expected at most {MAX_STATIC_ELEMENTS}")


def describe_members(structure: Structure, kept: tuple[bool, ...]) -> FieldBlueprint:
    """Describe a structure with some of its members."""
    members = tuple(MemberBlueprint(member.name, describe(member.field_class), attributes=member.attributes)
                    for member, wanted in zip(structure.members, kept, strict=True) if wanted)
    return FieldBlueprint(Make.STRUCTURE, members=members, attributes=structure.attributes)


def describe_variant(variant: Variant) -> FieldBlueprint:
    """Describe a variant."""
    options = tuple(MemberBlueprint(option.name, describe(option.field_class), option.ranges, option.attributes)
                    for option in variant.options)
    return FieldBlueprint(Make.VARIANT, members=options, key=key_slot(variant.key), attributes=variant.attributes,
                          signed_key=variant.key.kind is KeyKind.SIGNED)


def describe(field_class: FieldClass) -> FieldBlueprint:
    """Describe a field class. Raises TraceError for one which cannot be read."""
    match field_class:
        case FixedLengthBitArray() | VariableLengthInteger():
            return describe_number(field_class)
        case Structure():
            return describe_members(field_class, tuple(in_trace_ir(member) for member in field_class.members))
        case Array():
            return describe_array(field_class)
        case Optional():
            return FieldBlueprint(Make.OPTION, element=describe(field_class.content), key=key_slot(field_class.key),
                                  signed_key=field_class.key.kind is KeyKind.SIGNED, ranges=field_class.ranges,
                                  attributes=field_class.attributes)
        case Variant():
            return describe_variant(field_class)
        case StaticLengthBlob():
            check_count(field_class.length)
            return FieldBlueprint(Make.STATIC_BLOB, length=field_class.length, media_type=field_class.media_type,
                                  attributes=field_class.attributes)
        case DynamicLengthBlob():
            return FieldBlueprint(Make.DYNAMIC_BLOB, key=key_slot(field_class.key), media_type=field_class.media_type,
                                  attributes=field_class.attributes)
    return FieldBlueprint(Make.STRING, attributes=field_class.attributes)


def describe_root(root: Structure | None, scope: Scope, subset: Subset) -> FieldBlueprint | None:
    """Describe a root structure; None where there is none."""
    return None if root is None else describe_members(root, subset.root_members(scope, root))


def uuid_bytes(text: str | None) -> bytes | None:
    """Return the bytes of a UUID written as text, None if it is none."""
    try:
        return UUID(text).bytes if text else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Shift:
    """What time t of a clock becomes: t + offset_ns + (t − at_ns) × (rate − 1)."""

    offset_ns: int = 0
    rate: Fraction = Fraction(1)
    at_ns: int = 0


def shifted(clock: ClockClass, shift: Shift) -> tuple[int, int, int]:
    """Return the frequency and offset (seconds, cycles) of a shifted clock class; the rate to the nearest Hz."""
    if shift.rate != 1:
        from lttngx.clocks.corrections import Correction
        from lttngx.clocks.shadow import shadow_clock
        zero_ns = clock.offset_seconds * NS_PER_S + Fraction(clock.offset_cycles * NS_PER_S, clock.frequency)
        correction = Correction.affine(shift.rate, shift.at_ns, shift.at_ns + shift.offset_ns)
        made = shadow_clock(clock.frequency, zero_ns, correction, shift.at_ns, shift.at_ns)
        return made.frequency, made.offset_seconds, made.offset_cycles
    seconds, cycles = divmod(clock.offset_cycles + shift.offset_ns * clock.frequency // NS_PER_S, clock.frequency)
    return clock.frequency, seconds + clock.offset_seconds, cycles


def describe_clock(clock: ClockClass, shift: Shift, force_epoch: bool, precision: int | None) -> ClockBlueprint:
    """Describe a shifted clock class. precision: where it has none of its own."""
    frequency, seconds, cycles = shifted(clock, shift)
    if not -2**63 <= seconds < 2**63:
        raise TraceError(f"Clock offset out of range: clock={clock.id!r}, seconds={seconds}, expected 64 bits")
    return ClockBlueprint(clock.name, clock.namespace, clock.uid, uuid_bytes(clock.uid), frequency, seconds, cycles,
                          precision if clock.precision is None else clock.precision, clock.accuracy, clock.description,
                          clock.unix_epoch or force_epoch, clock.origin, clock.attributes)


def describe_event(event: EventRecordClass, subset: Subset) -> EventClassBlueprint:
    """Describe an event class."""
    return EventClassBlueprint(
        event.id, event.name, event.namespace, event.uid, event.log_level, event.emf_uri,
        describe_root(event.specific_context, Scope.SPECIFIC_CONTEXT, subset),
        describe_root(event.payload, Scope.PAYLOAD, subset), event.attributes)


def roles_in(root: Structure | None) -> frozenset[Role]:
    """Return the roles played anywhere in a root structure."""
    if root is None:
        return frozenset()
    found: set[Role] = set()
    waiting: list[FieldClass] = [root]
    while waiting:
        field_class = waiting.pop()
        found |= getattr(field_class, "roles", frozenset())
        match field_class:
            case Structure():
                waiting += [member.field_class for member in field_class.members]
            case Array():
                waiting.append(field_class.element)
            case Optional():
                waiting.append(field_class.content)
            case Variant():
                waiting += [option.field_class for option in field_class.options]
    return frozenset(found)


def describe_stream_class(stream: DataStreamClass, trace: TraceClass, subset: Subset) -> StreamClassBlueprint:
    """Describe a stream class with the event classes that are wanted."""
    roles = roles_in(stream.packet_context)
    clock = None if stream.clock_class is None else trace.clock_classes.index(stream.clock_class)
    events = tuple(describe_event(event, subset) for event in stream.event_record_classes.values()
                   if subset.wants_event(event.name))
    return StreamClassBlueprint(
        stream.id, stream.name, stream.namespace, stream.uid, clock,
        describe_root(stream.packet_context, Scope.PACKET_CONTEXT, subset),
        describe_root(stream.common_context, Scope.COMMON_CONTEXT, subset),
        Role.DEFAULT_CLOCK_TIMESTAMP in roles, Role.PACKET_END_TIMESTAMP in roles,
        Role.DISCARDED_COUNTER in roles, Role.PACKET_SEQUENCE_NUMBER in roles,
        Role.DATA_STREAM_ID not in roles_in(trace.packet_header), events, stream.attributes)


def describe_trace(trace: TraceClass, subset: Subset, name: str | None, shift: Shift, force_epoch: bool) -> TraceBlueprint:
    """Describe a trace. shift, force_epoch: of every clock class.

    As in Babeltrace 2.1, a CTF 1.8 trace of LTTng has LTTng's namespace, and a CTF 1.8 clock's default precision is 0.
    """
    old = trace.version < (2, 0)
    lttng = old and trace.environment.get("tracer_name") in LTTNG_TRACERS
    clocks = tuple(describe_clock(clock, shift, force_epoch, 0 if old else None) for clock in trace.clock_classes)
    return TraceBlueprint(
        name, LTTNG_NAMESPACE if lttng else trace.namespace, trace.uid, trace.uuid.bytes if trace.uuid else None,
        trace.environment, clocks,
        tuple(describe_stream_class(stream, trace, subset) for stream in trace.data_stream_classes.values()),
        trace.attributes)
