"""The period syntax of lttng-analyses: `NAME(PARENT) : BEGIN : END` and `NAME : CAPTURES : CAPTURES`.

    definition = [name ["(" name ")"]] ":" expression [":" expression]
    captures   = name ":" [capture {"," capture}] [":" [capture {"," capture}]]
    capture    = [name "="] (reference | literal)
    expression = or; or = and {"||" and}; and = unary {"&&" unary}; unary = "!" unary | "(" expression ")" | comparison
    comparison = operand ("==" | "!=" | "<" | "<=" | ">" | ">=" | "=*") operand

An unnamed period has no parent and no captures; END defaults to BEGIN. Operands are `$evt.FIELD`, `$evt.$SCOPE.FIELD`,
`$evt.$name`, the same behind `$begin.` and `$parent.$begin.`, numbers and strings (double quotes; a slash is like any
other
character in them).
"""

import re
from dataclasses import dataclass

from lttngx.errors import LttngxError
from lttngx.spans import terms
from lttngx.spans.definitions import Captures, Definition, DefinitionError
from lttngx.spans.terms import BEGIN, EVENT, PARENT, Term

# Scope names of lttng-analyses; headers have no fields in Babeltrace 2.
_SCOPES = {"$payload": "payload", "$ctx": "specific", "$stream_ctx": "common", "$pkt_ctx": "packet"}
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>"(?:[^"\\]|\\.)*")
      | (?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))
      | (?P<operator>\|\||&&|==|!=|<=|>=|=\*|[-<>!():.,=\[\]])
      | (?P<word>\$?[A-Za-z_]\w*)""", re.VERBOSE)
_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=", "=*")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str, where: str) -> list[_Token]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise DefinitionError(where, text, at, f"expected a token, got the character `{text[at]}`")
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match.group(), at))
        at = match.end()
    return [*found, _Token("end", "the end", len(text))]


class _Parser:
    """A recursive-descent parser over the tokens of one text."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where = text, where
        self._tokens, self._index = _tokens(text, where), 0

    @property
    def token(self) -> _Token:
        return self._tokens[self._index]

    def fail(self, expected: str) -> DefinitionError:
        return DefinitionError(self._where, self._text, self.token.at, f"expected {expected}, got `{self.token.text}`")

    def take(self, *texts: str) -> str | None:
        """Consume the token if it is one of some operators or words; return its text."""
        if self.token.kind in ("operator", "word") and self.token.text in texts:
            self._index += 1
            return self._tokens[self._index - 1].text
        return None

    def need(self, text: str, expected: str) -> None:
        if not self.take(text):
            raise self.fail(expected)

    def word(self, expected: str) -> str:
        if self.token.kind != "word" or self.token.text.startswith("$"):
            raise self.fail(expected)
        self._index += 1
        return self._tokens[self._index - 1].text

    def end(self) -> None:
        if self.token.kind != "end":
            raise self.fail("the end of the definition")

    # Expressions.

    def disjunction(self) -> Term:
        operands = [self.conjunction()]
        while self.take("||"):
            operands.append(self.conjunction())
        return operands[0] if len(operands) == 1 else terms.Or(tuple(operands))

    def conjunction(self) -> Term:
        operands = [self.unary()]
        while self.take("&&"):
            operands.append(self.unary())
        return operands[0] if len(operands) == 1 else terms.And(tuple(operands))

    def unary(self) -> Term:
        if self.take("!"):
            return terms.Not(self.unary())
        if self.take("("):
            inner = self.disjunction()
            self.need(")", "a closing parenthesis")
            return inner
        return self.comparison()

    def comparison(self) -> Term:
        left = self.operand()
        op = self.take(*_COMPARISONS)
        if op is None:
            raise self.fail("a comparison operator")
        at, right = self.token, self.operand()
        if op != "=*":
            return terms.Compare(op, left, right, total=True)
        if not isinstance(right, terms.Literal) or not isinstance(right.value, str):
            raise DefinitionError(
                self._where, self._text, at.at, "expected a pattern string after =*, got another operand")
        return terms.Glob(left, (right.value,), "fnmatch")

    def operand(self) -> Term:
        token = self.token
        if token.kind == "text":
            self._index += 1
            return terms.Literal(re.sub(r"\\(.)", r"\1", token.text[1:-1]))
        if token.kind == "number":
            self._index += 1
            return terms.Literal(_number(token.text))
        return self.reference()

    def reference(self) -> Term:
        source = EVENT
        if self.take("$parent"):
            self.need(".", "`.$begin.$evt` behind $parent")
            self.need("$begin", "$begin behind $parent")
            self.need(".", "`.$evt` behind $begin")
            source = PARENT
        elif self.take("$begin"):
            self.need(".", "`.$evt` behind $begin")
            source = BEGIN
        self.need("$evt", "$evt, $begin.$evt, $parent.$begin.$evt, a number or a string")
        self.need(".", "a field behind $evt")
        if self.take("$name"):
            return terms.Reference(source, "fact", ("name",))
        return terms.Reference(source, self.scope(), self.steps())

    def scope(self) -> str:
        scope = self.take(*_SCOPES)
        if scope:
            self.need(".", "a field behind the scope")
        return _SCOPES[scope] if scope else ""

    def steps(self) -> tuple[str | int, ...]:
        steps: list[str | int] = [self.word("a field name, $name or a scope")]
        while True:
            if self.take("."):
                steps.append(self.word("a member name"))
            elif self.take("["):
                steps.append(self.index())
                self.need("]", "a closing bracket")
            else:
                return tuple(steps)

    def index(self) -> int:
        if self.token.kind != "number" or not self.token.text.isdecimal():
            raise self.fail("an index")
        self._index += 1
        return int(self._tokens[self._index - 1].text)

    # Captures.

    def captures(self) -> Captures:
        found: dict[str, Term] = {}
        while self.token.kind != "end" and not (self.token.text == ":" and self.token.kind == "operator"):
            at = self.token.at
            name, value = self.capture()
            if name in found:
                raise DefinitionError(self._where, self._text, at, f"expected a new capture name, got `{name}` again")
            found[name] = value
            if not self.take(","):
                break
        return tuple(found.items())

    def capture(self) -> tuple[str, Term]:
        """Read `name = operand`, or an operand, which is then named by its text."""
        if self._tokens[self._index + 1].text == "=" and self.token.kind == "word":
            name = self.word("a capture name")
            self.need("=", "=")
            return name, self.operand()
        begin = self.token.at
        value = self.operand()
        return self._text[begin:self.token.at].strip(), value


def _number(text: str) -> int | float:
    if text.lstrip("+-")[:2].lower() == "0x":
        return int(text, 16)
    return int(text) if text.lstrip("+-").isdecimal() else float(text)


def parse(text: str, where: str = "span") -> Definition:
    """Return the definition `text` writes. Raises DefinitionError, with a column."""
    parser = _Parser(text, where)
    name = parent = None
    if not parser.take(":"):
        name = parser.word("a name or `:`")
        if parser.take("("):
            parent = parser.word("the parent's name")
            parser.need(")", "a closing parenthesis")
        parser.need(":", "`:` before the begin expression")
    begin = parser.disjunction()
    end = parser.disjunction() if parser.take(":") else begin
    parser.end()
    return Definition(name, begin, end, parent, where=where)


def parse_captures(text: str, where: str = "captures") -> tuple[str, Captures, Captures]:
    """Return the name of the span and its begin and end captures. Raises DefinitionError."""
    parser = _Parser(text, where)
    name = parser.word("the name of a span")
    parser.need(":", "`:` before the captures")
    begin = parser.captures()
    end = parser.captures() if parser.take(":") else ()
    parser.end()
    return name, begin, end


def definitions(periods: list[str], captures: list[str] = ()) -> list[Definition]:
    """Return the definitions of some periods with their captures.

    Raises DefinitionError for a bad text and LttngxError for captures of a span which is not defined."""
    return with_captures([parse(text, f"spans[{index}]") for index, text in enumerate(periods)], captures)


def with_captures(found: list[Definition], captures: list[str]) -> list[Definition]:
    """Return definitions with further captures. Raises as `definitions`."""
    found = list(found)
    for index, text in enumerate(captures):
        name, begin, end = parse_captures(text, f"captures[{index}]")
        at = next((at for at, definition in enumerate(found) if definition.name == name), None)
        if at is None:
            raise LttngxError(f'captures[{index}]: no such span: name="{name}"')
        found[at] = found[at].with_captures(begin, end)
    return found
