"""Time windows: half-open stretches of a trace, aligned to multiples of their length from the begin.

Windows are numbered from 0. Window −1 is what comes before the requested begin, `BEYOND` what comes at or after
the requested end: nothing is counted there.
"""

from dataclasses import dataclass

FOREVER = 1 << 63
BEFORE = -1
BEYOND = 1 << 62


@dataclass(frozen=True, slots=True)
class Grid:
    """Windows over [begin_ns, end_ns), each refresh_ns long and the last one cut at the end; None: open, or one window
    for all."""

    begin_ns: int | None = None
    end_ns: int | None = None
    refresh_ns: int | None = None

    def index(self, time_ns: int) -> int:
        """Return the number of the window that holds a time, BEFORE or BEYOND."""
        if self.begin_ns is not None and time_ns < self.begin_ns:
            return BEFORE
        if self.end_ns is not None and time_ns >= self.end_ns:
            return BEYOND
        return 0 if self.refresh_ns is None else (time_ns - self.begin_ns) // self.refresh_ns

    def bounds(self, index: int) -> tuple[int, int]:
        """Return [begin, end) of a window; ±FOREVER where it is open."""
        if index == BEFORE:
            return -FOREVER, self.begin_ns
        if index == BEYOND:
            return self.end_ns, FOREVER
        end = FOREVER if self.end_ns is None else self.end_ns
        if self.refresh_ns is None:
            return -FOREVER if self.begin_ns is None else self.begin_ns, end
        begin = self.begin_ns + index * self.refresh_ns
        return begin, min(begin + self.refresh_ns, end)
