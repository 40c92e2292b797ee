"""sink.lttngx.flamegraph: the adaptor. What is written is made in `lttngx.export.flamegraph`."""

from typing import TYPE_CHECKING, Any

import bt2

from lttngx import __version__
from lttngx.bt.component import one_line_errors
from lttngx.bt.exports import ExportSink
from lttngx.bt.parameters import Parameter, one_of, read, string, strings
from lttngx.bt.spans import DEFINITION_PARAMETERS, definitions
from lttngx.errors import ParameterError

if TYPE_CHECKING:
    from lttngx.export.callstacks import CallStacks

def choice(value: Any) -> str:
    """Accept what call stacks weigh; `no` may come as a boolean."""
    return one_of("no", "events", "cpu", "off-cpu")("no" if value is False else value)


PARAMETERS = (
    *DEFINITION_PARAMETERS,
    Parameter("callstacks", "`no`, `events`, `cpu` or `off-cpu`", choice, "no"),
    Parameter("kallsyms", "a string", string),
    Parameter("symbols", "a string or an array of strings", strings, ()),
    Parameter("format", "`folded` or `speedscope`", one_of("folded", "speedscope"), "folded"),
    Parameter("path", "a string", string),
)


@bt2.plugin_component_class
class FlamegraphSink(ExportSink, bt2._UserSinkComponent, name="flamegraph"):
    """Write stacks of spans or call stacks of events as folded stacks or for speedscope.

A stack of spans is a span's name behind the names of the spans around it; its weight is the
span's self time in ns, in which none of the spans inside was open. Call stacks are those which
the contexts callstack-kernel and callstack-user recorded, behind the thread's name. Folded
stacks are sums: a line per stack with its weight.

PARAMETERS
  callstacks (`no`, `events`, `cpu` or `off-cpu`; default: no)
      Call stacks instead of spans, and what they weigh. events: 1 an event. cpu: ns until the
      next event with a stack on the same CPU; a thread's stacks make up its CPU time. off-cpu:
      ns from the switch which took the thread off the CPU to the one which brought it back.
  kallsyms (string; default: none)
      Copy of the traced kernel's /proc/kallsyms, as root reads it: names of the kernel's
      functions. The tracer's own functions are left out then.
  symbols (string or array; default: none)
      ELF files with symbols, or folders of them, found by the names under which processes loaded
      them: as bin_info and dlopen events of LTTng-UST or mmap and openat system calls tell.
      PATH@0xBASE: a file loaded at that address, in every process. Names the functions of call
      stacks and of the pack `functions`. Needs pyelftools.
  format (`folded` or `speedscope`; default: folded)
      folded: for flamegraph.pl, inferno and speedscope. speedscope: its JSON format with the
      order of time, a profile per thread, CPU or other key.
  path (string; default: standard output)
      File to write.
  spans (array of strings and maps)
      Definitions: see sink.lttngx.spans, as for the next three. Without any, the spans are those
      of the events which filter.lttngx.spans adds.
  captures (string or array)
      Values to keep of the spans.
  file (string)
      TOML file of definitions.
  packs (string or array; example: irq,softirq)
      Built-in definitions: syscalls, irq, softirq, wakeup, block, net, functions, ros2.

PORTS
  One input port, `in`.

LIMITS
  The graph is written at the end of the trace.
  Addresses without a symbol stay numbers; how many there are is told.

EXAMPLE
  babeltrace2 TRACE -c sink.lttngx.flamegraph -p 'packs="syscalls"' | flamegraph.pl
  babeltrace2 TRACE -c sink.lttngx.flamegraph -p 'callstacks="off-cpu",kallsyms="kallsyms.txt"'
"""

    OWNER = "sink.lttngx.flamegraph"

    @one_line_errors
    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        from lttngx.bt.symbols import frames
        from lttngx.export.images import Images
        from lttngx.state.kernel.model import KernelState
        values = read(PARAMETERS, params, self.OWNER)
        self._frames = frames(values["kallsyms"], values["symbols"])
        self._state = KernelState(None if values["symbols"] else ("pid", "procname"), record=False)
        self._images = Images(self._state)
        self._callstacks: CallStacks | None = None
        if values["callstacks"] == "no":
            self._take_spans(values)
        else:
            self._take_callstacks(values)
        self._open(values["path"])

    def _take_spans(self, values: dict[str, Any]) -> None:
        from lttngx.core.together import Together
        from lttngx.export.flamegraph import SpanStacks, plain_name, symbol_name
        from lttngx.export.nesting import Nesting
        from lttngx.spans.analysis import span_source
        name = symbol_name(self._frames, self._images) if values["symbols"] else plain_name
        self._graph = SpanStacks(values["format"] == "folded", name)
        self._finder = span_source(definitions(values), Nesting(self._graph.take))
        if values["symbols"]:
            self._consumer = Together(self._state, self._images, self._finder)

    def _take_callstacks(self, values: dict[str, Any]) -> None:
        from lttngx.core.together import Together
        from lttngx.export.callstacks import CallStacks
        from lttngx.export.flamegraph import CallStackWeights
        from lttngx.spans.finding import SpanFinder
        if definitions(values):
            raise ParameterError(f"{self.OWNER}: callstacks and definitions of spans exclude each other")
        weight = values["callstacks"]
        self._graph = CallStackWeights(values["format"] == "folded", weight, self._frames)
        self._callstacks = CallStacks(weight, self._graph.take, self._state, self._images)
        self._finder = SpanFinder((), lambda span: None)
        self._consumer = Together(self._callstacks, self._state, self._images, self._finder)

    def _write_all(self) -> None:
        if self._callstacks is not None:
            self._callstacks.finish(self._finder.range.end_ns)
        text = self._graph.text(self._finder.trace.name or "trace", f"lttngx {__version__}")
        self._output.write(text.encode("utf-8", "replace"))

    def _report(self) -> None:
        super()._report()
        if self._callstacks is not None and not self._callstacks.events:
            self._warn("no event has a call stack: expected the contexts callstack-kernel or callstack-user")
        kernel, user = len(self._frames.unresolved_kernel), len(self._frames.unresolved)
        if kernel or user:
            self._warn(f"addresses without a symbol: kernel={kernel}, user space={user}")
