"""sink.lttngx.perfetto: the adaptor. The format is in `lttngx.export.perfetto`."""

from typing import Any

import bt2

from lttngx.bt.component import one_line_errors
from lttngx.bt.exports import ExportSink
from lttngx.bt.parameters import Parameter, boolean, read, string
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions
from lttngx.errors import ParameterError

PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("path", "a string", string),
    Parameter("counters", "a boolean", boolean, False),
)


@bt2.plugin_component_class
class PerfettoSink(ExportSink, bt2._UserSinkComponent, name="perfetto"):
    """Write spans as a Perfetto trace, for ui.perfetto.dev or trace_processor.

A track per thread, process, CPU or other key; spans which overlap without being nested get
sibling tracks. A span without an end is shown as one that did not end. Files of several
traces may be concatenated with `cat`.

PARAMETERS
  path (string; needed)
      File to write, usually NAME.pftrace.
  counters (boolean; default: no)
      Whether to add a counter per definition: how many spans are open.
  spans (array of strings and maps)
      Definitions: see sink.lttngx.spans, as for the next three. Without any, the spans are those
      of the events which filter.lttngx.spans adds.
  captures (string or array)
      Values to keep of the spans.
  file (string)
      TOML file of definitions.
  packs (string or array)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.

PORTS
  One input port, `in`.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.perfetto -p 'packs="syscalls",path="out.pftrace"'
"""

    OWNER = "sink.lttngx.perfetto"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.spans.analysis import span_source
        values = read(PARAMETERS, params, self.OWNER)
        if values["path"] is None:
            raise ParameterError(f"{self.OWNER}: parameter is missing: name=path, expected=a string")
        self._spans: list[Any] = []
        self._counters = values["counters"]
        self._finder = span_source(definitions(values), self._spans.append)
        self._open(values["path"])

    def _write_all(self) -> None:
        from lttngx.export import perfetto
        from lttngx.export.counts import open_counts
        seed = self._finder.trace.uuid or ""
        self._output.writelines(perfetto.spans_trace(self._spans, seed))
        for kind in self._finder.kinds if self._counters else ():
            points = open_counts(span for span in self._spans if span.kind is kind)
            self._output.writelines(perfetto.counter_trace(f"open {kind.path}", points, "spans", seed))
