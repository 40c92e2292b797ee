"""Clock values on a common time line: the clock class all hosts of a group get, and the maps to its values."""

from fractions import Fraction
from math import ceil, floor

from lttngx.clocks.corrections import Correction
from lttngx.core.classes import ClockClass
from lttngx.core.clock_map import GREATEST, Segment

NS_PER_S = 1_000_000_000
LARGEST = 2**63 - 1


def target_of(reference: ClockClass) -> ClockClass:
    """Return what the reference clock class becomes: the same clock in ns.

    Its offset is 0 s, or the reference's whole seconds where these are negative: a host may have been running before the
    reference was, so the reference's own offset (LTTng: when its machine booted) would leave no values for that time.
    """
    return ClockClass(reference.name, reference.namespace, reference.uid, NS_PER_S, min(reference.offset_seconds, 0), 0,
                      _cycles_ns(reference.precision, reference), _cycles_ns(reference.accuracy, reference),
                      reference.description, reference.unix_epoch, reference.origin)


def _cycles_ns(cycles: int | None, clock: ClockClass) -> int | None:
    return None if cycles is None else ceil(Fraction(cycles * NS_PER_S, clock.frequency))


def origin_ns(clock: ClockClass) -> Fraction:
    """Return the time of a clock's value 0 in ns from its origin."""
    return clock.offset_seconds * NS_PER_S + Fraction(clock.offset_cycles * NS_PER_S, clock.frequency)


def segments(clock: ClockClass, correction: Correction, target: ClockClass) -> list[Segment]:
    """Return the map from a clock's values to those of a target of 1 GHz.

    For a clock of 1 GHz and pieces which begin where their origin is, a value's new time is exactly what `correction.apply` says of
    its time; otherwise it is less than 2 ns before the exact one: a piece's first value and the way from there are rounded down.
    """
    zero_ns, found = origin_ns(clock), {}
    for number, (begin_ns, piece) in enumerate(correction.pieces):
        # The first piece holds before its begin, too: no other may begin at its first value.
        begin = (begin_ns - zero_ns) * clock.frequency / NS_PER_S
        first = min(max(ceil(begin) if number else floor(begin), 0), GREATEST)
        time_ns = zero_ns + Fraction(first * NS_PER_S, clock.frequency)
        slope = _bounded(piece.rate * Fraction(NS_PER_S, clock.frequency))
        value = floor(piece.exact(time_ns)) - target.offset_seconds * NS_PER_S
        # The last of several pieces which begin at one value is the one which holds.
        found[first] = Segment(first, min(max(value, -LARGEST), LARGEST), slope.numerator, slope.denominator)
    return [found[first] for first in sorted(found)]


def _bounded(slope: Fraction) -> Fraction:
    """Return a slope as near as numbers of 63 bits allow: off by less than 2^-62."""
    return slope.limit_denominator(LARGEST // (floor(slope) + 1))
