"""Fits against the truth, and against the optimum of a linear program solved by enumeration."""

import math
import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lttngx.clocks.corrections import ABSENT, ACCURATE, INCONSISTENT, OFFSET_ONLY, ONE_SIDED
from lttngx.clocks.fit import fit
from lttngx.clocks.polygon import LOWER, UPPER

PPM = 10**6
MAX_RATE_PPM = 500
S, MS, US = 10**9, 10**6, 10**3


def corners(messages, max_rate_ppm=MAX_RATE_PPM):
    """Yield the corners (a, b) of what the messages and the prior allow of lines a·(t − first time) + b: all pairs of limits are
    tried one by one. Exact, and slow: for a few messages."""
    origin = messages[0][0]
    # side · (a·t + b − r) ≤ 0 as rows p·a + q·b ≤ r.
    rows = [(side * (own - origin), side, side * other) for own, other, side in messages]
    rows += [(1, 0, 1 + Fraction(max_rate_ppm, PPM)), (-1, 0, -1 + Fraction(max_rate_ppm, PPM))]
    for (p1, q1, r1), (p2, q2, r2) in combinations(rows, 2):
        determinant = p1 * q2 - p2 * q1
        if determinant:
            a, b = Fraction(r1 * q2 - r2 * q1) / determinant, Fraction(p1 * r2 - p2 * r1) / determinant
            if all(p * a + q * b <= r for p, q, r in rows):
                yield a, b


def optimum(messages, time):
    """Return (least, greatest) value at a time of all lines which fit: a linear program's optima lie on corners."""
    values = [a * (time - messages[0][0]) + b for a, b in corners(messages)]
    return min(values), max(values)


@st.composite
def exchanges(draw, most=10):
    """A rate, an offset and messages both ways with delays of any size, asymmetric; returns (truth, messages)."""
    rate = 1 + Fraction(draw(st.integers(-MAX_RATE_PPM * 1000, MAX_RATE_PPM * 1000)), 1000 * PPM)
    offset = draw(st.integers(-10**19, 10**19))
    span = draw(st.sampled_from([1000, MS, S, 1000 * S, 10**14]))
    worst = draw(st.sampled_from([0, 10, 100 * US, 10 * MS]))

    def truth(time):
        return offset + time * rate
    times, delays = st.integers(0, span), st.integers(0, worst)
    messages = [(own, math.ceil(truth(own)) + draw(delays), UPPER) for own in draw(st.lists(times, min_size=1, max_size=most // 2))]
    messages += [(own, math.floor(truth(own)) - draw(delays), LOWER) for own in draw(st.lists(times, min_size=1, max_size=most // 2))]
    return truth, messages, span


@settings(max_examples=600, deadline=None)
@given(exchanges(), st.lists(st.fractions(-3, 4, max_denominator=1000), min_size=1, max_size=4))
def test_the_truth_is_inside_and_the_bound_is_near_the_optimum(exchange, places):
    truth, messages, span = exchange
    found = fit(messages, MAX_RATE_PPM)
    assert found.correction.quality in (ACCURATE, OFFSET_ONLY) and not found.changes and not found.strays
    for place in places:
        time = int(place * span)
        bound = found.correction.bound_ns(time)
        assert abs(found.correction.apply(time) - truth(time)) <= bound
        least, greatest = optimum(messages, time)
        # 4/3 by the centroid's property. Rounding takes less than 4 ns: of the line (1/2), of its values (1), of the bound (twice 1).
        assert bound <= Fraction(4, 3) * (greatest - least) / 2 + 4
        # No line can do better than half of what is open.
        assert bound >= (greatest - least) / 2


@st.composite
def changing(draw):
    """Three to eight round trips a stretch; from one stretch to the next the clock steps by more than all delays and drift, or its
    rate changes by enough to show. Returns (stretches of (begin, rate, value), messages)."""
    worst = draw(st.sampled_from([10, 1000, 50 * US]))
    stretches, messages, time, value = [], [], draw(st.integers(-10**18, 10**18)), Fraction(draw(st.integers(-10**18, 10**18)))
    first = time
    rate = Fraction(1)
    for number in range(draw(st.integers(1, 4))):
        if number:
            # All that can hide a step: what one line may bend from the first to the last message, and the delays.
            if draw(st.booleans()):
                step = 4 * worst + draw(st.integers(1, MS)) + 2 * Fraction(MAX_RATE_PPM, PPM) * 8 * 20 * MS * 4
                value += draw(st.sampled_from([-1, 1])) * int(step)
                rate = 1 + Fraction(draw(st.integers(-MAX_RATE_PPM, MAX_RATE_PPM)), PPM)
            else:
                # Slewed: over three round trips of ≥ 1 s, 200 ppm are more than both delays.
                rate = 1 + Fraction(draw(st.integers(200, MAX_RATE_PPM)) * (1 if rate <= 1 else -1), PPM)
        stretches.append((time, rate, value))
        begin = time
        slow = 1000 * MS
        for _ in range(draw(st.integers(3, 8))):
            for side in (UPPER, LOWER):
                time += slow + draw(st.integers(1, 10 * MS))
                delay = draw(st.integers(0, worst))
                exact = value + (time - begin) * rate
                messages.append((time, math.ceil(exact) + delay if side == UPPER else math.floor(exact) - delay, side))
        time += slow
        value += (time - begin) * rate
    return stretches, messages, first, time


def true_value(stretches, time):
    begin, rate, value = next((part for part in reversed(stretches) if part[0] <= time), stretches[0])
    return value + (time - begin) * rate


def shows_all_changes(stretches, messages):
    """Whether the fewest stretches which fit, by the linear program alone, are as many as there are."""
    ordered = sorted(messages)
    count, first, corner = 1, 0, None
    for last, (own, other, side) in enumerate(ordered):
        part = ordered[first:last + 1]
        fits = corner is not None and side * (corner[0] * (own - part[0][0]) + corner[1] - other) <= 0
        if not fits and len({way for _, _, way in part}) == 2:
            corner = next(corners(part), None)
            if corner is None:
                count, first = count + 1, last
    return count == len(stretches)


@settings(max_examples=300, deadline=None)
@given(changing(), st.lists(st.fractions(-1, 2, max_denominator=1000), min_size=3, max_size=8))
def test_changes_of_the_clock_are_inside_the_bound(change, places):
    stretches, messages, first, last = change
    assume(shows_all_changes(stretches, messages))
    found = fit(messages, MAX_RATE_PPM)
    assert found.changes == len(stretches) - 1
    times = [int(first + place * (last - first)) for place in places]
    times += [begin + near for begin, _, _ in stretches for near in (-1, 0, 1)] + [own for own, _, _ in messages]
    for time in times:
        bound = found.correction.bound_ns(time)
        if bound is None:
            assert found.correction.quality == INCONSISTENT
            return
        assert abs(found.correction.apply(time) - true_value(stretches, time)) <= bound


def round_trips(count, truth, gap=10 * MS, delay=100 * US):
    """Messages of `count` round trips with the same delay both ways."""
    return [message for at in range(count) for message in (
        (at * gap, truth(at * gap) + delay, UPPER), (at * gap + delay, truth(at * gap + delay) - delay, LOWER))]


def test_on_paper():
    """Offset 5 s, no drift, 100 µs each way: the middle is right, and it can be wrong by the delay."""
    found = fit(round_trips(3000, lambda time: time + 5 * S), MAX_RATE_PPM)
    assert found.correction.quality == ACCURATE
    assert abs(found.correction.apply(15 * S) - 20 * S) <= 2
    assert abs(found.correction.bound_ns(15 * S) - 100 * US) <= 1 * US


def test_no_message_one_way_and_a_short_span():
    assert fit([], 500).correction.quality == ABSENT
    one_way = fit([(0, 1000, UPPER), (S, S + 700, UPPER)], 500).correction
    assert (one_way.quality, one_way.apply(0), one_way.bound_ns(0)) == (ONE_SIDED, 700, None)
    other_way = fit([(0, 1000, LOWER), (S, S + 700, LOWER)], 500).correction
    assert (other_way.quality, other_way.apply(0)) == (ONE_SIDED, 1000)
    # One round trip in 1 ms cannot say a rate within ± 500 ppm: after 1 s the prior alone widens the bound by 0.5 ms.
    short = fit(round_trips(1, lambda time: time), 500).correction
    assert short.quality == OFFSET_ONLY
    assert 100 * US <= short.bound_ns(0) <= 134 * US
    assert 500 * US <= short.bound_ns(S) <= 800 * US


@pytest.mark.parametrize("side", [UPPER, LOWER])
def test_a_wrong_match_is_left_out(side):
    messages = round_trips(100, lambda time: time)
    wrong = messages + [(500 * MS + 1, 500 * MS - side * 20 * MS, side)]
    found = fit(wrong, MAX_RATE_PPM)
    assert (found.changes, found.strays) == (0, 1)
    assert found.correction == fit(messages, MAX_RATE_PPM).correction


@pytest.mark.parametrize("at", [-1, 10**9])
@pytest.mark.parametrize("side", [UPPER, LOWER])
def test_a_wrong_match_at_an_end_does_not_spoil_the_rest(at, side):
    """The first or the last message contradicts all others."""
    messages = round_trips(100, lambda time: time)
    found = fit([*messages, (at, at - side * 20 * MS, side)], MAX_RATE_PPM)
    assert 1 <= found.strays <= 2
    assert found.correction.quality == ACCURATE and found.changes == 0
    assert abs(found.correction.apply(500 * MS) - 500 * MS) <= found.correction.bound_ns(500 * MS) < 150 * US


@pytest.mark.parametrize("ppm", [0, 1, 100_000])
def test_extreme_priors(ppm):
    """With 0 the offset alone is open: half of the round trip, as nothing can be known of where in it the truth is."""
    found = fit(round_trips(10, lambda time: time), ppm).correction
    assert found.quality == (OFFSET_ONLY if ppm < 1000 else ACCURATE)
    assert abs(found.apply(50 * MS) - 50 * MS) <= found.bound_ns(50 * MS) <= 101 * US
    if ppm == 0:
        assert found.bound_ns(10**6 * S) <= 101 * US


def test_matches_which_contradict_each_other_are_inconsistent():
    """Every message arrives before it is sent, by 1 ms: no line fits two of different ways."""
    found = fit(round_trips(50, lambda time: time, delay=-MS), MAX_RATE_PPM)
    assert found.correction.quality == INCONSISTENT
    assert found.correction.bound_ns(0) is None
    assert abs(found.correction.apply(0)) <= MS


def test_a_rate_beyond_the_prior_shows():
    """1000 ppm over 10 s are 10 ms; the prior allows 5 of them."""
    messages = round_trips(1000, lambda time: time + time // 1000)
    assert fit(messages, 500).changes > 0
    allowed = fit(messages, 2000)
    assert allowed.correction.quality == ACCURATE and allowed.changes == 0


def test_a_step_backwards_makes_time_stand_still():
    """The other clock is set back by 1 s: corrected time waits, and the bound says how wrong it is meanwhile."""
    messages = [(own, other - (S if own > 5 * S else 0), side) for own, other, side in round_trips(1000, lambda time: time)]
    correction = fit(messages, MAX_RATE_PPM).correction
    times = range(0, 10 * S, 7 * MS)
    values = [correction.apply(time) for time in times]
    assert values == sorted(values)
    for time, value in zip(times, values):
        assert abs(value - (time - (S if time > 5 * S else 0))) <= correction.bound_ns(time)
    assert correction.bound_ns(5 * S + 100 * MS) > 800 * MS
    assert correction.bound_ns(9 * S) < MS


def wandering(ppm_at, seconds, seed):
    """A clock whose rate changes every second, and messages with exponential delays of 50 µs beyond the least of 50 µs."""
    chance = random.Random(seed)
    begins = [0]
    for second in range(seconds):
        begins.append(begins[-1] + S + round(ppm_at(second, chance) * 1000))

    def truth(time):
        second = min(time // S, seconds - 1)
        return begins[second] + (time - second * S) * (begins[second + 1] - begins[second]) // S

    messages, time = [], 0
    while time < seconds * S - S:
        time += round(chance.expovariate(5) * S) + 1
        delays = [50_000 + round(chance.expovariate(1 / 50_000)) for _ in range(2)]
        messages += [(time, truth(time) + delays[0] + 1, UPPER), (time + US, truth(time + US) - delays[1], LOWER)]
    return truth, messages


@pytest.mark.parametrize("ppm_at", [
    pytest.param(lambda second, chance: 5 * math.sin(second / 90), id="swinging by 5 ppm"),
    pytest.param(lambda second, chance: (0, 40, -15)[second // 200 % 3] + chance.gauss(0, 0.1), id="slewed, noisy"),
    pytest.param(lambda second, chance: 0.05 * second, id="drifting faster and faster")])
def test_a_rate_which_is_never_constant(ppm_at):
    """No stretch is a line. The correction is one by approximation, and its bound says so."""
    truth, messages = wandering(ppm_at, 600, 1)
    found = fit(messages, MAX_RATE_PPM)
    assert found.changes > 0
    bounds = []
    for time in range(0, messages[-1][0], 600 * S // 997):
        bounds.append(found.correction.bound_ns(time))
        assert abs(found.correction.apply(time) - truth(time)) <= bounds[-1]
    # The least round trip leaves ± 50 µs; a few times that is what messages 0.2 s apart can say of such a clock.
    assert sorted(bounds)[len(bounds) // 2] < 300 * US
