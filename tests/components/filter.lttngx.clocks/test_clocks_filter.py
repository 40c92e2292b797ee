"""filter.lttngx.clocks on scripted sources: times and order on paper, message sequence, live inputs, seeking, errors."""

from dataclasses import replace

import bt2
import pytest

import graphs
from checks import CheckSink
from graphs import merged
from lttngx.filters.clocks import ClocksFilter
from sources import Rewound, Setting

ALPHA, BETA, GAMMA = (f"00000000-0000-0000-0000-00000000000{digit}" for digit in "123")
LINE = [("stream", 0), ("packet", 0)]


@pytest.fixture
def use(monkeypatch, core):
    graphs.use(monkeypatch, core)
    monkeypatch.setattr("lttngx.filters.clocks.iterator.core", lambda: core)
    return core


def host(name, uuid, *times, script=None, **setting):
    """A host whose events `plain` have their time as payload."""
    return Setting(script or [*LINE, *(("plain", time, time) for time in times)], hostname=name, uuid=uuid, **setting)


def events(seen):
    """(host name, payload, ns from origin) of each event."""
    return [(str(message.event.stream.trace.environment["hostname"]), int(message.event["n"]),
             message.default_clock_snapshot.ns_from_origin)
            for message in seen if type(message) is bt2._EventMessageConst]


def identity(clock):
    """The UUID; in a graph of message interchange protocol 1, which the host's Babeltrace may have, the unique ID."""
    return clock.uid if getattr(clock, "graph_mip_version", 0) else str(clock.uuid)


def offsets(**by_name):
    return {"method": "offsets", "offsets": by_name}


def test_offsets_put_events_in_true_order(use):
    alpha, beta = host("alpha", ALPHA, 100, 200, 300), host("beta", BETA, 7_000_000_000_150, 7_000_000_000_250)
    seen, checker, _ = merged([alpha, beta], ClocksFilter, offsets(beta="-7000s"))
    assert events(seen) == [("alpha", 100, 100), ("beta", 7_000_000_000_150, 150), ("alpha", 200, 200),
                            ("beta", 7_000_000_000_250, 250), ("alpha", 300, 300)]
    assert checker.counts["StreamBeginning"] == checker.counts["StreamEnd"] == 2


def test_rates_and_patterns(use):
    """At its time 1000 s beta is right; from then on it is 10 ppm too slow: at 1100 s it lacks 1 ms."""
    beta = host("beta-7", BETA, 1_000 * 10**9, 1_100 * 10**9)
    given = [{"clock": "beta*", "rate-ppm": 10, "at": "1000", "offset": "0s"}]
    seen, *_ = merged([host("alpha", ALPHA, 5), beta], ClocksFilter, {"method": "offsets", "offsets": given})
    assert events(seen)[1:] == [("beta-7", 10**12, 10**12), ("beta-7", 1_100 * 10**9, 1_100 * 10**9 + 10**6)]


def test_all_clocks_become_the_reference(use):
    """Another frequency, another offset: one clock class in ns, with the reference's name, UUID and origin."""
    alpha, beta = host("alpha", ALPHA, 100, offset_seconds=5), host("beta", BETA, 5, frequency=1000, offset_seconds=5)
    seen, *_ = merged([alpha, beta], ClocksFilter, offsets(beta="0s") | {"reference": "alpha"})
    assert events(seen) == [("alpha", 100, 5_000_000_100), ("beta", 5, 5_005_000_000)]
    classes = {message.event.stream.cls.default_clock_class.addr: message.event.stream.cls.default_clock_class
               for message in seen if type(message) is bt2._EventMessageConst}
    assert [(clock.name, identity(clock), clock.frequency, clock.offset.seconds, clock.origin_is_unix_epoch)
            for clock in classes.values()] == [("monotonic", ALPHA, 10**9, 0, True)]


@pytest.mark.parametrize("params, reference", [
    ({"reference": "beta"}, BETA), ({"reference": ALPHA}, ALPHA), ({"priority": ["x*", "bet*"]}, BETA), ({}, ALPHA)])
def test_choice_of_reference(use, params, reference):
    """Without a wish, the finer clock: beta's lasts 1 ms."""
    pair = [host("beta", BETA, 5, frequency=1000), host("alpha", ALPHA, 5)]
    seen, *_ = merged(pair, ClocksFilter, offsets(beta="1s", alpha="1s") | params)
    assert {identity(message.event.stream.cls.default_clock_class) for message in seen
            if type(message) is bt2._EventMessageConst} == {reference}


def test_one_muxed_input_is_split_by_host(use):
    """Behind the muxer, which orders by uncorrected time: alpha wholly before beta."""
    graph, seen = bt2.Graph(), []
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    pair = [host("alpha", ALPHA, 100, 200, 300), host("beta", BETA, 10_150, 10_250)]
    for number, setting in enumerate(pair):
        source = graph.add_component(Rewound, f"source-{number}", obj=setting)
        graph.connect_ports(source.output_ports["out"], muxer.input_ports[f"in{number}"])
    clocks = graph.add_component(ClocksFilter, "clocks", offsets(beta="-10us"))
    graph.connect_ports(muxer.output_ports["out"], clocks.input_ports["in0"])
    graph.connect_ports(clocks.output_ports["out"], graph.add_component(CheckSink, "sink", obj=seen).input_ports["in"])
    graphs.run(graph)
    assert [time for _, _, time in events(seen[:-1])] == [100, 150, 200, 250, 300]
    assert seen[-1].counts["StreamBeginning"] == seen[-1].counts["StreamEnd"] == 2


# What stock muxers must see, too: packets which overlap, losses, inactivity.
OVERLAPPING = [*LINE, ("plain", 10, 1), ("lost events", 20, 40, 3), ("packet", 1), ("plain", 30, 2), ("plain", 50, 3),
               ("lost packets", 60, 70, None), ("packet", 2), ("inactivity", 80), ("plain", 90, 4)]


def test_losses_packets_and_inactivity_pass(use):
    alpha = host("alpha", ALPHA, script=OVERLAPPING)
    seen, checker, _ = merged([alpha, host("beta", BETA, 1025, 1085)], ClocksFilter, offsets(beta="-1us"))
    assert checker.counts == {"StreamBeginning": 2, "PacketBeginning": 4, "Event": 6, "DiscardedEvents": 1, "PacketEnd": 4,
                              "DiscardedPackets": 1, "MessageIteratorInactivity": 1, "StreamEnd": 2}
    lost = [message for message in seen if "Discarded" in type(message).__name__]
    assert [(message.beginning_default_clock_snapshot.value, message.end_default_clock_snapshot.value, message.count)
            for message in lost] == [(20, 40, 3), (60, 70, None)]
    assert [time for _, _, time in events(seen)] == [10, 25, 30, 50, 85, 90]


def test_time_which_goes_back_stands_still_and_is_counted(use, capfd):
    alpha = host("alpha", ALPHA, script=[*LINE, ("plain", 50, 1), ("plain", 40, 2), ("plain", 45, 3), ("plain", 60, 4)])
    seen, *_ = merged([alpha, host("beta", BETA, 1_052)], ClocksFilter, offsets(beta="-1us"))
    assert events(seen) == [("alpha", 1, 50), ("alpha", 2, 50), ("alpha", 3, 50), ("beta", 1052, 52), ("alpha", 4, 60)]
    assert "raised to the greatest so far: messages=2" in _errors(capfd)


def _errors(capfd):
    return capfd.readouterr().err


@pytest.mark.parametrize("packets", [True, False])
def test_streams_without_clock_pass(use, packets):
    script = [("stream", 0), *([("packet", 0)] if packets else []), ("plain", 0, 1), ("plain", 0, 2)]
    seen, checker, _ = merged([Setting(script, packets=packets, clock=False)], ClocksFilter, {})
    assert checker.counts["Event"] == 2 and checker.counts["PacketBeginning"] == packets


def test_streams_without_packets(use):
    alpha = host("alpha", ALPHA, script=[("stream", 0), ("plain", 7, 7)], packets=False)
    seen, *_ = merged([alpha, host("beta", BETA, 10_005)], ClocksFilter, offsets(beta="-10us"))
    assert [time for _, _, time in events(seen)] == [5, 7]


# Live inputs: they cannot seek, and have nothing for the moment now and then.

def live(uuid, name, *times):
    script = list(LINE)
    for time in times:
        script += [("plain", time, time), ("again",)]
    return Setting(script, hostname=name, uuid=uuid)


@pytest.mark.parametrize("window", ["1us", "10s"])
def test_live_inputs_lose_nothing(use, window):
    """Whether the window ends within the trace or after it."""
    pair = [live(ALPHA, "alpha", *range(0, 20_000, 500)), live(BETA, "beta", *range(100_250, 120_250, 700))]
    seen, checker, _ = merged(pair, ClocksFilter, offsets(beta="-100us") | {"window": window}, seekable=False)
    found = [time for _, _, time in events(seen)]
    assert found == sorted([*range(0, 20_000, 500), *range(250, 20_250, 700)])


def test_live_inactivity_lets_others_go_on(use):
    """Beta is silent but for inactivity at 2 us of the reference's clock. An inactivity of a clock which no stream has shown yet says
    nothing."""
    beta = Setting([("inactivity", 1), *LINE, ("plain", 10_000, -1), ("inactivity", 12_000), ("again",), ("plain", 90_000, -2)],
                   hostname="beta", uuid=BETA)
    alpha = live(ALPHA, "alpha", *range(0, 5_000, 250))
    seen, *_ = merged([alpha, beta], ClocksFilter, offsets(beta="-10us") | {"window": "1us"}, seekable=False)
    order = ["inactive" if "Inactivity" in type(message).__name__ else int(message.event["n"])
             for message in seen if "Inactivity" in type(message).__name__ or type(message) is bt2._EventMessageConst]
    assert order == [0, -1, *range(250, 2_001, 250), "inactive", *range(2_250, 5_000, 250), -2]


def test_a_host_which_comes_late_in_a_live_input_is_corrected(use):
    """Beta's stream begins after the first estimate."""
    alpha = live(ALPHA, "alpha", *range(0, 10_000, 500))
    beta = Setting([("again",)] * 12 + [*LINE, ("plain", 55_000, 1)], hostname="beta", uuid=BETA)
    seen, *_ = merged([alpha, beta], ClocksFilter, offsets(beta="-50us") | {"window": "1us"}, seekable=False)
    assert ("beta", 1, 5_000) in events(seen)
    strange = replace(beta, unix_epoch=False)
    assert 'clock="beta"' in refused([alpha, strange], {"window": "1us"}, seekable=False)
    seen, *_ = merged([alpha, strange], ClocksFilter, offsets(beta="-50us") | {"window": "1us"}, seekable=False)
    assert ("beta", 1, 5_000) in events(seen)


def test_seeking_to_the_beginning_starts_anew(use):
    """A sink behind seeks in the middle and reads all again."""
    class Seeker(bt2._UserSinkComponent):
        def __init__(self, config, params, obj):
            self._add_input_port("in")
            self.found, self.rest = obj, 4

        def _user_graph_is_configured(self):
            self.upstream = self._create_message_iterator(self._input_ports["in"])

        def _user_consume(self):
            message = next(self.upstream)
            self.rest -= 1
            if self.rest == 0:
                assert self.upstream.can_seek_beginning()
                self.upstream.seek_beginning()
                self.found.clear()
            else:
                self.found.append(message)

    graph, found = bt2.Graph(), []
    clocks = graph.add_component(ClocksFilter, "clocks", offsets(beta="-10us"))
    for number, setting in enumerate([host("alpha", ALPHA, 100, 200), host("beta", BETA, 10_150)]):
        source = graph.add_component(Rewound, f"source-{number}", obj=setting)
        graph.connect_ports(source.output_ports["out"], clocks.input_ports[f"in{number}"])
    graph.connect_ports(clocks.output_ports["out"], graph.add_component(Seeker, "sink", obj=found).input_ports["in"])
    graphs.run(graph)
    assert events(found) == [("alpha", 100, 100), ("beta", 10_150, 150), ("alpha", 200, 200)]


# Errors.

def refused(sources, params, **options):
    with pytest.raises(bt2._Error) as caught:
        merged(sources, ClocksFilter, params, **options)
    return " ".join(str(caught.value).split())


@pytest.mark.parametrize("seekable", [True, False])
def test_clocks_which_have_nothing_in_common_are_refused(use, seekable):
    """Both are named, and the parameters that help."""
    pair = [host("alpha", ALPHA, 1, unix_epoch=False), host("beta", BETA, 1, unix_epoch=False)]
    text = refused(pair, {}, seekable=seekable)
    assert 'clock="beta" (clock class "monotonic", UUID 00000000-0000-0000-0000-000000000002, origin unknown)' in text
    assert 'reference="alpha"' in text and 'offsets=[{clock="beta",offset="1.5s"}]' in text and "parameter pairs" in text


def test_an_offset_makes_them_comparable(use):
    pair = [host("alpha", ALPHA, 7, unix_epoch=False), host("beta", BETA, 5, unix_epoch=False)]
    seen, *_ = merged(pair, ClocksFilter, offsets(beta="1ns"))
    assert events(seen) == [("beta", 5, 6), ("alpha", 7, 7)]


def test_a_clock_and_none_are_refused(use):
    text = refused([host("alpha", ALPHA, 1), Setting([("stream", 0), ("plain", 0, 1)], packets=False, clock=False)], {})
    assert 'without a default clock class' in text and 'clock="alpha"' in text


def test_an_upstream_error_passes(use):
    assert "fails on purpose" in refused([host("alpha", ALPHA, script=[*LINE, ("fail",)])], {})


@pytest.mark.parametrize("params, message", [
    ({"metod": "auto"}, 'filter.lttngx.clocks: unknown parameter: name="metod"'),
    ({"method": "guess"}, "bad parameter: name=method, expected=`auto`, `offsets`, `network` or `pairs`"),
    ({"method": "offsets"}, "missing parameter: name=offsets"),
    ({"method": "pairs"}, "missing parameter: name=pairs"),
    ({"method": "network", "offsets": {"a": "1s"}}, "offsets is not used with method=network"),
    ({"offsets": {"a": "soon"}}, 'expected an offset such as -2h or 1.5s, got "soon"'),
    ({"offsets": [{"clock": "a", "rate-ppm": 5}]}, "expected beside it `at`"),
    ({"offsets": [{"host": "a"}]}, "expected a map with clock"),
    ({"pairs": [{"send": "a"}]}, "expected a map with send, receive, key"),
    ({"max-rate-ppm": -1}, "name=max-rate-ppm"),
    ({"window": "0s"}, "expected a duration"),
    ({"reference": "nobody"}, 'no clock is called "nobody"'),
    ({"report": "/nonexistent/report.txt"}, 'cannot write report: path="/nonexistent/report.txt"'),
])
def test_bad_parameters(use, params, message):
    assert message in refused([host("alpha", ALPHA, 1)], params)


def test_what_matches_nothing_is_said(use, capfd):
    merged([host("alpha", ALPHA, 1)], ClocksFilter, offsets(omega="1s"))
    assert 'an offset is given for a clock which no stream has: clock="omega"' in _errors(capfd)
