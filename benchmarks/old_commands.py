"""Times the rows of docs/from-lttng-analyses.md's table of commands, as printed: both commands on one trace, user CPU.

The trace is the repository's kernel recording four times over (see longer.py); of memtop, whose events that one lacks, another
recording without the events at which the old tools stop. With --write, the times go into the page.
"""

import argparse
import os
import re
import statistics
import sys
import tarfile
import tempfile
from pathlib import Path

import analyses
import longer
import measure

TOP = Path(__file__).parent.parent
TRACES = TOP / "tests/data/traces"
sys.path.insert(0, str(TOP / "tests"))
HEADING = "## Commands"
QUIET = ("--skip-validation", "--no-intersection", "--no-progress", "--no-color")
ROUNDS = 4


def unpacked(name: str, scratch: Path) -> Path:
    with tarfile.open(TRACES / f"{name}.tar.xz") as archive:
        archive.extractall(scratch)
    return scratch / name / "kernel"


def folders(scratch: Path) -> dict[str, Path]:
    """Return the folders with a trace in `kernel`: by the beginning of an old command, "" for all others."""
    longer.lengthen(unpacked("kernel-asmall", scratch), scratch / "long/kernel", ROUNDS)
    return {"lttng-memtop": analyses.memory_folder(unpacked("kernel-a2", scratch), scratch), "": scratch / "long"}


def timed(row, folder: Path, runs: int) -> tuple[str, str, str]:
    """Return the cells of a row: the old command's time, ours (the median), their ratio. An old command may stop with an error."""
    new_s = statistics.median(measure.run(row.new_arguments(folder / "kernel")).user_s for _ in range(runs))
    quiet = () if "track-process" in row.old else QUIET
    try:
        old_s = measure.run(row.old_arguments(folder, False, *quiet)).user_s
    except RuntimeError as error:
        print(f"{row.old}: {error}", file=sys.stderr)
        return "stops", f"{new_s:.2f}", ""
    return f"{old_s:.1f}", f"{new_s:.2f}", f"{new_s / old_s:.3f}"


def written(text: str, old: str, cells: tuple[str, str, str]) -> str:
    """Return the page with new cells in an old command's row of the table of commands."""
    head, heading, rest = text.partition(f"\n{HEADING}\n")
    lines = rest.split("\n")
    at = next(at for at, line in enumerate(lines) if line.startswith(f"| `{old}`"))
    # A `|` in a cell is written `\|`.
    before = re.split(r"(?<!\\)\|", lines[at])[1:-1]
    columns = [column.strip() for column in (*before[:2], *cells, *before[5:])]
    lines[at] = f"| {' | '.join(columns)} |".replace("|  |", "| |")
    return head + heading + "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="of our command (the old one runs once); default: 3")
    parser.add_argument("--write", action="store_true", help="write the times into the page")
    options = parser.parse_args()
    from old_commands_page import PAGE, rows
    os.environ |= {"PATH": f"{TOP}/.venv/bin:{os.environ['PATH']}", "TZ": "UTC"}
    with tempfile.TemporaryDirectory(prefix="lttngx-old-") as scratch:
        found = folders(Path(scratch))
        for row in rows(HEADING):
            folder = next(path for name, path in found.items() if row.old.startswith(name))
            cells = timed(row, folder, options.runs)
            print(f"| {row.old:50} | {row.new:60} | {' | '.join(cells)} |", flush=True)
            if options.write:
                PAGE.write_text(written(PAGE.read_text(), row.old, cells))


if __name__ == "__main__":
    main()
