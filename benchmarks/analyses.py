"""Rows of the analyses against their LTTng analysis commands, on one trace."""

import shutil
from pathlib import Path

# Analysis → (sink, its parameters beside; what it needs of a trace; the LTTng command).
ANALYSES = {
    "sched": (("sink.lttngx.sched",), 'events=["sched_*","lttng_statedump_process_*"]', "lttng-schedstats"),
    "syscalls": (("sink.lttngx.syscalls", "-p", "group-by=thread"),
                 'events=["syscall_*","sched_switch","sched_process_*","lttng_statedump_process_*"]', "lttng-syscallstats"),
    "io": (("sink.lttngx.io",),
           'events=["syscall_*","sched_switch","sched_process_*","lttng_statedump_*","block_*","net_dev_xmit","net_if_receive_skb"]',
           "lttng-iousagetop"),
    "io stats": (("sink.lttngx.io", "-p", 'view="stats"'),
                 'events=["syscall_*","sched_switch","sched_process_*","lttng_statedump_*","block_*"]', "lttng-iolatencystats"),
    "memory": (("sink.lttngx.memory",), 'events=["kmem_*","sched_switch","sched_process_*","lttng_statedump_process_*"]', "lttng-memtop"),
    "irq": (("sink.lttngx.irq",), 'events=["irq_*","lttng_statedump_interrupt"]', "lttng-irqstats"),
}
AT_MOST = 1 / 20


def commands(ours, trace: Path, old_layout: Path) -> list[tuple[str, tuple[str, ...], tuple[str, ...], float]]:
    """Return (title, our command, theirs, ratio to hold) of each analysis whose LTTng command is installed.

    ours: as ratios.ours. old_layout: a folder with the trace as the LTTng tools want it."""
    return [(f"source.lttngx.ctf + {sink[0]} / {old}", (*ours(trace, events), "-c", *sink),
             (old, "--no-progress", "--skip-validation", "--gmt", "--no-color", "--no-intersection", str(old_layout)), AT_MOST)
            for sink, events, old in ANALYSES.values() if shutil.which(old)]
