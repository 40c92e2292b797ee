"""Tokens of TSDL, CTF 1.8's metadata language (CTF 1.8 § C).

A token is its text; "" ends the list. Positions are found again only for a message. Dotted names are one token, and so
is a plain `integer { … }` block: it is most of any metadata stream, and equal blocks are parsed once. A character that
begins no token is a token of its own, which no rule accepts.
"""

import re

from lttngx.ctf.faults import MetadataError, fault

TOKEN = re.compile(r"""
    (?: \s+ | /\*.*?\*/ | //[^\n]* )*
    (
        integer \s* \{ [^{}"/]* \}
      | [A-Za-z_]\w* (?: \s*\.\s* [A-Za-z_]\w* )*
      | 0[xX][0-9a-fA-F]+ [uUlL]* | 0[bB][01]+ [uUlL]* | [0-9]+ [uUlL]*
      | L? "(?:[^"\\\n]|\\[^\n])*" | '(?:[^'\\\n]|\\.)+'
      | := | \.\.\. | ->
      | .
      | \Z
    )""", re.VERBOSE | re.DOTALL | re.ASCII)

NAME = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class Tokens:
    """A list of tokens with a reading position. `at` is the token there."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._list = TOKEN.findall(text)
        self._list.append("")
        self.index = 0
        self.at: str = self._list[0]

    def next(self) -> str:
        """Return the current token and go on; the end stays."""
        token = self.at
        if token:
            self.index += 1
            self.at = self._list[self.index]
        return token

    def take(self, token: str) -> bool:
        """Go on if the current token is `token`; return whether it was."""
        if self.at != token:
            return False
        self.next()
        return True

    def expect(self, token: str) -> None:
        if not self.take(token):
            raise self.fault(f'"{token}"')

    def name(self, what: str) -> str:
        """Take a name without dots."""
        if not NAME.match(self.at):
            raise self.fault(what)
        return self.next()

    def dotted(self, what: str) -> tuple[str, ...]:
        """Take a name, maybe dotted; return its parts."""
        if not NAME.match(self.at.split(".", 1)[0].rstrip()):
            raise self.fault(what)
        return tuple(part.strip() for part in self.next().split("."))

    def integer(self, what: str = "an integer") -> int:
        """Take a signed integer in −2^63 … 2^64−1."""
        start, sign = self.index, 1
        while self.at in ("-", "+"):
            sign = -sign if self.next() == "-" else sign
        value = integer_value(self.at)
        if value is None or not -2**63 <= sign * value < 2**64:
            raise self.fault(what, start)
        self.next()
        return sign * value

    def is_integer(self) -> bool:
        return self.at in ("-", "+") or self.at[:1].isdecimal() or self.at[:1] == "'"

    def string(self, what: str = "a string") -> str:
        """Take a string literal; return its text."""
        token = self.at
        if len(token) < 2 or token[-1] != '"':
            raise self.fault(what)
        self.next()
        return _unescaped(token[token.index('"') + 1:-1])

    def is_string(self) -> bool:
        return len(self.at) > 1 and self.at[-1] == '"'

    def peek(self, distance: int = 1) -> str:
        """Return a token further on."""
        index = self.index + distance
        return self._list[index] if index < len(self._list) else ""

    def texts(self) -> list[str]:
        """Return all tokens."""
        return self._list

    def where(self, index: int | None = None) -> str:
        """Return LINE:COLUMN of a token (the current one by default), both from 1."""
        index = self.index if index is None else index
        offset = len(self._text)
        for number, match in enumerate(TOKEN.finditer(self._text)):
            if number == index:
                offset = match.start(1)
                break
        line = self._text.count("\n", 0, offset) + 1
        return f"{line}:{offset - self._text.rfind(chr(10), 0, offset)}"

    def fault(self, expected: str, index: int | None = None) -> MetadataError:
        """Return the error for a token which is not what TSDL allows there."""
        token = self._list[self.index if index is None else index]
        return fault(self.where(index), expected, f"`{token}`" if token else "the end of the metadata")


def integer_value(token: str) -> int | None:
    """Return the value of an integer or character literal, None if the token is neither. C's octal, U and L
    suffixes."""
    if token[:1] == "'":
        text = _unescaped(token[1:-1])
        return ord(text) if len(text) == 1 else None
    digits = token.rstrip("uUlL")
    if not digits[:1].isdecimal() or len(digits) > 80:
        return None
    octal = digits[0] == "0" and digits.isdecimal()
    try:
        return int(digits, 8 if octal else 0)
    except ValueError:
        return None


def _unescaped(text: str) -> str:
    return ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "x" and len(code) > 1:
        return chr(int(code[1:], 16))
    if code[0] in "01234567":
        return chr(int(code, 8))
    return ESCAPES.get(code, code)
