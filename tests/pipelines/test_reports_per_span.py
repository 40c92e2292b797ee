"""Reports per span of the sinks of kernel analyses: as those of the windows from each span's begin to its end."""

import json

import pytest

from commands import CORES, KERNEL, NO_CONTEXT, babeltrace2, error_of
from graphs import chain, run, use
from lttngx.sinks.cputop import CputopSink
from stutter import EVERY, StutteringFilter

# kernel-ctx has no memory events.
RECORDED = dict.fromkeys(("cputop", "sched", "syscalls", "irq", "io"), KERNEL) | {"memory": NO_CONTEXT}
# Hundreds of spans which overlap.
WAKES = '"wake : $evt.$name == \\"sched_waking\\" : $evt.$name == \\"sched_switch\\" && $evt.next_tid == $begin.$evt.tid"'
FSYNC = '{span="fsync",begin="syscall_entry_fsync",end="syscall_exit_fsync",key=["$ctx.tid"],capture={fd="fd",result="$end.ret"}}'
# A span in which others are.
NESTED = f'[{FSYNC},{{span="away",parent="fsync",begin="sched_switch",end="sched_switch",policy="one"}}]'


def documents(name, params, core="native"):
    found = babeltrace2(RECORDED[name], "-c", f"sink.lttngx.{name}", "-p", f"format=json,{params}", core=core)
    return [json.loads(line) for line in found.stdout.splitlines()]


def figures(document):
    """Return the rows without what comes to be known later: names, processes, containers, what is open at the end."""
    if "tables" not in document:
        rows = {"threads": document["threads"], "cpus": document["cpus"]}
    else:
        rows = {name: found for name, found in document["tables"].items() if name != "unfinished" and found}
    return {name: sorted(sorted((key, str(value)) for key, value in row.items() if key not in ("name", "pid", "container", "waker", "file",
                                                                                             "priorities", "unfinished"))
                         for row in found) for name, found in rows.items()}


@pytest.mark.parametrize("name", RECORDED)
def test_a_span_is_a_window(name):
    """Of the longest, the shortest and one between, the figures are those of that range alone."""
    views = "limit=0" if name == "cputop" else 'view=["log","stats"],group-by=total,limit=0'
    found = documents(name, f"spans=[{WAKES}],{views}")
    by_length = sorted(found, key=lambda document: range_of(document)[0] - range_of(document)[1])
    assert len(found) > 100 and {document["span"]["name"] for document in found} == {"wake"}
    compared = [figures(document) for document in by_length[:1] + by_length[len(by_length) // 9::len(by_length) // 4][:3]]
    for document, own in zip(by_length[:1] + by_length[len(by_length) // 9::len(by_length) // 4], compared):
        begin, end = range_of(document)
        alone, = documents(name, f"begin={begin},end={end},{views}")
        assert own == figures(alone)
    assert any(compared)


def range_of(document):
    return (document["range"]["begin"], document["range"]["end"]) if "range" in document else (document["begin_ns"], document["end_ns"])


@pytest.mark.parametrize("name, more", [("cputop", ""), ("sched", ',view=["log","top"],limit=3')])
def test_both_cores_agree_on_nested_spans(name, more):
    params = f"spans={NESTED}{more}"
    one, other = (documents(name, params, core) for core in CORES)
    assert one == other and len(one) > 4


def test_a_live_source_gets_the_same_reports(core, tmp_path, monkeypatch):
    use(monkeypatch, core)
    params = {"spans": [{"span": "fsync", "begin": "syscall_entry_fsync", "end": "syscall_exit_fsync", "key": ["$ctx.tid"]}],
              "format": "json", "path": str(tmp_path / "live")}
    assert run(chain(KERNEL, (StutteringFilter, None), (CputopSink, None, params))) > 8000 // EVERY
    live = [json.loads(line)["threads"] for line in (tmp_path / "live").read_text().splitlines()]
    assert live == [document["threads"] for document in documents("cputop", f"spans=[{FSYNC}]")]


def test_spans_in_spans_have_reports_in_order_of_their_ends():
    found = documents("sched", f"spans={NESTED}")
    ends = [document["end_ns"] for document in found]
    assert ends == sorted(ends)
    fsyncs = [document for document in found if document["span"]["name"] == "fsync"]
    assert len(fsyncs) == 2 and len(found) > 4
    for document in fsyncs:
        assert document["span"]["captures"]["fd"] >= 0 and document["span"]["captures"]["result"] == 0
        assert document["span"]["key"] == {"tid": 8788} or document["span"]["key"] == {"tid": 8799}
    # The last switch away inside each is open when the call ends.
    assert sum(document["span"]["status"] == "truncated by parent" for document in found) == 2


def test_what_is_asked_for_has_whole_spans_only():
    first, second = (range_of(document) for document in documents("cputop", f"spans=[{FSYNC}]"))
    found = documents("cputop", f"spans=[{FSYNC}],begin={first[0] + 1}")
    assert [range_of(document) for document in found] == [second]
    found = documents("cputop", f"spans=[{FSYNC}],begin={first[0]},end={first[1]}")
    assert [range_of(document) for document in found] == [first]


def test_every_format_tells_the_span():
    def output(form):
        return babeltrace2(KERNEL, "-c", "sink.lttngx.sched", "-p", f"format={form},spans=[{FSYNC}]").stdout
    text = [line for line in output("text").splitlines() if line.startswith("Span: ")]
    assert len(text) == 2 and text[0].startswith("Span: fsync, tid = 8788, fd = ") and text[0].endswith(", result = 0")
    rows = output("csv").splitlines()
    assert rows[0].startswith("table,begin_ns,end_ns,span,name,tid") and text[0].removeprefix("Span: ") in rows[1]
    tables = json.loads(output("lami"))["results"]
    assert [table["class"]["title"] for table in tables] == [
        f"Wake-up latency, statistics by thread [{line.removeprefix('Span: ')}]" for line in text]
    assert {table["class"]["inherit"] for table in tables} == {"latency_stats_by_thread"}
    # One document for both reports.
    assert len(json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.cputop", "-p", f"format=lami,spans=[{FSYNC}]").stdout)["results"]) == 8


def test_what_cannot_be_is_one_line():
    def error(params):
        return error_of(KERNEL, "-c", "sink.lttngx.sched", "-p", params)
    assert "parameter refresh: expected no spans" in error(f'spans=[{FSYNC}],refresh="1s"')
    nothing = error('spans=[{span="none",begin="nothing",end="nothing"}]')
    assert "Cannot report per span: spans=[none], expected at least one which begins" in nothing
    assert "no span is defined" in error('file="/dev/null"')
