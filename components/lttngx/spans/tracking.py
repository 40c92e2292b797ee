"""Whether spans need the kernel tracker (`tracked`), which is loaded only then."""

from collections.abc import Iterable

from lttngx.spans import terms
from lttngx.spans.definitions import Definition
from lttngx.spans.engine import Engine
from lttngx.spans.kinds import Emit


def used(definitions: Iterable[Definition]) -> frozenset[str]:
    """Return the names of the `$state` values which definitions read."""
    found: set[str] = set()
    for definition in definitions:
        captures = [term for _, term in definition.begin_captures + definition.end_captures]
        titles = [definition.title] if definition.title is not None else []
        for term in (definition.begin_condition(), definition.end_condition(), *captures, *titles):
            found |= {str(reference.steps[0]) for reference in terms.references(term) if reference.scope == "state"}
    return frozenset(found)


def engine(definitions: Iterable[Definition], emit: Emit) -> Engine:
    """Return the engine for some definitions: a tracked one if they need it."""
    definitions = tuple(definitions)
    if not used(definitions):
        return Engine(definitions, emit)
    from lttngx.spans.tracked import TrackedEngine
    return TrackedEngine(definitions, emit)
