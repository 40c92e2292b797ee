"""CTF 2 metadata: a JSON text sequence (RFC 7464) of fragments to a trace class.

Each fragment is one JSON object after one or more bytes 0x1E. The preamble comes first; what a fragment refers to comes
before it. Data stream and event record classes are kept in the order of the stream, which numbers the slots.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from uuid import UUID

from lttngx.ctf import model
from lttngx.ctf.detect import RECORD_SEPARATOR
from lttngx.ctf.faults import fault
from lttngx.ctf.json_fields import FieldClassReader
from lttngx.ctf.json_roles import check_clock, check_scope
from lttngx.ctf.json_schema import (COMMON, UINT64_MAX, Check, Place, Property, Table, as_array, as_environment_value,
                                    as_integer, as_object, as_one_of, as_text, read, show)
from lttngx.ctf.json_upgrade import is_release_candidate, upgrade
from lttngx.ctf.locations import resolve
from lttngx.ctf.model import Scope

# Numbers are bt2's log levels (babeltrace2/trace-ir/event-class.h), which are LTTng's.
LOG_LEVELS = {name: number for number, name in enumerate((
    "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug:system", "debug:program",
    "debug:process", "debug:module", "debug:unit", "debug:function", "debug:line", "debug"))}
ATTRIBUTE_NAMESPACES = ("lttng.org,2009", "babeltrace.org,2020")

as_id = as_integer(0, UINT64_MAX)
NAMED: Table = {
    **COMMON,
    "namespace": Property("namespace", as_text),
    "name": Property("name", as_text),
    "uid": Property("uid", as_text),
}


def read_json(data: bytes) -> model.TraceClass:
    """Return the trace class of a CTF 2 metadata stream, unpacketized.

    data: the whole stream. Raises MetadataError with the fragment's number (from 1) and JSON path.
    """
    reader = _MetadataReader()
    old = is_release_candidate(data)
    for number, fragment in enumerate(_fragments(data), 1):
        place = Place(None, number)
        value = _json_object(fragment, place)
        reader.add(upgrade(value) if old else value, place)
    return reader.trace_class()


def _fragments(data: bytes) -> Iterator[bytes]:
    """Yield the texts of the fragments."""
    first, *others = data.split(RECORD_SEPARATOR)
    if first.strip():
        raise fault("fragment 1", "the byte 0x1e", repr(first[:10]))
    yield from (text for text in others if text.strip())


def _json_object(text: bytes, place: Place) -> dict[str, object]:
    try:
        value = json.loads(text.decode(), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise fault(f"fragment {place.key}, {error.lineno}:{error.colno}", "JSON", error.msg) from None
    except UnicodeDecodeError as error:
        raise fault(f"fragment {place.key}, byte {error.start}", "UTF-8", f"0x{text[error.start]:02x}") from None
    except ValueError as error:
        raise fault(f"fragment {place.key}", "JSON", error) from None
    return as_object(value, place)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


class _MetadataReader:
    """Takes one fragment after the other."""

    def __init__(self) -> None:
        self.fields = FieldClassReader()
        self.uuid: UUID | None = None
        self.trace: model.TraceClass | None = None
        self.clocks: dict[str, model.ClockClass] = {}
        self.streams: dict[int, model.DataStreamClass] = {}
        self.events: set[tuple[int, int]] = set()
        self.classes: list[model.DataStreamClass | model.EventRecordClass] = []
        scope = self._scope
        self._trace_table = {**NAMED, "environment": Property("environment", _environment),
                             "packet-header-field-class": Property("packet_header", scope(Scope.PACKET_HEADER))}
        self._stream_table = {
            **NAMED, "id": Property("id", as_id), "default-clock-class-id": Property("clock_class", self._clock),
            "packet-context-field-class": Property("packet_context", scope(Scope.PACKET_CONTEXT)),
            "event-record-header-field-class": Property("event_record_header", scope(Scope.EVENT_RECORD_HEADER)),
            "event-record-common-context-field-class": Property("common_context", scope(Scope.COMMON_CONTEXT))}
        self._event_table = {
            **NAMED, "id": Property("id", as_id), "data-stream-class-id": Property("data_stream_class_id", as_id),
            "specific-context-field-class": Property("specific_context", scope(Scope.SPECIFIC_CONTEXT)),
            "payload-field-class": Property("payload", scope(Scope.PAYLOAD))}
        self._handlers: dict[str, Callable[[object, Place], None]] = {
            "preamble": self._preamble,
            "field-class-alias": self.fields.alias,
            "trace-class": self._trace_class,
            "clock-class": self._clock_class,
            "data-stream-class": self._data_stream_class,
            "event-record-class": self._event_record_class,
        }

    def add(self, value: dict[str, object], place: Place) -> None:
        kind = value.get("type")
        if type(kind) is not str or kind not in self._handlers:
            raise fault(Place(place, "type"), "a fragment type", show(kind))
        if (place.key == 1) != (kind == "preamble"):
            raise fault(place, "one preamble fragment, the first", f"a {kind} fragment")
        self._handlers[kind](value, place)

    def _scope(self, scope: Scope) -> Check:
        """Return a check for a scope's field class."""
        def check(value: object, place: Place) -> model.Structure:
            structure = self.fields.structure(value, place)
            check_scope(structure, scope, place)
            return structure
        return check

    def trace_class(self) -> model.TraceClass:
        """Return the trace class of all fragments seen."""
        trace = self.trace or model.TraceClass(version=(2, 0))
        return resolve(replace(trace, uuid=self.uuid, clock_classes=tuple(self.clocks.values())), self.classes)

    def _preamble(self, value: object, place: Place) -> None:
        table = {**COMMON, "version": Property(None, as_one_of({2: 2}), True), "uuid": Property("uuid", _uuid)}
        self.uuid = read(value, place, table).get("uuid")

    def _trace_class(self, value: object, place: Place) -> None:
        if self.trace or self.streams:
            raise fault(place, "at most one trace class fragment, before the data stream classes", "another")
        self.trace = model.TraceClass(version=(2, 0), **read(value, place, self._trace_table))

    def _clock_class(self, value: object, place: Place) -> None:
        found = read(value, place, CLOCK)
        clock = model.ClockClass(**found.pop("offset", {}), **found.pop("origin", {}), **found)
        if clock.offset_cycles >= clock.frequency:
            raise fault(place, f"an offset of fewer cycles than the frequency, {clock.frequency}", clock.offset_cycles)
        if clock.id in self.clocks:
            raise fault(Place(place, "id"), "a new clock class id", show(clock.id))
        self.clocks[clock.id] = clock

    def _clock(self, value: object, place: Place) -> model.ClockClass:
        clock = self.clocks.get(as_text(value, place))
        if clock is None:
            raise fault(place, "the id of a clock class defined before", show(value))
        return clock

    def _data_stream_class(self, value: object, place: Place) -> None:
        stream = model.DataStreamClass(**read(value, place, self._stream_table))
        if stream.id in self.streams:
            raise fault(Place(place, "id"), "a new data stream class id", stream.id)
        check_clock(stream, place)
        self.streams[stream.id] = stream
        self.classes.append(stream)

    def _event_record_class(self, value: object, place: Place) -> None:
        found = read(value, place, self._event_table)
        event = model.EventRecordClass(**found, **_well_known(found.get("attributes")))
        if event.data_stream_class_id not in self.streams:
            raise fault(place, "the id of a data stream class defined before", event.data_stream_class_id)
        if (event.data_stream_class_id, event.id) in self.events:
            raise fault(Place(place, "id"), "a new event record class id", event.id)
        self.events.add((event.data_stream_class_id, event.id))
        self.classes.append(event)


def _uuid(value: object, place: Place) -> UUID:
    as_byte = as_integer(0, 255)
    if len(as_array(value, place)) != 16:
        raise fault(place, "16 integers", f"{len(value)} values")
    return UUID(bytes=bytes(as_byte(item, Place(place, index)) for index, item in enumerate(value)))


def _environment(value: object, place: Place) -> dict[str, int | str]:
    return {name: as_environment_value(item, Place(place, name)) for name, item in as_object(value, place).items()}


def _origin(value: object, place: Place) -> dict[str, object]:
    """Read a clock class' origin: the Unix epoch or a custom one."""
    if type(value) is str:
        as_one_of({"unix-epoch": True})(value, place)
        return {"unix_epoch": True}
    found = read(
        value,
        place,
        {
            "namespace": Property("namespace", as_text),
            "name": Property("name", as_text, True),
            "uid": Property("uid", as_text, True),
        },
    )
    return {"origin": (found.get("namespace"), found["name"], found["uid"])}


def _offset(value: object, place: Place) -> dict[str, int]:
    return read(value, place, {"seconds": Property("offset_seconds", as_integer(-2**63, 2**63 - 1)),
                               "cycles": Property("offset_cycles", as_integer(0, UINT64_MAX))})


def _well_known(attributes: model.Attributes) -> dict[str, object]:
    """Return log level and EMF URI, which LTTng and Babeltrace write as attributes; malformed ones stay attributes
    only."""
    result: dict[str, object] = {}
    for namespace in ATTRIBUTE_NAMESPACES:
        known = (attributes or {}).get(namespace)
        if isinstance(known, dict):
            level, uri = known.get("log-level"), known.get("emf-uri")
            if isinstance(level, str) and level in LOG_LEVELS:
                result["log_level"] = LOG_LEVELS[level]
            if isinstance(uri, str):
                result["emf_uri"] = uri
    return result


CLOCK: Table = {
    **NAMED,
    "id": Property("id", as_text, True),
    "frequency": Property("frequency", as_integer(1, UINT64_MAX), True),
    "description": Property("description", as_text),
    "origin": Property("origin", _origin),
    "offset-from-origin": Property("offset", _offset),
    "precision": Property("precision", as_id),
    "accuracy": Property("accuracy", as_id),
}
