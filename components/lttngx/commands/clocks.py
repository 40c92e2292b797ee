"""python3 -m lttngx.clocks: the frame of its commands, and how they read traces."""

import argparse
import tomllib
from collections.abc import Iterator, Sequence
from typing import Protocol

from lttngx.clocks.pairs import BUILT_IN, Pair, user_pairs
from lttngx.clocks.synchronizer import MAX_RATE_PPM, Synchronizer
from lttngx.commands.frame import EXIT, exit_status, print_lines
from lttngx.errors import ParameterError


class Command(Protocol):
    """A module with one command."""

    def add(self, commands: argparse._SubParsersAction) -> None:
        """Add a parser whose default `run` is a function from the options to the lines to print."""


def main(commands: Sequence[Command], arguments: list[str] | None = None, prog: str = "python3 -m lttngx.clocks") -> int:
    """Run a command; return its exit status. prog: how it is called."""
    parser = argparse.ArgumentParser(
        prog=prog, description="Clocks of several hosts' traces: what they are, how they differ.", epilog=EXIT)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in commands:
        command.add(subparsers)
    options = parser.parse_args(arguments)
    return exit_status(lambda: print_lines(options.run(options)))


def add_trace_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every command which reads traces takes."""
    parser.add_argument("traces", nargs="+", metavar="TRACE", help="directory of CTF traces, or one above them")
    parser.add_argument("--pair", action="append", default=[], metavar="TABLE", dest="pairs",
                        help="events which are messages, as in '{send=\"app:send\",receive=\"app:got\",key=\"id\"}' (default: TCP)")
    parser.add_argument("--max-rate-ppm", type=int, default=MAX_RATE_PPM, metavar="N",
                        help=f"how far apart the rates of two clocks may be (default: {MAX_RATE_PPM})")
    parser.add_argument("--reference", metavar="NAME", help="clock class name, UUID, trace name or hostname of the reference clock")
    parser.add_argument("--priority", action="append", default=[], metavar="PATTERN",
                        help="name of the reference clock, * is any text; again: if there is none of the first")


def survey(options: argparse.Namespace) -> Synchronizer:
    """Read all traces; return what was seen. Raises LttngxError."""
    # Only here: help needs no Babeltrace.
    from lttngx.bt.streams import feed_streams, trace_directories
    from lttngx.clocks.streams import host_of

    synchronizer = synchronizer_of(options)
    for folder in trace_directories(options.traces):
        feed_streams(folder, lambda stream: synchronizer.consumer(host_of(stream)))
    return synchronizer


def synchronizer_of(options: argparse.Namespace) -> Synchronizer:
    """Return a synchronizer as the options want it. Raises ParameterError."""
    if not 0 < options.max_rate_ppm <= 100_000:
        raise ParameterError(f"--max-rate-ppm: expected an integer from 1 to 100000, got={options.max_rate_ppm}")
    pairs = tuple(pairs_of(options)) or BUILT_IN
    return Synchronizer(pairs, options.max_rate_ppm, reference=options.reference, priority=options.priority)


def pairs_of(options: argparse.Namespace) -> Iterator[Pair]:
    """Yield the pairs given as inline tables of TOML. Raises ParameterError."""
    for at, table in enumerate(tables(options), 1):
        yield from user_pairs([{"name": f"pair {at}"} | table])


def tables(options: argparse.Namespace) -> Iterator[dict]:
    """Yield the tables of --pair."""
    for text in options.pairs:
        try:
            table = tomllib.loads(f"pair = {text}")["pair"]
        except tomllib.TOMLDecodeError as error:
            raise ParameterError(f"--pair: expected an inline table of TOML, got={text}, reason={error}") from None
        if not isinstance(table, dict):
            raise ParameterError(f"--pair: expected an inline table of TOML, got={text}")
        yield table
