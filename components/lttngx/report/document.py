"""The page's data: plain JSON. Times are ns from the trace's begin, which JavaScript's numbers hold for a hundred days."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lttngx.analyses.distribution import PERCENTILES
from lttngx.analyses.durations import Durations, Group, MeasureResult
from lttngx.analyses.measures import THREAD
from lttngx.render import cputop as render_cputop
from lttngx.render import durations as render_durations
from lttngx.render import spans as render_spans
from lttngx.render.tables import Column, Report, Table, Unit
from lttngx.report.gathering import SPANS, Gathered
from lttngx.report.machines import MachineResult
from lttngx.report.timelines import Timeline
from lttngx.spans.span import COMPLETE, Span

# Greatest integer that JavaScript's numbers hold exactly; greater ones are shown, not computed with.
EXACT = 2**53
_EVENTS = (Column("share", "Share", Unit.SHARE), Column("name", "Event"), Column("count", "Count", Unit.COUNT))
_CHARTS = {"cpus": "CPU usage over time, by CPU", "containers": "CPU usage over time, by container",
           "threads": "CPU usage over time, by thread (those with the most CPU time)"}
_ANALYSES = {"sched": "Scheduling", "syscalls": "System calls", "irq": "Interrupts"}
# Distributions that can be chosen of one measure: those with the most time.
GROUPS = 100


@dataclass(frozen=True, slots=True)
class _Section:
    """name: form of its tables' names, which tells them from other sections' and other machines'."""

    title: str
    report: Report
    name: str = "{}"
    distributions: tuple[MeasureResult, ...] = ()


def document(gathered: Gathered, title: str, utc: bool) -> dict[str, Any]:
    """Return the data of a page."""
    begin_ns = gathered.range.begin_ns
    return {
        # What was lost behind the last event is to be seen, too.
        "title": title, "begin_ns": str(begin_ns), "utc": utc,
        "duration_ns": max([gathered.range.end_ns, *(loss.end_ns for loss in gathered.losses)]) - begin_ns,
        "summary": _summary(gathered),
        "losses": [[loss.begin_ns - begin_ns, loss.end_ns - begin_ns, loss.what, loss.count, loss.stream] for loss in gathered.losses],
        "charts": list(_charts(gathered, begin_ns)),
        "spans": _spans(gathered, begin_ns),
        "percentiles": PERCENTILES,
        "sections": [_section(section, begin_ns) for section in _sections(gathered)]}


def _section(section: _Section, begin_ns: int) -> dict[str, Any]:
    tables = [_table(table, begin_ns, section.name) for table in section.report.tables if table.rows]
    return {"title": section.title, "remarks": [*section.report.summary, *section.report.remarks], "tables": tables,
            "distributions": [_distribution(measure, section.name) for measure in section.distributions]}


def _of(machine: MachineResult, gathered: Gathered) -> str:
    """Return what headings add where there are several machines."""
    return f" of {machine.host or '?'}" if len(gathered.machines) > 1 else ""


def _summary(gathered: Gathered) -> list[list[str]]:
    rows = []
    for trace in gathered.traces:
        environment = trace.environment
        version = ".".join(str(environment[part]) for part in ("tracer_major", "tracer_minor", "tracer_patchlevel")
                           if part in environment)
        about = " ".join(str(part) for part in (environment.get("domain"), environment.get("tracer_name"), version) if part)
        rows.append(["Trace", f"{trace.name or trace.uuid or '?'}{f': {about}' if about else ''}"])
    rows.append(["Events", f"{sum(count for _, count in gathered.events):,} of {len(gathered.events)} names"])
    lost = gathered.lost
    rows.append(["Lost", f"{lost.events:,} events, {lost.packets:,} packets" if lost.events or lost.packets else "nothing"])
    for machine in gathered.machines:
        if machine.usage is not None:
            of = _of(machine, gathered)
            rows.append([f"CPUs{of}", f"{len(machine.usage.cpus)}, used {100 * machine.usage.total_usage:.2f} %"])
            rows.append([f"Containers{of}", str(sum(1 for row in machine.usage.containers if row.container.type != "host"))])
    return rows


def _sections(gathered: Gathered) -> Iterable[_Section]:
    for number, machine in enumerate(gathered.machines):
        of, suffix = _of(machine, gathered), f"_{number + 1}" if number else ""
        if machine.usage is not None:
            yield _Section(f"CPU usage{of}", render_cputop.report(machine.usage), f"{{}}{suffix}")
        for found in machine.durations:
            yield _Section(f"{_ANALYSES[found.name]}{of}", render_durations.report(found), f"{found.name}_{{}}{suffix}",
                           _distributed(found))
    if gathered.spans is not None:
        yield _Section("Spans", render_spans.report(gathered.spans), "spans_{}")
    total = sum(count for _, count in gathered.events) or 1
    events = Table("events", "Events by name", _EVENTS, tuple((count / total, name, count) for name, count in gathered.events), "share")
    yield _Section("Events", Report(gathered.range.begin_ns, gathered.range.end_ns, (events,)))


def _distributed(found: Durations) -> tuple[MeasureResult, ...]:
    return tuple(measure for measure in found.measures if any(measure.stats.values()))


def _distribution(measure: MeasureResult, name: str) -> dict[str, Any]:
    """Return a measure's distributions, one a group. table: the one before which they stand. first: number of the first bin, which
    begins at 10^(first/per_decade) ns."""
    groups = [(dimension, group) for dimension, found in measure.stats.items() for group in found][:GROUPS]
    key = measure.key.replace("-", "_")
    return {"name": name.format(key), "title": measure.measure.title, "table": name.format(f"{key}_stats"),
            "per_decade": groups[0][1].log_bins.per_decade,
            "groups": [{"label": _label(dimension, group), "count": group.figures.count, "first": group.log_bins.first,
                        "counts": group.log_bins.counts, "percentiles": group.figures.percentiles_ns} for dimension, group in groups]}


def _label(dimension: str, group: Group) -> str:
    """Return what a group's distribution is about: a system call, a reason, a handler, a thread and the reason, …"""
    values = group.values
    if dimension == THREAD:
        name, tid, _, _, *values = values
        values = [f"{name or '?'} ({tid})", *values]
    return " ".join(str(value) for value in values if value is not None) or "all"


def _charts(gathered: Gathered, begin_ns: int) -> Iterable[dict[str, Any]]:
    for number, machine in enumerate(gathered.machines):
        for name, title in _CHARTS.items():
            if name in machine.charts:
                suffix = f"_{number + 1}" if number else ""
                yield _chart(f"{name}{suffix}", f"{title}{_of(machine, gathered)}", machine.charts[name], begin_ns)


def _table(table: Table, begin_ns: int, name: str) -> dict[str, Any]:
    columns = [[column.name, column.title, column.unit.name] for column in table.columns]
    rows = [[_cell(value, column.unit, begin_ns) for value, column in zip(row, table.columns)] for row in table.rows]
    return {"name": name.format(table.name), "title": table.title, "columns": columns, "rows": rows,
            "bar": None if table.bar is None else table.index(table.bar)}


def _cell(value: Any, unit: Unit, begin_ns: int) -> Any:
    if unit is Unit.TIME and value is not None:
        return value - begin_ns
    if unit is Unit.LIST and value is not None:
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return round(value, 6)
    return str(value) if isinstance(value, int) and not -EXACT < value < EXACT else value


def _chart(name: str, title: str, timeline: Timeline, begin_ns: int) -> dict[str, Any]:
    return {"name": name, "title": title, "begin": timeline.begin_ns - begin_ns, "step": timeline.step_ns,
            "rows": [[label, list(values)] for label, values in timeline.rows]}


def _spans(gathered: Gathered, begin_ns: int) -> dict[str, Any] | None:
    """Return the time line of the longest spans: one row a definition and depth of overlap."""
    if gathered.spans is None:
        return None
    collector = gathered.spans.collector
    found = sorted(collector.top(), key=lambda span: (span.begin_ns, -span.end_ns))
    paths = sorted({span.path or "(unnamed)" for span in found})
    lanes = _Lanes()
    rows = [[span.begin_ns - begin_ns, span.duration_ns, paths.index(span.path or "(unnamed)"), lanes.place(span), str(span.title),
             "" if span.status == COMPLETE else span.status, int(span.lossy)] for span in found]
    total = sum(figures.durations.count for figures in collector.figures.kinds.values())
    return {"paths": paths, "lanes": [lanes.count(path) for path in paths], "rows": rows, "total": total, "limit": SPANS}


class _Lanes:
    """Places spans of one path, in order of begin, so that none covers another: each in the first lane that is free."""

    def __init__(self) -> None:
        self._ends: dict[str, list[int]] = {}

    def place(self, span: Span) -> int:
        """Return a span's lane, from 0."""
        ends = self._ends.setdefault(span.path or "(unnamed)", [])
        lane = next((lane for lane, end_ns in enumerate(ends) if end_ns <= span.begin_ns), len(ends))
        ends[lane:lane + 1] = [span.end_ns]
        return lane

    def count(self, path: str) -> int:
        """Return how many lanes a path has."""
        return len(self._ends[path])
