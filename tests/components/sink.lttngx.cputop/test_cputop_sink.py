"""sink.lttngx.cputop through babeltrace2: what it writes, its parameters, its errors. The accounting is tested with its engine."""

import csv
import io
import json
import re
import shutil

import pytest

from commands import CORES, KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of, pretty
from recorded import TRACES, true_containers, unpacked

SINK = ("-c", "sink.lttngx.cputop", "-p")
KEYS = {"schema", "range", "threads", "processes", "cpus", "containers", "total_usage", "discarded_events", "discarded_packets"}


def usage(trace, params="limit=0", core="native"):
    """Return the JSON documents, one a window."""
    run = babeltrace2(trace, *SINK, f"format=json,{params}", core=core)
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture(scope="module")
def whole():
    document, = usage(KERNEL)
    return document


@pytest.mark.parametrize("trace", [KERNEL, NO_CONTEXT, LOST], ids=lambda path: path.name)
def test_both_cores_agree(trace):
    assert usage(trace, core="native") == usage(trace, core="portable")


def test_json_has_the_documented_shape(whole):
    assert set(whole) == KEYS and whole["schema"] == "lttngx.cputop/1"
    assert set(whole["threads"][0]) == {"tid", "pid", "name", "container", "cpu_time_ns", "usage", "migrations", "priorities"}
    assert {"cpu", "cpu_time_ns", "usage"} <= set(whole["cpus"][0])
    assert {"name", "type", "pid_ns", "cpu_time_ns", "usage"} <= set(whole["containers"][0])
    assert whole["containers"][0]["name"] == "[HOST]"
    assert {container["pid_ns"] for container in whole["containers"] if "parent" in container} <= {4026532472}


def test_each_table_adds_up(whole):
    length = whole["range"]["end"] - whole["range"]["begin"]
    busy = sum(cpu["cpu_time_ns"] for cpu in whole["cpus"])
    for table in ("threads", "processes", "containers"):
        assert sum(row["cpu_time_ns"] for row in whole[table]) == busy, table
    for cpu in whole["cpus"]:
        assert cpu["cpu_time_ns"] + cpu["idle_ns"] + cpu["unknown_ns"] == length
        assert cpu["usage"] == pytest.approx(cpu["cpu_time_ns"] / length)
    assert whole["total_usage"] == pytest.approx(busy / length / len(whole["cpus"]))


def test_range_is_from_the_first_to_the_last_event(whole):
    lines = babeltrace2(KERNEL, "-c", "sink.text.pretty", "-p", "clock-seconds=yes,no-delta=yes").stdout.splitlines()
    first, last = (int(line[1:21].replace(".", "")) for line in (lines[0], lines[-1]))
    assert whole["range"] == {"begin": first, "end": last}


@pytest.mark.parametrize("trace", [KERNEL, NO_CONTEXT], ids=lambda path: path.name)
def test_containers_are_those_of_the_machine(trace):
    """By pid namespace, with types as the runtimes told. runc alone leaves no mark in a trace, so its type is unknown; a plain
    unshare has no runtime."""
    expected = {"runc": "unknown", "none": "unshare"}
    document, = usage(trace)
    known = true_containers()
    found = {row["pid_ns"]: row for row in document["containers"] if row["pid_ns"] in known}
    assert len(found) >= 8
    for pid_ns, row in found.items():
        runtime = known[pid_ns]["runtime"]
        assert row["type"] == expected.get(runtime, runtime), row


def test_inventory_names_containers(tmp_path):
    entries = [{"name": entry["name"], "type": entry["runtime"], "pid_ns": pid_ns, "namespaces": entry["ns"]}
               for pid_ns, entry in true_containers().items()]
    path = tmp_path / "containers.json"
    path.write_text(json.dumps({"schema": "lttngx.containers/1", "hostname": "lxhost", "host": {}, "containers": entries}))
    document, = usage(NO_CONTEXT, f'limit=0,containers="{path}"')
    names = {row["pid_ns"]: (row["name"], row["type"]) for row in document["containers"]}
    seen = true_containers().keys() & names.keys()
    assert len(seen) >= 8
    assert {pid_ns: names[pid_ns] for pid_ns in seen} == {
        pid_ns: (true_containers()[pid_ns]["name"], true_containers()[pid_ns]["runtime"]) for pid_ns in seen}


def test_losses_are_counted():
    """Babeltrace's own text sink warns of every loss with its count."""
    warnings = babeltrace2(LOST).stderr
    document, = usage(LOST)
    assert document["discarded_events"] == sum(
        int(count) for count in re.findall(r"Tracer discarded (\d+) events?", warnings)) == 26464
    text = babeltrace2(LOST, *SINK, "limit=1").stdout
    assert "Tracer discarded 26464 events" in text


def test_windows_add_up_to_the_whole(whole):
    windows = usage(KERNEL, 'limit=0,refresh="100ms"')
    assert len(windows) == 13  # 1.2025 s
    assert windows[0]["range"]["begin"] == whole["range"]["begin"] and windows[-1]["range"]["end"] == whole["range"]["end"]
    assert all(one["range"]["end"] == other["range"]["begin"] for one, other in zip(windows, windows[1:]))
    for cpu in whole["cpus"]:
        assert sum(row["cpu_time_ns"] for window in windows for row in window["cpus"] if row["cpu"] == cpu["cpu"]
                   ) == cpu["cpu_time_ns"]


def test_begin_and_end_bound_the_window(whole):
    begin, end = whole["range"]["begin"] + 100_000_000, whole["range"]["begin"] + 600_000_000
    document, = usage(KERNEL, f"limit=0,begin={begin},end={end}")
    assert document["range"] == {"begin": begin, "end": end}
    clock = usage(KERNEL, 'limit=0,utc=yes,begin="21:00:46.2",end="2026-11-22 21:00:46.5"')[0]
    assert clock["range"]["end"] - clock["range"]["begin"] == 300_000_000


@pytest.mark.parametrize("params, table, accept", [
    ("tid=600", "threads", lambda row: row["tid"] == 600),
    ("tid=[600,2116]", "threads", lambda row: row["tid"] in (600, 2116)),
    ('procname="web-burn"', "threads", lambda row: row["name"] == "web-burn"),
    ("container=docker", "containers", lambda row: row["type"] == "docker"),
    ("cpu=[1,2]", "cpus", lambda row: row["cpu"] in (1, 2)),
])
def test_filters_choose_rows_and_change_no_number(whole, params, table, accept):
    document, = usage(KERNEL, f"limit=0,{params}")
    assert document[table] == [row for row in whole[table] if accept(row)] != []
    assert document["total_usage"] == whole["total_usage"]


def test_limit(whole):
    document, = usage(KERNEL, "limit=3")
    assert document["threads"] == whole["threads"][:3]
    assert len(usage(KERNEL, "format=json")[0]["threads"]) == 10


def test_csv_holds_the_same_numbers(whole):
    text = babeltrace2(KERNEL, *SINK, "format=csv,limit=0").stdout
    rows = [row for row in csv.reader(io.StringIO(text)) if row]
    tids = {str(row["tid"]) for row in whole["threads"]}
    assert tids <= {cell for row in rows for cell in row}
    assert {str(row["cpu_time_ns"]) for row in whole["threads"]} <= {cell for row in rows for cell in row}


def test_text_shows_every_table():
    text = babeltrace2(KERNEL, *SINK, "utc=yes").stdout
    assert text.startswith("Timerange: [2026-11-22 21:00:46.069279231, 2026-11-22 21:00:47.")
    for title in ("Per-TID Usage", "Per-CPU Usage", "Per-Process Usage", "Per-Container Usage", "Total CPU Usage: "):
        assert title in text
    assert "█" in text and "[HOST]" in text


def test_path_is_written(tmp_path, whole):
    path = tmp_path / "usage.json"
    run = babeltrace2(KERNEL, *SINK, f'format=json,limit=0,path="{path}"')
    assert run.stdout == "" and json.loads(path.read_text()) == whole


def test_lami_is_one_document_of_all_windows():
    windows = [json.loads(line) for line in babeltrace2(KERNEL, *SINK, 'format=json,refresh="100ms"').stdout.splitlines()]
    results = json.loads(babeltrace2(KERNEL, *SINK, 'format=lami,refresh="100ms"').stdout)["results"]
    begins = {result["time-range"]["begin"]["value"] for result in results}
    assert begins == {window["range"]["begin"] for window in windows} and len(begins) > 3


def test_events_filter_before_it_changes_nothing_it_needs(whole):
    run = babeltrace2(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="*",exclude="kmem_*,workqueue_*"', *SINK,
                      "format=json,limit=0")
    assert json.loads(run.stdout)["threads"] == whole["threads"]


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("params, message", [
    ("limits=5", 'sink.lttngx.cputop: unknown parameter: name="limits"'),
    ("limit=-1", "sink.lttngx.cputop: bad parameter: name=limit, expected=an integer of at least 0, got=-1 (integer)"),
    ('format="xml"', "bad parameter: name=format, expected=`text`, `json`, `csv` or `lami`, got='xml' (string)"),
    ('begin="noon"', 'name=begin'),
    ("refresh=0", "refresh"),
    ('containers="/nonexistent/file"', 'path="/nonexistent/file", reason=No such file or directory'),
    ('path="/nonexistent/file"', 'path="/nonexistent/file", reason=No such file or directory'),
])
def test_bad_parameters_are_one_line(core, params, message):
    assert message in error_of(KERNEL, *SINK, params, core=core)


def test_bad_inventory_is_one_line(tmp_path):
    path = tmp_path / "containers.json"
    path.write_text('{"schema": "other"}')
    assert 'expected "schema": "lttngx.containers/1"' in error_of(KERNEL, *SINK, f'containers="{path}"')


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("names", ["sched_wakeup", "no_event_at_all"])
def test_trace_without_sched_switch_is_an_error(core, names):
    text = error_of(KERNEL, "-c", "filter.lttngx.events", "-p", f'names="{names}"', *SINK, "limit=1", core=core)
    assert "sched_switch" in text and "lttng enable-event --kernel sched_switch" in text


def test_truncated_trace_is_the_readers_error(tmp_path):
    shutil.copytree(KERNEL, tmp_path / "trace")
    stream = tmp_path / "trace/k_0"
    stream.write_bytes(stream.read_bytes()[:100_000])
    run = babeltrace2(tmp_path / "trace", *SINK, "limit=1", check=False)
    assert run.returncode == 1 and "Per-TID" not in run.stdout


def test_perf_trace():
    document, = usage(TRACES / "perf-sched")
    assert {cpu["cpu"] for cpu in document["cpus"]} == {0, 1}
    assert any(row["name"] == "python3" for row in document["threads"])


def test_whole_recording_counts_every_switch_of_a_thread():
    """The busiest container's program burns 50 % of a CPU; babeltrace2's text says on how many CPUs it ran."""
    trace = unpacked("kernel-asmall") / "kernel"
    document, = usage(trace)
    burner, = (row for row in document["threads"] if row["name"] == "web-burn")
    assert 0.45 < burner["usage"] < 0.56
    migrations = sum("sched_migrate_task" in line and f"tid = {burner['tid']}, prio" in line for line in pretty(trace))
    assert burner["migrations"] == migrations


def test_bars_are_printed_in_the_posix_locale():
    """The interpreter in babeltrace2 takes ASCII for standard output there."""
    assert "█" in babeltrace2(KERNEL, *SINK, "limit=1", LANG="", LC_ALL="POSIX", PYTHONUTF8="0").stdout
