"""A canonical text of a trace class: every property which is not its default, one line a field class."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from enum import Enum

from lttngx.ctf import model

HIDDEN = (
    "members",
    "options",
    "element",
    "content",
    "field_class",
    "event_record_classes",
    "data_stream_classes",
    "alignment",
    "clock_classes",
)


def dump(trace: model.TraceClass) -> str:
    return "\n".join(_lines("trace", trace, "")) + "\n"


def _lines(name: str, thing: object, indent: str) -> Iterator[str]:
    facts = [f"{field.name}={_value(getattr(thing, field.name))}" for field in fields(thing) if _is_shown(thing, field)]
    if isinstance(thing, model.FieldClass):
        facts += [f"alignment={thing.alignment}"] * (thing.alignment > 1)
        facts += ["reversed"] * getattr(thing, "reversed", False)
    yield indent + " ".join([f"{name}: {type(thing).__name__}", *facts])
    for label, part in _parts(thing):
        yield from _lines(label, part, indent + "  ")


def _is_shown(thing: object, field: object) -> bool:
    value = getattr(thing, field.name)
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    compound = isinstance(value, (model.FieldClass, model.ClockClass)) or field.name in HIDDEN + ("bit_order",)
    return not compound and value != default


def _parts(thing: object) -> Iterator[tuple[str, object]]:
    for clock in getattr(thing, "clock_classes", ()):
        yield "clock", clock
    for name in (
        "packet_header",
        "packet_context",
        "event_record_header",
        "common_context",
        "specific_context",
        "payload",
    ):
        if getattr(thing, name, None) is not None:
            yield name, getattr(thing, name)
    for member in getattr(thing, "members", ()):
        yield repr(member.name) + (f" {_value(member.attributes)}" if member.attributes else ""), member.field_class
    for option in getattr(thing, "options", ()):
        yield f"{option.name!r} {_value(option.ranges)}", option.field_class
    for name in ("element", "content"):
        if hasattr(thing, name):
            yield name, getattr(thing, name)
    if isinstance(thing, model.DataStreamClass) and thing.clock_class is not None:
        yield "default clock", model.Member(thing.clock_class.id, None)
    for name, kind in (("data_stream_classes", "stream"), ("event_record_classes", "event")):
        yield from ((kind, part) for part in getattr(thing, name, {}).values())


def _value(value: object) -> str:
    if isinstance(value, model.Key):
        paths = " ".join(f"{path.scope.name}{list(path.steps)}" for path in value.paths)
        return f"slot {value.slot} {value.kind.value} from {paths}"
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return "{" + ", ".join(sorted(map(_value, value))) + "}"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_value, value)) + ")"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(item)}" for key, item in value.items()) + "}"
    return str(value)
