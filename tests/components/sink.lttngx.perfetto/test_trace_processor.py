"""What Perfetto's own trace processor, run offline, makes of sink.lttngx.perfetto's files."""

import json
from collections import defaultdict

import bt2
import pytest

from commands import KERNEL, LOST, babeltrace2
from recorded import TRACES
from trace_processor import query

PACKS = '["syscalls","softirq","irq","wakeup"]'
PROBLEMS = "select name, value from stats where severity != 'info' and value > 0"


def written(trace, params, path):
    """Return the bytes which the sink writes for a trace."""
    babeltrace2(trace, "-c", "sink.lttngx.perfetto", "-p", f'{params},path="{path}"')
    return path.read_bytes()


def rows(trace, view, params):
    """Return a table of sink.lttngx.spans."""
    run = babeltrace2(trace, "-c", "sink.lttngx.spans", "-p", f"{params},view={view},format=json")
    return json.loads(run.stdout)["tables"][view]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    return written(KERNEL, f"packs={PACKS}", tmp_path_factory.mktemp("perfetto") / "out.pftrace")


def test_durations_are_exact_to_the_nanosecond(kernel):
    found, unfinished, problems = query(
        kernel, "select name, count(*), sum(dur), min(ts), max(dur) from slice where dur >= 0 and "
        "extract_arg(arg_set_id, 'debug.status') is null group by name",
        "select count(*) from slice where dur = -1", PROBLEMS)
    log, expected = rows(KERNEL, "log", f"packs={PACKS}"), defaultdict(list)
    for row in log:
        expected[row["name"]].append(row)
    assert found == [
        (name, len(same), sum(row["end_ns"] - row["begin_ns"] for row in same), min(row["begin_ns"] for row in same),
         max(row["end_ns"] - row["begin_ns"] for row in same)) for name, same in sorted(expected.items())]
    outcomes = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", f"packs={PACKS},format=json").stdout)
    assert unfinished == [(sum(row["by_end"] for row in outcomes["tables"]["outcomes"]),)] and unfinished[0][0] > 0
    assert problems == []


def test_threads_and_processes_have_their_names(kernel):
    threads, cpus = query(
        kernel, "select distinct tid, thread.name, pid, process.name from thread join process using (upid) join "
        "thread_track using (utid) join slice on slice.track_id = thread_track.id where slice.name like 'syscall%'",
        "select distinct parent.name, grand.name from slice join track on track_id = track.id join track parent on "
        "track.parent_id = parent.id join track grand on parent.parent_id = grand.id where track.name = 'softirq' order by 1")
    # The contexts of this trace tell the same of each system call's thread.
    text = babeltrace2(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="syscall_entry_*"').stdout
    known = {int(part("tid", line)): (part("procname", line).strip('"'), int(part("pid", line))) for line in text.splitlines()}
    assert len(threads) > 40 and all(known[tid][1] == pid for tid, _, pid, _ in threads)
    assert sum(known[tid][0] == name for tid, name, _, _ in threads) > 0.9 * len(threads)
    assert {pid: name for tid, name, pid, _ in threads if tid == pid and name}.items() <= {
        pid: name for _, _, pid, name in threads}.items()
    assert cpus == [(f"CPU {cpu}", "CPUs") for cpu in range(4)]


def part(name, line):
    return line.partition(f" {name} = ")[2].partition(",")[0].split(" }")[0]


def test_calls_are_inside_their_callers(tmp_path):
    """The program's `worker` calls `request`, that `leaf` and `recursive`, which calls both."""
    data = written(TRACES / "ust-functions", 'packs="functions"', tmp_path / "out.pftrace")
    depths, parents, threads = query(
        data, "select depth, count(*) from slice group by depth", "select s.name, p.name, count(*) from slice s join slice p "
        "on s.parent_id = p.id where s.ts < p.ts or s.ts + s.dur > p.ts + p.dur group by 1, 2",
        "select distinct thread.name, pid = (select min(pid) from process where pid > 0) from thread join thread_track using "
        "(utid) join process using (upid)")
    # By hand: 25 requests a thread, of depth 0 … 3 in turn (7, 6, 6, 6), each with a leaf and a recursion of its own.
    assert depths == [(0, 2), (1, 50), (2, 100), (3, 36 + 36), (4, 24 + 24), (5, 12 + 12)]
    assert parents == [] and threads == [("calls", 1)]


def test_unfinished_spans_and_processes(tmp_path):
    data = written(TRACES / "ust-ros2", 'packs="ros2"', tmp_path / "out.pftrace")
    found, = query(data, "select pid, process.name, s.name, count(*) from slice s join thread_track t on s.track_id = t.id join "
                   "thread using (utid) join process using (upid) where dur = -1 group by 1, 2, 3")
    truth = [line.split() for line in (TRACES / "ust-ros2/truth.txt").read_text().splitlines()]
    assert found == [(int(words[1]), "callbacks", words[2], 1) for words in sorted(truth) if words[0] == "unfinished"]


def test_two_files_in_one(kernel, tmp_path):
    """Traces of two machines, or one trace's parts: `cat` joins them."""
    other = written(TRACES / "ust-functions", 'packs="functions"', tmp_path / "out.pftrace")
    (one,), (two,), (both,) = (query(data, "select count(*), sum(dur) from slice where dur >= 0")[0]
                               for data in (kernel, other, kernel + other))
    assert both == (one[0] + two[0], one[1] + two[1])


def test_idle_time_is_what_cputop_measures(tmp_path):
    data = written(KERNEL, 'states="CPUs/*/thread"', tmp_path / "out.pftrace")
    found, groups = query(data, "select p.name, sum(dur) from slice s join track t on s.track_id = t.id join track p on "
                          "t.parent_id = p.id where t.name = 'thread' and s.name = '0' group by 1", "select distinct g.name from "
                          "track t join track p on t.parent_id = p.id join track g on p.parent_id = g.id where t.name = 'thread'")
    report = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.cputop", "-p", "format=json").stdout)
    assert found == [(f"CPU {row['cpu']}", row["idle_ns"]) for row in report["cpus"] if row["idle_ns"]] and len(found) == 3
    assert groups == [("CPUs",)]


def test_losses_are_shown(tmp_path):
    run = babeltrace2(LOST, "-c", "sink.lttngx.perfetto", "-p", f'packs="syscalls",path="{tmp_path}/out.pftrace"')
    found, lossy = query((tmp_path / "out.pftrace").read_bytes(), "select ts, ts + dur from slice join track on track_id = "
                         "track.id where track.name = 'discarded events' order by 1",
                         "select count(*) from slice where extract_arg(arg_set_id, 'debug.lossy')")
    assert "the tracer discarded events=" in run.stderr and found == discarded(LOST)
    outcomes = json.loads(babeltrace2(LOST, "-c", "sink.lttngx.spans", "-p", 'packs="syscalls",format=json').stdout)
    assert lossy == [(outcomes["tables"]["outcomes"][0]["lossy"],)] and lossy[0][0] > 0


def discarded(trace):
    """Return the union of the intervals of a trace's discarded events messages."""
    union = []
    for begin, end in sorted(
            (message.beginning_default_clock_snapshot.ns_from_origin, message.end_default_clock_snapshot.ns_from_origin)
            for message in bt2.TraceCollectionMessageIterator(str(trace)) if type(message) is bt2._DiscardedEventsMessageConst):
        if union and begin <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((begin, end))
    return union


def test_counters_count_open_spans(tmp_path):
    data = written(KERNEL, 'packs="softirq",counters=yes', tmp_path / "out.pftrace")
    found, = query(data, "select name, unit, max(value), min(value) from counter join counter_track on counter.track_id = "
                   "counter_track.id group by 1")
    ended = rows(KERNEL, "log", 'packs="softirq"')
    most = max(sum(row["begin_ns"] <= other["begin_ns"] < row["end_ns"] for row in ended) for other in ended)
    assert found == [("open softirq", "spans", float(most), 0.0)]
