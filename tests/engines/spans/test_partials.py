"""Parts of a trace, cut anywhere and merged in any grouping, against the whole."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events import STREAM, event_class
from lttngx.analyses.result import Losses, TimeRange
from lttngx.errors import ParameterError
from lttngx.render.spans import document
from lttngx.spans.partials import Partial
from lttngx.spans.period_syntax import definitions
from lttngx.spans.result import Result
from lttngx.spans.table_syntax import read_text
from lttngx.spans.views import Options

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
VIEWS = ("log", "top", "stats", "freq", "tree")
# Few keys and many events, so that spans overlap the cuts.
EVENTS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("bbbceef"), st.integers(0, 1), st.integers(0, 2)),
                  min_size=12, max_size=40)


def part(events, found, options, first) -> Partial:
    partial, bound = Partial(found, options, first), {}
    for time_ns, name, key, value in events:
        if name not in bound:
            bound[name] = partial.bind(event_class(name, {"k": 0, "v": 0}), STREAM)
        if bound[name] is not None:
            values = (key, value)
            bound[name].call(time_ns, 0, *(values[path.steps[0].index] for path in bound[name].paths))
    return partial


def shown(partial: Partial, end_ns: int) -> dict:
    """Return all tables of a finished whole; numbers of spans and the order of equal begins are left out."""
    partial.finish(end_ns)
    tables = document(Result(TimeRange(0, end_ns), Losses(), partial.kinds, partial.collector))["tables"]
    for name in ("log", "top"):
        tables[name] = sorted(repr({key: value for key, value in row.items() if key not in ("id", "parent")})
                              for row in tables.get(name, []))
    tables["top"] = len(tables["top"])
    for row in [row for name, rows in tables.items() if isinstance(rows, list) and name != "log" for row in rows]:
        row.update({key: pytest.approx(value) for key, value in row.items() if isinstance(value, float)})
    return tables


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("options", [Options(VIEWS), Options(VIEWS, order_by="hierarchy", limit=3), Options(VIEWS, min_ns=2)],
                         ids=["plain", "hierarchy", "limits"])
@settings(max_examples=40, deadline=None)
@given(steps=EVENTS, cuts=st.lists(st.integers(2, 38), min_size=1, max_size=3), left=st.booleans(), moved=st.booleans())
def test_parts_are_the_whole(name, options, steps, cuts, left, moved):
    """moved: each part was made in another process."""
    time_ns, events = 0, []
    for step, *event in steps:
        time_ns += step
        events.append((time_ns, *event))
    bounds = [0, *sorted(min(cut, len(events)) for cut in cuts), len(events)]
    parts = [part(events[begin:end], SETS[name], options, begin == 0 and at == 0)
             for at, (begin, end) in enumerate(zip(bounds, bounds[1:]))]
    if moved:
        parts = [pickle.loads(pickle.dumps(made)) for made in parts]
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
    one = Partial(NESTED, Options(), first=True)
    with pytest.raises(ValueError, match="can follow"):
        one.merge(Partial(NESTED, Options(), first=True))
    with pytest.raises(ValueError, match="can follow"):
        one.merge(Partial(NESTED[:1], Options()))


def test_tracker_values_cannot_be_joined():
    with pytest.raises(ParameterError, match="cannot be joined"):
        Partial(read_text('[span.s]\nbegin = "b"\nend = "e"\nkey = "thread"\n', "x"), Options())
