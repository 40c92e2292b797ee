"""What the spans analysis ends in, once or window by window."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lttngx.analyses.result import Losses, TimeRange
from lttngx.spans.collector import Collector
from lttngx.spans.kinds import Kind
from lttngx.spans.span import BY_END, BY_PARENT, COMPLETE, REPLACED, TIMED_OUT


class Outcomes(NamedTuple):
    """What became of the spans of a kind: how many began, how many ended how, end events without a span, spans that cross, and those
    during which the tracer discarded events."""

    begun: int
    complete: int
    by_parent: int
    by_end: int
    timed_out: int
    replaced: int
    unmatched_ends: int
    crossed: int
    lossy: int

    def since(self, before: "Outcomes") -> "Outcomes":
        """Return what came after some earlier outcomes."""
        return Outcomes(*(now - then for now, then in zip(self, before)))


NO_OUTCOMES = Outcomes(*(0 for _ in Outcomes._fields))


def outcomes(kinds: Sequence[Kind]) -> dict[Kind, Outcomes]:
    """Return what became of the spans of each kind so far."""
    return {kind: Outcomes(kind.begins, *(kind.counts[status] for status in (COMPLETE, BY_PARENT, BY_END, TIMED_OUT, REPLACED)),
                           kind.unmatched_ends, kind.crossed, kind.lossy) for kind in kinds}


@dataclass(frozen=True, slots=True)
class Result:
    """The range, what was lost in it, the definitions at work, what was collected of their spans and what became of these."""

    range: TimeRange
    losses: Losses
    kinds: Sequence[Kind]
    collector: Collector
    outcomes: Mapping[Kind, Outcomes]
