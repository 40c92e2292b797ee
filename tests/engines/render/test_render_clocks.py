"""Alignments as text, JSON, CSV and a plot, on an exchange whose figures are known."""

import json
import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
from exchanges import Clock, Exchange
from hypothesis import given
from hypothesis import strategies as st

from lttngx.clocks.polygon import LOWER, UPPER
from lttngx.clocks.synchronizer import Synchronizer
from lttngx.render import clocks, clocks_plot

S, MS, US = 10**9, 10**6, 10**3


@pytest.fixture
def alignment():
    """1000 round trips in 10 s between hosts 5 s apart, 100 µs to the second host and 60 µs back."""
    exchange = Exchange([Clock.steady(Fraction(1), 100 * S), Clock.steady(Fraction(1), 105 * S)],
                        {(0, 1): (100 * US, 0), (1, 0): (60 * US, 0)})
    for at in range(1000):
        exchange.message(exchange.message(at * 10 * MS, 0, 1), 1, 0)
    return exchange.play(Synchronizer()).result()


def test_text(alignment):
    """On paper: half of the round trip, 80 µs, is how far the middle can be wrong, and it is wrong by 20 µs."""
    text = clocks.render(alignment, "text")
    lines = text.splitlines()
    assert lines[0].startswith("Timerange: [1970-01-01 00:01:40.0000")
    middle = next(line.split() for line in lines if " middle " in line)
    assert abs(int(middle[-5]) - (-5 * S - 20 * US)) <= US and abs(int(middle[-4]) - 80 * US) <= US
    assert "Reference: host-0 (clock class monotonic, UUID uuid-0)." in lines
    assert "0 messages stayed within one clock; 0 ambiguous keys (0 events) were not used." in lines


def test_json(alignment):
    document = json.loads(clocks.render(alignment, "json"))
    assert document["schema"] == "lttngx.clocks/1"
    pair, = document["pairs"]
    assert pair["sent"]["matches"] == pair["received"]["matches"] == 1000
    # Both ways look alike: 80 µs each.
    assert abs(pair["sent"]["delay_median_ns"] - 80 * US) <= US and abs(pair["received"]["delay_median_ns"] - 80 * US) <= US
    piece, = document["clocks"][1]["correction"]["pieces"]
    at_ns = 110 * S
    corrected_ns = piece["value_ns"] + (at_ns - piece["origin_ns"]) * Fraction(*piece["rate"])
    assert abs(corrected_ns - 105 * S) <= 21 * US


def test_csv_has_a_table_a_heading(alignment):
    rows = [line.split(",") for line in clocks.render(alignment, "csv").splitlines()]
    tables = {row[0] for row in rows if row[0] != "table"}
    assert tables == {"clocks", "messages", "estimates", "offsets"}
    assert all(len(row) == len(heading) for heading, row in zip(rows, rows[1:]) if row[0] != "table")


def test_plot(alignment):
    svg = "{http://www.w3.org/2000/svg}"
    drawn = ET.fromstring(clocks_plot.plot(alignment))
    dots = drawn.findall(f".//{svg}circle")
    # One row of dots at the same height above zero, one below.
    assert {dot.get("class") for dot in dots} == {"up", "down"}
    heights = {(dot.get("class"), dot.get("cy")) for dot in dots}
    assert len(heights) == 2
    zero = float(next(line for line in drawn.iter(f"{svg}line")).get("y1"))
    up, down = (int(next(y for name, y in heights if name == side)) for side in ("up", "down"))
    assert up < zero < down and abs((zero - up) - (down - zero)) <= 2


def test_nothing_to_show():
    alignment = Synchronizer().result()
    assert "No clock was seen." in clocks.render(alignment, "text")
    assert json.loads(clocks.render(alignment, "json"))["reference"] is None
    assert "No messages between clocks" in clocks_plot.plot(alignment)


POINTS = st.lists(st.tuples(st.integers(0, 20), st.integers(-20, 20)), min_size=1, max_size=12)


@given(POINTS, st.sampled_from([UPPER, LOWER]))
def test_a_hull_leaves_all_points_on_one_side(points, side):
    found = clocks_plot.hull(points, side)
    assert set(found) <= set(points)
    assert [found[0][0], found[-1][0]] == [min(points)[0], max(points)[0]]
    for (x0, y0), (x1, y1) in zip(found, found[1:]):
        assert x0 < x1
        for x, y in points:
            assert side * ((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) >= 0
    if len(found) == 1:
        assert all(side * (y - found[0][1]) >= 0 for _, y in points)
