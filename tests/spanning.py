"""Runs the spans analysis over recorded traces."""

from pathlib import Path

import bt2

from graphs import ExtractingSink, chain, run
from lttngx.spans import given
from lttngx.spans.analysis import SpanAnalysis
from lttngx.spans.finding import SpanFinder
from lttngx.spans.result import Result
from lttngx.spans.span import Span
from lttngx.spans.views import Options


def drive(core, trace: Path, consumer) -> None:
    """Feed a trace to a consumer with one core; tell it the range at the end."""
    def make(upstream, mip):
        extractor = core.Extractor(upstream, consumer, mip=mip)

        def consume():
            try:
                extractor.consume()
            except bt2.Stop:
                consumer.cover(extractor.first_ns, extractor.last_ns)
                raise
        return consume
    run(chain(trace, (ExtractingSink, make)))


def analyse(core, trace: Path, spans, captures=(), packs=(), **options) -> Result:
    """Return the result of the spans analysis of a trace."""
    analysis = SpanAnalysis(given.definitions(spans, list(captures), packs), Options(**options))
    drive(core, trace, analysis)
    (result,) = analysis.results()
    return result


def find(core, trace: Path, spans, captures=(), packs=()) -> list[Span]:
    """Return the spans of a trace in the order in which they ended."""
    found: list[Span] = []
    finder = SpanFinder(given.definitions(spans, list(captures), packs), found.append)
    drive(core, trace, finder)
    finder.finish()
    return found
