"""A filter expression: compiled once, linked once per event class."""

from dataclasses import dataclass

from lttngx.core.classes import EventClass, Stream
from lttngx.core.predicate import Predicate
from lttngx.errors import ParameterError
from lttngx.language import check, nodes
from lttngx.language.link import Linker
from lttngx.language.messages import Diagnostic
from lttngx.language.parser import parse

DIALECTS = ("lttng", "extended")
MISSING_RULES = ("strict", "lenient")
_PER_STREAM = ("$stream", "$trace", "$env")


@dataclass(frozen=True, slots=True)
class Linked:
    """What an expression is for one event class.

    outcome: a predicate, or True or False where the class settles it.
    diagnostics: missing fields, types that do not fit, unknown labels, … ; those on literals are Filter.warnings.
    """

    outcome: Predicate | bool
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """A compiled expression.

    missing: "strict" (a missing field rejects, LTTng's rule) or "lenient" (it is unknown, and only an unknown result
    rejects). per_stream: the outcome depends on the stream. warnings: of literals without effect.
    """

    text: str
    dialect: str
    missing: str
    tree: nodes.Node
    warnings: tuple[Diagnostic, ...]
    per_stream: bool

    def link(self, event_class: EventClass, stream: Stream = Stream(), first_ns: int | None = None) -> Linked:
        """Link the expression to an event class.

        stream: any of the class's streams, the one meant if `per_stream`.
        first_ns: time of the trace's first event, ns from origin, for times without date; None if unknown.
        """
        linker = Linker(self.text, self.dialect == "extended", self.missing == "strict", event_class, stream, first_ns)
        outcome = linker.link(self.tree)
        return Linked(outcome, tuple(dict.fromkeys(linker.diagnostics)))


def compile_filter(text: str, dialect: str = "extended", missing: str | None = None) -> Filter:
    """Compile an expression.

    dialect: "lttng" or "extended". missing: "strict" or "lenient"; None: strict in lttng, lenient in extended.
    Raises FilterSyntaxError (with line and column) and ParameterError.
    """
    expect_one_of("dialect", dialect, DIALECTS)
    missing = missing or ("strict" if dialect == "lttng" else "lenient")
    expect_one_of("missing", missing, MISSING_RULES)
    tree = parse(text, dialect == "extended")
    warnings = check.check(text, tree)
    per_stream = any(name.root in _PER_STREAM for name in check.names(tree))
    return Filter(text, dialect, missing, tree, warnings, per_stream)


def expect_one_of(what: str, got: object, expected: tuple[str, ...]) -> None:
    """Raise ParameterError unless a word is one of those expected."""
    if got not in expected:
        raise ParameterError(f'Bad value of `{what}`: expected {" or ".join(expected)}, got {got!r}')
