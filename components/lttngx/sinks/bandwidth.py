"""sink.lttngx.bandwidth: the adaptor. What is counted, and how, is in `lttngx.analyses.bandwidth`."""

import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.component import one_line_errors
from lttngx.bt.parameters import Parameter, integer, one_of, read, strings
from lttngx.bt.reports import OUTPUT_PARAMETERS, WINDOW_PARAMETERS, ReportSink, duration, window_bounds

if TYPE_CHECKING:
    from lttngx.analyses.bandwidth import Bandwidth

# As in `lttngx.render.bandwidth`, which is not imported before a component is made.
VIEWS = ("sessions", "channels", "cpus", "losses")
PROMETHEUS = "prometheus"
FORMATS = ("text", "json", "csv", PROMETHEUS)


def _views(value: Any) -> tuple[str, ...]:
    """Accept one view or an array of views."""
    found = strings(value)
    if not found or not set(found) <= set(VIEWS):
        raise ValueError
    return tuple(found)


PARAMETERS = (
    Parameter("format", f"one of {', '.join(FORMATS)}", one_of(*FORMATS), "text"),
    *OUTPUT_PARAMETERS[1:],
    *WINDOW_PARAMETERS,
    Parameter("view", f"one of {', '.join(VIEWS)}, or an array of them", _views, VIEWS),
    Parameter("limit", "an integer of at least 0", integer(0), 10),
    Parameter("bin", "a duration such as 100ms", duration, 100_000_000),
    Parameter("delay", "a duration such as 200ms", duration, 200_000_000),
)


def engine(values: dict[str, Any]) -> "Bandwidth":
    """Return the engine which parameters ask for. Raises ParameterError."""
    from lttngx.analyses.bandwidth import Bandwidth, Options

    begin, end = window_bounds(values)
    return Bandwidth(Options(begin, end, values["refresh"], values["bin"], values["delay"]))


class Renderer:
    """Gives results as text. Prometheus' is of all results so far."""

    def __init__(self, values: dict[str, Any]) -> None:
        from lttngx.render.prometheus import Exposition

        self._format, self._utc, self._views, self._limit = values["format"], values["utc"], values["view"], values["limit"]
        self._exposition = Exposition() if self._format == PROMETHEUS else None

    def __call__(self, results: Iterable[Any]) -> str:
        from lttngx.render import bandwidth

        if self._exposition is None:
            return bandwidth.render(list(results), self._format, self._utc, self._views, self._limit)
        for result in results:
            self._exposition.add(result)
        return self._exposition.text()


@bt2.plugin_component_class
class BandwidthSink(ReportSink, bt2._UserSinkComponent, name="bandwidth"):
    """Show what sessions, channels and buffers record and lose, and which buffers suit them.

Takes the events of source.lttngx.packets. A packet counts in the window in which it ends; its
content is spread evenly over its time, in whole bytes, to find the fullest stretch.

The suggested sub-buffer size is the least power of two (4 KiB or more) with which 3 of 4
sub-buffers hold what a CPU records at its channel's peak rate within `delay`, the time for
which the consumer daemon may be late. Where a channel lost events or packets, its true rate
is not known: then it is twice the present size at least.

PARAMETERS
  format (`text`, `json`, `csv` or `prometheus`; default: text)
      json: one document a line, schema lttngx.bandwidth/1; bytes, ns, bytes per second.
      prometheus: text format 0.0.4, counters over all windows so far; with `path`, the file is
      replaced at each refresh (for node_exporter's textfile collector).
  path (string; default: standard output)
      File to write.
  utc (boolean; default: no)
      Whether times are written and read in UTC instead of local time.
  begin, end (integer ns since the clock's origin, or a time as babeltrace2 --begin takes it)
  begin (default: first packet)
      Begin of the window.
  end (default: last packet)
      End of the window, itself not part of it.
  refresh (duration such as 5s, or number of seconds; default: one window)
      Write a report for each stretch of this length, by the packets' time; while nothing comes
      from a followed session, by this machine's clock, less how late packets were so far. What
      is later still counts in the next report.
  view (string or array of `sessions`, `channels`, `cpus`, `losses`; default: all)
      Tables of text and csv. cpus: with runs of missing sequence numbers, and what was lost
      between the last packet of a chunk and the first of the next.
  limit (integer; default: 10)
      Losses in text and csv, the greatest; 0 = all.
  bin (duration; default: 100ms)
      Stretch whose rate is the peak. Each takes some 100 bytes of memory a buffer.
  delay (duration; default: 200ms, LTTng's read timer)
      How late the consumer daemon may be.

PORTS
  One input port, `in`.

EXAMPLE
  babeltrace2 -c source.lttngx.packets -p 'inputs=["SESSION-DIR"],follow=yes' \\
      -c sink.lttngx.bandwidth -p 'refresh="5s",view=channels'
"""

    OWNER = "sink.lttngx.bandwidth"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.packets.lateness import Lateness
        values = read(PARAMETERS, params, self.OWNER)
        self._engine = engine(values)
        self._format, self._path = values["format"], values["path"]
        self._renderer = Renderer(values)
        self._lateness = Lateness()
        self._open(self._path)

    def _when_idle(self) -> None:
        """Let time go on by this machine's clock, less how late packets come."""
        now_ns, arrived = time.monotonic_ns(), self._engine.arrived()
        if arrived is not None:
            self._lateness.arrived(*arrived, now_ns, self._engine.longest_chunk_ns)
        elif (time_ns := self._lateness.time_ns(now_ns)) is not None:
            self._engine.advance(time_ns)
            self._write(self._engine.closed())

    def _render(self, results: Iterable[Any]) -> Iterable[str]:
        return [self._renderer(results)]

    def _write(self, results: Iterable[Any]) -> None:
        results = list(results)
        if results and self._format == PROMETHEUS and self._path is not None:
            self._replace(self._renderer(results))
        else:
            super()._write(results)

    def _replace(self, text: str) -> None:
        """Replace the file at once: a reader sees the old text or the new one."""
        temporary = f"{self._path}.{os.getpid()}.tmp"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, self._path)
