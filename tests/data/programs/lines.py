"""Writes a line an event, unbuffered, with what source.lttngx.archive delivers: lines.py SESSION JOURNAL OUTPUT.

A killed process leaves exactly what its sink has consumed.
"""

import sys
import time
from pathlib import Path

import bt2

SESSION, JOURNAL, OUTPUT = sys.argv[1:]
PLUGIN = Path(__file__).parents[3]


class Lines(bt2._UserSinkComponent):
    def __init__(self, config, params, obj):
        self._output = open(OUTPUT, "ab", buffering=0)
        self._add_input_port("in")

    def _user_graph_is_configured(self):
        self._iterator = self._create_message_iterator(self._input_ports["in"])

    def _user_consume(self):
        message = next(self._iterator)
        if type(message) is bt2._EventMessageConst:
            event = message.event
            self._output.write(f"{message.default_clock_snapshot.value} {event.name} {event.payload_field['id']}\n".encode())


def main():
    graph = bt2.Graph()
    source_class = bt2.find_plugins_in_path(str(PLUGIN), recurse=False)[0].source_component_classes["archive"]
    source = graph.add_component(source_class, "source", {"inputs": [SESSION], "journal": JOURNAL, "follow": True})
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    graph.connect_ports(source.output_ports["out"], muxer.input_ports["in0"])
    graph.connect_ports(muxer.output_ports["out"], graph.add_component(Lines, "sink").input_ports["in"])
    while True:
        try:
            graph.run()
            return
        except bt2.TryAgain:
            time.sleep(0.01)


main()
