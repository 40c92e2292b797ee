"""sink.lttngx.states: the adaptor. What states are is in `lttngx.state`, the file format in `lttngx.state.history`."""

from typing import TYPE_CHECKING, Any, BinaryIO

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.inventory import inventory
from lttngx.bt.iterators import extractor
from lttngx.bt.parameters import Parameter, read, string
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.state.history import Writer

OWNER = "sink.lttngx.states"
PARAMETERS = (
    Parameter("path", "a string", string),
    Parameter("model", "`kernel` or a string", string, "kernel"),
    Parameter("containers", "a string", string),
)


def open_history(values: dict[str, Any]) -> "tuple[BinaryIO, Writer]":
    """Return the file which parameters ask for and the writer to it. Raises ParameterError."""
    from lttngx.state.history import Writer
    if values["path"] is None:
        raise ParameterError(f"{OWNER}: missing parameter: name=path, expected=a string")
    try:
        file = open(values["path"], "wb")
    except OSError as error:
        raise ParameterError(f'{OWNER}: cannot write history: path="{values["path"]}", reason={error.strerror}') from None
    return file, Writer(file, {"model": values["model"]})


def close_history(file: BinaryIO, writer: "Writer", engine: Any, last_ns: int | None, events: int) -> None:
    """Write what an engine has at the end of a trace. last_ns, events: time of the last event, number of all."""
    engine.finish(last_ns)
    writer.append(engine.tree.take(), engine.tree.paths)
    notes = {"events": events, "lost_events": engine.lost_events, "lost_packets": engine.lost_packets}
    writer.close(None if last_ns is None else last_ns + 1, notes)
    file.close()


@bt2.plugin_component_class
class StatesSink(Component, bt2._UserSinkComponent, name="states"):
    """Keep the history of states of a system in a file, to ask it what the state was at any time.

The kernel model tells what every CPU and thread was doing, with names, system calls,
interrupts, open files, name spaces and containers, from the scheduler's, system call,
interrupt and statedump events of LTTng-modules 2.0 and later. Only what the trace has is told.
After lost events what was known is marked uncertain until an event tells it again.

PARAMETERS
  path (string)
      File to write. Mandatory. It holds two to three bytes a change.
  model (`kernel` or a string; default: kernel)
      `kernel`, or the path of a declarative model (TOML; docs/state-models.md).
  containers (string; default: names and types inferred from the trace)
      Path of a file which `python3 -m lttngx.inventory` wrote on the traced machine.

PORTS
  One input port, `in`.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.states -p 'path="trace.states"'
  python3 -m lttngx.state at trace.states 10:15:02.5 'CPUs/*'
"""

    OWNER = OWNER

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.state.engines import engine
        from lttngx.state.history import CHUNK
        values = read(PARAMETERS, params, self.OWNER)
        self._engine = engine(values["model"], inventory(values["containers"]))
        self._add_input_port("in")
        self._chunk = CHUNK
        self._file, self._writer = open_history(values)

    @one_line_errors
    def _user_graph_is_configured(self) -> None:
        upstream = self._create_message_iterator(self._input_ports["in"])
        self._extractor = extractor(self, upstream, self._engine)

    @one_line_errors
    def _user_consume(self) -> None:
        try:
            self._extractor.consume()
        except bt2.Stop:
            self._finish()
            raise
        if self._engine.tree.pending >= self._chunk:
            self._write()

    def _write(self) -> None:
        self._writer.append(self._engine.tree.take(), self._engine.tree.paths)

    def _finish(self) -> None:
        close_history(self._file, self._writer, self._engine, self._extractor.last_ns, self._extractor.events)
        self._info(f"{self._writer.changes} changes of {len(self._engine.tree) - 1} attributes")
