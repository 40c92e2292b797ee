"""sink.lttngx.report: the page's data against other components' figures; parameters and errors."""

import json
import re

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
