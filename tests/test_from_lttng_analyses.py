"""docs/from-lttng-analyses.md: each row's two commands, as printed, on kernel-ctx; the figures must be the same but for the defects.

memtop's are run on kernel-a2, which has allocations.
What tests of components and engines hold against these tools on whole recordings (every figure of a row, deviations, return values) is
not compared again: here it is counts, times and keys.
"""

import atexit
import csv
import functools
import importlib.util
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from importlib import metadata
from pathlib import Path

import pytest

from lttngx import __version__ as lttngx_version
from lttngx.render.times import format_time

from analysis_sinks import class_of, plain, without_descriptors
from commands import KERNEL, TOP, babeltrace2
from cores import NATIVE
from old_commands_page import PAGE, PLAIN, rows

pytestmark = [pytest.mark.skipif(isinstance(NATIVE, str), reason=f"the command reads with the compiled core: {NATIVE}"),
              pytest.mark.skipif(shutil.which("lttng-cputop") is None,
                                 reason="lttng-analyses is not installed (Debian: python3-lttnganalyses)")]
ENVIRONMENT = os.environ | {"TZ": "UTC", "PATH": f"{TOP}/.venv/bin:{os.environ['PATH']}"}
ROWS = {row.old: row for row in rows()}
PERIOD = '--period "$DEF"'
NESTED = '--period "$CALL" --period "$AWAY"'
FAMILIES = ("cputop", "sched", "syscallstats", "irq", "io", "memtop", "period", "track-process")
# The commands which stand for all in the tables of common options.
GENERAL = ("lttng-schedlog", "lttng-schedstats-mi", "lttng-periodstats --period-")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """kernel-ctx as the old tools want it."""
    path = tmp_path_factory.mktemp("old")
    shutil.copytree(KERNEL, path / "kernel")
    return path


def run(arguments, environment=None):
    process = subprocess.run(arguments, env=ENVIRONMENT | (environment or {}), cwd=TOP, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0, process.stderr
    return process.stdout


@functools.cache
def _old_tables(arguments, environment=()):
    return [(*_title(table["class"]), [[plain(cell) for cell in row] for row in table["data"]])
            for table in json.loads(run(arguments, dict(environment)).splitlines()[-1])["results"]]


def _title(value):
    """Return the class and title of a table; one of its own (--freq-series) has no class."""
    return class_of(value) if isinstance(value, str) or "inherit" in value else ("", value["title"])


class Sides:
    """What both commands of a row say."""

    def __init__(self, row, folder):
        self.row, self.folder = row, folder
        self.trace = folder / "kernel"
        self.environment = {}

    def old(self, *names):
        """Return the rows of the old tables of these classes."""
        tables = _old_tables(tuple(self.row.old_arguments(self.folder, True, *PLAIN)), tuple(self.environment.items()))
        return [row for name, _, rows in tables if name in names for row in rows]

    def old_titles(self, name):
        tables = _old_tables(tuple(self.row.old_arguments(self.folder, True, *PLAIN)), tuple(self.environment.items()))
        return {title: rows for known, title, rows in tables if known == name}

    @functools.cached_property
    def document(self):
        document, = self.documents
        return document

    @functools.cached_property
    def documents(self):
        return [json.loads(line) for line in run(self.row.new_arguments(self.trace, "--format", "json")).splitlines()]

    def new(self, *names):
        """Return the rows of our tables of these names, of all windows."""
        return [row for document in self.documents for name in names for row in document["tables"].get(name, ())]


# The figures of each row, by its old command.

def usage(sides):
    """Usage and migrations of the threads in both, but TID 0 (defect 1). What each CPU ran before its stream's first event is not
    known here, and is the thread's which leaves it first there: one thread a CPU has more. With --tid, the rows asked for may be
    missing there (defect 2)."""
    theirs = {row[0][1]: (row[3], row[1]) for row in sides.old("per-process")}
    ours = {row["tid"]: (row["usage"], row["migrations"]) for row in sides.document["threads"]}
    both = ours.keys() & theirs.keys()
    more = [tid for tid in both if ours[tid][0] != pytest.approx(theirs[tid][0], abs=0.001)]
    assert both and len(more) <= 4 and all(ours[tid][0] < theirs[tid][0] for tid in more)
    assert all(ours[tid][1] == theirs[tid][1] for tid in both)


def latencies(sides):
    """Times, thread, CPU. Ours is without the wake-up of a thread which runs already, before its CPU's first sched_switch."""
    theirs = [(row[0], row[1], row[5][1], row[4]) for row in sides.old("log")]
    ours = [(row["begin"], row["end"], row["tid"], row["cpu"]) for row in sides.new("latency_log")]
    assert set(ours) <= set(theirs) and len(theirs) - len(ours) <= 1 and len(ours) > 50


def windows(sides):
    """As many; the tool's machine interface has none of them (defect 26)."""
    text = run(sides.row.old_arguments(sides.folder, False, *PLAIN, "--no-progress"))
    assert text.count("Timerange:") == len(sides.documents) == 3
    lines = re.findall(r"^\[\d\d:", text, re.MULTILINE)
    assert 0 <= len(lines) - len(sides.new("latency_log")) <= 1 and len(lines) > 400


def longest(sides):
    theirs = [(row[0], row[1], row[5][1]) for row in sides.old("top")]
    ours = [(row["begin"], row["end"], row["tid"]) for row in sides.new("latency_top")]
    assert theirs and ours == theirs


def statistics(sides):
    """Count, minimum, maximum by thread; one thread has one latency more there (see `latencies`)."""
    theirs = {row[0][1]: (row[1], row[2], row[4]) for row in sides.old("per_tid_stats")}
    ours = {row["tid"]: (row["count"], row["min"], row["max"]) for row in sides.new("latency_stats_by_thread")}
    assert ours and len(theirs.items() ^ ours.items()) <= 2 and ours.keys() <= theirs.keys()


def statistics_of_all(sides):
    statistics(sides)
    assert sides.new("latency_stats")[0]["max"] == sides.old("total_stats")[0][3]
    theirs = {row[0]: row[4] for row in sides.old("per_prio_stats")}
    assert theirs == {row["priority"]: row["max"] for row in sides.new("latency_stats_by_priority")}


def counts(rows):
    return [row[-1] for row in rows]


def distributions(sides):
    theirs = {int(re.search(r"TID: (\d+)", title)[1]): counts(rows) for title, rows in sides.old_titles("freq").items()}
    ours = {}
    for row in sides.new("latency_freq_by_thread"):
        ours.setdefault(row["tid"], []).append(row["count"])
    assert ours and sum(theirs.get(tid) != ours[tid] for tid in ours) <= 1


def sched_log_top_stats(sides):
    latencies(sides), longest(sides), statistics(sides)


def sched_stats_log_freq(sides):
    latencies(sides), statistics(sides), distributions(sides)


def calls(sides):
    theirs = {}
    for title, rows in sides.old_titles("per-tid").items():
        theirs |= {(int(re.search(r"TID: (\d+)", title)[1]), row[0]): (row[1], row[2], row[4]) for row in rows}
    ours = {(row["tid"], row["syscall"]): (row["count"], row["min"], row["max"]) for row in sides.new("call_stats_by_thread")}
    # The tool takes any exit for that of the entry before, and a name for the one at first sight (defect 18).
    assert ours and theirs.keys() == ours.keys() and sum(theirs[key] != ours[key] for key in ours) <= 2


def interrupts(sides):
    theirs = {row[0]: row[1:3] + row[4:5] for row in sides.old("hard-stats")}
    ours = {(row["irq"], row["handler"]): [row["count"], row["min"], row["max"]] for row in sides.new("hard_stats")}
    assert ours and theirs == ours


def handlers(sides):
    theirs = sorted((*row[0], row[2], row[3][0]) for row in sides.old("log"))
    assert theirs and theirs == sorted((row["begin"], row["end"], row["cpu"], row["irq"]) for row in sides.new("hard_log"))


def handler_distributions(sides):
    theirs = {int(re.search(r"\((\d+)\)\]", title)[1]): counts(rows) for title, rows in sides.old_titles("freq").items()}
    ours = {}
    for row in sides.new("hard_freq"):
        ours.setdefault(row["irq"], []).append(row["count"])
    assert theirs and theirs == ours


def irq_log_stats_freq(sides):
    handlers(sides), interrupts(sides), handler_distributions(sides)


def irq_stats_log(sides):
    handlers(sides), interrupts(sides)


def softirqs(sides):
    """Nothing there (defect 6)."""
    assert not sides.old("soft-stats") and {row["irq"] for row in sides.new("softirq_stats")} == {1, 3}


# What both know as I/O: the tool has less (defect 12), and takes fcntl(F_DUPFD_CLOEXEC) for no open.
KNOWN = ("open", "openat", "socket", "dup", "dup2", "dup3", "close", "read", "recvmsg", "recvfrom", "readv", "pread64", "write",
         "sendmsg", "sendto", "writev", "pwrite64", "sync", "sync_file_range", "fsync", "fdatasync")


def known_calls(rows):
    return sorted((row["begin"], row["end"], row["tid"], row["syscall"]) for row in rows if row["syscall"] in KNOWN)


def io_log(sides):
    """Times, thread, call. Who calls before a CPU's first sched_switch the context tid tells, but not there."""
    theirs = {(*row[0], row[5][1], row[3]) for row in sides.old("log") if row[3] in KNOWN}
    ours = set(known_calls(sides.new("call_log")))
    assert len(ours) > 50 and len(ours ^ theirs) <= 4


def io_log_of_size(sides):
    """There, what has no size, too."""
    theirs = {(*row[0], row[5][1], row[3]) for row in sides.old("log") if row[3] in KNOWN and row[4] is not None}
    ours = set(known_calls(sides.new("call_log")))
    assert len(ours) > 50 and len(ours ^ theirs) <= 4


def io_top(sides):
    """The longest of all categories; open ends and closes are not among the tool's."""
    theirs = sorted((row[2] for row in sides.old("top-syscall")), reverse=True)
    ours = [row["duration"] for row in sides.new("call_top") if row["syscall"] in KNOWN and row["syscall"] != "close"]
    assert len(ours) > 1 and ours == theirs[:len(ours)]


def io_statistics(sides):
    theirs = {row[0].lower(): (row[1], row[2], row[4]) for row in sides.old("syscall-latency-stats")}
    ours = {row["category"]: (row["count"], row["min"], row["max"]) for row in sides.new("call_stats")}
    same = [name for name in theirs if theirs[name] == ours[name]]
    # Opens here are accept4 and pipe2, too.
    assert set(theirs) - set(same) <= {"open", "read"} and len(same) >= 2


def io_distributions(sides):
    theirs = {re.search(r"\[(\w+)\]", title)[1]: counts(rows) for title, rows in sides.old_titles("freq").items()}
    ours = {}
    for row in sides.new("call_freq"):
        ours.setdefault(row["category"], []).append(row["count"])
    assert {"write", "sync"} <= theirs.keys() and all(sum(theirs[name]) == sum(ours[name]) for name in ("write", "sync"))
    assert "uniform" in sides.row.new or theirs["write"] == ours["write"]


def io_usage(sides):
    """Bytes read, by the ten processes which read most."""
    theirs = {row[0][1]: row[1] for row in sides.old_titles("per-process-top")["Per-process top I/O operations [read]"]}
    ours = {row["pid"]: row["bytes_read"] for row in sides.new("file_usage_by_process")}
    both = ours.keys() & theirs.keys()
    assert len(both) >= 3 and sum(ours[pid] != theirs[pid] for pid in both) <= 2


def io_views(sides):
    io_log(sides), io_top(sides), io_statistics(sides), io_distributions(sides), io_usage(sides)


def io_usage_log(sides):
    io_usage(sides), io_log(sides)


def pages(sides):
    """Allocations: an event is a page there (defect 10), and what comes before a CPU's first sched_switch is nobody's."""
    theirs = {row[0][1]: row[1] for row in sides.old("allocd") if row[1]}
    ours = {row["tid"]: row["allocations"] for row in sides.new("pages_usage_by_thread") if row["allocations"]}
    both = ours.keys() & theirs.keys()
    assert both and sum(ours[tid] != theirs[tid] for tid in both) <= 4


def span_log(sides):
    theirs = [(row[0], row[1]) for row in sides.old("log")]
    assert theirs and theirs == [(row["begin_ns"], row["end_ns"]) for row in sides.new("log")]


def span_captures(sides):
    span_log(sides)
    assert [row[4] for row in sides.old("log")] == [f"{{'prio': {row['captures']['prio']}}}" for row in sides.new("log")]


def span_top(sides):
    theirs = [(row[0], row[1]) for row in sides.old("top")]
    assert theirs and theirs == [(row["begin_ns"], row["end_ns"]) for row in sides.new("top")]


def span_statistics(sides):
    (_, *theirs), = sides.old("per_period_stats")
    ours, = sides.new("stats")
    assert theirs[:2] + theirs[3:4] + theirs[5:] == [ours[name] for name in ("count", "min", "max", "sum")]


def span_groups(sides):
    """The tool's machine interface leaves groups out (defect 26): its text has them, in µs."""
    text = run(sides.row.old_arguments(sides.folder, False, *PLAIN, "--no-progress"))
    theirs = sorted(int(count) for count in re.findall(r"^wake +(\d+) +[\d.]+", text, re.MULTILINE))
    ours = sorted(row["count"] for name, rows in sides.document["tables"].items() if name.startswith("stats[") for row in rows)
    assert len(ours) == 3 and set(ours) <= set(theirs)


def span_distribution(sides):
    (rows,) = sides.old_titles("freq_duration").values()
    ours, = (rows for name, rows in sides.document["tables"].items() if name.startswith("freq:"))
    assert counts(rows) == [row["count"] for row in ours]


def span_range(sides):
    """Bins of the same bounds; the tool's first and last ones have the shorter durations, too, of which ours tells how many there are."""
    ours, = (rows for name, rows in sides.document["tables"].items() if name.startswith("freq:"))
    text = run(sides.row.old_arguments(sides.folder, False, *PLAIN, "--no-progress"))
    theirs = [(float(lower), int(count)) for lower, count in re.findall(r"^(\d{4}\.\d{3}) .* (\d+)$", text, re.MULTILINE)]
    assert [lower for lower, _ in theirs] == [row["lower"] / 1000 for row in ours] and len(ours) == 20
    # 5 bins below the first are bins 0, −1 … −4 there.
    assert [count for _, count in theirs[1:16]] == counts_of(ours)[1:16]
    shorter, longer = map(int, re.search(r"(\d+) are shorter and (\d+) are longer", run(sides.row.new_arguments(sides.trace))).groups())
    assert sum(count for _, count in theirs) == sum(counts_of(ours)) + shorter and shorter > 100 and longer > 0


def counts_of(rows):
    return [row["count"] for row in rows]


def span_views(sides):
    span_log(sides), span_top(sides), span_statistics(sides), span_distribution(sides)


def span_statistics_log(sides):
    span_log(sides), span_statistics(sides)


def selected(sides):
    """There, only what is in other spans: nothing."""
    whole = Sides(ROWS[f"lttng-periodlog {PERIOD} TRACE"], sides.folder)
    assert not sides.old("log") and sides.new("log") == whole.new("log")


@functools.cache
def nested():
    """Return the environment in which the tool reads nested definitions (defect 23)."""
    found = importlib.util.find_spec("pyparsing")
    if found is None or metadata.version("pyparsing") != "2.2.2":
        pytest.skip("lttng-analyses reads nested definitions with pyparsing 2.2.2 only (extra `test`)")
    folder = Path(tempfile.mkdtemp(prefix="lttngx-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "pyparsing.py").symlink_to(found.origin)
    return {"PYTHONPATH": str(folder)}


def micro(value):
    return "?" if value is None else f"{value / 1000:.3f}"


def aggregates(sides):
    """A row per call with what is in it. The tool's machine interface has none (defect 26): its text has them, in µs."""
    text = run(sides.row.old_arguments(sides.folder, False, *PLAIN, "--no-progress"), nested())
    theirs = [tuple(re.split(r"[ |\[\],]+", line.strip(" [|"))[:-1])
              for line in text.splitlines() if line.startswith("[") and "| call/away" in line]
    ours = [(format_time(row["begin"])[11:], format_time(row["end"])[11:], micro(row["duration"]), row["span"], row["inner"],
             str(row["count"]), *(micro(row[name]) for name in ("min", "avg", "max", "stdev", "sum")))
            for row in sides.document["tables"]["aggregates"]]
    assert len(ours) > 5 and [row[:11] for row in theirs] == ours


# Our table, the tool's class and the title of its table.
ANCESTORS = [(f"{what}_per_ancestor{everywhere}", f"per_parent_{kind}", title)
             for what, kind in (("times", "stats"), ("counts", "count"), ("percents", "percentage"))
             for everywhere, title in (("", "With active children"), ("_all", "Globally"))]


def aggregate_statistics(sides):
    """Durations, numbers and shares of what is in a call, per call."""
    sides.environment = nested()
    ours = sides.document["tables"]
    for name, kind, title in ANCESTORS:
        (inner, ancestor, *theirs), = next(rows for full, rows in sides.old_titles(kind).items() if f"[{title}]" in full)
        row, = ours[name]
        assert (row["span"], row["ancestor"]) == (inner, ancestor) == ("call/away", "call")
        assert [row[figure] for figure in ("min", "avg", "max", "stdev")] == pytest.approx(theirs, rel=1e-9, abs=0.001)
    (_, count, *_, total), = sides.old("per_period_stats")
    assert [(row["span"], row["count"], row["sum"]) for row in ours["stats"]] == [("call/away", count, total)]


def aggregate_distributions(sides):
    sides.environment = nested()
    theirs = {what: [counts(rows) for rows in sides.old_titles(kind).values()]
              for what, kind in (("duration", "freq_duration"), ("count", "freq_count"), ("ratio", "freq_ratio"))}
    ours = {name.partition(":")[0]: counts_of(rows) for name, rows in sides.document["tables"].items() if name.startswith("freq")}
    # The tool's last ones are over all calls, those without a span inside, too.
    assert theirs["duration"][:2] == [ours["freq"], ours["freq_times"]]
    assert theirs["count"][0] == ours["freq_counts"] and theirs["ratio"][0] == ours["freq_percents"]


def selected_top(sides):
    sides.environment = nested()
    theirs = [(row[0], row[1]) for row in sides.old("top") if row[3].endswith("away")]
    assert len(theirs) > 5 and theirs == [(row["begin_ns"], row["end_ns"]) for row in sides.new("top")]


def unnamed(sides):
    """No row there (defect 15)."""
    assert not sides.old("per_period_stats") and sides.new("stats")[0]["count"] > 50


EVENT = re.compile(r"\[(\d\d:\d\d:\d\d\.\d{9})\] (?:\(\S+\) )?(?:lxhost )?(\w+): .*\{ (.*) \}$", re.MULTILINE)


def printed(text):
    """Return what is printed of events: payload by time and name. Names of enumerators, quotes, bases differ."""
    return {(time, name): {_plain_value(pair) for pair in re.split(r", (?=\w+ = )", payload)}
            for time, name, payload in EVENT.findall(text)}


def _plain_value(pair):
    name, _, value = pair.partition(" = ")
    value = value.strip('"( )').rpartition(" : container = ")[2]
    try:
        return name, int(value, 0)
    except ValueError:
        return name, value


def tracked(sides, more=0.0):
    """Events, times, payloads of a trace which the tool can read: it stops at most events of today. Of a fork it prints less.
    more: the share of events which are here only."""
    trace = part(sides.folder)
    theirs, ours = (printed(run(arguments)) for arguments in (sides.row.old_arguments(trace, False), sides.row.new_arguments(trace)))
    if "follow-child" in sides.row.old:
        # The tool prints a switch as one of the thread which runs next, ours as one of the thread which leaves.
        theirs, ours = ({event: found[event] for event in found if event[1] != "sched_switch"} for found in (theirs, ours))
    assert len(theirs) > 50 and theirs.keys() <= ours.keys() and len(ours) - len(theirs) <= more * len(theirs)
    assert all(theirs[event] <= ours[event] for event in theirs)


def tracked_by_name(sides):
    """The tool learns names at sched_switch only: it misses what a process does after exec() before that."""
    tracked(sides, 0.1)


@functools.cache
def part(folder):
    # Beside it: the tools read every trace in a folder.
    path = folder.parent / f"{folder.name}-tracked"
    names = '["sched_process_fork","sched_switch","syscall_*_read","syscall_*_openat","syscall_*_close"]'
    babeltrace2(KERNEL, "-c", "filter.lttngx.events", "-p", f"names={names}", "-c", "sink.ctf.fs", "-p", f'path="{path}",quiet=yes')
    return next(path.rglob("metadata")).parent


# A table of the tool's metadata, and ours of the same.
CLASSES = {"sched": ("per_tid_stats", "latency_stats_by_thread"), "cputop": ("per-process", "threads"),
           "spans": ("per_period_stats", "stats")}


def described(sides):
    """Both describe the same table, with its statistics' columns."""
    theirs = json.loads(run(sides.row.old_arguments(sides.folder, True)))
    ours = json.loads(run(sides.row.new_arguments(sides.trace)).strip().strip("'\""))
    old, new = CLASSES[sides.row.new.split("sink.lttngx.")[1].split()[0]]
    kinds = [Counter(column["class"] for column in document["table-classes"][name]["column-descriptions"])
             for document, name in ((theirs, old), (ours, new))]
    # What threads have had as priorities is a column of theirs in sched's statistics, and of ours in cputop.
    assert ours.keys() >= theirs.keys() and kinds[0] - kinds[1] <= Counter(("string",)) and kinds[1].total() >= kinds[0].total()


def mi_version(sides):
    ours = json.loads(run(sides.row.new_arguments(sides.trace)).strip().strip("'\""))
    major, minor = run(sides.row.old_arguments(sides.folder, True)).strip().split(".")
    assert ours["mi-version"] == {"major": int(major), "minor": int(minor)}


def quiet(sides):
    """No bar, and no line of Babeltrace's log: standard error is empty; the figures are the same."""
    process = subprocess.run(sides.row.new_arguments(sides.trace), env=ENVIRONMENT, cwd=TOP, capture_output=True, text=True, timeout=120)
    assert process.returncode == 0 and not process.stderr and "█" not in process.stdout
    if "-mi" in sides.row.old:
        statistics(sides)
        return
    text = run(sides.row.old_arguments(sides.folder, False, *PLAIN, *(() if "progress" in sides.row.old else ("--no-progress",))))
    theirs = re.findall(r"^\[(\S+), (\S+)\]", text, re.MULTILINE)
    ours = {(format_time(row["begin"])[11:], format_time(row["end"])[11:]) for row in sides.new("latency_log")}
    assert ours <= set(theirs) and len(theirs) - len(ours) <= 1 and len(ours) > 50


def versions(sides):
    assert run(sides.row.old_arguments(sides.folder, False)).split()[-1].removeprefix("v") == metadata.version("lttnganalyses")
    assert run(sides.row.new_arguments(sides.trace)).strip() == f"lttngx {lttngx_version}"


def helps(sides):
    """Of each option of a table here, the help tells."""
    assert "--freq-resolution" in run(sides.row.old_arguments(sides.folder, False))
    text = run(sides.row.new_arguments(sides.trace))
    named = {option for row in ROWS.values() if row.new.startswith("lttngx sched ") for option in re.findall(r"--[\w-]+", row.new)}
    assert len(named) > 10 and {option for option in named if option not in text} <= {"--version"}


def compatibility(sides):
    """Both say that a trace will do; that one without sched_switch will not, ours says in one line, and what to enable."""
    assert "error" not in run(sides.row.old_arguments(sides.folder, False)).lower()
    assert run(sides.row.new_arguments(sides.trace))
    lacking = TOP / "tests/data/traces/ctf18-ust"
    process = subprocess.run(sides.row.new_arguments(lacking), env=ENVIRONMENT, cwd=TOP, capture_output=True, text=True, timeout=120)
    assert process.returncode == 1 and "sched_switch" in process.stderr and "lttng enable-event" in process.stderr
    assert len(process.stderr.splitlines()) == 1


# Reports per span. The tool's machine interface has a summary of them only (defect 26): its text is read, a report after the other.

def reports(sides):
    """Return the tool's reports, (begin, end, text) each, and ours as (begin, end, document), times as text."""
    text = run(sides.row.old_arguments(sides.folder, False, *PLAIN, "--no-progress"))
    theirs = re.findall(r"Timerange: \[(.*?), (.*?)\]\n(.*?)(?=Timerange: |\Z)", text, re.DOTALL)
    ours = []
    for document in sides.documents:
        begin, end = document.get("range", {}).values() or (document["begin_ns"], document["end_ns"])
        ours.append((format_time(begin), format_time(end), document))
    # The tool writes those which one event ends in any order (defect 27).
    return sorted(theirs, key=lambda report: report[:2]), sorted(ours, key=lambda report: report[:2])


def per_span(pattern, name, keys, count="count", deviations=0):
    """Return what compares reports. pattern: finds `key` and `count` in the tool's text; name, keys, count: our table and its columns;
    deviations: reports which differ."""
    def compare(sides):
        theirs, ours = reports(sides)
        assert [report[:2] for report in theirs] == [report[:2] for report in ours] and len(ours) > 10
        texts = [text.partition("Deallocations")[0] for *_, text in theirs]
        found = [sorted((match["key"], int(match["count"])) for match in re.finditer(pattern, text, re.MULTILINE) if int(match["count"]))
                 for text in texts]
        own = [sorted((str(row[keys]), row[count]) for row in document["tables"].get(name, ()) if row[count])
               for *_, document in ours]
        assert sum(map(len, found)) > 20 and sum(one != other for one, other in zip(found, own)) <= deviations
    return compare


def usage_per_span(sides):
    """Of each thread which the tool does not take for another (defect 1): its share to the hundredth of a percent."""
    theirs, ours = reports(sides)
    assert [report[:2] for report in theirs] == [report[:2] for report in ours] and len(ours) > 10
    compared = 0
    for (*_, text), (*_, document) in zip(theirs, ours):
        shares = {int(tid): float(share) for share, tid in re.findall(r" ([\d.]+) % .*\((\d+)\) ", text)}
        own = {row["tid"]: 100 * row["usage"] for row in document["threads"]}
        # A thread which is not switched during the whole span is not there (defect 3).
        both = own.keys() & shares.keys()
        assert shares.keys() <= own.keys() | {0}
        more = {tid for tid in both if own[tid] != pytest.approx(shares[tid], abs=0.006)}
        # One which ran last before the span, on another CPU, is credited with all of it there (defect 1).
        assert len(more) <= 1 and all(own[tid] < shares[tid] for tid in more)
        compared += len(both - more)
    assert compared > 30


def log_per_span(sides):
    theirs, ours = reports(sides)
    assert [report[:2] for report in theirs] == [report[:2] for report in ours] and len(ours) > 10
    found = [sorted(re.findall(r"^\[(\S+), (\S+)\]", text, re.MULTILINE)) for *_, text in theirs]
    own = [sorted((format_time(row["begin"])[11:], format_time(row["end"])[11:]) for row in document["tables"]["latency_log"])
           for *_, document in ours]
    assert sum(map(len, found)) > 50 and sum(one != other for one, other in zip(found, own)) <= 1
    tids = {document["span"]["captures"]["tid"] for *_, document in ours}
    assert tids == {document["span"]["key"]["tid"] for *_, document in ours} and len(tids) > 1


def io_per_span(sides):
    """Of each report, the calls of each category: without reads and writes of files opened before there (defect 11)."""
    theirs, ours = reports(sides)
    assert [report[:2] for report in theirs] == [report[:2] for report in ours] and len(ours) > 10
    same = 0
    for (*_, text), (*_, document) in zip(theirs, ours):
        found = {name.lower(): int(number) for name, number in re.findall(r"^(Read|Write|Sync) +(\d+) ", text, re.MULTILINE)}
        own = {name: 0 for name in found} | {row["category"]: row["count"] for row in document["tables"].get("call_stats", ())}
        assert found["sync"] == own["sync"] and found["read"] <= own["read"] and found["write"] <= own["write"]
        same += found["sync"] > 0
    assert same > 4


def calls_per_span(sides):
    """Of each report, the calls of each thread."""
    theirs, ours = reports(sides)
    assert [report[:2] for report in theirs] == [report[:2] for report in ours] and len(ours) > 10
    for (*_, text), (*_, document) in zip(theirs, ours):
        found = []
        for tid, part in re.findall(r"TID: (\d+)\)(.*?)\nTotal:", text, re.DOTALL):
            found += [(int(tid), call, int(number)) for call, number in re.findall(r"^ - (\S+) +(\d+)", part, re.MULTILINE)]
        own = [(row["tid"], row["syscall"], row["count"]) for row in document["tables"].get("call_stats_by_thread", ())]
        assert len(set(found) ^ set(own)) <= 1, (sorted(found), sorted(own))


def machine(sides):
    """The same numbers in LAMI."""
    theirs = {row[0][1]: row[1] for row in sides.old("per_tid_stats")}
    table, = json.loads(run(sides.row.new_arguments(sides.trace)))["results"]
    ours = {plain(row[0])[1]: plain(row[2]) for row in table["data"]}
    assert ours.keys() <= theirs.keys() and len(ours.items() ^ theirs.items()) <= 2


def series(sides):
    """Per bin, the counts of all: a row per thread, interrupt or span and bin here, a column for each there."""
    table, *_ = (sides.old_titles("") or sides.old_titles("freq_duration")).values()
    theirs = [sum(row[2:]) for row in table]
    lines = list(csv.DictReader(run(sides.row.new_arguments(sides.trace)).splitlines()))
    sums = {}
    for line in lines:
        if line["table"] == lines[0]["table"]:
            sums[float(line["lower_ns"])] = sums.get(float(line["lower_ns"]), 0) + int(line["count"])
    ours = [sums[lower] for lower in sorted(sums)]
    assert len(ours) == len(theirs) == 20 and sum(abs(one - other) for one, other in zip(theirs, ours)) <= 1


FIGURES = {
    usage: ["cputop TRACE", "cputop --tid", "cputop --procname", "cputop --limit", "cputop --top"],
    latencies: ["schedlog TRACE", "schedlog --begin", "schedlog --end", "schedlog --timerange", "schedlog --gmt", "schedlog --cpu",
                "schedlog --no-inter", "schedlog --no-color", "schedlog --skip-", "schedlog --progress-"],
    windows: ["schedlog --refresh"],
    quiet: ["schedlog --no-progress", "schedlog --debug", "schedstats-mi --output-"],
    versions: ["schedlog --version"],
    helps: ["schedlog --help"],
    compatibility: ["schedstats-mi --test-"],
    longest: ["schedtop"],
    statistics: ["schedstats TRACE", "schedstats --min", "schedstats --tid", "schedstats --procname"],
    statistics_of_all: ["schedstats --total"],
    distributions: ["schedfreq TRACE", "schedfreq --freq-"],
    sched_log_top_stats: ["schedlog --top"],
    sched_stats_log_freq: ["schedstats --log"],
    series: ["schedfreq-mi", "irqfreq-mi", "periodfreq-mi"],
    calls: ["syscallstats TRACE", "syscallstats --tid", "syscallstats --procname"],
    interrupts: ["irqstats TRACE", "irqstats --irq"],
    handlers: ["irqlog TRACE", "irqlog --min"],
    handler_distributions: ["irqfreq TRACE", "irqfreq --freq-"],
    irq_log_stats_freq: ["irqlog --stats"],
    irq_stats_log: ["irqstats --log"],
    softirqs: ["irqstats --softirq"],
    io_log: ["iolog TRACE", "iolog --min "],
    io_log_of_size: ["iolog --minsize"],
    io_top: ["iolatencytop"],
    io_statistics: ["iolatencystats TRACE"],
    io_distributions: ["iolatencyfreq"],
    io_usage: ["iousagetop TRACE"],
    io_views: ["iolog --top"],
    io_usage_log: ["iousagetop --log"],
    pages: ["memtop TRACE", "memtop --tid", "memtop --procname", "memtop --limit", "memtop --top"],
    span_log: [f"periodlog {PERIOD} TRACE", f"periodlog {PERIOD} --order-by"],
    span_captures: [f"periodlog {PERIOD} --period-captures"],
    span_top: [f"periodtop {PERIOD}"],
    span_statistics: [f"periodstats {PERIOD} TRACE", f"periodstats {PERIOD} --min-duration"],
    span_groups: [f"periodstats {PERIOD} --period-captures"],
    span_distribution: [f"periodfreq {PERIOD} TRACE", f"periodfreq {PERIOD} --freq-"],
    span_range: [f"periodfreq {PERIOD} --min"],
    span_views: [f"periodlog {PERIOD} --top"],
    span_statistics_log: [f"periodstats {PERIOD} --log"],
    aggregates: [f"periodlog {NESTED}"],
    aggregate_statistics: [f"periodstats {NESTED}"],
    aggregate_distributions: [f"periodfreq {NESTED}"],
    selected_top: [f"periodtop {NESTED}"],
    selected: [f"periodlog {PERIOD} --select wake TRACE"],
    unnamed: ["periodstats --period-begin"],
    tracked: ["track-process --tid", "track-process --procname sh"],
    tracked_by_name: ["track-process --procname dd"],
    machine: ["schedstats-mi TRACE"],
    described: ["schedstats-mi --metadata", "cputop-mi --metadata", "periodstats-mi --metadata"],
    mi_version: ["schedstats-mi --mi-version"],
    usage_per_span: ["cputop --period"],
    log_per_span: ["schedlog --period"],
    per_span(r"^\S.*\((?P<key>\d+)\) +(?P<count>\d+) ", "latency_stats_by_thread", "tid", deviations=1): ["schedstats --period"],
    calls_per_span: ["syscallstats --period"],
    per_span(r"^(?P<key>\d+): .*> +(?P<count>\d+) ", "hard_stats", "irq"): ["irqstats --period"],
    io_per_span: ["iolatencystats --period"],
    # What comes before a CPU's first sched_switch is nobody's there.
    per_span(r"^█+ +(?P<count>\d+) pages .*\((?P<key>\d+)\)", "pages_usage_by_thread", "tid", "allocations", deviations=60): [
        "memtop --period"],
}


def figures_of(old):
    """Return what compares a row: its command begins with one of the texts."""
    found, = [compare for compare, begins in FIGURES.items() for text in begins if old.removeprefix("lttng-").startswith(text)]
    return found


@pytest.mark.parametrize("old", [old for old, row in ROWS.items() if row.new])
def test_row(old, folder):
    figures_of(old)(Sides(ROWS[old], without_descriptors("kernel-a2") if old.startswith("lttng-memtop") else folder))


def test_each_command_has_a_whole_counterpart():
    table = rows("## Commands")
    assert len(table) >= 20 and all(row.new.startswith("lttngx ") and row.new_arguments("TRACE") for row in table)


@pytest.mark.parametrize("program", sorted({old.split()[0].removesuffix("-mi") for old in ROWS}))
def test_every_option_is_there(program):
    """Of the program's own help: in a table, in the family's or in that of all."""
    machine = [f"{program}-mi"] if shutil.which(f"{program}-mi") else []
    options = {option for name in (program, *machine)
               for option in re.findall(r"^  (?:-\w(?: \w+)?, )?(--[\w-]+)", run([name, "--help"]), re.MULTILINE)}
    text = PAGE.read_text()
    family = next(name for name in FAMILIES if program.startswith(f"lttng-{name}"))
    printed = {option for old in ROWS if old.startswith((f"lttng-{family}", *GENERAL))
               for option in re.findall(r"--[\w-]+", old)}
    # A family's forced switches are its commands.
    printed |= {f"--{view}" for view in ("log", "top", "stats", "freq", "usage") if f"lttng-{family}{view} " in text}
    assert len(options) > 3 and options <= printed, options - printed
