"""The recorded traces of tests/data/traces and the ground truth that was taken beside them."""

import atexit
import functools
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

TRACES = Path(__file__).parent / "data" / "traces"


@functools.cache
def unpacked(name: str) -> Path:
    """Return the folder of an archive NAME.tar.xz, unpacked once a test run."""
    folder = Path(tempfile.mkdtemp(prefix="lttngx-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with tarfile.open(TRACES / f"{name}.tar.xz") as archive:
        archive.extractall(folder, filter="data") if hasattr(tarfile, "data_filter") else archive.extractall(folder)
    return folder / name


@dataclass(frozen=True)
class ProcThread:
    """A thread in /proc at one moment. time_ns: on the trace's clock; run_ns: CPU time so far (schedstat)."""

    time_ns: int
    tid: int
    pid: int
    comm: str
    run_ns: int
    pid_ns: int


def proc_threads(folder: Path, moment: str) -> dict[int, ProcThread]:
    """Return the threads of gt/MOMENT.tsv by TID."""
    metadata = subprocess.run(["babeltrace2", "-o", "ctf-metadata", str(folder / "kernel")], check=True, capture_output=True,
                              text=True).stdout
    offset = int(re.search(r"(?m)^\toffset = (\d+);", metadata)[1])
    rows = (line.rstrip("\n").split("\t") for line in (folder / "gt" / f"{moment}.tsv").read_text().splitlines())
    return {int(row[2]): ProcThread(offset + int(row[1]), int(row[2]), int(row[3]), row[7], int(row[12]), int(row[15]))
            for row in rows if row[0] == "thread"}


@functools.cache
def true_containers() -> dict[int, dict]:
    """Return the machine's containers by pid name space as their runtimes named them."""
    document = json.loads((TRACES / "containers.json").read_text())
    return {entry["ns"]["pid"]: entry for entry in document["containers"]}
