"""Star patterns: in string literals, and in the names and exclusions of event rules.

`*` stands for any run of bytes, also none; matching is case-sensitive and anchored at both ends. A pattern is held
as the literal runs between its stars, runs of stars being one.
"""

from dataclasses import dataclass

from lttngx.core.values import glob


@dataclass(frozen=True, slots=True)
class Pattern:
    """parts: the literal byte runs; one part means there is no star."""

    parts: tuple[bytes, ...]

    @property
    def has_star(self) -> bool:
        return len(self.parts) > 1

    @property
    def star_at_end_only(self) -> bool:
        return len(self.parts) == 2 and not self.parts[1]

    @property
    def plain(self) -> bytes:
        """The text of a pattern without stars."""
        (text,) = self.parts
        return text

    def matches(self, text: bytes) -> bool:
        return glob(text, self.parts)

    def covers(self, other: "Pattern") -> bool:
        """Return whether a pattern matches every text which `other` (its star, if any, at the end only) matches."""
        if not other.has_star:
            return self.matches(other.plain)
        return self.has_star and not self.parts[-1] and self.matches(other.parts[0])

    def meets(self, other: "Pattern") -> bool:
        """Return whether a pattern and `other` (its star, if any, at the end only) have a text in common."""
        if not other.has_star:
            return self.matches(other.plain)
        begin = other.parts[0]
        first = self.parts[0]
        return first.startswith(begin) or self.has_star and begin.startswith(first)


def collapse(runs: list[bytes]) -> Pattern:
    """Return the pattern of the runs between single stars, an empty inner run being one of two adjacent stars."""
    inner = [run for run in runs[1:-1] if run]
    return Pattern((runs[0],) if len(runs) == 1 else (runs[0], *inner, runs[-1]))


def name_pattern(text: str) -> Pattern:
    """Return the pattern of an event rule's name or exclusion.

    LTTng: with an unescaped star, a backslash escapes the next character; without one, the text is compared as
    written, backslashes included.
    """
    runs: list[list[str]] = [[]]
    characters = iter(text)
    for character in characters:
        if character == "*":
            runs.append([])
        else:
            runs[-1].append(next(characters, "\\") if character == "\\" else character)
    if len(runs) == 1:
        return Pattern((encode(text),))
    return collapse([encode("".join(run)) for run in runs])


def encode(text: str) -> bytes:
    """Return the bytes of a text; surrogates stand for bytes which are not valid UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def split_names(text: str) -> list[str]:
    """Split a list at its commas; `\\,` is a comma within a name. An empty list gives no name."""
    names, current, escaped = [], "", False
    for character in text:
        if escaped:
            current += character if character == "," else "\\" + character
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ",":
            names.append(current)
            current = ""
        else:
            current += character
    names.append(current + "\\" * escaped)
    return [name for name in (name.strip(" ") for name in names) if name]
