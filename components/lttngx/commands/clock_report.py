"""python3 -m lttngx.clocks report: what is known of the clocks of some traces."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from lttngx.commands.clocks import add_trace_arguments, survey
from lttngx.errors import ParameterError
from lttngx.render import clocks, clocks_plot


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    about = "print how the clocks of traces differ, with bounds"
    parser = commands.add_parser("report", help=about, description=about)
    parser.set_defaults(run=_report)
    add_trace_arguments(parser)
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text", help="default: text")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="write a plot of messages, hulls and bounds (SVG)")
    parser.add_argument("--utc", action="store_true", help="times in UTC instead of local time")


def _report(options: argparse.Namespace) -> Iterator[str]:
    alignment = survey(options).result()
    yield clocks.render(alignment, options.format, options.utc).rstrip("\n")
    if options.plot is not None:
        try:
            options.plot.write_text(clocks_plot.plot(alignment), encoding="utf-8")
        except OSError as error:
            raise ParameterError(f'cannot write plot: path="{options.plot}", reason={error.strerror}') from None
