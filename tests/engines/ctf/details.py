"""Shows a trace class as `sink.text.details` of Babeltrace shows the one it gets from src.ctf.fs.

`modern`: as Babeltrace 2.1.2 on CTF 2 (names in locations, user attributes), else as Babeltrace 2.0.4 on CTF 1.8.
"""

from lttngx.ctf import model as m
from lttngx.ctf.model import Role

LEVELS = ["Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Info", "Debug (system)", "Debug (program)",
          "Debug (process)", "Debug (module)", "Debug (unit)", "Debug (function)", "Debug (line)", "Debug"]
SCOPES = {m.Scope.PACKET_CONTEXT: "Packet context", m.Scope.COMMON_CONTEXT: "Event common context",
          m.Scope.SPECIFIC_CONTEXT: "Event specific context", m.Scope.PAYLOAD: "Event payload"}
REALS = {32: "Single-precision real", 64: "Double-precision real"}


def details(trace: m.TraceClass) -> str:
    """Return the `Trace class:` block."""
    show = Details(trace.version == (2, 0))
    lines = ["Trace class:"]
    for stream in sorted(trace.data_stream_classes.values(), key=lambda stream: stream.id):
        lines += show.stream(stream)
    return "\n".join(lines) + "\n"


def roles(structure: m.Structure | None) -> set[Role]:
    """Return the roles of a structure's own members."""
    return (
        {role for member in structure.members for role in getattr(member.field_class, "roles", ())}
        if structure
        else set()
    )


class Details:
    def __init__(self, modern: bool) -> None:
        self.modern = modern

    def stream(self, stream: m.DataStreamClass) -> list[str]:
        known, own = roles(stream.packet_context), "    "
        begin, end = Role.DEFAULT_CLOCK_TIMESTAMP in known, Role.PACKET_END_TIMESTAMP in known
        events, packets = Role.DISCARDED_COUNTER in known, Role.PACKET_SEQUENCE_NUMBER in known
        facts = [("Supports packets", True), ("Packets have beginning default clock snapshot", begin),
                 ("Packets have end default clock snapshot", end), ("Supports discarded events", events)]
        facts += [("Discarded events have default clock snapshots", begin and end)] * events
        facts += [("Supports discarded packets", packets)]
        facts += [("Discarded packets have default clock snapshots", begin and end)] * packets
        lines = [f"  Stream class (ID {stream.id}):"] + [
            f"{own}{name}: {'Yes' if fact else 'No'}" for name, fact in facts
        ]
        lines += [f"{own}Default clock class:"] + [f"      {line}" for line in self.clock(stream.clock_class)]
        lines += self.scope("Packet context", stream.packet_context, own)
        lines += self.scope("Event common context", stream.common_context, own)
        for event in sorted(stream.event_record_classes.values(), key=lambda event: event.id):
            lines += self.event(event)
        return lines

    def clock(self, clock: m.ClockClass) -> list[str]:
        offset = "Offset from origin" if self.modern else "Offset"
        lines = [f"Name: {clock.name}"] + ([f"UID: {clock.uid}"] if self.modern else [])
        lines += [f"Description: {clock.description}"] if clock.description is not None else []
        lines += [f"Frequency (Hz): {clock.frequency:,}"]
        lines += [] if self.modern else [f"Precision (cycles): {clock.precision or 0}"]
        lines += [f"{offset} (s): {clock.offset_seconds:,}", f"{offset} (cycles): {clock.offset_cycles:,}"]
        if self.modern:
            return [*lines, f"Origin: {'Unix epoch' if clock.unix_epoch else 'Unknown'}"]
        lines += [f"Origin is Unix epoch: {'Yes' if clock.unix_epoch else 'No'}"]
        return lines + ([f"UUID: {clock.uid}"] if clock.uid else [])

    def event(self, event: m.EventRecordClass) -> list[str]:
        lines = [f"    Event class `{event.name}` (ID {event.id}):"]
        if event.attributes:
            lines += ["      User attributes:"]
            for namespace, values in event.attributes.items():
                lines += [f"        {namespace}:"] + [
                    f"          {name}: {value}" for name, value in sorted(values.items())
                ]
        lines += [f"      Log level: {LEVELS[event.log_level]}"] if event.log_level is not None else []
        lines += [f"      EMF URI: {event.emf_uri}"] if event.emf_uri is not None else []
        lines += self.scope("Specific context", event.specific_context, "      ")
        return lines + self.scope("Payload", event.payload, "      ")

    def scope(self, name: str, structure: m.Structure | None, indent: str) -> list[str]:
        return [] if structure is None else self.field(f"{indent}{name} field class", structure, indent)

    def field(self, name: str, fc: m.FieldClass, indent: str) -> list[str]:
        """Return the lines of a field class; `name` has its indentation."""
        title, inside = self.titles(fc), indent + "  "
        lines = [f"{name}: {title}"]
        if isinstance(fc, m.Structure):
            # What the reader uses up itself is not shown.
            members = [member for member in fc.members if not self.hidden(member)]
            count = f"{len(members)} member{'' if len(members) == 1 else 's'}"
            lines = [f"{name}: Structure ({count}){':' if members else ''}"]
            for member in members:
                lines += self.field(f"{inside}{member.name}", member.field_class, inside)
        elif isinstance(fc, m.Variant):
            lines[0] += ":"
            for option in fc.options:
                lines += self.field(f"{inside}{option.name}: {ranges(option.ranges)}", option.field_class, inside)
        elif isinstance(fc, m.Array):
            lines[0] += ":"
            lines += self.field(f"{inside}Element", fc.element, inside)
        elif getattr(fc, "is_enum", False):
            lines[0] += ":"
            lines += [f"{inside}{label}: {ranges(bounds)}" for label, bounds in sorted(fc.mappings)]
        return lines

    @staticmethod
    def hidden(member: m.Member) -> bool:
        reserved = set(getattr(member.field_class, "roles", ())) - {Role.EVENT_RECORD_CLASS_ID}
        return bool(reserved)

    def titles(self, fc: m.FieldClass) -> str:
        if isinstance(fc, m.FixedLengthInteger):
            kind = f"{'Signed' if fc.signed else 'Unsigned'} {'enumeration' if fc.is_enum else 'integer'}"
            mappings = f", {len(fc.mappings)} mapping{'' if len(fc.mappings) == 1 else 's'}" if fc.is_enum else ""
            return f"{kind} ({fc.length}-bit, Base {fc.display_base}{mappings})"
        if isinstance(fc, m.FixedLengthFloat):
            return REALS[fc.length]
        if isinstance(fc, (m.NullTerminatedString, m.StaticLengthString, m.DynamicLengthString)):
            return "String"
        if isinstance(fc, m.StaticLengthArray):
            return f"Static array (Length {fc.length})"
        if isinstance(fc, m.DynamicLengthArray):
            return f"Dynamic array (with length field) ({self.location('Length', fc.key)})"
        if isinstance(fc, m.StaticLengthBlob):
            return f"Static BLOB (Length {fc.length}, Media type `{fc.media_type}`)"
        if isinstance(fc, m.DynamicLengthBlob):
            return f"Dynamic BLOB (with length field) ({self.location('Length', fc.key)}, Media type `{fc.media_type}`)"
        if isinstance(fc, m.Variant):
            kind = f"Variant ({fc.key.kind.value} integer selector)"
            return f"{kind} ({len(fc.options)} options, {self.location('Selector', fc.key)})"
        return type(fc).__name__

    def location(self, use: str, key: m.Key) -> str:
        path = key.paths[0]
        if self.modern:
            return f"{use} field location [{SCOPES[path.scope]}: {', '.join(key.location.path)}]"
        return f"{use} field path [{SCOPES[path.scope]}: {', '.join(map(str, path.steps))}]"


def ranges(bounds: m.Ranges) -> str:
    return " ".join(f"[{lower}]" if lower == upper else f"[{lower}, {upper}]" for lower, upper in sorted(bounds))
