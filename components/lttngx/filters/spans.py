"""filter.lttngx.spans: the adaptor. How spans are found is in `lttngx.spans`, their events are in
`lttngx.bt.span_events`."""

from collections import deque
from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.parameters import Parameter, one_of, read
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions

PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("events", "`keep` or `drop`", one_of("keep", "drop"), "keep"),
)


class SpansIterator(bt2._UserMessageIterator):
    """Passes messages on, each behind the events of the spans it has ended."""

    def __init__(self, config: Any, port: Any) -> None:
        from lttngx.core.portable.extract import Extractor
        from lttngx.spans.analysis import SpanFinder
        component = self._component
        self._upstream = self._create_message_iterator(component._input_ports["in"])
        self._keep = component.keep
        self._ended: list[Any] = []
        self._finder = SpanFinder(component.definitions, self._ended.append)
        self._extractor = Extractor(self._upstream, self._finder, mip=component._graph_mip_version)
        self._ready: deque[Any] = deque()
        self._stream: Any = None
        self._finished = False
        # The latest time of a message passed on: a packet may end after its last event.
        self._passed_ns = 0

    @one_line_errors
    def __next__(self) -> Any:
        while not self._ready:
            if self._finished:
                raise StopIteration
            try:
                message = next(self._upstream)
            except StopIteration:
                self._finish()
            else:
                self._take(message)
        return self._ready.popleft()

    def _take(self, message: Any) -> None:
        is_event = type(message) is bt2._EventMessageConst
        if is_event and self._stream is None:
            self._open(message.event.stream.cls.default_clock_class)
        self._extractor.handle(message)
        if self._ended:
            self._release()
        self._passed_ns = max(self._passed_ns, (self._extractor.last_ns or 0) if is_event else _time_of(message))
        if self._keep or not is_event:
            self._ready.append(message)

    def _open(self, clock_class: Any) -> None:
        from lttngx.bt.span_events import SpanStream
        self._stream = SpanStream(self._component, self, clock_class)
        self._ready.append(self._stream.begin())

    def _release(self) -> None:
        self._ready += (self._stream.event(span, self._passed_ns) for span in self._ended)
        self._ended.clear()

    def _finish(self) -> None:
        self._finished = True
        self._finder.cover(self._extractor.first_ns, self._extractor.last_ns)
        self._finder.finish()
        if self._stream is not None:
            self._release()
            self._ready.append(self._stream.end())


# Where messages other than events have their time.
_SNAPSHOTS = {
    bt2._DiscardedEventsMessageConst: "beginning_default_clock_snapshot",
    bt2._DiscardedPacketsMessageConst: "beginning_default_clock_snapshot",
    bt2._MessageIteratorInactivityMessageConst: "clock_snapshot",
}


def _time_of(message: Any) -> int:
    """Return the time of a message other than an event's in ns, 0 if it has none."""
    try:
        return getattr(message, _SNAPSHOTS.get(type(message), "default_clock_snapshot")).ns_from_origin
    except (AttributeError, ValueError, OverflowError):
        return 0


@bt2.plugin_component_class
class SpansFilter(Component, bt2._UserFilterComponent, message_iterator_class=SpansIterator, name="spans"):
    """Find spans between begin and end events of any trace; add an event for each.

Adds a trace with one stream, `spans`, of an event per span at its end, named after the
definition: name, begin, end, duration (ns), id, parent_id (-1: none), key, status (`complete`,
`truncated by parent`, `truncated by end of trace`, `timed out`, `replaced`), lossy, captures.

PARAMETERS
  spans (array of strings and maps)
      Definitions: see sink.lttngx.spans, as for the next three.
  captures (string or array)
      Values to keep of the spans.
  file (string)
      TOML file of definitions.
  packs (string or array)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.
  events (`keep` or `drop`; default: keep)
      Whether the events which spans are found in are passed on.

PORTS
  One input port, `in`; one output port, `out`.

LIMITS
  Cannot seek. sink.lttngx.spans, if tables are all that is wanted, is many times faster.

EXAMPLE
  babeltrace2 TRACE -c filter.lttngx.spans -p 'packs="syscalls",events=drop'
"""

    OWNER = "filter.lttngx.spans"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        values = read(PARAMETERS, params, self.OWNER)
        self.definitions = definitions(values)
        self.keep = values["events"] == "keep"
        self._add_input_port("in")
        self._add_output_port("out")
