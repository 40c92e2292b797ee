"""Figures of spans: per kind, and per pair of ancestor and descendant kinds."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field

from lttngx.analyses.intervals import Intervals
from lttngx.analyses.statistics import Histogram, Statistics
from lttngx.spans.kinds import Kind


# Of the descendants of a span by kind: [number, sum of durations].
Inner = dict[Kind, list[int]]
# How many values wait until they are counted together, which is several times faster than one by one.
BATCH = 1024


class KindFigures:
    """About the spans of one kind. Times in ns.

    durations: their statistics and histogram. covered_ns: time in the spans directly inside. union: time in at least one span.
    every: each duration, if `each`. waiting: spans added and not yet counted (see `count`), (begin, end).
    """

    __slots__ = ("durations", "histogram", "covered_ns", "union", "every", "waiting")

    def __init__(self) -> None:
        self.durations, self.histogram, self.union = Statistics(), Histogram(), Intervals()
        self.covered_ns = 0
        self.every = array("q")
        self.waiting: list[tuple[int, int]] = []

    @property
    def self_ns(self) -> int:
        """Time in none of the spans directly inside."""
        return self.durations.total - self.covered_ns

    def count(self, each: bool) -> None:
        """Count what waits. each: keep each duration."""
        durations = [end - begin for begin, end in self.waiting]
        self.durations.add_all(durations)
        self.histogram.add_all(durations)
        self.union.add_all(self.waiting)
        if each:
            self.every.extend(durations)
        self.waiting.clear()

    def merge(self, other: "KindFigures") -> None:
        """Count what `other` has counted, of a later or an earlier part of the trace. Nothing may wait."""
        self.durations.merge(other.durations)
        self.histogram.merge(other.histogram)
        self.covered_ns += other.covered_ns
        self.union.merge(other.union)
        self.every += other.every


class PairFigures:
    """About the descendants of one kind in the spans of an ancestor kind which have any.

    counts, times (ns), percents: of descendants per ancestor; `every_…` hold each of them, if `each`. waiting: ancestors added
    and not yet counted (see `count`), (number of descendants, their time, the ancestor's duration).
    """

    __slots__ = ("counts", "times", "percents", "every_count", "every_time", "every_percent", "waiting")

    def __init__(self) -> None:
        self.counts, self.times, self.percents = Statistics(), Statistics(), Statistics()
        self.every_count, self.every_time, self.every_percent = array("q"), array("q"), array("d")
        self.waiting: list[tuple[int, int, int]] = []

    def count(self, each: bool) -> None:
        """Count what waits. each: keep each value."""
        counts, times = [count for count, _, _ in self.waiting], [time_ns for _, time_ns, _ in self.waiting]
        percents = [100 * time_ns / ancestor_ns if ancestor_ns else 0.0 for _, time_ns, ancestor_ns in self.waiting]
        self.counts.add_all(counts)
        self.times.add_all(times)
        self.percents.add_all(percents)
        if each:
            self.every_count.extend(counts)
            self.every_time.extend(times)
            self.every_percent.extend(percents)
        self.waiting.clear()

    def merge(self, other: "PairFigures") -> None:
        """Count what `other` has counted. Nothing may wait."""
        self.counts.merge(other.counts)
        self.times.merge(other.times)
        self.percents.merge(other.percents)
        self.every_count += other.every_count
        self.every_time += other.every_time
        self.every_percent += other.every_percent


class Undecided:
    """Spans of which it is not known yet whether all above them count, as ancestors.

    pairs: (ancestor, descendant) → as in PairFigures.waiting. numbers: how many spans of each kind.
    """

    __slots__ = ("pairs", "numbers")

    def __init__(self) -> None:
        self.pairs: dict[tuple[Kind, Kind], list[tuple[int, int, int]]] = {}
        self.numbers: dict[Kind, int] = {}

    def add(self, ancestor: Kind, duration_ns: int, inner: Inner) -> None:
        """Add one span with the durations of its descendants by kind."""
        self.numbers[ancestor] = self.numbers.get(ancestor, 0) + 1
        for kind, (number, time_ns) in inner.items():
            self.pairs.setdefault((ancestor, kind), []).append((number, time_ns, duration_ns))

    def merge(self, other: "Undecided") -> None:
        """Add what another one has."""
        for pair, waiting in other.pairs.items():
            self.pairs.setdefault(pair, []).extend(waiting)
        for kind, number in other.numbers.items():
            self.numbers[kind] = self.numbers.get(kind, 0) + number

    def rename(self, kinds: Mapping[Kind, Kind]) -> None:
        """Be about other kinds."""
        self.pairs = {(kinds[ancestor], kinds[kind]): waiting for (ancestor, kind), waiting in self.pairs.items()}
        self.numbers = {kinds[kind]: number for kind, number in self.numbers.items()}


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

    def add(self, ancestor: Kind, duration_ns: int, inner: Inner, each: bool) -> None:
        """Count one span with the durations of its descendants by kind. each: keep each value."""
        self.numbers[ancestor] = self.numbers.get(ancestor, 0) + 1
        for kind, (number, time_ns) in inner.items():
            own = self.of(ancestor, kind)
            own.waiting.append((number, time_ns, duration_ns))
            if len(own.waiting) >= BATCH:
                own.count(each)

    def take(self, undecided: Undecided, each: bool) -> None:
        """Count spans of which it is now known that all above them count. each: keep each value."""
        for pair, waiting in undecided.pairs.items():
            own = self.of(*pair)
            own.waiting += waiting
            if len(own.waiting) >= BATCH:
                own.count(each)
        for kind, number in undecided.numbers.items():
            self.numbers[kind] = self.numbers.get(kind, 0) + number

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

    def count(self, each: bool) -> None:
        """Count all that waits. each: keep each value."""
        for found in (*self.kinds.values(), *self.pairs.by_kinds.values()):
            if found.waiting:
                found.count(each)
