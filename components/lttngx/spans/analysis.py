"""The spans analysis: where spans come from and a collector, as one Consumer that ends in a result."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.spans.collector import Collector
from lttngx.spans.definitions import Definition
from lttngx.spans.finding import SpanFinder
from lttngx.spans.result import Result, outcomes
from lttngx.spans.span import Span
from lttngx.spans.views import Options

if TYPE_CHECKING:
    from lttngx.spans.reading import SpanReader


def span_source(definitions: Iterable[Definition], take: Callable[[Span], None], whole_trees: bool = False
                ) -> "SpanFinder | SpanReader":
    """Return what gives spans to `take`: a SpanFinder; without definitions a SpanReader of span events.

    whole_trees: `take` reads the begin or the key of spans around the one it is given: that must be known."""
    definitions = tuple(definitions)
    if definitions:
        return SpanFinder(definitions, take)
    from lttngx.spans.reading import SpanReader, WholeTrees
    return SpanReader(WholeTrees(take).take if whole_trees else take)


class SpanAnalysis:
    """Collects what some views show of the spans of a span source, whose Consumer it is."""

    per_stream = False

    def __init__(self, definitions: Iterable[Definition], options: Options) -> None:
        """Raises LttngxError if the definitions do not fit together, or the options them."""
        definitions = tuple(definitions)
        # Which spans are open is not known of those which are read, so no interval is settled.
        self._head_known, self._options = bool(definitions), options
        self._collector = Collector(options, self._head_known)
        self._source = span_source(definitions, self._take())
        if definitions:
            options.check(self._source.kinds)

    def _take(self) -> Callable[[Span], None]:
        """Return what takes the spans that end."""
        return self._collector.take

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        return self._source.bind(event_class, stream)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._source.discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._source.discarded_packets(stream, begin_ns, end_ns, count)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Take the times of the first and the last event seen."""
        self._source.cover(first_ns, last_ns)

    def advance(self, now_ns: int | None) -> None:
        """Give up the spans whose time is out by now."""
        self._source.advance(now_ns)

    def closed(self) -> Iterable[Any]:
        """Return results that are complete before the end: none."""
        return ()

    def results(self) -> Iterable[Result]:
        """Return the result, once, at the end of the trace. Raises LttngxError if nothing defines spans, or the options do not
        fit them."""
        source = self._source
        source.finish()
        self._options.check(source.kinds)
        return (Result(source.range, source.losses, source.kinds, self._collector, outcomes(source.kinds)),)
