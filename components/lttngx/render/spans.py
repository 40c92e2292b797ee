"""Spans as text, JSON, CSV and LAMI."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lttngx.analyses.statistics import RELATIVE_ERROR, Statistics
from lttngx.render import csv, lami, text
from lttngx.render.tables import Column, Report, Table, Unit
from lttngx.spans.collector import Collector
from lttngx.spans.figures import Figures, KindFigures, PairFigures
from lttngx.spans.kinds import Kind
from lttngx.spans.result import Result
from lttngx.spans.span import Span
from lttngx.spans.views import Options

SCHEMA = "lttngx.spans/1"
PERCENTILES = (50, 90, 99, 99.9)


def _spread(name: str, title: str, unit: Unit) -> tuple[Column, ...]:
    """Columns of minimum, mean, maximum and deviation."""
    parts = ("min", "avg", "max", "stdev")
    return tuple(Column(f"{name}{part}", f"{title}{part.capitalize()}", unit) for part in parts)


_SPAN = Column("span", "Span")
_DURATION = (Column("begin", "Begin", Unit.TIME), Column("end", "End", Unit.TIME),
             Column("duration", "Duration", Unit.DURATION))
_LOG = (*_DURATION, _SPAN, Column("name", "Name"), Column("captures", "Captures"))
_OUTCOMES = (
    _SPAN, *(Column(name, title, Unit.COUNT) for name, title in (
        ("begun", "Begun"), ("complete", "Complete"), ("by_parent", "By parent"), ("by_end", "By end"),
        ("timed_out", "Timed out"), ("replaced", "Replaced"), ("unmatched_ends", "Unmatched ends"),
        ("crossed", "Crossed"), ("lossy", "Lossy"))))
_STATS = (_SPAN, Column("count", "Count", Unit.COUNT), *_spread("", "", Unit.DURATION),
          *(Column(f"p{percent}", f"p{percent}", Unit.DURATION) for percent in PERCENTILES),
          Column("sum", "Sum", Unit.DURATION), Column("self", "Self", Unit.DURATION),
          Column("union", "Union", Unit.DURATION))
_PARENTS = (Column("ancestor", "Per"), _SPAN, Column("spans", "Ancestors", Unit.COUNT))
_FREQUENCY = (Column("share", "Share", Unit.SHARE), Column("lower", "From", Unit.DURATION),
              Column("upper", "To", Unit.DURATION), Column("count", "Count", Unit.COUNT))
_PLAIN_FREQUENCY = (_FREQUENCY[0], Column("lower", "From", Unit.NUMBER), Column("upper", "To", Unit.NUMBER),
                    _FREQUENCY[3])
_EXPLAIN = (_SPAN, Column("begins_on", "Begins on"), Column("ends_on", "Ends on"), Column("key", "Key"),
            Column("guarded", "Guarded"))
_TREE = (_SPAN, Column("count", "Count", Unit.COUNT), Column("sum", "Sum", Unit.DURATION),
         Column("self", "Self", Unit.DURATION), Column("of_parent", "Of parent", Unit.SHARE))
_AGGREGATES = (*_DURATION, _SPAN, Column("inner", "Inner span"), Column("count", "Count", Unit.COUNT),
               *_spread("", "", Unit.DURATION), Column("sum", "Sum", Unit.DURATION), Column("captures", "Captures"))


# Whether figures per ancestor are about all ancestors; what they are of.
_ANCESTORS = ((False, "with such spans"), (True, "all"))
_PER_ANCESTOR = (("times", Unit.DURATION, "duration"), ("counts", Unit.NUMBER, "number"),
                 ("percents", Unit.NUMBER, "percent of the ancestor"))


def nothing() -> Report:
    """Return a report with every table there may be, without rows."""
    plain = (("log", "Log", _LOG), ("aggregates", "Log of spans with the spans inside", _AGGREGATES), ("top", "Longest spans", _LOG),
             ("stats", "Statistics", _STATS), ("tree", "Tree", _TREE), ("explain", "Definitions", _EXPLAIN),
             ("outcomes", "Outcomes", _OUTCOMES), ("freq", "Durations", _FREQUENCY), ("freq_times", "Durations per ancestor", _FREQUENCY),
             ("freq_counts", "Numbers per ancestor", _PLAIN_FREQUENCY), ("freq_percents", "Percents per ancestor", _PLAIN_FREQUENCY))
    per_ancestor = ((f"{what}_per_ancestor{'_all' * everywhere}", f"Per ancestor: {heading}, ancestors: {title}",
                     (*_PARENTS, *_spread("", "", unit)))
                    for everywhere, title in _ANCESTORS for what, unit, heading in _PER_ANCESTOR)
    return Report(0, 0, tuple(Table(name, title, columns, ()) for name, title, columns in (*plain, *per_ancestor)))


def report(result: Result) -> Report:
    """Return the tables of the wanted views, in the order asked for, then the outcomes."""
    options = result.collector.options
    tables = [table for view in options.views for table in _VIEWS[view](result)]
    remarks = [f"Percentiles are within {RELATIVE_ERROR:.1%} of the true value."] if "stats" in options.views else []
    remarks += _outside(result)
    lost = result.losses
    if lost.events or lost.packets:
        remarks.append(f"Tracer discarded {lost.events} events and {lost.packets} packets: "
                       "spans during which it did are counted as lossy.")
    return Report(result.range.begin_ns, result.range.end_ns, (*tables, _outcomes(result)), (), tuple(remarks))


def name_of(kind: Kind) -> str:
    """Return a kind's path; unnamed ones by their place among the definitions."""
    return kind.path or f"(unnamed: {kind.definition.where})"


def _shown(options: Options, kinds: Iterable[Kind]) -> list[Kind]:
    return [kind for kind in kinds if options.selects(kind)]


def _outcomes(result: Result) -> Table:
    return Table("outcomes", "Outcomes", _OUTCOMES, tuple((name_of(kind), *result.outcomes[kind]) for kind in result.kinds))


def captures_text(span: Span) -> str:
    """Return a span's captures as `name = value, …`, in the definition's order."""
    return ", ".join(f"{name} = {value}" for name, value in span.captures().items())


def _span_row(span: Span) -> tuple:
    return (span.begin_ns, span.end_ns, span.duration_ns, name_of(span.kind), str(span.title), captures_text(span))


def _log(result: Result) -> list[Table]:
    collector, options = result.collector, result.collector.options
    if options.aggregate_by is not None:
        rows = [(*_span_row(span)[:4], name_of(kind), *_figures(inner), inner.total, captures_text(span))
                for span, found in sorted(collector.aggregates, key=lambda pair: pair[0].number)
                for kind, inner in sorted(found.items(), key=lambda item: item[0].path)]
        return [Table("aggregates", f"Log of {options.aggregate_by} with the spans inside", _AGGREGATES, tuple(rows))]
    return [Table("log", "Log", _LOG, tuple(map(_span_row, collector.log())))]


def _figures(statistics: Statistics) -> tuple:
    """Return (count, min, avg, max, stdev)."""
    return (statistics.count, statistics.minimum, _rounded(statistics.mean), statistics.maximum,
            _rounded(statistics.deviation))


def _rounded(value: float | None) -> float | None:
    """Return a mean of ns to the thousandth: more digits are noise."""
    return None if value is None else round(value, 3)


def _top(result: Result) -> list[Table]:
    return [Table("top", "Longest spans", _LOG, tuple(map(_span_row, result.collector.top())))]


def _grouped(collector: Collector) -> list[tuple[str, Figures]]:
    """Return all figures, then each group's, sorted by label."""
    names = [f"{name}.{capture}" for name, capture in collector.options.group_by]
    labelled = [(", ".join(f"{name} = {value}" for name, value in sorted(zip(names, group))), figures)
                for group, figures in collector.groups.items()]
    return [("", collector.figures), *sorted(labelled, key=lambda pair: pair[0])]


def _stats(result: Result) -> list[Table]:
    tables = []
    for label, figures in _grouped(result.collector):
        suffix, name = (f" [{label}]", f"{{}}[{label}]") if label else ("", "{}")
        shown = _shown(result.collector.options, result.kinds)
        rows = tuple(_stats_row(kind, figures.kinds[kind]) for kind in shown if kind in figures.kinds)
        tables.append(Table(name.format("stats"), f"Statistics{suffix}", _STATS, rows, family="stats" if label else None))
        tables += _per_parent(result, figures, suffix, name)
    return tables


def _stats_row(kind: Kind, found: KindFigures) -> tuple:
    # A bucket's middle may lie beyond the greatest value in it.
    percentiles = tuple(min(found.histogram.percentile(percent), found.durations.maximum) for percent in PERCENTILES)
    return (name_of(kind), *_figures(found.durations), *percentiles, found.durations.total, found.self_ns,
            found.union.length)


def _per_parent(result: Result, figures: Figures, suffix: str, name: str) -> list[Table]:
    tables = []
    for everywhere, title in _ANCESTORS:
        for what, unit, heading in _PER_ANCESTOR:
            rows = tuple(_pair_row(pair, found, what, figures, everywhere) for pair, found in _pairs(result, figures))
            if rows:
                family = f"{what}_per_ancestor{'_all' * everywhere}"
                tables.append(Table(
                    name.format(family), f"Per ancestor: {heading}, ancestors: {title}{suffix}", (*_PARENTS, *_spread("", "", unit)), rows,
                    family=family if suffix else None))
    return tables


def _pairs(result: Result, figures: Figures) -> list[tuple[tuple[Kind, Kind], PairFigures]]:
    options, order = result.collector.options, {kind: at for at, kind in enumerate(result.kinds)}
    found = [(pair, pair_figures) for pair, pair_figures in figures.pairs.by_kinds.items()
             if options.aggregates(pair[0]) and options.selects(pair[1])]
    return sorted(found, key=lambda item: (order[item[0][1]], order[item[0][0]]))


def _pair_row(pair: tuple[Kind, Kind], found: PairFigures, what: str, figures: Figures, everywhere: bool) -> tuple:
    statistics: Statistics = getattr(found, what)
    if everywhere:
        statistics = statistics.copy()
        statistics.add_zeros(figures.pairs.numbers[pair[0]] - statistics.count)
    return (name_of(pair[0]), name_of(pair[1]), *_figures(statistics))


@dataclass(frozen=True, slots=True)
class _Distribution:
    """A table of `freq` to be: what its values are (a key of the distributions which may share bins), and the values."""

    name: str
    title: str
    what: str
    values: Sequence[float]
    columns: tuple


def _freq(result: Result) -> list[Table]:
    options, found = result.collector.options, list(_distributions(result))
    bounds: dict[str, tuple[float, float]] = {}
    for one in found if options.uniform else ():
        lower, upper = bounds.get(one.what, _range(one.values))
        least, most = _range(one.values)
        bounds[one.what] = min(lower, least), max(upper, most)
    return [table for one in found
            for table in _frequency(one, _asked(one, bounds.get(one.what, _range(one.values)), options), options.resolution)]


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _asked(of: _Distribution, bounds: tuple[float, float], options: Options) -> tuple[float, float]:
    """Return the bounds of a distribution's bins: of durations, those asked for."""
    if of.columns is not _FREQUENCY:
        return bounds
    return (bounds[0] if options.least_ns is None else options.least_ns), (bounds[1] if options.most_ns is None else options.most_ns)


def _outside(result: Result) -> list[str]:
    """Return remarks on the durations which the bins asked for do not hold."""
    options = result.collector.options
    remarks = []
    for one in _distributions(result) if "freq" in options.views and (options.least_ns, options.most_ns) != (None, None) else ():
        lower, upper = _asked(one, _range(one.values), options)
        shorter, longer = sum(value < lower for value in one.values), sum(value > upper for value in one.values)
        if shorter or longer:
            remarks.append(f"{one.title}: {shorter} are shorter and {longer} are longer than the bins.")
    return remarks


def _distributions(result: Result) -> Iterator[_Distribution]:
    """Yield what has values, in order of the tables."""
    for label, figures in _grouped(result.collector):
        suffix = f" [{label}]" if label else ""
        for kind in _shown(result.collector.options, result.kinds):
            if kind in figures.kinds and figures.kinds[kind].every:
                yield _Distribution(f"freq:{name_of(kind)}{suffix}", f"Durations of {name_of(kind)}{suffix}", "durations",
                                    figures.kinds[kind].every, _FREQUENCY)
        for (ancestor, kind), found in _pairs(result, figures):
            about = f"{name_of(kind)} per {name_of(ancestor)}"
            for what, heading, values, columns in (("times", "Duration", found.every_time, _FREQUENCY),
                                                   ("counts", "Number", found.every_count, _PLAIN_FREQUENCY),
                                                   ("percents", "Percent", found.every_percent, _PLAIN_FREQUENCY)):
                if values:
                    yield _Distribution(f"freq_{what}:{about}{suffix}", f"{heading} of {about}{suffix}", what, values, columns)


def _frequency(of: _Distribution, bounds: tuple[float, float], resolution: int) -> list[Table]:
    """Return the table of bins of equal width over bounds: [lower, upper) but the last, which holds its upper bound, too; none if
    there is no range. Values beyond the bounds are in no bin."""
    lower, upper = bounds
    if lower >= upper:
        return []
    counts, width = [0] * resolution, (upper - lower) / resolution
    for value in of.values:
        if lower <= value <= upper:
            counts[min(int((value - lower) / width), resolution - 1)] += 1
    edges = [lower + width * at for at in range(resolution)] + [upper]
    rows = tuple((count / len(of.values), edges[at], edges[at + 1], count) for at, count in enumerate(counts))
    return [Table(of.name, of.title, of.columns, rows, "share", of.name.partition(":")[0])]


def _tree(result: Result) -> list[Table]:
    figures = result.collector.figures
    rows = tuple(_tree_row(kind, figures) for kind in _shown(result.collector.options, _ordered(result.kinds))
                 if kind in figures.kinds)
    return [Table("tree", "Tree", _TREE, rows)]


def _ordered(kinds: Sequence[Kind], parent: Kind | None = None) -> Iterable[Kind]:
    """Yield kinds, each before its children."""
    for kind in kinds:
        if kind.parent is parent:
            yield kind
            yield from _ordered(kinds, kind)


def _tree_row(kind: Kind, figures: Figures) -> tuple:
    own = figures.kinds[kind]
    parent = figures.kinds.get(kind.parent)
    pair = figures.pairs.by_kinds.get((kind.parent, kind))
    share = pair.times.total / parent.durations.total if parent and pair and parent.durations.total else None
    name = "  " * kind.depth + (kind.definition.name or name_of(kind))
    return (name, own.durations.count, own.durations.total, own.self_ns, share)


def _explain(result: Result) -> list[Table]:
    """Return what became of the definitions: event classes, and what an end finds its span by."""
    rows = tuple((name_of(kind), " ".join(kind.begin_names), " ".join(kind.end_names),
                  ", ".join(map(str, kind.end_key)) or "(none: every open span is tried)", kind.guarded)
                 for kind in result.kinds)
    return [Table("explain", "Definitions", _EXPLAIN, rows)]


_VIEWS = {"log": _log, "top": _top, "stats": _stats, "freq": _freq, "tree": _tree, "explain": _explain}


def document(result: Result) -> dict[str, Any]:
    """Return the JSON document: every table as rows of named values; spans with typed captures."""
    made = report(result)
    tables = {table.name: [dict(zip((column.name for column in table.columns), row)) for row in table.rows]
              for table in made.tables}
    collector = result.collector
    spans = {"log": collector.log(), "top": collector.top()}
    for name in spans.keys() & tables.keys():
        tables[name] = [_span_object(span) for span in spans[name]]
    return {"schema": SCHEMA, "begin_ns": made.begin_ns, "end_ns": made.end_ns,
            "discarded_events": result.losses.events, "discarded_packets": result.losses.packets,
            "percentile_relative_error": RELATIVE_ERROR, "tables": tables}


def _span_object(span: Span) -> dict[str, Any]:
    return {"id": span.number, "parent": None if span.parent is None else span.parent.number,
            "span": name_of(span.kind), "name": None if span.title is None else str(span.title), "begin_ns": span.begin_ns, "end_ns": span.end_ns,
            "lossy": span.lossy, "captures": span.captures()}


def render(results: Iterable[Result], form: str, utc: bool = True) -> str:
    """Return windows as "text", "json" (one document a line), "csv" or "lami" (one document for all windows). utc: times in text are UTC,
    else local."""
    if form == "json":
        return "".join(json.dumps(document(result), ensure_ascii=False) + "\n" for result in results)
    reports = [report(result) for result in results]
    if form == "lami":
        return lami.render(reports)
    return "\n".join(text.render_report(made, utc) for made in reports) if form == "text" else "".join(map(csv.render_report, reports))
