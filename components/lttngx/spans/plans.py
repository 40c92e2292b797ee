"""Plans: one function per event class, made of the rules of all definitions which can match its events.

The function is Python source: straight tests and look-ups for what the definitions ask of this class, nothing for the
rest. It is called with (time in ns, CPU, values of the fields it reads).
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import CodeType
from typing import Any

from lttngx.core.classes import EventClass
from lttngx.core.extraction import Extraction
from lttngx.spans import terms
from lttngx.spans.code import Namespace, condition, hashable, value
from lttngx.spans.kinds import Clockwork, Index, Key, Kind
from lttngx.spans.linking import Rule, as_parents, fact, resolve, split
from lttngx.spans.terms import BEGIN, EVENT, Reference, Term


def compile_class(kinds: Sequence[Kind], event_class: EventClass, shared: Clockwork,
                  state: Callable[[str], Any] | None = None, joining: bool = False,
                  contexts: Mapping[str, str] | None = None, host: int = 0) -> Extraction | None:
    """Return the call and the field paths for events of a class, None if no definition can match them.

    contexts: names of the contexts which tell `$state` values, by the values' names, where `state` does not know them.
    host: number of the machine which the events are of.
    joining: the call is for events which a later part of the trace has handled already (`partials`, which has no children): it has
    one more first argument, the set of the kinds which the event did not end there; it ends open spans and begins none.
    """
    ends = [(kind, split(kind.end_condition, event_class))
            for kind in sorted(kinds, key=lambda kind: -kind.depth)]
    begins = [(kind, split(kind.begin_condition, event_class)) for kind in kinds]
    body = _Body(event_class, joining, host)
    for kind, rule in ends:
        if rule is not None:
            kind.end_names[event_class.name or ""] = None
            kind.guarded = kind.guarded or rule.rest != terms.TRUE
            body.end(kind, rule)
    for kind, rule in begins:
        if rule is not None:
            kind.begin_names[event_class.name or ""] = None
            body.begin(kind, rule)
    if not body.lines:
        return None
    if any(kind.definition.timeout_ns is not None for kind in kinds):
        body.lines.insert(0, f"    {body.names.constant(shared.expire)}(t)")
    return body.extraction(state, contexts or {})


@cache
def _compiled(source: str) -> CodeType:
    """Event classes of a kind, such as system calls, mostly have the same source."""
    return compile(source, "<spans>", "exec")


class _Body:
    """The lines of one function, indented by four."""

    def __init__(self, event_class: EventClass, joining: bool, host: int) -> None:
        self.names, self._joining, self._host = Namespace(event_class), joining, host
        self.lines: list[str] = []

    def extraction(self, state: Callable[[str], Any] | None, contexts: Mapping[str, str]) -> Extraction:
        names = self.names
        reads = [line for name in sorted(names.states) for line in self._read_state(name, contexts.get(name))]
        values = (f"v{index}" for index in range(len(names.paths)))
        parameters = ", ".join([*["u"] * self._joining, "t", "cpu", *values])
        # Constants are parameters with defaults: local names are the fastest to read.
        bound = "".join(f", {name}={name}" for name in names.constants)
        source = f"def call({parameters}{bound}):\n" + "\n".join(reads + self.lines) + "\n"
        scope = dict(names.constants) | {f"state_{name}": state(name) for name in names.states}
        exec(_compiled(source), scope)  # noqa: S102
        return Extraction(scope["call"], tuple(names.paths))

    def _read_state(self, name: str, context: str | None) -> list[str]:
        lines = [f"    s_{name} = state_{name}(t, cpu)"]
        path = None if context is None else resolve(Reference(EVENT, "context", (context,)), self.names.event_class)
        if path is not None:
            lines.append(f"    if s_{name} is None: s_{name} = {self.names.field_at(path).source}")
        return lines

    def _about(self, kind: Kind, of_parents: bool = False) -> None:
        """Say whose kept values `b` and `p` are."""
        owner = kind.parent if of_parents else kind
        self.names.kept = owner.position
        self.names.parents = owner.parent.position if owner.parent is not None else None

    def _guarded(self, guard: Term, lines: list[str]) -> None:
        if not lines:
            return
        if guard == terms.TRUE:
            self.lines += ["    " + line for line in lines]
        else:
            self.lines += [f"    if {condition(guard, self.names)}:"] + ["        " + line for line in lines]

    def _bucket(self, kind: Kind, rule: Rule) -> str:
        """Return the source of the open spans of a kind whose key is the event's."""
        if not rule.open_key:
            return self.names.constant(kind.live)
        index = index_of(kind, rule.open_key)
        parts = [value(term, self.names).source for term in rule.event_key]
        key = parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
        if (host := self._host_of(kind)) != 0:
            key = f"({host}, {key})"
        return f"{self.names.constant(index.table)}.get({key})"

    def _host_of(self, kind: Kind) -> int:
        """Return the number of the machine which a span of a kind is of."""
        return self._host if kind.of_one_host else 0

    def _matching(self, rule: Rule, bucket: str) -> str:
        if rule.rest == terms.TRUE:
            return f"list({bucket})"
        return (f"[s for s in {bucket} if (b := s.kept) is not None and (p := s.above) is not None"
                f" and {condition(rule.rest, self.names)}]")

    def end(self, kind: Kind, rule: Rule) -> None:
        """Add the end rule of a kind."""
        self._about(kind)
        kind.end_key = kind.end_key or rule.open_key
        name = self.names.constant(kind)
        bucket, matching = self._bucket(kind, rule), self._matching(rule, "o")
        if kind.definition.policy in ("stack", "queue"):
            matching = f"{name}.choose({'o' if rule.rest == terms.TRUE else matching})"
        captures = self._values([term for _, term in kind.definition.end_captures])
        reads = ["    b = s.kept", "    p = s.above"] if "b[" in captures or "p[" in captures else []
        missed = f"if not m: {name}.unmatched_ends += 1"
        if self._joining:
            missed = f"if m and {name} in u: {name}.unmatched_ends -= 1; u.discard({name})"
            if kind.definition.policy == "stack":
                bucket = f"{bucket} if {name} in u else ()"
        self._guarded(rule.guard, [
            f"o = {bucket}",
            f"m = ({matching}) if o else ()",
            "for s in m:",
            *reads,
            f"    {self.names.constant(kind.end)}(s, t, {captures})",
            missed])

    def begin(self, kind: Kind, rule: Rule) -> None:
        """Add the begin rule of a kind."""
        if kind.parent is None:
            lines = self._new(kind, "None")
            # What began in the later part is open there; here it only replaces what it replaces.
            return self._guarded(rule.guard, lines[:-1] if self._joining else lines)
        self._about(kind, of_parents=True)
        rule = as_parents(rule)
        lines = [f"o = {self._bucket(kind.parent, rule)}", "if o:",
                 f"    for parent in {self._matching(rule, 'o')}:"]
        new = self._new(kind, "parent")
        self._guarded(rule.guard, lines + ["        " + line for line in new])
        return None

    def _new(self, kind: Kind, parent: str) -> list[str]:
        self._about(kind)
        definition = kind.definition
        lines = ["p = parent.kept"] if kind.parent is not None else []
        captures = self._values([terms.moved(term, BEGIN, EVENT) for _, term in definition.begin_captures])
        kept = self._values(kind.kept)
        host = f", {own}" if (own := self._host_of(kind)) else ""
        title = repr(definition.name) if definition.title is None else self._title(
            terms.moved(definition.title, BEGIN, EVENT))
        if definition.policy == "one" or kind.begun_key and definition.policy != "all":
            index_of(kind, kind.begun_key)
        if definition.policy == "one":
            lines.append(f"{self.names.constant(kind)}.replace(t, {kept}, {parent}{host})")
        return [*lines, f"{self.names.constant(kind.begin)}(t, {parent}, {title}, {captures}, {kept}{host})"]

    def _title(self, term: Term) -> str:
        """Return the source of a span's name: an integer is written as its field class prefers, such as an address."""
        source = value(term, self.names).source
        event_class = self.names.event_class
        is_field = isinstance(term, Reference) and term.scope != "state" and fact(term, event_class) is None
        path = resolve(term, event_class) if is_field else None
        return source if path is None or path.field_class.base != 16 else f"{self.names.constant(hexadecimal)}({source})"

    def _values(self, found: Sequence[Term | Reference]) -> str:
        return "(" + "".join(f"{value(term, self.names).source}, " for term in found) + ")"


def hexadecimal(number: int | None) -> str | None:
    """Return an integer as text with its prefix."""
    return None if number is None else f"{number:#x}"


def index_of(kind: Kind, open_key: tuple[Term, ...]) -> Index:
    """Return the index of a kind's open spans by some terms on their begin event (BEGIN) and their parent's
    (PARENT)."""
    return kind.index(open_key, key_function(kind, open_key))


def key_function(kind: Kind, open_key: tuple[Term, ...]) -> Key:
    """Return the function that gives the value of such terms, None where one is missing."""
    names = Namespace(EventClass(None), kind.position, kind.parent.position if kind.parent is not None else None)
    parts = [value(term, names).source for term in open_key]
    if len(parts) == 1:
        source = f"lambda b, p: {parts[0]}"
    else:
        complete = " and ".join(f"{part} is not None" for part in parts) or "True"
        source = f"lambda b, p: ({''.join(part + ', ' for part in parts)}) if {complete} else None"
    return eval(source, names.constants | {"hashable": hashable})  # noqa: S307
