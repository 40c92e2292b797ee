"""Spans in the traces of two hosts with the same TIDs, CPUs and addresses at the same times: each host's are as in its trace alone."""

import json
import shutil

import pytest

from commands import CORES, KERNEL, babeltrace2
from split_hosts import CTF_1, change, renumber
from lttngx.commands.shards import main

PARAMS = {
    "packs": 'packs=["syscalls","irq","softirq","wakeup","block","net"]',
    # Words and contexts in keys, the tracker's values in guards and captures, a child.
    "tables": 'spans=[{span="run",begin={event="sched_switch",if="next_tid > 0"},end="sched_switch",key="cpu",policy="one",'
              'capture={tid="$state.tid",name="$state.procname"}},'
              '{span="call",begin={event="syscall_entry_*",if="$state.tid != 600"},end="syscall_exit_*",key="thread",policy="stack"},'
              '{span="own",begin="syscall_entry_read",end="syscall_exit_read",key=["$ctx.tid"],policy="one"},'
              '{span="in",parent="call",begin="sched_waking",end="sched_waking",key="thread",policy="one"}]',
}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """kernel-ctx, written again with plain metadata, as two hosts' traces: all events are there twice at the same time."""
    written, folder = tmp_path_factory.mktemp("written") / "all", tmp_path_factory.mktemp("hosts")
    babeltrace2(KERNEL, "-c", "sink.ctf.fs", "-p", f'path="{written}",quiet=yes{CTF_1}')
    for number, name in enumerate(("one", "two")):
        shutil.copytree(next(written.rglob("metadata")).parent, folder / name)
        change(folder / name, hostname=name)
        renumber(folder / name, number)
    return folder


def tables(folder, params, core="native", more=()):
    found = babeltrace2(folder, *more, "-c", "sink.lttngx.spans", "-p", f'format=json,{params},view=["log","stats"]', core=core)
    return json.loads(found.stdout)["tables"]


def spans(found):
    """Return what is told of each span: numbers go on over both hosts."""
    rows = ({name: value for name, value in row.items() if name not in ("id", "parent")} for row in found["log"])
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("params", PARAMS)
def test_hosts_do_not_mix(hosts, params, core):
    both, alone = tables(hosts, PARAMS[params], core), tables(hosts / "one", PARAMS[params], core)
    assert spans(alone) == spans(tables(hosts / "two", PARAMS[params], core)) and len(spans(alone)) > 900
    assert spans(both) == sorted(spans(alone) * 2)
    for mixed, own in zip(both["outcomes"], alone["outcomes"], strict=True):
        assert mixed == {name: value if name == "span" else 2 * value for name, value in own.items()}


def test_spans_of_the_filter_do_not_mix(hosts):
    more = ("-c", "filter.lttngx.spans", "-p", 'packs="syscalls,irq"')
    both, alone = (tables(folder, "limit=0", more=more) for folder in (hosts, hosts / "one"))
    assert [row["count"] for row in both["stats"]] == [2 * row["count"] for row in alone["stats"]] and len(both["stats"]) == 2


def test_shards_do_not_mix(hosts, capsys):
    """Parts of both traces, joined: policies `one` and `all` with keys, and the kernel tracker's."""
    for packs in ("irq,softirq,wakeup,block", "syscalls"):
        arguments = ["--packs", packs, "--format", "json", "--jobs", "1", "--shards", "6"]
        assert not main(["run", "spans", str(hosts), *arguments])
        assert json.loads(capsys.readouterr().out)["tables"] == json.loads(babeltrace2(
            hosts, "-c", "sink.lttngx.spans", "-p", f'format=json,packs="{packs}"').stdout)["tables"]


def test_spans_between_hosts_are_found(hosts):
    """A key of the program's own is the same wherever it is."""
    params = ('spans=[{span="across",begin={event="sched_switch",key="next_comm"},end={event="sched_switch",key="next_comm"},'
              'policy="one"}]')
    both, alone = tables(hosts, params), tables(hosts / "one", params)
    assert both["stats"][0]["count"] > alone["stats"][0]["count"] and both["stats"][0]["min"] == 0
