"""What the spans analysis ends in."""

from collections.abc import Sequence
from dataclasses import dataclass

from lttngx.analyses.result import Losses, TimeRange
from lttngx.spans.collector import Collector
from lttngx.spans.kinds import Kind


@dataclass(frozen=True, slots=True)
class Result:
    """The range, what was lost in it, the definitions at work with their counts, and what was collected of their
    spans."""

    range: TimeRange
    losses: Losses
    kinds: Sequence[Kind]
    collector: Collector
