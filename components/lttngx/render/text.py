"""Tables as text for a terminal, with bars in the look of the LTTng analysis tools.

The output depends on the report alone: UTC unless local time is asked for, no colour unless it is, no terminal size.
"""

from collections.abc import Callable, Iterator
from typing import Any

from lttngx.core.choice import core
from lttngx.core.lines import UNKNOWN, Cells, Kind
from lttngx.render.about import line
from lttngx.render.tables import RIGHT_ALIGNED, Report, Table, Unit, Value
from lttngx.render.times import format_time

BAR_WIDTH = 80
BAR = "█"
RULE = "#"
COLOUR_BAR, COLOUR_END = "\x1b[32m", "\x1b[0m"
SCALES = ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "µs"))
SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def format_duration(duration_ns: int) -> str:
    """Return a duration with three decimals in the largest unit that leaves at least 1."""
    for scale, unit in SCALES:
        if abs(duration_ns) >= scale:
            return f"{duration_ns / scale:.3f} {unit}"
    return f"{duration_ns} ns"


def format_size(size: float) -> str:
    """Return a number of bytes in the largest unit that leaves at least 1, with one decimal unless it is a whole number."""
    for scale, unit in SIZES:
        if abs(size) >= scale:
            return f"{size / scale:.0f} {unit}" if size % scale == 0 else f"{size / scale:.1f} {unit}"
    return f"{size:.0f} B"


def format_value(value: Value, unit: Unit, utc: bool = True) -> str:
    """Return a value as people read it; `?` where nothing is known. Control characters of names are escaped."""
    return UNKNOWN if value is None else _form(unit, utc)(value)


def _plain(value: Value) -> str:
    text = str(value)
    return text if text.isprintable() else "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _form(unit: Unit, utc: bool) -> Callable[[Any], str]:
    return (lambda value: format_time(value, utc)) if unit is Unit.TIME else _FORMATS.get(unit, _plain)


_FORMATS: dict[Unit, Callable[[Any], str]] = {
    Unit.SHARE: lambda value: f"{value * 100:.2f} %",
    Unit.NUMBER: lambda value: f"{value:.3f}",
    Unit.DURATION: format_duration,
    Unit.BYTES: format_size,
    Unit.RATE: lambda value: f"{format_size(value)}/s",
    Unit.LIST: lambda value: "[" + ", ".join(map(str, value)) + "]",
}
_KINDS = {Unit.TEXT: Kind.TEXT, Unit.COUNT: Kind.INTEGER, Unit.ID: Kind.INTEGER, Unit.DURATION: Kind.DURATION, Unit.BYTES: Kind.SIZE,
          Unit.TIME: Kind.TIME}


def render_report(report: Report, utc: bool = True, colour: bool = False) -> str:
    """Return a report's text; see `pieces`."""
    return "".join(pieces(report, utc, colour))


def pieces(report: Report, utc: bool = True, colour: bool = False) -> Iterator[str]:
    """Yield a report's text, in pieces of one or more lines: its span if it is about one, range, tables, summary, remarks."""
    if report.about is not None:
        yield f"Span: {line(report.about)}\n"
    yield f"Timerange: [{format_time(report.begin_ns, utc)}, {format_time(report.end_ns, utc)}]\n"
    for table in report.tables:
        yield from _table(table, utc, colour)
        yield "\n"
    for told in (*report.summary, *report.remarks):
        yield f"{told}\n"


def _table(table: Table, utc: bool, colour: bool) -> Iterator[str]:
    """Yield a table: title and headings, rule, rows."""
    # Logs have millions of cells: the compiled core writes them.
    headings, made = core().lines([Cells(column.title, _KINDS.get(column.unit, Kind.ANY), column.unit in RIGHT_ALIGNED,
                                         _form(column.unit, utc)) for column in table.columns], table.rows)
    if table.bar is None:
        yield f"{table.title}\n{headings}\n{RULE * max(BAR_WIDTH, len(headings))}\n"
        yield from made
        return
    yield f"{f'{table.title:{BAR_WIDTH}} {headings}'.rstrip()}\n{RULE * BAR_WIDTH}\n"
    bars = _bars([row[table.index(table.bar)] for row in table.rows])
    for bar, row in zip(bars, "".join(made).split("\n")):
        yield f"{_paint(bar, colour)} {row}".rstrip() + "\n"


def _bars(values: list[float]) -> list[str]:
    """Return bars in proportion to the largest value, BAR_WIDTH wide."""
    largest = max(values, default=0) or 1
    return [(BAR * round(value * BAR_WIDTH / largest)).ljust(BAR_WIDTH) for value in values]


def _paint(bar: str, colour: bool) -> str:
    return f"{COLOUR_BAR}{bar}{COLOUR_END}" if colour else bar
