"""The engine's rules of order, policies, timeouts, losses; expected values are worked out by hand."""

import random

import pytest

from lttngx.core.classes import Stream, Trace
from lttngx.spans import packs, tracking
from lttngx.spans.period_syntax import definitions
from lttngx.spans.span import BY_END, BY_PARENT, COMPLETE, REPLACED, TIMED_OUT
from lttngx.spans.table_syntax import read_text
from span_feed import STREAM, Feed, event_class

PAIR = 's : $evt.$name == "b" : $evt.$name == "e" && $evt.k == $begin.$evt.k'


def table(text: str):
    return read_text(text, "test.toml")


def test_a_span_ends_before_the_next_begins_on_one_event():
    feed = Feed(definitions(['tick : $evt.$name == "t"']))
    feed.event(1, "t").event(4, "t").event(9, "t")
    assert feed.shown() == [("tick", 1, 4, COMPLETE), ("tick", 4, 9, COMPLETE)]
    feed.engine.finish(10)
    assert feed.shown()[2:] == [("tick", 9, 10, BY_END)]


def test_one_event_ends_all_that_match():
    feed = Feed(definitions([PAIR])).event(1, "b", k=7).event(2, "b", k=7).event(3, "b", k=8).event(5, "e", k=7)
    assert feed.shown() == [("s", 1, 5, COMPLETE), ("s", 2, 5, COMPLETE)]
    assert feed.engine.kinds[0].unmatched_ends == 0 and feed.engine.open_count() == 1
    feed.event(6, "e", k=7)
    assert feed.engine.kinds[0].unmatched_ends == 1


def test_a_child_may_begin_on_its_parents_begin_event():
    feed = Feed(definitions(['a : $evt.$name == "x" : $evt.$name == "y"', 'b(a) : $evt.$name == "x" : $evt.$name == "z"']))
    feed.event(1, "x").event(2, "z").event(3, "y")
    assert feed.shown() == [("a/b", 1, 2, COMPLETE), ("a", 1, 3, COMPLETE)]


def test_a_child_begins_under_every_matching_parent():
    feed = Feed(definitions(['a : $evt.$name == "x" : $evt.$name == "y"',
                             'b(a) : $evt.$name == "c" && $evt.k == $parent.$begin.$evt.k : $evt.$name == "z"']))
    feed.event(1, "x", k=1).event(2, "x", k=2).event(3, "x", k=1).event(4, "c", k=1).event(5, "z")
    assert [(span.begin_ns, span.parent.begin_ns) for span in feed.spans] == [(4, 1), (4, 3)]


def test_children_end_before_a_parent_truncates_them():
    feed = Feed(definitions(['a : $evt.$name == "x" : $evt.$name == "y"', 'b(a) : $evt.$name == "c" : $evt.$name == "y"',
                             'd(b) : $evt.$name == "c" : $evt.$name == "never"']))
    feed.event(1, "x").event(2, "c").event(3, "y")
    assert feed.shown() == [("a/b/d", 2, 3, BY_PARENT), ("a/b", 2, 3, COMPLETE), ("a", 1, 3, COMPLETE)]


def test_captures_and_guards_beyond_the_key():
    feed = Feed(definitions(['s : $evt.$name == "b" : $evt.$name == "e" && $evt.k == $begin.$evt.k && $evt.v > $begin.$evt.v'],
                            ["s : k = $evt.k, none = $evt.absent : up = $evt.v, was = $begin.$evt.v"]))
    feed.event(1, "b", k=1, v=5).event(2, "b", k=1, v=9).event(3, "e", k=1, v=7)
    (span,) = feed.spans
    assert span.begin_ns == 1 and span.captures() == {"k": 1, "none": None, "up": 7, "was": 5}


@pytest.mark.parametrize("condition, matches", [
    ("$evt.absent == 1", False), ("$evt.absent != 1", True), ("!($evt.absent == 1)", True), ("!($evt.absent != 1)", False),
    ("$evt.k < 1.5", False), ("$evt.k <= 1.5", True), ("$evt.k == 1.9", True), ("$evt.t == 1", False), ("$evt.t != 1", True),
    ('$evt.t =* "a?c*"', True), ('$evt.t =* "A*"', False), ('$evt.t == "abc/d"', True), ("$evt.$payload.k == 1", True),
    ("$evt.$pkt_ctx.cpu_id == 3", True), ("$evt.cpu_id == 3", True), ("$evt.k == 0x1", True),
    ("$evt.k == 2 || $evt.k == 1 && $evt.f > 0.25", True), ("$evt.f == 0.5", True)])
def test_conditions_as_lttng_analyses(condition, matches):
    feed = Feed(definitions([f's : $evt.$name == "b" && {condition}']))
    feed.event(1, "b", cpu=3, k=1, t="abc/d", f=0.5)
    assert feed.engine.open_count() == matches


POLICY = """
[span.s]
begin = "b"
end = "e"
key = "k"
policy = "{}"
capture = {{i = "i"}}
"""


@pytest.mark.parametrize("policy, expected, crossed", [
    ("stack", [(2, COMPLETE), (1, COMPLETE)], 0), ("queue", [(1, COMPLETE), (2, COMPLETE)], 0),
    ("one", [(1, REPLACED), (2, COMPLETE)], 0), ("all", [(1, COMPLETE), (2, COMPLETE)], 0)])
def test_policies(policy, expected, crossed):
    feed = Feed(table(POLICY.format(policy)))
    feed.event(1, "b", k=1, i=1).event(2, "b", k=1, i=2).event(3, "e", k=1).event(4, "e", k=1)
    assert [(span.captures()["i"], span.status) for span in feed.spans] == expected
    kind = feed.engine.kinds[0]
    assert kind.unmatched_ends == {"one": 1, "all": 1}.get(policy, 0) and kind.crossed == crossed


def test_a_stack_counts_crossings():
    feed = Feed(table('[span.s]\nbegin = "b"\nend = {event = "e", if = "name == $begin.n"}\n'))
    feed.event(1, "b", n="outer").event(2, "b", n="inner").event(3, "e", name="outer").event(4, "e", name="inner")
    assert [span.begin_ns for span in feed.spans] == [1, 2] and feed.engine.kinds[0].crossed == 1


def test_a_span_without_its_key_does_not_begin():
    feed = Feed(table(POLICY.format("all"))).event(1, "b", other=1)
    assert feed.engine.open_count() == 0


def test_timeouts_end_spans_at_their_deadline():
    feed = Feed(table('[span.s]\nbegin = "b"\nend = "e"\nkey = "k"\ntimeout = "10ns"\n'))
    feed.event(0, "b", k=1).event(4, "b", k=2).event(9, "e", k=1).event(14, "e", k=2)
    assert feed.shown() == [("s", 0, 9, COMPLETE), ("s", 4, 14, TIMED_OUT)]
    assert feed.engine.kinds[0].unmatched_ends == 1


def test_spans_during_a_loss_are_marked():
    feed = Feed(definitions([PAIR])).event(0, "b", k=1).event(5, "b", k=2).event(8, "e", k=1)
    feed.engine.discarded_events(STREAM, 10, 20, 3)
    feed.event(15, "b", k=3).event(21, "e", k=2).event(22, "e", k=3).event(30, "b", k=4).event(31, "e", k=4)
    assert [span.lossy for span in feed.spans] == [False, True, True, False]
    assert feed.engine.kinds[0].lossy == 2


GUARDED = """
[span.call]
begin = {event = "enter_*", if = "id >= 10 && mode in {1, 4..6}"}
end = {event = "leave_*", if = "$begin.id + 1 == id"}
key = "tid"
name = "$event.name"
capture = {id = "id", result = "$end.ret", sum = "$begin.id + $end.ret"}

[span.step]
parent = "call"
begin = {event = "step", key = "tid"}
end = {event = "step_end", key = "tid"}
"""


def test_guards_names_keys_and_parents_of_tables():
    feed = Feed(table(GUARDED))
    feed.event(1, "enter_x", tid=1, id=9, mode=5).event(2, "enter_x", tid=1, id=20, mode=5).event(3, "enter_x", tid=2, id=30, mode=1)
    feed.event(4, "step", tid=2).event(5, "step_end", tid=1).event(6, "step_end", tid=2)
    feed.event(7, "leave_x", tid=1, id=20, ret=3).event(8, "leave_x", tid=1, id=21, ret=4)
    assert feed.shown() == [("call/step", 4, 6, COMPLETE), ("call", 2, 8, COMPLETE)]
    assert feed.spans[0].parent.begin_ns == 3
    assert feed.spans[1].title == "enter_x" and feed.spans[1].captures() == {"id": 20, "result": 4, "sum": 24}


def brute_force(events):
    """Return the spans of PAIR by scanning all open ones at each event, as the rules are written."""
    live, found = [], []
    for time_ns, name, key in events:
        if name == "e":
            found += [(begin, time_ns) for begin, own in live if own == key]
            live = [pair for pair in live if pair[1] != key]
        else:
            live.append((time_ns, key))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_as_a_scan_of_all_open_spans(seed):
    generator = random.Random(seed)
    events = [(time, generator.choice("bbe"), generator.randrange(6)) for time in range(300)]
    feed = Feed(definitions([PAIR]))
    for time_ns, name, key in events:
        feed.event(time_ns, name, k=key)
    assert [(span.begin_ns, span.end_ns) for span in feed.spans] == brute_force(events)


class Counted(int):
    """An integer which counts comparisons and hashes."""

    operations = 0

    def __eq__(self, other):
        Counted.operations += 1
        return int(self) == int(other)

    def __hash__(self):
        Counted.operations += 1
        return int.__hash__(self)


@pytest.mark.parametrize("count", [10, 1_000, 100_000])
def test_the_work_of_an_event_does_not_grow_with_open_spans(count):
    feed = Feed(definitions([PAIR]))
    for key in range(count):
        feed.event(key, "b", k=key)
    call = feed.bound["b", (("k", int),)].call
    feed.event(count, "e", k=-1)
    end = feed.bound["e", (("k", int),)].call
    Counted.operations = 0
    for key in range(count, count + 10):
        call(key, 0, Counted(key))
        end(key, 0, Counted(key))
    assert len(feed.spans) == 10 and Counted.operations <= 10 * 12


def test_probes_in_pairs_nest_in_their_thread():
    """packs=functions: thread 5 runs f, which calls g; a switch to thread 6 and back in between; `h` is no probe."""
    spans = []
    engine = tracking.engine(packs.definitions(["functions"]), spans.append)
    kernel = Stream(clock="clock", trace=Trace(environment={"tracer_name": "lttng-modules", "domain": "kernel"}))
    switch = {"prev_comm": "a", "prev_tid": 0, "prev_prio": 0, "prev_state": 0, "next_comm": "b", "next_tid": 0, "next_prio": 0}

    def event(time_ns, name, **fields):
        extraction = engine.bind(event_class(name, fields), kernel)
        if extraction is not None:
            values = list(fields.values())
            extraction.call(time_ns, 0, *(values[path.steps[0].index] for path in extraction.paths))
    event(1, "sched_switch", **switch | {"next_tid": 5})
    event(2, "f_entry", ip=100)
    event(3, "h_entry", addr=7)
    event(4, "g_entry", ip=200)
    event(5, "sched_switch", **switch | {"prev_tid": 5, "next_tid": 6})
    event(6, "g_return", ip=200)
    event(7, "sched_switch", **switch | {"prev_tid": 6, "next_tid": 5})
    event(8, "g_return", ip=200)
    event(9, "f_exit", ip=101)
    assert [(span.title, span.begin_ns, span.end_ns, span.captures()) for span in spans] == [
        ("g", 4, 8, {"ip": 200, "parent_ip": None}), ("f", 2, 9, {"ip": 100, "parent_ip": None})]
    assert [kind.unmatched_ends for kind in engine.kinds] == [0, 1]
