"""lttngx filter: events chosen by name, log level and expression, written as a CTF trace or as text."""

import argparse
import signal
from typing import Any

from lttngx.bt.manual import manual_of
from lttngx.commands.options import add_options, params_of
from lttngx.bt.pipelines import Component
from lttngx.commands.running import add_trace_arguments, run, trimmer
from lttngx.filters.events import PARAMETERS, EventsFilter

ABOUT = "Keep or drop events; write a trace of the rest, or print it."


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
    own = commands.add_parser("filter", help=ABOUT, description=ABOUT)
    own.add_argument("-o", "--output", metavar="DIR", help="new directory to write the trace to (default: print events as text)")
    add_trace_arguments(own)
    add_options(own, PARAMETERS, manual_of(EventsFilter))
    own.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    wanted = Component("events", "filter.lttngx.events", params_of(PARAMETERS, options))
    return run(options, [*trimmer(options), wanted, _sink(options)])


def _sink(options: argparse.Namespace) -> Component:
    if options.output is None:
        # Babeltrace's text sink fails on a closed pipe (`| head`): let the signal end the process, as it ends other tools.
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        return Component("pretty", "sink.text.pretty", {"clock-gmt": options.utc, "color": "auto"})
    return Component("ctf", "sink.ctf.fs", {"path": options.output, "quiet": True})
