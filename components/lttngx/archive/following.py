"""Which chunk is next: in the order of IDs, as they come.

The order of questions matters: whether the session has ended is asked before its chunks are listed, so that a last chunk which
comes between is found.
"""

from collections import deque
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from lttngx.errors import TraceError
from lttngx.transport.chunks import Chunk, archives_of, has_ended, list_chunks


class Coming(Enum):
    """What there is instead of a next chunk."""

    LATER = "later"
    NEVER = "never"


class Follower:
    """Gives a session's chunks one by one.

    folder: the session's output folder, its `archives`, or a folder of packed chunks. after: ID of the last chunk not wanted.
    follow: whether chunks still come; then `idle_s` seconds without a new one, if given, are the end too. now_s: a monotonic clock.
    report: told which chunks are missing. Raises TraceError if there is no folder, or nothing to read though chunks are `expected`.
    """

    def __init__(self, folder: Path, after: int = -1, follow: bool = False, idle_s: float | None = None,
                 now_s: Callable[[], float] = lambda: 0.0, report: Callable[[str], None] = lambda text: None,
                 expected: bool = True) -> None:
        if not folder.is_dir():
            raise TraceError(f'No session: path="{folder}", expected a folder')
        self._folder, self._follow, self._idle_s, self._now_s, self._report = folder, follow, idle_s, now_s, report
        self._last = after
        self._pending: deque[Chunk] = deque()
        self._waiting_since_s: float | None = None
        if expected and not follow and after < 0 and not list_chunks(archives_of(folder)):
            raise TraceError(
                f'No trace chunk: path="{folder}", expected BEGIN-END-ID folders or packed chunks in it or its `archives`')

    def next(self) -> Chunk | Coming:
        """Return the next chunk, or whether to ask again."""
        if not self._pending:
            ended = not self._follow or has_ended(self._folder) or self._idle()
            self._look()
            if not self._pending:
                return Coming.NEVER if ended else self._wait()
        chunk = self._pending.popleft()
        self._note_gap(chunk)
        self._last, self._waiting_since_s = chunk.id, None
        return chunk

    def _wait(self) -> Coming:
        if self._waiting_since_s is None:
            self._waiting_since_s = self._now_s()
        return Coming.LATER

    def _idle(self) -> bool:
        """Return whether it was asked in vain for long enough; the time a chunk takes to be read does not count."""
        since_s = self._waiting_since_s
        return self._idle_s is not None and since_s is not None and self._now_s() - since_s >= self._idle_s

    def _look(self) -> None:
        chunks = list_chunks(archives_of(self._folder))
        self._pending.extend(chunk for chunk in chunks if chunk.id > self._last)

    def _note_gap(self, chunk: Chunk) -> None:
        """Report chunks which are missing before this one; before the first one wanted, none is."""
        first = self._last + 1
        if chunk.id > first > 0:
            which = f"chunk {first} is" if chunk.id == first + 1 else f"chunks {first} to {chunk.id - 1} are"
            self._report(f"{which} missing")
