"""lttngx report: one HTML page about a trace."""

import argparse
from pathlib import Path
from typing import Any

from lttngx.bt.inputs import is_live
from lttngx.bt.manual import manual_of
from lttngx.bt.pipelines import Component
from lttngx.commands.listing import time_range
from lttngx.commands.options import add_options, params_of
from lttngx.commands.running import add_trace_arguments, run, trimmer
from lttngx.errors import LttngxError
from lttngx.sinks.report import PARAMETERS, ReportPageSink

# Steps of usage over time in a page, and the shortest one.
STEPS, SHORTEST_NS = 600, 100_000


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
    manual = manual_of(ReportPageSink)
    own = commands.add_parser("report", help=manual.summary, description="\n".join((manual.summary, *manual.description)),
                              formatter_class=argparse.RawDescriptionHelpFormatter)
    add_trace_arguments(own, taken={one.name for one in PARAMETERS})
    own.add_argument("-o", "--output", metavar="FILE", required=True, help="file to write, usually NAME.html")
    add_options(own, PARAMETERS, manual, skip=["path"])
    own.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    params = {"path": options.output, "title": ", ".join(Path(trace).name or trace for trace in options.traces)}
    params |= _step(options.traces) | params_of(PARAMETERS, options)
    return run(options, [*trimmer(options), Component("report", "sink.lttngx.report", params)])


def _step(traces: list[str]) -> dict[str, str]:
    """Return the parameter `step` which fits the length of traces, as far as packets tell it."""
    try:
        begin_ns, end_ns = time_range([trace for trace in traces if not is_live(trace)])
    except LttngxError:
        # The graph will tell what is wrong with a trace.
        return {}
    return {"step": f"{max((end_ns - begin_ns) // STEPS, SHORTEST_NS)}ns"} if end_ns > begin_ns else {}
