"""Rows on events as columns: sink.lttngx.events against what a bt2 script takes for the same files."""

import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("parquet_with_bt2.py")


def parquet_commands(ours: tuple[str, ...], trace: Path, scratch: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the commands which write Parquet files of a trace: behind a source and the sink, and by the script.

    ours: the beginning of a babeltrace2 command which reads the trace. Each run writes to an emptied folder of its own.
    """
    def fresh(folder: Path, *command: str) -> tuple[str, ...]:
        return ("sh", "-c", 'rm -rf "$0" && mkdir "$0" && exec "$@"', str(folder), *command)

    one, other = scratch / "parquet", scratch / "parquet-script"
    return (fresh(one, *ours, "-c", "sink.lttngx.events", "-p", f'format=parquet,path="{one}"'),
            fresh(other, sys.executable, str(SCRIPT), str(trace), str(other)))
