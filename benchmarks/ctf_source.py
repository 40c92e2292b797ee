#!/usr/bin/env python3
"""source.lttngx.ctf against source.ctf.fs: user CPU of `source + muxer + sink.utils.dummy`, side by side, medians.

    benchmarks/ctf_source.py [--runs N] [--plugin-path DIR] TRACE...

TRACE are CTF 1.8 trace directories with some 800,000 events or more (source.ctf.fs of Babeltrace 2.0 reads no CTF 2). Runs alternate, so
that a busy machine slows both; figures are ratios to source.ctf.fs.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUBSETS = {
    "all fields": "",
    "no field": ",fields=[]",
    "one payload field": ',fields=["payload.ret"]',
    "one event name": ',events=["sched_switch","demo:ints"]',
}


def user_seconds(command):
    """Return the user CPU of a command in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def commands(trace, plugin_path):
    """Return the commands to compare by name, source.ctf.fs first. The plugin is loaded in all of them."""
    start = ["babeltrace2", "--plugin-path", plugin_path]
    inputs = f'inputs=["{Path(trace).resolve()}"]'
    end = ["-c", "sink.utils.dummy"]
    result = {"source.ctf.fs": [*start, "-c", "source.ctf.fs", "-p", inputs, *end]}
    for name, subset in SUBSETS.items():
        result[f"source.lttngx.ctf, {name}"] = [*start, "-c", "source.lttngx.ctf", "-p", inputs + subset, *end]
    return result


def measure(trace, plugin_path, runs):
    """Print a table of one trace and return the ratio with all fields."""
    found = {name: [] for name in commands(trace, plugin_path)}
    for _ in range(runs):
        for name, command in commands(trace, plugin_path).items():
            found[name].append(user_seconds(command))
    medians = {name: statistics.median(seconds) for name, seconds in found.items()}
    base = medians["source.ctf.fs"]
    print(trace)
    for name, seconds in medians.items():
        print(f"  {name:<40} {seconds:7.3f} s  {seconds / base:5.2f}")
    return medians["source.lttngx.ctf, all fields"] / base


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("traces", nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--plugin-path", default=os.environ.get("BABELTRACE_PLUGIN_PATH") or str(ROOT))
    options = parser.parse_args()
    ratios = [measure(trace, options.plugin_path, options.runs) for trace in options.traces]
    return 1 if max(ratios) > 1 / 3 else 0


if __name__ == "__main__":
    sys.exit(main())
