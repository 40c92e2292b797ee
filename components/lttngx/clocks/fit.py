"""Fitting: from the messages between two hosts to a correction with bounds, and to how good it is."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lttngx.clocks.corrections import (ABSENT, ACCURATE, INCONSISTENT, OFFSET_ONLY, ONE_SIDED, Affine, Correction, Pieces, piece_at)
from lttngx.clocks.envelope import chord, errors, greater
from lttngx.clocks.polygon import PPM, UPPER, Message
from lttngx.clocks.segments import Segment, Segmentation, segment
from lttngx.clocks.wander import wander

# Rates are rounded to this denominator: 10 h away from its origin, that moves a line by less than 0.02 ns.
RATE_DENOMINATOR = 10**15


@dataclass(frozen=True, slots=True)
class Fit:
    """What the messages between two hosts say.

    correction: own time to the other host's. rates: per segment (from_ns, least rate, greatest rate), the first from ever.
    messages: those used, in order of own time. strays: messages which contradicted all around them.
    """

    correction: Correction
    rates: tuple[tuple[int, Fraction, Fraction], ...] = ()
    messages: tuple[Message, ...] = ()
    strays: int = 0

    @property
    def changes(self) -> int:
        """How often the relation of the clocks changed."""
        return max(len(self.rates) - 1, 0)


def fit(messages: Sequence[Message], max_rate_ppm: int) -> Fit:
    """Return the fit of messages (own time, other's time, UPPER or LOWER), in any order."""
    if not messages:
        return Fit(Correction.offset(0, ABSENT))
    if len({side for _, _, side in messages}) == 1:
        return Fit(_one_sided(messages), messages=tuple(sorted(messages)))
    # Small numbers make fast and short fractions: times are counted from one of the messages.
    ordered = sorted(messages)
    zero_ns, value_ns, _ = ordered[len(ordered) // 2]
    moved = [(own_ns - zero_ns, other_ns - value_ns, side) for own_ns, other_ns, side in ordered]
    found = segment(moved, max_rate_ppm)
    used = tuple((own_ns + zero_ns, other_ns + value_ns, side) for own_ns, other_ns, side in found.messages)
    if not all(part.polygon.is_bounded for part in found.segments):
        return Fit(_inconsistent(moved, zero_ns, value_ns), messages=used, strays=found.strays)
    return _Builder(found, used, zero_ns, value_ns, max_rate_ppm).fit()


def _one_sided(messages: Sequence[Message]) -> Correction:
    """Messages one way only: the quickest of them as if it took no time, at rate 1."""
    differences = [other_ns - own_ns for own_ns, other_ns, _ in messages]
    offset_ns = min(differences) if messages[0][2] == UPPER else max(differences)
    return Correction.offset(offset_ns, ONE_SIDED)


def _inconsistent(moved: Sequence[Message], zero_ns: int, value_ns: int) -> Correction:
    """No line or sequence of lines is well founded: the middle between what either direction says most often, at
    rate 1."""
    middles = [sorted(other_ns - own_ns for own_ns, other_ns, way in moved if way == side) for side in (UPPER, -UPPER)]
    offset_ns = sum(values[len(values) // 2] for values in middles) // 2
    return Correction.affine(Fraction(1), zero_ns, value_ns + offset_ns, INCONSISTENT)


class _Builder:
    """Makes the correction of segments with bounded polygons, whose times are relative to zero_ns and value_ns."""

    def __init__(self, found: Segmentation, messages: tuple[Message, ...], zero_ns: int, value_ns: int, max_rate_ppm: int) -> None:
        self._segments, self._stretches, self._strays, self._messages = found.segments, found.stretches, found.strays, messages
        self._zero_ns, self._value_ns, self._max_rate_ppm = zero_ns, value_ns, max_rate_ppm
        self._lines = [self._line(part) for part in self._segments]

    def fit(self) -> Fit:
        """Return the fit."""
        cuts = [self._cut(at) for at in range(1, len(self._segments))]
        pieces = self._pieces(cuts)
        begins = [pieces[0][0], *(self._zero_ns + cut for cut in cuts)]
        rates = tuple((begin_ns, *part.polygon.rates()) for begin_ns, part in zip(begins, self._segments))
        found = self._errors(pieces)
        if len(self._segments) > 1:
            found = greater(tuple(found), wander(self._messages, *self._wandering(rates), Correction(pieces).apply))
        return Fit(Correction(pieces, self._quality(rates), tuple(found)), rates, self._messages, self._strays)

    def _quality(self, rates: tuple[tuple[int, Fraction, Fraction], ...]) -> str:
        """Accurate if in every segment the messages, not the prior, limit the rate both ways."""
        low, high = Fraction(PPM - self._max_rate_ppm, PPM), Fraction(PPM + self._max_rate_ppm, PPM)
        return ACCURATE if all(low < least and greatest < high for _, least, greatest in rates) else OFFSET_ONLY

    def _wandering(self, rates: tuple[tuple[int, Fraction, Fraction], ...]) -> tuple[Fraction, Fraction]:
        """Limits of a rate which wanders: those of all segments, and half as much beyond, as segments show only its averages."""
        least, greatest = min(low for _, low, _ in rates), max(high for _, _, high in rates)
        return least - (greatest - least) / 2, greatest + (greatest - least) / 2

    def _line(self, part: Segment) -> Affine:
        """The middle line of a segment, rounded, from the middle of what it was fitted to."""
        rate, offset = part.polygon.centre()
        rounded = Fraction(round(rate * RATE_DENOMINATOR), RATE_DENOMINATOR)
        limits = [limit for limit in (part.begin_ns, part.end_ns) if limit is not None]
        origin = sum(limits) // len(limits) if limits else 0
        return Affine(rounded, origin, round(rate * origin + offset))

    def _cut(self, at: int) -> int:
        """Where one line takes over from the one before: where they meet if that can be, else in the middle of what can
        be."""
        before, after = self._lines[at - 1], self._lines[at]
        begin, end = self._segments[at - 1].end_ns, self._segments[at].begin_ns
        if before.rate != after.rate:
            meeting = math.ceil((after.exact(0) - before.exact(0)) / (before.rate - after.rate))
            if begin <= meeting <= end:
                return meeting
        return (begin + end) // 2

    def _absolute(self, line: Affine) -> Affine:
        return Affine(line.rate, line.origin_ns + self._zero_ns, line.value_ns + self._value_ns)

    def _pieces(self, cuts: Sequence[int]) -> Pieces:
        """The lines from cut to cut. Where one begins lower than the one before ended, time stands still until it is passed."""
        first = self._absolute(self._lines[0])
        pieces = [(min([first.origin_ns, *(self._zero_ns + cut - 1 for cut in cuts)]), first)]
        for cut, line in zip(cuts, self._lines[1:]):
            at_ns, line = cut + self._zero_ns, self._absolute(line)
            while len(pieces) > 1 and pieces[-1][0] >= at_ns:
                pieces.pop()
            reached_ns = pieces[-1][1].apply(at_ns - 1)
            if line.apply(at_ns) < reached_ns:
                pieces.append((at_ns, Affine(Fraction(0), at_ns, reached_ns)))
                at_ns = line.inverse(reached_ns)
            pieces.append((at_ns, line))
        return tuple(pieces)

    def _errors(self, pieces: Pieces) -> list[tuple[int, Affine]]:
        """The distance from every line which may hold, from one moment to the next at which those or the pieces change."""
        moments = sorted({part.begin_ns + self._zero_ns for part in self._stretches[1:]} | {begin_ns for begin_ns, _ in pieces[1:]})
        begins = [part.begin_ns + self._zero_ns for part in self._stretches[1:]]
        result: list[tuple[int, Affine]] = []
        for begin_ns, end_ns in zip([None, *moments], [*moments, None]):
            polygons = self._stretches[0 if begin_ns is None else bisect_right(begins, begin_ns)].polygons
            piece = piece_at(pieces, begin_ns if begin_ns is not None else end_ns - 1 if end_ns is not None else self._zero_ns)
            line = Affine(piece.rate, piece.origin_ns - self._zero_ns, piece.value_ns - self._value_ns)
            if len(polygons) == 1:
                result += errors(line, polygons[0].lines, self._zero_ns, begin_ns, end_ns)
            else:
                result.append((begin_ns, chord(line, polygons, self._zero_ns, begin_ns, end_ns)))
        return result
