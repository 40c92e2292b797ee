"""From cells to rows: by dimension, in order."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from lttngx.analyses import samples
from lttngx.analyses.cells import Cell, Key, Window
from lttngx.analyses.durations import Bins, Durations, Figures, Group, LogBins, MeasureResult, UsageResult
from lttngx.analyses.identities import Identities, waker_fields
from lttngx.analyses.measures import CONTAINER, FIELDS, FILE, PROCESS, THREAD, THREAD_ONLY, TOTAL, WAKER, Measure, Usage
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.statistics import Statistics
from lttngx.kernel.containers import Containers
from lttngx.kernel.files import name_of
from lttngx.kernel.running import final
from lttngx.kernel.threads import Thread

if TYPE_CHECKING:
    from lttngx.analyses.windowed import Windowed


class _Made(NamedTuple):
    """A group: the values of its row, its cell, that one's statistics."""

    values: tuple
    cell: Cell
    statistics: Statistics


def _joined(cells: list[Cell]) -> Cell:
    """Return one cell for all: itself if it is the only one."""
    if len(cells) == 1:
        return cells[0]
    joined = Cell()
    for cell in cells:
        joined.join(cell, None)
    return joined


class _Grouper:
    """Makes the tables of one measure, or of a usage (whose cells are lists of sums), in one window."""

    def __init__(self, cells: Mapping[Key, Any], identities: Identities, group_by: tuple[str, ...],
                 named: Callable[[tuple], tuple]) -> None:
        """named: gives a label as results show it."""
        self.told = tuple(name for name in group_by if name not in THREAD_ONLY)
        # Sums have a cell for each file of each thread: who that is is asked once.
        rows = {thread: None if thread is None else identities.row(final(thread)) for thread in {key[0] for key in cells}}
        labels = {label: named(label) for label in {key[1] for key in cells}}
        self.cells = [(row, labels[label], values, cell) for (thread, label, values), cell in cells.items()
                      if (row := rows[thread]) is not None or thread is None]

    def collect(self, dimension: str) -> Iterable[tuple[tuple, list[Any]]]:
        """Return the values of each row with its cells."""
        found: dict[tuple, tuple[tuple, list[Any]]] = {}
        # The cells of a group by what tells it at first sight: the value, or which thread's.
        seen: dict[tuple, list[Any]] = {}
        at = self.told.index(dimension) if dimension in self.told else None
        identify = self._identify(dimension)
        for row, label, values, cell in self.cells:
            sight = id(row) if at is None else values[at], label
            cells = seen.get(sight)
            if cells is None:
                key, fields = identify(row, values)
                cells = seen[sight] = found.setdefault((key, label), ((*fields, *label), []))[1]
            cells.append(cell)
        return found.values()

    def groups(self, dimension: str) -> list["_Made"]:
        """Return the groups, those with the most time first."""
        made = [_Made(values, cell, cell.statistics()) for values, cells in self.collect(dimension) for cell in (_joined(cells),)]
        return sorted(made, key=lambda group: (-group.statistics.total, *map(_sortable, group.values)))

    def _identify(self, dimension: str) -> Callable[[tuple | None, tuple], tuple[Any, tuple]]:
        """Return a function from a thread's row and values to what tells a group from others, and its fields."""
        if dimension == WAKER:
            at = self.told.index(WAKER)
            return lambda _, values: (waker_fields(values[at]),) * 2
        if dimension == FILE:
            at = self.told.index(FILE)
            return lambda _, values: ((name_of(values[at]),),) * 2
        if dimension in self.told:
            at = self.told.index(dimension)
            return lambda _, values: ((values[at],),) * 2
        return _BY_ROW[dimension]

# Dimensions of threads: (name, tid, pid, container, type, process name, process key) → what tells groups apart, fields. A reused TID is
# another thread.
_BY_ROW: dict[str, Callable[[tuple | None, tuple], tuple[Any, tuple]]] = {
    TOTAL: lambda _, __: (None, ()),
    THREAD: lambda row, _: ((row[1], row[2], row[0], row[3]), row[:4]),
    PROCESS: lambda row, _: (row[6], (row[5], row[2], row[3])),
    CONTAINER: lambda row, _: (row[3:5],) * 2,
}


def _sortable(value: Any) -> tuple:
    """Return a key which puts None first, then numbers, then text."""
    return (value is not None, isinstance(value, str), value if value is not None else 0)


def durations(analysis: "Windowed", name: str, measures: Mapping[str, Measure], window: Window, span: TimeRange, losses: Losses,
              usual: tuple[str, ...], outcomes: Mapping[str, int] | None = None, open_rows: Iterable[tuple] = (),
              usages: Mapping[str, Usage] | None = None) -> Durations:
    """Return one window's result. usual: dimensions if none were asked for. usages: to show in the view `usage`."""
    options = analysis.options
    group_by = options.group_by or usual
    identities = Identities(Containers(analysis.facts.threads, analysis.facts.namespaces, options.inventory), options.filters)
    made = tuple(_measure(key, measure, window, identities, group_by, options, partial(analysis.named, key))
                 for key, measure in measures.items())
    return Durations(name, span, losses, options, group_by, made, dict(window.outcomes if outcomes is None else outcomes),
                     tuple(found for thread, *rest in open_rows for found in _open(identities, thread, rest)),
                     tuple(_usage(key, usage, window.sums.get(key, {}), identities, options, partial(analysis.named, key))
                           for key, usage in (usages or {}).items()))


def _usage(key: str, usage: Usage, sums: Mapping[Key, list[int]], identities: Identities, options: Any, named: Callable[[tuple], tuple]
           ) -> UsageResult:
    shown = usage.shown(options.group_by)
    grouper, places = _Grouper(sums, identities, shown, named), [usage.numbers.index(name) for name in usage.order]
    rows = {}
    for dimension in shown:
        made = [(*values, *(amounts[0] if len(amounts) == 1 else map(sum, zip(*amounts))))
                for values, amounts in grouper.collect(dimension)]
        first = len(FIELDS[dimension]) + len(usage.label)
        made.sort(key=lambda row: (-sum(row[first + place] for place in places), *map(_sortable, row[:first])))
        rows[dimension] = tuple(made[:options.limit or None])
    return UsageResult(key, usage, rows)


def _open(identities: Identities, thread: Thread, rest: list) -> Iterable[tuple]:
    row = None if thread is None else identities.row(final(thread))
    if thread is None or row is not None:
        yield (*(row[:4] if row is not None else ()), *rest)


def _measure(key: str, measure: Measure, window: Window, identities: Identities, group_by: tuple[str, ...], options: Any,
             named: Callable[[tuple], tuple]) -> MeasureResult:
    views, grouper = options.views, _Grouper(window.cells.get(key, {}), identities, group_by, named)
    groups = {name: grouper.groups(name) for name in group_by} if {"stats", "freq"} & set(views) else {}
    stats = {name: tuple(Group(group.values, _figures(group, measure), _log_bins(group.cell, options.per_decade)) for group in found)
             for name, found in groups.items()}
    freq = {name: tuple(_bins(found, options)) for name, found in groups.items()} if "freq" in views else {}
    rows = (samples.logged(window.logs[key], measure, identities, named) if key in window.logs else
            samples.kept(((row, label, cell) for row, label, _, cell in grouper.cells), measure))
    log = sorted(rows, key=samples.in_order) if "log" in views else []
    top = sorted(rows, key=samples.longest_first)[:options.limit or None] if "top" in views else []
    return MeasureResult(key, measure, stats, freq, log, top)


def _figures(group: _Made, measure: Measure) -> Figures:
    found, cell = group.statistics, group.cell
    return Figures(found.count, found.total, found.minimum, found.mean, found.maximum, found.deviation, cell.percentiles(),
                   cell.is_exact, cell.part_ns if measure.part_known else None, dict(cell.tallies or {}))


def _log_bins(cell: Cell, per_decade: int) -> LogBins | None:
    if not per_decade:
        return None
    first, counts = cell.log_bins(per_decade)
    return LogBins(per_decade, first, tuple(counts))


def _bins(groups: list[_Made], options: Any) -> Iterable[Bins]:
    """Yield each group's bins; none for a group whose durations are all equal."""
    least = min((group.statistics.minimum for group in groups), default=0)
    most = max((group.statistics.maximum for group in groups), default=0)
    for values, cell, figures in groups:
        lower, upper = (least, most) if options.uniform else (figures.minimum, figures.maximum)
        lower = lower if options.min_ns is None else options.min_ns
        upper = upper if options.max_ns is None else options.max_ns
        if lower < upper:
            yield Bins(values, lower, upper, tuple(cell.bins(lower, upper, options.resolution)))
