"""Figures of the state tracker: engine, history size, snapshot time. The rows against sink.utils.dummy are in ratios.py."""

import os
import statistics
import tempfile
import time
from pathlib import Path

import measure


def annotation_row(graph, trace: Path, dummy_sink: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command which puts four state values on every event."""
    return graph(trace, "-c", "filter.lttngx.state", "-p", "annotate=[tid,pid,syscall,cpu-state]", *dummy_sink)


def engine_rate(trace: Path, core: str) -> str:
    """Return the line on the complete kernel model: events a second over all events of a trace, extraction included."""
    import bt2

    from lttngx.core import choice
    from lttngx.state.kernel.model import KernelState

    engine = KernelState()
    chosen = choice.native() if core == choice.NATIVE else choice.portable()
    found = []

    class Sink(bt2._UserSinkComponent):
        def __init__(self, config, params, obj):
            self._add_input_port("in")

        def _user_graph_is_configured(self):
            found.append(chosen.Extractor(self._create_message_iterator(self._input_ports["in"]), engine))

        def _user_consume(self):
            found[0].consume()
            engine.tree.take()

    graph = bt2.Graph()
    source = graph.add_component(bt2.find_plugin("ctf").source_component_classes["fs"], "source", {"inputs": [str(trace)]})
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    for index, port in enumerate(source.output_ports.values()):
        graph.connect_ports(port, muxer.input_ports[f"in{index}"])
    graph.connect_ports(muxer.output_ports["out"], graph.add_component(Sink, "sink").input_ports["in"])
    began = os.times().user
    graph.run()
    seconds = os.times().user - began
    return f"kernel state model behind source.ctf.fs, {core}: {found[0].events / seconds / 1000:,.0f} k events/s of user CPU"


def history(plugin: tuple[str, ...], trace: Path, core: str) -> tuple[float, float, int]:
    """Write a history; return bytes a change, median ms of five snapshots spread over the trace, and its changes."""
    from lttngx.state.query import History

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "states"
        measure.run((*plugin, str(trace), "-c", "sink.lttngx.states", "-p", f'path="{path}"'), {"LTTNGX_CORE": core})
        with open(path, "rb") as file:
            states = History(file)
            changes = sum(1 for _ in states.changes())
            begin, end = states.begin_ns, states.end_ns
            times = []
            for part in range(1, 6):
                began = time.process_time()
                states.at(begin + (end - begin) * part // 6)
                times.append(1000 * (time.process_time() - began))
        return path.stat().st_size / changes, statistics.median(times), changes


def lines(plugin: tuple[str, ...], short: Path, long: Path, core: str):
    """Yield the lines to print. The portable core reads the short trace only: minutes say no more than seconds."""
    yield engine_rate(short, core)
    for name, trace in (("1×", short), *((("longer", long),) if core == "native" else ())):
        size, snapshot_ms, changes = history(plugin, trace, core)
        yield f"state history, {core}, {name}: {changes:,} changes, {size:.2f} bytes a change, full state at a time in {snapshot_ms:.1f} ms"
