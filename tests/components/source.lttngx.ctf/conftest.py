"""Graphs with source.lttngx.ctf (or source.ctf.fs) and a sink that collects plain copies of messages."""

from pathlib import Path

import bt2
import pytest

def plain(field):
    """Return a field as plain Python data; strings by their length, as the host's C string may be stale."""
    kind = type(field).__name__
    if "Blob" in kind:
        return bytes(field.data)
    if "Structure" in kind:
        return {name: plain(item) for name, item in field.items()}
    if "Array" in kind and "Bit" not in kind:
        return [plain(item) for item in field]
    if "Option" in kind:
        return None if field.field is None else plain(field.field)
    if "Variant" in kind:
        return (field.selected_option_index, plain(field.selected_option))
    if "Bool" in kind:
        return bool(field)
    if "BitArray" in kind:
        return field.value_as_integer
    if "Real" in kind:
        return float(field)
    return str(field)[:len(field)] if "String" in kind else int(field)


def time_of(message, name="default_clock_snapshot"):
    try:
        return getattr(message, name).value
    except (AttributeError, ValueError):
        return None


def summary(message):
    """Return a message as a tuple that can be compared."""
    kind = type(message).__name__.strip("_").removesuffix("MessageConst")
    if kind == "Event":
        event = message.event
        scopes = (event.packet.context_field, event.common_context_field, event.specific_context_field, event.payload_field)
        return (kind, time_of(message), event.cls.name, event.cls.id, event.stream.id,
                tuple(None if scope is None else plain(scope) for scope in scopes))
    if kind.startswith("Discarded"):
        return (kind, time_of(message, "beginning_default_clock_snapshot"), time_of(message, "end_default_clock_snapshot"),
                message.count, message.stream.id)
    if kind.startswith("Packet"):
        context = message.packet.context_field
        return (kind, time_of(message), message.packet.stream.id, None if context is None else plain(context))
    return (kind, message.stream.id)


class Collector(bt2._UserSinkComponent):
    def __init__(self, config, params, obj):
        self._keep, self._port = obj, self._add_input_port("in")

    def _user_graph_is_configured(self):
        self._iterator = self._create_message_iterator(self._port)

    def _user_consume(self):
        self._keep(next(self._iterator))


class Host:
    """Runs graphs."""

    def __init__(self, plugin_directory):
        found = bt2.find_plugins_in_path(str(plugin_directory))
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
