"""sink.lttngx.events: the adaptor. What tables and files look like is in `lttngx.columns`."""

from pathlib import Path
from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.iterators import extractor
from lttngx.bt.parameters import Parameter, one_of, read, string, strings
from lttngx.bt.reports import standard_output
from lttngx.core.choice import core
from lttngx.errors import ParameterError

FORMATS = ("json", "csv", "sqlite", "parquet")
PARAMETERS = (
    Parameter("format", "`json`, `csv`, `sqlite` or `parquet`", one_of(*FORMATS), "json"),
    Parameter("path", "a string", string),
    Parameter("events", "a string or an array of strings", strings),
    Parameter("fields", "a string or an array of strings", strings),
)


@bt2.plugin_component_class
class EventsSink(Component, bt2._UserSinkComponent, name="events"):
    """Write events as JSON lines, CSV, SQLite or Parquet.

Tables have one row per event and a column per field, of the field's own type: time, cpu, trace;
payload fields by their names, contexts as ctx.NAME, other packet context fields as packet.NAME.
Members of structures and of variant options have dotted names. Arrays of numbers are lists,
other arrays JSON text. What the tracer discarded is a table of its own, `discarded`.

PARAMETERS
  format (`json`, `csv`, `sqlite` or `parquet`; default: json)
      json: a line per event, fields nested as in the trace, all in order. csv, parquet: a file
      per event name in a new folder. sqlite: a table per event name in a new file. Event
      classes of one name with different fields are NAME, NAME~2, and so on. Parquet needs
      pyarrow; times are ns in UTC, strings dictionary-encoded, an enumeration's mappings are
      metadata of its column.
  path (string; default: standard output, for json only)
      File or folder to write; a file or a folder with files in it must not be there yet,
      except for json.
  events (string or array of strings; default: all)
      Name patterns (`*` stands for any run of characters) of the events to write.
  fields (string or array of strings; default: all)
      Patterns SCOPE.NAME of the fields to write; SCOPE is payload, context, common-context,
      specific-context or packet-context: payload.*, context.vpid.

PORTS
  One input port, `in`.

LIMITS
  When a live session pauses, what came is written; Parquet files can be read at its end only.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.events -p 'format=parquet,path="out",events=["sched_*"]'
"""

    OWNER = "sink.lttngx.events"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.columns.collecting import Collecting
        from lttngx.fields.patterns import parse_pattern
        values = read(PARAMETERS, params, self.OWNER)
        patterns = None if values["fields"] is None else [parse_pattern(text) for text in values["fields"]]
        self._collecting = Collecting(core().Columns, values["events"], patterns)
        try:
            self._writer = _writer(values["format"], values["path"])
        except OSError as error:
            raise ParameterError(f'{self.OWNER}: cannot write: path="{values["path"]}", reason={error.strerror}') from None
        self._add_input_port("in")

    @one_line_errors
    def _user_graph_is_configured(self) -> None:
        upstream = self._create_message_iterator(self._input_ports["in"])
        self._extractor = extractor(self, upstream, self._collecting)
        self._collecting.position = lambda: self._extractor.extracted

    @one_line_errors
    def _user_consume(self) -> None:
        try:
            self._extractor.consume()
        except bt2.TryAgain:
            # A live session pauses: what is there can be seen.
            self._write()
            self._writer.flush()
            raise
        except bt2.Stop:
            self._write()
            self._writer.close()
            raise
        if self._collecting.full():
            self._write()

    def _write(self) -> None:
        try:
            self._writer.write(self._collecting.take())
        except BrokenPipeError:
            # The reader (`| head`) has seen enough.
            raise bt2.Stop from None
        except OSError as error:
            raise ParameterError(f"{self.OWNER}: cannot write: reason={error.strerror}") from None


def _writer(form: str, path: str | None) -> Any:
    """Return the writer of a format. Raises ParameterError, OSError."""
    from lttngx.columns import writers
    if form == "json":
        return writers.JsonLines(standard_output() if path is None else open(path, "w", encoding="utf-8"))
    if path is None:
        raise ParameterError(f"{EventsSink.OWNER}: parameter is missing: name=path, expected=a string with format={form}")
    target = Path(path)
    if target.is_file() or target.is_dir() and any(target.iterdir()):
        raise ParameterError(f'{EventsSink.OWNER}: path is in use: path="{path}", expected a new one')
    if form == "sqlite":
        return writers.Sqlite(target)
    if form == "csv":
        target.mkdir(parents=True, exist_ok=True)
        return writers.CsvFiles(target)
    from lttngx.columns import arrow
    target.mkdir(parents=True, exist_ok=True)
    return arrow.Parquet(target)
