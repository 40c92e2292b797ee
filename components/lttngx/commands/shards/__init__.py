"""python3 -m lttngx.shards: map-reduce over chunks, traces and packet ranges; chunks packed and shipped."""

import argparse
import sys

from lttngx.commands.shards import pack, run, ship
from lttngx.errors import LttngxError

SUBCOMMANDS = (run, pack, ship)
EXIT = "Exit status: 0 done, 1 an error (one line on standard error), 2 wrong usage, 130 interrupted."


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python3 -m lttngx.shards", description=__doc__.partition(": ")[2], epilog=EXIT)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for subcommand in SUBCOMMANDS:
        subcommand.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except LttngxError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has seen enough; nothing may be flushed to it at exit.
        sys.stdout = None
    return 0
