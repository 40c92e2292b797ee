"""Results of parts of a trace, which compose: (unknown head, closed body, open tail).

Parts are stretches of one trace in order of time, each read by an engine of its own, in other processes or on other
machines. A part knows nothing of what was before it: an attribute is UNKNOWN in its head, until its first fact; in its
tail, after its last fact, a value holds until the next part tells another. Merging lets a part's tails hold in the
next part's heads. It is associative.

Rules
1. A first fact which repeats the tail before it is no change, unless a loss lies between: then it renews.
2. A value which a part could not know better because of its head may be told better by the tail: `resolve(path, value,
   value_of)` gives the value to use, `value_of(path)` a value as it is at that moment of the merged history. What stays
   `unresolved` is always a change, as a later merge may resolve each differently.
3. What a part derived from unknown facts by other ways (the copy of an unknown file's name) stays as the part told it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lttngx.state.tree import ABSENT, ROOT, UNKNOWN, Change, Tree, Value

Resolve = Callable[[str, Value, Callable[[str], Value]], Value]


@dataclass(frozen=True, slots=True)
class Partial:
    """The history of one part. paths: path of each attribute by number, the root first; changes: oldest first.

    begin_ns, end_ns: the time the part covers, half-open; None if it holds no event.
    """

    paths: tuple[str, ...]
    changes: tuple[Change, ...]
    begin_ns: int | None = None
    end_ns: int | None = None


def as_told(path: str, value: Value, value_of: Callable[[str], Value]) -> Value:
    """The `resolve` of models without derived values."""
    return value


def partial_of(tree: Tree, begin_ns: int | None, end_ns: int | None) -> Partial:
    """Return an engine's changes since the last `take` as a partial result."""
    return Partial(tuple(tree.paths), tuple(tree.take()), begin_ns, end_ns)


def merge(parts: Sequence[Partial], resolve: Resolve = as_told, unresolved: Value = UNKNOWN) -> Partial:
    """Return one partial result for parts which follow each other. Raises ValueError for none."""
    if not parts:
        raise ValueError("expected at least one part to merge")
    tree = Tree()
    for part in parts:
        _append(tree, part, resolve, unresolved)
    begins = [part.begin_ns for part in parts if part.begin_ns is not None]
    ends = [part.end_ns for part in parts if part.end_ns is not None]
    return partial_of(tree, min(begins, default=None), max(ends, default=None))


def _append(tree: Tree, part: Partial, resolve: Resolve, unresolved: Value) -> None:
    numbers = [tree.attribute(path) for path in part.paths]
    value_of, put = tree.value, tree.put
    for time_ns, attribute, value in part.changes:
        if attribute == ROOT:
            tree.lose(time_ns, None if value is ABSENT else value)
        else:
            found, number = resolve(part.paths[attribute], value, value_of), numbers[attribute]
            if found is not UNKNOWN and found == unresolved:
                tree.renew(number)
            put(time_ns, number, found)
