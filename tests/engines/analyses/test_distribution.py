"""Distributions of durations against sorted lists, whole and in parts."""

import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.analyses.distribution import CAPACITY, PERCENTILES, Distribution
from lttngx.analyses.statistics import RELATIVE_ERROR

VALUES = st.lists(st.integers(0, 10**10), max_size=60)


def ranked(values, percent):
    return sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]


@given(VALUES)
def test_few_values_are_exact(values):
    found = Distribution(values)
    assert found.is_exact
    assert found.percentiles() == tuple(ranked(values, percent) if values else None for percent in PERCENTILES)
    figures = found.statistics()
    assert found.count == len(values)
    assert (figures.count, figures.total) == (len(values), sum(values))
    if len(values) > 1:
        assert figures.deviation == pytest.approx(statistics.stdev(values), rel=1e-9, abs=1e-6)


@given(VALUES.filter(lambda values: len(set(values)) > 1), st.integers(1, 30))
def test_bins_are_those_of_the_definition(values, resolution):
    """Reference: value by value; the greatest value is in the last bin."""
    lower, upper, expected = min(values), max(values), [0] * resolution
    width = (upper - lower) / resolution
    for value in values:
        expected[min(int((value - lower) / width), resolution - 1)] += 1
    assert Distribution(values).bins(lower, upper, resolution) == expected


@given(VALUES | st.lists(st.sampled_from([0, 1, 9, 10, 11, 999, 1000, 1001, 10**9])), st.integers(1, 20))
def test_logarithmic_bins_are_those_of_the_definition(values, per_decade):
    """Reference: value by value, in integers: 10^(k/n) ≤ v means 10^k ≤ v^n."""
    expected = {}
    for value in values:
        number = 0
        while 10 ** (number + 1) <= value**per_decade:
            number += 1
        expected[number] = expected.get(number, 0) + 1
    first, counts = Distribution(values).log_bins(per_decade)
    assert {first + at: count for at, count in enumerate(counts) if count} == expected
    assert not values or (counts[0] and counts[-1])


def test_many_values_are_within_the_stated_error():
    source = random.Random(1)
    values = [int(source.lognormvariate(10, 2)) for _ in range(20_000)]
    found = Distribution(values)
    assert not found.is_exact and len(found.values) <= CAPACITY and found.count == 20_000
    for percent, value in zip(PERCENTILES, found.percentiles()):
        assert value == pytest.approx(ranked(values, percent), rel=RELATIVE_ERROR)
    figures = found.statistics()
    assert (figures.count, figures.total, figures.minimum, figures.maximum) == (len(values), sum(values), min(values), max(values))
    assert sum(found.bins(min(values), max(values), 20)) == len(values)
    assert sum(found.log_bins(10)[1]) == len(values)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 2 * CAPACITY), min_size=2, max_size=7), st.integers(0, 2**32))
def test_merging_in_any_order_gives_the_same(sizes, seed):
    """Also about whether the figures are exact: sizes are on both sides of the capacity."""
    source = random.Random(seed)
    parts = [[source.randrange(3 * CAPACITY) for _ in range(size)] for size in sizes]
    left, right = Distribution(parts[0]), Distribution(parts[-1])
    for part in parts[1:]:
        left.merge(Distribution(part))
    for part in reversed(parts[:-1]):
        earlier = Distribution(part)
        earlier.merge(right)
        right = earlier
    whole = Distribution(value for part in parts for value in part)
    for found in (left, right):
        assert found.is_exact == whole.is_exact == (len({value for part in parts for value in part}) <= CAPACITY)
        assert found.percentiles() == whole.percentiles()
        assert found.statistics().squares == whole.statistics().squares
        assert found.bins(0, 3 * CAPACITY, 7) == whole.bins(0, 3 * CAPACITY, 7)
