"""The recorded traces, each read once, with their state histories."""

import functools
import io
from pathlib import Path
from typing import NamedTuple

import state_recount as recount

from lttngx.bt.reading import read
from lttngx.state.history import Writer
from lttngx.state.kernel.model import KernelState
from lttngx.state.query import History

TRACES = Path(__file__).parents[2] / "data/traces"


class Recorded(NamedTuple):
    """A trace's engine after its last event, its history, and the time [begin_ns, end_ns) in which all of its CPUs
    were traced."""

    path: Path
    engine: KernelState
    history: History
    begin_ns: int
    end_ns: int


@functools.cache
def recorded(name: str) -> Recorded:
    path, engine, file = TRACES / name, KernelState(), io.BytesIO()
    extractor = read(engine, path)
    engine.finish()
    writer = Writer(file, {})
    writer.append(engine.tree.take(), engine.tree.paths)
    writer.close(extractor.last_ns + 1)
    return Recorded(path, engine, History(file), extractor.first_ns, recount.end(path))
