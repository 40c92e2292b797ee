"""Figures of spans: per kind, and per pair of ancestor and descendant kinds."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from lttngx.analyses.intervals import Intervals
from lttngx.analyses.statistics import Histogram, Statistics
from lttngx.spans.kinds import Kind


@dataclass(slots=True)
class KindFigures:
    """About the spans of one kind. Times in ns.

    durations: their statistics and histogram. self_ns: time in none of the spans directly inside. union: time in at
    least one span.
    every: each duration, if `freq` needs them.
    """

    durations: Statistics = field(default_factory=Statistics)
    histogram: Histogram = field(default_factory=Histogram)
    self_ns: int = 0
    union: Intervals = field(default_factory=Intervals)
    every: array = field(default_factory=lambda: array("q"))

    def merge(self, other: "KindFigures") -> None:
        """Count what `other` has counted, of a later or an earlier part of the trace."""
        self.durations.merge(other.durations)
        self.histogram.merge(other.histogram)
        self.self_ns += other.self_ns
        self.union.merge(other.union)
        self.every += other.every


@dataclass(slots=True)
class PairFigures:
    """About the descendants of one kind in the spans of an ancestor kind which have any.

    counts, times (ns), percents: of descendants per ancestor; `every_…` hold each of them, if `freq` needs them.
    """

    counts: Statistics = field(default_factory=Statistics)
    times: Statistics = field(default_factory=Statistics)
    percents: Statistics = field(default_factory=Statistics)
    every_count: array = field(default_factory=lambda: array("q"))
    every_time: array = field(default_factory=lambda: array("q"))
    every_percent: array = field(default_factory=lambda: array("d"))

    def add(self, count: int, time_ns: int, ancestor_ns: int, each: bool) -> None:
        """Count one ancestor with its descendants."""
        percent = 100 * time_ns / ancestor_ns if ancestor_ns else 0.0
        self.counts.add(count)
        self.times.add(time_ns)
        self.percents.add(percent)
        if each:
            self.every_count.append(count)
            self.every_time.append(time_ns)
            self.every_percent.append(percent)

    def merge(self, other: "PairFigures") -> None:
        """Count what `other` has counted."""
        self.counts.merge(other.counts)
        self.times.merge(other.times)
        self.percents.merge(other.percents)
        self.every_count += other.every_count
        self.every_time += other.every_time
        self.every_percent += other.every_percent


@dataclass(slots=True)
class Pairs:
    """Figures by (ancestor kind, descendant kind). They are about trees of spans that all count, from the root down.

    numbers: how many spans of each kind are in such trees.
    """

    by_kinds: dict[tuple[Kind, Kind], PairFigures] = field(default_factory=dict)
    numbers: dict[Kind, int] = field(default_factory=dict)

    def of(self, ancestor: Kind, descendant: Kind) -> PairFigures:
        """Return a pair's figures, new if there are none."""
        found = self.by_kinds.get((ancestor, descendant))
        if found is None:
            found = self.by_kinds[ancestor, descendant] = PairFigures()
        return found

    def add(self, ancestor: Kind, duration_ns: int, inner: dict[Kind, Statistics], each: bool) -> None:
        """Count one span with the durations of its descendants by kind."""
        self.numbers[ancestor] = self.numbers.get(ancestor, 0) + 1
        for kind, found in inner.items():
            self.of(ancestor, kind).add(found.count, found.total, duration_ns, each)

    def renamed(self, kinds: Mapping[Kind, Kind]) -> "Pairs":
        """Return the same figures about other kinds."""
        return Pairs({(kinds[ancestor], kinds[kind]): found for (ancestor, kind), found in self.by_kinds.items()},
                     {kinds[kind]: number for kind, number in self.numbers.items()})

    def merge(self, other: "Pairs") -> None:
        """Count what `other` has counted."""
        for kind, number in other.numbers.items():
            self.numbers[kind] = self.numbers.get(kind, 0) + number
        for (ancestor, kind), found in other.by_kinds.items():
            self.of(ancestor, kind).merge(found)


@dataclass(slots=True)
class Figures:
    """All figures of one group of spans (or of all)."""

    kinds: dict[Kind, KindFigures] = field(default_factory=dict)
    pairs: Pairs = field(default_factory=Pairs)

    def merge(self, other: "Figures", kinds: Mapping[Kind, Kind]) -> None:
        """Count what `other` has counted. kinds: its kinds to ours."""
        for kind, found in other.kinds.items():
            self.of(kinds[kind]).merge(found)
        self.pairs.merge(other.pairs.renamed(kinds))

    def of(self, kind: Kind) -> KindFigures:
        """Return a kind's figures, new if there are none."""
        found = self.kinds.get(kind)
        if found is None:
            found = self.kinds[kind] = KindFigures()
        return found
