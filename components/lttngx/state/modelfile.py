"""Declarative models: what a TOML file says, checked.

    [model]
    name = "requests"

    [alias]                                    # one line an event that tracer versions call differently
    softirq_entry = "irq_softirq_entry | softirq_entry"

    [attribute]                                # short name = path; {…} holds an expression
    status = "Requests/{span_id}/status"
    depth = { path = "CPUs/{@cpu}/depth", initial = 0 }   # what @depth gives while it has no value

    [[rule]]
    on = "app:begin | app:start*"              # event names, globs, aliases
    when = "parent_id == 0 && @depth < 8"      # a guard, in the extended filter language
    set = { status = "'open'", depth = "@depth + 1" }
    push = { stack = "name" }                  # the attribute's value is the top of its stack, PATH/1 … PATH/n are its
    levels pop = ["stack"]
    clear = ["status"]                         # no value from here on
    timer = { after = "100ms", set = { status = "'slow'" } }

Expressions are the extended filter language's, with `@name` for an attribute's value before the rule and `@cpu`;
`$time` is the event's time. A value of another TOML type than string is a constant. Rules apply in the file's order,
each seeing what those before did: within a rule, clear, pop, push, set, timer. What an expression cannot tell (a
missing field, an unknown state) changes nothing. A timer sets its attributes after a time unless they change before;
its expressions are evaluated when it starts.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lttngx.errors import LttngxError
from lttngx.render.times import parse_duration
from lttngx.state.expressions import Expression, Template
from lttngx.state.lines import Place, line_of, lines_of

_TIME_COLUMN = re.compile(r"\s*\(at line (\d+), column (\d+)\)")
_RULE_KEYS = ("on", "when", "set", "push", "pop", "clear", "timer")
_SHORT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


class ModelError(LttngxError):
    """A model file breaks a rule: the message begins with file:line."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A named attribute. initial: what `@name` gives while it has no value; None: nothing."""

    name: str
    path: Template
    initial: int | float | str | None
    line: int


@dataclass(frozen=True, slots=True)
class Timer:
    """Set attributes after a time unless they change before."""

    after_ns: int
    set: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens at some events. patterns: event names or globs, aliases resolved."""

    line: int
    on: str
    patterns: tuple[str, ...]
    when: Expression | None
    set: tuple[tuple[str, Expression], ...]
    push: tuple[tuple[str, Expression], ...]
    pop: tuple[str, ...]
    clear: tuple[str, ...]
    timer: Timer | None


@dataclass(frozen=True, slots=True)
class Model:
    """A checked model."""

    origin: str
    name: str
    attributes: dict[str, Attribute]
    rules: tuple[Rule, ...]


def read_model(text: str, origin: str) -> Model:
    """Return the model of a TOML text. origin: the file's name, for errors. Raises ModelError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TIME_COLUMN.search(str(error))
        where = f"{found[1]}:{found[2]}" if found else str(text.count("\n") + 1)
        raise ModelError(f"{origin}:{where}: {_TIME_COLUMN.sub('', str(error))}") from error
    return _Reader(origin, lines_of(text), document).model()


class _Reader:
    """Turns a document into a model; every error names file and line."""

    def __init__(self, origin: str, lines: dict[Place, int], document: Mapping[str, Any]) -> None:
        self._origin, self._lines, self._document = origin, lines, document
        self._attributes: dict[str, Attribute] = {}

    def model(self) -> Model:
        self._only(self._document, ("model", "alias", "attribute", "rule"), ())
        about = self._typed(self._document.get("model", {}), dict, "a table", ("model",))
        self._only(about, ("name", "description"), ("model",))
        name = self._typed(about.get("name", self._origin), str, "a string", ("model", "name"))
        aliases = self._typed(self._document.get("alias", {}), dict, "a table", ("alias",))
        attributes = self._typed(self._document.get("attribute", {}), dict, "a table", ("attribute",))
        for short, given in attributes.items():
            self._attributes[short] = self._attribute(short, given)
        for attribute in self._attributes.values():
            self._known_names(attribute.path.names, ("attribute", attribute.name))
        rules = self._typed(self._document.get("rule", []), list, "[[rule]] tables", ("rule",))
        if not rules:
            raise self._error((), "expected at least one [[rule]], got none")
        return Model(self._origin, name, self._attributes,
                     tuple(self._rule(rule, ("rule", index), aliases) for index, rule in enumerate(rules)))

    def _attribute(self, short: str, given: Any) -> Attribute:
        place = ("attribute", short)
        if not _SHORT_NAME.fullmatch(short) or short == "cpu":
            raise self._error(place, f'bad attribute name: expected letters, digits, "_" and "-", and not "cpu", got "{short}"')
        entry = {"path": given} if isinstance(given, str) else given
        entry = self._typed(entry, dict, "a path or a table", place)
        self._only(entry, ("path", "initial"), place)
        path = self._typed(entry.get("path"), str, "a string", (*place, "path"))
        initial = entry.get("initial")
        if initial is not None and (type(initial) is bool or not isinstance(initial, (int, float, str))):
            raise self._error((*place, "initial"), f"bad initial value: expected an integer, a real or a string, got {initial!r}")
        return Attribute(short, self._made(Template, path, (*place, "path")), initial, line_of(self._lines, place))

    def _rule(self, given: Any, place: Place, aliases: Mapping[str, Any]) -> Rule:
        rule = self._typed(given, dict, "a table", place)
        self._only(rule, _RULE_KEYS, place)
        if "on" not in rule:
            raise self._error(place, "expected `on`, the events of the rule, got none")
        on = self._typed(rule["on"], str, "a string", (*place, "on"))
        when = None
        if "when" in rule:
            when = self._expression(self._typed(rule["when"], str, "a string", (*place, "when")), (*place, "when"), guard=True)
        result = Rule(line_of(self._lines, place), on, self._patterns(on, (*place, "on"), aliases), when,
                      self._assignments(rule, "set", place), self._assignments(rule, "push", place),
                      self._list(rule, "pop", place), self._list(rule, "clear", place), self._timer(rule, place))
        if not any((result.set, result.push, result.pop, result.clear, result.timer)):
            raise self._error(place, f"expected one of {', '.join(_RULE_KEYS[2:])}, got a rule that does nothing")
        return result

    def _patterns(self, on: str, place: Place, aliases: Mapping[str, Any], seen: tuple[str, ...] = ()) -> tuple[str, ...]:
        patterns: list[str] = []
        for word in (part.strip() for part in on.split("|")):
            if not word:
                raise self._error(place, f'expected event names between "|", got "{on}"')
            if word in aliases and word not in seen:
                target = self._typed(aliases[word], str, "a string", ("alias", word))
                patterns += self._patterns(target, ("alias", word), aliases, (*seen, word))
            else:
                patterns.append(word)
        return tuple(dict.fromkeys(patterns))

    def _assignments(self, table: Mapping[str, Any], key: str, place: Place) -> tuple[tuple[str, Expression], ...]:
        given = self._typed(table.get(key, {}), dict, "a table of attributes and expressions", (*place, key))
        result = []
        for name, value in given.items():
            here = (*place, key, name)
            self._known_names((name,), here)
            if isinstance(value, bool) or not isinstance(value, (int, float, str)):
                raise self._error(here, f"bad value: expected an expression, an integer or a real, got {value!r}")
            result.append((name, self._expression(value, here)))
        return tuple(result)

    def _list(self, rule: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        given = rule.get(key, [])
        names = [given] if isinstance(given, str) else self._typed(given, list, "an array of attribute names", (*place, key))
        for name in names:
            self._known_names((self._typed(name, str, "a string", (*place, key)),), (*place, key))
        return tuple(names)

    def _timer(self, rule: Mapping[str, Any], place: Place) -> Timer | None:
        if "timer" not in rule:
            return None
        here = (*place, "timer")
        timer = self._typed(rule["timer"], dict, "a table with `after` and `set`", here)
        self._only(timer, ("after", "set"), here)
        after = self._typed(timer.get("after"), str, 'a duration such as "100ms"', (*here, "after"))
        after_ns = self._made(lambda text: parse_duration(text, "after"), after, (*here, "after"))
        assignments = self._assignments(timer, "set", here)
        if not assignments:
            raise self._error(here, "expected `set` in the timer, got none")
        return Timer(after_ns, assignments)

    def _expression(self, text: int | float | str, place: Place, guard: bool = False) -> Expression:
        expression = self._made(lambda given: Expression(given, guard), text, place)
        self._known_names(expression.names, place)
        return expression

    def _made(self, make: Any, text: Any, place: Place) -> Any:
        try:
            return make(text)
        except LttngxError as error:
            raise self._error(place, str(error).splitlines()[0]) from error

    def _known_names(self, names: Any, place: Place) -> None:
        for name in names:
            if name not in self._attributes and name not in self._document.get("attribute", {}):
                raise self._error(place, f'unknown attribute: name="{name}", known=[{", ".join(self._attributes)}]')

    def _only(self, table: Mapping[str, Any], known: tuple[str, ...], place: Place) -> None:
        for key in table:
            if key not in known:
                raise self._error((*place, key), f'unknown key: name="{key}", known=[{", ".join(known)}]')

    def _typed(self, value: Any, kind: type, expected: str, place: Place) -> Any:
        if not isinstance(value, kind):
            raise self._error(place, f"bad {'.'.join(map(str, place))}: expected {expected}, got {value!r}")
        return value

    def _error(self, place: Place, problem: str) -> ModelError:
        return ModelError(f"{self._origin}:{line_of(self._lines, place)}: {problem}")
