"""Small graphs for tests: scripted source → filters or selection → check sink."""

from typing import Any

import bt2

from checks import CheckSink
from lttngx.bt.component import Interchange
from lttngx.bt.iterators import Rewriting, Selecting
from lttngx.core import choice
from linked import LinkedSource, Links
from sources import Rewound, Scripted, Setting


class SelectingIterator(Selecting, bt2._UserMessageIterator):
    def __init__(self, config: Any, port: Any) -> None:
        selection, keep = self._component.selection, self._component.keep
        self._select(config, self._component._input_ports["in"], selection, keep)
        self._component.selectors.append(self._selector)


class SelectingFilter(Interchange, bt2._UserFilterComponent, message_iterator_class=SelectingIterator):
    """Selects by `obj`: (selection, keep, list to which its selectors are appended)."""

    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self.selection, self.keep, self.selectors = obj
        self._add_input_port("in")
        self._add_output_port("out")


class RewritingIterator(Rewriting, bt2._UserMessageIterator):
    def __init__(self, config: Any, port: Any) -> None:
        self._rewrite(config, self._component._input_ports["in"], self._component.plans)


class RewritingFilter(Interchange, bt2._UserFilterComponent, message_iterator_class=RewritingIterator):
    """Rewrites by `obj`, the plans."""

    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self.plans = obj
        self._add_input_port("in")
        self._add_output_port("out")


class ExtractingSink(Interchange, bt2._UserSinkComponent):
    """Calls `obj(upstream message iterator, graph MIP version)`; what that returns is called to consume."""

    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self._make = obj
        self._add_input_port("in")

    def _user_graph_is_configured(self) -> None:
        upstream = self._create_message_iterator(self._input_ports["in"])
        self._consume = self._make(upstream, self._graph_mip_version)

    def _user_consume(self) -> None:
        self._consume()


def chain(source: Any, *components: tuple) -> bt2.Graph:
    """Return a graph: a source (Setting, Links, or folder of a trace) joined to components, each (class, obj) or (class, obj, params)."""
    graph = bt2.Graph()
    ports = _source_ports(graph, source)
    if len(ports) > 1:
        muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
        for index, port in enumerate(ports):
            graph.connect_ports(port, muxer.input_ports[f"in{index}"])
        ports = [muxer.output_ports["out"]]
    for index, (component_class, value, *params) in enumerate(components):
        component = graph.add_component(component_class, f"component-{index}", *params, obj=value)
        graph.connect_ports(ports[0], component.input_ports["in"])
        ports = list(getattr(component, "output_ports", {}).values())
    return graph


def _source_ports(graph: bt2.Graph, source: Any) -> list[Any]:
    if isinstance(source, Links):
        return list(graph.add_component(LinkedSource, "source", obj=source).output_ports.values())
    if isinstance(source, Setting):
        return list(graph.add_component(Scripted, "source", obj=source).output_ports.values())
    component_class = bt2.find_plugin("ctf").source_component_classes["fs"]
    return list(graph.add_component(component_class, "source", {"inputs": [str(source)]}).output_ports.values())


def merged(sources: list[Any], component_class: Any, params: dict[str, Any], *components: tuple, seekable: bool = True,
           mip: int | None = None) -> tuple[list[Any], Any, bt2.Graph]:
    """Return what `messages` does of sources (Settings, folders of traces) which are each joined to a filter with several
    inputs, and components behind it. seekable: whether Settings' message iterators can seek to the beginning. mip: the graph's message
    interchange protocol version, None for the host's greatest."""
    graph, seen = bt2.Graph(bt2.get_maximal_mip_version() if mip is None else mip), []
    component = graph.add_component(component_class, "merging", params, logging_level=bt2.LoggingLevel.WARNING)
    count = 0
    for number, source in enumerate(sources):
        if isinstance(source, Setting):
            made = graph.add_component(Rewound if seekable else Scripted, f"source-{number}", obj=source)
        else:
            made = graph.add_component(bt2.find_plugin("ctf").source_component_classes["fs"], f"source-{number}",
                                       {"inputs": [str(source)]})
        for port in made.output_ports.values():
            graph.connect_ports(port, component.input_ports[f"in{count}"])
            count += 1
    for index, (further, value) in enumerate((*components, (CheckSink, seen))):
        added = graph.add_component(further, f"component-{index}", obj=value)
        graph.connect_ports(component.output_ports["out"], added.input_ports["in"])
        component = added
    run(graph)
    return seen[:-1], seen[-1], graph


def run(graph: bt2.Graph) -> int:
    """Run a graph to its end; return how often it asked to be run again (TryAgain)."""
    again = 0
    while True:
        try:
            graph.run()
            return again
        except bt2.TryAgain:
            again += 1


def messages(source: Any, *filters: tuple[type, Any]) -> tuple[list[Any], Any, bt2.Graph]:
    """Return all messages behind filters, the Checker that checked them, and the graph, which keeps them alive."""
    seen: list[Any] = []
    graph = chain(source, *filters, (CheckSink, seen))
    run(graph)
    return seen[:-1], seen[-1], graph


def use(monkeypatch: Any, core: choice.Core) -> None:
    """Make the adaptor kit use a core."""
    monkeypatch.setattr("lttngx.bt.iterators.core", lambda: core)
