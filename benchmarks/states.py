"""Figures of the state tracker: engine, history size, snapshot time. The rows against sink.utils.dummy are in ratios.py."""

import statistics
import tempfile
import time
from pathlib import Path

import measure
from driving import drive


def annotation_row(graph, trace: Path, dummy_sink: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command which puts four state values on every event."""
    return graph(trace, "-c", "filter.lttngx.state", "-p", "annotate=[tid,pid,syscall,cpu-state]", *dummy_sink)


def engine_rate(trace: Path, core: str) -> str:
    """Return the line on the complete kernel model: events a second over all events of a trace, extraction included."""
    from lttngx.state.kernel.model import KernelState

    engine = KernelState()
    found = drive(trace, core, engine, engine.tree.take)
    return f"kernel state model behind source.ctf.fs, {core}: {found.events / found.user_s / 1000:,.0f} k events/s of user CPU"


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
