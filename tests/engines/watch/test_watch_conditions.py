"""Conditions and triggers without a graph: tables on paper, and brute force."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lttngx.core.classes import EventClass, FieldClass, Kind, Stream, Trace
from lttngx.language import Rule
from lttngx.state.tree import Tree
from lttngx.watch.durations import HeldState
from lttngx.watch.engine import Watch
from lttngx.watch.events import EventMatches, EventRate
from lttngx.watch.notification import Notification
from lttngx.watch.packets import ConsumedSize, Discarded, PacketFill
from lttngx.watch.trigger import Policy, Trigger

TEXT, NUMBER = FieldClass(Kind.STRING), FieldClass(Kind.SIGNED, 64)
STREAM = Stream(trace=Trace(environment={"hostname": "h", "trace_name": "s"}))


def event_class(name, **members):
    fields = tuple((field, TEXT if isinstance(kind, str) else NUMBER) for field, kind in members.items())
    return EventClass(name, scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=fields)))


def triggered(condition, policy=Policy()):
    """Return the watch of one condition and the list of its notifications."""
    told = []
    condition.trigger = Trigger("t", "kind", policy, lambda trigger, notification: told.append(notification))
    return Watch([condition]), told


def times(told):
    return [(notification.time_ns, notification.state) for notification in told]


@pytest.mark.parametrize("policy, expected", [
    (Policy(), [1, 2, 3, 4, 5, 6, 7]),
    (Policy(every=3), [3, 6]),
    (Policy(once_after=4), [4]),
    (Policy(limit=2, per_ns=3), [1, 2, 4, 5, 7]),
    (Policy(limit=1, per_ns=100), [1]),
])
def test_policies(policy, expected):
    told = []
    trigger = Trigger("t", "kind", policy, lambda trigger, notification: told.append(notification))
    for time_ns in range(1, 8):
        trigger.fire(time_ns, {})
    assert [notification.time_ns for notification in told] == expected
    assert trigger.satisfied == 7 and trigger.told == len(expected) and trigger.suppressed == 7 - len(expected)
    # What was not told is told with the next that is.
    assert [notification.suppressed for notification in told] == [later - before - 1 for before, later in zip([0, *expected], expected)]


def test_an_event_rule_with_captures():
    watch, told = triggered(EventMatches(Rule(names="app:*", expr='level > 3 && text =~ "^x"'), ["level", "missing"]))
    call = watch.bind(event_class("app:e", level=0, text=""), STREAM)
    assert watch.bind(event_class("other", level=0, text=""), STREAM) is None
    names = [path.steps[-1].index if path else None for path in call.paths]
    for time_ns, level, text in ((1, 4, "xy"), (2, 3, "xy"), (3, 9, "yx"), (4, 5, "x")):
        call.call(time_ns, 2, *[None if name is None else (level, text)[name] for name in names])
    assert [(one.time_ns, one.details) for one in told] == [
        (time_ns, {"event": "app:e", "hostname": "h", "session": "s", "cpu": 2, "captures": {"level": level, "missing": None}})
        for time_ns, level in ((1, 4), (4, 5))]


@settings(max_examples=300)
@given(some.lists(some.integers(0, 60), min_size=1, max_size=30), some.sets(some.integers(0, 90), max_size=10),
       some.integers(1, 5), some.integers(1, 20), some.integers(1, 3), some.booleans())
def test_rates_against_brute_force(events, idle, count, window, distance, above):
    release = max(0, count - distance) if above else count + distance
    watch, told = triggered(EventRate(Rule(), count, window, release, above))
    call = watch.bind(event_class("e"), STREAM).call
    events = sorted(events)
    steps = sorted([(time, 0) for time in events] + [(time, 1) for time in idle])
    for time, is_idle in steps:
        watch.advance(time) if is_idle else call(time, 0)
    # Events of one time are measured one by one.
    measured, seen, expected = [], [], []
    for time, is_idle in steps:
        if not is_idle:
            seen.append(time)
        measured.append((time, list(seen)))
    raised, begin = False, measured[0][0] if measured else 0
    for now, known in measured:
        number = sum(now - window < time for time in known)
        if raised:
            raised = not (number <= release if above else number >= release)
        elif number >= count if above else number <= count and now - begin >= window:
            raised = True
            expected.append(now)
    assert [time for time, state in times(told)] == expected


PACKET = event_class("packet:end", hostname="", session="", domain="", channel="", cpu=0, owner="", content_size=0, packet_size=0,
                     discarded=0, lost_packets=0)
FIELDS = [name for name, _ in PACKET.scopes[3].members]


def feed_packets(watch, packets):
    """Feed (time, session, channel, cpu, content, size, discarded, lost)."""
    extraction = watch.bind(PACKET, STREAM)
    for time_ns, session, channel, cpu, content, size, discarded, lost in packets:
        values = ("h", session, "ust", channel, cpu, "", content, size, discarded, lost)
        extraction.call(time_ns, -1, *[values[path.steps[0].index] for path in extraction.paths])


def test_fill_with_hysteresis():
    """Of CPU 0: 0.9 raises; 0.7 is not yet below 0.6; 0.5 releases; 0.95 raises again. CPU 1 is another buffer."""
    watch, told = triggered(PacketFill(0.9, 0.6, True, 1, ["*"], ["c*"]), Policy(clear=True))
    fills = [(1, 0, 90), (2, 0, 100), (3, 0, 70), (4, 0, 95), (5, 0, 50), (6, 0, 95), (7, 1, 95)]
    feed_packets(watch, [(time, "s", "c", cpu, fill, 100, 0, 0) for time, cpu, fill in fills])
    feed_packets(watch, [(8, "s", "other", 2, 99, 100, 0, 0)])
    assert times(told) == [(1, "raised"), (5, "cleared"), (6, "raised"), (7, "raised")]


def test_fill_below_over_several_packets():
    watch, told = triggered(PacketFill(0.5, 0.5, False, 2, ["*"], ["*"]))
    feed_packets(watch, [(time, "s", "c", 0, fill, 100, 0, 0) for time, fill in ((1, 10), (2, 95), (3, 5), (4, 3), (5, 98), (6, 1))])
    # Means of two: 0.525, 0.5, 0.04, 0.505, 0.495.
    assert times(told) == [(3, "raised"), (6, "raised")]


def test_discarded_events_in_a_window():
    watch, told = triggered(Discarded("events", 10, 100, 0, ["s"]), Policy(clear=True))
    feed_packets(watch, [(0, "s", "c", 0, 1, 1, 6, 0), (50, "s", "c", 0, 1, 1, 4, 0), (60, "s", "c", 0, 1, 1, 9, 0),
                         (61, "ignored", "c", 0, 1, 1, 99, 0), (62, "s", "c", 0, 1, 1, -1, 5)])
    watch.advance(155)
    watch.advance(160)
    assert times(told) == [(50, "raised"), (160, "cleared")]
    assert told[0].details["discarded_events"] == 10


def test_losses_of_any_trace_count():
    watch, told = triggered(Discarded("packets", 3, 100, 0, ["*"]))
    watch.discarded_packets(STREAM, 1, 5, 2)
    watch.discarded_events(STREAM, 1, 6, 50)
    watch.discarded_packets(STREAM, 7, 8, None)
    assert times(told) == [(8, "raised")] and (watch.lost_events, watch.lost_packets) == (50, 3)


def test_consumed_size_is_told_once():
    watch, told = triggered(ConsumedSize(250, False, ["*"], ["*"]))
    feed_packets(watch, [(time, session, "c", 0, 50, 100, 0, 0) for time, session in enumerate("aababaaa")])
    assert [(one.time_ns, one.details["session"], one.details["consumed_size"]) for one in told] == [(3, "a", 300)]


class Recorded:
    """A state engine whose changes the test makes."""

    def __init__(self):
        self.tree = Tree()

    def change(self, time_ns, path, value):
        self.tree.put(time_ns, self.tree.attribute(path), value)


def test_held_states():
    engine = Recorded()
    watch, told = triggered(HeldState(engine, "CPUs/*/status", "irq", 10))
    engine.change(0, "CPUs/0/status", "irq")
    engine.change(2, "CPUs/1/status", "irq")
    engine.change(3, "Threads/1/status", "irq")
    engine.change(9, "CPUs/1/status", "idle")
    engine.change(11, "CPUs/1/status", "irq")
    watch.advance(12)
    engine.change(21, "CPUs/1/status", "idle")
    engine.change(30, "CPUs/2/status", "irq")
    engine.tree.lose(35, 4)
    watch.advance(100)
    assert [(one.time_ns, one.details["attribute"], one.details["since"]) for one in told] == [
        (10, "CPUs/0/status", 0), (21, "CPUs/1/status", 11)]


def test_a_line_and_a_document():
    notification = Notification("n", "kind", 1_500_000_000, "raised", 2, 3, {"text": "a\nb", "blob": b"\x01\xff", "list": [1]})
    assert notification.line() == ('1970-01-01 00:00:01.500000000 n raised: kind: text=a\\nb, blob="01ff", list=[1] (3 more suppressed)')
    times_told = Notification("kind", "kind", 0, "", 1, 0, {"since": 10**9, "held": 2_500_000})
    assert times_told.line() == "1970-01-01 00:00:00.000000000 kind: since=1970-01-01 00:00:01.000000000, held=2.500 ms"
    assert json.loads(notification.json()) == {
        "schema": "lttngx.notification/1", "trigger": "n", "condition": "kind", "time": 1_500_000_000, "state": "raised", "number": 2,
        "suppressed": 3, "details": {"text": "a\nb", "blob": "01ff", "list": [1]}}
