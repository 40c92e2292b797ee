"""sink.lttngx.states: the adaptor. What states are is in `lttngx.state`, the file format in `lttngx.state.history`."""

from typing import Any

import bt2

from lttngx.bt.component import Component, one_line_errors
from lttngx.bt.inventory import inventory
from lttngx.bt.iterators import extractor
from lttngx.bt.parameters import Parameter, read, string
from lttngx.errors import ParameterError

PARAMETERS = (
    Parameter("path", "a string", string),
    Parameter("model", "`kernel` or a string", string, "kernel"),
    Parameter("containers", "a string", string),
)


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

    OWNER = "sink.lttngx.states"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.state.engines import engine
        from lttngx.state.history import CHUNK, Writer
        values = read(PARAMETERS, params, self.OWNER)
        if values["path"] is None:
            raise ParameterError(f"{self.OWNER}: missing parameter: name=path, expected=a string")
        self._engine = engine(values["model"], inventory(values["containers"]))
        self._add_input_port("in")
        try:
            self._file = open(values["path"], "wb")
        except OSError as error:
            raise ParameterError(
                f'{self.OWNER}: cannot write history: path="{values["path"]}", reason={error.strerror}') from None
        self._chunk = CHUNK
        self._writer = Writer(self._file, {"model": values["model"]})

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
        last_ns = self._extractor.last_ns
        self._engine.finish(last_ns)
        self._write()
        notes = {"events": self._extractor.events, "lost_events": self._engine.lost_events,
                 "lost_packets": self._engine.lost_packets}
        self._writer.close(None if last_ns is None else last_ns + 1, notes)
        self._file.close()
        self._info(f"{self._writer.changes} changes of {len(self._engine.tree) - 1} attributes")
