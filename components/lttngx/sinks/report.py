"""sink.lttngx.report: the adaptor. What the page holds and how it is drawn is in `lttngx.report`."""

from collections.abc import Iterable
from typing import Any

import bt2

from lttngx import __version__
from lttngx.bt.component import one_line_errors
from lttngx.bt.inventory import inventory
from lttngx.bt.parameters import Parameter, boolean, read, string
from lttngx.bt.reports import ReportSink, duration
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions
from lttngx.errors import ParameterError

PARAMETERS = (
    Parameter("path", "a string", string),
    Parameter("title", "a string", string, "Trace report"),
    Parameter("utc", "a boolean", boolean, False),
    Parameter("step", "a duration such as 10ms", duration, 10_000_000),
    Parameter("containers", "a string", string),
    *DEFINITION_PARAMETERS,
)


@bt2.plugin_component_class
class ReportPageSink(ReportSink, bt2._UserSinkComponent, name="report"):
    """Write one HTML page about a trace: CPU usage over time, latencies, system calls, losses.

The page holds all it needs: it opens in any browser, without a network. Charts zoom and move
together, tables sort and search, stretches in which the tracer lost events are marked. Wake-up
latency, system calls, … have statistics, and distributions which are chosen by name. What a trace
has no events for is left out. Each machine whose kernel was traced has its own sections.

PARAMETERS
  path (string; needed)
      File to write, usually NAME.html.
  title (string; default: Trace report)
      Heading of the page.
  utc (boolean; default: no)
      Whether times are shown in UTC instead of the reader's local time.
  step (duration such as 10ms; default: 10ms)
      Finest step of usage over time; of a long trace, steps are joined until there are at most
      1,200.
  containers (string; default: names and types inferred from the trace)
      Path of a file which `python3 -m lttngx.inventory` wrote on the traced machine.
  spans (array of strings and maps)
      Spans to show: see sink.lttngx.spans, as for the next three.
  captures (string or array)
      Values to keep of the spans.
  file (string)
      TOML file of definitions.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.

PORTS
  One input port, `in`.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.report -p 'path="report.html",packs="syscalls"'
"""

    OWNER = "sink.lttngx.report"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.report.gathering import Gathering, Options
        values = read(PARAMETERS, params, self.OWNER)
        if values["path"] is None:
            raise ParameterError(f"{self.OWNER}: parameter is missing: name=path, expected=a string")
        found = definitions(values)
        self._engine = Gathering(Options(values["step"], found, inventory(values["containers"])))
        self._title, self._utc = values["title"], values["utc"]
        self._open(values["path"])

    def _render(self, results: Iterable[Any]) -> Iterable[str]:
        from lttngx.report import document, page
        return (page.render(document.document(result, self._title, self._utc), f"lttngx {__version__}") for result in results)
