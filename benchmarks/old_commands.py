"""Times the rows of docs/from-lttng-analyses.md's table of commands, as printed: both commands on one trace, user CPU.

The trace is the repository's kernel recording four times over (see longer.py); of memtop, whose events that one lacks, another
recording without the events at which the old tools stop.
"""

import argparse
import os
import statistics
import sys
import tarfile
import tempfile
from pathlib import Path

import longer
import measure

TOP = Path(__file__).parent.parent
TRACES = TOP / "tests/data/traces"
sys.path.insert(0, str(TOP / "tests"))
QUIET = ("--skip-validation", "--no-intersection", "--no-progress", "--no-color")
ROUNDS = 4


def unpacked(name: str, scratch: Path) -> Path:
    with tarfile.open(TRACES / f"{name}.tar.xz") as archive:
        archive.extractall(scratch, filter="data")
    return scratch / name / "kernel"


def folders(scratch: Path) -> dict[str, Path]:
    """Return the folders with a trace in `kernel`: by the beginning of an old command, "" for all others."""
    longer.lengthen(unpacked("kernel-asmall", scratch), scratch / "long/kernel", ROUNDS)
    measure.run(("babeltrace2", f"--plugin-path={TOP}", str(unpacked("kernel-a2", scratch)), "-c", "filter.lttngx.events", "-p",
                 'names="lttng_statedump_file_descriptor",mode=drop', "-c", "sink.ctf.fs", "-p", f'path="{scratch}/all",quiet=yes'))
    (scratch / "memory").mkdir()
    next((scratch / "all").rglob("metadata")).parent.rename(scratch / "memory/kernel")
    return {"lttng-memtop": scratch / "memory", "": scratch / "long"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="of our command (the old one runs once); default: 3")
    runs = parser.parse_args().runs
    from old_commands_page import rows
    os.environ |= {"PATH": f"{TOP}/.venv/bin:{os.environ['PATH']}", "TZ": "UTC"}
    with tempfile.TemporaryDirectory(prefix="lttngx-old-") as scratch:
        found = folders(Path(scratch))
        for row in rows("## Commands"):
            folder = next(path for name, path in found.items() if row.old.startswith(name))
            quiet = () if "track-process" in row.old else QUIET
            try:
                old_s = measure.run(row.old_arguments(folder, False, *quiet)).user_s
            except RuntimeError as error:
                print(f"| {row.old:50} | {error}", flush=True)
                continue
            new_s = statistics.median(measure.run(row.new_arguments(folder / "kernel")).user_s for _ in range(runs))
            print(f"| {row.old:50} | {row.new:60} | {old_s:5.2f} | {new_s:5.2f} | {new_s / old_s:6.3f} |", flush=True)


if __name__ == "__main__":
    main()
