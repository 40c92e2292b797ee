"""Delivery of requests to an endpoint that may be slow or away: retries, back-off, a bounded buffer.

Nothing here opens a connection, reads a clock or sleeps: the caller gives `send`, times and waits.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

# What OTLP/HTTP calls retryable (opentelemetry.io, OTLP specification, "Failures").
RETRYABLE = frozenset((429, 502, 503, 504))
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt. status: the HTTP status, None if there was no answer. retry_after_s: what the
    endpoint asked for. rejected: spans of an accepted request which it did not take."""

    status: int | None
    retry_after_s: float | None = None
    rejected: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the request arrived."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def retryable(self) -> bool:
        """Whether a later attempt may succeed."""
        return self.status is None or self.status in RETRYABLE


class Delivery:
    """A queue of (body, number of spans), oldest first.

    Counts spans: sent; refused: by an answer that retrying cannot change, whole requests or single spans; dropped: the oldest,
    as the buffer was full.
    """

    def __init__(self, send: Callable[[bytes], Answer], capacity_bytes: int) -> None:
        self._send, self._capacity = send, capacity_bytes
        self._queue: deque[tuple[bytes, int]] = deque()
        self._bytes = 0
        self._delay_s = FIRST_DELAY_S
        self.next_s = float("-inf")
        self.sent = self.refused = self.dropped = 0

    @property
    def waiting(self) -> bool:
        """Whether something is still to be sent."""
        return bool(self._queue)

    def put(self, body: bytes, spans: int) -> None:
        """Queue a request; the oldest ones make room for it."""
        self._queue.append((body, spans))
        self._bytes += len(body)
        while self._bytes > self._capacity and len(self._queue) > 1:
            self.dropped += self._take()

    def _take(self) -> int:
        body, spans = self._queue.popleft()
        self._bytes -= len(body)
        return spans

    def run(self, now_s: float) -> None:
        """Send what is due at `now_s` (monotonic seconds); stop at the first failure that is worth a retry."""
        while self._queue and now_s >= self.next_s:
            answer = self._send(self._queue[0][0])
            if answer.accepted:
                spans = self._take()
                rejected = min(answer.rejected, spans)
                self.sent += spans - rejected
                self.refused += rejected
                self._delay_s = FIRST_DELAY_S
            elif answer.retryable:
                self.next_s = now_s + max(self._delay_s, answer.retry_after_s or 0)
                self._delay_s = min(2 * self._delay_s, LONGEST_DELAY_S)
            else:
                self.refused += self._take()

    def abandon(self) -> None:
        """Give up what is queued."""
        while self._queue:
            self.dropped += self._take()
