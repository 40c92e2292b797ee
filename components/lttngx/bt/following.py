"""When to look at a running recording again, and when it is over."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lttngx.bt.sessions import SessionWatch

if TYPE_CHECKING:
    from lttngx.packets.recording import Recording

# Metadata which is still empty after so long is worth a word; a session which looks over is believed to be after so long.
METADATA_PATIENCE_S, REST_S = 5.0, 3.0
# A session which is being destroyed is known no more while its last chunk is still on its way into the archives, which may never come to
# its end where a session daemon was killed.
LAST_CHUNK_PATIENCE_S = 10.0
# An idle session is asked for this often.
ASK_S = 2.0


class Follower:
    """Decides for a followed recording. Times are monotonic seconds, which the caller gives.

    until_ns: end at this time, of packets or of the clock; idle_s: end after so long without a packet; None: do not. warn: takes a line.
    """

    def __init__(self, recording: "Recording", poll_s: float, until_ns: int | None, idle_s: float | None,
                 warn: Callable[[str], None]) -> None:
        self._recording, self._warn = recording, warn
        self._poll_s, self._until_ns, self._idle_s = poll_s, until_ns, idle_s
        self._sessions = SessionWatch()
        self._next_s = self._asked_s = float("-inf")
        self._active_s: float | None = None
        self._resting_s: float | None = None
        self._gone_s: float | None = None
        self._waiting_s: float | None = None
        self._last_ns = 0
        self._is_last = self._warned = False

    def seen(self, end_ns: int, now_s: float) -> None:
        """Tell of a packet which has come."""
        self._last_ns, self._active_s = max(self._last_ns, end_ns), now_s

    def is_due(self, now_s: float) -> bool:
        """Return whether to poll now; if so, the next time is set."""
        if now_s < self._next_s:
            return False
        self._next_s = now_s + self._poll_s
        self._watch_metadata(now_s)
        return True

    def is_over(self, now_s: float, clock_ns: int) -> bool:
        """Return whether all has been read. clock_ns: the machine's real time."""
        if self._active_s is None:
            self._active_s = now_s
        if self._is_last and now_s >= self._next_s:
            return True
        if self._until_ns is not None and max(self._last_ns, clock_ns) >= self._until_ns:
            return True
        if self._idle_s is not None and now_s - self._active_s >= self._idle_s:
            return True
        if now_s >= self._asked_s + ASK_S:
            self._asked_s = now_s
            # What was written until the session's end is read by one more poll.
            self._is_last = self._is_last or self._session_has_ended(now_s)
            if self._is_last:
                self._next_s = now_s
        return False

    def _session_has_ended(self, now_s: float) -> bool:
        gone = self._sessions.all_gone(self._recording.roots | set(self._recording.inputs))
        if gone:
            self._gone_s = now_s if self._gone_s is None else self._gone_s
            return not self._recording.is_rotating() or now_s - self._gone_s >= LAST_CHUNK_PATIENCE_S
        if gone is not None:
            return False
        if not self._recording.at_rest():
            self._resting_s = None
            return False
        self._resting_s = now_s if self._resting_s is None else self._resting_s
        return now_s - self._resting_s >= REST_S

    def _watch_metadata(self, now_s: float) -> None:
        if not self._recording.waiting:
            self._waiting_s = None
            return
        self._waiting_s = now_s if self._waiting_s is None else self._waiting_s
        if now_s - self._waiting_s >= METADATA_PATIENCE_S and not self._warned:
            self._warned = True
            self._warn(f'packets wait for metadata: path="{self._recording.waiting[0]}", '
                       "`lttng regenerate metadata --session=NAME` writes it")
