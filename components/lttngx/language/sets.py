"""Membership: an operand and the items of a set."""

from dataclasses import dataclass, field
from typing import Any

from lttngx.core import predicate as tree
from lttngx.language import nodes
from lttngx.language.comparisons import balanced, compare
from lttngx.language.operands import INTEGERS, NUMBERS, Sort, Typed, as_text, signed_range, sort_ranges


@dataclass(slots=True)
class _Collected:
    """What the items that fit the operand amount to; `fits` is set by the first of them."""

    ranges: list[tuple[int | float, int | float]] = field(default_factory=list)
    texts: set[bytes] = field(default_factory=set)
    globs: list[tuple[bytes, ...]] = field(default_factory=list)
    networks: list[tuple[bytes, int]] = field(default_factory=list)
    tests: list[tree.Node] = field(default_factory=list)
    fits: bool = False


def membership(operand: Typed, items: list[Any], extended: bool) -> Typed | None:
    """Return whether an operand is one of the items; None if none of them is of its type.

    items: Text and Networks nodes, (lower, upper) pairs of a range, and lists of typed alternatives.
    """
    collected = _Collected()
    text = as_text(operand, extended)
    for item in items:
        collected.fits |= _collect(collected, operand, text, item, extended)
    if not collected.fits:
        return None
    return Typed(balanced(tree.Or, _tests(collected, operand, text)), Sort.INTEGER)


def _collect(collected: _Collected, operand: Typed, text: Typed | None, item: Any, extended: bool) -> bool:
    """Add one item; return whether its type fits."""
    if isinstance(item, nodes.Networks):
        collected.networks += item.networks
        return operand.sort in INTEGERS or text is not None or operand.is_array
    if isinstance(item, nodes.Text):
        return _collect_text(collected, operand, text, item)
    if isinstance(item, tuple):
        lower, upper = (_bound(operand, bound) for bound in item)
        if lower is None or upper is None:
            return False
        # A bound of 2^63 or more beside a signed operand: the range goes on with the negative patterns.
        wraps = operand.sort is Sort.INTEGER and type(lower) is int and type(upper) is int
        collected.ranges += signed_range(lower, upper) if wraps else [(lower, upper)]
        return True
    return any([_collect_value(collected, operand, value, extended) for value in item])


def _collect_text(collected: _Collected, operand: Typed, text: Typed | None, item: nodes.Text) -> bool:
    if operand.words is not None:
        ranges = operand.words.ranges(item.regex, item.pattern)
        collected.ranges += ranges
        return bool(ranges) or not operand.words.ordered
    if text is None:
        return False
    if item.pattern.has_star:
        collected.globs.append(item.pattern.parts)
    else:
        collected.texts.add(item.pattern.plain)
    return True


def _collect_value(collected: _Collected, operand: Typed, value: Typed, extended: bool) -> bool:
    if operand.sort in NUMBERS and isinstance(value.node, tree.Constant) and value.sort in NUMBERS:
        number = _number(operand, value)
        collected.ranges.append((number, number))
        return True
    test = compare("==", operand, value, extended)
    if test is not None:
        collected.tests.append(test.node)
    return test is not None


def _bound(operand: Typed, bound: Any) -> int | float | None:
    """The value of a range's bound beside an operand; None if it does not fit."""
    if isinstance(bound, nodes.Text):
        ranges = operand.words.ranges(bound.regex, bound.pattern) if operand.words and operand.words.ordered else ()
        return ranges[0][0] if ranges else None
    if operand.sort not in NUMBERS or not bound or not isinstance(bound[0].node, tree.Constant):
        return None
    wide = bound[0].wide
    return wide if wide is not None and operand.sort in INTEGERS else bound[0].node.value


def _number(operand: Typed, value: Typed) -> int | float:
    return value.wide if value.wide is not None and operand.sort is Sort.UNSIGNED else value.node.value


def _tests(collected: _Collected, operand: Typed, text: Typed | None) -> list[tree.Node]:
    tests: list[tree.Node] = []
    if collected.ranges:
        tests.append(tree.InRanges(operand.node, sort_ranges(collected.ranges)))
    if collected.texts or collected.globs:
        tests.append(tree.InTexts(text.node, frozenset(collected.texts), tuple(collected.globs)))
    if collected.networks:
        address = operand if text is None or operand.is_array else text
        tests.append(tree.InNetworks(address.node, tuple(collected.networks)))
    return tests + collected.tests or [tree.InRanges(operand.node, ())]
