"""Feeding recorded traces to an engine outside of a graph of the user's: what commands and tests need."""

from collections.abc import Sequence
from os import PathLike

import bt2

from lttngx.core.portable.extract import Extractor
from lttngx.core.predicate import Consumer
from lttngx.errors import TraceError


def feed(consumer: Consumer, traces: str | PathLike | Sequence[str | PathLike]) -> Extractor:
    """Feed the events of one or several traces, merged by time, to an engine.

    traces: paths of folders Babeltrace finds traces in. Returns the extractor, for its counts and times. Raises TraceError if a trace
    cannot be read.
    """
    paths = [traces] if isinstance(traces, (str, PathLike)) else traces
    names = [str(path) for path in paths]
    try:
        extractor = Extractor(bt2.TraceCollectionMessageIterator(names), consumer)
        while True:
            extractor.consume()
    except bt2.Stop:
        return extractor
    except (bt2._Error, RuntimeError, ValueError) as error:
        if isinstance(error, ValueError) and type(error) is not ValueError:
            raise
        raise TraceError(f"cannot read trace: path={', '.join(names)}, reason={str(error).splitlines()[0]}") from error
