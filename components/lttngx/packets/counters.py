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
            self._begun = False
        known = self._begun
        lost = self._lost_packets(sequence) if known else 0 if sequence == 0 else UNKNOWN
        # A counter at 0 tells that nothing was discarded ever.
        first = discarded if sequence == 0 and discarded is not None or discarded == 0 else UNKNOWN
        delta = self._discarded_events(discarded) if known else first
        self._begun = True
        self._sequence = UNKNOWN if sequence is None else sequence
        self._discarded = UNKNOWN if discarded is None else discarded
        return lost, delta

    def _lost_packets(self, sequence: int | None) -> int:
        known = sequence is not None and self._sequence != UNKNOWN
        return sequence - self._sequence - 1 if known else UNKNOWN

    def _discarded_events(self, discarded: int | None) -> int:
        if discarded is None or self._discarded == UNKNOWN:
            return UNKNOWN
        delta = discarded - self._discarded
        if delta < 0 and self._bits < 64:
            delta %= 1 << self._bits
        return delta if delta >= 0 else UNKNOWN
