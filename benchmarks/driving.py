"""Drives an engine over a trace in this process, without babeltrace2."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import bt2

from lttngx.core import choice


class Drive(NamedTuple):
    """What a run took: events of the trace, those given to the engine, user CPU in seconds."""

    events: int
    extracted: int
    user_s: float


def drive(trace: Path, core: str, engine, after_batch: Callable[[], object] = lambda: None) -> Drive:
    """Feed a trace, read by source.ctf.fs, to an engine (a Consumer) with one core."""
    chosen = choice.native() if core == choice.NATIVE else choice.portable()
    found = []

    class Sink(bt2._UserSinkComponent):
        def __init__(self, config, params, obj):
            self._add_input_port("in")

        def _user_graph_is_configured(self):
            found.append(chosen.Extractor(self._create_message_iterator(self._input_ports["in"]), engine))

        def _user_consume(self):
            found[0].consume()
            after_batch()

    graph = bt2.Graph()
    source = graph.add_component(bt2.find_plugin("ctf").source_component_classes["fs"], "source", {"inputs": [str(trace)]})
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    for index, port in enumerate(source.output_ports.values()):
        graph.connect_ports(port, muxer.input_ports[f"in{index}"])
    graph.connect_ports(muxer.output_ports["out"], graph.add_component(Sink, "sink").input_ports["in"])
    began = os.times().user
    graph.run()
    return Drive(found[0].events, found[0].extracted, os.times().user - began)
