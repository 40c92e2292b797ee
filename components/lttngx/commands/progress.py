"""The progress bar of long work: share of the traces read, rate, time left. On terminals only, on standard error."""

import shutil
import sys
import time
from typing import TextIO

# Work shorter than this shows no bar; a bar is drawn so often.
PATIENCE_S = 0.5
PERIOD_S = 0.2


class Progress:
    """A bar. total_bytes: size of what is read; 0 (a live session): no bar. Times are of the monotonic clock, in seconds."""

    def __init__(self, total_bytes: int, output: TextIO = sys.stderr, began_s: float | None = None) -> None:
        self.total_bytes, self._output = total_bytes, output
        self._began_s = time.monotonic() if began_s is None else began_s
        self._next_s = self._began_s + PATIENCE_S
        self._drawn = False
        self.shown = total_bytes > 0 and output.isatty()

    def update(self, done_bytes: int, now_s: float | None = None) -> None:
        """Draw the bar if it is time to."""
        now_s = time.monotonic() if now_s is None else now_s
        if self.shown and now_s >= self._next_s:
            self._next_s = now_s + PERIOD_S
            self._drawn = True
            width = shutil.get_terminal_size().columns
            self._output.write("\r" + line(done_bytes, self.total_bytes, now_s - self._began_s, width))
            self._output.flush()

    def clear(self) -> None:
        """Remove the bar."""
        if self._drawn:
            self._output.write("\r\x1b[K")
            self._output.flush()
            self._drawn = False


def line(done_bytes: int, total_bytes: int, elapsed_s: float, width: int) -> str:
    """Return the bar as text of a terminal's width: share, bar, MB/s, time left."""
    share = min(done_bytes / total_bytes, 1.0)
    rate = done_bytes / elapsed_s if elapsed_s > 0 else 0.0
    left = f"{_clock((total_bytes - done_bytes) / rate)} left" if rate and done_bytes < total_bytes else ""
    tail = f" {100 * share:5.1f} %  {rate / 1e6:.0f} MB/s  {left}"
    room = max(width - len(tail) - 3, 0)
    return f"[{'#' * int(share * room):<{room}}]{tail}"[:max(width - 1, 0)]


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(round(seconds), 0), 60)
    return f"{minutes}:{rest:02d}"
