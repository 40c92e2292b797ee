"""Event classes and events for tests, without bt2.

Field classes are written in the small notation of tests/data/cases (`u32`, `string`, `seq<u16>`, `u8[4]`,
`struct{u32 len; string tag[2];}`, `enum<u8>{A=0,B=1..3}`, `variant<tag>{u32 n; string s;}`, `optional<u8>`, `blob[4]`).
Fields have the attributes of bt2's field objects that `core.portable.fields` uses, so that its readers run as they are.
"""

import re
from types import SimpleNamespace
from typing import Any

from lttngx.core.classes import EventClass, FieldClass, Kind, Stream, Trace

_SCALARS = {
    "string": FieldClass(Kind.STRING), "textseq": FieldClass(Kind.STRING), "bool": FieldClass(Kind.BOOL),
    "f32": FieldClass(Kind.SINGLE), "f64": FieldClass(Kind.DOUBLE),
}
_TOKEN = re.compile(r"\s*([A-Za-z_][A-Za-z_0-9]*|-?[0-9]+|\.\.|.)")


def field_class(notation: str) -> FieldClass:
    """Return the field class of a notation; what follows the type (`selected n`, `absent`) is left to the reader."""
    return _Notation(notation).type()


class _Notation:
    def __init__(self, notation: str) -> None:
        self.tokens = _TOKEN.findall(notation)
        self.index = 0

    def take(self, expected: str | None = None) -> str:
        token = self.tokens[self.index]
        assert expected in (None, token), f"expected {expected}, got {token} in {self.tokens}"
        self.index += 1
        return token

    def at(self, token: str) -> bool:
        return self.tokens[self.index:self.index + 1] == [token]

    def type(self) -> FieldClass:
        return self.dimensions(self.base())

    def base(self) -> FieldClass:
        word = self.take()
        if word in _SCALARS:
            return _SCALARS[word]
        if word == "text":
            self.take("[")
            self.take()
            self.take("]")
            return _SCALARS["string"]
        if word == "blob":
            self.take("[")
            length = int(self.take())
            self.take("]")
            return FieldClass(Kind.BLOB, length=length)
        if word == "seq":
            return FieldClass(Kind.DYNAMIC_ARRAY, element=self.argument())
        if word == "optional":
            return FieldClass(Kind.OPTION, element=self.argument())
        if word == "enum":
            return self.enumeration(self.argument())
        if word == "variant":
            self.take("<")
            self.take()
            self.take(">")
        if word in ("struct", "variant"):
            return FieldClass(Kind.STRUCTURE if word == "struct" else Kind.VARIANT, members=self.members())
        kind = {"u": Kind.UNSIGNED, "s": Kind.SIGNED, "b": Kind.BIT_ARRAY}[word[0]]
        return FieldClass(kind, bits=int(word[1:]))

    def argument(self) -> FieldClass:
        self.take("<")
        found = self.type()
        self.take(">")
        return found

    def dimensions(self, element: FieldClass) -> FieldClass:
        if not self.at("["):
            return element
        self.take("[")
        length = int(self.take())
        self.take("]")
        return FieldClass(Kind.STATIC_ARRAY, element=self.dimensions(element), length=length)

    def members(self) -> tuple[tuple[str, FieldClass], ...]:
        self.take("{")
        members = []
        while not self.at("}"):
            base = self.type()
            name = self.take()
            members.append((name, self.dimensions(base)))
            self.take(";")
        self.take("}")
        return tuple(members)

    def enumeration(self, container: FieldClass) -> FieldClass:
        labels: dict[str, list[tuple[int, int]]] = {}
        self.take("{")
        while not self.at("}"):
            label = self.take()
            self.take("=")
            lower = upper = int(self.take())
            if self.at(".."):
                self.take("..")
                upper = int(self.take())
            labels.setdefault(label, []).append((lower, upper))
            if self.at(","):
                self.take(",")
        self.take("}")
        kind = Kind.UNSIGNED_ENUM if container.kind is Kind.UNSIGNED else Kind.SIGNED_ENUM
        mappings = tuple((label, tuple(ranges)) for label, ranges in labels.items())
        return FieldClass(kind, bits=container.bits, labels=mappings)


class _String(str):
    """As bt2's: the length is in bytes."""

    def __len__(self) -> int:
        return len(self.encode("utf-8", "surrogateescape"))


class _Structure:
    def __init__(self, members: list[Any]) -> None:
        self._members = members

    def member_at_index(self, index: int) -> Any:
        return self._members[index]


def field(found: FieldClass, value: Any) -> Any:
    """Return a field double. value: dict of a structure, (option name, value) of a variant, None: empty option."""
    match found.kind:
        case Kind.STRUCTURE:
            return _Structure([field(member, value[name]) for name, member in found.members])
        case Kind.VARIANT:
            index = found.member(value[0])
            return SimpleNamespace(selected_option_index=index, selected_option=field(found.members[index][1],
                value[1]))
        case Kind.OPTION:
            return SimpleNamespace(field=None if value is None else field(found.element, value))
        case Kind.STATIC_ARRAY | Kind.DYNAMIC_ARRAY:
            return [field(found.element, element) for element in value]
        case Kind.STRING:
            return _String(value)
        case Kind.BLOB:
            return SimpleNamespace(data=bytes(value))
        case Kind.BIT_ARRAY:
            return SimpleNamespace(value_as_integer=value)
    return value


def structure(types: dict[str, str]) -> FieldClass | None:
    """Return the root structure of a scope, None if it has no field."""
    members = tuple((name, field_class(notation)) for name, notation in types.items())
    return FieldClass(Kind.STRUCTURE, members=members) if members else None


class Event:
    """An event of an event class, and the message that carries it (`message`).

    Scopes are (types, values) pairs: packet context, common context, specific context, payload.
    """

    def __init__(self, name: str = "tp:all", payload: tuple[dict, dict] = ({}, {}),
        common: tuple[dict, dict] = ({}, {}),
                 packet: tuple[dict, dict] = ({}, {}), specific: tuple[dict, dict] = ({}, {}),
                     log_level: int | None = None,
                 time_ns: int | None = None, stream: Stream = Stream(trace=Trace())) -> None:
        scopes = [packet, common, specific, payload]
        roots = tuple(structure(types) for types, _ in scopes)
        self.event_class = EventClass(name, id=7, log_level=log_level, scopes=roots)
        fields = [root and field(root, values) for root, (_, values) in zip(roots, scopes)]
        event = SimpleNamespace(packet=SimpleNamespace(context_field=fields[0]), common_context_field=fields[1],
                                specific_context_field=fields[2], payload_field=fields[3])
        self.message = _Message(event, time_ns)
        self.stream = stream


class _Message:
    def __init__(self, event: Any, time_ns: int | None) -> None:
        self.event, self._time_ns = event, time_ns

    @property
    def default_clock_snapshot(self) -> Any:
        if self._time_ns is None:
            raise ValueError("no clock")
        return SimpleNamespace(ns_from_origin=self._time_ns)
