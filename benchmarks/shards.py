"""Figures of map-reduce: what two processes gain over one, and memory over many chunks. Hooked into ratios.py.

Wall time says little on a busy machine, so the gain is told of both: by wall time, and by CPU time along the longest way, that is the
time of the process which joins and half of what its two workers used.
"""

import contextlib
import ctypes
import os
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import longer
import measure

ANALYSES = {"cputop": (), "syscalls": (), "spans": ("--packs", "irq", "--packs", "softirq", "--packs", "net")}
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
    return (f"shards run {name}, 2 processes against 1: {by_wall:.2f} × by wall time ({one.wall_s:.1f} s, {two.wall_s:.1f} s), "
            f"{by_cpu:.2f} × by CPU time on the longest way ({one.path_s(1):.1f} s, {two.path_s(2):.1f} s); "
            f"load {os.getloadavg()[0]:.1f} on {len(os.sched_getaffinity(0))} CPUs")


def chunked(source: Path, target: Path, count: int) -> Path:
    """Write `count` chunks of a session: each a round of the trace `source`, later than the one before, as a rotation leaves them."""
    longer.lengthen(source, target / "whole", count)
    for path in [path for path in (target / "whole").iterdir() if path.name != "metadata"]:
        data = path.read_bytes()
        found = list(longer.packets(data))
        each = len(found) // count
        for number in range(count):
            chunk = target / "archives" / f"20260101T000000+0000-20260101T000000+0000-{number}" / "kernel"
            chunk.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / "metadata", chunk / "metadata")
            begin = found[number * each][0]
            end = found[(number + 1) * each][0] if number + 1 < count else len(data)
            (chunk / path.name).write_bytes(data[begin:end])
    shutil.rmtree(target / "whole")
    return target / "archives"


def memory(name: str, source: Path, scratch: Path) -> str:
    """Return the line on the peak memory of the process which joins, over few and over many chunks."""
    peaks = {}
    for count in (20, 200):
        archives = chunked(source, scratch / f"chunks-{count}", count)
        command = [sys.executable, "-m", "lttngx.shards", "run", name, str(archives), "--jobs", "1", "--shards", str(count)]
        peaks[count] = measure.run(command).peak_kib / 1024
        shutil.rmtree(archives)
    return f"peak memory of shards run {name} over " + " and ".join(f"{count} chunks: {peak:.0f} MiB" for count, peak in peaks.items())


def lines(source: Path, long: Path, scratch: Path):
    """Yield the lines to print. source: a recorded trace; long: a long one."""
    for name in ANALYSES:
        yield speed_up(name, long)
    # What irq shows does not grow with the trace; what cputop shows grows by the threads which each chunk begins.
    for name in ("irq", "cputop"):
        yield memory(name, source, scratch)
