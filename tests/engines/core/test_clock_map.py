"""Clock maps: both cores against exact fractions."""

from fractions import Fraction
from math import floor

from hypothesis import given, settings
from hypothesis import strategies as st

from cores import NATIVE
from lttngx.core.clock_map import ClockMap, Segment

FIRSTS = st.integers(0, 2**64 - 1)
WHOLE = st.integers(-2**63, 2**63 - 1)
SEGMENTS = st.lists(st.builds(Segment, FIRSTS, WHOLE, WHOLE, st.integers(1, 2**63 - 1)), min_size=1, max_size=5,
                    unique_by=lambda segment: segment.first).map(sorted)


def exact(segments, value):
    """The map as its definition says, over rationals."""
    first, new, numerator, denominator = [segment for segment in segments if segment.first <= value][-1:][0] \
        if segments[0].first <= value else segments[0]
    return min(max(floor(new + (value - first) * Fraction(numerator, denominator)), 0), 2**64 - 1)


def maps(segments):
    return [ClockMap(segments)] + ([] if isinstance(NATIVE, str) else [NATIVE.ClockMap(segments)])


@given(SEGMENTS, st.lists(FIRSTS, max_size=5))
@settings(max_examples=200, deadline=None)
def test_maps_are_exact(segments, values):
    for value in values + [segment.first for segment in segments]:
        assert {made.cycles(value) for made in maps(segments)} == {exact(segments, value)}


def test_a_map_can_be_set_anew():
    for made in maps([Segment(0, 5)]):
        made.set([Segment(0, 1), Segment(10, 0, 1, 2)])
        assert [made.cycles(value) for value in (0, 9, 10, 21)] == [1, 10, 0, 5]
