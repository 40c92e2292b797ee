"""What every analysis's result holds: the range it is about, and what the tracer lost in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeRange:
    """[begin, end) in ns from the clock's origin."""

    begin_ns: int
    end_ns: int

    @property
    def duration_ns(self) -> int:
        """Length in ns."""
        return self.end_ns - self.begin_ns

    def share(self, duration_ns: int) -> float:
        """Return a duration as a fraction of the range; 0 of an empty range."""
        return duration_ns / self.duration_ns if self.end_ns > self.begin_ns else 0.0


@dataclass(frozen=True, slots=True)
class Losses:
    """Events and packets that the tracer discarded in the range. A loss of unknown size counts as 1."""

    events: int = 0
    packets: int = 0
