"""Tokens of both dialects.

Lexical rules are LTTng's (lttng-tools' filter lexer); `extended` adds durations, raw strings, `..`, `=~`, braces and
commas, none of which can occur in a valid LTTng expression. A comment without an end runs to the end of the text.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from lttngx.core.values import MASK, signed
from lttngx.language.messages import FilterSyntaxError
from lttngx.language.nodes import Number, Text
from lttngx.language.patterns import collapse, encode

_UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9, "min": 60 * 10**9, "h": 3600 * 10**9, "d": 86400 * 10**9}

_LETTER = r"(?:[A-Za-z_:]|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8})"
_IDENTIFIER = rf"{_LETTER}(?:{_LETTER}|[0-9])*"
_FLOAT = (r"(?:(?:[0-9]+\.{dots}[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)[fFlL]?"
          r"|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+[fFlL]?")
_SUFFIX = r"(?:[uU](?:ll|LL|[lL])?|(?:ll|LL|[lL])[uU]?)?"
_INTEGER = rf"(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*){_SUFFIX}"
_DURATION = rf"[0-9]+(?:\.[0-9]+)?(?:{'|'.join(sorted(_UNITS_NS, key=len, reverse=True))})(?![A-Za-z0-9_:])"
_OPERATORS = ["->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", *"<>&|^~!+-*/%()[]."]
_EXTENDED_OPERATORS = ["..", "=~", *"{},"]


def _scanner(extended: bool) -> re.Pattern[str]:
    operators = sorted(_OPERATORS + _EXTENDED_OPERATORS * extended, key=len, reverse=True)
    rules = {
        "space": r"[ \t\r\n]+" if extended else r"[ \t\n]+",
        "comment": r"/\*(?:.*?\*/|.*)|//[^\n]*",
        "raw": r"""r"[^"]*"|r'[^']*'""" if extended else None,
        "string": r"""L?"[^"]*"|L?'[^']*'""",
        "open": r"""[Lr]?["']""" if extended else r"""L?["']""",
        "duration": _DURATION if extended else None,
        "float": _FLOAT.replace("{dots}", r"(?!\.)" if extended else ""),
        "integer": _INTEGER,
        "global": rf"\$(?:{_IDENTIFIER})",
        "identifier": _IDENTIFIER,
        "operator": "|".join(map(re.escape, operators)),
    }
    return re.compile("|".join(f"(?P<{kind}>{rule})" for kind, rule in rules.items() if rule), re.DOTALL)


_SCANNERS = {False: _scanner(False), True: _scanner(True)}


@dataclass(frozen=True, slots=True)
class Token:
    """kind: "number", "text", "identifier", "global", "operator" or "end"; `node` is a literal's."""

    kind: str
    text: str
    at: int
    node: Number | Text | None = None

    def __str__(self) -> str:
        return "the end of the expression" if self.kind == "end" else f"`{self.text}`"


def tokens(text: str, extended: bool) -> list[Token]:
    """Return the tokens of an expression and an "end" token.

    Raises FilterSyntaxError on an unknown character, an unterminated string, a bad escape or a bad number.
    """
    result, at = [], 0
    while at < len(text):
        match = _SCANNERS[extended].match(text, at)
        if match is None:
            raise FilterSyntaxError(text, at, f"expected a token, got the character `{text[at]}`")
        token = _TOKENS[match.lastgroup](text, match.group(), at, extended)
        if token is not None:
            result.append(token)
        at = match.end()
    return [*result, Token("end", "", len(text))]


def _plain(kind: str):
    def make(text: str, found: str, at: int, extended: bool) -> Token:
        return Token(kind, re.sub(r"\\[uU]([0-9a-fA-F]+)", _universal, found), at)
    return make


def _universal(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return chr(code) if code < 0x110000 else match.group()


def _open(text: str, found: str, at: int, extended: bool) -> Token:
    raise FilterSyntaxError(text, at, f"expected the closing {found[-1]} of a string, got the end of the expression")


def _integer(text: str, found: str, at: int, extended: bool) -> Token:
    digits = found.rstrip("uUlL")
    if not extended and (digits.startswith("0X") or digits.startswith("0") and digits != found and digits[1:2] != "x"):
        expected = "the prefix 0x" if digits.startswith("0X") else "an octal constant without suffix"
        raise FilterSyntaxError(text, at, f"expected {expected}, got `{found}`")
    base = 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") else 10
    value = min(int(digits, base), MASK)
    return Token("number", found, at, Number(at, signed(value), value if value >= 2**63 else None))


def _float(text: str, found: str, at: int, extended: bool) -> Token:
    hexadecimal = found[:2] in ("0x", "0X")
    digits = found.rstrip("fFlL")
    try:
        value = float.fromhex(digits) if hexadecimal else float(digits)
    except OverflowError:
        value = float("inf")
    return Token("number", found, at, Number(at, value))


def _duration(text: str, found: str, at: int, extended: bool) -> Token:
    unit = found.lstrip("0123456789.")
    value = Decimal(found.removesuffix(unit)) * _UNITS_NS[unit]
    if value != int(value) or value >= 2**63:
        raise FilterSyntaxError(text, at, f"expected a duration of whole nanoseconds below 2^63, got `{found}`")
    return Token("number", found, at, Number(at, int(value)))


def _raw(text: str, found: str, at: int, extended: bool) -> Token:
    body = found[2:-1]
    node = Text(at, collapse([encode(body)]), body, tuple(range(at + 2, at + 2 + len(body))))
    return Token("text", found, at, node)


def _string(text: str, found: str, at: int, extended: bool) -> Token:
    begin = at + found.index(found[-1]) + 1
    end = at + len(found) - 1
    if begin == end and found[-1] == "'" and not extended:
        raise FilterSyntaxError(text, at, "expected a character between single quotes, got none")
    runs, regex, offsets, position = [""], "", [], begin
    while position < end:
        character = text[position]
        escape = character == "\\"
        if escape and (position + 1 == end or text[position + 1] not in "\\*"):
            escaped = text[position + 1:min(position + 2, end)]
            raise FilterSyntaxError(text, position, _escape_problem(escaped, extended))
        source = text[position:position + 1 + escape]
        if source == "*":
            runs.append("")
        elif source != "\n":
            runs[-1] += source[-1]
        if source != "\n":
            kept = source if source == "\\*" else source[-1]
            regex += kept
            offsets += range(position, position + len(kept))
        position += len(source)
    node = Text(at, collapse([encode(run) for run in runs]), regex, tuple(offsets))
    return Token("text", found, at, node)


def _escape_problem(escaped: str, extended: bool) -> str:
    got = f"`\\{escaped}`" if escaped else "a backslash before the closing quote, which it does not escape"
    hint = ' (a raw string r"…" takes backslashes as they are)' if extended else ""
    return rf"expected the escape `\\` or `\*`, got {got}{hint}"


_TOKENS = {
    "space": lambda *_: None,
    "comment": lambda *_: None,
    "raw": _raw,
    "string": _string,
    "open": _open,
    "duration": _duration,
    "float": _float,
    "integer": _integer,
    "global": _plain("global"),
    "identifier": _plain("identifier"),
    "operator": _plain("operator"),
}
