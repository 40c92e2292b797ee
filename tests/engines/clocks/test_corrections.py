"""Corrections: exact arithmetic, order, inverse, composition."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lttngx.clocks.corrections import ACCURATE, OFFSET_ONLY, REFERENCE, Affine, Correction

TIMES = st.integers(-10**19, 10**19)
RATES = st.builds(lambda ppb: 1 + Fraction(ppb, 10**9), st.integers(-500_000, 500_000))


@st.composite
def corrections(draw):
    """Up to four pieces, stepped forward or continuous, one of them possibly flat."""
    begin_ns = draw(TIMES)
    value_ns = draw(TIMES)
    rates = draw(st.lists(st.one_of(RATES, st.just(Fraction(0))), max_size=2))
    pieces = []
    for rate in [draw(RATES), *rates, draw(RATES)]:
        if pieces:
            begin_ns += draw(st.integers(1, 10**12))
            value_ns = pieces[-1][1].apply(begin_ns) + draw(st.integers(0, 10**9))
        pieces.append((begin_ns, Affine(rate, begin_ns, value_ns)))
    return Correction(tuple(pieces), ACCURATE, tuple(
        (from_ns, Affine(Fraction(0), 0, draw(st.integers(0, 10**6)))) for from_ns, _ in pieces))


def test_the_example_on_paper():
    """+100 ppm from 1 s on: 3 s of own time are 5 s + 2 s · 1.0001."""
    correction = Correction.affine(1 + Fraction(100, 10**6), 1_000_000_000, 5_000_000_000)
    assert correction.apply(3_000_000_000) == 7_000_200_000
    assert correction.apply(3_000_000_001) == 7_000_200_001
    assert correction.bound_ns(0) is None
    assert Correction.offset(0).is_identity and not correction.is_identity
    assert Correction.offset(0, REFERENCE).bound_ns(5) == 0


@given(corrections(), TIMES)
def test_never_decreases_and_inverts(correction, t_ns):
    assert correction.apply(t_ns) <= correction.apply(t_ns + 1)
    first_ns = correction.inverse(t_ns)
    assert correction.apply(first_ns) >= t_ns > correction.apply(first_ns - 1)


@given(corrections(), corrections(), TIMES)
def test_composition_stays_near_the_hops(first, second, t_ns):
    """But for the times at which rounding decides which piece holds."""
    both = first.then(second)
    middle_ns = first.apply(t_ns)
    low, high = (second.apply(middle_ns + shift) for shift in (-3, 3))
    assert low - 3 <= both.apply(t_ns) <= high + 3
    assert both.bound_ns(t_ns) >= second.bound_ns(middle_ns)


def test_an_error_moves_the_next_question():
    """1 µs wrong just before the second hop's step of 1 ms and of its error: both must show."""
    first = Correction(((0, Affine(Fraction(1), 0, 0)),), ACCURATE, ((0, Affine(Fraction(0), 0, 1000)),))
    second = Correction(((0, Affine(Fraction(1), 0, 0)), (5000, Affine(Fraction(1), 5000, 1_005_000))), OFFSET_ONLY,
                        ((0, Affine(Fraction(0), 0, 10)), (5000, Affine(Fraction(0), 0, 20))))
    both = first.then(second)
    assert both.quality == OFFSET_ONLY
    assert both.apply(4500) == 4500
    assert 1_001_020 <= both.bound_ns(4500) <= 1_001_030
    assert 1010 <= both.bound_ns(1500) <= 1020


@pytest.mark.parametrize("pieces", [
    (), ((0, Affine(Fraction(0), 0, 0)),), ((0, Affine(Fraction(1), 0, 0)), (10, Affine(Fraction(1), 10, 5))),
    ((0, Affine(Fraction(1), 0, 0)), (0, Affine(Fraction(1), 0, 0)))])
def test_time_which_goes_back_is_refused(pieces):
    with pytest.raises(ValueError):
        Correction(pieces)
