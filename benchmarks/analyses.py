"""Rows of the analyses against their LTTng analysis commands, each on one trace, reading what the analysis needs."""

import shutil
from collections.abc import Callable
from pathlib import Path

import longer
import measure

TOP = Path(__file__).parent.parent
SCHED = 'events=["sched_*","lttng_statedump_process_*"]'
IRQ = 'events=["irq_*","lttng_statedump_interrupt"]'
IO = 'events=["syscall_*","sched_switch","sched_process_*","lttng_statedump_*","block_*"]'
# (LTTng command; sink, its parameters; what to read of the trace).
ANALYSES = (
    ("lttng-cputop", ("cputop",), SCHED),
    ("lttng-schedstats", ("sched",), SCHED),
    ("lttng-schedtop", ("sched", "-p", "view=top"), SCHED),
    ("lttng-schedfreq", ("sched", "-p", "view=freq"), SCHED),
    ("lttng-schedlog", ("sched", "-p", "view=log"), SCHED),
    ("lttng-syscallstats", ("syscalls", "-p", "group-by=thread"),
     'events=["syscall_*","sched_switch","sched_process_*","lttng_statedump_process_*"]'),
    ("lttng-irqstats", ("irq",), IRQ),
    ("lttng-irqfreq", ("irq", "-p", "view=freq"), IRQ),
    ("lttng-irqlog", ("irq", "-p", "view=log"), IRQ),
    ("lttng-iousagetop", ("io",), IO.replace("]", ',"net_dev_xmit","net_if_receive_skb"]')),
    ("lttng-iolatencystats", ("io", "-p", "view=stats"), IO),
    ("lttng-iolatencytop", ("io", "-p", "view=top"), IO),
    ("lttng-iolatencyfreq", ("io", "-p", "view=freq"), IO),
    ("lttng-iolog", ("io", "-p", "view=log"), IO),
    ("lttng-memtop", ("memory",), 'events=["kmem_*","sched_switch","sched_process_*","lttng_statedump_process_*"]'),
)
AT_MOST = 1 / 20
# The old commands take 10 to 30 s each.
PAIRS = 3
QUIET = ("--no-progress", "--skip-validation", "--gmt", "--no-color", "--no-intersection")


def commands(ours: Callable[..., tuple[str, ...]], folder: Path, memory_folder: Callable[[], Path]
             ) -> list[tuple[str, tuple[str, ...], tuple[str, ...], float, int]]:
    """Return (title, our command, theirs, ratio to hold, pairs of runs) of each analysis whose LTTng command is installed.

    ours: as ratios.ours. folder: holds the trace in `kernel`, as the LTTng tools want it; memory_folder makes such a one with a trace
    which has what memtop wants."""
    found = []
    for old, (sink, *params), events in ANALYSES:
        if shutil.which(old):
            trace = memory_folder() if old == "lttng-memtop" else folder
            title = f"source.lttngx.ctf + sink.lttngx.{' '.join((sink, *params[1:]))} / {old}"
            one = (*ours(trace / "kernel", events), "-c", f"sink.lttngx.{sink}", *params)
            found.append((title, one, (old, *QUIET, str(trace)), AT_MOST, PAIRS))
    return found


def memory_folder(recorded: Path, scratch: Path, rounds: int = 1) -> Path:
    """Return a folder with a recording with kernel memory events in `kernel`, some times over, without the events at which the old tools
    stop."""
    longer.lengthen(recorded, scratch / "memory-long", rounds)
    measure.run(("babeltrace2", f"--plugin-path={TOP}", str(scratch / "memory-long"), "-c", "filter.lttngx.events", "-p",
                 'names="lttng_statedump_file_descriptor",mode=drop', "-c", "sink.ctf.fs", "-p", f'path="{scratch}/memory-all",quiet=yes'))
    (scratch / "memory").mkdir()
    next((scratch / "memory-all").rglob("metadata")).parent.rename(scratch / "memory/kernel")
    return scratch / "memory"
