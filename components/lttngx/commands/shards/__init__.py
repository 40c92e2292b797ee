"""python3 -m lttngx.shards: map-reduce over chunks, traces and packet ranges; chunks packed and shipped."""

import argparse

from lttngx.commands.frame import EXIT, exit_status
from lttngx.commands.shards import pack, run, ship

SUBCOMMANDS = (run, pack, ship)


def main(arguments: list[str] | None = None, prog: str = "python3 -m lttngx.shards") -> int:
    """Run the command; return its exit status. prog: how it is called."""
    parser = argparse.ArgumentParser(prog=prog, epilog=EXIT,
                                     description="Map-reduce over chunks, traces and packet ranges; chunks packed and shipped.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(commands)
    options = parser.parse_args(arguments)
    return exit_status(lambda: options.run(options))
