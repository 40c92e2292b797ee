"""Usage over time: steps, joining them, order of rows."""

from lttngx.analyses.several import Several
from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream
from lttngx.core.extraction import Extraction
from lttngx.report.timelines import Shares


def test_shares_of_steps():
    """Steps of 10 ns over 25 ns: the last one is 5 ns long."""
    shares = Shares(10)
    shares.add(0, "a", "A", 5), shares.add(1, "a", "A", 10), shares.add(2, "b", "B", 5), shares.add(2, "a", "A", 0)
    found = shares.timeline(100, 125)
    assert (found.begin_ns, found.step_ns) == (100, 10)
    assert found.rows == (("A", (0.5, 1.0, 0.0)), ("B", (0.0, 0.0, 1.0)))
    assert shares.timeline(100, 125, rows=1).rows == (("A", (0.5, 1.0, 0.0)),)


def test_steps_are_joined_when_there_are_too_many():
    """With at most 4 steps, 9 steps of 10 ns become 3 of 40 ns."""
    shares = Shares(10, limit=4)
    for at in range(9):
        shares.add(at, "a", "A", at)
    found = shares.timeline(0, 90)
    assert found.step_ns == 40
    assert found.rows == (("A", (6 / 40, 22 / 40, 8 / 10)),)


class Engine:
    """Takes members of one event class."""

    def __init__(self, *members):
        self.members, self.calls, self.lost = members, [], []

    def bind(self, event_class, stream):
        if not self.members:
            return None
        return Extraction(lambda *values: self.calls.append(values),
                          tuple(None if member is None else event_class.path(Scope.PAYLOAD, member) for member in self.members))

    def discarded_events(self, *about):
        self.lost.append(about)


def test_several_engines_get_their_own_values():
    one, other, third = Engine("a", "b"), Engine("b", None), Engine()
    number = FieldClass(Kind.SIGNED, bits=32)
    event_class = EventClass("e", scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=(("a", number), ("b", number)))))
    extraction = Several([one, other, third]).bind(event_class, Stream())
    assert len(extraction.paths) == 3
    extraction.call(7, 0, *({"a": 1, "b": 2}[["a", "b"][path.steps[0].index]] if path else None for path in extraction.paths))
    assert (one.calls, other.calls, third.calls) == ([(7, 0, 1, 2)], [(7, 0, 2, None)], [])
    assert Several([one]).bind(event_class, Stream()).call is not None and Several([third]).bind(event_class, Stream()) is None


def test_several_engines_are_told_of_losses():
    one, other = Engine(), Engine()
    Several([one, other]).discarded_events(Stream(), 1, 2, 3)
    assert one.lost == other.lost == [(Stream(), 1, 2, 3)]
