"""Feeding recorded traces to an engine outside of a graph of the user's: what commands and tests need."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import bt2

from lttngx.bt.component import Interchange
from lttngx.bt.graph_protocol import graph_for
from lttngx.bt.iterators import extractor
from lttngx.bt.pipelines import component_class
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Consumer, Extraction
from lttngx.errors import LttngxError, TraceError

# Paths of data stream files to bytes [begin, end).
Files = Mapping[str, tuple[int, int]]


def read(consumer: Consumer, traces: str | PathLike | Sequence[str | PathLike], begin_ns: int | None = None,
         end_ns: int | None = None, files: Files | None = None) -> Any:
    """Feed an engine with what [begin, end) of one or several traces holds, merged by time, by source.lttngx.ctf; None: no limit.

    traces: path or paths, each of a CTF trace or of a folder which has some. files: the data stream files to read, and which bytes
    of them; None: all.
    Packets before the range are not read. Of those behind it the next ones are looked at, as each tells what was lost before it. Returns
    the extractor, for its counts and times. Raises TraceError if a trace cannot be read, or the engine's own LttngxError.
    """
    paths = [str(path) for path in ([traces] if isinstance(traces, (str, PathLike)) else traces)]
    limits = {name: value for name, value in (("begin", begin_ns), ("files", _parameter(files))) if value is not None}
    reading = _Reading(consumer, begin_ns, end_ns)
    try:
        source_class, params = component_class("source.lttngx.ctf"), {"inputs": paths} | limits
        graph = graph_for([(source_class, params), (component_class("filter.utils.muxer"), {}), (_ReadingSink, {})])
        source = graph.add_component(source_class, "source", params)
        sink = graph.add_component(_ReadingSink, "sink", obj=reading)
        graph.connect_ports(_muxed(graph, source), sink.input_ports["in"])
        graph.run()
    except bt2._Error as error:
        if reading.fault is not None:
            raise reading.fault from None
        raise TraceError(f"Cannot read trace: path={', '.join(paths)}, reason={_first_cause(error)}") from None
    return reading.extractor


def first_event_ns(traces: Sequence[str], files: Files | None = None) -> int | None:
    """Return the time of the first event of traces, None without one or without a clock. files: see `read`. Raises TraceError."""
    return read(_First(), traces, files=files).first_ns


def _parameter(files: Files | None) -> dict[str, list[int]] | None:
    """Return files as a parameter's value."""
    return None if files is None else {path: list(extent) for path, extent in files.items()}


class _First:
    """A Consumer which stops at the first event."""

    per_stream = False

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction:
        return Extraction(self._stop)

    def _stop(self, time_ns: int | None, cpu: int) -> None:
        raise StopIteration

    def discarded_events(self, *loss: Any) -> None:
        """Of no matter."""

    discarded_packets = discarded_events


def _muxed(graph: Any, source: Any) -> Any:
    """Return the output port which gives a source's messages in order of time."""
    ports = list(source.output_ports.values())
    muxer = graph.add_component(component_class("filter.utils.muxer"), "muxer")
    for index, port in enumerate(ports):
        graph.connect_ports(port, muxer.input_ports[f"in{index}"])
    return muxer.output_ports["out"]


def _first_cause(error: Any) -> str:
    """Return what a bt2 error began with, as one line: its last line is the exception where a cause is a traceback."""
    return error[0].message.strip().splitlines()[-1]


class _Reading:
    """What the sink of `read` is about. fault: what the engine has raised."""

    def __init__(self, consumer: Consumer, begin_ns: int | None, end_ns: int | None) -> None:
        self.consumer, self.begin_ns, self.end_ns = consumer, begin_ns, end_ns
        self.extractor: Any = None
        self.fault: LttngxError | None = None


class _ReadingSink(Interchange, bt2._UserSinkComponent):
    """Drives an engine with what arrives at its port `in`."""

    def __init__(self, config: Any, params: Any, obj: _Reading) -> None:
        self._reading = obj
        self._add_input_port("in")

    def _user_graph_is_configured(self) -> None:
        upstream, asked = self._create_message_iterator(self._input_ports["in"]), self._reading
        asked.extractor = extractor(self, upstream, asked.consumer, asked.begin_ns, asked.end_ns)

    def _user_consume(self) -> None:
        try:
            self._reading.extractor.consume()
        except LttngxError as error:
            self._reading.fault = error
            raise
