"""Expressions of declarative models: the filter language over an event's fields, the CPU and the state.

`@name` stands for an attribute's value. To link it, the event class is shown to the language with members of its common
context it does not have, one a name, whose type is any of integer, real and text; reading one asks the state.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from lttngx.core.classes import EventClass, FieldClass, FieldPath, Kind, Scope, Stream
from lttngx.core.portable.evaluate import compile_node
from lttngx.core.values import MISSING, Elements, Value, signed
from lttngx.errors import LttngxError
from lttngx.language import compile_filter
from lttngx.language.messages import Diagnostic
from lttngx.language.values import compile_value

CPU = "cpu"
_PREFIX = "__state_"
# A string literal is skipped: it may hold an @.
_NAME = re.compile(r""""[^"]*"|'[^']*'|@([A-Za-z_][A-Za-z0-9_-]*)""")
_ANY = FieldClass(Kind.VARIANT, members=(
    ("integer", FieldClass(Kind.SIGNED, bits=64)), ("real", FieldClass(Kind.DOUBLE)), ("text", FieldClass(Kind.STRING))))
_OPTION_TYPES = (int, float, bytes)
_EMPTY = FieldClass(Kind.STRUCTURE)


class Moment:
    """What expressions are evaluated on: an event with the values of the fields that were asked for.

    It looks enough like a bt2 message for the language's `$time`.
    """

    __slots__ = ("ns_from_origin", "cpu", "values")

    def __init__(self, time_ns: int | None, cpu: int, values: Sequence[Any]) -> None:
        self.ns_from_origin, self.cpu, self.values = time_ns, cpu, values

    @property
    def default_clock_snapshot(self) -> "Moment":
        return self


State = Callable[[str, Moment], Any]
Evaluate = Callable[[Moment], Any]


class Fields:
    """Collects the field paths that the expressions of one event class want; `state(name, moment)` gives `@name`."""

    def __init__(self, event_class: EventClass, stream: Stream, names: Sequence[str], state: State) -> None:
        self.paths: list[FieldPath] = []
        self.stream, self._state = stream, state
        self.names = (CPU, *names)
        common = event_class.scopes[Scope.COMMON_CONTEXT] or _EMPTY
        self._own = len(common.members)
        added = tuple((_PREFIX + name.replace("-", "_"), _ANY) for name in self.names)
        shown = FieldClass(Kind.STRUCTURE, members=common.members + added)
        self.event_class = EventClass(event_class.name, event_class.id, event_class.log_level, event_class.emf_uri,
                                      (event_class.scopes[0], shown, *event_class.scopes[2:]))

    def reader(self, path: FieldPath, text: bool) -> Callable[[Moment], Value]:
        """Return how to read a field or a state value: what the evaluator asks."""
        if path.scope is Scope.COMMON_CONTEXT and path.steps[0].index >= self._own:
            return self._state_reader(self.names[path.steps[0].index - self._own], _OPTION_TYPES[path.steps[1].index])
        if path not in self.paths:
            self.paths.append(path)
        slot = self.paths.index(path)
        return lambda moment: to_language(moment.values[slot], text)

    def _state_reader(self, name: str, wanted: type) -> Callable[[Moment], Value]:
        state = self._state

        def read(moment: Moment) -> Value:
            value = to_language(moment.cpu if name == CPU else state(name, moment))
            return value if type(value) is wanted else MISSING
        return read


class Expression:
    """An expression, or a constant.

    names: attributes it refers to. Raises LttngxError if it cannot be compiled.
    """

    def __init__(self, text: int | float | str, guard: bool = False) -> None:
        self.text, self._guard = text, guard
        self.names: tuple[str, ...] = ()
        if isinstance(text, str):
            self.names = tuple(dict.fromkeys(name for name in _NAME.findall(text) if name and name != CPU))
            self._compiled = (compile_filter if guard else compile_value)(_NAME.sub(_rewrite, text))

    def link(self, fields: Fields) -> tuple[Evaluate, tuple[Diagnostic, ...]]:
        """Return `evaluate(moment)`, and what the user should know of the event class.

        A guard gives True or False, an expression an int, a float, a str or None (it cannot tell).
        """
        if not isinstance(self.text, str):
            constant = self.text
            return lambda moment: constant, ()
        if self._guard:
            return self._link_guard(fields)
        node, diagnostics = self._compiled.link(fields.event_class, fields.stream)
        evaluate = compile_node(node, fields.reader)
        return lambda moment: from_language(evaluate(moment)), diagnostics

    def _link_guard(self, fields: Fields) -> tuple[Evaluate, tuple[Diagnostic, ...]]:
        linked = self._compiled.link(fields.event_class, fields.stream)
        if isinstance(linked.outcome, bool):
            outcome = linked.outcome
            return lambda moment: outcome, linked.diagnostics
        evaluate = compile_node(linked.outcome.root, fields.reader, linked.outcome.strict)
        return lambda moment: bool(from_language(evaluate(moment))), linked.diagnostics


class Template:
    """A path with expressions in braces, which give its parts. Raises LttngxError if one cannot be compiled."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._parts: list[str | Expression] = []
        for index, part in enumerate(re.split(r"\{([^{}]*)\}", text)):
            self._parts.append(Expression(part) if index % 2 else part)
        if any(brace in part for part in self._parts if isinstance(part, str) for brace in "{}"):
            raise LttngxError(f'bad attribute path: expected each {{ to be closed once, got "{text}"')
        if not text or text.startswith("/") or text.endswith("/"):
            raise LttngxError(f'bad attribute path: expected names between slashes, got "{text}"')
        self.names = tuple(name for part in self._parts if isinstance(part, Expression) for name in part.names)

    @property
    def needs_event(self) -> bool:
        """Whether the path depends on more than `@cpu`."""
        return any(isinstance(part, Expression) and part.text.strip() != f"@{CPU}" for part in self._parts)

    def of_cpu(self, cpu: int) -> str:
        """Return the path for a CPU, if it does not need an event."""
        return "".join(part if isinstance(part, str) else str(cpu) for part in self._parts)

    def link(self, fields: Fields) -> tuple[Callable[[Moment], str | None], tuple[Diagnostic, ...]]:
        """Return `path(moment)`, which is None where an expression cannot tell, and diagnostics."""
        diagnostics: list[Diagnostic] = []
        parts: list[str | Evaluate] = []
        for part in self._parts:
            if isinstance(part, Expression):
                evaluate, noted = part.link(fields)
                parts.append(evaluate)
                diagnostics += noted
            elif part:
                parts.append(part)

        def path(moment: Moment) -> str | None:
            result = ""
            for part in parts:
                value = part if isinstance(part, str) else part(moment)
                if value is None:
                    return None
                result += str(value)
            return result
        return path, tuple(diagnostics)


def _rewrite(match: re.Match) -> str:
    return f"$ctx.{_PREFIX}{match[1].replace('-', '_')}" if match[1] else match[0]


def to_language(value: Any, text: bool = False) -> Value:
    """Return a plain value as the language represents it."""
    if isinstance(value, int):
        return signed(int(value))
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, float):
        return value
    if isinstance(value, list):
        return bytes(item & 0xFF for item in value).partition(b"\0")[0] if text else Elements(value, to_language)
    return memoryview(value) if isinstance(value, bytes) else MISSING


def from_language(value: Value) -> int | float | str | None:
    """Return a language value as a state value, None if it is missing or is none."""
    if isinstance(value, int):
        return int(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value if isinstance(value, float) else None
