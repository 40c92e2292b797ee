"""Graphs with source.lttngx.ctf (or source.ctf.fs) and a sink that collects plain copies of messages."""

from pathlib import Path

import bt2
import pytest
from collected import Collector, summary


class Host:
    """Runs graphs."""

    def __init__(self, plugin_directory):
        found = bt2.find_plugins_in_path(str(plugin_directory), recurse=False)
        self.classes = {"lttngx": found[0].source_component_classes["ctf"],
                        "fs": bt2.find_plugin("ctf").source_component_classes["fs"]}

    def run(self, inputs, source="lttngx", **params):
        """Return summaries of all messages, through a muxer."""
        messages = []
        graph = bt2.Graph(bt2.get_maximal_mip_version())
        values = {"inputs": [str(path) for path in inputs], **params}
        component = graph.add_component(self.classes[source], "source", values)
        muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
        sink = graph.add_component(Collector, "sink", obj=lambda message: messages.append(summary(message)))
        for number, port in enumerate(component.output_ports.values()):
            graph.connect_ports(port, muxer.input_ports[f"in{number}"])
        graph.connect_ports(muxer.output_ports["out"], sink.input_ports["in"])
        graph.run()
        return messages

    def events(self, *inputs, **params):
        """Return the payloads of all events."""
        return [message[-1][-1] for message in self.run(inputs, **params) if message[0] == "Event"]

    def query(self, name, params, source="lttngx"):
        return bt2.QueryExecutor(self.classes[source], name, params).query()

    def error(self, *inputs, **params):
        """Return the deepest cause of the error with which reading ends."""
        with pytest.raises(bt2._Error) as caught:
            self.run(inputs, **params)
        return caught.value[0].message


@pytest.fixture(scope="session")
def plugin_directory():
    """The folder of the plugin file."""
    return str(Path(__file__).parents[3])


@pytest.fixture(scope="session")
def host(plugin_directory):
    return Host(plugin_directory)
