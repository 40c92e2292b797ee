"""lttngx: analyses traces from the command line, with the same graphs that babeltrace2 runs."""

import argparse
import sys

from lttngx import __version__
from lttngx.bt.collector import leave_at_once
from lttngx.bt.pipelines import Component
from lttngx.commands import completion, listing, reporting, selecting, top
from lttngx.commands.catalogue import DELEGATES, SINKS, SinkCommand
from lttngx.commands.frame import EXIT, exit_status
from lttngx.commands.options import add_options, params_of
from lttngx.commands.running import add_trace_arguments, run, trimmer


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    if arguments is None:
        leave_at_once()
    words = sys.argv[1:] if arguments is None else list(arguments)
    delegate = next((one for one in DELEGATES if words[:1] == [one.name]), None)
    if delegate is not None:
        return delegate.main(words[1:], f"lttngx {delegate.name}")
    return exit_status(lambda: _run(words))


def _run(words: list[str]) -> int:
    top_level = parser(words[0] if words else None)
    options, unknown = top_level.parse_known_args(words)
    if unknown:
        # The command's own usage is told, not that of all.
        completion.commands_of(top_level)[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return options.run(options)


def parser(wanted: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of all commands. wanted: the command whose options are needed, None for those of all."""
    top_level = argparse.ArgumentParser(prog="lttngx", description="Analyses LTTng and other CTF traces.", epilog=EXIT)
    top_level.add_argument("--version", action="version", version=f"lttngx {__version__}")
    commands = top_level.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for sink in SINKS:
        _add_sink(commands, sink, wanted in (None, sink.name))
    for module in (selecting, reporting, top, listing):
        module.add_command(commands)
    completion.add_command(commands, parser)
    for delegate in DELEGATES:
        commands.add_parser(delegate.name, help=delegate.about, add_help=False)
    return top_level


def _add_sink(commands, sink: SinkCommand, with_options: bool) -> None:
    manual = sink.manual
    own = commands.add_parser(sink.name, help=manual.summary, formatter_class=argparse.RawDescriptionHelpFormatter,
                              description="\n".join((manual.summary, *manual.description)))
    if with_options:
        table = sink.adaptor.PARAMETERS
        add_trace_arguments(own, taken={one.name for one in table})
        if sink.source is not None:
            own.add_argument("--follow", action="store_true", help="go on with a running session")
        add_options(own, table, manual)
        own.set_defaults(run=lambda options: _run_sink(sink, options))


def _run_sink(sink: SinkCommand, options: argparse.Namespace) -> int:
    table = sink.adaptor.PARAMETERS
    own_window = any(one.name == "begin" for one in table)
    chain = [] if own_window else trimmer(options)
    return run(options, [*chain, Component(sink.name, sink.kind, params_of(table, options))], sink.source)

