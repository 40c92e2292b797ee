"""How far time has come in a followed session while no packet comes: this machine's clock, less how late packets come.

Packets become visible late: with a running session by the time a buffer takes to fill or to be switched; with one whose chunks are
shipped when they are complete, by the length of a chunk. The rules:
1. What was there when reading began tells nothing of how late packets come. Until others come, they may be as late as the longest chunk
   known was long.
2. Of what comes later, the oldest packet of each arrival tells: the greatest lateness so far holds.
3. Clocks need not agree, as the difference is part of the lateness.
"""


class Lateness:
    """Follows arrivals. Times of packets are ns from the clock's origin, those of this machine ns of any clock which never goes back."""

    def __init__(self) -> None:
        self._late_ns: int | None = None
        self._is_learned = False

    def arrived(self, oldest_ns: int, newest_ns: int, now_ns: int, longest_chunk_ns: int = 0) -> None:
        """Take the ends of the oldest and the newest packet which have come since the last call, and the length of the longest chunk."""
        if self._late_ns is None:
            self._late_ns = now_ns - newest_ns + longest_chunk_ns
        elif not self._is_learned:
            self._late_ns, self._is_learned = now_ns - oldest_ns, True
        else:
            self._late_ns = max(self._late_ns, now_ns - oldest_ns)

    def time_ns(self, now_ns: int) -> int | None:
        """Return the time before which no packet will end that is still to come, as far as is known; None before any came."""
        return None if self._late_ns is None else now_ns - self._late_ns
