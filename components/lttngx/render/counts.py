"""Counts of events by name as text, JSON and CSV."""

import json

from lttngx.analyses.counts import Counts
from lttngx.render import csv, text
from lttngx.render.tables import Column, Report, Table, Unit

SCHEMA = "lttngx.counts/1"
COLUMNS = (Column("share", "Share", Unit.SHARE), Column("count", "Events", Unit.COUNT), Column("name", "Name"))


def report(result: Counts) -> Report:
    """Return the table."""
    rows = tuple((count / result.total, count, name) for name, count in result.events)
    lost = result.losses
    remarks = (f"Tracer discarded {lost.events} events and {lost.packets} packets.",) if lost.events or lost.packets else ()
    return Report(result.range.begin_ns, result.range.end_ns, (Table("events", "Events by name", COLUMNS, rows, "share"),),
                  (f"Total: {result.total} events",), remarks)


def document(result: Counts) -> dict:
    """Return the JSON document."""
    return {"schema": SCHEMA, "range": {"begin": result.range.begin_ns, "end": result.range.end_ns},
            "events": [{"name": name, "count": count} for name, count in result.events], "total": result.total,
            "discarded_events": result.losses.events, "discarded_packets": result.losses.packets}


def render(result: Counts, form: str, utc: bool = True) -> str:
    """Return the result as "text", "json" (one document, a line) or "csv". utc: times in text are UTC, else local."""
    if form == "json":
        return json.dumps(document(result), ensure_ascii=False) + "\n"
    return csv.render_report(report(result)) if form == "csv" else text.render_report(report(result), utc)
