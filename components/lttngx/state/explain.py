"""What `check` and `explain` print of a declarative model."""

from collections.abc import Iterator

from lttngx.state.model import ModelState
from lttngx.state.modelfile import Model


def check_lines(model: Model) -> Iterator[str]:
    """Yield what a model declares, one line a fact."""
    yield f"{model.origin}: model {model.name}: {len(model.attributes)} attributes, {len(model.rules)} rules"
    used = {name for rule in model.rules for name, _ in (*rule.set, *rule.push, *(rule.timer.set if rule.timer else ()))}
    for attribute in model.attributes.values():
        if attribute.name not in used:
            yield f"{model.origin}:{attribute.line}: warning: no rule sets attribute {attribute.name}"


def explain_lines(engine: ModelState, events: int) -> Iterator[str]:
    """Yield what each rule met in a trace. events: event messages of the trace."""
    model = engine.model
    yield f"model {model.name}: {events} events, {len(engine.tree) - 1} attributes, {engine.lost_events} events lost"
    for report in engine.reports:
        where = f"{model.origin}:{report.rule.line}"
        if not report.classes:
            yield f'{where}: on "{report.rule.on}": no event class of the trace matches'
            continue
        untold = f", {report.untold} values not told" if report.untold else ""
        yield f'{where}: on "{report.rule.on}": {report.events} events, {report.applied} applied{untold}'
        for name, diagnostics in report.classes.items():
            yield from (f"{where}: {name}: {diagnostic.message}" for diagnostic in diagnostics)
