"""source.lttngx.ctf: the component class's parameters, queries and help; decoding is compiled (lttngx.core.native.decode_*)."""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from lttngx.core.native.decode_source import create_source_class, host_version
from lttngx.core.native.decode_stream import make_class_reader, scan_file
from lttngx.ctf.detect import holds_ctf2, is_trace_directory
from lttngx.ctf.metadata import read_metadata
from lttngx.ctf.packets import is_packetized, unpack
from lttngx.ctf.reader import OpenedSource, OpenedTrace, Options, open_source
from lttngx.ctf.subset import Subset
from lttngx.ctf.time_text import parse_time
from lttngx.errors import LttngxError, ParameterError

DESCRIPTION = "Read CTF 1.8 and CTF 2 traces from the file system, several times faster than source.ctf.fs."

HELP = """Reads CTF 1.8 and CTF 2 traces (TSDL or JSON metadata, plain or packetized).

Parameters:

  inputs=LIST of strings (required)
    Paths of trace directories, or of directories above them. Directories of one
    trace (rotated chunks) are read as one trace.
  trace-name=STRING
    Trace name; the environment's host name is put before it.
  clock-class-offset-s=INTEGER, clock-class-offset-ns=INTEGER (default 0)
    Seconds and nanoseconds to add to the offset of every clock class.
  force-clock-class-origin-unix-epoch=BOOL (default no)
    Make the Unix epoch the origin of every clock class.
  events=LIST of strings (default: all)
    Name patterns (`*` matches anything) of the events to read. Others are
    skipped undecoded and have no event class.
  fields=LIST of strings (default: all)
    Patterns SCOPE.NAME of the fields to decode; SCOPE is packet-context,
    common-context, specific-context or payload: `payload.*`, `*.vtid`.
    Other fields are skipped and are not in the event classes.
  begin=TIME, end=TIME
    Packets which lie wholly outside [begin, end) are not read. An integer is
    nanoseconds from the clock's origin; a string is `SECONDS[.FRACTION]` or
    `YYYY-MM-DD[ HH:MM[:SS[.FRACTION]]]` in UTC. Events of packets which are
    partly inside are all read.

Ports: one output port per stream, `TRACE UUID | STREAM CLASS ID | STREAM ID`.

Iterators can seek to the beginning and to a time. In a stream whose time goes
back, the greatest time so far is used instead, and a warning tells how often.

Queries: babeltrace.support-info, babeltrace.trace-infos, metadata-info. On
Babeltrace 2.0 a path which holds CTF 2 is claimed, or any CTF path with
LTTNGX_CTF=always in the environment.

Example:

  babeltrace2 --component=source.lttngx.ctf --params='inputs=["my-trace"]' \\
              --params='events=["sched_switch"]'
"""

TYPES = {
    "inputs": (list, "a list of strings"),
    "trace-name": (str, "a string"),
    "clock-class-offset-s": (int, "an integer"),
    "clock-class-offset-ns": (int, "an integer"),
    "force-clock-class-origin-unix-epoch": (bool, "a boolean"),
    "events": (list, "a list of strings"),
    "fields": (list, "a list of strings"),
    "begin": ((int, str), "an integer or a string"),
    "end": ((int, str), "an integer or a string"),
}


def check_parameters(params: Mapping[str, object]) -> None:
    """Raise ParameterError for an unknown name, a wrong type or missing inputs."""
    for name, value in params.items():
        if name not in TYPES:
            raise ParameterError(f"Unknown parameter: name={name!r}, expected one of {', '.join(TYPES)}")
        kind, expected = TYPES[name]
        wrong = not isinstance(value, kind) or isinstance(value, bool) and kind is not bool
        if wrong or isinstance(value, list) and not all(isinstance(item, str) for item in value):
            raise ParameterError(f"Wrong type of parameter: name={name!r}, expected {expected}, got {value!r}")
    if not params.get("inputs"):
        raise ParameterError("Missing parameter: name='inputs', expected a list of at least one path")


def optional_tuple(params: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    """Return a list parameter as a tuple, None if it is absent."""
    return tuple(params[name]) if name in params else None


def optional_time(params: Mapping[str, object], name: str) -> int | None:
    """Return a time parameter in ns from origin, None if it is absent."""
    return parse_time(params[name], name) if name in params else None


def options_of(params: Mapping[str, object]) -> Options:
    """Return the options which parameters mean. Raises ParameterError."""
    check_parameters(params)
    shift = 1_000_000_000 * params.get("clock-class-offset-s", 0) + params.get("clock-class-offset-ns", 0)
    return Options(
        tuple(params["inputs"]), params.get("trace-name"), shift, params.get("force-clock-class-origin-unix-epoch", False),
        Subset(optional_tuple(params, "events"), optional_tuple(params, "fields")),
        optional_time(params, "begin"), optional_time(params, "end"), long_names=host_version() >= (2, 1))


def make_scan(trace: OpenedTrace):
    """Return the function which lists the packets of a data stream file of a trace."""
    readers = {one.id: make_class_reader(None, one, trace.classes[one.id]) for one in trace.blueprint.stream_classes}
    if not readers:
        return lambda path: [(0, "the metadata has no data stream class")]
    first = next(iter(readers.values()))
    return lambda path: scan_file(first, path, trace.uuid, trace.slot_count, readers)


def support_info(params: Mapping[str, object]) -> object:
    """Answer babeltrace.support-info: claim what source.ctf.fs of this host cannot read, quietly and cheaply."""
    path, kind = str(params.get("input", "")), params.get("type")
    always = os.environ.get("LTTNGX_CTF") == "always"
    try:
        if kind == "string" and (always or host_version() < (2, 1)) and holds_ctf2(path, any_version=always):
            return {"weight": 1.0, "group": path}
        if kind == "directory" and always and is_trace_directory(path):
            return {"weight": 1.0, "group": str(read_metadata(path).uuid or path)}
    except (OSError, ValueError):
        pass
    return {"weight": 0.0}


def stream_info(name: str, blueprint, clock) -> dict[str, object]:
    """Return one stream of babeltrace.trace-infos."""
    info: dict[str, object] = {"port-name": name}
    begins = [packet.begin for packet in blueprint.packets if packet.begin is not None]
    ends = [packet.end for packet in blueprint.packets if packet.end]
    if clock is not None and begins and ends:
        info["range-ns"] = {"begin": clock.ns(begins[0]), "end": clock.ns(max(ends))}
    return info


def trace_infos(params: Mapping[str, object]) -> list[object]:
    """Answer babeltrace.trace-infos."""
    source = open_source(options_of(params), make_scan)
    return [{"stream-infos": [stream_info(name, blueprint, trace.clock(blueprint.class_id))
                              for name, blueprint, _ in trace.ports]} for trace in source.traces]


def metadata_info(params: Mapping[str, object]) -> dict[str, object]:
    """Answer metadata-info: the metadata stream's text; from Babeltrace 2.1 on, TSDL from packets begins with its signature."""
    if not isinstance(params.get("path"), str):
        raise ParameterError(f"Wrong parameter: name='path', expected a string, got {params.get('path')!r}")
    try:
        data = (Path(params["path"]) / "metadata").read_bytes()
    except OSError as error:
        raise LttngxError(f"Cannot read metadata: path={params['path']!r}: {error.strerror}") from error
    text, packetized = unpack(data)[0].decode("utf-8", "replace"), is_packetized(data)
    if packetized and host_version() >= (2, 1) and not text.startswith(("/* CTF", "\x1e")):
        text = f"/* CTF 1.8 */\n\n{text}"
    return {"text": text, "is-packetized": packetized}


QUERIES = {"babeltrace.support-info": support_info, "babeltrace.trace-infos": trace_infos, "metadata-info": metadata_info}


class Handler:
    """What the compiled component class asks of Python."""

    def mip_versions(self) -> tuple[int, ...]:
        return (0, 1) if host_version() >= (2, 1) else (0,)

    def open(self, params: Mapping[str, object], mip: int) -> OpenedSource:
        return open_source(replace(options_of(params), blobs=mip > 0), make_scan)

    def query(self, name: str, params: Mapping[str, object]) -> object:
        return QUERIES[name](params or {})

    def report(self, text: str) -> None:
        print(f"source.lttngx.ctf: {text}", file=sys.stderr)


LttngxCtfSource = create_source_class("ctf", DESCRIPTION, HELP, Handler())
