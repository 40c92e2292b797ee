"""select on both cores: what is kept, what is asked, what passes."""

import bt2
import pytest

import graphs
from lttngx.core.classes import EventClass, Scope, Stream
from lttngx.core.predicate import Binary, Constant, Field, Predicate
from sources import Setting

SCRIPT = [
    ("stream", 1), ("packet", 0), ("plain", 10, 1), ("again",), ("event", 11, {}), ("plain", 12, 2), ("again",),
    ("lost events", 12, 13, 5), ("stream", 2), ("packet", 1), ("plain", 14, 3), ("inactivity", 15), ("plain", 16, 4),
    ("stream", 1), ("plain", 17, 5), ("lost packets", 18, 19, None), ("packet", 3), ("plain", 20, 6),
]


class Chosen:
    """A selection which gives the verdict of a function and notes what it was asked."""

    def __init__(self, verdict, per_stream=False):
        self._verdict, self.per_stream, self.asked = verdict, per_stream, []

    def bind(self, event_class: EventClass, stream: Stream, first_ns: int | None):
        self.asked.append((event_class.name, stream.id, first_ns))
        return self._verdict(event_class)


def more_than(number):
    """Accept `plain` events whose n is above a number."""
    def verdict(event_class):
        path = event_class.path(Scope.PAYLOAD, "n")
        return (Predicate(Binary("gt", Field(path), Constant(number))),) if path else False
    return verdict


def select(monkeypatch, core, selection, keep=True, **setting):
    graphs.use(monkeypatch, core)
    selectors = []
    setting.setdefault("script", SCRIPT)
    seen, checker, graph = graphs.messages(Setting(**setting), (graphs.SelectingFilter, (selection, keep, selectors)))
    return seen, checker.counts, selectors[0]


def numbers(seen):
    events = [message.event for message in seen if type(message) is bt2._EventMessageConst]
    return [int(event["n"]) if event.name == "plain" else event.name for event in events]


@pytest.mark.parametrize(("verdict", "keep", "kept"), [
    (lambda event_class: True, True, [1, "all", 2, 3, 4, 5, 6]),
    (lambda event_class: False, True, []),
    (lambda event_class: event_class.name == "all", True, ["all"]),
    (lambda event_class: event_class.name == "all", False, [1, 2, 3, 4, 5, 6]),
    (more_than(3), True, [4, 5, 6]),
    (more_than(3), False, [1, "all", 2, 3]),
    (lambda event_class: (), True, []),
    (lambda event_class: more_than(5)(event_class) and more_than(5)(event_class) + more_than(0)(event_class), True,
     [1, 2, 3, 4, 5, 6]),
])
def test_only_events_are_dropped(monkeypatch, core, verdict, keep, kept):
    seen, counts, selector = select(monkeypatch, core, Chosen(verdict), keep)
    assert numbers(seen) == kept
    assert counts["Event"] == len(kept) == selector.kept
    assert (counts["StreamBeginning"], counts["StreamEnd"], counts["PacketBeginning"], counts["PacketEnd"]) == (2, 2, 3, 3)
    assert (counts["DiscardedEvents"], counts["DiscardedPackets"], counts["MessageIteratorInactivity"]) == (1, 1, 1)
    assert (selector.events, selector.classes) == (7, 2)


def test_each_class_is_asked_once(monkeypatch, core):
    selection = Chosen(lambda event_class: True)
    select(monkeypatch, core, selection)
    assert selection.asked == [("plain", 1, 10), ("all", 1, 10)]


def test_each_class_and_stream_is_asked_once(monkeypatch, core):
    selection = Chosen(lambda event_class: True, per_stream=True)
    *_, selector = select(monkeypatch, core, selection)
    assert selection.asked == [("plain", 1, 10), ("all", 1, 10), ("plain", 2, 10)]
    assert selector.classes == 3


def test_without_packets_and_clock(monkeypatch, core):
    selection = Chosen(more_than(1))
    seen, *_ = select(monkeypatch, core, selection, packets=False, clock=False, script=[
        ("stream", 1), ("plain", 0, 1), ("plain", 0, 2), ("lost events", 0, 0, None), ("event", 0, {})])
    assert numbers(seen) == [2]
    assert selection.asked[0] == ("plain", 1, None)


def test_first_time_overflows(monkeypatch, core):
    selection = Chosen(lambda event_class: True)
    select(monkeypatch, core, selection, offset_seconds=2**62, frequency=1, script=[
        ("stream", 1), ("packet", 0), ("plain", 5, 1)])
    assert selection.asked == [("plain", 1, None)]


def test_upstream_error_keeps_its_causes(monkeypatch, core):
    with pytest.raises(bt2._Error) as caught:
        select(monkeypatch, core, Chosen(lambda event_class: False),
               script=[("stream", 1), ("packet", 0), ("plain", 1, 1), ("fail",)])
    assert any("the source fails on purpose" in cause.message for cause in caught.value)


def test_error_of_the_selection_is_passed_on(monkeypatch, core):
    def refuse(event_class):
        raise ValueError("the selection fails on purpose")
    with pytest.raises(bt2._Error) as caught:
        select(monkeypatch, core, Chosen(refuse))
    assert any("the selection fails on purpose" in cause.message for cause in caught.value)
