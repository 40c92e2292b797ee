"""Span definitions as tables: TOML files, and maps given as parameters.

    [span.NAME]
    begin = "PATTERN, …"                     or {event = "PATTERN, …", if = "GUARD", key = "EXPRESSION" or […]}
    end = as begin
    key = "EXPRESSION" or […]                of both; "thread" ($state.tid), "process" ($state.pid) and "cpu" are words
    parent = "NAME"                          a child begins under each open parent with its key (if both have as
    many), or for which
                                             its guard, which then has $parent, is true
    name = "EXPRESSION"                      on the begin event
    capture = {NAME = "EXPRESSION", …}       on the begin event, or with $end on the end event
    policy = "stack", "one", "queue", "all"
    timeout, min, max = DURATION             such as "10ms"

Patterns are of event names; `*` is any text. Errors have file:line:column.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from lttngx.errors import LttngxError
from lttngx.language.messages import FilterSyntaxError
from lttngx.language.patterns import name_pattern
from lttngx.render.times import parse_duration
from lttngx.spans import guards, terms
from lttngx.spans.definitions import POLICIES, Definition, check, parents_first
from lttngx.spans.terms import EVENT, PARENT, Reference, Term

_KEYS = ("begin", "end", "key", "parent", "name", "capture", "policy", "timeout", "min", "max")
_SIDE_KEYS = ("event", "if", "key")
_WORDS: dict[str, Term] = {
    "thread": Reference(EVENT, "state", ("tid",)), "process": Reference(EVENT, "state", ("pid",)),
    "cpu": Reference(EVENT, "fact", ("cpu",))}


class _Source:
    """Where definitions come from, for errors: a name and, of a file, the text."""

    def __init__(self, name: str, text: str = "") -> None:
        self.name, self._lines = name, text.splitlines()

    def place(self, span: str, *keys: str) -> tuple[int, int] | None:
        """Return line and column, from 1, of the value of a key of a span's table; None if it is not found."""
        header = re.compile(rf"\s*\[\s*span\s*\.\s*\"?{re.escape(span)}\"?\s*\]")
        first = next((at for at, line in enumerate(self._lines) if header.match(line)), None)
        if first is None:
            return None
        key = re.compile(r".*?".join(rf"(?<![\w-]){re.escape(key)}\s*=\s*" for key in keys))
        for at in range(first + 1, len(self._lines)):
            if self._lines[at].lstrip().startswith("["):
                break
            if match := key.search(self._lines[at]):
                return at + 1, match.end() + 1
        return first + 1, 1

    def error(self, span: str, keys: tuple[str, ...], problem: str, column: int = 0) -> LttngxError:
        """Return the error; column: of the problem inside the value's string, from 1, 0 for the value."""
        place = self.place(span, *keys)
        what = f'span="{span}", key={".".join(keys)}: {problem}'
        if place is None:
            return LttngxError(f"{self.name}: {what}")
        return LttngxError(f"{self.name}:{place[0]}:{place[1] + column}: {what}")


def read_file(path: str) -> tuple[Definition, ...]:
    """Return the definitions of a TOML file. Raises LttngxError, OSError."""
    with open(path, encoding="utf-8") as file:
        return read_text(file.read(), path)


def read_text(text: str, name: str) -> tuple[Definition, ...]:
    """Return the definitions of a TOML text, parents before children. name: of the file, for errors. Raises
    LttngxError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
        raise LttngxError(f"{name}:{place[1]}:{place[2]}: {error}" if place else f"{name}: {error}") from error
    if set(document) - {"span"} or not isinstance(document.get("span", {}), dict):
        raise LttngxError(f"{name}: expected tables [span.NAME] only, got=[{', '.join(document)}]")
    return tables(document.get("span", {}), _Source(name, text))


def tables(found: Mapping[str, Any], source: _Source) -> tuple[Definition, ...]:
    """Return the definitions of some tables, by name, parents before children."""
    made = [_definition(name, table, found, source) for name, table in found.items()]
    return check(parents_first(made))


def given_tables(items: Iterable[Any]) -> list[Definition]:
    """Return the definitions of maps given as a parameter: tables with `span`, their name. Raises LttngxError."""
    items = list(items)
    named = {table["span"]: {key: value for key, value in table.items() if key != "span"}
             for table in items if isinstance(table.get("span"), str)}
    if len(named) != len(items):
        raise LttngxError(f"spans: expected strings and maps with a name in `span`, each name once, got={items!r}")
    return [_definition(name, table, named, _Source("spans")) for name, table in named.items()]


def _definition(name: str, table: Any, found: Mapping[str, Any], source: _Source) -> Definition:
    if not isinstance(table, dict):
        raise source.error(name, (), f"expected a table, got={table!r}")
    for key in table:
        if key not in _KEYS:
            raise source.error(name, (key,), f"unknown key, known=[{', '.join(_KEYS)}]")
    begin, begin_key = _side(name, "begin", table, source)
    end, end_key = _side(name, "end", table, source)
    if len(begin_key) != len(end_key):
        problem = f"expected as many values at the end as at the begin, got={len(end_key)}, {len(begin_key)}"
        raise source.error(name, ("key",), problem)
    title = None if "name" not in table else _term(name, ("name",), table["name"], source)
    durations = (_duration(name, key, table, source) for key in ("timeout", "min", "max"))
    begin_captures, end_captures = _captures(name, table.get("capture", {}), source)
    return Definition(
        name, begin, end, _word(name, "parent", table, source), begin_key, end_key,
        _parent_key(name, table, begin, found, source), title, begin_captures, end_captures,
        _policy(name, table, source), *durations, where=f"{source.name}: span.{name}")


def _side(name: str, side: str, table: Mapping[str, Any], source: _Source) -> tuple[Term, tuple[Term, ...]]:
    """Return the condition and the key of a begin or an end."""
    given = table.get(side)
    parts = {"event": given} if isinstance(given, str) else given
    if not isinstance(parts, dict) or not isinstance(parts.get("event"), str):
        raise source.error(name, (side,), f"expected event name patterns, or a table with `event`, got={given!r}")
    for key in parts:
        if key not in _SIDE_KEYS:
            raise source.error(name, (side, key), f"unknown key, known=[{', '.join(_SIDE_KEYS)}]")
    patterns = tuple(name_pattern(pattern.strip()).parts for pattern in re.split(r"[,|]", parts["event"]))
    conditions = [terms.Glob(Reference(EVENT, "fact", ("name",)), patterns)]
    if "if" in parts:
        conditions.append(_condition(name, (side, "if"), parts["if"], source))
    where, key = ((side, "key"), parts["key"]) if "key" in parts else (("key",), table.get("key", []))
    return terms.joined(terms.And, conditions), _key(name, where, key, source)


def _key(name: str, where: tuple[str, ...], given: Any, source: _Source) -> tuple[Term, ...]:
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise source.error(name, where, f"expected an expression or an array of them, got={given!r}")
    return tuple(_WORDS[item] if item in _WORDS else _term(name, where, item, source) for item in items)


def _parent_key(name: str, table: Mapping[str, Any], begin: Term, found: Mapping[str, Any],
                source: _Source) -> tuple[terms.Compare, ...]:
    """Return the equalities with the parent's key, unless the guard speaks of $parent itself."""
    parent = found.get(table.get("parent"))
    if not isinstance(parent, dict) or PARENT in terms.sources(begin):
        return ()
    own = _side(name, "begin", table, source)[1]
    other = _side(table["parent"], "begin", parent, source)[1]
    if len(own) != len(other):
        return ()
    return tuple(terms.Compare("==", left, right) for left, right in zip(own, other))


def _captures(name: str, given: Any, source: _Source) -> tuple[tuple, tuple]:
    if not isinstance(given, dict):
        raise source.error(name, ("capture",), f"expected a table of expressions, got={given!r}")
    begin, end = [], []
    for capture, text in given.items():
        term = _term(name, ("capture", capture), text, source)
        (end if guards.reads_end(text) else begin).append((capture, term))
    return tuple(begin), tuple(end)


def _term(name: str, where: tuple[str, ...], text: Any, source: _Source) -> Term:
    return _parsed(guards.value, name, where, text, source)


def _condition(name: str, where: tuple[str, ...], text: Any, source: _Source) -> Term:
    return _parsed(guards.condition, name, where, text, source)


def _parsed(parse: Any, name: str, where: tuple[str, ...], text: Any, source: _Source) -> Term:
    if not isinstance(text, str):
        raise source.error(name, where, f"expected an expression in a string, got={text!r}")
    try:
        return parse(text)
    except FilterSyntaxError as error:
        raise source.error(name, where, error.summary, error.column) from error


def _word(name: str, key: str, table: Mapping[str, Any], source: _Source) -> str | None:
    if key in table and not isinstance(table[key], str):
        raise source.error(name, (key,), f"expected a string, got={table[key]!r}")
    return table.get(key)


def _policy(name: str, table: Mapping[str, Any], source: _Source) -> str:
    policy = table.get("policy", "stack")
    if policy not in POLICIES:
        raise source.error(name, ("policy",), f"expected one of {', '.join(POLICIES)}, got={policy!r}")
    return policy


def _duration(name: str, key: str, table: Mapping[str, Any], source: _Source) -> int | None:
    if key not in table:
        return None
    try:
        return parse_duration(table[key], key)
    except LttngxError as error:
        raise source.error(name, (key,), str(error)) from error
