"""rewrite on both cores: an identity rewrite changes nothing, planned changes change what they say."""

import struct

import bt2
import pytest

import graphs
import plain
from lttngx.core import pseudonyms
from lttngx.core.classes import ClockClass, Kind, Scope
from lttngx.core.clock_map import Segment
from lttngx.core.extraction import Extraction
from lttngx.core.rewriting import (
    Addition, Change, ClockChange, EventPlan, Replacement, Slots, StreamPlan, Unchanged)
from linked import Links
from sources import ALL, Setting

SCRIPT = [
    ("stream", 1), ("packet", 0), ("plain", 10, 1), ("again",), ("event", 11, {}), ("plain", 12, 2), ("again",),
    ("lost events", 12, 13, 5), ("stream", 2), ("packet", 1), ("plain", 14, 3), ("inactivity", 15), ("plain", 16, 4),
    ("event", 17, {"text": "", "choice": ("word", "w"), "maybe": 5, "numbers": [], "uenum": 200}), ("stream", 1),
    ("plain", 17, 5), ("lost packets", 18, 19, None), ("packet", 3), ("event", 19, {}), ("plain", 20, 6),
]
NO_LOSS = [step for step in SCRIPT if step[0] not in ("lost packets", "packet", "inactivity")]
SOURCES = [Setting(SCRIPT), Setting(NO_LOSS, packets=False), Setting(NO_LOSS, packets=False, clock=False),
           Setting([step for step in SCRIPT if step[0] != "inactivity"], clock=False), Setting([]),
           Setting(SCRIPT, frequency=1000, offset_seconds=-5)] + [Links(clock, packets) for clock in (True, False)
                                                                   for packets in (True, False)]


class Plans(Unchanged):
    """Plans given as keyword arguments: stream, event (for event classes called `only`), slots."""

    def __init__(self, stream=StreamPlan(), event=None, only=None, slots=None):
        self._stream, self._event, self._only, self.slots = stream, event, only, slots
        self.lost = []

    def stream_class(self, stream, packet_context, common_context):
        return self._stream

    def event_class(self, event_class, stream):
        wanted = self._event is not None and self._only in (None, event_class.name)
        return self._event if wanted else EventPlan()

    def discarded_events(self, stream, begin_ns, end_ns, count):
        self.lost.append((stream.id, begin_ns, end_ns, count))

    discarded_packets = discarded_events


def rewritten(monkeypatch, core, source, plans):
    """Return the messages behind a rewrite, checked, as plain values, without those of the source's own waiting."""
    graphs.use(monkeypatch, core)
    messages, checker, _graph = graphs.messages(source, (graphs.RewritingFilter, plans))
    return [plain.message(message) for message in messages]


def unchanged(source):
    messages, checker, _graph = graphs.messages(source)
    return [plain.message(message) for message in messages]


def events(messages, name=None):
    return [message[1] for message in messages
            if message[0] == "_EventMessageConst" and name in (None, message[1]["class"][0].name)]


def differences(one, other):
    return [(a, b) for a, b in zip(one, other) if a != b] or len(one) - len(other)


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_an_identity_rewrite_changes_nothing(monkeypatch, core, source):
    assert not differences(rewritten(monkeypatch, core, source, Unchanged()), unchanged(source))


def test_the_native_core_keeps_the_very_clock_class(monkeypatch, native_core):
    graphs.use(monkeypatch, native_core)
    # A message iterator inactivity message is passed on as it is, with the source's clock class.
    messages, _, graph = graphs.messages(SOURCES[0], (graphs.RewritingFilter, Unchanged()))
    (inactive,) = [message for message in messages if isinstance(message, bt2._MessageIteratorInactivityMessageConst)]
    assert messages[0].stream.cls.default_clock_class.addr == inactive.clock_snapshot.clock_class.addr


def test_dropped_members_are_gone_and_links_hold(monkeypatch, core):
    source = Links()
    # len and list (positions 0, 1), has and maybe (2, 3); tail is 11.
    change = Change(drop=frozenset({(0,), (1,), (2,), (3,), (11,)}))
    before = events(unchanged(source))
    after = events(rewritten(monkeypatch, core, source, Plans(event=EventPlan(payload=change))))
    gone = ("len", "list", "has", "maybe", "tail")
    assert [event["payload_field"] for event in after] == [
        {name: value for name, value in event["payload_field"].items() if name not in gone} for event in before]
    root = after[0]["class"][0].scopes[Scope.PAYLOAD]
    links = {name: field_class.link for name, field_class in root.members if field_class.link}
    assert links == {"what": (Scope.PAYLOAD, (0,)), "signed": (Scope.PAYLOAD, (2,)), "opt": (Scope.PAYLOAD, (4,)),
                     "afar": (Scope.COMMON_CONTEXT, (0,))}


def test_a_member_inside_an_array_of_structures_can_be_dropped(monkeypatch, core):
    change = Change(drop=frozenset({(10, 0, 0), (10, 0, 1)}))
    (first, _) = events(rewritten(monkeypatch, core, Links(), Plans(event=EventPlan(payload=change))))
    assert first["payload_field"]["headers"] == [{}, {}]


def refused(*arguments):
    """Return what a rewrite which fails says, as one line."""
    with pytest.raises(bt2._Error) as failure:
        rewritten(*arguments)
    return " ".join(str(failure.value).split())


def test_a_length_cannot_go_without_its_array(monkeypatch, core):
    assert "a field is kept but not its length or selector field: scope=payload, position=[0]" in refused(
        monkeypatch, core, Links(), Plans(event=EventPlan(payload=Change(drop=frozenset({(0,)})))))


def test_a_scope_which_loses_all_members_goes(monkeypatch, core):
    plans = Plans(StreamPlan(Change(frozenset({(0,)})), Change(frozenset({(0,), (1,)}))),
                  EventPlan(payload=Change(frozenset({(0,)}))), only="plain")
    script = [step for step in SCRIPT if step[0] != "event"]
    for event in events(rewritten(monkeypatch, core, Setting(script), plans)):
        assert event["common_context_field"] is event["payload_field"] is None and event["packet"][1] is None


SPEC = {name: index for index, name in enumerate(ALL)}


def replaced(monkeypatch, core, replacement, *names):
    change = Change(replace={(SPEC[name],): replacement for name in names})
    (event, *_) = events(rewritten(monkeypatch, core, SOURCES[0], Plans(event=EventPlan(payload=change), only="all")), "all")
    return [event["payload_field"][name] for name in names]


def test_constants(monkeypatch, core):
    names = ("bool", "bits", "u8", "i64", "uenum", "single", "double", "text", "empty", "few", "numbers", "inner", "texts",
             "nested", "choice")
    assert replaced(monkeypatch, core, Replacement(number=3, text="x"), *names) == [
        True, 3, 3, 3, 3, 3.0, 3.0, "x", "x", [3, 3, 3], [3, 3, 3], {"a": 3, "b": "x"}, ["x"] * 3, [[3], [3, 3]], 3]


def test_pseudonyms(monkeypatch, core):
    key = pseudonyms.key_of("a key")
    names = ("flag", "bits", "u8", "u64", "i8", "i64", "senum", "single", "double", "text", "empty")
    values = replaced(monkeypatch, core, Replacement(key), *names)
    assert values[:7] == [False, *[pseudonyms.of_integer(key, value, bits) for value, bits in (
        (0x8001, 16), (200, 8), (2**64 - 1, 64), (-3, 7), (-2**63, 63), (-2, 31))]]
    assert values[7] == struct.unpack("f", struct.pack("f", pseudonyms.of_real(key, 1.5)))[0]
    assert values[8:] == [pseudonyms.of_real(key, -2.25), pseudonyms.of_text(key, "h\u00e9llo".encode()),
                          pseudonyms.of_text(key, b"")]


def test_arrays_are_hashed_as_a_whole(monkeypatch, core):
    key = pseudonyms.key_of("a key")
    def expected(values, bits):
        seed = pseudonyms.siphash(key, b"".join(struct.pack("<q", value) for value in values))
        return [pseudonyms.siphash(key, struct.pack("<QQ", seed, index)) % 2**bits for index in range(len(values))]

    assert replaced(monkeypatch, core, Replacement(key), "numbers", "few", "none", "bytes", "nested") == [
        expected([1, 2, 300], 32), expected([7, 8, 9], 15), [], expected([104, 105, 0, 120], 8),
        [expected([1], 63), expected([2, 3], 63)]]


def test_one_event_class_replaces_in_the_common_context(monkeypatch, core):
    plans = Plans(event=EventPlan(common_context={(1,): Replacement(text="hidden")}), only="plain")
    messages = rewritten(monkeypatch, core, SOURCES[0], plans)
    assert {event["common_context_field"]["comm"] for event in events(messages, "plain")} == {"hidden"}
    assert {event["common_context_field"]["comm"] for event in events(messages, "all")} == {"comm1"}


ADDITIONS = (Addition("tid", Kind.SIGNED, 0, -1, bits=32), Addition("name", Kind.STRING, 1, "?"),
             Addition("load", Kind.DOUBLE, 2, 0.5), Addition("mask", Kind.UNSIGNED, 3, 7, base=16),
             Addition("idle", Kind.BOOL, 4, True), Addition("maybe", Kind.STRING, 1, optional=True))


class Counting(Plans):
    """Appends fields to the common context: values which its own engine makes of `plain` events, per CPU."""

    def __init__(self, after=True):
        super().__init__(StreamPlan(common_context=Change(append=ADDITIONS)), slots=Slots(5))
        self._after, self.seen = after, []

    def event_class(self, event_class, stream):
        if event_class.name != "plain":
            return EventPlan()
        feed = Extraction(self._feed, (event_class.path(Scope.PAYLOAD, "n"),))
        return EventPlan(after=feed) if self._after else EventPlan(before=feed)

    def _feed(self, time_ns, cpu, number):
        self.seen.append((time_ns, cpu, number))
        for column, value in enumerate((number, f"n{number}", number / 2, number + 10, number % 2 == 0)):
            self.slots.set(cpu, column, value)


def added(messages):
    names = [addition.name for addition in ADDITIONS]
    return [[event["common_context_field"][name] for name in names] for event in events(messages)]


UNKNOWN = [-1, "?", 0.5, 7, True, None]


def values(number):
    return [number, f"n{number}", number / 2, number + 10, number % 2 == 0, f"n{number}"]


def test_appended_fields_show_the_state_before_or_after_their_event(monkeypatch, core):
    # CPUs: 0 for n = 1, all, 2; 1 for 3, 4, all; 0 for 5; 3 for all, 6.
    after, before = Counting(), Counting(after=False)
    assert added(rewritten(monkeypatch, core, SOURCES[0], after)) == [
        UNKNOWN, values(1), values(1), UNKNOWN, values(3), values(4), values(2), UNKNOWN, UNKNOWN]
    assert added(rewritten(monkeypatch, core, SOURCES[0], before)) == [
        values(1), values(1), values(2), values(3), values(4), values(4), values(5), UNKNOWN, values(6)]
    assert after.seen == before.seen == [
        (10, 0, 1), (12, 0, 2), (14, 1, 3), (16, 1, 4), (17, 0, 5), (20, 3, 6)]


def test_losses_reach_the_engine(monkeypatch, core):
    plans = Plans()
    rewritten(monkeypatch, core, SOURCES[0], plans)
    assert plans.lost == [(1, 12, 13, 5), (1, 18, 19, None)]


def test_a_new_member_cannot_have_an_existing_name(monkeypatch, core):
    plans = Plans(StreamPlan(common_context=Change(append=(Addition("comm", Kind.STRING, 0),))), slots=Slots(1))
    assert 'one of this name exists: scope=common_context, name="comm"' in refused(
        monkeypatch, core, SOURCES[0], plans)


def test_fields_can_be_appended_where_a_scope_has_none(monkeypatch, core):
    slots = Slots(1)
    slots.set(-1, 0, 8)
    plans = Plans(event=EventPlan(specific_context=Change(append=(Addition("x", Kind.SIGNED, 0, 0),))), only="plain",
                  slots=slots)
    found = events(rewritten(monkeypatch, core, Setting(NO_LOSS, packets=False), plans), "plain")
    assert {event["specific_context_field"]["x"] for event in found} == {8}


def test_another_clock_class(monkeypatch, core):
    described = ClockClass("other", None, None, 500, 3, 4, 2, None, "made", True)
    clock = ClockChange(described, core.ClockMap([Segment(0, 100, 3, 2)]))
    messages = rewritten(monkeypatch, core, SOURCES[0], Plans(StreamPlan(clock=clock)))
    stream_class = next(message[1]["stream"]["class"] for message in messages if message[0] == "_EventMessageConst")
    assert stream_class["clock"] == ("other", 500, "made", 2, True, None, 3, 4, {})
    assert [message[2] for message in messages if message[0] == "_EventMessageConst"] == [
        time * 3 // 2 + 100 for time in (10, 11, 12, 14, 16, 17, 17, 19, 20)]
    assert [message[3] for message in messages if message[0].startswith("_Discarded")] == [(118, 119), (127, 128)]
    assert [message[1:] for message in messages if "Inactivity" in message[0]] == [(stream_class["clock"], 122)]


def test_a_clock_which_would_go_back_stands_still(monkeypatch, core):
    """From 15 on the map says 10 less."""
    clock = ClockChange(ClockClass("other"), core.ClockMap([Segment(0, 0), Segment(15, 5)]))
    messages = rewritten(monkeypatch, core, SOURCES[0], Plans(StreamPlan(clock=clock)))
    assert [message[2] for message in messages if message[0] == "_EventMessageConst"] == [
        10, 11, 12, 14, 14, 14, 14, 14, 14]


def test_an_upstream_error_passes(monkeypatch, core):
    assert "fails on purpose" in refused(monkeypatch, core, Setting(SCRIPT[:3] + [("fail",)]), Unchanged())


def test_slots():
    slots = Slots(2)
    slots.set(3, 1, "text")
    slots.set(-1, 0, 5)
    assert slots.get(3, 1) == b"text" and slots.get(3, 0) is None and slots.get(-1, 0) == 5 and slots.get(9, 0) is None
    slots.clear(3)
    assert slots.get(3, 1) is None and slots.get(-1, 0) == 5
    slots.clear()
    assert slots.get(-1, 0) is None
