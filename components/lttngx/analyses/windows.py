"""Time windows: half-open stretches of a trace, aligned to multiples of their length from the begin (`Grid`), or between borders which
come to be known as time goes on (`Cuts`).

Windows are numbered from 0. Window −1 is what comes before the requested begin, `BEYOND` what comes at or after
the requested end: nothing is counted there.
"""

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

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


class Cuts:
    """Windows between borders, which are told in order; the first one has no begin, the last one no end. It stands where a Grid does.

    begin_ns, end_ns: what is asked for, which is no border here: see `holds`."""

    begin_ns = end_ns = refresh_ns = None

    def __init__(self, begin_ns: int | None = None, end_ns: int | None = None, _: None = None) -> None:
        self._begin_ns = -FOREVER if begin_ns is None else begin_ns
        self._end_ns = FOREVER if end_ns is None else end_ns
        self._borders: list[int] = []
        # How many borders were forgotten.
        self._forgotten = 0

    def cut(self, time_ns: int) -> bool:
        """Let a window end and the next begin; return whether that is a new border."""
        is_new = not self._borders or time_ns > self._borders[-1]
        if is_new:
            self._borders.append(time_ns)
        return is_new

    def holds(self, begin_ns: int, end_ns: int) -> bool:
        """Return whether [begin, end) lies in what is asked for."""
        return self._begin_ns <= begin_ns and end_ns <= self._end_ns

    def index(self, time_ns: int) -> int:
        """Return the number of the window that holds a time."""
        return self._forgotten + bisect_right(self._borders, time_ns)

    def bounds(self, index: int) -> tuple[int, int]:
        """Return [begin, end) of a window; ±FOREVER where it is open."""
        at = index - self._forgotten
        return (self._borders[at - 1] if at > 0 else -FOREVER), (self._borders[at] if at < len(self._borders) else FOREVER)

    def forget(self, time_ns: int, windows: dict[int, Any]) -> None:
        """Forget the borders and the windows before the one which holds a time."""
        first = self.index(time_ns)
        for index in [index for index in windows if index < first]:
            del windows[index]
        past = max(first - self._forgotten - 1, 0)
        del self._borders[:past]
        self._forgotten += past
