"""Figures of one pair of hosts, for the report."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lttngx.clocks.corrections import ABSENT, Correction, piece_at
from lttngx.clocks.fit import Fit
from lttngx.clocks.hosts import Host
from lttngx.clocks.polygon import UPPER

MOMENTS = ("begin", "middle", "end")


@dataclass(frozen=True, slots=True)
class Moment:
    """The relation of two clocks at one moment of a trace.

    name: one of MOMENTS. own_ns: on the own clock. offset_ns: other's time less own time. bound_ns: how far that can be wrong, None
    if nobody knows. rate: ns of the other clock per ns of the own; least_rate, greatest_rate: its bounds, None if
    nobody knows.
    """

    name: str
    own_ns: int
    offset_ns: int
    bound_ns: int | None
    rate: Fraction
    least_rate: Fraction | None = None
    greatest_rate: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Direction:
    """Messages one way. delays by the corrected clocks, so themselves uncertain by the bound; None without messages."""

    matches: int
    minimum_ns: int | None = None
    median_ns: int | None = None


@dataclass(frozen=True, slots=True)
class PairFigures:
    """What is known of two hosts' clocks from the messages between them.

    own, other: hosts; the correction goes from own to other. used: whether the tree of corrections uses the pair. changes:
    times at which the relation of the clocks changed. strays: matches dropped because they contradict all around them.
    violations_before, violations_after: messages received before they were sent, by the clocks as they are and by the corrected
    ones. extrapolated: share of the own trace's time range which lies outside of the matches. fit: with the matches,
    for a plot.
    """

    own: Host
    other: Host
    used: bool
    quality: str
    sent: Direction
    received: Direction
    moments: tuple[Moment, ...]
    changes: int
    strays: int
    violations_before: int
    violations_after: int
    extrapolated: float
    fit: Fit

    @property
    def matches(self) -> int:
        """Matches both ways."""
        return self.sent.matches + self.received.matches


def figures(own: Host, other: Host, used: bool, fit: Fit, begin_ns: int, end_ns: int) -> PairFigures:
    """Return the figures of a pair. begin_ns, end_ns: what the own host's trace covers, on its clock."""
    correction = fit.correction
    ways = {side: [(own_ns, other_ns) for own_ns, other_ns, way in fit.messages if way == side] for side in (UPPER, -UPPER)}
    sent = [other_ns - correction.apply(own_ns) for own_ns, other_ns in ways[UPPER]]
    received = [correction.apply(own_ns) - other_ns for own_ns, other_ns in ways[-UPPER]]
    before = sum(other_ns < own_ns for own_ns, other_ns in ways[UPPER]) + sum(own_ns < other_ns for own_ns, other_ns in ways[-UPPER])
    times = (begin_ns, (begin_ns + end_ns) // 2, end_ns)
    return PairFigures(
        own, other, used, correction.quality, _direction(sent), _direction(received),
        tuple(_moment(name, own_ns, fit) for name, own_ns in zip(MOMENTS, times)) if correction.quality != ABSENT else (),
        fit.changes, fit.strays, before, sum(delay < 0 for delay in sent + received), _extrapolated(fit, begin_ns, end_ns), fit)


def _direction(delays: Sequence[int]) -> Direction:
    ordered = sorted(delays)
    return Direction(len(ordered), ordered[0], ordered[(len(ordered) - 1) // 2]) if ordered else Direction(0)


def _moment(name: str, own_ns: int, fit: Fit) -> Moment:
    correction: Correction = fit.correction
    least, greatest = next(((low, high) for from_ns, low, high in reversed(fit.rates) if from_ns <= own_ns),
                           fit.rates[0][1:] if fit.rates else (None, None))
    return Moment(name, own_ns, correction.apply(own_ns) - own_ns, correction.bound_ns(own_ns),
                  piece_at(correction.pieces, own_ns).rate, least, greatest)


def _extrapolated(fit: Fit, begin_ns: int, end_ns: int) -> float:
    if not fit.messages:
        return 1.0
    covered = min(fit.messages[-1][0], end_ns) - max(fit.messages[0][0], begin_ns)
    return 1 - covered / (end_ns - begin_ns) if end_ns > begin_ns else 0.0
