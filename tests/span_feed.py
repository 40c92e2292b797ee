"""Made-up events for engine tests: event classes with integer and string fields, fed straight to an engine."""

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream
from lttngx.spans.engine import Engine
from lttngx.spans.span import Span

STREAM = Stream(clock="clock")
KINDS = {int: FieldClass(Kind.UNSIGNED, bits=32), str: FieldClass(Kind.STRING), float: FieldClass(Kind.DOUBLE)}


def event_class(name: str, fields: dict) -> EventClass:
    """Return a class whose payload has the fields, of the kinds of the values."""
    def structure(members):
        return FieldClass(Kind.STRUCTURE, members=members)
    payload = structure(tuple((key, KINDS[type(value)]) for key, value in fields.items()))
    packet = structure((("cpu_id", KINDS[int]),))
    return EventClass(name, scopes=(packet, None, None, payload))


class Feed:
    """Feeds events to an engine; `spans` are those that have ended, in order."""

    def __init__(self, definitions, emit=None) -> None:
        self.spans: list[Span] = []
        self.engine = Engine(definitions, emit or self.spans.append)
        self.bound: dict = {}

    def event(self, time_ns: int, name: str, /, cpu: int = 0, **fields) -> "Feed":
        key = (name, tuple((field, type(value)) for field, value in fields.items()))
        if key not in self.bound:
            self.bound[key] = self.engine.bind(event_class(name, fields), STREAM)
        extraction = self.bound[key]
        if extraction is not None:
            assert all(path.scope is Scope.PAYLOAD for path in extraction.paths)
            values = list(fields.values())
            extraction.call(time_ns, cpu, *(values[path.steps[0].index] for path in extraction.paths))
        return self

    def shown(self) -> list[tuple]:
        """Return (path, begin, end, status) of the spans ended so far."""
        return [(span.path, span.begin_ns, span.end_ns, span.status) for span in self.spans]
