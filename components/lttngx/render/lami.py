"""Tables in LAMI 1.0, the JSON which Trace Compass reads from external analyses (the LTTng analysis tools' `--mi`).

A result is one document with all tables of all windows, empty ones left out. Its tables refer by name to the table classes of
the metadata, which tell titles and classes of columns. Some columns go together in one cell: what LAMI calls a process has a
name, a TID and a PID.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lttngx.render.about import line
from lttngx.render.tables import Column, Report, Table, Unit, Value

VERSION = {"major": 1, "minor": 0}
_CLASSES = {Unit.TEXT: "string", Unit.COUNT: "number", Unit.NUMBER: "number", Unit.ID: "number", Unit.DURATION: "duration",
            Unit.TIME: "timestamp", Unit.SHARE: "ratio", Unit.LIST: "string", Unit.BYTES: "size"}
# Columns with a class of their own: name → (class, key of the value).
_SPECIAL = {"cpu": ("cpu", "id"), "syscall": ("syscall", "name")}
# Neighbouring columns which are one cell: its class, then name → key. The first column decides.
_JOINED = (("process", {"name": "name", "tid": "tid", "pid": "pid"}), ("process", {"waker": "name", "waker_tid": "tid"}))


def render(reports: Sequence[Report]) -> str:
    """Return the result document of all windows."""
    tables = [_table(report, table) for report in reports for table in report.tables if table.rows]
    return json.dumps({"results": tables}, ensure_ascii=False) + "\n"


def metadata(report: Report, name: str, title: str, version: Sequence[int]) -> dict[str, Any]:
    """Return the metadata object of an analysis, from a report of it, which may be of an empty trace.

    name: of the analysis, for tags. version: of the collection (major, minor, patch)."""
    major, minor, patch = version
    return {"mi-version": VERSION, "version": {"major": major, "minor": minor, "patch": patch, "extra": ""}, "title": title,
            "description": title, "authors": ["The lttngx developers"], "url": "", "tags": ["linux-kernel", "lttngx", name],
            "table-classes": {table.name: _table_class(table) for table in report.tables}}


def _table_class(table: Table) -> dict[str, Any]:
    return {"title": table.title, "column-descriptions": [
        {"title": columns[0].title, "class": kind} for kind, columns, _ in _cells(table.columns)]}


def _table(report: Report, table: Table) -> dict[str, Any]:
    places = {column.name: at for at, column in enumerate(table.columns)}
    cells = list(_cells(table.columns))
    return {"class": _class(report, table),
            "time-range": {"class": "time-range", "begin": _cell("timestamp", "value", report.begin_ns),
                           "end": _cell("timestamp", "value", report.end_ns)},
            "data": [[_value(kind, keys, [row[places[column.name]] for column in columns]) for kind, columns, keys in cells]
                     for row in table.rows]}


def _class(report: Report, table: Table) -> str | dict[str, str]:
    """Return what refers to a table's class: its name; with the title, too, where that says what the table, or the report, is about."""
    if table.family is None and report.about is None:
        return table.name
    return {"inherit": table.family or table.name, "title": table.title + ("" if report.about is None else f" [{line(report.about)}]")}


def _cells(columns: Sequence[Column]) -> Iterator[tuple[str, tuple[Column, ...], tuple[str, ...]]]:
    """Yield (class, columns, keys of their values) of each cell of a row."""
    at = 0
    while at < len(columns):
        found = _joined(columns[at:])
        yield found
        at += len(found[1])


def _joined(columns: Sequence[Column]) -> tuple[str, tuple[Column, ...], tuple[str, ...]]:
    for kind, keys in _JOINED:
        if columns[0].name == next(iter(keys)):
            together = tuple(_while(columns, keys))
            if len(together) > 1:
                return kind, together, tuple(keys[column.name] for column in together)
    kind, key = _SPECIAL.get(columns[0].name, (_CLASSES[columns[0].unit], "value"))
    return kind, (columns[0],), (key,)


def _while(columns: Iterable[Column], keys: dict[str, str]) -> Iterator[Column]:
    for column in columns:
        if column.name not in keys:
            return
        yield column


def _value(kind: str, keys: tuple[str, ...], values: list[Value]) -> dict[str, Any]:
    """Return a cell; one of which nothing is known is of the class `unknown`."""
    given = {key: value for key, value in zip(keys, values) if value is not None}
    if not given:
        return {"class": "unknown"}
    if kind == "string":
        given = {"value": _text(given["value"])}
    return {"class": kind} | given


def _text(value: Value) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _cell(kind: str, key: str, value: Value) -> dict[str, Any]:
    return {"class": kind, key: value}
