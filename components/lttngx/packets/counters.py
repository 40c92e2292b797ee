"""Losses between the packets of one data stream, from the two counters which each packet has."""

from lttngx.packets.record import UNKNOWN


class Counters:
    """The counters of a stream so far. bits: size of the counter of discarded event records, which wraps."""

    __slots__ = ("_bits", "_sequence", "_discarded", "_begun")

    def __init__(self, bits: int = 64) -> None:
        self._bits, self._sequence, self._discarded = bits, UNKNOWN, UNKNOWN
        self._begun = False

    def losses(self, sequence: int | None, discarded: int | None) -> tuple[int, int]:
        """Return (packets lost, event records discarded) between the packet before and one with these counters.

        Before a stream's first packet they are known if that is packet 0: what was discarded before it has no other place.
        """
        if sequence is not None and sequence <= self._sequence:
            # The stream was begun again.
            self._begun, self._discarded = False, UNKNOWN
        lost, delta = self._lost_packets(sequence), self._lost_events(sequence, discarded)
        self._begun = True
        self._sequence = UNKNOWN if sequence is None else sequence
        # Where writers share a buffer, tracers may deliver a packet behind a later one: its counter is lower, nothing was lost between.
        if delta != 0 or self._discarded == UNKNOWN:
            self._discarded = UNKNOWN if discarded is None else discarded
        return lost, delta

    def _lost_packets(self, sequence: int | None) -> int:
        if not self._begun:
            return 0 if sequence == 0 else UNKNOWN
        known = sequence is not None and self._sequence != UNKNOWN
        return sequence - self._sequence - 1 if known else UNKNOWN

    def _lost_events(self, sequence: int | None, discarded: int | None) -> int:
        if discarded is None:
            return UNKNOWN
        if not self._begun:
            # A counter at 0 tells that nothing was discarded ever.
            return discarded if sequence == 0 or discarded == 0 else UNKNOWN
        return UNKNOWN if self._discarded == UNKNOWN else self._grown(discarded)

    def _grown(self, discarded: int) -> int:
        delta = discarded - self._discarded
        if delta < 0 and self._bits < 64 and -delta >> self._bits - 1:
            delta %= 1 << self._bits
        return max(delta, 0)
