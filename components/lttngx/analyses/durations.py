"""The typed result of an analysis of durations. Times and durations are ns.

Values of rows are plain: numbers, text, None where nothing is known. Their fields are named beside them: those of the
dimension (`measures.FIELDS`), then those of the measure's label.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lttngx.analyses.measures import Measure, Usage
from lttngx.analyses.result import Losses, TimeRange

if TYPE_CHECKING:
    from lttngx.analyses.windowed import Options


@dataclass(frozen=True, slots=True)
class Figures:
    """Statistics of one group. deviation: of the sample (n − 1), None of fewer than two. percentiles: as
    `distribution.PERCENTILES`; exact: whether they are. part_ns, tallies: see `cells.Cell`; None if not known."""

    count: int
    total_ns: int
    minimum_ns: int | None
    mean_ns: float | None
    maximum_ns: int | None
    deviation_ns: float | None
    percentiles_ns: tuple[float | None, ...]
    exact: bool = True
    part_ns: int | None = 0
    tallies: dict[Any, int] | None = None


@dataclass(frozen=True, slots=True)
class LogBins:
    """A distribution as `Distribution.log_bins` gives it. first: number of the first bin."""

    per_decade: int
    first: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One row of statistics. log_bins: only if the options ask for them."""

    values: tuple
    figures: Figures
    log_bins: LogBins | None = None


@dataclass(frozen=True, slots=True)
class Bins:
    """One group's distribution: counts in bins of equal width over [lower, upper]."""

    values: tuple
    lower_ns: float
    upper_ns: float
    counts: tuple[int, ...]


class SampleRow(NamedTuple):
    """One duration. thread: (name, tid, pid, container), None if the measure is not about threads. duration_ns: bytes or pages where
    the measure's values are that."""

    begin_ns: int
    end_ns: int
    duration_ns: int
    thread: tuple | None
    label: tuple
    details: tuple


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """What one measure gives. stats, freq: by dimension, those with the most time first. log_rows: in order of begin; top_rows: the
    longest first. They are flat: begin, end, duration, the thread's four values where the measure is about threads, label, details."""

    key: str
    measure: Measure
    stats: dict[str, tuple[Group, ...]]
    freq: dict[str, tuple[Bins, ...]]
    log_rows: Sequence[tuple]
    top_rows: Sequence[tuple]

    @property
    def log(self) -> list[SampleRow]:
        """The log with names."""
        return list(map(self._named, self.log_rows))

    @property
    def top(self) -> list[SampleRow]:
        """The longest with names."""
        return list(map(self._named, self.top_rows))

    def _named(self, row: tuple) -> SampleRow:
        label_at = 3 + 4 * self.measure.of_threads
        details_at = label_at + len(self.measure.label)
        return SampleRow(*row[:3], row[3:label_at] or None, row[label_at:details_at], row[details_at:])


@dataclass(frozen=True, slots=True)
class UsageResult:
    """What was used up. rows: by dimension, (fields, label, numbers), the largest first."""

    key: str
    usage: Usage
    rows: dict[str, tuple[tuple, ...]]


@dataclass(frozen=True, slots=True)
class Durations:
    """One window's result. name: the analysis. outcomes: what became of what could not be counted, by name.
    unfinished: (name, tid, pid, container, label …, begin, duration so far) of what was open at the end of the trace."""

    name: str
    range: TimeRange
    losses: Losses
    options: "Options"
    group_by: tuple[str, ...]
    measures: tuple[MeasureResult, ...]
    outcomes: dict[str, int]
    unfinished: tuple[tuple, ...] = ()
    usages: tuple[UsageResult, ...] = ()
