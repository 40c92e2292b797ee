"""How far a clock can be from its corrections if its rate is not constant between changes, but wanders.

That the relation of two clocks changed at all shows that it is no line; then it is one only by approximation between changes,
too. Here nothing is taken for granted but that the rate stays between those which the segments allow: from each message, the
true time spreads both ways as far as these rates let it. The result is for blocks of time, the largest error of each.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from lttngx.clocks.corrections import Affine, Pieces
from lttngx.clocks.polygon import UPPER, Message

BLOCKS = 512


def wander(messages: Sequence[Message], least: Fraction, greatest: Fraction, apply: Callable[[int], int]) -> Pieces:
    """Return the largest error in ns: constant in blocks, growing outside of the messages.

    messages: in order of own time. least, greatest: limits of the rate. apply: the correction whose error is wanted. Where the
    limits contradict the messages (a step), the error is what the contradiction leaves, at least 0.
    """
    times = [own_ns for own_ns, _, _ in messages]
    values = list(map(apply, times))
    above = _spread([other_ns - value if way == UPPER else None for (_, other_ns, way), value in zip(messages, values)],
                    times, values, least, greatest)
    below = _spread([value - other_ns if way != UPPER else None for (_, other_ns, way), value in zip(messages, values)],
                    times, [-value for value in values], -greatest, -least)
    errors = [max(up, down, 0) + 1 for up, down in zip(above, below)]
    width, growth = max(-(-len(messages) // BLOCKS), 1), greatest - least
    pieces = [(times[0] - 1, Affine(-growth, times[0], errors[0]))]
    for first in range(0, len(messages) - 1, width):
        last = min(first + width, len(messages) - 1)
        gap_ns = max(after - before for before, after in zip(times[first:last], times[first + 1:last + 1]))
        if pieces[-1][0] < times[first] < times[-1]:
            # Between two messages the limits meet above the line from one to the other by at most a quarter of this.
            pieces.append((times[first], Affine(Fraction(0), times[first], max(errors[first:last + 1]) + _ceil(gap_ns * growth))))
    return (*pieces, (times[-1], Affine(growth, times[-1], errors[-1])))


def _spread(rests: Sequence[int | None], times: Sequence[int], values: Sequence[int], least: Fraction,
            greatest: Fraction) -> list[int]:
    """Return how far above the correction the true time can be at each message, as all messages together say.

    rests: how far above it a message says it is at most, None if it says nothing. values: of the correction. Forward in time the
    true time grows by at most the greatest rate, backward it shrinks by at least the least.
    """
    far = max((rest for rest in rests if rest is not None), default=0) + abs(values[-1] - values[0]) + times[-1] - times[0]
    found = [far if rest is None else rest for rest in rests]
    for at in range(1, len(found)):
        step = _ceil((times[at] - times[at - 1]) * greatest) - (values[at] - values[at - 1])
        found[at] = min(found[at], found[at - 1] + step)
    for at in range(len(found) - 2, -1, -1):
        step = values[at + 1] - values[at] - (times[at + 1] - times[at]) * least.numerator // least.denominator
        found[at] = min(found[at], found[at + 1] + step)
    return found


def _ceil(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
