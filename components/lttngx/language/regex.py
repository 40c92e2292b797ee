"""Parser of regular expressions: a subset of RE2's syntax which a finite automaton decides in linear time.

Characters are Unicode code points; `.` excludes the line feed unless (?s) is given; \\d \\w \\s \\b are ASCII; (?i)
folds single characters by str.lower and str.upper in literals, and ASCII letters in classes. There are neither
back-references nor look-around, and groups capture nothing.
"""

import string
from dataclasses import dataclass
from typing import Union

from lttngx.errors import LttngxError

Ranges = tuple[tuple[int, int], ...]

LAST = 0x10FFFF
MAX_REPEAT = 1000
MAX_DEPTH = 100


class RegexError(LttngxError):
    """A pattern breaks the syntax or a limit; `at` is the offset in the pattern."""

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at


@dataclass(frozen=True, slots=True)
class Characters:
    """One code point of the ranges, sorted and disjoint."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class AnyByte:
    """One byte, whatever it is."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """kind: "begin", "end" (of the text), "word" or "not word" (boundary)."""

    kind: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """All of the items in turn; none is the empty text."""

    items: tuple["Regex", ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    items: tuple["Regex", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`least` to `most` times the item, `most` None without an end."""

    item: "Regex"
    least: int
    most: int | None


Regex = Union[Characters, AnyByte, Assertion, Sequence, Alternatives, Repeat]


def normalise(ranges: list[tuple[int, int]]) -> Ranges:
    """Return ranges sorted, with overlapping and adjacent ones joined."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def negate(ranges: Ranges) -> Ranges:
    """Return the code points outside normalised ranges."""
    edges = [-1, *(edge for low, high in ranges for edge in (low, high)), LAST + 1]
    return tuple((edges[i] + 1, edges[i + 1] - 1) for i in range(0, len(edges), 2) if edges[i] + 1 < edges[i + 1])


def _of(characters: str) -> Ranges:
    return normalise([(ord(character), ord(character)) for character in characters])


_DIGIT, _WORD, _SPACE = _of(string.digits), _of(string.ascii_letters + string.digits + "_"), _of(" \t\n\r\f\v")
_CLASSES = {"d": _DIGIT, "w": _WORD, "s": _SPACE, "D": negate(_DIGIT), "W": negate(_WORD), "S": negate(_SPACE)}
_POSIX = {
    "alnum": _of(string.ascii_letters + string.digits), "alpha": _of(string.ascii_letters), "digit": _DIGIT,
    "ascii": ((0, 127),), "blank": _of(" \t"), "cntrl": ((0, 31), (127, 127)), "graph": ((33, 126),),
    "print": ((32, 126),),
    "lower": _of(string.ascii_lowercase), "upper": _of(string.ascii_uppercase), "punct": _of(string.punctuation),
    "space": _SPACE, "word": _WORD, "xdigit": _of(string.hexdigits),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_ASSERTIONS = {"b": Assertion("word"), "B": Assertion("not word"), "A": Assertion("begin"), "z": Assertion("end")}
_NEWLINE = _of("\n")
_LETTERS = ((65, 90, 32), (97, 122, -32))


def parse(pattern: str) -> Regex:
    """Return the tree of a pattern.

    Raises RegexError, whose `at` is where the pattern is at fault.
    """
    parser = _Parser(pattern)
    tree = parser.alternatives(0)
    if parser.at < len(pattern):
        raise RegexError(parser.at, "expected a regular expression, got an unopened `)`")
    return tree


class _Parser:
    """Recursive descent; `at` is the offset of the next character, `fold` and `dot_all` are the flags i and s."""

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self.fold = self.dot_all = False

    def peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def take(self, text: str) -> bool:
        found = self.peek(text)
        self.at += len(text) * found
        return found

    def next(self, expected: str) -> str:
        if self.at == len(self.pattern):
            raise RegexError(self.at, f"expected {expected}, got the end of the regular expression")
        self.at += 1
        return self.pattern[self.at - 1]

    def alternatives(self, depth: int) -> Regex:
        if depth > MAX_DEPTH:
            raise RegexError(self.at, f"expected at most {MAX_DEPTH} nested groups, got more")
        flags = self.fold, self.dot_all
        items = [self.sequence(depth)]
        while self.take("|"):
            items.append(self.sequence(depth))
        self.fold, self.dot_all = flags
        return items[0] if len(items) == 1 else Alternatives(tuple(items))

    def sequence(self, depth: int) -> Regex:
        items = []
        while self.at < len(self.pattern) and not self.peek("|") and not self.peek(")"):
            item = self.repeated(self.atom(depth))
            if item is not None:
                items.append(item)
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def repeated(self, item: Regex | None) -> Regex | None:
        begin = self.at
        bounds = self.quantifier()
        if bounds is None:
            return item
        if item is None or isinstance(item, Assertion):
            raise RegexError(begin, f"expected something to repeat before `{self.pattern[begin]}`, got nothing")
        self.take("?")
        again = self.at
        if self.quantifier() is not None:
            raise RegexError(again, f"expected one quantifier, got another: `{self.pattern[again]}`")
        return Repeat(item, *bounds)

    def quantifier(self) -> tuple[int, int | None] | None:
        for text, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(text):
                return bounds
        return self.counted() if self.peek("{") else None

    def counted(self) -> tuple[int, int | None] | None:
        """{m}, {m,}, {,n} or {m,n}; anything else leaves the brace a literal."""
        end = self.pattern.find("}", self.at)
        least, comma, most = self.pattern[self.at + 1:end].partition(",") if end > 0 else ("", "", "")
        if not (least + most).isdecimal() or not (least + most).isascii():
            return None
        if (least and not least.isdecimal()) or (most and not most.isdecimal()):
            return None
        begin, self.at = self.at, end + 1
        low = int(least or 0)
        high = int(most) if most else None if comma else low
        if max(low, high or 0) > MAX_REPEAT:
            raise RegexError(begin, f"expected at most {MAX_REPEAT} repetitions, got {max(low, high or 0)}")
        if high is not None and low > high:
            raise RegexError(begin, f"expected {{m,n}} with m at most n, got {{{low},{high}}}")
        return low, high

    def atom(self, depth: int) -> Regex | None:
        begin = self.at
        character = self.next("an expression")
        if character == "(":
            return self.group(depth)
        if character == "[":
            return Characters(self.character_class())
        if character == ".":
            return Characters(((0, LAST),) if self.dot_all else negate(_NEWLINE))
        if character in "^$":
            return Assertion("begin" if character == "^" else "end")
        if character in "*+?":
            raise RegexError(begin, f"expected something to repeat before `{character}`, got nothing")
        if character == "\\":
            return self.escape()
        return self.literal(character)

    def group(self, depth: int) -> Regex | None:
        begin = self.at - 1
        flags = self.fold, self.dot_all
        if self.take("?") and not self.flags_end_with_colon(begin):
            return None
        tree = self.alternatives(depth + 1)
        if not self.take(")"):
            raise RegexError(begin, "expected `)` to close this group, got the end of the regular expression")
        self.fold, self.dot_all = flags
        return Sequence((tree,)) if isinstance(tree, Assertion) else tree

    def flags_end_with_colon(self, begin: int) -> bool:
        """Read `flags:` (True: a group follows) or `flags)` (False: they hold to the end of the enclosing group)."""
        value = True
        while True:
            at = self.at
            character = self.next("flags or `:`")
            if character in ":)" and (character == ":" or at > begin + 2):
                return character == ":"
            if character == "-":
                value = False
            elif character == "i":
                self.fold = value
            elif character == "s":
                self.dot_all = value
            else:
                raise RegexError(begin, "expected (?:…) or the flags i and s, got another `(?`: look-around, named "
                                        "groups and back-references are not supported")

    def literal(self, character: str) -> Regex:
        variants = character
        if self.fold:
            variants += "".join(other for other in (character.lower(), character.upper()) if len(other) == 1)
        return Characters(_of(variants))

    def escape(self) -> Regex:
        begin = self.at - 1
        character = self.next("a character after the backslash")
        if character in _CLASSES:
            return Characters(_CLASSES[character])
        if character in _ASSERTIONS:
            return _ASSERTIONS[character]
        return AnyByte() if character == "C" else self.literal(self.escaped(character, begin))

    def escaped(self, character: str, begin: int) -> str:
        """The character an escape stands for, in or out of a class."""
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character == "x":
            return self.code_point(begin)
        if character.isalnum():
            raise RegexError(begin, f"expected a known escape, got `\\{character}`"
                             + (": back-references are not supported" if character.isdigit() else ""))
        return character

    def code_point(self, begin: int) -> str:
        """\\xHH or \\x{H…}."""
        if self.take("{"):
            end = self.pattern.find("}", self.at)
            digits, self.at = (self.pattern[self.at:end], end + 1) if end > 0 else ("", self.at)
        else:
            digits, self.at = self.pattern[self.at:self.at + 2], self.at + 2
        if not digits or not set(digits) <= set(string.hexdigits) or int(digits, 16) > LAST:
            raise RegexError(begin, r"expected hexadecimal digits of a code point, \xHH or \x{H…}, got something else")
        return chr(int(digits, 16))

    def character_class(self) -> Ranges:
        begin = self.at - 1
        negated = self.take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self.peek("]"):
            if self.at == len(self.pattern):
                raise RegexError(begin, "expected `]` to close this class, got the end of the regular expression")
            ranges += self.class_item()
            first = False
        self.at += 1
        if self.fold:
            ranges += [(max(low, lower) + shift, min(high, upper) + shift) for low, high in ranges
                       for lower, upper, shift in _LETTERS if max(low, lower) <= min(high, upper)]
        normal = normalise(ranges)
        return negate(normal) if negated else normal

    def class_item(self) -> Ranges | list[tuple[int, int]]:
        begin = self.at
        if self.take("[:"):
            return self.posix_class(begin)
        low = self.class_character()
        if isinstance(low, tuple):
            return low
        if not self.peek("-") or self.peek("-]"):
            return [(ord(low), ord(low))]
        self.at += 1
        high = self.class_character()
        if isinstance(high, tuple) or high < low:
            raise RegexError(begin, "expected a range of characters in ascending order, got another")
        return [(ord(low), ord(high))]

    def class_character(self) -> str | Ranges:
        begin = self.at
        character = self.next("a character of the class")
        if character != "\\":
            return character
        character = self.next("a character after the backslash")
        return _CLASSES.get(character) or self.escaped(character, begin)

    def posix_class(self, begin: int) -> Ranges:
        end = self.pattern.find(":]", self.at)
        name = self.pattern[self.at:end] if end > 0 else ""
        ranges = _POSIX.get(name.removeprefix("^"))
        if ranges is None:
            known = ", ".join(f"[:{posix}:]" for posix in _POSIX)
            raise RegexError(begin, f"expected one of {known}, got another class")
        self.at = end + 2
        return negate(ranges) if name.startswith("^") else ranges
