"""Comparisons of typed operands, with each other and with string literals; None where the types do not fit."""

from collections.abc import Callable, Sequence

from lttngx.core import predicate as tree
from lttngx.language import nodes
from lttngx.language.operands import NUMBERS, Sort, Typed, as_text
from lttngx.language.patterns import Pattern

_OPS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def compare(op: str, left: Typed, right: Typed, extended: bool) -> Typed | None:
    """Return the comparison of two operands."""
    if left.sort in NUMBERS and right.sort in NUMBERS:
        pair = [_widened(left, right), _widened(right, left)]
    else:
        pair = of_texts((left, right), extended)
    return None if pair is None else Typed(tree.Binary(_OPS[op], *pair), Sort.INTEGER)


def _widened(operand: Typed, other: Typed) -> tree.Node:
    """A constant of 2^63 or more is itself beside an unsigned operand, and signed as LTTng has it beside others."""
    if operand.wide is not None and other.sort is Sort.UNSIGNED:
        return tree.Constant(operand.wide, unsigned=True)
    return operand.node


def of_texts(operands: Sequence[Typed], extended: bool) -> list[tree.Node] | None:
    """Return the nodes of operands which are all text, else None."""
    texts = [as_text(operand, extended) for operand in operands]
    return None if None in texts else [text.node for text in texts]


def against_text(op: str, operand: Typed, literal: nodes.Text, extended: bool,
                 own: Pattern | None = None) -> Typed | None:
    """Return the comparison of an operand with a string literal on its right.

    own: the operand's own pattern if it is a string literal too.
    """
    if own is not None and own.has_star:
        return _two_literals(op, own, literal.pattern)
    if operand.words is not None:
        return _against_words(op, operand, literal)
    text = as_text(operand, extended)
    return None if text is None else Typed(_against_pattern(op, text.node, literal.pattern), Sort.INTEGER)


def _against_words(op: str, operand: Typed, literal: nodes.Text) -> Typed | None:
    ranges = operand.words.ranges(literal.regex, literal.pattern)
    if operand.words.ordered:
        if not ranges:
            return None
        return Typed(tree.Binary(_OPS[op], operand.node, tree.Constant(ranges[0][0])), Sort.INTEGER)
    if op not in ("==", "!="):
        return None
    return Typed(_negated(op == "!=", tree.InRanges(operand.node, ranges)), Sort.INTEGER)


def _against_pattern(op: str, text: tree.Node, pattern: Pattern) -> tree.Node:
    if not pattern.has_star:
        return tree.Binary(_OPS[op], text, tree.Constant(pattern.plain))
    matched = tree.Glob(text, pattern.parts)
    if op in ("==", "!="):
        return _negated(op == "!=", matched)
    # LTTng lets an order against a star at the end through: equal as soon as the star is reached.
    below = tree.Binary("lt", text, tree.Constant(pattern.parts[0]))
    if op in ("<", ">="):
        return _negated(op == ">=", below)
    return _negated(op == ">", tree.Or(below, matched))


def _two_literals(op: str, left: Pattern, right: Pattern) -> Typed:
    """Two literals, the left one with a star: LTTng compares two stars at the end up to the first star."""
    begin = left.parts[0]
    if right.has_star:
        other = right.parts[0]
        equal = begin.startswith(other) or other.startswith(begin)
    else:
        other = right.plain
        equal = left.matches(other)
    below = begin < other and not equal
    result = {"==": equal, "!=": not equal, "<": below, "<=": below or equal,
              ">": not below and not equal, ">=": not below}[op]
    return Typed(tree.Constant(int(result)), Sort.INTEGER)


def _negated(negated: bool, node: tree.Node) -> tree.Node:
    return tree.Unary("not", node) if negated else node


def balanced(combine: Callable[[tree.Node, tree.Node], tree.Node], operands: Sequence[tree.Node]) -> tree.Node:
    """Return an associative chain as a tree of logarithmic depth, operands in their order."""
    if len(operands) == 1:
        return operands[0]
    middle = len(operands) // 2
    return combine(balanced(combine, operands[:middle]), balanced(combine, operands[middle:]))
