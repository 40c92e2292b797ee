"""Corrections: from a host's own time to reference time, and how far that can be wrong.

A correction is piecewise affine, continuous or stepped, and never decreases. Arithmetic is on int and Fraction only, so results
are exact to the rounding which is stated. All times are ns from a clock's origin.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

# What a correction rests on, worst first. `given`: by the user; `reference`: the clock is the reference itself.
ABSENT = "absent"  # no match with the reference's group: times are left as they are
INCONSISTENT = "inconsistent"  # the matches contradict each other or the rate prior
ONE_SIDED = "one-sided"  # messages one way only: no upper or no lower bound
OFFSET_ONLY = "offset-only"  # offset bounded both ways, rate known only from the prior
ACCURATE = "accurate"  # offset bounded both ways, rate bounded by the matches
GIVEN = "given"
REFERENCE = "reference"
QUALITIES = (ABSENT, INCONSISTENT, ONE_SIDED, OFFSET_ONLY, ACCURATE, GIVEN, REFERENCE)


@dataclass(frozen=True, slots=True)
class Affine:
    """t_ns → value_ns + (t_ns − origin_ns) · rate."""

    rate: Fraction
    origin_ns: int
    value_ns: int

    def exact(self, t_ns: int | Fraction) -> Fraction:
        """Return the value at a time, not rounded."""
        return self.value_ns + (t_ns - self.origin_ns) * Fraction(self.rate)

    def apply(self, t_ns: int) -> int:
        """Return the value at a time, rounded down to ns."""
        rate = self.rate
        return self.value_ns + (t_ns - self.origin_ns) * rate.numerator // rate.denominator

    def inverse(self, value_ns: int) -> int:
        """Return the first time at which `apply` gives `value_ns` or more. The rate must be above 0."""
        rate = self.rate
        return self.origin_ns - (self.value_ns - value_ns) * rate.denominator // rate.numerator


# A piecewise affine function: each piece holds from its time on, the first one before it, too.
Pieces = tuple[tuple[int, Affine], ...]
IDENTITY = Affine(Fraction(1), 0, 0)


def piece_at(pieces: Pieces, t_ns: int) -> Affine:
    """Return the piece which holds at a time."""
    return pieces[max(bisect_right(pieces, t_ns, key=_begin) - 1, 0)][1]


def _begin(piece: tuple[int, Affine]) -> int:
    return piece[0]


@dataclass(frozen=True, slots=True)
class Correction:
    """How a host's own time becomes reference time.

    pieces: (from_ns, map) in order of from_ns (own time); rates ≥ 0, those of the first and the last piece > 0.
    quality: one of QUALITIES. errors: how far the correction can be wrong, in ns, as a function of own time in pieces of its
    own; None if nobody knows. hops: for a correction through other hosts, the corrections which it is made of, in order.
    """

    pieces: Pieces
    quality: str = GIVEN
    errors: Pieces | None = None
    hops: tuple["Correction", ...] = ()

    def __post_init__(self) -> None:
        if not self.pieces or self.pieces[0][1].rate <= 0 or self.pieces[-1][1].rate <= 0:
            raise ValueError("a correction needs a first and a last piece which grow")
        for (begin_ns, before), (next_ns, after) in zip(self.pieces, self.pieces[1:]):
            if next_ns <= begin_ns or after.rate < 0 or after.apply(next_ns) < before.apply(next_ns - 1):
                raise ValueError(f"a correction goes back: at={next_ns} ns")

    @classmethod
    def affine(cls, rate: Fraction, origin_ns: int, value_ns: int, quality: str = GIVEN) -> "Correction":
        """Return a correction of one piece: `origin_ns` of own time is `value_ns` of reference time."""
        return cls(((origin_ns, Affine(Fraction(rate), origin_ns, value_ns)),), quality)

    @classmethod
    def offset(cls, offset_ns: int, quality: str = GIVEN) -> "Correction":
        """Return the correction which adds an offset."""
        return cls.affine(Fraction(1), 0, offset_ns, quality)

    @property
    def is_identity(self) -> bool:
        """Whether times stay as they are."""
        return len(self.pieces) == 1 and all(piece.rate == 1 and piece.value_ns == piece.origin_ns for _, piece in self.pieces)

    def apply(self, t_ns: int) -> int:
        """Return the reference time of an own time."""
        pieces = self.pieces
        return (pieces[0][1] if len(pieces) == 1 else piece_at(pieces, t_ns)).apply(t_ns)

    def inverse(self, reference_ns: int) -> int:
        """Return the first own time whose reference time is `reference_ns` or later."""
        last = len(self.pieces) - 1
        for index, (begin_ns, piece) in enumerate(self.pieces):
            end_ns = self.pieces[index + 1][0] if index < last else None
            if end_ns is None or piece.apply(end_ns - 1) >= reference_ns:
                if index and piece.apply(begin_ns) >= reference_ns:
                    return begin_ns
                return piece.inverse(reference_ns)
        raise AssertionError("the last piece has no end")

    def bound_ns(self, t_ns: int) -> int | None:
        """Return how far `apply(t_ns)` can be from the true reference time, in ns; None if nobody knows."""
        return self.widest_ns(t_ns, t_ns)

    def widest_ns(self, begin_ns: int, end_ns: int) -> int | None:
        """Return the largest `bound_ns` of the own times from `begin_ns` to `end_ns`, both included."""
        if self.hops:
            return self._through_hops(begin_ns, end_ns)
        if self.quality == REFERENCE:
            return 0
        if self.errors is None:
            return None
        return max(math.ceil(value) for value in self._errors_over(begin_ns, end_ns))

    def _errors_over(self, begin_ns: int, end_ns: int) -> Iterable[Fraction]:
        """The values of the error function at both ends and, from both sides, where pieces meet between them."""
        errors = self.errors
        yield piece_at(errors, begin_ns).exact(begin_ns)
        yield piece_at(errors, end_ns).exact(end_ns)
        for (_, before), (from_ns, after) in zip(errors, errors[1:]):
            if begin_ns < from_ns <= end_ns:
                yield before.exact(from_ns)
                yield after.exact(from_ns)

    def _through_hops(self, begin_ns: int, end_ns: int) -> int | None:
        """An error of a hop moves the time at which the next one is asked: both count."""
        error_ns = 0
        for hop in self.hops:
            own_ns = hop.widest_ns(begin_ns - error_ns, end_ns + error_ns)
            if own_ns is None:
                return None
            early_ns, late_ns = hop.apply(begin_ns - error_ns), hop.apply(end_ns + error_ns)
            begin_ns, end_ns = hop.apply(begin_ns), hop.apply(end_ns)
            error_ns = own_ns + max(begin_ns - early_ns, late_ns - end_ns)
        # Rounding down at each hop and at each piece put together.
        return error_ns + 2 * len(self.hops)

    def then(self, later: "Correction") -> "Correction":
        """Return this correction followed by one from its reference to a further reference. The worse quality counts."""
        quality = min(self.quality, later.quality, key=QUALITIES.index)
        hops = tuple(hop for part in (self, later) for hop in (part.hops or (part,)))
        return Correction(_composed(self.pieces, later.pieces), quality, None, hops)


def _composed(first: Pieces, second: Pieces) -> Pieces:
    """The pieces of `second` after `first`: one begins wherever a piece of either does. Exact but for one rounding a piece."""
    whole = Correction(first)
    begins = {begin_ns for begin_ns, _ in first}
    if len(second) > 1:
        begins |= {whole.inverse(begin_ns) for begin_ns, _ in second}
    pieces: list[tuple[int, Affine]] = []
    for begin_ns in sorted(begins):
        inner = piece_at(first, begin_ns)
        outer = piece_at(second, inner.apply(begin_ns))
        value_ns = outer.apply(inner.apply(begin_ns))
        if pieces:  # rounding must not make time go back
            value_ns = max(value_ns, pieces[-1][1].apply(begin_ns - 1))
        pieces.append((begin_ns, Affine(inner.rate * outer.rate, begin_ns, value_ns)))
    return tuple(pieces)
