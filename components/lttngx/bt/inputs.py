"""What a command reads: trace paths and live sessions, as source components."""

import os
from collections.abc import Sequence
from pathlib import Path

from lttngx.bt.pipelines import Component
from lttngx.core.choice import load
from lttngx.ctf.detect import is_trace_directory
from lttngx.errors import LttngxError, ParameterError

LIVE = ("net://", "net4://", "net6://", "tcp://")


def sources(traces: Sequence[str]) -> list[Component]:
    """Return the sources which read some traces: one for all directories, one for each live session.

    traces: directories which are or hold CTF traces, URLs of live sessions (`net://HOST/host/TARGET/SESSION`). Raises
    ParameterError if there is nothing to read.
    """
    live = [trace for trace in traces if trace.startswith(LIVE)]
    paths = [trace for trace in traces if not trace.startswith(LIVE)]
    found = [Component(f"live{number or ''}", "source.ctf.lttng-live", {"inputs": [url], "session-not-found-action": "end"})
             for number, url in enumerate(live)]
    return ([_directories(paths)] if paths else []) + found


def _directories(paths: Sequence[str]) -> Component:
    for path in paths:
        if not os.path.isdir(path):
            reason = "expected a directory, got a file" if os.path.exists(path) else "no such directory"
            raise ParameterError(f'Cannot read trace: path="{path}", {reason}')
    try:
        load("decode_source")
    except LttngxError:
        # Without the compiled core Babeltrace's own reader serves, which wants the very directories of the traces.
        return Component("source", "source.ctf.fs", {"inputs": [found for path in paths for found in _traces_in(path)]})
    return Component("source", "source.lttngx.ctf", {"inputs": list(paths)})


def _traces_in(path: str) -> list[str]:
    found = [folder for folder, _, files in sorted(os.walk(path)) if "metadata" in files and is_trace_directory(folder)]
    if not found:
        raise ParameterError(f'Cannot read trace: path="{path}", expected a CTF trace in it, got none')
    return found


def is_live(trace: str) -> bool:
    """Return whether a trace is a live session's URL."""
    return trace.startswith(LIVE)


def size_bytes(traces: Sequence[str]) -> int:
    """Return the size of the data stream files of some traces: all files but metadata and indexes."""
    total = 0
    for trace in traces:
        for folder, folders, files in os.walk(trace):
            folders[:] = [name for name in folders if name != "index"]
            total += sum((Path(folder) / name).stat().st_size for name in files if name != "metadata")
    return total
