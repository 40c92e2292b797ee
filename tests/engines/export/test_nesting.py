"""Calls inside calls, on events by hand."""

from lttngx.export.lanes import arrange
from lttngx.export.nesting import Nesting, outer
from lttngx.export.stacks import FoldedStacks
from lttngx.spans import given
from lttngx.spans.engine import Engine
from span_feed import Feed

CALLS = {"span": "call", "begin": "enter", "end": "leave", "key": "tid", "name": "f"}


def fed(take, *events, **changes):
    """Feed events (time, name, TID, function) and the end of the trace at 100 ns to an engine."""
    feed = Feed(())
    feed.engine = Engine(given.definitions([CALLS | changes]), take)
    for time, name, tid, function in events:
        feed.event(time, name, tid=tid, f=function)
    feed.engine.finish(100)


EVENTS = ((10, "enter", 1, "a"), (11, "enter", 2, "x"), (20, "enter", 1, "b"), (30, "enter", 1, "c"), (40, "leave", 1, ""),
          (50, "leave", 1, ""), (55, "enter", 1, "b"), (60, "leave", 1, ""), (70, "leave", 2, ""), (80, "leave", 1, ""))


def shown(spans):
    return sorted((span.title, span.begin_ns, outer(span) and (outer(span).title, outer(span).begin_ns)) for span in spans)


def test_calls_are_inside_the_call_around_them_on_their_thread():
    spans = []
    fed(Nesting(spans.append), *EVENTS)
    assert shown(spans) == [("a", 10, None), ("b", 20, ("a", 10)), ("b", 55, ("a", 10)), ("c", 30, ("b", 20)), ("x", 11, None)]


def test_open_calls_are_known_while_an_inner_one_ends():
    chains = []

    def take(span):
        names = []
        while span is not None:
            names.append(span.title)
            span = outer(span)
        chains.append("<".join(names))
    fed(Nesting(take), *EVENTS)
    assert chains == ["c<b<a", "b<a", "b<a", "x", "a"]


def test_calls_which_never_end():
    """The trace ends inside a › b › c; what has no end is still inside what has none."""
    spans = []
    fed(Nesting(spans.append), *EVENTS[:4])
    assert shown(spans) == [("a", 10, None), ("b", 20, ("a", 10)), ("c", 30, ("b", 20)), ("x", 11, None)]
    assert sorted(len(lane.spans) for lane in arrange(spans)) == [1, 3]


def test_other_policies_have_no_calls():
    spans = []
    fed(Nesting(spans.append), *EVENTS, policy="queue")
    assert all(outer(span) is None for span in spans) and len(spans) == 5


def test_self_time_of_calls():
    """On paper: a 70 − 30 − 5, b 30 − 10 and 5, c 10, x 59."""
    stacks = FoldedStacks()
    fed(Nesting(stacks.take), *EVENTS)
    assert list(stacks.lines()) == ["a 35", "a;b 25", "a;b;c 10", "x 59"]
