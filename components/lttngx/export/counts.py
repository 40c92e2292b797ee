"""How many spans are open over time."""

from collections.abc import Iterable, Iterator

from lttngx.spans.span import Span


def open_counts(spans: Iterable[Span]) -> Iterator[tuple[int, int]]:
    """Yield (time in ns, number of spans open from then on) where the number changes, in order of time."""
    changes: dict[int, int] = {}
    for span in spans:
        changes[span.begin_ns] = changes.get(span.begin_ns, 0) + 1
        changes[span.end_ns] = changes.get(span.end_ns, 0) - 1
    count = 0
    for time_ns in sorted(changes):
        if changes[time_ns]:
            count += changes[time_ns]
            yield time_ns, count
