"""python3 -m lttngx.clocks choose: shows the clocks of traces, asks for the reference, writes filter.lttngx.clocks' parameters.

Questions and tables go to standard error, the parameters to standard output, quoted for a shell: to paste, or to keep in a file.
"""

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Sequence

from lttngx.clocks.alignment import Alignment
from lttngx.clocks.choice import rank
from lttngx.clocks.hosts import Host
from lttngx.clocks.synchronizer import MAX_RATE_PPM
from lttngx.commands.clocks import add_trace_arguments, survey, tables
from lttngx.errors import TraceError
from lttngx.render import clocks


def add(commands: argparse._SubParsersAction) -> None:
    """Add the command."""
    about = "show the clocks of traces, ask for the reference, print the parameters of filter.lttngx.clocks"
    parser = commands.add_parser("choose", help=about, description=about)
    parser.set_defaults(run=_choose)
    add_trace_arguments(parser)
    parser.add_argument("--yes", action="store_true", help="take the proposal; so it is, too, if standard input is no terminal")
    parser.add_argument("--utc", action="store_true", help="times in UTC instead of local time")


def _choose(options: argparse.Namespace) -> Iterator[str]:
    alignment = survey(options).result()
    if alignment.reference is None:
        raise TraceError(f"no clock was seen: path={', '.join(options.traces)}, expected streams with events and a default clock class")
    hosts, names = candidates(alignment), alignment.names
    _say(clocks.render(alignment, "text", options.utc))
    _say("Clocks which can be the reference, the proposal first:")
    for number, host in enumerate(hosts, 1):
        _say(f"  {number}  {names[host.key]}  ({describe(host)})")
    chosen = hosts[:1] if options.yes or not sys.stdin.isatty() else ask(hosts)
    yield f"-p {shlex.quote(parameters([names[host.key] for host in chosen], options))}"


def candidates(alignment: Alignment) -> list[Host]:
    """Return the hosts, the alignment's reference first, then in the order of the automatic choice."""
    def matches(host: Host) -> int:
        return sum(pair.matches for pair in alignment.pairs if host in (pair.own, pair.other))
    found = sorted((figures.host for figures in alignment.hosts), key=lambda host: rank(host, matches(host)))
    return sorted(found, key=lambda host: host.key != alignment.reference.key)


def describe(host: Host) -> str:
    """Return what decides the automatic choice."""
    origin = "known origin" if host.known_origin else "unknown origin"
    accuracy = "" if host.accuracy_ns is None else f", accuracy {host.accuracy_ns} ns"
    return f'clock class "{host.clock}", UUID {host.uuid or "none"}, {origin}, precision {host.precision_ns} ns{accuracy}'


def ask(hosts: Sequence[Host]) -> list[Host]:
    """Ask until the answer makes sense: one number, several in order of priority, or nothing for the proposal."""
    while True:
        sys.stderr.write("Reference (a number; several in order of priority) [1]: ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            raise EOFError
        words = line.replace(",", " ").split() or ["1"]
        if all(word.isdecimal() and 1 <= int(word) <= len(hosts) for word in words) and len(set(words)) == len(words):
            return [hosts[int(word) - 1] for word in words]
        _say(f"expected different numbers from 1 to {len(hosts)}, got {line.strip()!r}")


def parameters(names: Sequence[str], options: argparse.Namespace) -> str:
    """Return the parameters as `babeltrace2 -p` takes them. names: of the reference, or several in order of priority."""
    found = [f"reference={quoted(names[0])}" if len(names) == 1 else f"priority=[{','.join(map(quoted, names))}]"]
    if options.pairs:
        found += ['method="pairs"', f"pairs=[{','.join(map(value, tables(options)))}]"]
    if options.max_rate_ppm != MAX_RATE_PPM:
        found.append(f"max-rate-ppm={options.max_rate_ppm}")
    return ",".join(found)


def value(item: object) -> str:
    """Return a string, array or map as babeltrace2's parameter format has it."""
    if isinstance(item, dict):
        return "{" + ",".join(f"{key}={value(member)}" for key, member in item.items()) + "}"
    if isinstance(item, list):
        return "[" + ",".join(map(value, item)) + "]"
    return quoted(str(item))


def quoted(text: str) -> str:
    """Return a string with the escapes of babeltrace2's parameter format."""
    return json.dumps(text, ensure_ascii=False)


def _say(text: str) -> None:
    print(text.rstrip("\n"), file=sys.stderr)
