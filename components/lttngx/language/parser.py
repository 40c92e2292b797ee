"""Parser of both dialects: tokens to the syntax tree.

Precedence is LTTng's. `extended` adds, without touching a valid LTTng expression:
words (`and`, `or`, `not`, `in`), which stay field names wherever LTTng reads a field name, calls, sets, `=~`, `!~` and
arithmetic, which LTTng parses and refuses.
"""

import ipaddress

from lttngx.language import nodes
from lttngx.language.automaton import LazyAutomaton
from lttngx.language.lexer import Token, tokens
from lttngx.language.messages import FilterSyntaxError
from lttngx.language.regex import RegexError

MAX_DEPTH = 100

# Tightest last; `&` binds tighter than comparisons, unlike in C.
LEVELS = (
    ("||",),
    ("&&",),
    ("==", "!="),
    ("<", "<=", ">", ">=", "in", "not in", "=~", "!~"),
    ("|",),
    ("^",),
    ("&",),
    ("<<", ">>"),
    ("+", "-"),
    ("*", "/", "%"),
)
_LEVEL = {op: level for level, ops in enumerate(LEVELS) for op in ops}
_NOT_LEVEL = _LEVEL["=="]
_ITEM_LEVEL = _LEVEL["|"]
_ARITHMETIC = {"+", "-", "*", "/", "%"}
COMPARISONS = {"==", "!=", "<", "<=", ">", ">="}
_TESTS = COMPARISONS | {"in", "not in", "=~", "!~"}
_UNARY = {"-", "+", "!", "~"}
_WORD_OPERATORS = {"and": "&&", "or": "||", "in": "in"}

# Number of arguments of each function.
FUNCTIONS = {"len": 1, "lower": 1, "basename": 1, "abs": 1, "popcount": 1, "u": 1,
             "startswith": 2, "endswith": 2, "contains": 2, "icontains": 2}
# Members of each root: None = any path of at least one step, () = none.
ROOTS: dict[str, tuple[str, ...] | None] = {
    "$ctx": None, "$app": None, "$packet": None, "$env": None, "$time": (), "$element": (),
    "$event": ("name", "stem", "loglevel", "id"), "$stream": ("name", "id"), "$trace": ("name", "uuid"),
}
_LTTNG_ROOTS = ("$ctx", "$app")


def parse(text: str, extended: bool, roots: tuple[str, ...] = ()) -> nodes.Node:
    """Return the syntax tree of an expression.

    roots: further roots with any path of at least one step, such as "$begin". Raises FilterSyntaxError.
    """
    parser = _Parser(text, extended, dict.fromkeys(roots))
    tree = parser.expression(0)
    parser.expect_end()
    return tree


class _Parser:
    """Precedence climbing over the tokens; `index` is that of the next token."""

    def __init__(self, text: str, extended: bool, roots: dict[str, None]) -> None:
        self.text, self.extended = text, extended
        self.roots = (ROOTS if extended else {root: ROOTS[root] for root in _LTTNG_ROOTS}) | roots
        self.tokens = tokens(text, extended)
        self.index = self.depth = self.quantifiers = 0

    # Tokens

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.index + ahead, len(self.tokens) - 1)]

    def next(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def is_operator(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind == "operator" and token.text == text

    def take(self, text: str) -> bool:
        found = self.is_operator(text)
        self.index += found
        return found

    def fail(self, expected: str, token: Token | None = None) -> FilterSyntaxError:
        token = token or self.peek()
        return FilterSyntaxError(self.text, token.at, f"expected {expected}, got {token}")

    def expect(self, text: str, why: str) -> None:
        if not self.take(text):
            raise self.fail(f"`{text}` {why}")

    def expect_end(self) -> None:
        if self.peek().kind != "end":
            raise self.fail("an operator or the end of the expression")

    # Operators

    def operator(self) -> tuple[str | None, int]:
        """Return the binary operator which comes next, and how many tokens it takes; None if there is none."""
        token = self.peek()
        if token.kind == "operator":
            if self.extended and token.text == "!" and self.is_operator("~", 1) and self.peek(1).at == token.at + 1:
                return "!~", 2
            return (token.text, 1) if token.text in _LEVEL else (None, 0)
        if self.extended and token.kind == "identifier":
            if token.text == "not" and self.peek(1).kind == "identifier" and self.peek(1).text == "in":
                return "not in", 2
            return (_WORD_OPERATORS[token.text], 1) if token.text in _WORD_OPERATORS else (None, 0)
        return None, 0

    def expression(self, level: int) -> nodes.Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"at most {MAX_DEPTH} nested operators and parentheses")
        left = self.prefix_not(level) if self.is_word_not() else self.unary()
        left = self.operators(left, level)
        self.depth -= 1
        return left

    def operators(self, left: nodes.Node, level: int) -> nodes.Node:
        chain = 0
        while True:
            op, width = self.operator()
            if op is None or _LEVEL[op] < level:
                return left
            token = self.peek()
            self.index += width
            left = self.binary(op, token, left)
            chain += op not in ("&&", "||")
            if chain > MAX_DEPTH:
                raise self.fail(f"at most {MAX_DEPTH} operators in a row other than && and ||", token)

    def binary(self, op: str, token: Token, left: nodes.Node) -> nodes.Node:
        if op in _ARITHMETIC and not self.extended:
            raise FilterSyntaxError(self.text, token.at, f"expected an operator LTTng supports, got arithmetic `{op}` "
                                                         "(dialect extended has it)")
        if op in ("in", "not in"):
            return nodes.In(token.at, left, self.items(), op == "not in")
        if op in ("=~", "!~"):
            return nodes.Match(token.at, left, self.regex(), op == "!~")
        right = self.expression(_LEVEL[op] + 1)
        if op not in ("&&", "||"):
            return nodes.Binary(token.at, op, left, right)
        return self.chain(op, token, left, right)

    def chain(self, op: str, token: Token, left: nodes.Node, right: nodes.Node) -> nodes.Node:
        """Collect the operands of a && or || chain in one go, so that a long one is no deep tree."""
        operands = [left, right]
        while True:
            following, width = self.operator()
            if following != op:
                return nodes.Logical(token.at, op, tuple(operands))
            self.index += width
            operands.append(self.expression(_LEVEL[op] + 1))

    def is_word_not(self) -> bool:
        """Whether `not` is the operator: only before what begins an operand, where LTTng has a syntax error."""
        token, following = self.peek(), self.peek(1)
        if not self.extended or token.kind != "identifier" or token.text != "not":
            return False
        if following.kind == "operator":
            begins = following.text == "(" or following.text in _UNARY
            return begins and not (following.text == "!" and self.is_operator("~", 2))
        return following.kind in ("number", "text", "global") or (
            following.kind == "identifier" and following.text not in _WORD_OPERATORS)

    def prefix_not(self, level: int) -> nodes.Node:
        token = self.peek()
        if level > _NOT_LEVEL:
            raise self.fail("an operand (`not` binds weaker than this operator: put it in parentheses)")
        self.index += 1
        return nodes.Unary(token.at, "!", self.expression(_NOT_LEVEL))

    def unary(self) -> nodes.Node:
        token = self.peek()
        if token.kind == "operator" and token.text in _UNARY:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise self.fail(f"at most {MAX_DEPTH} nested operators and parentheses")
            self.index += 1
            operand = self.unary()
            self.depth -= 1
            return nodes.Unary(token.at, token.text, operand)
        return self.primary()

    # Operands

    def primary(self) -> nodes.Node:
        token = self.next()
        if token.node is not None:
            return token.node
        if token.kind == "operator" and token.text == "(":
            inner = self.expression(0)
            self.expect(")", f"to close the parenthesis at {self.where(token)}")
            return inner
        if token.kind == "identifier":
            return self.identifier(token)
        if token.kind == "global":
            return self.rooted(token)
        raise self.fail("a field, a literal or `(`", token)

    def where(self, token: Token) -> str:
        error = FilterSyntaxError(self.text, token.at, "")
        return f"{error.line}:{error.column}"

    def identifier(self, token: Token) -> nodes.Node:
        if not (self.extended and self.is_operator("(")):
            return nodes.Name(token.at, "", (token.text, *self.steps()))
        self.index += 1
        if token.text == "exists":
            return self.exists(token)
        if token.text in ("any", "all"):
            return self.quantifier(token)
        if token.text in FUNCTIONS:
            return self.call(token)
        if token.text == "cidr":
            raise self.fail("an operand (cidr(…) belongs on the right of `in`)", token)
        raise self.fail("a function (" + ", ".join(["exists", "any", "all", *FUNCTIONS]) + ")", token)

    def rooted(self, token: Token) -> nodes.Node:
        if token.text not in self.roots:
            raise self.fail("one of " + ", ".join(self.roots), token)
        if token.text == "$element":
            return self.current(token)
        steps = self.steps()
        name = nodes.Name(token.at, token.text, steps)
        members = self.roots[token.text]
        if members is None:
            if not steps or not isinstance(steps[0], str):
                raise self.fail(f"`.` and a name after {token.text}")
        elif steps not in ([(member,) for member in members] or [()]):
            choices = " or ".join(f"{token.text}.{member}" for member in members)
            expected = choices or f"{token.text} without members"
            raise FilterSyntaxError(self.text, token.at, f"expected {expected}, got `{name}`")
        return name

    def current(self, token: Token) -> nodes.Node:
        if not self.quantifiers:
            raise self.fail("an operand ($element is only known inside any(…) and all(…))", token)
        return nodes.Current(token.at)

    def steps(self) -> tuple[str | int, ...]:
        """Members and indexes after a name."""
        steps: list[str | int] = []
        while True:
            if self.take(".") or self.take("->"):
                steps.append(self.member())
            elif self.take("["):
                steps.append(self.array_index())
                self.expect("]", "after the index")
            else:
                return tuple(steps)

    def member(self) -> str:
        token = self.next()
        if token.kind == "identifier":
            return token.text
        if self.extended and token.kind == "text" and not token.node.pattern.has_star:
            return token.node.pattern.plain.decode("utf-8", "surrogateescape")
        raise self.fail("a member name", token)

    def array_index(self) -> int:
        negative = self.extended and self.take("-")
        token = self.next()
        if token.kind != "number" or type(token.node.value) is not int or token.node.value < 0:
            raise self.fail("a constant index" if self.extended else "a constant, non-negative index", token)
        return -token.node.value if negative else token.node.value

    # Extended forms

    def exists(self, token: Token) -> nodes.Node:
        argument = self.expression(0)
        if not isinstance(argument, nodes.Name):
            raise FilterSyntaxError(self.text, argument.at, "expected a field in exists(…), got another expression")
        self.expect(")", "after the field")
        return nodes.Exists(token.at, argument)

    def call(self, token: Token) -> nodes.Node:
        count = FUNCTIONS[token.text]
        arguments = [self.expression(0)]
        while self.take(","):
            arguments.append(self.expression(0))
        self.expect(")", f"after the arguments of {token.text}")
        if len(arguments) != count:
            problem = f"expected {count} argument{'s' * (count > 1)} of {token.text}, got {len(arguments)}"
            raise FilterSyntaxError(self.text, token.at, problem)
        return nodes.Call(token.at, token.text, tuple(arguments))

    def quantifier(self, token: Token) -> nodes.Node:
        array = self.expression(0)
        self.expect(",", f"and a test of the elements, as in {token.text}(array, == 3)")
        self.quantifiers += 1
        test, _ = self.operator()
        if test in _TESTS:
            body = self.operators(nodes.Current(self.peek().at), 0)
        else:
            body = self.expression(0)
        self.quantifiers -= 1
        self.expect(")", f"after the test of {token.text}")
        return nodes.Quantifier(token.at, token.text, array, body)

    def regex(self) -> LazyAutomaton:
        token = self.next()
        if token.kind != "text":
            raise self.fail('a regular expression in quotes, best a raw string r"…"', token)
        try:
            return LazyAutomaton(token.node.regex)
        except RegexError as error:
            offsets = token.node.offsets
            at = offsets[error.at] if error.at < len(offsets) else token.at + len(token.text) - 1
            raise FilterSyntaxError(self.text, at, str(error)) from None

    def items(self) -> tuple[nodes.Node | nodes.Span | nodes.Networks, ...]:
        if self.is_cidr():
            return (self.cidr(),)
        self.expect("{", "of a set or cidr(…)")
        items = [self.item()]
        while self.take(","):
            items.append(self.item())
        self.expect("}", "or `,` after an item of the set")
        return tuple(items)

    def item(self) -> nodes.Node | nodes.Span | nodes.Networks:
        if self.is_cidr():
            return self.cidr()
        lower = self.expression(_ITEM_LEVEL)
        token = self.peek()
        if not self.take(".."):
            return lower
        return nodes.Span(token.at, lower, self.expression(_ITEM_LEVEL))

    def is_cidr(self) -> bool:
        return self.peek().kind == "identifier" and self.peek().text == "cidr" and self.is_operator("(", 1)

    def cidr(self) -> nodes.Networks:
        at = self.next().at
        self.index += 1
        networks = [self.network()]
        while self.take(","):
            networks.append(self.network())
        self.expect(")", "after the networks")
        return nodes.Networks(at, tuple(networks))

    def network(self) -> tuple[bytes, int]:
        token = self.next()
        if token.kind != "text" or token.node.pattern.has_star:
            raise self.fail('a network such as "10.0.0.0/8"', token)
        try:
            network = ipaddress.ip_network(token.node.regex, strict=False)
        except ValueError:
            raise self.fail('a network such as "10.0.0.0/8" or "fd00::/8"', token) from None
        return network.network_address.packed, network.prefixlen
