"""Keys: what is read of a side's events, linked once per event class."""

from collections.abc import Callable
from typing import Any

from lttngx.clocks.pairs import Side
from lttngx.core import predicate as tree
from lttngx.core.classes import EventClass, Stream
from lttngx.core.portable.evaluate import compile_node
from lttngx.core.predicate import Extraction
from lttngx.core.values import MISSING, Elements
from lttngx.language.patterns import encode
from lttngx.language.values import compile_value
from lttngx.state.expressions import Expression, Fields, Moment

# Called with (time in ns, key, place) for each event which has a key.
Emit = Callable[[int, tuple, Any], None]
_Part = Callable[[tuple, Moment | None], Any]


def extraction(side: Side, event_class: EventClass, stream: Stream, emit: Emit) -> Extraction | None:
    """Return what to extract of a class's events, None if they are none of the side's."""
    if not any(pattern.matches(encode(event_class.name or "")) for pattern in side.names):
        return None
    fields = Fields(event_class, stream, (), _no_state)
    slots = [_slots(text, fields) for text in side.key]
    place = _slots(side.place, fields) if side.place else ()
    if None in slots or place is None or side.condition:
        return _evaluated(side, fields, emit)
    if not all(slots):
        return None
    return Extraction(_plain([*slots, place] if place else slots, bool(place), emit), tuple(fields.paths))


def _no_state(name: str, moment: Moment) -> Any:
    raise KeyError(name)


def _slots(text: str, fields: Fields) -> tuple[int, ...] | None:
    """Return where the values of an expression are found which is just a field (in several variant options); None for
    another, () if the class lacks it."""
    node, _ = compile_value(text).link(fields.event_class, fields.stream)
    nodes = node.operands if isinstance(node, tree.Otherwise) else (node,)
    if all(isinstance(one, tree.Missing) for one in nodes):
        return ()
    if not all(isinstance(one, tree.Field) and not one.text for one in nodes):
        return None
    for one in nodes:
        fields.reader(one.path, False)
    return tuple(fields.paths.index(one.path) for one in nodes)


def _plain(slots: list[tuple[int, ...]], has_place: bool, emit: Emit) -> Callable[..., None]:
    """Take field values as they are: no expression is evaluated."""
    def call(time_ns: int | None, cpu: int, *values: Any) -> None:
        key = []
        for group in slots:
            for slot in group:
                value = values[slot]
                if value is not None:
                    key.append(tuple(value) if type(value) is list else value)
                    break
            else:
                return
        place = key.pop() if has_place else None
        if time_ns is not None:
            emit(time_ns, tuple(key), place)
    return call


def _evaluated(side: Side, fields: Fields, emit: Emit) -> Extraction:
    guard = Expression(side.condition, guard=True).link(fields)[0] if side.condition else None
    texts = (*side.key, side.place) if side.place else side.key
    parts = [compile_node(compile_value(text).link(fields.event_class, fields.stream)[0], fields.reader) for text in texts]

    def call(time_ns: int | None, cpu: int, *values: Any) -> None:
        moment = Moment(time_ns, cpu, values)
        if time_ns is None or guard is not None and not guard(moment):
            return
        key = [part(moment) for part in parts]
        if not any(value is MISSING for value in key):
            place = key.pop() if side.place else None
            emit(time_ns, tuple(_hashable(value) for value in key), place)
    return Extraction(call, tuple(fields.paths))


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, Elements) else value
