"""sink.lttngx.perfetto: the adaptor. What the file holds is in `lttngx.export.perfetto_trace`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import bt2

from lttngx.bt.component import one_line_errors
from lttngx.bt.exports import ExportSink
from lttngx.bt.parameters import Parameter, boolean, one_of, read, string, strings
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.export.states import Slice

PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("path", "a string", string),
    Parameter("states", "a string or an array of strings", strings, ()),
    Parameter("state-tracks", "`slices` or `native`", one_of("slices", "native"), "slices"),
    Parameter("counters", "a boolean", boolean, False),
)


@bt2.plugin_component_class
class PerfettoSink(ExportSink, bt2._UserSinkComponent, name="perfetto"):
    """Write spans and states as a Perfetto trace, for ui.perfetto.dev or trace_processor.

A track per thread, process, CPU or other key, under processes and threads with their names
where the trace tells them. Nested spans are nested slices; spans which overlap otherwise get
further rows. A span without an end is shown as one that did not end, other incomplete ones have
`status` among their arguments, and those which may miss events `lossy`. Files may be
concatenated with `cat`.

PARAMETERS
  path (string; needed)
      File to write, usually NAME.pftrace.
  states (string or array; default: none)
      Also states of the kernel model of sink.lttngx.states, a track each: globs of paths such
      as CPUs/*/status or Threads/1234/*. `*` is any text.
  state-tracks (`slices` or `native`; default: slices)
      How states are written. native: as state tracks, for Perfetto from release 57 on.
  counters (boolean; default: no)
      Whether to add a counter per definition: how many spans are open.
  spans (array of strings and maps)
      Definitions: see sink.lttngx.spans, as for the next three. Without any, the spans are those
      of the events which filter.lttngx.spans adds.
  captures (string or array)
      Values to keep of the spans, shown as arguments.
  file (string)
      TOML file of definitions.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.

PORTS
  One input port, `in`.

LIMITS
  Spans and states are kept until the end of the trace, which is when they are written. Threads
  and processes of several machines in one graph are told apart by their numbers only. Behind
  filter.lttngx.spans, only kernel events, if it keeps them, tell the names of threads.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.perfetto \
      -p 'packs="syscalls",states="CPUs/*/status",path="out.pftrace"'
"""

    OWNER = "sink.lttngx.perfetto"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.core.together import Together
        from lttngx.export.identities import Identities, with_contexts
        from lttngx.export.nesting import Nesting
        from lttngx.export.states import StateSlices
        from lttngx.spans.analysis import span_source
        from lttngx.state.kernel.model import KernelState
        values = read(PARAMETERS, params, self.OWNER)
        if values["path"] is None:
            raise ParameterError(f"{self.OWNER}: parameter is missing: name=path, expected=a string")
        self._spans: list[Any] = []
        self._counters, self._native = values["counters"], values["state_tracks"] == "native"
        self._slices = StateSlices(values["states"])
        self._finder = span_source(with_contexts(definitions(values)), Nesting(self._spans.append))
        self._spans_needed = not values["states"]
        # Without states, the kernel model serves for the names of threads only.
        self._state = KernelState() if values["states"] else KernelState(("pid", "procname"), record=False)
        self._identities = Identities()
        self._state.world.ended = self._identities.see_thread
        self._consumer = Together(self._state, self._finder)
        self._open(values["path"])

    def _progress(self) -> None:
        self._slices.take(self._state.tree.take(), self._state.tree.paths)

    def _write_all(self) -> None:
        from lttngx.export.counts import open_counts
        from lttngx.export.perfetto_trace import TraceWriter
        for span in self._spans:
            self._identities.see(span)
        for thread in self._state.world.tasks.by_tid.values():
            self._identities.see_thread(thread)
        trace = TraceWriter(self._finder.trace.uuid or "", self._identities)
        self._output.writelines(trace.spans(self._spans))
        for path, slices in self._all_slices():
            self._output.writelines(trace.states(path, slices, self._native))
        for kind in self._finder.kinds if self._counters else ():
            points = open_counts(span for span in self._spans if span.kind is kind)
            self._output.writelines(trace.counter(f"open {kind.path}", points, "spans"))
        self._output.writelines(trace.losses(self._finder.discarded))

    def _all_slices(self) -> "Iterable[tuple[str, list[Slice]]]":
        end_ns = self._finder.range.end_ns
        self._state.finish(end_ns)
        self._progress()
        self._slices.end(end_ns)
        return self._slices.slices(self._state.tree.paths)
