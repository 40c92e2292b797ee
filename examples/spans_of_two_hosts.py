#!/usr/bin/env python3
"""Measure messages between two hosts: filter.lttngx.clocks puts both traces on one time line, sink.lttngx.spans times each message.

Usage: spans_of_two_hosts.py REFERENCE-TRACE OTHER-TRACE HOSTNAME     (HOSTNAME: of the reference; traces as tests/data/traces/ust-ping)
"""

import sys
from pathlib import Path

import bt2

PLUGINS = str(Path(__file__).parent.parent)  # where bt_plugin_lttngx.py is
MESSAGES = {"send": {"event": "app:sent", "key": ["kind", "id"]}, "receive": {"event": "app:got", "key": ["kind", "message"]}}
SPANS = [{"span": kind,
          "begin": {"event": "app:sent", "if": f'kind == "{kind}"', "key": ["id"]},
          "end": {"event": "app:got", "if": f'kind == "{kind}"', "key": ["message"]}} for kind in ("request", "reply")]


def main(*arguments: str) -> None:
    *traces, reference = arguments
    lttngx = bt2.find_plugins_in_path(PLUGINS, recurse=False)[0]
    graph = bt2.Graph()
    clocks = graph.add_component(lttngx.filter_component_classes["clocks"], "clocks", {"reference": reference, "pairs": [MESSAGES]})
    for number, trace in enumerate(traces):
        source = graph.add_component(lttngx.source_component_classes["ctf"], f"source{number}", {"inputs": [trace]})
        muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], f"muxer{number}")
        for output in source.output_ports.values():
            graph.connect_ports(output, next(port for port in muxer.input_ports.values() if not port.is_connected))
        graph.connect_ports(muxer.output_ports["out"], clocks.input_ports[f"in{number}"])
    spans = graph.add_component(lttngx.sink_component_classes["spans"], "spans", {"spans": SPANS, "utc": True})
    graph.connect_ports(clocks.output_ports["out"], spans.input_ports["in"])
    graph.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
