"""Segments and shadow clock classes against the exact correction, over rationals."""

from fractions import Fraction
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.clocks.corrections import Affine, Correction
from lttngx.clocks.shadow import shadow_clock
from lttngx.clocks.targets import origin_ns, segments, target_of
from lttngx.core.classes import ClockClass
from lttngx.core.clock_map import ClockMap

S = 10**9
EPOCH = 1_795_000_000
RATES = st.fractions(Fraction(999, 1000), Fraction(1001, 1000), max_denominator=10**15)
CLOCKS = st.builds(ClockClass, name=st.just("c"), frequency=st.sampled_from([1, 1000, 32_768, 10**6, 999_999_937, S, 4 * S]),
                   offset_seconds=st.integers(EPOCH, EPOCH + 10**6), offset_cycles=st.just(0))


@st.composite
def corrections(draw):
    """Continuous, of up to four pieces within an hour, somewhere near the given clocks' times."""
    begin = draw(st.integers(EPOCH * S, (EPOCH + 10**6) * S))
    value = begin + draw(st.integers(-10**14, 10**14))
    pieces = []
    for length in draw(st.lists(st.integers(1, 900 * S), min_size=1, max_size=4)):
        piece = Affine(draw(RATES), begin, value)
        pieces.append((begin, piece))
        begin, value = begin + length, piece.apply(begin + length)
    return Correction(tuple(pieces))


def exact(correction, time_ns):
    begins = [piece for from_ns, piece in correction.pieces if from_ns <= time_ns]
    return (begins[-1] if begins else correction.pieces[0][1]).exact(time_ns)


@given(CLOCKS, corrections(), st.lists(st.integers(0, 3600 * S), max_size=5))
@settings(max_examples=100, deadline=None)
def test_segments_are_less_than_two_nanoseconds_early(clock, correction, later):
    """A clock value's new time against the exact one; both where pieces begin and between."""
    found = ClockMap(segments(clock, correction, target_of(clock)))
    for time_ns in [from_ns for from_ns, _ in correction.pieces] + [correction.pieces[0][0] + more for more in later]:
        value = max(floor((time_ns - origin_ns(clock)) * clock.frequency / S), 0)
        true = exact(correction, origin_ns(clock) + Fraction(value * S, clock.frequency))
        assert -2 < found.cycles(value) - true <= Fraction(1, 10**6)


@given(corrections(), st.integers(0, 3600 * S))
@settings(max_examples=100, deadline=None)
def test_segments_of_a_clock_of_1_ghz_are_what_apply_says(correction, later):
    clock = ClockClass("c", offset_seconds=EPOCH - 1)
    time_ns = correction.pieces[0][0] + later
    found = ClockMap(segments(clock, correction, target_of(clock)))
    assert found.cycles(time_ns - (EPOCH - 1) * S) == correction.apply(time_ns)


def test_target_of_a_clock_which_began_before_its_origin():
    """Negative times need a negative offset; positive ones could have been earlier on another host."""
    assert target_of(ClockClass("c", frequency=1000, offset_seconds=-5, precision=2, unix_epoch=False)) == ClockClass(
        "c", offset_seconds=-5, precision=2_000_000, unix_epoch=False)
    assert target_of(ClockClass("c", uid="u", offset_seconds=5)).offset_seconds == 0


@given(CLOCKS, corrections(), st.integers(1, 7200 * S))
@settings(max_examples=100, deadline=None)
def test_shadow_clocks_are_as_near_as_they_say(clock, correction, length):
    """The error which is stated holds at 50 times, and is not larger than that of the frequencies around."""
    begin_ns = correction.pieces[0][0]
    made = shadow_clock(clock.frequency, origin_ns(clock), correction, begin_ns, begin_ns + length)
    zero = made.offset_seconds * S + Fraction(made.offset_cycles * S, made.frequency)
    for part in range(50):
        time_ns = begin_ns + length * part // 49
        value = (time_ns - origin_ns(clock)) * clock.frequency / S
        # Pieces are rounded to whole ns where they begin.
        assert abs(zero + value * S / made.frequency - exact(correction, time_ns)) <= made.error_ns + len(correction.pieces)


def test_a_pure_offset_is_exact():
    made = shadow_clock(S, Fraction(5), Correction.offset(-7_200_000_000_001), 0, 10**12)
    assert (made.frequency, made.offset_seconds * S + made.offset_cycles, made.error_ns) == (S, -7_199_999_999_996, 0)


def test_a_rate_is_met_to_half_a_hertz():
    """1 GHz and 0.3 ppb: half an hour from the middle 0.54 us."""
    rate = 1 + Fraction(3, 10**10)
    made = shadow_clock(S, Fraction(0), Correction.affine(rate, 0, 0), 0, 3600 * S)
    assert made.frequency == S and 530 < made.error_ns < 550
