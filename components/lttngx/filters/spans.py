"""filter.lttngx.spans: the adaptor. How spans are found is in `lttngx.spans`, what their events hold in `lttngx.spans.events`."""

from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.injecting import Injecting
from lttngx.bt.parameters import Parameter, one_of, read
from lttngx.bt.spans import DEFINITION_PARAMETERS, needed_definitions

PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("events", "`keep` or `drop`", one_of("keep", "drop"), "keep"),
)


class SpansIterator(Injecting, bt2._UserMessageIterator):
    """Passes messages on, each followed by the events of the spans it has ended."""

    @one_line_errors
    def __init__(self, config: Any, port: Any) -> None:
        from lttngx.spans.passing import SpanPlans
        component = self._component
        self._spans = SpanPlans(component.definitions, component.keep)
        self._inject(config, component._input_ports["in"], self._spans, "spans")

    def _conclude(self) -> None:
        self._spans.finish(self._rewriter.first_ns, self._rewriter.last_ns)

    def _user_can_seek_beginning(self) -> bool:
        return False

    def _user_can_seek_ns_from_origin(self, ns_from_origin: int) -> bool:
        return False


@bt2.plugin_component_class
class SpansFilter(Component, bt2._UserFilterComponent, message_iterator_class=SpansIterator, name="spans"):
    """Find spans between begin and end events of any trace; add an event for each.

Adds a trace with one stream, `spans`, of an event per span at its end, named after the
definition: name, begin, end, duration (ns), id, parent_id (-1: none), key (`NAME=VALUE, ...`),
status (`complete`, `truncated by parent`, `truncated by end of trace`, `timed out`,
`replaced`), lossy (the tracer discarded events meanwhile), then the captures which have a value.
Sinks of spans downstream read these events: they need no definitions.

The stream begins with an event lttngx:span_definition per definition. It ends with an event
lttngx:span_totals per definition, which counts spans by status, end events without a span and
crossed spans, and with lttngx:span_range, the times of the first and the last event of all.

PARAMETERS
  spans (array of strings and maps)
      Definitions: see sink.lttngx.spans, as for the next three.
  captures (string or array)
      Values to keep of the spans.
  file (string)
      TOML file of definitions.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.
  events (`keep` or `drop`; default: keep)
      Whether the events which spans are found in are passed on.

PORTS
  One input port, `in`; one output port, `out`.

LIMITS
  Cannot seek. An array which is captured is text. If one table is all that is wanted,
  sink.lttngx.spans with the definitions makes no messages and is faster.

EXAMPLE
  babeltrace2 TRACE -c filter.lttngx.spans -p 'packs="syscalls",events=drop' \\
      -c sink.lttngx.spans -p view=top
"""

    OWNER = "filter.lttngx.spans"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        values = read(PARAMETERS, params, self.OWNER)
        self.definitions = needed_definitions(values)
        self.keep = values["events"] == "keep"
        self._add_input_port("in")
        self._add_output_port("out")
