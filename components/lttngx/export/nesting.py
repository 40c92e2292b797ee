"""Calls inside calls: spans of one kind and key with policy `stack` are inside each other, as functions of a thread are.

The engine gives a span the parent which its definition names. Exports show nested calls too, so a span which ends gets
the span of its own kind and key around it as a parent.
"""

from collections.abc import Callable

from lttngx.spans.span import BY_END, Span


class Nesting:
    """An engine's `emit` which nests each span that ends and hands it on to `take`."""

    def __init__(self, take: Callable[[Span], None]) -> None:
        self._take = take
        # Spans open at the end of the trace end outermost first: which one each is in.
        self._around: dict[Span, Span] = {}

    def __call__(self, span: Span) -> None:
        around = self._around.pop(span, None) or _around(span)
        if span.status is BY_END:
            inner = next((other for other in _alike(span) if other.number > span.number), None)
            if inner is not None and inner.parent is span.parent:
                self._around[inner] = span
        if around is not None:
            span.parent = around
        self._take(span)


def outer(span: Span) -> Span | None:
    """Return the span directly around one, None for a root: at any time from the end of what is inside it on."""
    return span.parent if span.status is not None else _around(span) or span.parent


def _alike(span: Span) -> dict[Span, None]:
    """Return the open spans of the same kind and key in order of begin, nothing for other policies."""
    kind = span.kind
    index = kind.indexes.get(kind.begun_key) if kind.definition.policy == "stack" and kind.begun_key else None
    return {} if index is None else index.table.get(index.key(span.kept, span.above), {})


def _around(span: Span) -> Span | None:
    """Return the last begun of the open spans alike which began before a span, under the same parent."""
    found = next((other for other in reversed(_alike(span)) if other.number < span.number), None)
    return found if found is not None and found.parent is span.parent else None
