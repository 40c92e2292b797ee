"""Statistics, histograms and unions of intervals against the standard library and brute force."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lttngx.analyses.intervals import Intervals
from lttngx.analyses.statistics import RELATIVE_ERROR, SUB_BUCKETS, Histogram, Statistics, middle

VALUES = st.lists(st.integers(0, 10**12), max_size=50)


@given(VALUES, VALUES)
def test_statistics_merge_to_those_of_all(left, right):
    merged, values = Statistics(left), left + right
    merged.merge(Statistics(right))
    assert (merged.count, merged.total) == (len(values), sum(values))
    assert merged.minimum == min(values, default=None) and merged.maximum == max(values, default=None)
    assert merged.mean is None if not values else merged.mean == pytest.approx(statistics.mean(values))
    assert merged.deviation is None if len(values) < 2 else merged.deviation == pytest.approx(
        math.sqrt(statistics.variance(values)), rel=1e-12)


def test_zeros_count():
    found = Statistics([4, 8])
    found.add_zeros(2)
    assert (found.count, found.minimum, found.maximum, found.mean) == (4, 0, 8, 3)


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=200), st.sampled_from([1, 50, 90, 99, 99.9, 100]))
def test_percentiles_are_within_the_error(values, percent):
    true = sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]
    found = Histogram(values).percentile(percent)
    assert abs(found - true) <= true * RELATIVE_ERROR
    assert true >= 2 * SUB_BUCKETS or found == true


@given(VALUES, VALUES)
def test_histograms_merge_to_that_of_all(left, right):
    merged = Histogram(left)
    merged.merge(Histogram(right))
    whole = Histogram(left + right)
    assert (merged.buckets, merged.count) == (whole.buckets, whole.count)


def test_buckets_are_contiguous():
    edges = [Histogram([value]).buckets for value in range(5000)]
    numbers = [next(iter(buckets)) for buckets in edges]
    assert all(0 <= after - before <= 1 for before, after in zip(numbers, numbers[1:]))
    assert middle(numbers[4999]) == pytest.approx(4999, rel=RELATIVE_ERROR)


@pytest.mark.parametrize("in_order", [True, False])
def test_union_of_intervals(in_order):
    generator = random.Random(1)
    for _ in range(200):
        intervals = [(begin, begin + generator.randrange(1, 8)) for begin in (generator.randrange(60) for _ in range(15))]
        if in_order:
            intervals.sort(key=lambda interval: interval[1])
        union = Intervals()
        for interval in intervals:
            union.add(*interval)
        covered = {time for begin, end in intervals for time in range(begin, end)}
        assert union.length == len(covered)
        begin = generator.randrange(70)
        assert union.overlap(begin, begin + 3) == bool(covered & set(range(begin, begin + 3)))


def test_settled_intervals_keep_their_length():
    union = Intervals()
    for begin in range(0, 30_000, 3):
        union.add(begin, begin + 2)
        if union.crowded:
            union.settle(begin - 30)
    assert union.length == 20_000 and len(union._parts) < 5000
