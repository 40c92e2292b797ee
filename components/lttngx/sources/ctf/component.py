"""source.lttngx.ctf: help and the link to the compiled component class (lttngx.core.native.decode_source)."""

import sys
from collections.abc import Mapping

from lttngx.core.native.decode_source import create_source_class, host_version

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


class Handler:
    """What the compiled component class asks of Python. The plugin loads this for every command, so the rest is imported late."""

    def mip_versions(self) -> tuple[int, ...]:
        return (0, 1) if host_version() >= (2, 1) else (0,)

    def open(self, params: Mapping[str, object], mip: int) -> object:
        from lttngx.sources.ctf.requests import open_inputs
        return open_inputs(params, mip)

    def query(self, name: str, params: Mapping[str, object]) -> object:
        if name == "babeltrace.support-info":
            from lttngx.sources.ctf.support import support_info
            return support_info(params or {})
        from lttngx.sources.ctf.requests import QUERIES
        return QUERIES[name](params or {})

    def report(self, text: str) -> None:
        print(f"source.lttngx.ctf: {text}", file=sys.stderr)


LttngxCtfSource = create_source_class("ctf", DESCRIPTION, HELP, Handler())
