"""What all sinks of analyses of durations share: cores, formats, windows, live sources, LAMI."""

import csv
import io
import json

import pytest

from analysis_sinks import documents
from commands import CORES, KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of
from graphs import chain, run, use
from recorded import unpacked
from lttngx.sinks.io import IoSink
from lttngx.sinks.irq import IrqSink
from lttngx.sinks.memory import MemorySink
from lttngx.sinks.sched import SchedSink
from lttngx.sinks.syscalls import SyscallsSink
from stutter import EVERY, StutteringFilter

CLASSES = {"sched": SchedSink, "syscalls": SyscallsSink, "irq": IrqSink, "io": IoSink, "memory": MemorySink}
SINKS = tuple(CLASSES)
# kernel-ctx has no memory events.
RECORDED = dict.fromkeys(SINKS, KERNEL) | {"memory": NO_CONTEXT}


def all_views(name):
    """Return the parameter which asks for every view of a sink."""
    return 'view=["log","top","stats","freq"' + (',"usage"]' if name in ("io", "memory") else "]")


@pytest.mark.parametrize("name", SINKS)
@pytest.mark.parametrize("trace", [KERNEL, LOST], ids=lambda path: path.name)
def test_both_cores_agree(name, trace):
    trace = RECORDED[name] if trace == KERNEL else trace
    one, other = (documents(name, trace, f'{all_views(name)},refresh="400ms"', core) for core in CORES)
    assert one == other and len(one) >= 4


@pytest.mark.parametrize("name", SINKS)
def test_formats_have_the_same_rows(name):
    """JSON and CSV value by value; LAMI and text by their number of rows."""
    document, = documents(name, RECORDED[name], all_views(name))
    assert document["schema"] == f"lttngx.{name}/1"
    rows = {table: len(found) for table, found in document["tables"].items() if found}
    read = {}
    for line in csv.reader(io.StringIO(babeltrace2(RECORDED[name], "-c", f"sink.lttngx.{name}", "-p", f"format=csv,{all_views(name)}").stdout)):
        if line[0] == "table":
            headings = [heading.removesuffix("_ns") for heading in line]
        else:
            read.setdefault(line[0], []).append(dict(zip(headings, line)))
    assert {table: len(found) for table, found in read.items()} == rows
    for table, found in read.items():
        for one, other in zip(found, document["tables"][table]):
            assert {key: one[key.removesuffix("_ns")] for key in other} == {
                key: "" if value is None else str(value) for key, value in other.items()}
    lami = json.loads(babeltrace2(RECORDED[name], "-c", f"sink.lttngx.{name}", "-p", f"format=lami,{all_views(name)}").stdout)
    assert {table["class"]: len(table["data"]) for table in lami["results"]} == rows
    text = babeltrace2(RECORDED[name], "-c", f"sink.lttngx.{name}", "-p", all_views(name)).stdout
    assert len([line for line in text.splitlines() if line]) >= sum(rows.values())


@pytest.mark.parametrize("view", ["log", "top", "freq"])
@pytest.mark.parametrize("name", SINKS)
def test_each_view_tells_what_all_together_tell(name, view):
    """Its tables, the outcomes among them: what no view needs is not counted, what is kept depends on the views."""
    whole, alone = (documents(name, RECORDED[name], params)[0]["tables"] for params in (all_views(name), f"view={view}"))
    assert alone and any(f"_{view}" in table for table in alone)
    assert alone == {table: whole[table] for table in alone}


@pytest.mark.parametrize("name", SINKS)
def test_defect_26_lami_keeps_all_windows_and_agrees_with_its_metadata(name):
    """Each cell is of its column's class, or unknown; the LTTng tools give several windows' summary only."""
    params = f'{all_views(name)},refresh="400ms"'
    results = json.loads(babeltrace2(RECORDED[name], "-c", f"sink.lttngx.{name}", "-p", f"format=lami,{params}").stdout)["results"]
    metadata = json.loads(babeltrace2("query", f"sink.lttngx.{name}", "lami-metadata", "-p", all_views(name)).stdout)
    assert metadata["mi-version"] == {"major": 1, "minor": 0}
    for table in results:
        classes = [column["class"] for column in metadata["table-classes"][table["class"]]["column-descriptions"]]
        for row in table["data"]:
            assert len(row) == len(classes) and all(cell["class"] in (kind, "unknown") for cell, kind in zip(row, classes))
    windows = {(table["time-range"]["begin"]["value"], table["time-range"]["end"]["value"]) for table in results}
    known = {(document["begin_ns"], document["end_ns"]) for document in documents(name, RECORDED[name], params)}
    # The last one is 2.4 ms long: it may have nothing to show.
    assert windows <= known and len(windows) >= len(known) - 1 >= 3


@pytest.mark.parametrize("sink, params", [("cputop", "limit=3"), ("spans", 'packs="syscalls",view=["stats","top"]')])
def test_other_reports_have_lami(sink, params):
    results = json.loads(babeltrace2(KERNEL, "-c", f"sink.lttngx.{sink}", "-p", f"format=lami,{params}").stdout)["results"]
    assert results and all(table["data"] for table in results)
    if sink == "cputop":
        assert {cell["class"] for cell in results[0]["data"][0]} == {"ratio", "duration", "process", "string", "number"}


@pytest.mark.parametrize("name", SINKS)
def test_live_sources_lose_nothing(name, core, monkeypatch, tmp_path):
    """TryAgain now and then; windows are written as they close."""
    use(monkeypatch, core)
    params = {"format": "json", "refresh": "400ms", "view": ["stats", "log"], "path": str(tmp_path / "live")}
    graph = chain(RECORDED[name], (StutteringFilter, None), (CLASSES[name], None, params))
    assert run(graph) > 8000 // EVERY
    live = [json.loads(line) for line in (tmp_path / "live").read_text().splitlines()]
    assert live == documents(name, RECORDED[name], 'refresh="400ms",view=["stats","log"]')


@pytest.mark.parametrize("name", SINKS)
def test_begin_and_end_bound_what_counts(name):
    whole, = documents(name, RECORDED[name], "view=log")
    begin, end = whole["begin_ns"] + 100_000_000, whole["begin_ns"] + 600_000_000
    part, = documents(name, RECORDED[name], f"view=log,begin={begin},end={end}")
    assert (part["begin_ns"], part["end_ns"]) == (begin, end)
    for table, rows in part["tables"].items():
        if table.endswith("_log"):
            # A raise latency ends with the handler's begin, but counts with its end.
            inside = [row for row in whole["tables"][table] if begin <= row.get("end", row.get("time")) < end]
            assert rows == inside or table == "raise_log"


@pytest.mark.parametrize("name", SINKS)
def test_containers_are_filtered(name):
    if name == "irq":
        assert "unknown parameter" in error_of(KERNEL, "-c", "sink.lttngx.irq", "-p", "container=docker")
        return
    if name == "memory":
        return  # Without contexts, nothing tells which container is whose: see its own tests.
    table = "latency_log" if name == "sched" else "call_log"
    whole, docker = (documents(name, KERNEL, f"view=log{more}")[0]["tables"][table] for more in ("", ",container=docker"))
    of_docker = documents(name, KERNEL, "group-by=container")[0]["tables"]
    names = {row["container"] for row in next(iter(of_docker.values())) if row["type"] == "docker"}
    assert names and docker == [row for row in whole if row["container"] in names]


@pytest.mark.parametrize("name", SINKS)
def test_memory_does_not_grow_with_the_trace(name):
    """Without the log, what is kept depends on threads and calls, not on events."""
    from lttngx.bt.reading import read

    engine = name.capitalize()
    module = __import__(f"lttngx.analyses.{name}", fromlist=[engine])
    analysis = getattr(module, engine)()
    if name == "io":
        analysis.settle()  # As its sink does: no journal is kept.
        assert not analysis.journal
    read(analysis, RECORDED[name])
    cells = [cell for window in analysis.windows.values() for found in window.cells.values() for cell in found.values()]
    assert (cells or analysis.options.views == ("usage",)) and all(not cell.samples for cell in cells)


def test_a_whole_recording_in_windows_is_the_whole():
    trace = unpacked("kernel-asmall") / "kernel"
    whole, = documents("syscalls", trace)
    windows = documents("syscalls", trace, "refresh=1")
    counts = {}
    for window in windows:
        for row in window["tables"]["call_stats"]:
            counts[row["syscall"]] = counts.get(row["syscall"], 0) + row["count"]
    assert counts == {row["syscall"]: row["count"] for row in whole["tables"]["call_stats"]} and len(windows) == 8
