"""Time notations: babeltrace2's own trimmer is the oracle where it takes them."""

import subprocess

import pytest
from recorded import TRACES

from lttngx.errors import ParameterError
from lttngx.render.times import format_time, parse_duration, parse_time

DAY = 1795305600 * 10**9  # 2026-11-22 00:00:00 UTC: `date -u -d 2026-11-22 +%s`
NOON_ISH = DAY + (21 * 3600 + 46) * 10**9

ABSOLUTE = [
    (1795381246069279231, 1795381246069279231), ("1795381246069279231", 1795381246069279231), (-5, -5),
    ("12", 12 * 10**9), ("12.5", 12_500_000_000), ("-1.25", -1_250_000_000), ("1795381246.069279231", 1795381246069279231),
    ("2026-11-22 21:00:46.069279231", DAY + 75646 * 10**9 + 69279231), ("2026-11-22T21:00:46", DAY + 75646 * 10**9),
    ("2026-11-22 21:00", DAY + 75600 * 10**9), ("2026-11-22 21:00:46.5", DAY + 75646_500_000_000),
]


@pytest.mark.parametrize("text, expected", ABSOLUTE)
def test_absolute(text, expected):
    assert parse_time(text) == expected


@pytest.mark.parametrize("text, expected", [("21:00:46.069279231", DAY + 75646_069279231), ("21:00", DAY + 75600 * 10**9),
                                            ("9:05:07", DAY + 32707 * 10**9)])
def test_time_of_day_is_on_the_first_events_day(text, expected):
    assert parse_time(text)(NOON_ISH) == expected


@pytest.mark.parametrize("text", ["", "noon", "2026-11-22", "25:00", "2026-13-01 00:00", "12:00:00.1234567891", "1e9", "12:60"])
def test_refused(text):
    with pytest.raises(ParameterError, match="name=begin, expected integer ns"):
        parse_time(text, "begin")


def test_local_time(monkeypatch):
    import time
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    try:
        assert parse_time("2026-11-22 00:00", utc=False) == DAY + 5 * 3600 * 10**9
        assert parse_time("20:00", utc=False)(DAY + 3600 * 10**9) == DAY + 3600 * 10**9
        assert format_time(DAY, utc=False) == "2026-11-21 19:00:00.000000000"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("time_ns, expected", [(DAY + 1, "2026-11-22 00:00:00.000000001"), (0, "1970-01-01 00:00:00.000000000"),
                                               (-1, "1969-12-31 23:59:59.999999999")])
def test_format(time_ns, expected):
    assert format_time(time_ns) == expected


@pytest.mark.parametrize("text, expected", [("500ms", 500_000_000), ("1.5 s", 1_500_000_000), (2, 2 * 10**9), ("10us", 10_000),
                                            ("10µs", 10_000), ("7ns", 7), ("1min", 60 * 10**9), (0.25, 250_000_000)])
def test_durations(text, expected):
    assert parse_duration(text) == expected


@pytest.mark.parametrize("text", ["0", "-1", "1h", "fast", ""])
def test_bad_durations(text):
    with pytest.raises(ParameterError, match=f'name=refresh, expected a duration such as 500ms or 1s, got "{text}"'):
        parse_duration(text, "refresh")


@pytest.mark.parametrize("text", ["2026-11-22 21:00:46.5", "21:00:46.277149831", "1795381246.9", "21:00:47", "2026-11-22 21:00:47.25",
                                  "21:00"])
def test_babeltrace2_begins_at_the_same_event(text):
    def times(*options: str) -> list[int]:
        output = subprocess.run(["babeltrace2", "--clock-seconds", "--clock-gmt", *options, str(TRACES / "kernel-ctx")], check=True,
                                capture_output=True, text=True).stdout
        return [int(line[1:line.index("]")].replace(".", "")) for line in output.splitlines()]
    everything = times()
    begin = parse_time(text)
    begin = begin(everything[0]) if callable(begin) else begin
    assert times(f"--begin={text}") == [time_ns for time_ns in everything if time_ns >= begin]
