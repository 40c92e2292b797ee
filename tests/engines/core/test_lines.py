"""Lines of text tables: both cores, and the native one against the reference on any value."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cores import NATIVE
from lttngx.core import choice
from lttngx.core.lines import Cells, Kind
from lttngx.render.tables import Unit
from lttngx.render.text import format_value

CORES = [choice.portable()] + ([] if isinstance(NATIVE, str) else [NATIVE])
UNITS = {Kind.ANY: Unit.SHARE, Kind.INTEGER: Unit.COUNT, Kind.DURATION: Unit.DURATION, Kind.SIZE: Unit.BYTES, Kind.TIME: Unit.TIME,
         Kind.TEXT: Unit.TEXT}


def column(kind, right=False, heading="", utc=True):
    return Cells(heading, kind, right, lambda value: format_value(value, UNITS[kind], utc))


def cells(core, kind, values, utc=True):
    """The texts of one column, each padded to the widest."""
    return text(core, [column(kind, utc=utc)], [(value,) for value in values])[1].splitlines()


def text(core, columns, rows):
    """The headings and the rows' lines, whatever pieces they come in."""
    headings, pieces = core.lines(columns, rows)
    return headings, "".join(pieces)


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_columns_are_as_wide_as_their_widest_cell(core):
    columns = [column(Kind.TEXT, heading="Process"), column(Kind.INTEGER, right=True, heading="TID"), column(Kind.TEXT, heading="File")]
    rows = [("sh", 7, "/dev/null"), ("Nginx-été", None, None), ("", 123456, "")]
    assert text(core, columns, rows) == (
        "Process       TID  File",
        "sh              7  /dev/null\n"
        "Nginx-été       ?  ?\n"
        "           123456\n")
    assert text(core, columns, []) == ("Process  TID  File", "")


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_values_as_people_read_them(core):
    # 1.0625 and 2.1875 are doubles: half of the last decimal goes to the even one. 1.0005 is none, its double is below.
    assert cells(core, Kind.DURATION, [0, 999, 1000, 999_999, 1_062_500, 2_187_500, 1_000_500, 59_999_999_999, -1_234_567]) == [
        "0 ns", "999 ns", "1.000 µs", "999.999 µs", "1.062 ms", "2.188 ms", "1.000 ms", "60.000 s", "-1.235 ms"]
    assert cells(core, Kind.SIZE, [0, 1023, 1024, 1280, 1536, 1_048_575, 3 << 20, -2048]) == [
        "0 B", "1023 B", "1 KiB", "1.2 KiB", "1.5 KiB", "1024.0 KiB", "3 MiB", "-2 KiB"]
    # date -u -d @1792000000
    assert cells(core, Kind.TIME, [0, -1, 1_792_000_000_000_000_007]) == [
        "1970-01-01 00:00:00.000000000", "1969-12-31 23:59:59.999999999", "2026-10-14 17:46:40.000000007"]
    assert cells(core, Kind.TEXT, ["a\nb", "\x1b[31m", "\udc80", "\xa0", "été"]) == ["a\\nb", "\\x1b[31m", "\\udc80", "\\xa0", "été"]
    assert cells(core, Kind.INTEGER, [-2**63, 2**63 - 1, 2**64, -0]) == [
        "-9223372036854775808", "9223372036854775807", "18446744073709551616", "0"]


@pytest.mark.parametrize("core", CORES, ids=lambda core: core.name)
def test_what_a_form_cannot_take_is_raised(core):
    with pytest.raises(TypeError):
        text(core, [column(Kind.DURATION)], [("text",)])


INTEGERS = st.integers() | st.integers(-2**40, 2**40)
# Halves of the last decimal, and what is beside them.
HALVES = st.builds(lambda units, half, beside: units * 1000 ** half + 1000 ** half // 2 + beside, st.integers(-2000, 2000),
                   st.integers(0, 3), st.integers(-1, 1))
TIMES = st.integers(-10**18, 4 * 10**18)


@pytest.mark.skipif(isinstance(NATIVE, str), reason="the compiled core was not built")
@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.none() | INTEGERS | HALVES | st.floats(-1e12, 1e12), st.none() | INTEGERS | HALVES,
                          st.none() | st.text(), st.none() | TIMES, st.none() | INTEGERS | st.booleans() | st.text(),
                          st.none() | st.floats(0, 1)), max_size=12), st.lists(st.booleans(), min_size=6, max_size=6))
@example([(512, 1 << 30, "\udcff ", 0, True, 0.5)], [False] * 6)
def test_the_native_core_writes_what_the_reference_does(rows, right):
    kinds = (Kind.DURATION, Kind.SIZE, Kind.TEXT, Kind.TIME, Kind.TEXT, Kind.ANY)
    columns = [column(kind, aligned, heading) for kind, aligned, heading in zip(kinds, right, "abcdef")]
    assert text(NATIVE, columns, rows) == text(choice.portable(), columns, rows)
