"""sink.lttngx.report: the page's data against other components' figures; parameters and errors."""

import json
import math
import re
import shutil
import uuid
from collections import Counter

import pytest

from commands import CORES, KERNEL, LOST, babeltrace2, error_of
from recorded import TRACES

SINK = ("-c", "sink.lttngx.report", "-p")


def data_of(path):
    """Return the data in a page."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', path.read_text(), re.S)[1])


def page(trace, path, params="", core="native"):
    """Write a page; return its data."""
    run = babeltrace2(trace, *SINK, f'path="{path}"{params}', core=core)
    assert run.stdout == ""
    return data_of(path)


def table(data, name):
    """Return the rows of a table as maps."""
    found, = [one for section in data["sections"] for one in section["tables"] if one["name"] == name]
    return [dict(zip((column[0] for column in found["columns"]), row)) for row in found["rows"]]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The data of a kernel trace's page without parameters."""
    return page(KERNEL, tmp_path_factory.mktemp("plain") / "r.html")


@pytest.mark.parametrize("core", CORES)
def test_tables_and_charts_add_up_to_cputop(tmp_path, core):
    data = page(KERNEL, tmp_path / "r.html", ',step="5ms"', core)
    usage = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.cputop", "-p", "limit=0,format=json").stdout)
    assert int(data["begin_ns"]) == usage["range"]["begin"]
    assert data["duration_ns"] == usage["range"]["end"] - usage["range"]["begin"]
    assert [(row["tid"], row["cpu_time"]) for row in table(data, "threads")] == [
        (row["tid"], row["cpu_time_ns"]) for row in usage["threads"]]
    chart, = [one for one in data["charts"] if one["name"] == "cpus"]
    assert chart["step"] == 5_000_000 and len(chart["rows"]) == 4
    last = data["duration_ns"] % chart["step"]
    for (label, values), row in zip(chart["rows"], usage["cpus"]):
        total = sum(values[:-1]) * chart["step"] + values[-1] * last
        # Values are rounded to 1e-4. A step is drawn before it is known that its CPU goes on with the same thread for long.
        rounding = len(values) * chart["step"] * 1e-4
        assert label == f"CPU {row['cpu']}" and 0.99 * row["cpu_time_ns"] - rounding <= total <= row["cpu_time_ns"] + rounding


def test_events_by_name_and_losses(tmp_path):
    data = page(LOST, tmp_path / "r.html")
    counter = babeltrace2(LOST, "-c", "sink.utils.counter", "-p", "step=+0").stdout
    events, losses = (int(next(line for line in counter.splitlines() if word in line).split()[0].replace(",", ""))
                      for word in ("Event messages", "Discarded event messages"))
    assert sum(row["count"] for row in table(data, "events")) == events
    assert len([loss for loss in data["losses"] if loss[2] == "events"]) == losses > 10
    assert all(0 <= begin <= end <= data["duration_ns"] for begin, end, *_ in data["losses"])
    assert dict(map(tuple, data["summary"]))["Lost"] != "nothing"


def test_spans_are_those_of_the_sink(tmp_path):
    data = page(KERNEL, tmp_path / "r.html", ',packs="irq"')
    log = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", 'packs="irq",view=log,format=json').stdout)["tables"]["log"]
    begin = int(data["begin_ns"])
    assert sorted(tuple(row[:2]) for row in data["spans"]["rows"]) == sorted(
        (row["begin_ns"] - begin, row["end_ns"] - row["begin_ns"]) for row in log)
    lanes = {}
    for at, duration, path, lane, *_ in data["spans"]["rows"]:
        assert lanes.get((path, lane), -1) <= at
        lanes[path, lane] = at + duration


def distributions(data):
    """Return the distributions by name."""
    return {one["name"]: one for section in data["sections"] for one in section["distributions"]}


def durations(sink, *keys):
    """Return the durations of a sink's log by the values of some of its columns."""
    document = json.loads(babeltrace2(KERNEL, "-c", f"sink.lttngx.{sink}", "-p", "view=log,format=json").stdout)
    found = {}
    for name, rows in document["tables"].items():
        for row in rows if name.endswith("_log") else ():
            found.setdefault(tuple(row[key] for key in keys), []).append(row["duration"])
    return found


@pytest.mark.parametrize("core", CORES)
def test_distributions_are_those_of_the_durations(tmp_path, core):
    """Reference: the durations in the sinks' logs, one by one; percentiles by nearest rank."""
    found = distributions(page(KERNEL, tmp_path / "r.html", core=core))
    groups = {group["label"]: group for name in ("sched_latency", "syscalls_call") for group in found[name]["groups"]}
    expected = {"all": sum(durations("sched").values(), [])} | {call: ns for (call,), ns in durations("syscalls", "syscall").items()}
    assert len(expected) > 10 and expected.keys() <= groups.keys()
    for label, values in expected.items():
        group, values = groups[label], sorted(values)
        bins = Counter(math.floor(10 * math.log10(value)) for value in values)
        # A thousand different durations are within 1/128.
        if len(set(values)) <= 1024:
            assert {group["first"] + at: count for at, count in enumerate(group["counts"]) if count} == bins, label
        assert group["count"] == sum(group["counts"]) == len(values)
        assert group["percentiles"] == pytest.approx(
            [values[math.ceil(len(values) * percent / 100) - 1] for percent in (50, 90, 99, 99.9)], rel=1 / 128)


def test_threads_have_distributions_too(plain):
    """Those of the threads add up to that of all, as no thread is left out here."""
    latency = distributions(plain)["sched_latency"]
    whole, *threads = latency["groups"]
    assert len(threads) < 99 and sum(group["count"] for group in threads) == whole["count"]
    added = Counter({group["first"] + at: 0 for group in threads for at in range(len(group["counts"]))})
    for group in threads:
        added.update({group["first"] + at: count for at, count in enumerate(group["counts"])})
    assert +added == Counter({whole["first"] + at: count for at, count in enumerate(whole["counts"]) if count})


def test_statistics_are_those_of_the_sinks(plain):
    names = [one["name"] for section in plain["sections"] for one in section["tables"]]
    assert len(names) == len(set(names)) and {one["table"] for one in distributions(plain).values()} <= set(names)
    for sink, params, tables in (("syscalls", "", ("call_stats", "call_errors")), ("irq", "", ("hard_stats", "softirq_stats")),
                                 ("sched", ",measure=[latency,preemption]", ("latency_stats_by_thread", "preemption_stats_by_thread"))):
        expected = json.loads(babeltrace2(KERNEL, "-c", f"sink.lttngx.{sink}", "-p", f"format=json{params}").stdout)["tables"]
        for name in tables:
            assert table(plain, f"{sink}_{name}") == expected[name] != []


def test_sections_without_events_are_left_out(tmp_path):
    data = page(TRACES / "perf-sched", tmp_path / "r.html")
    assert [one["title"] for one in data["sections"]] == ["CPU usage", "Scheduling", "Events"]


def test_machines_do_not_mix(plain, tmp_path):
    """The same recording as if of two hosts: each one's sections are those of the recording alone."""
    own = uuid.UUID("9a3d5c44-f718-e040-a3a9-04b0536b1571")
    for number, host in enumerate(("web1", "web2"), 1):
        # Traces of one UUID would be one trace.
        other = uuid.UUID(int=own.int + number)
        shutil.copytree(KERNEL, tmp_path / "traces" / host)
        for path in (path for path in (tmp_path / "traces" / host).iterdir() if path.is_file()):
            content = path.read_bytes().replace(own.bytes, other.bytes).replace(str(own).encode(), str(other).encode())
            path.write_bytes(content.replace(b'"lxhost"', f'"{host}"'.encode().ljust(8)))
    alone, both = plain, page(tmp_path / "traces", tmp_path / "r.html")
    titles = [one["title"] for one in alone["sections"]]
    assert [one["title"] for one in both["sections"]] == [
        *(f"{title} of {host}" for host in ("web1", "web2") for title in titles[:-1]), "Events"]
    for name in ("syscalls_call_stats", "irq_softirq_stats", "threads", "sched_off_cpu_stats_by_thread"):
        own = [{key: value for key, value in row.items() if key != "container"} for row in table(alone, name)]
        for suffix in ("", "_2"):
            assert [{key: value for key, value in row.items() if key != "container"} for row in table(both, name + suffix)] == own
    assert len(both["charts"]) == 2 * len(alone["charts"]) == 6
    assert len({one["name"] for one in both["charts"]}) == 6


def test_a_name_which_is_no_utf_8_is_written(tmp_path):
    shutil.copytree(KERNEL, tmp_path / "trace")
    for path in (tmp_path / "trace").glob("k_*"):
        path.write_bytes(path.read_bytes().replace(b"web-burn\0", b"web\xffburn\0"))
    assert "web?burn" in [row["name"] for row in table(page(tmp_path / "trace", tmp_path / "r.html"), "threads")]


def test_a_user_space_trace_has_no_cpu_usage(tmp_path):
    data = page(TRACES / "ctf18-ust", tmp_path / "r.html")
    assert data["charts"] == [] and data["spans"] is None and [one["title"] for one in data["sections"]] == ["Events"]


def test_no_text_of_a_trace_ends_the_script(tmp_path):
    page(KERNEL, tmp_path / "r.html", r',title="</script><b>&"')
    text = (tmp_path / "r.html").read_text()
    assert "<title>&lt;/script&gt;&lt;b&gt;&amp;</title>" in text and text.count("</script>") == 2
    assert data_of(tmp_path / "r.html")["title"] == "</script><b>&"
    assert not re.search(r'(src|href)="(?!data:)', text)


@pytest.mark.parametrize("params, message", [
    ("title=x", "parameter is missing: name=path"), ('path="/no/such/folder/r.html"', "cannot write report"),
    ('path="/tmp/never.html",packs="x"', "no such pack"), ('path="/tmp/never.html",step=0', "parameter step")])
def test_errors_are_one_line(params, message):
    assert message in error_of(KERNEL, *SINK, params)
