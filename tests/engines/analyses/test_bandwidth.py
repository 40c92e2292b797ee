"""The bandwidth engine: on paper, against a count byte by byte, and merge of parts against a single pass."""

import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lttngx.analyses.bandwidth import PACKET, PACKET_FIELDS, Bandwidth, Options
from lttngx.analyses.bandwidth_counts import Counts, Key, spread
from lttngx.analyses.bandwidth_result import suggested
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream
from lttngx.errors import ParameterError, TraceError

TEXT, NUMBER = FieldClass(Kind.STRING), FieldClass(Kind.SIGNED, 64)
CLASS = EventClass(PACKET, scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=tuple(
    (name, TEXT if name in Key._fields[:5] else NUMBER) for name in PACKET_FIELDS))))
MS = 1_000_000
KEY = Key("h", "s", "ust", "uid 1", "c", 0)


def feed(engine, packets):
    """Feed (cpu, chunk, packet size, content size, begin, end, sequence, lost, discarded, total); return the engine."""
    extraction = engine.bind(CLASS, Stream())
    for cpu, chunk, packet_size, content_size, begin, end, *counters in packets:
        extraction.call(end, -1, *KEY[:5], cpu, packet_size, content_size, begin, end, chunk, *counters)
    return engine


def whole(options, packets):
    engine = feed(Bandwidth(options), packets)
    engine.advance(max(packet[5] for packet in packets))
    return engine.results()


@given(some.integers(0, 5000), some.integers(0, 10**6), some.integers(0, 10**6), some.integers(10**4, 10**5))
def test_bins_of_a_packet_are_its_content(content, begin, length, bin_ns):
    shares = dict(spread(content, begin, begin + length, bin_ns))
    assert sum(shares.values()) == content
    for number, share in shares.items():
        overlap = min(begin + length, (number + 1) * bin_ns) - max(begin, number * bin_ns)
        exact = Fraction(content * overlap, length) if length else content
        assert abs(share - exact) < 1, "a bin's error is less than a byte"


def test_rates_on_paper():
    """300 bytes over 300 ms from 0: 100 a bin; 500 at once in the second bin."""
    packets = [(0, 0, 400, 300, 0, 300 * MS, 0, 0, 0, 0), (1, 0, 600, 500, 120 * MS, 180 * MS, 0, 0, 0, 0)]
    result, = whole(Options(), packets)
    assert [(usage.key.cpu, usage.counts.packet_bytes, usage.mean, usage.peak, usage.peak_ns) for usage in result.streams] == [
        (0, 400, 1000.0, 1000.0, 0), (1, 600, pytest.approx(500 / 0.3), 5000.0, 100 * MS)]
    channel, = result.channels
    assert (channel.counts.content_bytes, channel.peak, channel.peak_ns) == (800, 6000.0, 100 * MS)
    assert channel.fill == 0.8 and channel.padding_bytes == 200
    assert (result.range.begin_ns, result.range.end_ns) == (0, 300 * MS)


def test_a_peak_is_at_least_the_mean():
    result, = whole(Options(bin_ns=10**10), [(0, 0, 400, 300, 0, 300 * MS, 0, 0, 0, 0)])
    assert result.streams[0].peak == result.streams[0].mean == 1000.0


@pytest.mark.parametrize("peak, delay_ms, largest, lost, expected", [
    (0, 200, 4096, False, 4096),
    (61_440, 200, 4096, False, 4096),       # 12,288 bytes in 200 ms: 3 × 4096
    (61_445, 200, 4096, False, 8192),
    (10_000_000, 1000, 4096, False, 4 << 20),  # 3,333,334 a sub-buffer
    (0, 200, 16384, True, 32768),           # lost: twice the present size
])
def test_suggestions_follow_the_rule(peak, delay_ms, largest, lost, expected):
    counts = Counts()
    counts.largest, counts.discarded = largest, int(lost)
    assert suggested(peak, delay_ms * MS, counts) == expected


def test_losses_at_cuts_and_between():
    packets = [(0, 0, 10, 10, 0, 10, 0, 0, 0, 0), (0, 0, 10, 10, 12, 20, 1, 0, 5, 5), (0, 1, 10, 10, 25, 30, 4, 2, 7, 12),
               (0, 1, 10, 10, 30, 40, 5, 0, 0, 12)]
    result, = whole(Options(), packets)
    counts = result.counts[KEY]
    assert (counts.discarded, counts.lost_packets, counts.gaps, counts.cut_events, counts.cut_packets) == (12, 2, 1, 7, 2)
    assert [tuple(loss) for _, loss in result.losses] == [(10, 20, 5, 0, False), (20, 30, 7, 2, True)]


def test_what_was_lost_before_the_first_packet_may_be_unknown():
    result, = whole(Options(), [(0, 3, 10, 10, 0, 10, 7, -1, -1, 2050), (0, 3, 10, 10, 10, 20, 8, 0, 50, 2100)])
    counts = result.counts[KEY]
    assert (counts.discarded, counts.lost_packets, counts.unknown) == (50, 0, 1)


def test_windows_add_up_and_late_packets_are_not_lost():
    packets = [(cpu, 0, 4096, 4000, at * MS, (at + 30) * MS, n, 0, 1 if n else 0, n)
               for cpu in (0, 1) for n, at in enumerate(range(0, 900, 30))]
    packets.sort(key=lambda packet: packet[5])
    total, = whole(Options(), packets)
    engine, windows = Bandwidth(Options(refresh_ns=200 * MS)), []
    late = packets.pop(10)
    for packet in packets:
        feed(engine, [packet])
        windows += engine.closed()
    feed(engine, [late])
    windows += engine.results()
    assert len(windows) == 5
    for name in ("packets", "packet_bytes", "content_bytes", "discarded"):
        assert sum(getattr(counts, name) for window in windows for counts in window.counts.values()) == sum(
            getattr(counts, name) for counts in total.counts.values())
    assert [window.range.begin_ns for window in windows] == [at * 200 * MS for at in range(5)]


def test_time_without_packets_closes_windows():
    engine = feed(Bandwidth(Options(refresh_ns=100)), [(0, 0, 1, 1, 0, 10, 0, 0, 0, 0)])
    assert not list(engine.closed())
    engine.advance(250)
    assert [(window.range.begin_ns, window.range.end_ns, len(window.counts)) for window in engine.closed()] == [(0, 100, 1), (100, 200, 0)]


def test_nothing_is_an_error():
    with pytest.raises(TraceError, match="source.lttngx.packets"):
        Bandwidth().results()
    with pytest.raises(ParameterError, match="expected one with packets"):
        feed(Bandwidth(Options(begin_ns=1000)), [(0, 0, 1, 1, 0, 10, 0, 0, 0, 0)]).results()


@some.composite
def recordings(draw):
    """Packets of some CPUs in order of ends, as the source tells them of the whole, with the numbers the tracer wrote."""
    packets = []
    for cpu in range(draw(some.integers(1, 3))):
        now, sequence, total = draw(some.integers(0, 50)), draw(some.sampled_from([0, 0, 7])), 0
        known = sequence == 0
        for _ in range(draw(some.integers(1, 12))):
            begin = now + draw(some.integers(0, 9))
            now = begin + draw(some.integers(0, 60))
            lost, discarded = draw(some.sampled_from([0, 0, 2])), draw(some.sampled_from([0, 0, 9]))
            sequence, total = sequence + (lost if known else 0), total + discarded
            size = draw(some.integers(1, 500))
            packets.append((cpu, begin // 100, size + draw(some.integers(0, 50)), size, begin, now, sequence,
                            lost if known and sequence else 0 if sequence == 0 else -1,
                            discarded if known or total == 0 else -1, total))
            sequence, known = sequence + 1, True
    return sorted(packets, key=lambda packet: packet[5])


def alone(packets):
    """Return packets as the source tells them of a part read alone: of each stream's first, losses are known only from packet 0 on."""
    seen, found = set(), []
    for packet in packets:
        cpu, sequence, total = packet[0], packet[6], packet[9]
        if cpu not in seen and sequence != 0:
            packet = (*packet[:7], -1, 0 if total == 0 else -1, total)
        seen.add(cpu)
        found.append(packet)
    return found


def state(results):
    return [(result.range, result.bin_ns, {key: counts.state() for key, counts in result.counts.items() if counts.packets})
            for result in results]


@settings(max_examples=300, deadline=None)
@given(recordings(), some.data())
def test_merge_of_parts_is_a_single_pass(packets, data):
    options = data.draw(some.sampled_from([Options(bin_ns=10), Options(begin_ns=0, refresh_ns=70, bin_ns=10), Options(20, 300, None, 7)]))
    cuts = sorted(data.draw(some.sets(some.integers(0, len(packets)), max_size=3)))
    parts = [packets[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(packets)])]
    engines = [pickle.loads(pickle.dumps(feed(Bandwidth(options), alone(part)))) for part in parts]
    if data.draw(some.booleans()):
        joined = engines.pop(0)
        for engine in engines:
            joined = joined.merge(engine)
    else:
        while len(engines) > 1:
            last = engines.pop()
            engines[-1].merge(last)
        joined, = engines
    single = feed(Bandwidth(options), alone(packets))
    try:
        expected = state(single.results())
    except ParameterError:
        with pytest.raises(ParameterError):
            joined.results()
        return
    assert state(joined.results()) == expected
