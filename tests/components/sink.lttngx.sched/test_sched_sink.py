"""sink.lttngx.sched through babeltrace2, beside lttng-schedstats, -log, -top and -freq on a whole recording."""

import pytest

from analysis_sinks import bins, lami, tables
from commands import KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of
from recorded import TRACES, unpacked

# The one thread which runs when the recording begins: the tools do not know before a CPU's first sched_switch and take a
# sched_waking of it for a wake-up. Here prev_tid tells, and the wake-up of a running thread changes nothing.
RUNNING_AT_BEGIN = 7794


@pytest.fixture(scope="module")
def trace():
    return unpacked("kernel-asmall") / "kernel"


def figures(row):
    return row["count"], row["min"], row["max"], pytest.approx(row["avg"], abs=1e-2), row["stdev"] and pytest.approx(row["stdev"], rel=1e-6)


def test_statistics_per_thread_are_those_of_lttng_schedstats(trace):
    (_, _, rows), = lami("lttng-schedstats")
    theirs = {process[1]: (count, least, most, mean, deviation) for process, count, least, mean, most, deviation, _ in rows}
    ours = {row["tid"]: figures(row) for row in tables("sched", trace)["latency_stats_by_thread"]}
    assert len(theirs) == 183 and theirs.keys() == ours.keys()
    assert {tid for tid in theirs if theirs[tid] != ours[tid]} == {RUNNING_AT_BEGIN}


def test_statistics_per_priority_and_in_total(trace):
    found = tables("sched", trace, 'group-by=["priority","total"]')
    (name, _, total), (_, _, priorities) = lami("lttng-schedstats", "--total", "--per-prio")
    assert name == "total_stats" and found["latency_stats"][0]["count"] == total[0][0] - 1
    assert found["latency_stats"][0]["max"] == total[0][3]
    theirs = {row[0]: (row[1], row[2], row[4]) for row in priorities}
    ours = {row["priority"]: (row["count"], row["min"], row["max"]) for row in found["latency_stats_by_priority"]}
    assert theirs.pop(20)[0] == ours.pop(20)[0] + 1 and theirs == ours and len(ours) > 1


def test_log_is_that_of_lttng_schedlog(trace):
    """Wakers too: where the tool has none, the CPU was idle, or not yet known."""
    (_, _, rows), = lami("lttng-schedlog")
    theirs = {(begin, end, priority, cpu, wakee[1]): waker and waker[1] for begin, end, _, priority, cpu, wakee, waker in rows}
    ours = {(row["begin"], row["end"], row["priority"], row["cpu"], row["tid"]): row["waker_tid"]
            for row in tables("sched", trace, "view=log")["latency_log"]}
    assert [key[4] for key in theirs.keys() ^ ours.keys()] == [RUNNING_AT_BEGIN]
    different = [key for key in ours if theirs[key] != ours[key]]
    assert all(theirs[key] is None for key in different)
    assert sum(ours[key] != 0 for key in different) == 5 and len(different) == 283


def test_top_is_that_of_lttng_schedtop(trace):
    (_, _, rows), = lami("lttng-schedtop", "--limit", "10")
    ours = tables("sched", trace, "view=top,limit=10")["latency_top"]
    assert len(ours) == 10  # The tool prints limit + 1 rows in some of its commands.
    assert [(row["begin"], row["end"], row["duration"], row["tid"]) for row in ours] == [
        (begin, end, duration, wakee[1]) for begin, end, duration, _, _, wakee, _ in rows][:10]


def test_distributions_are_those_of_lttng_schedfreq(trace):
    theirs = {int(title.split("TID: ")[1].rstrip("]")): bins(rows) for _, title, rows in lami("lttng-schedfreq")}
    ours = {}
    for row in tables("sched", trace, "view=freq")["latency_freq_by_thread"]:
        ours.setdefault(row["tid"], []).append((row["lower"], row["upper"], row["count"]))
    ours = {tid: bins(rows) for tid, rows in ours.items()}
    assert theirs.keys() == ours.keys() and len(ours) > 80
    different = {tid for tid in ours if theirs[tid] != ours[tid]}
    assert RUNNING_AT_BEGIN in different
    # A bound in doubles of µs rounds otherwise than one in ns; the counts are the same.
    assert all(list(theirs[tid].values()) == list(ours[tid].values()) for tid in different - {RUNNING_AT_BEGIN})


def test_limits_of_duration_are_those_of_min_and_max(trace):
    (_, _, rows), = lami("lttng-schedstats", "--min", "1000", "--max", "5000")
    theirs = {process[1]: (count, least, most) for process, count, least, _, most, _, _ in rows}
    ours = {row["tid"]: (row["count"], row["min"], row["max"])
            for row in tables("sched", trace, 'min-duration="1000us",max-duration="5000us"')["latency_stats_by_thread"]}
    assert theirs == ours and len(ours) > 50


def test_measures_add_up():
    """Each latency with both events is path and queue."""
    found = tables("sched", NO_CONTEXT, 'measure=["latency","path","queue"],view=log')
    paths = {(row["tid"], row["begin"]): row["end"] for row in found["path_log"]}
    queues = {(row["tid"], row["begin"]): row["end"] for row in found["queue_log"]}
    whole = [row for row in found["latency_log"] if (row["tid"], row["begin"]) in paths]
    assert len(whole) == len(paths) == len(queues) > 100
    assert all(queues[row["tid"], paths[row["tid"], row["begin"]]] == row["end"] for row in whole)


def test_perf_traces():
    """This one has no wake-up."""
    found = tables("sched", TRACES / "perf-sched", 'measure=["latency","off-cpu"]')
    assert not found["latency_stats_by_thread"] and {row["reason"] for row in found["off_cpu_stats_by_thread"]} >= {"blocked"}


def test_losses_are_shown():
    assert "Tracer discarded 26464 events" in babeltrace2(LOST, "-c", "sink.lttngx.sched").stdout


@pytest.mark.parametrize("params, message", [
    ("measure=nothing", "name=measure"), ('group-by=["thread","nothing"]', "name=group-by"), ("view=usage", "name=view"),
    ('min-duration="2ms",max-duration="1ms"', "expected at most max-duration"), ("limit=-1", "name=limit"),
    ("irq=3", 'unknown parameter: name="irq"')])
def test_bad_parameters_are_one_line(params, message):
    assert message in error_of(KERNEL, "-c", "sink.lttngx.sched", "-p", params)


def test_a_trace_without_switches_says_what_to_record():
    text = error_of(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="sched_waking"', "-c", "sink.lttngx.sched")
    assert "lttng enable-event --kernel sched_switch" in text
