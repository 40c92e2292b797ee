"""Parts of help texts: what the sinks of kernel analyses say of the parameters, ports and query objects which they share."""

LIMITS = """\
  min-duration (duration such as 500us, or number of seconds; default: no limit)
      Leave out shorter durations; lower bound of freq.
  max-duration (as min-duration)
      Leave out longer durations; upper bound of freq."""

BINS = """\
  freq-resolution (integer; default: 20)
      Bins of freq.
  freq-uniform (boolean; default: no)
      Whether all groups of a table of freq have the same bins."""

REFRESH = """\
  refresh (duration such as 500ms, or number of seconds; default: one window)
      Write a report for each stretch of this length, live sources included."""

WINDOWS = f"""\
  begin (integer ns since the clock's origin, or a time as babeltrace2 --begin takes it)
      Begin of the window; default: first event.
  end (as begin; default: last event)
      End of the window, itself not part of it.
{REFRESH}"""

SPANS = """\
  spans (array of strings and maps)
      Write a report for each span of these definitions: see sink.lttngx.spans, as for the next
      three. What is in a report is what is between its span's begin and end event, whatever other
      spans overlap it. Spans which a timeout gave up have none. Not with refresh.
  captures (string or array)
      Values to keep of the spans, shown in their reports.
  file (string)
      TOML file of definitions.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2."""

THREADS = """\
  tid (integer or array; default: all)
      Show these threads.
  pid (integer or array; default: all)
      Show the threads of these processes.
  procname (string or array; default: all; example: dd,sh)
      Show threads of these names.
  container (string or array; default: all)
      Show the threads of containers by name, type or pid namespace.
  containers (string)
      Path of a file which `python3 -m lttngx.inventory` wrote on the traced machine."""

PORTS_AND_QUERIES = """\
PORTS
  One input port, `in`.

QUERY OBJECTS
  lami-metadata: LAMI's metadata document (JSON) of the results with the given parameters."""


def output(name: str) -> str:
    """Return what sink.lttngx.NAME says of the parameters of all reports."""
    return f"""\
  format (`text`, `json`, `csv` or `lami`; default: text)
      json: one document a line, schema lttngx.{name}/1, times in ns.
      lami: LAMI 1.0, which Trace Compass reads, one document.
  path (string; default: standard output)
      File to write.
  utc (boolean; default: no)
      Whether times are written and read in UTC instead of local time."""
