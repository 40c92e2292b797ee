"""Keys: what is read of a side's events, linked once per event class."""

from collections.abc import Callable
from typing import Any

from lttngx.clocks.pairs import Side
from lttngx.core import predicate as tree
from lttngx.core.classes import EventClass, Stream
from lttngx.core.portable.evaluate import compile_node
from lttngx.core.extraction import Extraction
from lttngx.language.patterns import encode
from lttngx.language.values import compile_value
from lttngx.state.expressions import Expression, Fields, Moment, from_language

# Called with (time in ns, key, place) for each event which has a key.
Emit = Callable[[int, tuple, Any], None]
_Part = Callable[[Moment], Any]


def extraction(side: Side, event_class: EventClass, stream: Stream, emit: Emit) -> Extraction | None:
    """Return what to extract of a class's events, None if they are none of the side's, or lack what the key is made of."""
    if not any(pattern.matches(encode(event_class.name or "")) for pattern in side.names):
        return None
    fields = Fields(event_class, stream, (), _no_state)
    texts = (*side.key, side.place) if side.place else side.key
    nodes = [compile_value(text).link(fields.event_class, stream)[0] for text in texts]
    if any(isinstance(node, tree.Missing) for node in nodes):
        return None
    slots = [_slots(node, fields) for node in nodes]
    if None in slots or side.condition:
        parts = [_field(found) if found is not None else _expression(node, fields) for node, found in zip(nodes, slots)]
        guard = Expression(side.condition, guard=True).link(fields)[0] if side.condition else None
        return Extraction(_evaluated(parts, guard, bool(side.place), emit), tuple(fields.paths))
    return Extraction(_plain(slots, bool(side.place), emit), tuple(fields.paths))


def _no_state(name: str, moment: Moment) -> Any:
    raise KeyError(name)


def _slots(node: tree.Node, fields: Fields) -> tuple[int, ...] | None:
    """Return where the values of an expression are found which is just a field, in several variant options; None for another."""
    nodes = node.operands if isinstance(node, tree.Otherwise) else (node,)
    if not all(isinstance(one, tree.Field) and not one.text for one in nodes):
        return None
    for one in nodes:
        fields.reader(one.path, False)
    return tuple(fields.paths.index(one.path) for one in nodes)


def _plain(slots: list[tuple[int, ...]], has_place: bool, emit: Emit) -> Callable[..., None]:
    """Take field values as they are: no expression is evaluated, as events of the network are many."""
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


def _evaluated(parts: list[_Part], guard: _Part | None, has_place: bool, emit: Emit) -> Callable[..., None]:
    def call(time_ns: int | None, cpu: int, *values: Any) -> None:
        moment = Moment(time_ns, cpu, values)
        if time_ns is None or guard is not None and not guard(moment):
            return
        key = [part(moment) for part in parts]
        if None not in key:
            place = key.pop() if has_place else None
            emit(time_ns, tuple(key), place)
    return call


def _field(slots: tuple[int, ...]) -> _Part:
    def read(moment: Moment) -> Any:
        value = next((moment.values[slot] for slot in slots if moment.values[slot] is not None), None)
        return tuple(value) if type(value) is list else value
    return read


def _expression(node: tree.Node, fields: Fields) -> _Part:
    evaluate = compile_node(node, fields.reader)
    return lambda moment: from_language(evaluate(moment))
