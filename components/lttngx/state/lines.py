"""Lines of keys in a TOML text: tomllib gives values without them, and an error without its line is hard to mend.

A key's place is its path: table names, position in an array of tables, key, e.g. ("rule", 2, "when"). The scanner knows
headers, keys and multi-line strings; what it does not find has the line of the nearest table around it.
"""

import re

Place = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")
_QUOTES = ('"""', "'''")


def lines_of(text: str) -> dict[Place, int]:
    """Return place → line, from 1, of every table and key of a TOML text."""
    found: dict[Place, int] = {(): 1}
    counts: dict[Place, int] = {}
    table: Place = ()
    closing = ""
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if line.count(closing) % 2 else closing
        elif header := _HEADER.match(line):
            table = _table(_parts(header[2]), header[1] == "[[", counts)
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            place = table
            for part in _parts(key[1]):
                place += (part,)
                found.setdefault(place, number)
            closing = next((quotes for quotes in _QUOTES if line[key.end():].count(quotes) % 2), "")
    return found


def line_of(lines: dict[Place, int], place: Place) -> int:
    """Return the line of a place, or of what is around it."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _table(names: list[str], is_array: bool, counts: dict[Place, int]) -> Place:
    """Return a header's place: arrays of tables on the way stand for their last element."""
    place: Place = ()
    for index, name in enumerate(names):
        place += (name,)
        if is_array and index == len(names) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place += (counts[place],)
    return place
