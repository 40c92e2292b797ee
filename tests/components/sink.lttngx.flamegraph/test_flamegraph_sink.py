"""sink.lttngx.flamegraph through babeltrace2; the formats are tested with their engine."""

import json

import pytest

from commands import CORES, KERNEL, babeltrace2

SINK = ("-c", "sink.lttngx.flamegraph", "-p")


@pytest.mark.parametrize("core", CORES)
def test_folded_stacks_have_the_self_time(core):
    lines = babeltrace2(KERNEL, *SINK, 'packs=["syscalls","softirq"]', core=core).stdout.splitlines()
    rows = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", 'packs=["syscalls","softirq"],format=json').stdout)
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == sum(row["self"] for row in rows["tables"]["stats"])


def test_speedscope(tmp_path):
    path = tmp_path / "out.json"
    babeltrace2(KERNEL, *SINK, f'packs="softirq",format=speedscope,path="{path}"')
    document = json.loads(path.read_text())
    assert [frame["name"] for frame in document["shared"]["frames"]] == ["softirq"] and document["profiles"]
