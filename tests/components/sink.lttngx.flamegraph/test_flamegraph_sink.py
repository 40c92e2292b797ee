"""sink.lttngx.flamegraph through babeltrace2; the formats are tested with their engine."""

import json
import sys
from collections import defaultdict

import pytest

from commands import CORES, KERNEL, babeltrace2, error_of
from lttngx.bt import symbols
from lttngx.errors import ParameterError
from recorded import TRACES, unpacked

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


def test_functions_have_their_names():
    """The program's calls: worker → request → leaf, recursive → leaf, recursive …, three deep below the first."""
    trace = TRACES / "ust-functions"
    lines = babeltrace2(trace, *SINK, f'packs="functions",symbols="{trace}"').stdout.splitlines()
    recursions = ["worker;request" + ";recursive" * depth for depth in range(1, 5)]
    expected = {"worker", "worker;request", "worker;request;leaf", *recursions, *(f"{stack};leaf" for stack in recursions[:3])}
    assert {line.rpartition(" ")[0] for line in lines} == expected
    table = json.loads(babeltrace2(trace, "-c", "sink.lttngx.spans", "-p", 'packs="functions",view=log,format=json').stdout)
    durations = defaultdict(list)
    for row in table["tables"]["log"]:
        durations[row["name"]].append(row["end_ns"] - row["begin_ns"])
    # All time of `worker`, the function of which each of the two threads makes one call, and no more.
    assert [sum(int(line.rpartition(" ")[2]) for line in lines)] == [sum(calls) for calls in durations.values() if len(calls) == 2]


def test_functions_without_symbols_are_addresses():
    run = babeltrace2(TRACES / "ust-functions", *SINK, 'packs="functions"')
    assert len(run.stdout.splitlines()) == 10 and all(line.startswith("0x") for line in run.stdout.splitlines())


@pytest.mark.parametrize("core", CORES)
def test_call_stacks(core):
    folder = unpacked("kernel-callstacks")
    run = babeltrace2(folder / "kernel", *SINK, f'callstacks=events,kallsyms="{folder}/gt/kallsyms",'
                      f'symbols="{folder}/gt/membar-dyn@0x55fb924f2000"', core=core)
    lines = run.stdout.splitlines()
    assert any(line.startswith("membar-w0;w;asm_sysvec_apic_timer_interrupt;") for line in lines)
    # The tracer's own work stays, such as splice() from its ring buffer; its probes on top of each stack do not.
    assert not any("[lttng" in line.rpartition(";")[2] for line in lines)
    # Every event of the channel with the contexts, by babeltrace2's own count of them.
    text = babeltrace2(folder / "kernel", core=core).stdout
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == text.count("callstack_kernel = [")
    assert "addresses without a symbol: kernel=0, user space=" in run.stderr


def test_a_trace_without_call_stacks_says_so():
    assert "no event has a call stack" in babeltrace2(KERNEL, *SINK, "callstacks=events").stderr


@pytest.mark.parametrize("params, expected", [
    ('callstacks=events,packs="irq"', "exclude each other"),
    ('callstacks=events,kallsyms="/nowhere"', 'cannot read kernel symbols: path="/nowhere"'),
    ('callstacks=events,kallsyms="/etc/passwd"', "no address in kernel symbols"),
    ('callstacks=events,symbols="/nowhere"', 'no such file or folder: symbols="/nowhere"'),
    ('callstacks=events,symbols="/etc/passwd"', "not an ELF file"),
    ('callstacks=events,symbols="/bin/ls@0xz"', "expected=PATH@0xADDRESS"),
    ("callstacks=maybe", "expected=`no`, `events`, `cpu` or `off-cpu`"), ("format=folded", "no span is defined")])
def test_errors(params, expected):
    assert expected in error_of(KERNEL, *SINK, params)


def test_pyelftools_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "elftools", None)
    monkeypatch.setitem(sys.modules, "elftools.common.exceptions", None)
    with pytest.raises(ParameterError, match=r"pip install 'lttngx\[symbols\]'"):
        symbols.frames(None, [str(TRACES / "ust-functions/calls@0x1000")])
