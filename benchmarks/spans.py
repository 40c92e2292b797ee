"""Figures of spans: the engine at 10, 1,000 and 100,000 open spans; the filter's events a second; LTTng's period tools."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import longer
import measure
from driving import drive

DEFINITIONS = json.loads((Path(__file__).parent.parent / "tests/data/periods/definitions.json").read_text())
OPEN = (10, 1_000, 100_000)
# lttng-analyses 0.6.1 cannot read nested definitions with a later pyparsing.
PYPARSING = "pyparsing==2.2.2"
AT_MOST = 1 / 50
# The event classes of each definition: all that source.lttngx.ctf is asked to decode.
EVENTS = {"P1": '"sched_switch","syscall_*","irq_softirq_e*"', "P2": '"sched_waking","sched_switch"',
          "P3": '"syscall_exit_open*","syscall_entry_close"', "P4": '"syscall_entry_m*","syscall_exit_m*"',
          "P5": '"sched_switch"', "P6": '"sched_waking","sched_wakeup"'}
TOOL = ("--no-progress", "--skip-validation", "--gmt", "--no-color", "--no-intersection")
# lttng-periodstats needs minutes for P1 on a trace on which the others take half a minute.
ROUNDS_OF_P1 = 4


def span_params(name: str) -> str:
    """Return a definition of definitions.json as parameters of a component of spans."""
    case = DEFINITIONS[name]
    return ",".join(f"{key}=[{','.join(map(json.dumps, case[key]))}]" for key in ("spans", "captures") if case[key])


class Crowded:
    """The span engine with some spans that never end, which are open before anything is measured; a Consumer."""

    per_stream = False

    def __init__(self, count: int) -> None:
        from lttngx.core.classes import EventClass, FieldClass, Kind, Stream
        from lttngx.spans.engine import Engine
        from lttngx.spans.given import definitions

        self._engine = Engine(definitions(DEFINITIONS["P6"]["spans"][:1]))
        self.bind = self._engine.bind
        payload, stream = FieldClass(Kind.STRUCTURE, members=(("tid", FieldClass(Kind.SIGNED, 32)),)), Stream(clock="")
        self.begin, self.end = (self.bind(EventClass(name, scopes=(None, None, None, payload)), stream).call
                                for name in ("sched_waking", "sched_wakeup"))
        for number in range(count):
            self.begin(0, 0, -1 - number)

    def discarded_events(self, *loss) -> None:
        pass

    discarded_packets = discarded_events


def fed_rate(count: int, pairs: int = 100_000) -> float:
    """Return how many begin and end events the engine takes a second of CPU while some spans are open: it alone, fed directly."""
    crowded = Crowded(count)
    begin, end = crowded.begin, crowded.end
    began = time.process_time()
    for number in range(pairs):
        begin(2 * number, 0, number)
        end(2 * number + 1, 0, number)
    return 2 * pairs / (time.process_time() - began)


def engine_lines(trace: Path, core: str) -> Iterator[str]:
    """Yield the lines on the engine at 10, 1,000 and 100,000 open spans: it alone, and with one core's reading and extraction."""
    alone = [max(fed_rate(count) for _ in range(3)) for count in OPEN]
    yield f"span engine alone: {_rates(alone)} begin and end events/s; 10 to 100,000 open: ratio {alone[0] / alone[-1]:.2f}"
    read = []
    for count in OPEN:
        run = drive(trace, core, Crowded(count))
        read.append(run.events / run.user_s)
    yield f"span engine behind source.ctf.fs, {core}: {_rates(read)} events/s of the whole trace"


def _rates(rates: list[float]) -> str:
    return ", ".join(f"{count:,} open: {rate / 1000:,.0f} k" for count, rate in zip(OPEN, rates))


def filter_line(plugin: tuple[str, ...], trace: Path, core: str, runs: int) -> str:
    """Return the line on filter.lttngx.spans: span events a second of user CPU in a graph, the whole command's."""
    source = ("-c", "source.lttngx.ctf", "-p", f'inputs=["{trace}"],events=[{EVENTS["P6"]}]')
    command = (*plugin, *source, "-c", "filter.lttngx.spans", "-p", span_params("P6"))
    said = subprocess.run((*command, "-c", "sink.lttngx.spans", "-p", "format=json"), capture_output=True, text=True, check=True,
                          env=os.environ | {"LTTNGX_CORE": core})
    number = sum(row["begun"] for row in json.loads(said.stdout)["tables"]["outcomes"])
    seconds = _seconds((*command, "-c", "sink.utils.dummy"), runs, {"LTTNGX_CORE": core})
    return f"filter.lttngx.spans, {core}: {number:,} span events from as many begin and end events, {number / seconds / 1000:,.0f} k/s"


def _seconds(command: tuple[str, ...], runs: int, environment: dict[str, str]) -> float:
    return statistics.median(measure.run(command, environment).user_s for _ in range(runs))


def period_lines(plugin: tuple[str, ...], recorded: Path, trace: Path, scratch: Path, core: str, runs: int) -> Iterator[str]:
    """Yield a line for each definition: sink.lttngx.spans behind either source against lttng-periodstats, which runs once."""
    if shutil.which("lttng-periodstats") is None:
        yield "lttng-periodstats is not installed (Debian: python3-lttnganalyses)"
        return
    nested = _pyparsing(scratch)
    for name, case in DEFINITIONS.items():
        if not nested and any("$parent" in text for text in case["spans"]):
            yield f"sink.lttngx.spans, {name}: left out, {PYPARSING} cannot be had"
            continue
        on = trace if name != "P1" else _shorter(recorded, scratch)
        tool = ("lttng-periodstats", *TOOL, *_tool_arguments(case), str(_old_layout(on, scratch)))
        theirs_s = measure.run(tool, {"PYTHONPATH": str(nested)} if nested else {}).user_s
        sink = ("-c", "sink.lttngx.spans", "-p", span_params(name))
        read = (*plugin, "-c", "source.lttngx.ctf", "-p", f'inputs=["{on}"],events=[{EVENTS[name]}]', *sink)
        ours_s = _seconds(read, runs, {"LTTNGX_CORE": core})
        behind_s = _seconds((*plugin, str(on), *sink), 1, {"LTTNGX_CORE": core})
        ratio = ours_s / theirs_s
        held = "" if core != "native" else f"   at most {AT_MOST}: " + ("held" if ratio <= AT_MOST else "NOT HELD")
        yield (f"source.lttngx.ctf + sink.lttngx.spans, {name} / lttng-periodstats {ours_s:8.3f} s {theirs_s:8.3f} s   "
               f"ratio {ratio:6.4f}{held}   (behind source.ctf.fs: {behind_s / theirs_s:.4f})")


def _tool_arguments(case: dict) -> list[str]:
    return [*(part for text in case["spans"] for part in ("--period", text)),
            *(part for text in case["captures"] for part in ("--period-captures", text))]


def _pyparsing(scratch: Path) -> Path | None:
    """Return a folder with the pyparsing that lttng-analyses needs, None if it cannot be had."""
    folder = scratch / "pyparsing"
    command = (sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target",
               str(folder), PYPARSING)
    return folder if subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0 else None


def _shorter(recorded: Path, scratch: Path) -> Path:
    folder = scratch / "shorter"
    if not folder.exists():
        longer.lengthen(recorded, folder, ROUNDS_OF_P1)
    return folder


def _old_layout(trace: Path, scratch: Path) -> Path:
    """Return a folder with `trace` as its sub-folder `kernel`, which the LTTng tools insist on."""
    folder = scratch / f"periods-of-{trace.name}"
    if not folder.exists():
        shutil.copytree(trace, folder / "kernel", ignore=shutil.ignore_patterns("index"))
    return folder


def lines(plugin: tuple[str, ...], recorded: Path, trace: Path, scratch: Path, core: str, runs: int) -> Iterator[str]:
    """Yield the lines to print. recorded: the trace which `trace` was lengthened from."""
    yield from engine_lines(trace if core == "native" else recorded, core)
    yield filter_line(plugin, trace if core == "native" else recorded, core, runs)
    yield from period_lines(plugin, recorded, trace, scratch, core, runs)
