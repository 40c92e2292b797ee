"""Measures lttngx against Babeltrace's own components and the LTTng tools, side by side in one run.

Every figure is a ratio of user CPU: machines differ and are noisy, ratios hold. The trace is one of the repository's,
lengthened (see longer.py), or one you name.
"""

import argparse
import shutil
import statistics
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import analyses
import archive
import clocks
import columns
import longer
import measure
import shards
import spans
import states

TOP = Path(__file__).parent.parent
RECORDED = TOP / "tests/data/traces/kernel-asmall.tar.xz"
# What has kernel memory events, and how many times over.
MEMORY, MEMORY_ROUNDS = TOP / "tests/data/traces/kernel-a2.tar.xz", 8
PLUGIN = ("babeltrace2", f"--plugin-path={TOP}")
DUMMY = ("-c", "sink.utils.dummy")
# Evaluated on every event: the context and the packet context are there whatever the event is.
EXPRESSION = '$ctx.vtid > 0 && $ctx.procname != "swapper/*"'


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. at_most: the ratio to hold, None: any. pairs: of runs, at most, of commands which take long."""

    title: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    at_most: float | None
    pairs: int | None = None


def graph(trace: Path, *components: str) -> tuple[str, ...]:
    """Return the babeltrace2 command which reads `trace` through components, the plugin loaded."""
    return (*PLUGIN, str(trace), *components)


def rows(trace: Path, scratch: Path) -> list[Row]:
    """Return what is measured on `trace`. scratch: an empty folder, for tools which want one of their own shape."""
    dummy = graph(trace, *DUMMY)
    events = ("-c", "filter.lttngx.events", "-p")
    result = [
        Row("filter.lttngx.events by name / dummy", graph(trace, *events, 'names="sched_*"', *DUMMY), dummy, 1.15),
        Row("filter.lttngx.events by expression on every event / dummy",
            graph(trace, *events, f"expr={quoted(EXPRESSION)}", *DUMMY), dummy, 1.4),
        Row("filter.lttngx.fields, identity rewrite / dummy",
            graph(trace, "-c", "filter.lttngx.fields", "-p", 'keep="payload.*"', *DUMMY), dummy, 1.6),
        Row("filter.lttngx.fields, every field to a pseudonym / dummy",
            graph(trace, "-c", "filter.lttngx.fields", "-p", 'redact=["payload.*","context.*"],key="k"', *DUMMY), dummy, None),
        Row("filter.lttngx.state, 4 values on every event / dummy", states.annotation_row(graph, trace, DUMMY), dummy, None),
        Row("sink.lttngx.cputop / dummy", graph(trace, "-c", "sink.lttngx.cputop"), dummy, 1.5),
        Row("filter.lttngx.spans, packs=syscalls / dummy",
            graph(trace, "-c", "filter.lttngx.spans", "-p", 'packs="syscalls"', *DUMMY), dummy, None),
        Row("sink.lttngx.spans, packs=syscalls / dummy", graph(trace, "-c", "sink.lttngx.spans", "-p", 'packs="syscalls"'), dummy, None),
    ]
    result += source_rows(trace)
    result.append(Row("source.lttngx.archive, 8 chunks / source.ctf.fs, all at once",
                      *archive.commands(PLUGIN, archive.rotated(unpacked(RECORDED, scratch), scratch / "chunks", 8)), 1 / 3))
    result.append(Row("sink.lttngx.events to Parquet / a bt2 script", *columns.parquet_commands(ours(trace), trace, scratch), 1 / 30))
    if shutil.which("lttng-cputop"):
        folder = old_layout(trace, scratch)
        behind = ((("sink.lttngx.cputop",), "lttng-cputop"), (("sink.lttngx.spans", "-p", 'packs="syscalls"'), "lttng-syscallstats"))
        for sink, old in behind:
            result.append(Row(f"{' '.join(sink[::2])} / {old}", graph(trace, "-c", *sink), (old, *analyses.QUIET, str(folder)), None,
                              analyses.PAIRS))
        result += [Row(*command) for command in analyses.commands(ours, folder, lambda: analyses.memory_folder(
            unpacked(MEMORY, scratch), scratch, MEMORY_ROUNDS))]
    return result


def ours(trace: Path, *params: str) -> tuple[str, ...]:
    """Return the beginning of a babeltrace2 command which reads `trace` with source.lttngx.ctf."""
    return (*PLUGIN, "-c", "source.lttngx.ctf", "-p", ",".join((f'inputs=["{trace}"]', *params)))


def source_rows(trace: Path) -> list[Row]:
    """Return source + muxer + dummy rows: source.lttngx.ctf, whole and in part, against Babeltrace's own reader."""
    theirs = (*PLUGIN, "-c", "source.ctf.fs", "-p", f'inputs=["{trace}"]', *DUMMY)
    parts = {"all fields": ((), 1 / 3), "no field": (("fields=[]",), None),
             "one payload field": (('fields=["payload.ret"]',), None), "one event class": (('events=["sched_switch"]',), None)}
    return [Row(f"source.lttngx.ctf, {name} / source.ctf.fs", (*ours(trace, *params), *DUMMY), theirs, at_most)
            for name, (params, at_most) in parts.items()]


def unpacked(archive: Path, scratch: Path) -> Path:
    """Return the kernel trace directory in an archive of a recording, unpacked into `scratch`."""
    with tarfile.open(archive) as files:
        files.extractall(scratch)
    return scratch / archive.name.removesuffix(".tar.xz") / "kernel"


def quoted(text: str) -> str:
    """Return text as a string of Babeltrace's parameter notation."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def old_layout(trace: Path, scratch: Path) -> Path:
    """Return a folder with `trace` as its `kernel` sub-folder, which the LTTng tools insist on."""
    folder = scratch / "old"
    shutil.copytree(trace, folder / "kernel", ignore=shutil.ignore_patterns("index"))
    return folder


def measured(row: Row, runs: int, core: str) -> str:
    """Return a row of the printed table."""
    try:
        pairs = measure.paired(row.one, row.other, min(runs, row.pairs or runs), {"LTTNGX_CORE": core}, warm=row.pairs is None)
    except RuntimeError as error:
        return f"{row.title:<74} failed: {error}"
    ratio = measure.ratio(pairs)
    one, other = (statistics.median(usage.user_s for usage in side) for side in zip(*pairs))
    # What is to be held is said of the native core; the portable one is the reference, not the fast one.
    unbound = row.at_most is None or core != "native"
    held = "" if unbound else f"   at most {row.at_most:.3g}: " + ("held" if ratio <= row.at_most else "NOT HELD")
    return f"{row.title:<74} {one:8.3f} s {other:8.3f} s   ratio {ratio:6.3f}{held}"


def memory(trace: Path, long_trace: Path) -> str:
    """Return the line which compares the peak memory of cputop on a trace and on the lengthened one."""
    short, long = (measure.peak_mib(graph(path, "-c", "sink.lttngx.cputop")) for path in (trace, long_trace))
    return f"peak memory of cputop on the recorded and on the lengthened trace: {short:.0f} MiB, {long:.0f} MiB"


def lines(trace: Path, scratch: Path, runs: int, core: str) -> Iterator[str]:
    """Yield the figures which are no ratio of two commands, one group after the other."""
    recorded = unpacked(RECORDED, scratch)
    yield from clocks.lines(PLUGIN, trace, scratch, runs, core)
    yield from archive.lines(PLUGIN, recorded, scratch)
    yield from states.lines(PLUGIN, recorded, trace, core)
    if core == "native":
        yield from shards.lines(recorded, scratch)
    yield from spans.lines(PLUGIN, recorded, trace, scratch, core, runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trace", type=Path, help="kernel trace directory to use instead of the lengthened one")
    parser.add_argument("--rounds", type=int, default=14, help="how many times longer than the recorded trace (14)")
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each command (5)")
    parser.add_argument("--core", choices=("native", "portable"), default="native")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        trace = arguments.trace or scratch / "trace"
        if not arguments.trace:
            longer.lengthen(unpacked(RECORDED, scratch), trace, arguments.rounds)
        print(f"user CPU, median of {arguments.runs} pairs, {arguments.core} core")
        for row in rows(trace, scratch):
            print(measured(row, arguments.runs, arguments.core), flush=True)
        if not arguments.trace:
            print(memory(unpacked(RECORDED, scratch), trace))
            for line in lines(trace, scratch, arguments.runs, arguments.core):
                print(line, flush=True)



if __name__ == "__main__":
    main()
