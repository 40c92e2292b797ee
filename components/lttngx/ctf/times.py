"""Clock values and nanoseconds, exact over any number of bits."""

from dataclasses import dataclass

NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock: ns from origin = (seconds * frequency + cycles + value) * 10^9 / frequency, rounded down."""

    frequency: int
    seconds: int
    cycles: int

    def ns(self, value: int) -> int:
        """Return the time of a clock value in ns from the clock's origin."""
        return self.seconds * NS_PER_S + (self.cycles + value) * NS_PER_S // self.frequency

    def value(self, time_ns: int) -> int:
        """Return the first clock value whose time is not before `time_ns`; negative before the clock's zero."""
        return -(-(time_ns - self.seconds * NS_PER_S) * self.frequency // NS_PER_S) - self.cycles
