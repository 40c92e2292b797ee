"""CTF 1.8 metadata: the blocks of a TSDL text to a trace class (CTF 1.8 § 7.2, § C).

Blocks may come in any order, as far as types are declared before use; the trace's byte order is looked for first
because LTTng declares its integer types before the trace block. Callsites are ignored.
"""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from lttngx.ctf import model, tsdl_roles
from lttngx.ctf.faults import MetadataError, fault
from lttngx.ctf.locations import inner, resolve
from lttngx.ctf.tsdl_lexer import Tokens
from lttngx.ctf.tsdl_numbers import BYTE_ORDERS
from lttngx.ctf.tsdl_types import TypeParser

LOG_LEVELS = range(15)
# The origin of LTTng's clock is the Unix epoch though its metadata do not say so (src.ctf.fs of Babeltrace 2.0.4
# decides by the same names).
EPOCH_CLOCK = "monotonic"
EPOCH_TRACERS = ("lttng-modules", "lttng-ust")
Value = int | str | model.FieldClass
Statements = dict[str, tuple[Value, int]]


def read_tsdl(data: bytes, packets_uuid: UUID | None = None) -> model.TraceClass:
    """Return the trace class of a CTF 1.8 metadata stream, unpacketized.

    packets_uuid: of the metadata packets, used where the trace block has none. Raises MetadataError with line:column.
    """
    reader = _MetadataReader(Tokens(data.decode(errors="replace")))
    reader.read()
    return reader.trace_class(packets_uuid)


class _MetadataReader:
    """Takes one block after the other."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.types = TypeParser(tokens, _byte_order(tokens))
        self.trace: dict[str, object] | None = None
        self.environment: dict[str, int | str] = {}
        self.clocks: dict[str, model.ClockClass] = {}
        self.streams: dict[int, model.DataStreamClass] = {}
        self.events: dict[tuple[int, int], model.EventRecordClass] = {}
        self.classes: list[int | tuple[int, int]] = []
        self._users: dict[int, int] = {}
        self._clock_names: dict[int, tuple[model.FieldClass, frozenset[str]]] = {}
        self._mapped: dict[int, frozenset[str]] = {}
        self._blocks: dict[str, Callable[[Statements, int], None]] = {
            "trace": self._trace, "clock": self._clock, "stream": self._stream, "event": self._event, "env": self._env,
            "callsite": lambda statements, index: None}

    def read(self) -> None:
        """Read the whole text."""
        tokens = self.tokens
        while tokens.at:
            if tokens.take(";") or self.types.declaration() or self.types.bare_declaration():
                continue
            index, handle = tokens.index, self._blocks.get(tokens.at)
            if handle is None:
                raise tokens.fault("a trace, env, clock, stream, event or callsite block, or a type declaration")
            tokens.next()
            handle(self._statements(), index)
            if tokens.at:
                tokens.expect(";")

    def trace_class(self, packets_uuid: UUID | None) -> model.TraceClass:
        """Return the trace class of all blocks read."""
        if self.trace is None:
            raise fault(self.tokens.where(), "a trace block", "none")
        if not self.streams and 0 in self._users:
            self._add_stream(model.DataStreamClass(), frozenset())
        for stream_id, index in self._users.items():
            if stream_id not in self.streams:
                raise self.tokens.fault("the id of a stream block", index)
        self._add_default_clock()
        if self.environment.get("tracer_name") in EPOCH_TRACERS and EPOCH_CLOCK in self.clocks:
            self.clocks[EPOCH_CLOCK] = replace(self.clocks[EPOCH_CLOCK], unix_epoch=True)
        found = {"uuid": packets_uuid, **self.trace}
        uid = None if found["uuid"] is None else str(found["uuid"])
        trace = model.TraceClass(version=(1, 8), uid=uid, environment=self.environment,
                                 clock_classes=tuple(self.clocks.values()), **found)
        return resolve(trace, self._ordered())

    def _ordered(self) -> list[model.DataStreamClass | model.EventRecordClass]:
        """Return the classes in their order; a data stream class is put before the first of its event record
        classes."""
        ordered: list[model.DataStreamClass | model.EventRecordClass] = []
        seen: set[int] = set()
        for item in self.classes:
            stream_id = item if isinstance(item, int) else item[0]
            if stream_id not in seen:
                seen.add(stream_id)
                ordered.append(self._with_clock(self.streams[stream_id]))
            if not isinstance(item, int):
                ordered.append(self.events[item])
        return ordered

    def _with_clock(self, stream: model.DataStreamClass) -> model.DataStreamClass:
        """Give the stream the clock which its fields are mapped to, or the trace's only one if it has timestamps
        without map."""
        names = self._mapped.get(stream.id, frozenset())
        stamped = tsdl_roles.has_timestamp(stream.packet_context) or tsdl_roles.has_timestamp(
            stream.event_record_header
        )
        if not names and not stamped:
            return stream
        known = [self.clocks[name] for name in names or self.clocks if name in self.clocks]
        if len(known) != 1 or len(names) > 1:
            raise fault(
                f"stream {stream.id}",
                "timestamps of one clock of this metadata",
                ", ".join(sorted(names or self.clocks)),
            )
        return replace(stream, clock_class=known[0])

    def _add_default_clock(self) -> None:
        """Add the clock which Babeltrace gives to a trace with timestamps but without any clock block."""
        if not self.clocks and not any(self._mapped.values()):
            if any(tsdl_roles.has_timestamp(structure) for stream in self.streams.values()
                   for structure in (stream.packet_context, stream.event_record_header)):
                self.clocks["default"] = model.ClockClass(id="default", name="default")

    def _statements(self) -> Statements:
        """Parse `{ name = value; name := type; declaration; … }` to name: (value, its token)."""
        tokens, found = self.tokens, {}
        tokens.expect("{")
        self.types.open_scope()
        while not tokens.take("}"):
            if tokens.take(";") or self.types.declaration() or self.types.bare_declaration():
                continue
            start = tokens.index
            name = ".".join(tokens.dotted("a name, a type declaration or \"}\""))
            index = tokens.index + 1
            if tokens.take(":="):
                value: Value = self.types.type()
            else:
                tokens.expect("=")
                value = self._value()
            tokens.expect(";")
            if name in found:
                raise tokens.fault(f"{name} only once in its block", start)
            found[name] = (value, index)
        self.types.close_scope()
        return found

    def _value(self) -> int | str:
        tokens = self.tokens
        if tokens.is_integer():
            return tokens.integer()
        if tokens.is_string():
            return tokens.string()
        return ".".join(tokens.dotted("an integer, a string or a name"))

    def _trace(self, found: Statements, index: int) -> None:
        if self.trace is not None:
            raise self.tokens.fault("one trace block", index)
        for name, version in (("major", 1), ("minor", 8)):
            if self._integer(found, name, version) != version:
                raise self.tokens.fault(f"{name} = {version}", found[name][1])
        if "byte_order" not in found:
            raise self.tokens.fault("a trace block with a byte_order", index)
        header = self._structure(found, "packet.header")
        uuid = self._uuid(found)
        self.trace = {"packet_header": header and tsdl_roles.packet_header(header)}
        if uuid is not None:
            self.trace["uuid"] = uuid

    def _env(self, found: Statements, index: int) -> None:
        for name, (value, where) in found.items():
            if not isinstance(value, (int, str)):
                raise self.tokens.fault("an integer or a string", where)
            self.environment[name] = value

    def _clock(self, found: Statements, index: int) -> None:
        name = self._text(found, "name")
        if not name:
            raise self.tokens.fault("a clock block with a name", index)
        if name in self.clocks:
            raise self.tokens.fault("a new clock name", found["name"][1])
        frequency = self._integer(found, "freq", 1_000_000_000)
        if frequency <= 0:
            raise self.tokens.fault("a frequency above 0", found["freq"][1])
        # CTF 1.8 lets `offset` exceed a second (LTTng writes the whole offset there); the model's does not.
        seconds, cycles = divmod(self._integer(found, "offset", 0), frequency)
        uuid = self._uuid(found)
        self.clocks[name] = model.ClockClass(
            id=name, name=name, uid=None if uuid is None else str(uuid), frequency=frequency,
            offset_seconds=self._integer(found, "offset_s", 0) + seconds, offset_cycles=cycles,
            precision=self._integer(found, "precision", None), description=self._text(found, "description"),
            unix_epoch=self._truth(found, "absolute"))

    def _stream(self, found: Statements, index: int) -> None:
        stream_id = self._id(found, "id") or 0
        if stream_id in self.streams:
            raise self.tokens.fault("a new stream id", found["id"][1] if "id" in found else index)
        context, header, common = (
            self._structure(found, name) for name in ("packet.context", "event.header", "event.context")
        )
        stream = model.DataStreamClass(
            id=stream_id, packet_context=context and tsdl_roles.packet_context(context),
            event_record_header=header and tsdl_roles.event_header(header), common_context=common)
        self._add_stream(stream, self._clocks_of(context) | self._clocks_of(header) | self._clocks_of(common))

    def _add_stream(self, stream: model.DataStreamClass, clocks: frozenset[str]) -> None:
        self.streams[stream.id] = stream
        self._mapped[stream.id] = self._mapped.get(stream.id, frozenset()) | clocks
        self.classes.append(stream.id)

    def _event(self, found: Statements, index: int) -> None:
        stream_id, event_id = self._id(found, "stream_id"), self._id(found, "id") or 0
        if stream_id is None:
            stream_id = next(iter(self.streams)) if len(self.streams) == 1 else 0
        # LTTng-UST may write an event before its stream, so whether the stream exists is known at the end only.
        self._users.setdefault(stream_id, found["stream_id"][1] if "stream_id" in found else index)
        key = (stream_id, event_id)
        if key in self.events:
            raise self.tokens.fault("a new event id in its stream", found["id"][1] if "id" in found else index)
        level = self._integer(found, "loglevel", None)
        context, payload = self._structure(found, "context"), self._structure(found, "fields")
        self.events[key] = model.EventRecordClass(
            id=event_id, data_stream_class_id=stream_id, name=self._text(found, "name"),
            log_level=level if level in LOG_LEVELS else None, emf_uri=self._text(found, "model.emf.uri"),
            specific_context=context, payload=payload)
        self._mapped[stream_id] = (
            self._mapped.get(stream_id, frozenset()) | self._clocks_of(context) | self._clocks_of(payload)
        )
        self.classes.append(key)

    def _clocks_of(self, field_class: model.FieldClass | None) -> frozenset[str]:
        """Return the names of the clocks which fields inside are mapped to."""
        if field_class is None:
            return frozenset()
        known = self._clock_names.get(id(field_class))
        if known is None:
            own = self.types.clocks.get(id(field_class))
            names = frozenset() if own is None else frozenset({own[1]})
            names = names.union(*(self._clocks_of(content) for _, content in inner(field_class)))
            known = self._clock_names[id(field_class)] = (field_class, names)
        return known[1]

    def _integer(self, found: Statements, name: str, default: int | None) -> int | None:
        value, index = found.get(name, (default, None))
        if index is not None and not isinstance(value, int):
            raise self.tokens.fault(f"{name} with an integer", index)
        return value

    def _id(self, found: Statements, name: str) -> int | None:
        value = self._integer(found, name, None)
        if value is not None and value < 0:
            raise self.tokens.fault(f"{name} not below 0", found[name][1])
        return value

    def _text(self, found: Statements, name: str) -> str | None:
        value, index = found.get(name, (None, None))
        if index is not None and not isinstance(value, str):
            raise self.tokens.fault(f"{name} with a string", index)
        return value

    def _truth(self, found: Statements, name: str) -> bool:
        value, index = found.get(name, (False, None))
        if index is not None and value not in (0, 1, "true", "false", "TRUE", "FALSE"):
            raise self.tokens.fault(f"{name} with true or false", index)
        return value in (1, "true", "TRUE")

    def _uuid(self, found: Statements) -> UUID | None:
        text = self._text(found, "uuid")
        try:
            return None if text is None else UUID(text)
        except ValueError:
            raise self.tokens.fault("a UUID", found["uuid"][1]) from None

    def _structure(self, found: Statements, name: str) -> model.Structure | None:
        value, index = found.get(name, (None, None))
        if index is not None and not isinstance(value, model.Structure):
            raise self.tokens.fault(f"{name} := a struct", index)
        return value


def _byte_order(tokens: Tokens) -> model.ByteOrder:
    """Return the byte order of the trace block, wherever it is; little-endian without one (which `_trace` reports)."""
    depth, texts, inside = 0, tokens.texts(), False
    for index, token in enumerate(texts):
        if token == "{":
            inside = inside or (depth == 0 and texts[index - 1] == "trace")
            depth += 1
        elif token == "}":
            depth -= 1
            if inside and depth == 0:
                break
        elif inside and depth == 1 and token == "byte_order":
            order = BYTE_ORDERS.get(texts[index + 2]) if texts[index + 1:index + 2] == ["="] else None
            if order is None:
                raise _byte_order_fault(tokens, index + 2)
            return order
    return model.ByteOrder.LITTLE


def _byte_order_fault(tokens: Tokens, index: int) -> MetadataError:
    return tokens.fault("byte_order as one of le, be, network", min(index, len(tokens.texts()) - 1))
