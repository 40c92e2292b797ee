#!/usr/bin/env python3
"""Print a line per system call of one thread: a graph with source.lttngx.ctf, filter.lttngx.events and a sink of one's own.

Usage: events_of_one_thread.py TRACE TID          (the trace has the context tid)
"""

import sys
from pathlib import Path

import bt2

PLUGINS = str(Path(__file__).parent.parent)  # where bt_plugin_lttngx.py is


@bt2.plugin_component_class
class Lines(bt2._UserSinkComponent):
    """Prints events; a batch of messages was filtered natively before one comes here."""

    def __init__(self, config, params, obj):
        self._port = self._add_input_port("in")

    def _user_graph_is_configured(self):
        self._messages = self._create_message_iterator(self._port)

    def _user_consume(self):
        message = next(self._messages)
        if type(message) is bt2._EventMessageConst:
            event = message.event
            print(message.default_clock_snapshot.ns_from_origin, event.name, event["procname"],
                  event.payload_field.get("ret", ""))


def main(trace: str, tid: str) -> None:
    lttngx = bt2.find_plugins_in_path(PLUGINS, recurse=False)[0]
    graph = bt2.Graph()
    source = graph.add_component(lttngx.source_component_classes["ctf"], "source", {"inputs": [trace]})
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    chosen = graph.add_component(lttngx.filter_component_classes["events"], "chosen",
                                 {"names": ["syscall_*"], "expr": f"$ctx.tid == {int(tid)}"})
    lines = graph.add_component(Lines, "lines")
    for output, inlet in zip(source.output_ports.values(), inputs(muxer)):
        graph.connect_ports(output, inlet)
    graph.connect_ports(muxer.output_ports["out"], chosen.input_ports["in"])
    graph.connect_ports(chosen.output_ports["out"], lines.input_ports["in"])
    graph.run()


def inputs(muxer):
    """Yield the muxer's free input port, again and again: it makes one more whenever one is connected."""
    while True:
        yield next(port for port in muxer.input_ports.values() if not port.is_connected)


if __name__ == "__main__":
    main(*sys.argv[1:])
