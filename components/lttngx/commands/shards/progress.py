"""A progress bar on a terminal's standard error: nothing where that is not a terminal."""

import sys
from typing import TextIO

WIDTH = 40


class Progress:
    """Counts shards that were joined."""

    def __init__(self, total: int, output: TextIO | None = None) -> None:
        self._total, self._done = total, 0
        self._output = sys.stderr if output is None else output
        self._shown = total > 1 and self._output.isatty()
        self._draw()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        self._draw()

    def _draw(self) -> None:
        if self._shown:
            filled = WIDTH * self._done // self._total
            self._output.write(f"\r[{'█' * filled}{'·' * (WIDTH - filled)}] {self._done}/{self._total} shards")
            self._output.flush()

    def close(self) -> None:
        """Take the bar away: what follows on the terminal is the result, or an error."""
        if self._shown:
            self._output.write("\r\x1b[K")
            self._output.flush()
            self._shown = False
