"""What is asked of spans: which ones count, how they are grouped, and the views that collect them.

Only complete spans within the limits of duration count in `log`, `top`, `stats`, `freq` and `tree`; all others are in
the
outcomes table. Percentages are of the ancestor's duration; a child's time is summed, so overlapping children may
exceed 100 %.
"""

from dataclasses import dataclass, field
from typing import Any

from lttngx.errors import ParameterError
from lttngx.spans.kinds import Kind
from lttngx.spans.span import COMPLETE, Span

VIEWS = ("log", "top", "stats", "freq", "tree", "explain")


@dataclass(frozen=True, slots=True)
class Options:
    """What to show.

    select: names of the spans to show; empty: all. aggregate_by: log: one row per span of that name and selected
    descendants;
    stats, freq: per-parent tables about that ancestor only. group_by: (span name, capture name) pairs: everything is
    repeated for each
    combination of their values. order_by: "time" (of begin) or "hierarchy" (each root, then what is in it by end).
    min_ns, max_ns: limits of duration, inclusive. limit: rows of `top`. resolution: bins of `freq`.
    uniform: whether all distributions of durations (of numbers, of percents) have the same bins. least_ns, most_ns: bounds, inclusive, of
    the bins of durations; None: those of the values.
    """

    views: tuple[str, ...] = ("stats",)
    select: frozenset[str] = frozenset()
    aggregate_by: str | None = None
    group_by: tuple[tuple[str, str], ...] = ()
    order_by: str = "time"
    min_ns: int | None = None
    max_ns: int | None = None
    limit: int = 10
    resolution: int = 20
    uniform: bool = False
    least_ns: int | None = None
    most_ns: int | None = None

    def counts(self, span: Span) -> bool:
        """Return whether a span that has ended counts."""
        if span.status is not COMPLETE:
            return False
        duration, definition = span.end_ns - span.begin_ns, span.kind.definition
        return (_within(duration, self.min_ns, self.max_ns)
                and _within(duration, definition.min_ns, definition.max_ns))

    def selects(self, kind: Kind) -> bool:
        """Return whether rows about a kind are wanted."""
        return not self.select or kind.definition.name in self.select

    def aggregates(self, kind: Kind) -> bool:
        """Return whether per-ancestor figures about a kind are wanted."""
        return self.aggregate_by is None or kind.definition.name == self.aggregate_by

    def check(self, kinds: list[Kind]) -> None:
        """Raise ParameterError for a name that no definition has, or bounds without a range."""
        if None not in (self.least_ns, self.most_ns) and self.least_ns >= self.most_ns:
            raise ParameterError(f"freq-min: expected less than freq-max ({self.most_ns} ns), got {self.least_ns} ns")
        names = {kind.definition.name: kind for kind in kinds if kind.definition.name}
        aggregate = [self.aggregate_by] if self.aggregate_by else []
        for name in (*self.select, *aggregate, *(name for name, _ in self.group_by)):
            if name not in names:
                raise ParameterError(f'no such span: name="{name}", defined=[{", ".join(sorted(names))}]')
        for name, capture in self.group_by:
            known = captures_of(names[name])
            if capture not in known:
                raise ParameterError(
                    f'no such capture: span="{name}", capture="{capture}", defined=[{", ".join(known)}]')


def _within(duration: int, minimum: int | None, maximum: int | None) -> bool:
    return (minimum is None or duration >= minimum) and (maximum is None or duration <= maximum)


def captures_of(kind: Kind) -> tuple[str, ...]:
    """Return the names of a kind's captures, those of the begin first."""
    definition = kind.definition
    return tuple(name for name, _ in definition.begin_captures + definition.end_captures)


@dataclass(slots=True)
class Node:
    """A span of a tree whose root has ended, with those inside it in order of end."""

    span: Span
    counts: bool = False
    inner: list["Node"] = field(default_factory=list)


Group = tuple[Any, ...]


def groups(root: Node, wanted: tuple[tuple[str, str], ...]) -> dict[Span, set[Group]]:
    """Return the groups which the spans of a tree belong to.

    A span belongs to a combination of values if a chain from the root down through it has all the wanted captures."""
    found: dict[Span, set[Group]] = {}
    _walk(root, [], {}, wanted, found)
    return found


def _walk(node: Node, chain: list[Span], values: dict[tuple[str, str], Any], wanted: tuple[tuple[str, str], ...],
          found: dict[Span, set[Group]]) -> None:
    captures = node.span.captures()
    own = {pair: captures.get(pair[1]) for pair in wanted if pair[0] == node.span.kind.definition.name}
    values = values | own
    chain.append(node.span)
    if len(values) == len(wanted):
        group = tuple(values[pair] for pair in wanted)
        for span in chain:
            found.setdefault(span, set()).add(group)
    for inner in node.inner:
        _walk(inner, chain, values, wanted, found)
    chain.pop()
