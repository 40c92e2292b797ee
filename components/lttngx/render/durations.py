"""Analyses of durations (sched, syscalls, irq, …) as tables: from one list of them text, CSV, JSON and LAMI are made."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from lttngx.analyses.distribution import PERCENTILES
from lttngx.analyses.durations import Bins, Durations, Figures, MeasureResult, SampleRow
from lttngx.analyses.grouping import FIELDS, THREAD, TOTAL, WAKER
from lttngx.analyses.statistics import RELATIVE_ERROR
from lttngx.kernel.calls import error_name
from lttngx.render import csv, lami, text
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
    "raised": Column("raised", "Raised", Unit.TIME),
}
_BEGIN, _END = Column("begin", "Begin", Unit.TIME), Column("end", "End", Unit.TIME)
_DURATION, _COUNT = Column("duration", "Duration", Unit.DURATION), Column("count", "Count", Unit.COUNT)
_FIGURES = (_COUNT, *(Column(name, name.capitalize(), Unit.DURATION) for name in ("min", "avg", "max", "stdev")),
            *(Column(f"p{percent}", f"p{percent}", Unit.DURATION) for percent in PERCENTILES), Column("sum", "Sum", Unit.DURATION))
_BINS = (Column("share", "Share", Unit.SHARE), Column("lower", "From", Unit.DURATION), Column("upper", "To", Unit.DURATION), _COUNT)
_OUTCOMES = {
    "calls": "Calls", "handlers": "Handlers", "unfinished": "Unfinished", "mismatched": "Mismatched exits",
    "unmatched_exits": "Unmatched exits", "child_returns": "Returns of children", "lost": "Lost", "lossy": "Lossy"}


def report(result: Durations, every_table: bool = False) -> Report:
    """Return a window's tables. every_table: those, too, which are left out for want of rows."""
    tables = [table for measure in result.measures for table in _measure(result, measure)]
    if result.outcomes:
        tables.append(_outcomes(result))
    if result.unfinished or every_table:
        tables.append(_unfinished(result))
    return Report(result.range.begin_ns, result.range.end_ns, tuple(tables), (), tuple(_remarks(result)))


def _remarks(result: Durations) -> Iterable[str]:
    groups = [group for measure in result.measures for found in measure.stats.values() for group in found]
    if not all(group.figures.exact for group in groups):
        yield f"Percentiles and bins of more than a thousand different durations are within {RELATIVE_ERROR:.1%} of the true value."
    lost = result.losses
    if lost.events or lost.packets:
        yield (f"Tracer discarded {lost.events} events and {lost.packets} packets: {result.outcomes.get('lossy', 0)} durations "
               "which began before the end of a loss may be wrong.")


def _measure(result: Durations, measure: MeasureResult) -> Iterable[Table]:
    """Yield a measure's tables in the order in which the views were asked for."""
    for view in result.options.views:
        if view == "log":
            yield _samples(measure, measure.log, "log", "log")
        elif view == "top":
            yield _samples(measure, measure.top, "top", "longest")
        else:
            for dimension in result.group_by:
                yield from (_stats if view == "stats" else _freq)(result, measure, dimension)


def _by(dimension: str) -> str:
    return "" if dimension == TOTAL else f"_by_{dimension}"


def _fields(measure: MeasureResult, dimension: str) -> tuple[Column, ...]:
    return tuple(_COLUMNS[name] for name in (*FIELDS[dimension], *measure.measure.label))


def _title(measure: MeasureResult, what: str, dimension: str = TOTAL) -> str:
    return f"{measure.measure.title}, {what}" + ("" if dimension == TOTAL else f" by {dimension}")


def _key(measure: MeasureResult) -> str:
    return measure.key.replace("-", "_")


def _samples(measure: MeasureResult, samples: Sequence[SampleRow], name: str, what: str) -> Table:
    about = FIELDS[THREAD] if "kind" not in measure.measure.label else ()
    details = [field for detail in measure.measure.details for field in (FIELDS[WAKER] if detail == WAKER else (detail,))]
    columns = (_BEGIN, _END, _DURATION, *(_COLUMNS[field] for field in (*about, *measure.measure.label, *details)))
    rows = tuple((row.begin_ns, row.end_ns, row.duration_ns, *(row.thread or ()), *row.label, *row.details[:len(details)])
                 for row in samples)
    return Table(f"{_key(measure)}_{name}", _title(measure, what), columns, rows)


def _stats(result: Durations, measure: MeasureResult, dimension: str) -> Iterable[Table]:
    part = measure.measure.part
    extra = () if part is None else (_COLUMNS[part],)
    groups = measure.stats[dimension]
    rows = tuple((*group.values, *_figures(group.figures), *(() if part is None else (group.figures.part_ns,))) for group in groups)
    yield Table(f"{_key(measure)}_stats{_by(dimension)}", _title(measure, "statistics", dimension),
                (*_fields(measure, dimension), *_FIGURES, *extra), rows)
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
                (*_fields(measure, dimension), *_BINS), rows, "share")


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
    about = FIELDS[THREAD] if "kind" not in measure.measure.label else ()
    columns = (*(_COLUMNS[field] for field in (*about, *measure.measure.label)), _BEGIN, Column("so_far", "So far", Unit.DURATION))
    return Table("unfinished", "Unfinished at the end", columns, result.unfinished)


def document(result: Durations) -> dict[str, Any]:
    """Return a window's JSON document: every table as rows of named values; times and durations are ns."""
    made = report(result)
    return {"schema": f"lttngx.{result.name}/1", "begin_ns": made.begin_ns, "end_ns": made.end_ns,
            "discarded_events": result.losses.events, "discarded_packets": result.losses.packets,
            "percentile_relative_error": RELATIVE_ERROR,
            "tables": {table.name: [dict(zip((column.name for column in table.columns), row)) for row in table.rows]
                       for table in made.tables}}


def render(results: Sequence[Durations], form: str, utc: bool = True) -> str:
    """Return windows as "text", "json" (one document a line), "csv" or "lami" (one document for all windows)."""
    if form == "json":
        return "".join(json.dumps(document(result), ensure_ascii=False) + "\n" for result in results)
    reports = [report(result) for result in results]
    if form == "lami":
        return lami.render(reports)
    return "\n".join(text.render_report(made, utc) for made in reports) if form == "text" else "".join(map(csv.render_report, reports))
