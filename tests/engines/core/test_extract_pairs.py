"""extract tells a begin and the end right behind it at once, or one by one: to the same effect, in the same order."""

import bt2
import pytest

import graphs
from cores import NATIVE
from lttngx.core.classes import Scope
from lttngx.core.extraction import Extraction
from sources import Scripted, Setting


class Pairs:
    """A consumer of begins (`plain`, with n) and ends (`all`, with i64), which records what it is told, how often at once."""

    per_stream = False

    def __init__(self, act=lambda told: None, pair="pair"):
        self.told, self.at_once, self._act, self._pair = [], 0, act, pair

    def bind(self, event_class, stream):
        self._tell("bind", event_class.name)
        if event_class.name == "plain":
            return Extraction(self.begin, (event_class.path(Scope.PAYLOAD, "n"),), self._pair)
        return Extraction(self.end, tuple(event_class.path(Scope.PAYLOAD, name) for name in ("i64", "text")), self._pair, self.both)

    def _tell(self, *what):
        self.told.append(what)
        self._act(what)

    def begin(self, time_ns, cpu, n):
        self._tell("begin", time_ns, cpu, n)

    def end(self, time_ns, cpu, number, text):
        self._tell("end", time_ns, cpu, number, text)

    def both(self, begin_ns, end_ns, cpu, n, number, text):
        self.at_once += 1
        self.begin(begin_ns, cpu, n)
        self.end(end_ns, cpu, number, text)

    def packet_begins(self, stream, cpu, time_ns):
        self._tell("packet", cpu)

    def discarded_events(self, stream, begin_ns, end_ns, count):
        self._tell("lost", begin_ns)

    def discarded_packets(self, stream, begin_ns, end_ns, count):
        self._tell("lost packets", begin_ns)


def extract(core, consumer, script):
    def make(upstream, mip):
        made.append(core.Extractor(upstream, consumer, mip=mip))
        return made[0].consume
    made, graph = [], bt2.Graph()
    source = graph.add_component(Scripted, "source", obj=Setting(script=script))
    # The script's messages come one by one, the muxer's many at a time.
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    sink = graph.add_component(graphs.ExtractingSink, "sink", obj=make)
    graph.connect_ports(source.output_ports["out"], muxer.input_ports["in0"])
    graph.connect_ports(muxer.output_ports["out"], sink.input_ports["in"])
    graphs.run(graph)
    return made[0]


# Both classes are bound before what counts begins.
BOUND = [("stream", 1), ("packet", 3), ("event", 1, {"i64": 0}), ("plain", 2, 0), ("again",)]


def end(time_ns, number):
    return "event", time_ns, {"i64": number}


@pytest.mark.parametrize(("script", "expected", "at_once"), [
    ([("plain", 10, 7), end(12, 8)], [("begin", 10, 3, 7), ("end", 12, 3, 8)], 1),
    ([("plain", 10, 7), end(12, 8), ("plain", 13, 9), end(14, 10), end(15, 11)],
     [("begin", 10, 3, 7), ("end", 12, 3, 8), ("begin", 13, 3, 9), ("end", 14, 3, 10), ("end", 15, 3, 11)], 2),
    ([("plain", 10, 7), ("plain", 11, 6), end(12, 8)], [("begin", 10, 3, 7), ("begin", 11, 3, 6), ("end", 12, 3, 8)], 1),
    # A loss or a packet in between, the end of a batch.
    ([("plain", 10, 7), ("lost events", 10, 11, 1), end(12, 8)], [("begin", 10, 3, 7), ("lost", 10), ("end", 12, 3, 8)], 0),
    ([("plain", 10, 7), ("packet", 3), end(12, 8)], [("begin", 10, 3, 7), ("packet", 3), ("end", 12, 3, 8)], 0),
    ([("plain", 10, 7), ("again",), end(12, 8)], [("begin", 10, 3, 7), ("end", 12, 3, 8)], 0),
    # Another CPU's.
    ([("stream", 2), ("packet", 4), ("again",), ("plain", 10, 7), ("stream", 1), end(12, 8)],
     [("packet", 4), ("begin", 10, 4, 7), ("end", 12, 3, 8)], 0),
    ([("plain", 10, 7)], [("begin", 10, 3, 7)], 0),
])
def test_only_what_comes_one_right_behind_the_other_is_told_at_once(core, script, expected, at_once):
    consumer = Pairs()
    extractor = extract(core, consumer, BOUND + script)
    told = [what[:4] for what in consumer.told if what[0] != "bind"]
    assert told[:3] == [("packet", 3), ("end", 1, 3, 0), ("begin", 2, 3, 0)]
    assert told[3:] == expected
    assert consumer.at_once == (at_once if core.name == "native" else 0)
    assert extractor.extracted == sum(what[0] in ("begin", "end") for what in told)


def test_a_begin_is_told_before_another_class_is_bound(core):
    consumer = Pairs()
    extract(core, consumer, [("stream", 1), ("packet", 3), ("plain", 10, 7), end(12, 8)])
    assert [what[0] for what in consumer.told] == ["packet", "bind", "begin", "bind", "end"]


@pytest.mark.parametrize("kind", ["begin", "end"])
def test_a_consumer_stops_at_either_of_both(core, kind):
    def act(what):
        if what[0] == kind and what[1] >= 10:
            raise StopIteration
    consumer = Pairs(act)
    extract(core, consumer, BOUND + [("plain", 10, 7), ("plain", 11, 6), end(12, 8), ("plain", 13, 5)])
    times = [what[1] for what in consumer.told if what[0] in ("begin", "end")]
    assert times == {"begin": [1, 2, 10], "end": [1, 2, 10, 11, 12]}[kind]


@pytest.mark.skipif(isinstance(NATIVE, str), reason=str(NATIVE))
def test_other_pairs_are_not_told_at_once():
    class Other(Pairs):
        def bind(self, event_class, stream):
            found = super().bind(event_class, stream)
            return found if event_class.name == "plain" else Extraction(found.call, found.paths, "other", found.both)
    consumer = Other()
    extract(NATIVE, consumer, BOUND + [("plain", 10, 7), end(12, 8)])
    assert consumer.at_once == 0


@pytest.mark.parametrize("kind", ["begin", "end"])
def test_an_error_of_either_of_both_ends_the_graph(core, kind):
    def act(what):
        if what[0] == kind and what[1] >= 10:
            raise ValueError(f"no {kind}")
    with pytest.raises(Exception, match=f"no {kind}"):
        extract(core, Pairs(act), BOUND + [("plain", 10, 7), end(12, 8), ("plain", 13, 5)])
