"""Pipelines: a chain of components as plain data, which becomes a graph, or the `babeltrace2 run` line which runs the same one."""

import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import bt2

from lttngx.bt import component as components
from lttngx.bt.graph_protocol import graph_for
from lttngx.errors import LttngxError

PLUGIN_FILE = "bt_plugin_lttngx.py"
_KINDS = {"source": "source_component_classes", "filter": "filter_component_classes", "sink": "sink_component_classes"}


@dataclass(frozen=True, slots=True)
class Component:
    """A component. kind: its class, `TYPE.PLUGIN.NAME`; params: plain values."""

    name: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Sources, joined by a muxer, then filters and a sink, one behind the other."""

    sources: Sequence[Component]
    chain: Sequence[Component]

    def line(self) -> str:
        """Return the command line which runs the same graph."""
        muxer = Component("muxer", "filter.utils.muxer")
        chain = [muxer, *self.chain]
        words = ["babeltrace2", f"--plugin-path={plugin_folder()}", "run"]
        for component in (*self.sources, *chain):
            words += ["--component", f"{component.name}:{component.kind}"]
            words += ["--params", notation(component.params, inside=False)] if component.params else []
        pairs = [(source, muxer) for source in self.sources] + list(zip(chain, chain[1:]))
        for upstream, downstream in pairs:
            words += ["--connect", f"{upstream.name}:{downstream.name}"]
        return shlex.join(words)

    def graph(self) -> bt2.Graph:
        """Return the graph, ready to run. Raises bt2's error if a component refuses its parameters."""
        return self.parts()[0]

    def parts(self) -> tuple[bt2.Graph, Any]:
        """Return the graph and its last component, whose output port, if it has one, may be connected further."""
        # What a user should mend is said, as in the babeltrace2 program.
        components.told_from = getattr(bt2.LoggingLevel.WARNING, "value", bt2.LoggingLevel.WARNING)
        described = Component("muxer", "filter.utils.muxer")
        graph = graph_for((component_class(one.kind), one.params) for one in (*self.sources, described, *self.chain))
        muxer = _added(graph, described)
        for source in self.sources:
            for port in list(_added(graph, source).output_ports.values()):
                graph.connect_ports(port, list(muxer.input_ports.values())[-1])
        upstream = muxer
        for component in self.chain:
            added = _added(graph, component)
            graph.connect_ports(next(iter(upstream.output_ports.values())), next(iter(added.input_ports.values())))
            upstream = added
        return graph, upstream


def _added(graph: bt2.Graph, component: Component) -> Any:
    return graph.add_component(component_class(component.kind), component.name, dict(component.params))


@cache
def _plugin(name: str) -> Any:
    if name == "lttngx":
        # The file, not its folder: libbabeltrace2 would walk through all that is below.
        return next(iter(bt2.find_plugins_in_path(str(plugin_folder() / PLUGIN_FILE))))
    found = bt2.find_plugin(name)
    if found is None:
        raise LttngxError(f"Cannot find a Babeltrace plugin: name={name}")
    return found


def component_class(kind: str) -> Any:
    """Return a component class by its full name. Raises LttngxError if the host has no such class."""
    kind_type, plugin, name = kind.split(".", 2)
    try:
        return getattr(_plugin(plugin), _KINDS[kind_type])[name]
    except KeyError:
        raise LttngxError(f"Cannot find a component class: name={kind}") from None


@cache
def plugin_folder() -> Path:
    """Return the folder of the plugin file: the checkout's, or where pip put it. Raises LttngxError."""
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / PLUGIN_FILE).is_file():
        return checkout
    # Slow to import, and not needed in a checkout.
    from importlib import metadata
    for path in metadata.files("lttngx") or ():
        if path.name == PLUGIN_FILE:
            return Path(path.locate()).resolve().parent
    raise LttngxError(f"Cannot find the plugin file: name={PLUGIN_FILE}, expected in {checkout} or {sys.prefix}")


def notation(value: Any, inside: bool = True) -> str:
    """Return a plain value in babeltrace2(7)'s parameter notation. inside: within an array or map; else a map has no braces."""
    if isinstance(value, Mapping):
        body = ",".join(f"{name}={notation(item)}" for name, item in value.items())
        return f"{{{body}}}" if inside else body
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(notation, value)) + "]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, (int, float)) else '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def reason(error: Any) -> str:
    """Return the deepest cause of a Babeltrace error as one line, without the traceback which Python puts before it."""
    lines = error[0].message.splitlines()
    if lines[:1] == ["Traceback (most recent call last):"]:
        begin = next((index for index, line in enumerate(lines) if index and not line.startswith(" ")), 0)
        lines = [_RAISED.sub("", lines[begin], count=1), *lines[begin + 1:]]
    return " ".join(line.strip() for line in lines if line.strip()) or "Babeltrace gave no reason"


# What a traceback puts before an exception's text.
_RAISED = re.compile(r"[\w.]+: ")
