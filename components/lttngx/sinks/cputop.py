"""sink.lttngx.cputop: the adaptor. What is counted, and how, is in `lttngx.analyses.cputop`."""

from collections.abc import Iterable
from typing import Any

import bt2

from lttngx.bt import helps
from lttngx.bt.component import one_line_errors
from lttngx.bt.inventory import inventory
from lttngx.bt.parameters import LISTED, Parameter, integer, integers, listed, read, string
from lttngx.bt.reports import OUTPUT_PARAMETERS, WINDOW_PARAMETERS, LamiMetadata, ReportSink, window_bounds
from lttngx.bt.spans import DEFINITION_PARAMETERS, per_span

OWNER = "sink.lttngx.cputop"
PARAMETERS = (
    *OUTPUT_PARAMETERS,
    *WINDOW_PARAMETERS,
    *DEFINITION_PARAMETERS,
    Parameter("limit", "an integer of at least 0", integer(0), 10),
    Parameter("cpu", "an integer or an array of integers", integers, ()),
    Parameter("tid", "an integer or an array of integers", integers, ()),
    Parameter("procname", LISTED, listed, ()),
    Parameter("container", LISTED, listed, ()),
    Parameter("containers", "a string", string),
)


def engine(values: dict[str, Any], first: bool = True) -> Any:
    """Return the engine which parameters ask for. first: nothing comes before what it will be fed. Raises ParameterError."""
    from lttngx.analyses.cputop import CpuTop, Options
    from lttngx.analyses.cputop_rows import Filters
    begin, end = window_bounds(values)
    filters = Filters(frozenset(values["cpu"]), frozenset(values["tid"]), frozenset(values["procname"]),
                      frozenset(values["container"]), values["limit"])
    return per_span(CpuTop(Options(begin, end, values["refresh"], filters, inventory(values["containers"])), first), values)


def render(results: Iterable[Any], values: dict[str, Any]) -> str:
    """Return results in the format which parameters ask for."""
    from lttngx.render import cputop
    if values["format"] == "text":
        return cputop.render_text(results, values["utc"])
    return cputop.render(results, values["format"])


@bt2.plugin_component_class
class CputopSink(LamiMetadata, ReportSink, bt2._UserSinkComponent, name="cputop"):
    __doc__ = f"""Show CPU usage per thread, CPU, process and container of a kernel trace.

Needs the event sched_switch; better with sched_migrate_task, sched_process_fork,
sched_process_exec, sched_process_exit, sched_pi_setprio and the statedump
(lttng_statedump_*), which name threads, processes and containers. Reads traces of
LTTng-modules 2.0 and later and of `perf data convert --to-ctf`.

On each CPU, time is a thread's, idle, or unknown: before anything is known, and from a loss
of events until the next sched_switch. A thread that runs when the window begins or ends is
counted up to its border.

PARAMETERS
  format (`text`, `json`, `csv` or `lami`; default: text)
      json: one document a line, schema lttngx.cputop/1; usage 1 = one CPU; times in ns.
      lami: LAMI 1.0, which Trace Compass reads, one document.
  path (string; default: standard output)
      File to write.
  utc (boolean; default: no)
      Whether times are written and read in UTC instead of local time.
  begin, end (integer ns since the clock's origin, or a time as babeltrace2 --begin takes it)
  begin (default: first event)
      Begin of the window.
  end (default: last event)
      End of the window, itself not part of it.
{helps.REFRESH}
{helps.SPANS}
  limit (integer; default: 10)
      Threads and processes to show, those with the most CPU time first; 0 = all.
  cpu (integer or array; default: all)
      Show these CPUs, and the time on them.
  tid (integer or array; default: all)
      Show these threads.
  procname (string or array; default: all; example: dd,sh)
      Show threads of these names.
  container (string or array; default: all)
      Show containers by name, type or pid namespace, and their threads.
  containers (string; default: names and types inferred from the trace)
      Path of a file which `python3 -m lttngx.inventory` wrote on the traced machine: names
      and types of containers.

{helps.PORTS_AND_QUERIES}

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.cputop -p 'limit=5,refresh="1s"'
"""

    OWNER = OWNER
    TITLE = "CPU usage"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._values = read(PARAMETERS, params, self.OWNER)
        self._engine, self._format = engine(self._values), self._values["format"]
        self._open(self._values["path"])

    def _render(self, results: Iterable[Any]) -> Iterable[str]:
        return [render(results, self._values)]

    @classmethod
    def _nothing(cls, params: Any) -> Any:
        from lttngx.analyses.cputop_result import NOTHING
        from lttngx.render import cputop
        read(PARAMETERS, params, cls.OWNER)
        return cputop.report(NOTHING)
