"""Tables as CSV (RFC 4180, with LF line ends): numbers as numbers, times and durations in ns, lists joined by spaces.

Every row begins with its table's name and its window, so several tables and windows share one file: a heading line
comes before each table of each window. Windows which are spans tell which.
"""

import csv
import io

from lttngx.render.about import line
from lttngx.render.tables import Report, Unit, Value


def render_report(report: Report) -> str:
    """Return a report's tables as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    own = [] if report.about is None else [("span", line(report.about))]
    for table in report.tables:
        writer.writerow(["table", "begin_ns", "end_ns", *(heading for heading, _ in own),
                         *(_heading(column.name, column.unit) for column in table.columns)])
        for row in table.rows:
            writer.writerow([table.name, report.begin_ns, report.end_ns, *(text for _, text in own), *(_cell(value) for value in row)])
    return out.getvalue()


def _heading(name: str, unit: Unit) -> str:
    """Durations say their unit, unless the name does."""
    return f"{name}_ns" if unit is Unit.DURATION and not name.endswith("_ns") else name


def _cell(value: Value) -> Value:
    if isinstance(value, tuple):
        return " ".join(str(item) for item in value)
    return "" if value is None else value
