"""Figures of map-reduce: what two processes gain over one, and memory over many chunks. Hooked into ratios.py; alone:

    benchmarks/shards.py TRACE [ANALYSIS …]     TRACE: one which takes 10 s or more (`longer.py SRC DST 350`)

Wall time says little on a busy machine, so the gain is told of both: by wall time, and by CPU time along the longest way, that is all
of the process which joins (most of it while its workers work) and half of what its two workers used.
"""

import contextlib
import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import longer
import measure

ANALYSES = {"cputop": (), "syscalls": (), "sched": (), "irq": (), "spans": ("--packs", "irq", "--packs", "softirq", "--packs", "net")}
# How often the recorded trace has to be repeated to take one process 10 s or more, with most analyses.
ROUNDS = 350
# Runs the command, then says its own CPU time.
SCRIPT = ("import resource, sys; from lttngx.commands.shards import main; status = main(sys.argv[1:]); "
          "used = resource.getrusage(resource.RUSAGE_SELF); print(used.ru_utime + used.ru_stime, file=sys.stderr); sys.exit(status)")
# Of <linux/prctl.h>: descendants whose parents have ended become children of this process.
PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Run:
    """One run, in seconds: wall time, CPU time of the process which joins, and of all workers."""

    wall_s: float
    own_s: float
    workers_s: float

    def path_s(self, workers: int) -> float:
        """Return the CPU time along the longest way."""
        return self.own_s + self.workers_s / workers


def run(name: str, trace: Path, jobs: int) -> Run:
    """Run an analysis with some processes. Workers are children of a server: their CPU time is told when all have ended."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    began, before_s = time.monotonic(), _descendants_s()
    done = subprocess.run([sys.executable, "-c", SCRIPT, "run", name, str(trace), "--jobs", str(jobs), *ANALYSES[name]],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    wall_s, own_s = time.monotonic() - began, float(done.stderr.split()[-1])
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    return Run(wall_s, own_s, _descendants_s() - before_s - own_s)


def _descendants_s() -> float:
    """Return the CPU time of all descendants which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def speed_up(name: str, trace: Path) -> str:
    """Return the line on two processes against one."""
    one, two = run(name, trace, 1), run(name, trace, 2)
    by_cpu, by_wall = one.path_s(1) / two.path_s(2), one.wall_s / two.wall_s
    return (f"shards run {name + ',':<9} 2 processes against 1: {by_wall:.2f} × by wall time ({one.wall_s:.1f} s, {two.wall_s:.1f} s), "
            f"{by_cpu:.2f} × by CPU time on the longest way ({one.path_s(1):.1f} s, {two.own_s:.1f} s + {two.workers_s:.1f} s / 2); "
            f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} CPUs")


def chunked(source: Path, target: Path, count: int) -> Path:
    """Write `count` chunks of a session: each a round of the trace `source`, later than the one before, as a rotation leaves them."""
    for number in range(count):
        longer.lengthen(source, target / "archives" / f"20260101T000000+0000-20260101T000000+0000-{number}" / "kernel", 1, number)
    return target / "archives"


def shards_command(name: str, archives: Path, count: int, *options: str) -> list[str]:
    return [sys.executable, "-m", "lttngx.shards", "run", name, str(archives), "--jobs", "1", "--shards", str(count), *options]


def peak(name: str, source: Path, scratch: Path, count: int) -> tuple[float, int]:
    """Return the peak memory in MiB of the process which joins `count` chunks (and analyses them itself, the worst case), and the
    number of threads in its whole result."""
    archives = chunked(source, scratch / f"chunks-{count}", count)
    used = measure.peak_mib(shards_command(name, archives, count))
    threads = 0
    if name == "cputop":
        whole = shards_command(name, archives, count, "--limit", "0", "--format", "json")
        threads = len(json.loads(subprocess.run(whole, stdout=subprocess.PIPE, check=True).stdout)["threads"])
    shutil.rmtree(archives)
    return used, threads


def memory(name: str, source: Path, scratch: Path) -> str:
    """Return the line on the peak memory over few and over many chunks; where the result has more rows, by row."""
    (few, few_rows), (many, many_rows) = (peak(name, source, scratch, count) for count in (20, 200))
    line = f"peak memory of shards run {name}: over 20 chunks {few:.0f} MiB, over 200 chunks {many:.0f} MiB"
    rows = many_rows - few_rows
    return f"{line}; {1024 * (many - few) / rows:.1f} KiB for each of the {rows} threads more which its result has" if rows else line


def lines(source: Path, scratch: Path) -> Iterator[str]:
    """Yield the lines to print. source: a recorded trace."""
    trace = scratch / "shards-trace"
    longer.lengthen(source, trace, ROUNDS)
    yield from speed_ups(trace, tuple(ANALYSES))
    shutil.rmtree(trace)
    # What irq shows does not grow with the trace: nor does its memory. What cputop shows grows by the threads which each chunk begins.
    for name in ("irq", "cputop"):
        yield memory(name, source, scratch)


def speed_ups(trace: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield the lines on two processes against one."""
    for name in names:
        yield speed_up(name, trace)


if __name__ == "__main__":
    for line in speed_ups(Path(sys.argv[1]), sys.argv[2:] or tuple(ANALYSES)):
        print(line, flush=True)
