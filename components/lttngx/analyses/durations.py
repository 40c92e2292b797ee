"""The typed result of an analysis of durations. Times and durations are ns.

Values of rows are plain: numbers, text, None where nothing is known. Their fields are named beside them: those of the
dimension (`grouping.FIELDS`), then those of the measure's label.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from lttngx.analyses.result import Losses, TimeRange

if TYPE_CHECKING:
    from lttngx.analyses.grouping import Measure, Usage
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
    """One duration. sample: (duration, begin, end, details …), with details that are plain; what is behind those which the measure has
    does not count. thread: (name, tid, pid, container), None if the measure is not about threads."""

    sample: tuple
    thread: tuple | None
    label: tuple

    @property
    def duration_ns(self) -> int:
        """How long it was: bytes or pages where the measure's value is that."""
        return self.sample[0]

    @property
    def begin_ns(self) -> int:
        """When it began."""
        return self.sample[1]

    @property
    def end_ns(self) -> int:
        """When it ended."""
        return self.sample[2]

    @property
    def details(self) -> tuple:
        """What the measure tells of each."""
        return self.sample[3:]


@dataclass(frozen=True, slots=True)
class MeasureResult:
    """What one measure gives. stats, freq: by dimension, those with the most time first. log: in order of begin; top: the
    longest first."""

    key: str
    measure: "Measure"
    stats: dict[str, tuple[Group, ...]]
    freq: dict[str, tuple[Bins, ...]]
    log: tuple[SampleRow, ...]
    top: tuple[SampleRow, ...]


@dataclass(frozen=True, slots=True)
class UsageResult:
    """What was used up. rows: by dimension, (fields, label, numbers), the largest first."""

    key: str
    usage: "Usage"
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
