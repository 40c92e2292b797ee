"""Reading the streams of recorded traces one after another, each by its own clock: no muxer compares them.

So clocks which cannot be correlated, or which differ by hours, are no obstacle; and the muxer of Babeltrace 2.0, which
ends the graph where a packet ends after the next one begins, is not in the way.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import bt2

import lttngx
from lttngx.bt.component import Interchange
from lttngx.bt.graph_protocol import graph_for
from lttngx.core.choice import NATIVE, core
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.ctf.detect import is_ctf2, is_trace_directory
from lttngx.errors import TraceError

# Called with a stream, returns the consumer of its events. A consumer's `cover` is called with the stream's first and last time.
ConsumerOf = Callable[[Stream], Any]


def trace_directories(paths: Iterable[str | os.PathLike]) -> list[str]:
    """Return the directories of the traces in some directories. Raises TraceError for a path without any."""
    found: list[str] = []
    for path in paths:
        inside = [folder for folder, _, files in os.walk(path) if "metadata" in files and is_trace_directory(folder)]
        if not inside:
            raise TraceError(f'no CTF trace: path="{path}", expected a directory with a file `metadata` in it, or below')
        found += sorted(inside)
    return found


def feed_streams(path: str, consumer_of: ConsumerOf) -> None:
    """Feed the events of a trace directory, stream by stream, to consumers. Raises TraceError if it cannot be read."""
    source_class, params = _source_class(path), {"inputs": [path]}
    try:
        graph = graph_for([(source_class, params), (_StreamSink, {})])
        source = graph.add_component(source_class, "source", params)
        ports = list(source.output_ports.values())
        sink = graph.add_component(_StreamSink, "sink", obj=(consumer_of, len(ports)))
        for port, own in zip(ports, sink.input_ports.values()):
            graph.connect_ports(port, own)
        graph.run()
    except (bt2._Error, RuntimeError, ValueError) as error:
        raise TraceError(f'cannot read trace: path="{path}", reason={_reason(error)}') from error


def _reason(error: Exception) -> str:
    """The innermost cause: what stands behind Babeltrace's own."""
    causes = [cause.message for cause in error] if isinstance(error, bt2._Error) else [str(error)]
    return " ".join(causes[0].strip().splitlines()[-1:]) or type(error).__name__


def _source_class(path: str) -> Any:
    """Return source.lttngx.ctf where it is compiled, else source.ctf.fs, which in Babeltrace 2.0 cannot read CTF 2."""
    if core().name == NATIVE:
        for plugin in _own_plugins():
            return plugin.source_component_classes["ctf"]
    if is_ctf2(path) and not hasattr(bt2, "ClockOrigin"):
        raise TraceError(f'cannot read trace: path="{path}", reason=CTF 2 needs the compiled core or Babeltrace 2.1')
    return bt2.find_plugin("ctf").source_component_classes["fs"]


def _own_plugins() -> Iterator[Any]:
    """Yield this collection as a plugin: beside the package in a checkout, or where pip puts it."""
    package = Path(lttngx.__file__).parent
    for folder in (package.parents[1], Path(sys.prefix) / "lib/babeltrace2/plugins"):
        if (folder / "bt_plugin_lttngx.py").is_file():
            yield from (plugin for plugin in bt2.find_plugins_in_path(str(folder), recurse=False) if plugin.name == "lttngx")


class _StreamSink(Interchange, bt2._UserSinkComponent):
    """Reads each input port to its end before the next."""

    def __init__(self, config: Any, params: Any, obj: tuple[ConsumerOf, int]) -> None:
        self._consumer_of, count = obj
        for number in range(count):
            self._add_input_port(f"in{number}")

    def _user_graph_is_configured(self) -> None:
        self._rest = [self._create_message_iterator(port) for port in self._input_ports.values()]

    def _user_consume(self) -> None:
        if not self._rest:
            raise bt2.Stop
        reader = _StreamReader(self._consumer_of)
        extractor = core().Extractor(self._rest.pop(0), reader, mip=self._graph_mip_version)
        try:
            while True:
                extractor.consume()
        except bt2.Stop:
            reader.cover(extractor.first_ns, extractor.last_ns)


class _StreamReader:
    """The consumer (core.extraction.Consumer) of one stream: finds the one it belongs to at the first event."""

    per_stream = True

    def __init__(self, consumer_of: ConsumerOf) -> None:
        self._consumer_of = consumer_of
        self._consumer: Any = None

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        self._find(stream)
        return self._consumer.bind(event_class, stream)

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self._find(stream)
        self._consumer.discarded_events(stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self._find(stream)
        self._consumer.discarded_packets(stream, begin_ns, end_ns, count)

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the range of the stream, if it has events."""
        if self._consumer is not None:
            self._consumer.cover(first_ns, last_ns)

    def _find(self, stream: Stream) -> None:
        if self._consumer is None:
            self._consumer = self._consumer_of(stream)
