"""Parts of a trace, cut anywhere and merged in any grouping, against the whole."""

import functools
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.render.spans import document
from lttngx.shards.deferred import Deferred
from lttngx.spans.analysis import SpanAnalysis
from lttngx.spans.partials import Partial, independent
from lttngx.spans.period_syntax import definitions
from lttngx.spans.table_syntax import read_text
from lttngx.spans.views import Options
from span_feed import STREAM, event_class

NESTED = definitions([
    'a : $evt.$name == "b" && $evt.k < 3 : $evt.$name == "e" && $evt.k == $begin.$evt.k',
    'c(a) : ($evt.$name == "b" || $evt.$name == "c") && $evt.k == $parent.$begin.$evt.k : '
    '$evt.$name == "f" && $evt.v >= $begin.$evt.v && $evt.k == $begin.$evt.k',
    'd(c) : $evt.$name == "c" : $evt.$name == "f" && $evt.k == $parent.$begin.$evt.k',
    'tick : $evt.$name == "f"'], ["a : k = $evt.k : last = $evt.v", "c : v = $evt.v, up = $parent.$begin.$evt.v"])
FLAT = '[span.s]\nbegin = "b"\nend = "e"\nkey = "k"\npolicy = "{}"\ntimeout = "{}ns"\ncapture = {{v = "v", w = "$end.v"}}\n'
GUARDED = '[span.s]\nbegin = "b"\nend = {event = "e", if = "v >= $begin.v"}\nkey = "k"\npolicy = "stack"\n'
CHILD = '[span.t]\nparent = "s"\nbegin = "c"\nend = "f"\nkey = "k"\npolicy = "queue"\n'
SETS = {
    "nested": NESTED, "stack": read_text(FLAT.format("stack", 9), "x"), "one": read_text(FLAT.format("one", 1000), "x"),
    "queue": read_text(FLAT.format("queue", 12), "x"), "all": read_text(FLAT.format("all", 9), "x"),
    "guarded": read_text(GUARDED, "x"), "children": read_text(FLAT.format("stack", 1000) + CHILD, "x")}
VIEWS = ("log", "top", "stats", "freq", "tree", "explain")
# Few keys and many events, so that spans overlap the cuts.
EVENTS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("bbbceef"), st.integers(0, 1), st.integers(0, 2)),
                  min_size=12, max_size=40)


def part(events, found, options, first):
    """Return a part of a trace with some events: what can be joined is, the rest is deferred; as if from another process."""
    if independent(found):
        partial = Partial(found, options, first)
    else:
        partial = Deferred(functools.partial(SpanAnalysis, found, options), first)
    consumer = partial.engine if isinstance(partial, Deferred) and first else partial
    bound = {}
    for time_ns, name, key, value in events:
        if name not in bound:
            bound[name] = consumer.bind(event_class(name, {"k": 0, "v": 0}), STREAM)
        if bound[name] is not None:
            values = (key, value)
            bound[name].call(time_ns, 0, *(values[path.steps[0].index] for path in bound[name].paths))
    partial.cover(0, events[-1][0] if events else 0)
    return partial if first else pickle.loads(pickle.dumps(partial))


def shown(partial, end_ns: int) -> dict:
    """Return all tables of a finished whole."""
    partial.cover(0, end_ns)
    if isinstance(partial, Deferred):
        partial.engine.cover(0, end_ns)
    result, = partial.results()
    return document(result)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("options", [Options(VIEWS), Options(VIEWS, order_by="hierarchy", limit=3), Options(VIEWS, min_ns=2)],
                         ids=["plain", "hierarchy", "limits"])
@settings(max_examples=40, deadline=None)
@given(steps=EVENTS, cuts=st.lists(st.integers(2, 38), min_size=1, max_size=3), left=st.booleans())
def test_parts_are_the_whole(name, options, steps, cuts, left):
    time_ns, events = 0, []
    for step, *event in steps:
        time_ns += step
        events.append((time_ns, *event))
    bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    parts = [part(events[begin:end], SETS[name], options, begin == 0 and at == 0)
             for at, (begin, end) in enumerate(zip(bounds, bounds[1:]))]
    whole = shown(part(events, SETS[name], options, True), time_ns)
    if left:
        joined = parts[0]
        for following in parts[1:]:
            joined.merge(following)
    else:
        while len(parts) > 1:
            last = parts.pop()
            parts[-1].merge(last)
        joined = parts[0]
    assert shown(joined, time_ns) == whole


def test_only_a_later_part_of_the_same_can_follow():
    stack, one = SETS["stack"], SETS["one"]
    with pytest.raises(ValueError, match="can follow"):
        Partial(stack, Options(), first=True).merge(Partial(stack, Options(), first=True))
    with pytest.raises(ValueError, match="can follow"):
        Partial(stack, Options()).merge(Partial(one, Options()))


def test_what_bears_on_other_spans_or_the_tracker_has_no_parts():
    tracked = read_text('[span.s]\nbegin = "b"\nend = "e"\nkey = "thread"\n', "x")
    assert [name for name, found in SETS.items() if independent(found)] == ["stack", "one", "all"]
    assert not independent(tracked)


def test_a_journal_holds_what_bears_on_earlier_spans_only():
    """Of a thousand spans with two keys: the first begin with each key replaces, the first end was missed."""
    events = [(0, "e", 0, 0)] + [(10 * at + step, name, at % 2, 0) for at in range(1, 1000) for step, name in enumerate("be")]
    partial = part(events, SETS["one"], Options(), False)
    assert [entry.time_ns for entry in partial._journal] == [0, 10, 20]
