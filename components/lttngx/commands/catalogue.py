"""The commands of `lttngx`: a literal list. Names of sinks are those of their component classes."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from lttngx.bt.manual import Manual, manual_of


class SinkCommand(NamedTuple):
    """A command which reads traces into a sink. module: where its adaptor is; class_name: the component class there; source: the source
    component class which reads their packets instead of their events, and can follow a running session."""

    name: str
    module: str
    class_name: str
    source: str | None = None

    @property
    def kind(self) -> str:
        """The component class's full name."""
        return f"sink.lttngx.{self.name}"

    @property
    def adaptor(self) -> Any:
        """The adaptor's module, imported when asked for."""
        return import_module(self.module)

    @property
    def manual(self) -> Manual:
        """The component class's help, in parts."""
        return manual_of(getattr(self.adaptor, self.class_name))


class Delegate(NamedTuple):
    """A command which another module of this room, or an engine's own command, carries out with the rest of the line."""

    name: str
    about: str
    module: str

    @property
    def main(self) -> Callable[[list[str], str], int]:
        """The function to call with the rest of the line and what it begins with."""
        return import_module(self.module).main


SINKS = (
    SinkCommand("cputop", "lttngx.sinks.cputop", "CputopSink"),
    SinkCommand("sched", "lttngx.sinks.sched", "SchedSink"),
    SinkCommand("syscalls", "lttngx.sinks.syscalls", "SyscallsSink"),
    SinkCommand("irq", "lttngx.sinks.irq", "IrqSink"),
    SinkCommand("io", "lttngx.sinks.io", "IoSink"),
    SinkCommand("memory", "lttngx.sinks.memory", "MemorySink"),
    SinkCommand("spans", "lttngx.sinks.spans", "SpansSink"),
    SinkCommand("states", "lttngx.sinks.states", "StatesSink"),
    SinkCommand("events", "lttngx.sinks.events", "EventsSink"),
    SinkCommand("bandwidth", "lttngx.sinks.bandwidth", "BandwidthSink", "source.lttngx.packets"),
    SinkCommand("watch", "lttngx.sinks.watch.component", "WatchSink"),
    SinkCommand("perfetto", "lttngx.sinks.perfetto", "PerfettoSink"),
    SinkCommand("otlp", "lttngx.sinks.otlp", "OtlpSink"),
    SinkCommand("flamegraph", "lttngx.sinks.flamegraph", "FlamegraphSink"),
)

DELEGATES = (
    Delegate("state", "Ask a state history for the state at a time or over a range; check and explain models.",
             "lttngx.commands.state"),
    Delegate("shards", "Run an analysis in parts, on all CPUs or a cluster; pack and ship the chunks of a session.",
             "lttngx.commands.shards"),
    Delegate("clocks", "Compare the clocks of several hosts' traces, choose a reference, align the traces.", "lttngx.clocks.__main__"),
    Delegate("inventory", "Write the inventory of this machine's containers.", "lttngx.commands.inventory"),
)
