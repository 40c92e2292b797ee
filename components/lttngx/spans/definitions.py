"""Span definitions, whatever syntax they were written in, and their checks."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lttngx.errors import LttngxError
from lttngx.spans import terms
from lttngx.spans.terms import BEGIN, EVENT, PARENT, Term

# Captures by name, in order of writing.
Captures = tuple[tuple[str, Term], ...]

# LTTng's contexts whose values are unique on one machine only.
HOST_CONTEXTS = frozenset(("tid", "pid", "ppid", "vtid", "vpid", "vppid", "pthread_id", "cpu_id"))
POLICIES = ("all", "one", "stack", "queue")


class DefinitionError(LttngxError):
    """A definition cannot be read; `line` and `column` count from 1."""

    def __init__(self, where: str, text: str, at: int, problem: str) -> None:
        self.line = text.count("\n", 0, at) + 1
        self.column = at - (text.rfind("\n", 0, at) + 1) + 1
        super().__init__(f"{where}:{self.line}:{self.column}: {problem}")


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of span.

    begin, end: conditions on events; `end` may read $begin and both may read $parent.
    begin_key, end_key: terms on the event whose values are equal for a begin and its end. parent_key: equalities of a
    term on
    the begin event (left) with one on the parent's begin event (right, written as a term on that event).
    title: a term which names each span; None: the definition's name.
    begin_captures, end_captures: evaluated on the begin and on the end event.
    policy: which open spans an end event ends: "all" that match; "one": there is one per key, a further begin
    replaces it;
    "stack": the last begun; "queue": the first begun.
    timeout_ns: an open span is given up when it is that old. min_ns, max_ns: spans outside are not reported.
    where: place of the definition for errors, such as a file name. on_one_host: its keys are unique on one machine only.
    """

    name: str | None
    begin: Term
    end: Term
    parent: str | None = None
    begin_key: tuple[Term, ...] = ()
    end_key: tuple[Term, ...] = ()
    parent_key: tuple[terms.Compare, ...] = ()
    title: Term | None = None
    begin_captures: Captures = ()
    end_captures: Captures = ()
    policy: str = "all"
    timeout_ns: int | None = None
    min_ns: int | None = None
    max_ns: int | None = None
    where: str = "span"
    on_one_host: bool = False

    @property
    def of_one_host(self) -> bool:
        """Whether an end finds the spans of its own machine only: said, or as the key has a thread, a process or a CPU."""
        return self.on_one_host or any(_is_of_a_host(reference) for term in self.begin_key for reference in terms.references(term))

    def with_captures(self, begin: Captures, end: Captures) -> "Definition":
        """Return the definition with further captures."""
        return replace(self, begin_captures=self.begin_captures + begin, end_captures=self.end_captures + end)

    def begin_condition(self) -> Term:
        """Return the whole begin condition in normal form: $begin is the event itself; the key exists and fits the
        parent's."""
        begin = terms.moved(self.begin, BEGIN, EVENT)
        keys = [terms.Exists(term) for term in self.begin_key if isinstance(term, terms.Reference)]
        return terms.normal(terms.And((begin, *keys, *_equal(self.parent_key, PARENT))))

    def begun_key(self) -> tuple[Term, ...]:
        """Return the key's terms on the begin event of an open span."""
        return tuple(terms.moved(term, EVENT, BEGIN) for term in self.begin_key)

    def end_condition(self) -> Term:
        """Return the whole end condition in normal form, with the keys as conjuncts."""
        keys = [terms.Compare("==", end, begin) for end, begin in zip(self.end_key, self.begun_key(), strict=True)]
        return terms.normal(terms.And((self.end, *keys)))


def _is_of_a_host(reference: terms.Reference) -> bool:
    """Return whether a value means something on its machine only: of the tracker, the CPU, or such a context."""
    if reference.scope == "state" or reference.scope in ("", "fact") and reference.steps == ("cpu",):
        return True
    return reference.scope in ("context", "common", "specific") and reference.steps[-1] in HOST_CONTEXTS


def _equal(pairs: tuple[terms.Compare, ...], source: str) -> list[Term]:
    """Return `event term == parent's term` for the pairs (event term, parent's term as an event term)."""
    return [terms.Compare("==", term.left, terms.moved(term.right, EVENT, source)) for term in pairs]


def check(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """Return the definitions if they fit together: names unique, parents defined before their children.

    Raises LttngxError."""
    known: set[str] = set()
    found = tuple(definitions)
    for definition in found:
        _check_parent(definition, known)
        if definition.name is not None:
            if definition.name in known:
                raise LttngxError(
                    f'{definition.where}: a span of that name is defined already: name="{definition.name}"')
            known.add(definition.name)
    return found


def _check_parent(definition: Definition, known: set[str]) -> None:
    if definition.parent is not None and definition.parent not in known:
        raise LttngxError(f'{definition.where}: parent is not defined before its child: name="{definition.name}", '
                          f'parent="{definition.parent}", defined=[{", ".join(sorted(known))}]')
    used = terms.sources(definition.begin) | terms.sources(definition.end)
    for _, term in definition.begin_captures + definition.end_captures:
        used |= terms.sources(term)
    if PARENT in used and definition.parent is None:
        raise LttngxError(f'{definition.where}: $parent in a span without parent: name="{definition.name}"')


def parents_first(found: list[Definition]) -> list[Definition]:
    """Return the definitions in the same order, but no child before its parent."""
    by_name = {definition.name: definition for definition in found if definition.name}
    ordered: list[Definition] = []

    def place(definition: Definition, below: tuple[str | None, ...]) -> None:
        if any(known is definition for known in ordered):
            return
        if definition.name in below and definition.name is not None:
            raise LttngxError(f'{definition.where}: a span is its own ancestor: name="{definition.name}"')
        if definition.parent in by_name:
            place(by_name[definition.parent], (*below, definition.name))
        ordered.append(definition)
    for definition in found:
        place(definition, ())
    return ordered


def path(definition: Definition, by_name: dict[str, Definition]) -> str:
    """Return the definition's full name, ancestors first: "a/b/c"; "" for an unnamed one."""
    names: list[str] = []
    current: Definition | None = definition
    while current is not None:
        names.append(current.name or "")
        current = by_name.get(current.parent) if current.parent else None
    return "/".join(reversed(names))
