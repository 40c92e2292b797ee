"""Given offsets: notations, patterns, what they do."""

from fractions import Fraction

import pytest

from lttngx.clocks.given import given_for, parse_given
from lttngx.clocks.hosts import Host
from lttngx.errors import ParameterError
from lttngx.render.times import parse_offset

S = 10**9
HOST = Host("k", "monotonic", "00000000-0000-0000-0000-000000000001", "trace-1", "alpha")


@pytest.mark.parametrize("text, offset_ns", [
    ("-2h", -7200 * S), ("1.5s", 1_500_000_000), ("+250us", 250_000), ("0", 0), (3, 3 * S), ("-0.000000001", -1), ("90min", 5400 * S),
    ("17ns", 17), ("-1.25ms", -1_250_000)])
def test_offsets(text, offset_ns):
    assert parse_offset(text) == offset_ns


@pytest.mark.parametrize("text", ["", "soon", "1 day", "--1s", "1e3"])
def test_what_is_no_offset(text):
    with pytest.raises(ParameterError, match="expected an offset such as -2h or 1.5s"):
        parse_offset(text)


@pytest.mark.parametrize("pattern", ["alpha", "al*", "trace-?", "trace*", "mono*", HOST.uuid])
def test_patterns_match_any_name(pattern):
    found = given_for(HOST, parse_given({pattern: "1s"}))
    assert (found is not None) == ("?" not in pattern)


def test_the_first_pattern_counts():
    given = parse_given([{"clock": "x*", "offset": 1}, {"clock": "al*", "offset": 2}, {"clock": "*", "offset": 3}])
    assert given_for(HOST, given).apply(0) == 2 * S


def test_rate_from_a_time_on():
    """12.5 ppm of 80 s is 1 ms."""
    found = given_for(HOST, parse_given([{"clock": "*", "offset": "5s", "rate-ppm": 12.5, "at": "1000"}]))
    assert found.apply(1000 * S) == 1005 * S and found.apply(1080 * S) == 1085 * S + 10**6
    assert found.pieces[0][1].rate == 1 + Fraction(125, 10**7)
