"""python3 -m lttngx.state: asks state histories, exports them, checks and explains declarative models."""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

from lttngx.commands.frame import EXIT, exit_status, print_lines
from lttngx.errors import ParameterError
from lttngx.render.times import format_time, parse_time
from lttngx.state.engines import open_model
from lttngx.state.explain import check_lines, explain_lines
from lttngx.state.export import export
from lttngx.state.model import ModelState
from lttngx.state.query import History
from lttngx.state.tree import ABSENT, Value


def main(arguments: list[str] | None = None, prog: str = "python3 -m lttngx.state") -> int:
    """Run the command; return its exit status. prog: how it is called."""
    options = _parser(prog).parse_args(arguments)
    return exit_status(lambda: print_lines(options.run(options)))


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, epilog=EXIT,
                                     description="Asks state histories, exports them, checks and explains declarative models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    at = _command(commands, "at", _at, "print the state at a time", history=True)
    at.add_argument("time", help="integer ns from the clock's origin, or as babeltrace2 --begin takes it")
    span = _command(commands, "range", _range, "print the intervals of a time range", history=True)
    span.add_argument("begin", help="begin of the range; - for the history's")
    span.add_argument("end", help="end of the range, exclusive; - for the history's")
    for command in (at, span):
        command.add_argument("glob", nargs="?", help="attributes, e.g. 'CPUs/*/status'; * also spans slashes")
        command.add_argument("--all", action="store_true", help="show attributes which are known to have no value, too")
        command.add_argument("--json", action="store_true", help="print JSON lines")
        command.add_argument("--utc", action="store_true", help="times in UTC instead of local time")
    _command(commands, "export", _export, "write all intervals as a table", history=True).add_argument(
        "output", type=Path, help="a new file, NAME.sqlite or NAME.parquet")
    _command(commands, "check", _check, "check a declarative model").add_argument("model")
    explain = _command(commands, "explain", _explain, "tell which rules of a model match a trace, how often")
    explain.add_argument("model")
    explain.add_argument("trace")
    return parser


def _command(commands, name: str, run, about: str, history: bool = False) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=about, description=about)
    parser.set_defaults(run=run)
    if history:
        parser.add_argument("file", help="what sink.lttngx.states wrote")
    return parser


def _open(path: str) -> History:
    try:
        return History(open(path, "rb"))
    except OSError as error:
        raise ParameterError(f'cannot read state history: path="{path}", reason={error.strerror}') from None


def _time(text: str, history: History, name: str, utc: bool) -> int:
    found = parse_time(int(text) if text.lstrip("-").isdigit() and len(text.lstrip("-")) >= 13 else text, name, utc)
    return found if isinstance(found, int) else found(history.begin_ns or 0)


def shown(value: Value) -> str:
    """Return a value as one line of text: strings as they are, what would break the line escaped."""
    if isinstance(value, str):
        return value if value.isprintable() else json.dumps(value)
    return value.value if value is ABSENT else str(value)


def _at(options: argparse.Namespace) -> Iterator[str]:
    history = _open(options.file)
    time_ns = _time(options.time, history, "TIME", options.utc)
    for path, fact in history.at(time_ns, options.glob).items():
        if fact.value is not ABSENT or options.all:
            if options.json:
                value = None if fact.value is ABSENT else fact.value
                yield json.dumps({"path": path, "value": value, "since_ns": fact.since_ns, "certain": fact.certain})
            else:
                yield f"{path} = {shown(fact.value)}  since {format_time(fact.since_ns, options.utc)}{_doubt(fact.certain)}"


def _doubt(certain: bool) -> str:
    return "" if certain else "  uncertain"


def _range(options: argparse.Namespace) -> Iterator[str]:
    history = _open(options.file)
    begin, end = (None if text == "-" else _time(text, history, name, options.utc)
                  for text, name in ((options.begin, "BEGIN"), (options.end, "END")))
    for one in history.range(begin, end, options.glob):
        if one.value is ABSENT and not options.all:
            continue
        if options.json:
            yield json.dumps(one._asdict() | {"value": None if one.value is ABSENT else one.value})
        else:
            yield (f"{format_time(one.begin_ns, options.utc)}  {(one.end_ns - one.begin_ns) / 1e6:12.6f} ms  "
                   f"{one.path} = {shown(one.value)}{_doubt(one.uncertain_ns is None)}")


def _export(options: argparse.Namespace) -> Iterator[str]:
    yield f"{options.output}: {export(_open(options.file), options.output)} intervals"


def _check(options: argparse.Namespace) -> Iterator[str]:
    yield from check_lines(open_model(options.model))


def _explain(options: argparse.Namespace) -> Iterator[str]:
    # Only this needs Babeltrace: histories are read where it is not installed.
    from lttngx.bt.reading import read

    engine = ModelState(open_model(options.model))
    extractor = read(engine, options.trace)
    engine.finish(extractor.last_ns)
    yield from explain_lines(engine, extractor.events)
