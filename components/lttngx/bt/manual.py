"""Reads the help text of a component class: the one source of `babeltrace2 help`, of the command's options and of the manual pages.

The text is a sentence, a description, then sections under headings in capitals. PARAMETERS has items `  NAME (WHAT)` or
`  NAME, NAME (WHAT)` with their text indented by six.
"""

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADING = re.compile(r"[A-Z][A-Z ]+")
_ITEM = re.compile(r"  (?P<names>[a-z][\w-]*(?:, [a-z][\w-]*)*) \((?P<what>.*)\)")


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of PARAMETERS. what: type, unit and default as written; text: the rest, lines joined."""

    names: tuple[str, ...]
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Manual:
    """A help text. sections: (heading, its lines) in order, PARAMETERS among them; parameters: its items in order."""

    summary: str
    description: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    parameters: tuple[Item, ...]

    def parameter(self, name: str) -> str:
        """Return the texts about a parameter as one line: what may be given, then what it means; "" if there is none."""
        found = [item for item in self.parameters if name in item.names]
        return " ".join(part for item in found for part in (item.text, f"({item.what})") if part)


def manual_of(component_class: type) -> Manual:
    """Return the manual in a component class's docstring."""
    return parse(inspect.cleandoc(component_class.__doc__ or ""))


def parse(text: str) -> Manual:
    """Return a help text as its parts."""
    summary, _, rest = text.strip().partition("\n")
    parts: list[tuple[str, list[str]]] = [("", [])]
    for line in rest.splitlines():
        if _HEADING.fullmatch(line):
            parts.append((line, []))
        else:
            parts[-1][1].append(line)
    sections = tuple((heading, _trimmed(lines)) for heading, lines in parts)
    items = tuple(item for heading, lines in sections if heading == "PARAMETERS" for item in _items(lines))
    return Manual(summary, sections[0][1], sections[1:], items)


def _trimmed(lines: list[str]) -> tuple[str, ...]:
    return tuple("\n".join(lines).strip("\n").splitlines())


def _items(lines: tuple[str, ...]) -> Iterator[Item]:
    found: list[str] = []
    for line in (*lines, "  end ()"):
        if line.startswith("  ") and line[2:3].strip() and found:
            yield _item(found)
            found = []
        found.append(line)


def _item(lines: list[str]) -> Item:
    """Return an item; what stands in its parentheses may run over several lines."""
    for count in range(1, len(lines) + 1):
        match = _ITEM.fullmatch("  " + " ".join(line.strip() for line in lines[:count]))
        if match is not None:
            text = " ".join(line.strip() for line in lines[count:])
            return Item(tuple(match["names"].split(", ")), match["what"], text.strip())
    return Item((), "", " ".join(line.strip() for line in lines))
