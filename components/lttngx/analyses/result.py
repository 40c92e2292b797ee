"""What every analysis's result holds: the range it is about, and what the tracer lost in it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class About:
    """The span which a result is about. status: how it ended; key, captures: names and values (an expression in a key has no name)."""

    name: str
    status: str
    key: tuple[tuple[str | None, Any], ...] = ()
    captures: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class TimeRange:
    """[begin, end) in ns from the clock's origin; about: the span which that is, if it is one."""

    begin_ns: int
    end_ns: int
    about: About | None = None

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
