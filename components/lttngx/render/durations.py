"""Analyses of durations (sched, syscalls, irq, …) as tables: from one list of them text, CSV, JSON and LAMI are made."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from lttngx.analyses.distribution import PERCENTILES
from lttngx.analyses.durations import Bins, Durations, Figures, MeasureResult, UsageResult
from lttngx.analyses.measures import FIELDS, THREAD, TOTAL, WAKER
from lttngx.analyses.statistics import RELATIVE_ERROR
from lttngx.kernel.calls import error_name
from lttngx.render import csv, lami, text
from lttngx.render.about import members
from lttngx.render.tables import Column, Report, Table, Unit

# Columns by field.
_COLUMNS = {
    "name": Column("name", "Process"), "tid": Column("tid", "TID", Unit.ID), "pid": Column("pid", "PID", Unit.ID),
    "container": Column("container", "Container"), "type": Column("type", "Type"), "cpu": Column("cpu", "CPU", Unit.ID),
    "priority": Column("priority", "Priority", Unit.ID), "waker": Column("waker", "Waker"),
    "waker_tid": Column("waker_tid", "Waker TID", Unit.ID), "context": Column("context", "Waker context"),
    "reason": Column("reason", "Reason"), "syscall": Column("syscall", "System call"), "ret": Column("ret", "Return value", Unit.ID),
    "off_cpu": Column("off_cpu", "Off CPU", Unit.DURATION), "self": Column("self", "Self", Unit.DURATION),
    "kind": Column("kind", "Kind"), "irq": Column("irq", "IRQ", Unit.ID), "handler": Column("handler", "Handler"),
    "raised": Column("raised", "Raised", Unit.TIME), "category": Column("category", "Category"), "file": Column("file", "File"),
    "fd": Column("fd", "FD", Unit.ID), "bytes": Column("bytes", "Bytes", Unit.BYTES), "device": Column("device", "Device"),
    "operation": Column("operation", "Operation"), "sector": Column("sector", "Sector", Unit.ID),
    "interface": Column("interface", "Interface"), "order": Column("order", "Order", Unit.ID),
    "call_site": Column("call_site", "Call site"), "cache": Column("cache", "Cache"), "pointer": Column("pointer", "Pointer"),
    "bytes_requested": Column("bytes_requested", "Requested", Unit.BYTES),
}
# Columns of sums.
_NUMBERS = {
    name: Column(name, title, Unit.BYTES if name.startswith("bytes") or name.endswith("bytes") else Unit.COUNT) for name, title in (
        ("allocations", "Allocations"), ("frees", "Frees"), ("pages_allocated", "Pages allocated"), ("pages_freed", "Pages freed"),
        ("pages_net", "Net growth"), ("bytes_requested", "Requested"), ("bytes_allocated", "Allocated"), ("bytes_freed", "Freed"),
        ("bytes_net", "Net growth"), ("opens", "Opens"), ("closes", "Closes"), ("syncs", "Syncs"), ("reads", "Reads"),
        ("bytes_read", "Read"), ("writes", "Writes"), ("bytes_written", "Written"), ("bytes_files", "Of files"),
        ("bytes_sockets", "Of sockets"), ("bytes_other", "Of others"), ("failures", "Failures"), ("requests", "Requests"),
        ("bytes_moved", "Bytes"), ("sectors", "Sectors"), ("packets_received", "Packets received"),
        ("bytes_received", "Received"), ("packets_sent", "Packets sent"), ("bytes_sent", "Sent"))}
_UNITS = {"duration": Unit.DURATION, "bytes": Unit.BYTES, "pages": Unit.COUNT}
_BEGIN, _END = Column("begin", "Begin", Unit.TIME), Column("end", "End", Unit.TIME)
_COUNT = Column("count", "Count", Unit.COUNT)
_OUTCOMES = {
    "requests": "Block requests", "merged": "Merged", "partial": "Partial completions", "requeued": "Requeued",
    "unfinished_requests": "Unfinished requests", "unmatched_completions": "Unmatched completions",
    "allocations": "Allocations", "frees": "Frees", "unmatched_frees": "Unmatched frees", "batched_frees": "Batched frees",
    "failed_allocations": "Failed allocations", "while_idle": "While idle", "of_unknown": "Of unknown threads",
    "calls": "Calls", "handlers": "Handlers", "unfinished": "Unfinished", "mismatched": "Mismatched exits",
    "unmatched_exits": "Unmatched exits", "child_returns": "Returns of children", "lost": "Lost", "lossy": "Lossy"}


def _figure_columns(unit: Unit) -> tuple[Column, ...]:
    names = ("min", "avg", "max", "stdev", *(f"p{percent}" for percent in PERCENTILES), "sum")
    return _COUNT, *(Column(name, name if name[0] == "p" else name.capitalize(), unit) for name in names)


def _bin_columns(unit: Unit) -> tuple[Column, ...]:
    return Column("share", "Share", Unit.SHARE), Column("lower", "From", unit), Column("upper", "To", unit), _COUNT


def report(result: Durations, every_table: bool = False) -> Report:
    """Return a window's tables. every_table: those, too, which are left out for want of rows."""
    tables = [table for usage in result.usages for table in _usage(usage)] if "usage" in result.options.views else []
    tables += [table for measure in result.measures for table in _measure(result, measure)]
    if result.outcomes:
        tables.append(_outcomes(result))
    if result.unfinished or every_table:
        tables.append(_unfinished(result))
    return Report(result.range.begin_ns, result.range.end_ns, tuple(tables), (), tuple(_remarks(result)), result.range.about)


def _remarks(result: Durations) -> Iterable[str]:
    groups = [group for measure in result.measures for found in measure.stats.values() for group in found]
    if not all(group.figures.exact for group in groups):
        yield f"Percentiles and bins of more than a thousand different durations are within {RELATIVE_ERROR:.1%} of the true value."
    lost = result.losses
    if lost.events or lost.packets:
        told = f"Tracer discarded {lost.events} events and {lost.packets} packets"
        yield (f"{told}: {result.outcomes['lossy']} durations which began before the end of a loss may be wrong."
               if "lossy" in result.outcomes else f"{told}: what they told is missing here.")


def _measure(result: Durations, measure: MeasureResult) -> Iterable[Table]:
    """Yield a measure's tables in the order in which the views were asked for."""
    for view in result.options.views:
        if view == "log":
            yield _samples(measure, measure.log_rows, "log", "log")
        elif view == "top":
            yield _samples(measure, measure.top_rows, "top", "longest" if measure.measure.value == "duration" else "largest")
        elif view != "usage":
            for dimension in result.group_by:
                yield from (_stats if view == "stats" else _freq)(result, measure, dimension)


def _usage(result: UsageResult) -> Iterable[Table]:
    usage = result.usage
    for dimension, rows in result.rows.items():
        columns = tuple(_COLUMNS.get(name) or _NUMBERS[name] for name in (*FIELDS[dimension], *usage.label, *usage.numbers))
        title = usage.title + ("" if dimension == TOTAL else f" by {dimension}")
        yield Table(f"{result.key}_usage{_by(dimension)}", title, columns, rows)


def _by(dimension: str) -> str:
    return "" if dimension == TOTAL else f"_by_{dimension}"


def _fields(measure: MeasureResult, dimension: str) -> tuple[Column, ...]:
    return tuple(_COLUMNS[name] for name in (*FIELDS[dimension], *measure.measure.label))


def _title(measure: MeasureResult, what: str, dimension: str = TOTAL) -> str:
    return f"{measure.measure.title}, {what}" + ("" if dimension == TOTAL else f" by {dimension}")


def _key(measure: MeasureResult) -> str:
    return measure.key.replace("-", "_")


def _samples(measure: MeasureResult, rows: Sequence[tuple], name: str, what: str) -> Table:
    about = FIELDS[THREAD] if measure.measure.of_threads else ()
    details = [field for detail in measure.measure.details for field in (FIELDS[WAKER] if detail == WAKER else (detail,))]
    is_moment = measure.measure.value != "duration"
    times = (Column("time", "Time", Unit.TIME),) if is_moment else (_BEGIN, _END)
    value = Column(measure.measure.value, measure.measure.value.capitalize(), _UNITS[measure.measure.value])
    columns = (*times, value, *(_COLUMNS[field] for field in (*about, *measure.measure.label, *details)))
    # What is a moment has no duration: it ends when it begins.
    made = tuple([(row[0], *row[2:]) for row in rows]) if is_moment else rows
    return Table(f"{_key(measure)}_{name}", _title(measure, what), columns, made)


def _stats(result: Durations, measure: MeasureResult, dimension: str) -> Iterable[Table]:
    part = measure.measure.part
    extra = () if part is None else (_COLUMNS[part],)
    groups = measure.stats[dimension]
    rows = tuple((*group.values, *_figures(group.figures), *(() if part is None else (group.figures.part_ns,))) for group in groups)
    yield Table(f"{_key(measure)}_stats{_by(dimension)}", _title(measure, "statistics", dimension),
                (*_fields(measure, dimension), *_figure_columns(_UNITS[measure.measure.value]), *extra), rows)
    if measure.measure.tallies is not None:
        yield _tallies(measure, dimension)


def _figures(figures: Figures) -> tuple:
    return (figures.count, figures.minimum_ns, _rounded(figures.mean_ns), figures.maximum_ns, _rounded(figures.deviation_ns),
            *figures.percentiles_ns, figures.total_ns)


def _rounded(value: float | None) -> float | None:
    """Return a mean of ns to the thousandth: more digits are noise."""
    return None if value is None else round(value, 3)


def _tallies(measure: MeasureResult, dimension: str) -> Table:
    """Return errors by name, the most frequent of each row first."""
    rows = tuple((*group.values, error_name(number), count) for group in measure.stats[dimension]
                 for number, count in sorted((group.figures.tallies or {}).items(), key=lambda item: (-item[1], item[0])))
    return Table(f"{_key(measure)}_errors{_by(dimension)}", _title(measure, "errors", dimension),
                 (*_fields(measure, dimension), Column("error", "Error"), _COUNT), rows)


def _freq(result: Durations, measure: MeasureResult, dimension: str) -> Iterable[Table]:
    rows = tuple(row for bins in measure.freq[dimension] for row in _bin_rows(bins))
    yield Table(f"{_key(measure)}_freq{_by(dimension)}", _title(measure, "distribution", dimension),
                (*_fields(measure, dimension), *_bin_columns(_UNITS[measure.measure.value])), rows, "share")


def _bin_rows(bins: Bins) -> Iterable[tuple]:
    """Yield the bins, [lower, upper) but the last, which holds the upper bound, too."""
    width, total = (bins.upper_ns - bins.lower_ns) / len(bins.counts), sum(bins.counts)
    for at, count in enumerate(bins.counts):
        upper = bins.upper_ns if at == len(bins.counts) - 1 else bins.lower_ns + width * (at + 1)
        yield (*bins.values, count / total if total else 0.0, bins.lower_ns + width * at, upper, count)


def _outcomes(result: Durations) -> Table:
    columns = tuple(Column(name, _OUTCOMES[name], Unit.COUNT) for name in result.outcomes)
    return Table("outcomes", "Outcomes", columns, (tuple(result.outcomes.values()),))


def _unfinished(result: Durations) -> Table:
    measure = result.measures[0]
    about = FIELDS[THREAD] if measure.measure.of_threads else ()
    columns = (*(_COLUMNS[field] for field in (*about, *measure.measure.label)), _BEGIN, Column("so_far", "So far", Unit.DURATION))
    return Table("unfinished", "Unfinished at the end", columns, result.unfinished)


def document(result: Durations) -> dict[str, Any]:
    """Return a window's JSON document: every table as rows of named values; times and durations are ns."""
    made = report(result)
    return {"schema": f"lttngx.{result.name}/1", **members(made.about), "begin_ns": made.begin_ns, "end_ns": made.end_ns,
            "discarded_events": result.losses.events, "discarded_packets": result.losses.packets,
            "percentile_relative_error": RELATIVE_ERROR,
            "tables": {table.name: [dict(zip((column.name for column in table.columns), row)) for row in table.rows]
                       for table in made.tables}}


def render(results: Sequence[Durations], form: str, utc: bool = True) -> str:
    """Return windows as text; see `pieces`."""
    return "".join(pieces(results, form, utc))


def pieces(results: Sequence[Durations], form: str, utc: bool = True) -> Iterator[str]:
    """Yield windows as "text", "json" (one document a line), "csv" or "lami" (one document for all windows), in pieces."""
    if form == "lami":
        yield lami.render(list(map(report, results)))
    for number, result in enumerate(results if form != "lami" else ()):
        if form == "json":
            yield json.dumps(document(result), ensure_ascii=False) + "\n"
        elif form == "csv":
            yield csv.render_report(report(result))
        else:
            yield "\n" * (number > 0)
            yield from text.pieces(report(result), utc)
