"""sink.lttngx.spans with windows: they share out what one result has; behind live sources, each comes when it ends."""

import json
from collections import Counter

import bt2
import pytest

from commands import CORES, KERNEL, LOST, babeltrace2, error_of
from graphs import chain, run, use
from lttngx.bt.pipelines import notation
from lttngx.commands.shards import main
from lttngx.sinks.spans import SpansSink
from stutter import EVERY, StutteringFilter

SPANS = ['call : $evt.$name == "syscall_entry_nanosleep" : $evt.$name == "syscall_exit_nanosleep" && $evt.tid == $begin.$evt.tid',
         'away(call) : $evt.$name == "sched_switch" && $evt.prev_tid == $parent.$begin.$evt.tid : '
         '$evt.$name == "sched_switch" && $evt.next_tid == $begin.$evt.prev_tid',
         {"span": "due", "begin": {"event": "sched_waking", "key": "tid"}, "end": {"event": "sched_switch", "key": "next_tid"},
          "policy": "all", "timeout": "5ms"}]
PACKS = 'packs=["syscalls","irq","softirq","wakeup"]'
VIEWS = 'view=["log","top","stats","tree"],limit=0'


def documents(params, trace=KERNEL, core="native", more=()):
    found = babeltrace2(trace, *more, "-c", "sink.lttngx.spans", "-p", f"format=json,{params}", core=core).stdout
    return [json.loads(line) for line in found.splitlines()]


@pytest.mark.parametrize("trace", [KERNEL, LOST], ids=lambda path: path.name)
def test_windows_share_out_the_spans(trace):
    """Each span is in the window in which it ends; numbers of all windows add up to those of one result."""
    whole, = documents(f"{PACKS},{VIEWS}", trace)
    windows = documents(f'{PACKS},{VIEWS},refresh="130ms"', trace)
    assert len(windows) > 5 and [one["end_ns"] for one in windows[:-1]] == [one["begin_ns"] for one in windows[1:]]
    assert {one["end_ns"] - one["begin_ns"] for one in windows[:-1]} == {130_000_000}
    assert (windows[0]["begin_ns"], windows[-1]["end_ns"]) == (whole["begin_ns"], whole["end_ns"])
    for one in windows:
        assert all(one["begin_ns"] <= row["end_ns"] < one["end_ns"] + (one is windows[-1]) for row in one["tables"]["log"])
        assert [row["id"] for row in sorted(one["tables"]["top"], key=lambda row: row["id"])] == [
            row["id"] for row in sorted(one["tables"]["log"], key=lambda row: row["id"])]
    rows = sorted((row for one in windows for row in one["tables"]["log"]), key=lambda row: row["id"])
    assert rows == sorted(whole["tables"]["log"], key=lambda row: row["id"]) and len(rows) > 500
    for table, numbers in (("stats", ("count", "sum", "self")), ("outcomes", tuple(whole["tables"]["outcomes"][0])[1:])):
        sums = Counter()
        for one in windows:
            for row in one["tables"][table]:
                sums.update({(row["span"], name): row[name] for name in numbers})
        assert +sums == +Counter({(row["span"], name): row[name] for row in whole["tables"][table] for name in numbers})
    for lost in ("discarded_events", "discarded_packets"):
        assert sum(one[lost] for one in windows) == whole[lost]
    assert whole["discarded_events"] > 0 or trace == KERNEL


@pytest.fixture
def live(tmp_path):
    def documents(**params):
        path = tmp_path / "live"
        given = {"format": "json", "refresh": "200ms", "path": str(path), **params}
        graph = chain(KERNEL, (StutteringFilter, None), (SpansSink, None, given))
        assert run(graph) > 8000 // EVERY
        return [json.loads(line) for line in path.read_text().splitlines()]
    return documents


def test_live_sources_lose_nothing(live, core, monkeypatch):
    """Nor do spans inside others which began a window before."""
    use(monkeypatch, core)
    expected = documents(f'spans={notation(SPANS)},refresh="200ms",view=["stats","log"]')
    assert live(spans=SPANS, view=["stats", "log"]) == expected
    timed_out = [row["timed_out"] for one in expected for row in one["tables"]["outcomes"] if row["span"] == "due"]
    assert sum(count > 0 for count in timed_out) > 1 and any(one["tables"].get("times_per_ancestor") for one in expected)


def test_a_window_is_written_when_it_ends(tmp_path):
    """Behind a live source, before the trace ends."""
    path = tmp_path / "live"
    params = {"packs": "irq", "format": "json", "refresh": "100ms", "path": str(path)}
    graph = chain(KERNEL, (StutteringFilter, None), (SpansSink, None, params))
    grown = []
    while True:
        try:
            graph.run()
            break
        except bt2.TryAgain:
            grown.append(len(path.read_text().splitlines()))
    assert len(set(grown)) > 8 and grown == sorted(grown)


def test_spans_of_the_filter_have_windows():
    """Found upstream, they have the same statistics."""
    behind = documents('refresh="200ms"', more=("-c", "filter.lttngx.spans", "-p", 'packs="irq",events=drop'))
    found = documents('packs="irq",refresh="200ms"')
    counts = [sum(row["count"] for one in windows for row in one["tables"]["stats"]) for windows in (behind, found)]
    assert counts[0] == counts[1] > 30
    assert len(behind) > 4


def test_both_cores_agree():
    one, other = (documents(f'{PACKS},refresh="170ms"', core=core) for core in CORES)
    assert one == other


def test_shards_have_the_same_windows(capsys):
    assert not main(["run", "spans", str(KERNEL), "--packs", "irq,syscalls", "--refresh", "300ms", "--format", "json", "--jobs", "1"])
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == documents('packs="irq,syscalls",refresh="300ms"')


def test_lami_is_one_document_of_all_windows():
    text = babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", 'format=lami,packs="irq",refresh="400ms"').stdout
    begins = {table["time-range"]["begin"]["value"] for table in json.loads(text)["results"]}
    assert len(begins) == 4


def test_a_window_has_a_length():
    assert "parameter refresh: " in error_of(KERNEL, "-c", "sink.lttngx.spans", "-p", 'packs="irq",refresh="0s"')
