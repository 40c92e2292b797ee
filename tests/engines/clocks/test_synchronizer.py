"""Whole exchanges of two and three hosts: the truth lies inside the bound whatever happens to the messages."""

from fractions import Fraction

import pytest
from exchanges import QUEUE, Clock, Exchange
from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.clocks.corrections import ABSENT, ACCURATE, ONE_SIDED, REFERENCE
from lttngx.clocks.hosts import Host
from lttngx.clocks.pairs import user_pairs
from lttngx.clocks.synchronizer import Synchronizer
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream
from lttngx.errors import ParameterError

PPM, S, MS, US = 10**6, 10**9, 10**6, 10**3


def assert_truth_inside(exchange, alignment, times, unknown=False):
    """Every host's reading at true times, corrected, is the reference's within the bound. unknown: there may be none."""
    for number, host in enumerate(exchange.hosts):
        reference = exchange.hosts.index(alignment.group(host).reference)
        correction = alignment.correction(host)
        for true in times:
            own, bound = exchange.clocks[number].read(true), correction.bound_ns(exchange.clocks[number].read(true))
            assert bound is not None or unknown
            if bound is not None:
                # The own clock shows a value for a ns.
                assert abs(correction.apply(own) - exchange.clocks[reference].exact(true)) <= bound + 2, (number, true)


@st.composite
def scenarios(draw, most_hosts=3):
    """Hosts with drift and offset; a chain of exchanges with losses, retransmissions, duplicates, one-way traffic, asymmetry."""
    hosts = draw(st.integers(2, most_hosts))
    rates = st.integers(-250, 250).map(lambda ppm: 1 + Fraction(ppm, PPM))
    clocks = [Clock.steady(draw(rates), draw(st.integers(-10**18, 10**18))) for _ in range(hosts)]
    delays = st.tuples(st.integers(1, 10 * MS), st.integers(0, MS))
    exchange = Exchange(clocks, {(one, other): draw(delays) for one in range(hosts) for other in range(hosts)}, draw(st.integers(0, 999)))
    true, gap = 0, draw(st.sampled_from([10 * US, MS, S]))
    for what in draw(st.lists(st.sampled_from(["ping", "ping", "one-way", "lost", "retransmitted", "duplicate", "again", "unseen"]),
                              min_size=3, max_size=25)):
        one = draw(st.integers(0, hosts - 1))
        other = (one + draw(st.integers(1, hosts - 1))) % hosts
        family = draw(st.sampled_from([4, 6]))
        true += 1 + exchange.random.randrange(gap)
        true = ACTIONS[what](exchange, true, one, other, family)
    return exchange, true


def _ping(exchange, true, one, other, family):
    return exchange.message(exchange.message(true, one, other, family=family) + 10, other, one, family=family)


def _retransmitted(exchange, true, one, other, family):
    """The first is lost or late; the second has the same header."""
    key = (exchange.sequence + 500_000, 1, 16, 5, 6)
    exchange.sequence += 1
    exchange.message(true, one, other, lost=exchange.random.random() < 0.5, key=key, family=family)
    return exchange.message(true + 200 * MS, one, other, key=key, family=family)


def _duplicate(exchange, true, one, other, family):
    """Three equal acknowledgements."""
    key = (exchange.sequence + 900_000, 2, 16, 5, 6)
    exchange.sequence += 1
    return max(exchange.message(true + at, one, other, key=key, family=family) for at in range(3))


ACTIONS = {
    "ping": _ping,
    "one-way": lambda exchange, true, one, other, family: exchange.message(true, one, other, family=family),
    "lost": lambda exchange, true, one, other, family: exchange.message(true, one, other, lost=True, family=family),
    "retransmitted": _retransmitted,
    "duplicate": _duplicate,
    # A key in use again for another message.
    "again": lambda exchange, true, one, other, family: exchange.message(true, one, other, key=(1, 1, 1, 1, 1), family=family),
    # The receiver's events only, as if the tracer had lost the sender's.
    "unseen": lambda exchange, true, one, other, family: (
        exchange.message(true, one, other, family=family), exchange.sights.pop(-2))[0],
}


@settings(max_examples=400, deadline=None)
@given(scenarios(), st.lists(st.fractions(-1, 2, max_denominator=100), min_size=2, max_size=5), st.booleans())
def test_the_truth_is_inside(scenario, places, interleaved):
    exchange, end = scenario
    alignment = exchange.play(Synchronizer(), interleaved).result()
    assert {host.host for host in alignment.hosts} == set(exchange.hosts)
    assert_truth_inside(exchange, alignment, [int(place * end) for place in places], unknown=True)
    sights = sum(host.sends + host.receives for host in alignment.hosts)
    assert sights == len(exchange.sights)


def ping_pong(hosts=2, count=200, ppm=(0, 50, -80), delay=100 * US, gap=10 * MS, ways=((0, 1), (1, 2))):
    """Round trips between neighbours, each host hours away from the last."""
    clocks = [Clock.steady(1 + Fraction(ppm[at], PPM), at * 3 * 3600 * S) for at in range(hosts)]
    exchange = Exchange(clocks, {(one, other): (delay, delay // 10) for one in range(hosts) for other in range(hosts)})
    true = 0
    for _ in range(count):
        for one, other in ways:
            if max(one, other) < hosts:
                true = _ping(exchange, true + gap, one, other, 4)
    return exchange, true


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_steps_and_slews_by_ntp(data):
    """Two or three hosts, one round trip a second between neighbours; one or two of the clocks step forward by 50 ms and more or are
    slewed by 200 ppm and more, at a time of their own, six seconds from all others: 100 µs of delay cannot hide that."""
    hosts = data.draw(st.integers(2, 3))
    exchange, _ = ping_pong(hosts, count=0)
    changes = data.draw(st.permutations(range(hosts)))[:data.draw(st.integers(1, min(2, hosts)))]
    rounds = 8 * (len(changes) + 1)
    for number, host in enumerate(changes):
        true = 8 * S * (number + 1) + data.draw(st.integers(0, S))
        step = data.draw(st.one_of(st.just(0), st.integers(50 * MS, 10**6 * S)))
        ppm = data.draw(st.sampled_from([-230, 230])) if step == 0 else 0
        rate = exchange.clocks[host].stretches[0][1]
        exchange.clocks[host].change(true, rate + Fraction(ppm, PPM), step)
    for at in range(rounds):
        for one in range(hosts - 1):
            _ping(exchange, at * S + one * 10 * MS, one, one + 1, 4)
    alignment = exchange.play(Synchronizer(reference="host-0")).result()
    assert sum(pair.changes for pair in alignment.pairs) >= len(changes)
    assert_truth_inside(exchange, alignment, [at * S // 7 for at in range(-7, 7 * rounds + 7)])


def test_batch_and_live_agree():
    exchange, _ = ping_pong(3)
    one_by_one, interleaved = (exchange.play(Synchronizer(), order).result() for order in (False, True))
    assert one_by_one.corrections == interleaved.corrections
    # A window longer than the trace changes nothing either.
    assert exchange.play(Synchronizer(window_ns=1000 * S), True).result().corrections == interleaved.corrections


def test_a_window_forgets():
    """Live: with a window of 0.25 s over 2 s of round trips, 0.25 s of messages waits and as much of matches is kept."""
    exchange, end = ping_pong()
    synchronizer = exchange.play(Synchronizer(window_ns=S // 4), True)
    alignment = synchronizer.result()
    assert 90 < alignment.pairs[0].matches < 110
    assert_truth_inside(exchange, alignment, [end - S // 2, end])
    assert sum(host.sends for host in alignment.hosts) == 400


def test_a_chain_of_three_hosts_adds_its_bounds():
    exchange, end = ping_pong(3)
    alignment = exchange.play(Synchronizer(reference="host-0")).result()
    near, far = (alignment.correction(exchange.hosts[at]) for at in (1, 2))
    assert alignment.correction(exchange.hosts[0]).quality == REFERENCE
    assert near.quality == far.quality == ACCURATE
    middle = [exchange.clocks[at].read(end // 2) for at in (1, 2)]
    assert 80 * US < near.bound_ns(middle[0]) < 140 * US
    assert 160 * US < far.bound_ns(middle[1]) < 280 * US
    assert_truth_inside(exchange, alignment, [0, end // 3, end])


def test_the_tree_takes_the_least_bound():
    """0 and 2 speak directly but slowly; through 1 it is a hundred times nearer."""
    exchange, _ = ping_pong(3, ways=((0, 1), (1, 2), (0, 2)))
    exchange.delay.update({(0, 2): (20 * MS, 0), (2, 0): (20 * MS, 0)})
    slow = Exchange(exchange.clocks, exchange.delay)
    true = 0
    for _ in range(100):
        for one, other in ((0, 1), (1, 2), (0, 2)):
            true = _ping(slow, true + MS, one, other, 4)
    alignment = slow.play(Synchronizer(reference="host-0")).result()
    assert {(pair.own.hostname, pair.other.hostname): pair.used for pair in alignment.pairs} == {
        ("host-1", "host-0"): True, ("host-2", "host-0"): False, ("host-2", "host-1"): True}
    assert alignment.correction(slow.hosts[2]).bound_ns(slow.clocks[2].read(true)) < 2 * MS


def test_disjoint_groups_have_their_own_references():
    exchange, end = ping_pong(5, ppm=(0, 1, 2, 3, 4), ways=((0, 1), (2, 3)))
    alignment = exchange.play(Synchronizer()).result()
    assert [[host.hostname for host in group.hosts] for group in alignment.groups] == [
        ["host-0", "host-1"], ["host-2", "host-3"], ["host-4"]]
    assert [group.reference.hostname for group in alignment.groups] == ["host-0", "host-2", "host-4"]
    assert alignment.warnings[0] == (
        "no messages connect 3 groups of clocks, each has a reference of its own: [host-0, host-1] by the clock of host-0; "
        "[host-2, host-3] by the clock of host-2; [host-4] by the clock of host-4")
    assert alignment.correction(exchange.hosts[4]).quality == ABSENT
    assert_truth_inside(exchange, alignment, [0, end], unknown=True)


def test_one_way_traffic_is_one_sided():
    exchange, _ = ping_pong(count=0)
    for at in range(10):
        exchange.message(at * MS, 0, 1)
    alignment = exchange.play(Synchronizer()).result()
    pair = alignment.pairs[0]
    assert (pair.quality, pair.sent.matches, pair.received.matches) == (ONE_SIDED, 0, 10)
    assert alignment.correction(exchange.hosts[1]).bound_ns(0) is None
    assert "one way only" in alignment.warnings[0]


def test_extrapolation_is_said():
    """Matches in the first second of a trace of 100 s."""
    exchange, _ = ping_pong(count=100)
    exchange.message(100 * S, 1, 0, lost=True)
    pair, = exchange.play(Synchronizer()).result().pairs
    assert 0.985 < pair.extrapolated < 0.995
    begin, _, end = pair.moments
    # 1 s of matches with 0.1 ms of play: a rate within ± 0.2 ms / 1 s, so up to some 20 ms after 100 s.
    assert begin.bound_ns < 200 * US
    assert 5 * MS < end.bound_ns < 30 * MS
    assert begin.least_rate < Fraction(1, 1 + Fraction(50, PPM)) < begin.greatest_rate


def test_violations_are_counted():
    """Clocks hours apart: before the correction every message one way arrives before it is sent, afterwards none does."""
    exchange, _ = ping_pong()
    pair, = exchange.play(Synchronizer()).result().pairs
    assert (pair.violations_before, pair.violations_after) == (200, 0)
    assert 90 * US < pair.sent.minimum_ns < 110 * US
    assert 100 * US < pair.received.median_ns < 120 * US


def test_one_hertz_of_a_coarse_clock():
    """A clock of 1 kHz shows each value for 1 ms: the bound holds for it, too."""
    exchange, end = ping_pong(delay=10 * US)
    exchange.hosts[1] = Host("coarse", "jiffies", "coarse", "trace-1", "host-1", frequency=1000)
    read = exchange.clocks[1].read
    exchange.clocks[1].read = lambda true: read(true) // MS * MS
    alignment = exchange.play(Synchronizer()).result()
    assert alignment.reference == exchange.hosts[0]
    correction = alignment.correction(exchange.hosts[1])
    for true in range(0, end, end // 50):
        tick = exchange.clocks[1].read(true)
        # The moment at which the clock began to show this value.
        begin = (tick - exchange.clocks[1].stretches[0][2]) / exchange.clocks[1].stretches[0][1]
        assert abs(correction.apply(tick) - exchange.clocks[0].exact(begin)) <= correction.bound_ns(tick)


@pytest.mark.parametrize("reference, expected", [
    ("host-1", 1), ("uuid-0", 0), ("trace-1", 1), (None, 0)])
def test_reference(reference, expected):
    exchange, _ = ping_pong()
    alignment = exchange.play(Synchronizer(reference=reference)).result()
    assert alignment.reference == exchange.hosts[expected]
    assert alignment.correction(exchange.hosts[expected]).is_identity


@pytest.mark.parametrize("priority, expected", [(("nobody", "*-1", "host-0"), 1), (("host-*",), 0), (("nobody",), 0)])
def test_priority(priority, expected):
    exchange, _ = ping_pong()
    assert exchange.play(Synchronizer(priority=priority)).result().reference == exchange.hosts[expected]


def test_automatic_choice_in_its_documented_order():
    """Most matches lose to accuracy, accuracy to precision, precision to a known origin."""
    exchange, _ = ping_pong(3)
    plain = list(exchange.hosts)
    assert exchange.play(Synchronizer()).result().reference == plain[1]  # the middle of the chain
    wishes = [(2, dict(accuracy=100)), (0, dict(accuracy=10)), (1, dict(precision=0, accuracy=1))]
    for number, facts in wishes:
        exchange.hosts[number] = Host(plain[number].key, "monotonic", hostname=f"host-{number}", **facts)
        assert exchange.play(Synchronizer()).result().reference == exchange.hosts[number]
    exchange.hosts[1] = Host("uuid-1", "monotonic", precision=50)
    assert exchange.play(Synchronizer()).result().reference == exchange.hosts[0]
    exchange.hosts[0] = Host("uuid-0", "monotonic", accuracy=10, known_origin=False)
    assert exchange.play(Synchronizer()).result().reference == exchange.hosts[2]


@pytest.mark.parametrize("reference, message", [
    ("monotonic", 'reference: "monotonic" names 2 clocks: expected a name which only one has'),
    ("mars", 'reference: no clock is called "mars": known=["host-0", "trace-0", "monotonic", "uuid-0", "host-1", "trace-1", "uuid-1"]')])
def test_a_reference_must_be_one_clock(reference, message):
    exchange, _ = ping_pong()
    with pytest.raises(ParameterError) as error:
        exchange.play(Synchronizer(reference=reference)).result()
    assert str(error.value).startswith(message)


def test_nothing_at_all():
    alignment = Synchronizer().result()
    assert alignment.reference is None and not alignment.groups and not alignment.pairs
    assert alignment.correction(Host("x")).quality == ABSENT


_INT, _TEXT = FieldClass(Kind.SIGNED, bits=64), FieldClass(Kind.STRING)
SENT = EventClass("app:sent", scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=(("id", _INT), ("peer", _TEXT), ("ok", _INT)))))
GOT = EventClass("app:got", scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=(("request", _INT), ("from", _TEXT)))))


def test_a_pair_of_the_user():
    """Keys are expressions, a condition decides which events count."""
    pairs = user_pairs([{"name": "rpc", "send": {"event": "app:s*", "if": "ok == 1", "key": ["id * 2", "peer"]},
                         "receive": {"event": "other | app:got", "key": ["request", "from"]}}])
    synchronizer = Synchronizer(pairs)
    sender, receiver = (synchronizer.consumer(Host(name)) for name in "ab")
    assert receiver.bind(QUEUE, Stream()) is None
    send, receive = sender.bind(SENT, Stream()), receiver.bind(GOT, Stream())

    def values(extraction, event_class, **fields):
        names = [event_class.scopes[3].members[path.steps[0].index][0] for path in extraction.paths]
        return [fields[name] for name in names]
    for at in range(4):
        send.call(at, 0, *values(send, SENT, id=at, peer="x", ok=at % 2))
        receive.call(100 + at, 0, *values(receive, GOT, **{"request": 2 * at, "from": "x"}))
    pair, = synchronizer.result().pairs
    assert (pair.own.key, pair.other.key, pair.sent.matches, pair.received.matches) == ("b", "a", 0, 2)


@pytest.mark.parametrize("pair, message", [
    ("x", "bad pair: expected a map with send, receive, key"),
    ({"send": "a", "receive": "b"}, 'bad pair: name="pair 1", send: key: expected an expression'),
    ({"send": {"if": "x"}, "receive": "b", "key": "x"}, 'bad pair: name="pair 1", send: expected event name patterns'),
    ({"send": {"event": "a", "key": ["x", "y"]}, "receive": "b", "key": "x"}, "expected as many key values of both sides, got=2, 1"),
    ({"name": "n", "send": "a", "receive": "b", "key": "x +"}, 'bad pair: name="n", send: Cannot compile filter expression: 1:4:'),
])
def test_a_bad_pair(pair, message):
    with pytest.raises(ParameterError) as error:
        user_pairs([pair])
    assert message in str(error.value)
