"""source.lttngx.archive: help and the link to the compiled component class (lttngx.core.native.decode_archive)."""

import sys
from collections.abc import Callable, Mapping

from lttngx.core.native.decode_archive import create_archive_class
from lttngx.core.native.decode_source import host_version

DESCRIPTION = "Read the chunks of a rotated recording session as one continuous trace, as they come."

HELP = """Reads the trace chunks which LTTng makes of a rotated recording session (`lttng rotate`,
`lttng enable-rotation`) in the order of their IDs. Streams go on over the chunks: each begins and
ends once, events discarded between chunks are counted, the packets of a missing chunk are reported
as discarded packets. New event classes, channels, processes and CPUs may come with any chunk.

With `follow`, new chunks are read when LTTng (or a transport) renames them into place. What is
within milliseconds of a chunk's end waits for the next chunk, as a rotation switches stream by
stream. It ends when the session is destroyed: its last chunk is archived, and nothing but
`archives` is left in its output folder. A session which was never rotated makes no chunk.

PARAMETERS
  inputs (array of one string; required)
      Path of a session's output folder, of its `archives`, or of a folder of packed chunks
      (`NAME.tar.zst`, `NAME.tar.zst.age`; python3 -m lttngx.shards pack), which are unpacked
      one by one into a temporary folder.
  follow (boolean; default: no)
      Wait for new chunks.
  until-idle (duration such as 30s, or a number of seconds; default: no limit)
      With `follow`: end, too, when no chunk came for so long.
  journal (string; default: none)
      File which keeps what was consumed. A new source with the same journal goes on there: exactly
      if the last one was waiting for a chunk or had ended; else what was on its way, at most a few
      chunks, comes again. Nothing is lost.
  age-identity (string; default: none)
      Path of a file of age identities (age-keygen) to decrypt chunks with.
  trace-name (string; default: the host name)
      Trace name; the environment's host name is put before it.
  clock-class-offset-s (integer; default: 0)
      Seconds to add to the offset of every clock class.
  clock-class-offset-ns (integer; default: 0)
      Nanoseconds to add to the offset of every clock class.
  clock-class-rate-ppm (number; default: 0)
      How much faster all clocks' times must pass, in parts per million.
  clock-class-rate-at (as begin; needed with clock-class-rate-ppm)
      The recorded time which becomes itself, plus the offsets above.
  force-clock-class-origin-unix-epoch (boolean; default: no)
      Make the Unix epoch the origin of every clock class.
  events (array of strings; default: all)
      Name patterns of the events to read; see source.lttngx.ctf.
  fields (array of strings; default: all)
      Patterns SCOPE.NAME of the fields to decode; see source.lttngx.ctf.
  begin (integer ns from the clock's origin, or text; default: everything)
      Packets which end before this time are not read; see source.lttngx.ctf.
  end (as begin; default: everything)
      Packets which begin at this time or later are not read.

PORTS
  One output port, `out`: all streams in the order of time.

LIMITS
  Message iterators cannot seek. A killed process leaves the chunk which it had unpacked in the
  temporary folder. The clock offset is the first chunk's, even if `lttng regenerate
  metadata` measures another one. A trace without UUID is known by its path in the chunk.

EXAMPLE
  babeltrace2 -c source.lttngx.archive -p 'inputs=["lttng-traces/SESSION"],follow=yes' \\
    -c sink.lttngx.cputop -p 'refresh="10s"'
"""


class Handler:
    """What the compiled component class asks of Python. The plugin loads this for every command, so the rest is imported late."""

    def mip_versions(self) -> tuple[int, ...]:
        return (0, 1) if host_version() >= (2, 1) else (0,)

    def open(self, params: Mapping[str, object], mip: int) -> Callable[[], object]:
        from lttngx.sources.archive.requests import open_session
        return open_session(params, mip, self.report)

    def report(self, text: str) -> None:
        print(f"lttngx: WARNING: source.lttngx.archive: {text}", file=sys.stderr)


LttngxArchiveSource = create_archive_class("archive", DESCRIPTION, HELP, Handler())
