"""sink.lttngx.syscalls through babeltrace2, beside lttng-syscallstats on a whole recording and `strace -c`."""

import ast
import re

import pytest

from analysis_sinks import lami, tables
from commands import KERNEL, LOST, babeltrace2, error_of
from recorded import unpacked

STRACED, ALONE = 15170, 15146


@pytest.fixture(scope="module")
def trace():
    return unpacked("kernel-asmall") / "kernel"


@pytest.fixture(scope="module")
def membarrier():
    return unpacked("kernel-membar")


def returns(text):
    """Return the tool's counts by return value. Each is one too high (defect 9); it does not name errors of the kernel's own."""
    return {"ERESTART_RESTARTBLOCK" if name == "-516" else name: count - 1 for name, count in ast.literal_eval(text).items()}


def test_every_thread_and_call_is_that_of_lttng_syscallstats(trace):
    theirs = {}
    for name, title, rows in lami("lttng-syscallstats"):
        for row in rows if name == "per-tid" else ():
            theirs[int(re.search(r"TID: (\d+)", title)[1]), row[0]] = row[1:]
    found = tables("syscalls", trace, "group-by=thread")
    failed = {}
    for row in found["call_errors_by_thread"]:
        failed.setdefault((row["tid"], row["syscall"]), {})[row["error"]] = row["count"]
    ours = {(row["tid"], row["syscall"]): row for row in found["call_stats_by_thread"]}
    assert theirs.keys() == ours.keys() and len(ours) == 479
    for key, (count, least, mean, most, deviation, text) in theirs.items():
        row, errors = ours[key], failed.get(key, {})
        assert (row["count"], row["min"], row["max"]) == (count, least, most), key
        assert row["avg"] == pytest.approx(mean, abs=1e-2), key
        if count > 2:  # The tool gives none of two values.
            assert row["stdev"] == pytest.approx(deviation, rel=1e-6, abs=1e-2), key
        success = count - sum(errors.values())
        assert errors | ({"success": success} if success else {}) == returns(text), key


def test_counts_and_errors_are_those_of_strace(membarrier):
    """strace begins at execve(): what its child called before is recorded, too. It does not count exit_group(), which does
    not return."""
    lines = (membarrier / "gt" / "strace-c.txt").read_text().splitlines()
    theirs = {}
    for line in lines:
        if match := re.fullmatch(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:(\d+)\s+)?(\w+)", line):
            theirs[match[3]] = int(match[1]), int(match[2] or 0)
    theirs.pop("total", None)
    found = tables("syscalls", membarrier / "kernel", f"group-by=process,pid={STRACED}")
    errors = {}
    for row in found["call_errors_by_process"]:
        errors[row["syscall"]] = errors.get(row["syscall"], 0) + row["count"]
    ours = {row["syscall"]: (row["count"], errors.get(row["syscall"], 0)) for row in found["call_stats_by_process"]}
    before_execve = {"kill": 1, "getpid": 1, "geteuid": 1, "set_robust_list": 1}
    for name, number in before_execve.items():
        count = ours[name][0] - number
        ours = {**ours, name: (count, 0)} if count else {key: value for key, value in ours.items() if key != name}
    assert len(theirs) == 26 and ours == theirs


def test_membarrier_commands_are_those_the_program_called(membarrier):
    """gt/membar.c: n rounds of four commands, GLOBAL in every tenth, an invalid one in every 25th; n=30 and n=150 (gt/membar.txt)."""
    assert "n=150 bad=0" in (membarrier / "gt" / "membar.txt").read_text()
    found = tables("syscalls", membarrier / "kernel", 'argument="membarrier.cmd",group-by=process')
    for pid, n in ((STRACED, 30), (ALONE, 150)):
        ours = {row["syscall"]: row["count"] for row in found["call_stats_by_process"] if row["pid"] == pid}
        ours = {name[len("membarrier(cmd = "):-1]: count for name, count in ours.items() if name.startswith("membarrier")}
        every = {name: n for name in ("PRIVATE_EXPEDITED", "GLOBAL_EXPEDITED", "PRIVATE_EXPEDITED_SYNC_CORE", "PRIVATE_EXPEDITED_RSEQ")}
        once = {name: 1 for name in ("QUERY", "REGISTER_PRIVATE_EXPEDITED", "REGISTER_PRIVATE_EXPEDITED_SYNC_CORE",
                                     "REGISTER_PRIVATE_EXPEDITED_RSEQ", "REGISTER_GLOBAL_EXPEDITED")}
        assert ours == every | once | {"GLOBAL": n // 10, str(1 << 30): -(-n // 25)}
    invalid = [row for row in found["call_errors_by_process"] if row["syscall"] == f"membarrier(cmd = {1 << 30})"]
    assert {(row["pid"], row["error"], row["count"]) for row in invalid} == {(STRACED, "EINVAL", 2), (ALONE, "EINVAL", 6)}


def test_a_sleep_is_off_the_cpu(trace):
    """clock_nanosleep() waits nearly all of its time; getpid() and the like never; off-CPU time is never more than the whole."""
    rows = {row["syscall"]: row for row in tables("syscalls", trace)["call_stats"]}
    assert rows["clock_nanosleep"]["off_cpu"] > 0.98 * rows["clock_nanosleep"]["sum"]
    assert all(0 <= row["off_cpu"] <= row["sum"] for row in rows.values())
    assert all(0 <= row["off_cpu"] <= row["duration"] for row in tables("syscalls", trace, "view=log")["call_log"])


def test_unfinished_calls_and_losses_are_shown():
    text = babeltrace2(LOST, "-c", "sink.lttngx.syscalls").stdout
    assert "Unfinished at the end" in text and "Tracer discarded 26464 events" in text
    outcome, = tables("syscalls", LOST)["outcomes"]
    assert min(outcome[name] for name in ("calls", "unfinished", "mismatched", "unmatched_exits", "lossy")) > 0


@pytest.mark.parametrize("params, message", [
    ("argument=membarrier", "name=argument"), ("group-by=waker", "name=group-by"), ("view=tree", "name=view"),
    ('measure="call"', "unknown parameter")])
def test_bad_parameters_are_one_line(params, message):
    assert message in error_of(KERNEL, "-c", "sink.lttngx.syscalls", "-p", params)


def test_a_trace_without_calls_says_what_to_record():
    text = error_of(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="sched_switch"', "-c", "sink.lttngx.syscalls")
    assert "--syscall --all" in text
