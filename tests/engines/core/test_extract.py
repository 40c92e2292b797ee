"""extract on both cores: values, times, CPUs, losses, stopping."""

import math

import bt2
import pytest

import graphs
from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Step, Stream
from lttngx.core.extraction import Extraction
from sources import ALL, Setting

SCRIPT = [
    ("stream", 1), ("packet", 3), ("plain", 10, 1), ("again",), ("event", 11, {}), ("stream", 2), ("packet", 70),
    ("plain", 12, 2), ("stream", 1), ("plain", 13, 3), ("lost events", 13, 15, 5), ("lost packets", 16, 17, None),
    ("packet", 4), ("plain", 20, 4), ("inactivity", 30),
]


class Recorder:
    """A consumer which records calls with wanted payload members of one event class."""

    def __init__(self, name="plain", members=("n",), per_stream=False, act=lambda number: None):
        self._name, self._members, self.per_stream, self._act = name, members, per_stream, act
        self.bound, self.calls, self.lost = [], [], []

    def bind(self, event_class: EventClass, stream: Stream):
        self.bound.append((event_class.name, stream.name))
        if event_class.name != self._name:
            return None
        return Extraction(self.call, tuple(self.path(event_class, member) for member in self._members))

    def path(self, event_class, member):
        return event_class.path(Scope.PAYLOAD, member) if isinstance(member, str) else member

    def call(self, time_ns, cpu, *values):
        self.calls.append((time_ns, cpu, *values))
        self._act(len(self.calls))

    def discarded_events(self, stream, begin_ns, end_ns, count):
        self.lost.append(("events", stream.id, begin_ns, end_ns, count))

    def discarded_packets(self, stream, begin_ns, end_ns, count):
        self.lost.append(("packets", stream.id, begin_ns, end_ns, count))


def extract(core, consumer, window=(None, None), **setting):
    made = []

    def make(upstream, mip):
        made.append(core.Extractor(upstream, consumer, mip=mip, begin_ns=window[0], end_ns=window[1]))
        return made[0].consume
    setting.setdefault("script", SCRIPT)
    graphs.run(graphs.chain(Setting(**setting), (graphs.ExtractingSink, make)))
    return made[0]


def test_wanted_events_with_time_and_cpu(core):
    recorder = Recorder()
    extractor = extract(core, recorder)
    assert recorder.calls == [(10, 3, 1), (12, 70, 2), (13, 3, 3), (20, 4, 4)]
    assert recorder.bound == [("plain", "s1"), ("all", "s1")]
    assert recorder.lost == [("events", 1, 13, 15, 5), ("packets", 1, 16, 17, None)]
    assert (extractor.events, extractor.extracted, extractor.classes) == (5, 4, 2)
    assert (extractor.discarded_events, extractor.discarded_packets) == (1, 1)
    assert (extractor.first_ns, extractor.last_ns, extractor.now_ns) == (10, 20, 30)


def test_per_stream(core):
    recorder = Recorder(per_stream=True)
    extractor = extract(core, recorder)
    assert recorder.bound == [("plain", "s1"), ("all", "s1"), ("plain", "s2")]
    assert extractor.classes == 3


def test_values_of_all_kinds(core):
    recorder = Recorder("all", tuple(ALL))
    extract(core, recorder)
    expected = {**ALL, "choice": 42}
    assert recorder.calls == [(11, 3, *expected.values())]
    for got, wanted in zip(recorder.calls[0][2:], expected.values()):
        assert type(got) is type(wanted)


def test_other_values(core):
    recorder = Recorder("all", tuple(ALL))
    changed = {"maybe": 4, "choice": ("word", "w"), "double": math.inf, "texts": [], "bytes": [0, 0, 0, 255],
               "text": "x" * 100, "empty": "no", "senum": 2**31 - 1, "bool": False}
    extract(core, recorder, script=[("stream", 1), ("packet", 0), ("event", 1, {}), ("event", 2, changed), ("event", 3, {})])
    expected = {**ALL, "choice": 42}
    assert recorder.calls[1][2:] == tuple({**expected, **changed, "choice": "w"}.values())
    # Nothing of the second event is left in the third (its empty string's field held a text before).
    assert recorder.calls[2][2:] == recorder.calls[0][2:] == tuple(expected.values())


U8 = FieldClass(Kind.UNSIGNED, 8)


@pytest.mark.parametrize(("member", "steps", "expected"), [
    ("numbers", [(Kind.DYNAMIC_ARRAY, 2)], 300),
    ("numbers", [(Kind.DYNAMIC_ARRAY, -3)], 1),
    ("numbers", [(Kind.DYNAMIC_ARRAY, 3)], None),
    ("numbers", [(Kind.DYNAMIC_ARRAY, -4)], None),
    ("none", [(Kind.DYNAMIC_ARRAY, 0)], None),
    ("few", [(Kind.STATIC_ARRAY, -1)], 9),
    ("nested", [(Kind.DYNAMIC_ARRAY, 1), (Kind.DYNAMIC_ARRAY, 1)], 3),
    ("inner", [(Kind.STRUCTURE, 1)], "deep"),
    ("maybe", [(Kind.OPTION, 0)], None),
    ("choice", [(Kind.VARIANT, 0)], 42),
    ("choice", [(Kind.VARIANT, 1)], None),
])
def test_paths_inside_a_member(core, member, steps, expected):
    class Inside(Recorder):
        def path(self, event_class, member):
            outer = event_class.path(Scope.PAYLOAD, member)
            field_class = outer.field_class
            for kind, index in steps:
                assert field_class.kind is kind
                field_class = field_class.element or field_class.members[index][1]
            return FieldPath(Scope.PAYLOAD, outer.steps + tuple(Step(*step) for step in steps), field_class)
    recorder = Inside("all", (member,))
    extract(core, recorder)
    assert recorder.calls == [(11, 3, expected)]


def test_no_path_gives_none_and_no_values_are_fine(core):
    recorder, bare = Recorder(members=(None, "n")), Recorder(members=())
    extract(core, recorder)
    extract(core, bare)
    assert recorder.calls[0] == (10, 3, None, 1)
    assert bare.calls[0] == (10, 3)


def test_contexts(core):
    class Contexts(Recorder):
        def path(self, event_class, member):
            return event_class.path(*member)
    recorder = Contexts("all", ((Scope.COMMON_CONTEXT, "comm"), (Scope.SPECIFIC_CONTEXT, "prio"),
                                (Scope.PACKET_CONTEXT, "cpu_id"), (Scope.COMMON_CONTEXT,)))
    extract(core, recorder)
    assert recorder.calls == [(11, 3, "comm1", -20, 3, {"pid": 1, "comm": "comm1"})]


def test_without_packets_and_clock(core):
    recorder = Recorder()
    extractor = extract(core, recorder, packets=False, clock=False, script=[
        ("stream", 1), ("plain", 0, 1), ("lost events", 0, 0, None), ("plain", 0, 2)])
    assert recorder.calls == [(None, -1, 1), (None, -1, 2)]
    assert recorder.lost == [("events", 1, None, None, None)]
    assert (extractor.first_ns, extractor.last_ns, extractor.now_ns) == (None, None, None)


def test_time_that_overflows_is_none(core):
    recorder = Recorder()
    extractor = extract(core, recorder, offset_seconds=2**62, frequency=1, script=[
        ("stream", 1), ("packet", 0), ("plain", 5, 1)])
    assert recorder.calls == [(None, 0, 1)]
    assert extractor.first_ns is None


def test_many_packets_keep_their_cpus(core):
    recorder = Recorder()
    script = [("stream", 1)] + [step for number in range(600) for step in (
        ("packet", number), ("plain", number, number), ("plain", number, -number))]
    extract(core, recorder, script=script)
    assert [call[1] for call in recorder.calls] == [number for number in range(600) for _ in range(2)]


def test_a_consumer_stops(core):
    made = []

    def make(upstream, mip):
        recorder.extractor = core.Extractor(upstream, recorder, mip=mip)
        made.append(recorder.extractor)
        return recorder.extractor.consume
    recorder = Recorder(act=lambda number: recorder.extractor.stop() if number == 2 else None)
    graphs.run(graphs.chain(Setting(script=SCRIPT), (graphs.ExtractingSink, make)))
    assert len(recorder.calls) == 2
    with pytest.raises(bt2.Stop):
        made[0].consume()


def test_stop_iteration_stops(core):
    def act(number):
        if number == 3:
            raise StopIteration
    recorder = Recorder(act=act)
    extract(core, recorder)
    assert len(recorder.calls) == 3


def test_another_exception_is_passed_on(core):
    def act(number):
        raise ValueError("the consumer fails on purpose")
    with pytest.raises(bt2._Error) as caught:
        extract(core, Recorder(act=act))
    assert any("the consumer fails on purpose" in cause.message for cause in caught.value)


def test_upstream_error_keeps_its_causes(core):
    recorder = Recorder()
    with pytest.raises(bt2._Error) as caught:
        extract(core, recorder, script=SCRIPT[:3] + [("fail",)])
    assert any("the source fails on purpose" in cause.message for cause in caught.value)


# Windows

class PacketRecorder(Recorder):
    """Records packets, and when it was told of the first event, too."""

    def __init__(self):
        super().__init__()
        self.packets, self.covered = [], []

    def packet_begins(self, stream, cpu, time_ns):
        self.packets.append(("begins", cpu, time_ns))

    def packet_ends(self, stream, cpu, time_ns):
        self.packets.append(("ends", cpu, time_ns))

    def cover(self, first_ns, last_ns):
        self.covered.append((first_ns, len(self.calls)))


@pytest.mark.parametrize("window, calls, lost, first, last", [
    ((None, None), [(10, 3, 1), (12, 70, 2), (13, 3, 3), (20, 4, 4)], [("events", 13, 15, 5), ("packets", 16, 17, None)], 10, 20),
    ((None, 13), [(10, 3, 1), (12, 70, 2)], [], 10, 12),
    # A loss is counted where it begins; the next window is told that it reaches in.
    ((13, 14), [(13, 3, 3)], [("events", 13, 15, 5)], 13, 13),
    ((14, 15), [], [("events", 13, 15, 0)], None, None),
    ((15, 17), [], [("packets", 16, 17, None)], None, None),
    ((17, None), [(20, 4, 4)], [], 20, 20),
    # What is wanted may begin after the first event.
    ((11, 13), [(12, 70, 2)], [], 11, 12),
], ids=str)
def test_a_window_is_half_open(core, window, calls, lost, first, last):
    recorder = PacketRecorder()
    extractor = extract(core, recorder, window)
    assert recorder.calls == calls
    assert [(kind, begin, end, count) for kind, _, begin, end, count in recorder.lost] == lost
    assert (extractor.first_ns, extractor.last_ns, extractor.extracted) == (first, last, len(calls))
    assert (extractor.discarded_events, extractor.discarded_packets) == tuple(
        sum(kind == name and count != 0 for kind, *_, count in lost) for name in ("events", "packets"))
    assert recorder.covered == ([(first, 0)] if calls else [])


def test_packets_without_times_are_in_every_window(core):
    recorder = PacketRecorder()
    extract(core, recorder, (12, 14))
    assert {kind for kind, *_ in recorder.packets} == {"begins", "ends"}
    assert {time_ns for *_, time_ns in recorder.packets} == {None}


@pytest.mark.parametrize("window, events", [((None, 5), 2), ((5, None), 0)])
def test_events_without_clock_are_in_the_first_window(core, window, events):
    recorder = Recorder()
    extractor = extract(core, recorder, window, clock=False, script=[("stream", 1), ("packet", 0), ("plain", 0, 1), ("plain", 0, 2)])
    assert extractor.events == len(recorder.calls) == events
