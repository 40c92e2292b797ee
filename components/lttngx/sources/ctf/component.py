"""source.lttngx.ctf: help and the link to the compiled component class (lttngx.core.native.decode_source)."""

import sys
from collections.abc import Mapping

from lttngx.core.native.decode_source import create_source_class, host_version

DESCRIPTION = "Read CTF 1.8 and CTF 2 traces from the file system, several times faster than source.ctf.fs."

HELP = """Reads CTF 1.8 and CTF 2 traces (TSDL or JSON metadata, plain or packetized). Directories of one
trace, such as rotated chunks, are read as one trace. In a stream whose time goes back, the
greatest time so far is used instead, and a warning tells how often. Iterators can seek to the
beginning and to a time.

PARAMETERS
  inputs (array of strings; required)
      Paths of trace directories, or of directories above them.
  trace-name (string; default: from the path)
      Trace name; the environment's host name is put before it.
  clock-class-offset-s (integer; default: 0)
      Seconds to add to the offset of every clock class.
  clock-class-offset-ns (integer; default: 0)
      Nanoseconds to add to the offset of every clock class.
  clock-class-rate-ppm (number; default: 0)
      How much faster than they do all clocks' times must pass, in parts per million. The clock
      class's frequency is changed, to a whole number of Hz: at 1 GHz the rate is met to 0.0005 ppm.
  clock-class-rate-at (as begin; needed with clock-class-rate-ppm)
      The recorded time which becomes itself, plus the offsets above.
  force-clock-class-origin-unix-epoch (boolean; default: no)
      Make the Unix epoch the origin of every clock class.
  events (array of strings; default: all)
      Name patterns (`*` stands for any run of characters) of the events to read. Others are
      skipped undecoded and have no event class.
  fields (array of strings; default: all)
      Patterns SCOPE.NAME of the fields to decode; SCOPE is packet-context, common-context,
      specific-context or payload: payload.*, *.vtid. Other fields are skipped and are not in
      the event classes.
  files (map of paths to arrays [BEGIN, END] of bytes; default: all files)
      The data stream files to read, by absolute path, and of each those packets which begin in its
      bytes [BEGIN, END). A packet has to begin at BEGIN. It is what readers of parts of a trace
      are told, so that none of them looks at more than its own packets.
  begin (integer ns from the clock's origin, or text; default: everything)
      Text is SECONDS[.FRACTION] or YYYY-MM-DD hh:mm[:ss[.FRACTION]] in UTC. Packets which end before this time are not read.
  end (as begin; default: everything)
      Packets which begin at this time or later are not read. Events of packets which are
      partly inside are all read.

PORTS
  One output port per stream, `TRACE UUID | STREAM CLASS ID | STREAM ID`.

QUERIES
  babeltrace.support-info, babeltrace.trace-infos, metadata-info. On Babeltrace 2.0, which cannot
  read CTF 2, a path which holds CTF 2 is claimed; any CTF path with LTTNGX_CTF=always in the
  environment.

EXAMPLE
  babeltrace2 -c source.lttngx.ctf -p 'inputs=["TRACE"],events=["sched_*"]' -c sink.text.pretty
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
        print(f"lttngx: WARNING: source.lttngx.ctf: {text}", file=sys.stderr)


LttngxCtfSource = create_source_class("ctf", DESCRIPTION, HELP, Handler())
