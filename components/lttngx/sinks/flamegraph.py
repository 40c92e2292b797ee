"""sink.lttngx.flamegraph: the adaptor. The formats are in `lttngx.export.stacks`."""

from typing import Any

import bt2

from lttngx import __version__
from lttngx.bt.component import one_line_errors
from lttngx.bt.exports import ExportSink
from lttngx.bt.parameters import Parameter, one_of, read, string
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions

PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("format", "`folded` or `speedscope`", one_of("folded", "speedscope"), "folded"),
    Parameter("path", "a string", string),
)


@bt2.plugin_component_class
class FlamegraphSink(ExportSink, bt2._UserSinkComponent, name="flamegraph"):
    """Write spans as folded stacks or for speedscope.

A stack is a span's name behind the names of the spans around it. Folded stacks have a line per
stack with its self time in ns: the time in which none of the spans inside was open.

PARAMETERS
  format (`folded` or `speedscope`; default: folded)
      folded: for flamegraph.pl, inferno and speedscope. speedscope: its JSON format with the
      order of time, a profile per thread, CPU or other key.
  path (string; default: standard output)
      File to write.
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
  babeltrace2 TRACE -c sink.lttngx.flamegraph -p 'packs="syscalls"' | flamegraph.pl
"""

    OWNER = "sink.lttngx.flamegraph"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.export.nesting import Nesting
        from lttngx.export.stacks import FoldedStacks
        from lttngx.spans.analysis import span_source
        values = read(PARAMETERS, params, self.OWNER)
        self._stacks, self._spans = FoldedStacks(), []
        self._folded = values["format"] == "folded"
        self._finder = span_source(definitions(values), Nesting(self._stacks.take if self._folded else self._spans.append))
        self._open(values["path"])

    def _write_all(self) -> None:
        if self._folded:
            self._output.writelines(line.encode("utf-8", "replace") + b"\n" for line in self._stacks.lines())
        else:
            from lttngx.export.stacks import speedscope
            name = self._finder.trace.name or "trace"
            document = speedscope(self._spans, name, f"lttngx {__version__}")
            self._output.write(document.encode("utf-8", "replace") + b"\n")
