"""lttngx list: what traces hold, from metadata and packet headers alone."""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lttngx.core.choice import load
from lttngx.ctf.reader import OpenedTrace, Options, open_source
from lttngx.errors import LttngxError
from lttngx.render import csv, text
from lttngx.render.tables import Column, Report, Table, Unit

ABOUT = "List traces, channels, losses and event classes without reading events."
SCHEMA = "lttngx.list/1"
FORMATS = ("text", "json", "csv")

_TRACES = (Column("trace", "Trace"), Column("host", "Host"), Column("domain", "Domain"), Column("tracer", "Tracer"),
           Column("format", "Format"), Column("clock", "Clock"), Column("begin", "Begin", Unit.TIME), Column("end", "End", Unit.TIME),
           Column("event_classes", "Event classes", Unit.COUNT))
_CHANNELS = (Column("trace", "Trace"), Column("channel", "Channel"), Column("streams", "Streams", Unit.COUNT),
             Column("packets", "Packets", Unit.COUNT), Column("bytes", "Bytes", Unit.COUNT),
             Column("discarded", "Discarded events", Unit.COUNT), Column("begin", "Begin", Unit.TIME), Column("end", "End", Unit.TIME))
_EVENTS = (Column("trace", "Trace"), Column("name", "Event class"), Column("log_level", "Log level", Unit.ID))


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
    own = commands.add_parser("list", help=ABOUT, description=ABOUT)
    own.add_argument("traces", nargs="+", metavar="TRACE", help="directory which is or holds CTF traces")
    own.add_argument("--events", action="store_true", help="list the event classes, too")
    own.add_argument("--format", choices=FORMATS, default="text")
    own.add_argument("--utc", action=argparse.BooleanOptionalAction, default=False, help="whether times are in UTC")
    own.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    report = listing(options.traces, options.events)
    if options.format == "json":
        tables = {table.name: [dict(zip((column.name for column in table.columns), row)) for row in table.rows]
                  for table in report.tables}
        sys.stdout.write(json.dumps({"schema": SCHEMA, "tables": tables}, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(csv.render_report(report) if options.format == "csv" else text.render_report(report, options.utc))
    return 0


def time_range(paths: Iterable[str]) -> tuple[int, int]:
    """Return the begin of the first packet and the end of the last one of some traces, ns from origin; (0, 0) if none tells.

    Raises TraceError."""
    report = listing(paths)
    return report.begin_ns, report.end_ns


def listing(paths: Iterable[str], events: bool = False) -> Report:
    """Return the report on the traces under some paths. events: with the table of event classes. Raises TraceError."""
    load("decode_source")
    from lttngx.sources.ctf.requests import make_scan

    traces = open_source(Options(tuple(paths)), make_scan).traces
    if not traces:
        raise LttngxError("Cannot list traces: expected at least one CTF trace, got none")
    named = [(_name(trace), trace) for trace in traces]
    tables = [Table("traces", "Traces", _TRACES, tuple(_trace_row(name, trace) for name, trace in named)),
              Table("channels", "Channels", _CHANNELS, tuple(row for name, trace in named for row in _channels(name, trace)))]
    if events:
        rows = tuple((name, one.name, one.log_level) for name, trace in named
                     for stream in trace.blueprint.stream_classes for one in stream.event_classes)
        tables.append(Table("event_classes", "Event classes", _EVENTS, rows))
    begins, ends = ([row[index] for row in tables[0].rows if row[index] is not None] for index in (6, 7))
    return Report(min(begins, default=0), max(ends, default=0), tuple(tables))


def _name(trace: OpenedTrace) -> str:
    return trace.name or str(trace.files.directories[0])


def _trace_row(name: str, trace: OpenedTrace) -> tuple:
    environment = trace.trace_class.environment
    version = ".".join(str(environment[part]) for part in ("tracer_major", "tracer_minor", "tracer_patchlevel")
                       if part in environment)
    tracer = " ".join(part for part in (str(environment.get("tracer_name", "")), version) if part)
    begin, end = _bounds(trace, [blueprint for _, blueprint, _ in trace.ports])
    classes = sum(len(stream.event_classes) for stream in trace.blueprint.stream_classes)
    clocks = ", ".join(clock.name or "(unnamed)" for clock in trace.blueprint.clocks)
    return (name, environment.get("hostname"), environment.get("domain"), tracer, _version(trace), clocks, begin, end, classes)


def _version(trace: OpenedTrace) -> str:
    from lttngx.ctf.detect import is_ctf2

    return "CTF 2" if is_ctf2(str(trace.files.directories[0])) else "CTF 1.8"


def _channels(name: str, trace: OpenedTrace) -> Iterable[tuple]:
    """Yield a row per channel: the stream files of one name but for the CPU's number at its end."""
    found = defaultdict(list)
    for _, blueprint, _ in trace.ports:
        found[Path(blueprint.name or "stream").name.rpartition("_")[0] or "stream"].append(blueprint)
    for channel, streams in sorted(found.items()):
        packets = [packet for stream in streams for packet in stream.packets]
        lost = [_lost(stream) for stream in streams]
        yield (name, channel, len(streams), len(packets), sum(packet.total for packet in packets) // 8,
               None if None in lost else sum(lost), *_bounds(trace, streams))


def _lost(stream: Any) -> int | None:
    """Return how many events a stream's tracer discarded, None where packets do not tell."""
    counts = [packet.discarded for packet in stream.packets]
    return None if not counts or None in counts else counts[-1]


def _bounds(trace: OpenedTrace, streams: list[Any]) -> tuple[int | None, int | None]:
    """Return [begin, end] of some streams' packets in ns from the clock's origin."""
    begins, ends = [], []
    for stream in streams:
        clock = trace.clock(stream.class_id)
        if clock is not None:
            begins += [clock.ns(packet.begin) for packet in stream.packets if packet.begin is not None]
            ends += [clock.ns(packet.end) for packet in stream.packets if packet.end]
    return min(begins, default=None), max(ends, default=None)
