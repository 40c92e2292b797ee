"""What is settled without an event class: errors and warnings on literals.

The errors are those of lttng-tools' validation: a literal in a place where no event could give it a meaning.
"""

from collections.abc import Callable, Iterator

from lttngx.core.values import signed
from lttngx.language import levels, nodes, times
from lttngx.language.messages import Diagnostic, FilterSyntaxError, Topic, diagnostic
from lttngx.language.parser import COMPARISONS

_BITWISE = {"&", "|", "^", "<<", ">>"}
_TEXT_FUNCTIONS = {"startswith", "endswith", "contains", "icontains", "lower", "basename", "len"}


def check(text: str, tree: nodes.Node) -> tuple[Diagnostic, ...]:
    """Check the literals of an expression; return warnings on literals without effect.

    Raises FilterSyntaxError.
    """
    checker = _Checker(text)
    if isinstance(tree, nodes.Text):
        raise checker.error(tree.at, "a condition", "a string")
    if _is_real(tree):
        raise checker.error(tree.at, "an integer as the whole expression", "a real number")
    checker.visit(tree)
    if _number(tree) is not None:
        checker.warn(tree.at, "the whole expression is constant: it has no effect or keeps nothing")
    return tuple(checker.warnings)


class _Checker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.warnings: list[Diagnostic] = []

    def error(self, at: int, expected: str, got: str) -> FilterSyntaxError:
        return FilterSyntaxError(self.text, at, f"expected {expected}, got {got}")

    def warn(self, at: int, message: str) -> None:
        self.warnings.append(diagnostic(self.text, at, Topic.EFFECT, message))

    def visit(self, node: nodes.Node) -> None:
        rule = _RULES.get(type(node))
        if rule is not None:
            rule(self, node)
        for child in children(node):
            self.visit(child)

    def refuse_text(self, operand: nodes.Node, where: str) -> None:
        if isinstance(operand, nodes.Text):
            raise self.error(operand.at, f"a number or a condition as operand of {where}", "a string")

    def unary(self, node: nodes.Unary) -> None:
        self.refuse_text(node.operand, f"`{node.op}`")
        if node.op == "~" and _is_real(node.operand):
            raise self.error(node.operand.at, "an integer as operand of `~`", "a real number")

    def logical(self, node: nodes.Logical) -> None:
        for operand in node.operands:
            self.refuse_text(operand, f"`{node.op}`")
            if _number(operand) is not None:
                message = f"this operand of `{node.op}` is constant: it has no effect or settles the result"
                self.warn(operand.at, message)

    def binary(self, node: nodes.Binary) -> None:
        if node.op in COMPARISONS:
            return self.comparison(node)
        for operand in (node.left, node.right):
            self.refuse_text(operand, f"`{node.op}`")
            if node.op in _BITWISE and _is_real(operand):
                raise self.error(operand.at, f"an integer as operand of `{node.op}`", "a real number")

    def comparison(self, node: nodes.Binary) -> None:
        left, right = node.left, node.right
        for one, other in ((left, right), (right, left)):
            if isinstance(one, nodes.Text):
                self.compared_text(node, one, other)
        if isinstance(left, nodes.Text) and isinstance(right, nodes.Text):
            patterns = left.pattern, right.pattern
            if all(p.has_star for p in patterns) and not all(p.star_at_end_only for p in patterns):
                raise self.error(right.at, "at most one pattern in a comparison", "two")

    def compared_text(self, node: nodes.Binary, literal: nodes.Text, other: nodes.Node) -> None:
        if _number(other) is not None:
            raise self.error(node.at, "operands of one type", "a string and a number")
        pattern = literal.pattern
        if node.op not in ("==", "!=") and pattern.has_star and not pattern.star_at_end_only:
            raise self.error(literal.at, f"a string without inner `*` as operand of `{node.op}`", "a pattern")
        self.words(other, literal)

    def words(self, operand: nodes.Node, literal: nodes.Text) -> None:
        """Check a string which stands for a number because of what it is compared with."""
        if is_time(operand):
            try:
                times.parse_time(literal.regex, 0)
            except ValueError as error:
                problem = str(error) if "expected" in str(error) else f"expected {times.EXPECTED}"
                raise FilterSyntaxError(self.text, literal.at, f'{problem}, got "{literal.regex}"') from None
        elif is_level(operand) and levels.number(literal.regex) is None:
            raise self.error(literal.at, "a log level, " + ", ".join(levels.NUMBERS), f'"{literal.regex}"')

    def membership(self, node: nodes.In) -> None:
        self.refuse_text(node.operand, "`in`")
        for item in node.items:
            bounds = (item.lower, item.upper) if isinstance(item, nodes.Span) else (item,)
            for bound in bounds:
                if isinstance(bound, nodes.Text):
                    self.words(node.operand, bound)
            if isinstance(item, nodes.Span):
                self.span(node, item)

    def span(self, node: nodes.In, item: nodes.Span) -> None:
        bounds = [getattr(bound, "wide", None) or _number(bound) for bound in (item.lower, item.upper)]
        for bound, value in zip((item.lower, item.upper), bounds):
            words = isinstance(bound, nodes.Text) and (is_time(node.operand) or is_level(node.operand))
            if value is None and not words:
                raise self.error(bound.at, "a number as bound of a range", "another expression")
        if None not in bounds and bounds[0] > bounds[1]:
            raise self.error(item.at, "a range with its lower bound first", f"{bounds[0]}..{bounds[1]}")

    def match(self, node: nodes.Match) -> None:
        self.refuse_literal(node.operand, "`!~`" if node.negated else "`=~`")

    def refuse_literal(self, operand: nodes.Node, where: str) -> None:
        if isinstance(operand, nodes.Text) or _number(operand) is not None:
            raise self.error(operand.at, f"a field as operand of {where}", "a literal")

    def call(self, node: nodes.Call) -> None:
        for argument in node.arguments:
            if isinstance(argument, nodes.Text):
                if node.function not in _TEXT_FUNCTIONS:
                    raise self.error(argument.at, f"a number as argument of {node.function}", "a string")
                if argument.pattern.has_star:
                    plain = r'a plain string (write \* or r"…": a star has no meaning here)'
                    raise self.error(argument.at, plain, "a pattern")

    def quantifier(self, node: nodes.Quantifier) -> None:
        self.refuse_literal(node.array, node.word)
        self.refuse_text(node.body, node.word)


_RULES: dict[type, Callable[[_Checker, nodes.Node], None]] = {
    nodes.Unary: _Checker.unary,
    nodes.Logical: _Checker.logical,
    nodes.Binary: _Checker.binary,
    nodes.In: _Checker.membership,
    nodes.Match: _Checker.match,
    nodes.Call: _Checker.call,
    nodes.Quantifier: _Checker.quantifier,
}


def children(node: nodes.Node) -> Iterator[nodes.Node]:
    """Give the direct operands of a node."""
    match node:
        case nodes.Unary(_, _, operand) | nodes.Match(_, operand):
            yield operand
        case nodes.Binary(_, _, left, right):
            yield from (left, right)
        case nodes.Logical(_, _, operands) | nodes.Call(_, _, operands):
            yield from operands
        case nodes.Exists(_, name):
            yield name
        case nodes.Quantifier(_, _, array, body):
            yield from (array, body)
        case nodes.In(_, operand, items):
            yield operand
            for item in items:
                match item:
                    case nodes.Span(_, lower, upper):
                        yield from (lower, upper)
                    case nodes.Networks():
                        pass
                    case _:
                        yield item


def names(node: nodes.Node) -> Iterator[nodes.Name]:
    """Give every name in an expression."""
    if isinstance(node, nodes.Name):
        yield node
    for child in children(node):
        yield from names(child)


def is_time(node: nodes.Node) -> bool:
    """Whether strings compared with a node are times: $time, or $time plus or minus something."""
    if isinstance(node, nodes.Binary) and node.op in ("+", "-"):
        return is_time(node.left) or is_time(node.right)
    return isinstance(node, nodes.Name) and node.root == "$time"


def is_level(node: nodes.Node) -> bool:
    """Whether strings compared with a node are log levels."""
    return isinstance(node, nodes.Name) and (node.root, node.steps) == ("$event", ("loglevel",))


def _number(node: nodes.Node) -> int | float | None:
    """The value of a number literal, of one with a sign, or of `!` or `~` of one; None for anything else."""
    if isinstance(node, nodes.Number):
        return node.value
    if isinstance(node, nodes.Unary) and (value := _number(node.operand)) is not None:
        negated = -value if type(value) is float else signed(-value)
        return {"-": negated, "+": value, "!": int(not value), "~": ~int(value)}[node.op]
    return None


def _is_real(node: nodes.Node) -> bool:
    """Whether a node is a real constant or a unary operator on one (LTTng types `!1.5` as real)."""
    if isinstance(node, nodes.Unary):
        return _is_real(node.operand)
    return isinstance(node, nodes.Number) and type(node.value) is float
