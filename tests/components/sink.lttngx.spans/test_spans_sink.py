"""sink.lttngx.spans through babeltrace2: formats, parameters, errors; system calls against lttng-syscallstats."""

import csv
import io
import json
import shutil
import subprocess
from collections import defaultdict

import pytest

from commands import CORES, KERNEL, LOST, babeltrace2, error_of
from recorded import unpacked

SINK = ("-c", "sink.lttngx.spans", "-p")
WAKE = r'''spans="wake : $evt.$name == \"sched_waking\" : $evt.$name == \"sched_switch\" && $evt.next_tid == $begin.$evt.tid"'''


def spans(trace, params, core="native"):
    """Return the tables of the JSON document."""
    document = json.loads(babeltrace2(trace, *SINK, f"format=json,{params}", core=core).stdout)
    assert document["schema"] == "lttngx.spans/1"
    return document["tables"]


@pytest.mark.parametrize("params", [WAKE, 'packs=["syscalls","irq","softirq","wakeup"],view=["log","stats","tree"]'])
def test_both_cores_agree(params):
    assert spans(KERNEL, params, "native") == spans(KERNEL, params, "portable")


def test_the_formats_have_the_same_figures():
    (row,) = spans(KERNEL, WAKE)["stats"]
    table = babeltrace2(KERNEL, *SINK, f"format=csv,{WAKE}").stdout
    (cells,) = [row for row in csv.DictReader(io.StringIO(table.partition("table,")[1] + table.partition("table,")[2]))
                if row["table"] == "stats"]
    assert (int(cells["count"]), int(cells["sum_ns"]), int(cells["max_ns"])) == (row["count"], row["sum"], row["max"])
    text = babeltrace2(KERNEL, *SINK, f"utc=yes,{WAKE}").stdout
    line = next(line for line in text.splitlines() if line.startswith("wake "))
    assert line.split()[:2] == ["wake", str(row["count"])]


def test_definitions_from_a_file(tmp_path):
    path = tmp_path / "spans.toml"
    path.write_text('[span.wake]\nbegin = {event = "sched_waking", key = "tid"}\nend = {event = "sched_switch", key = "next_tid"}\n'
                    'policy = "all"\n')
    assert spans(KERNEL, f'file="{path}"')["stats"] == spans(KERNEL, WAKE)["stats"]
    path.write_text('[span.wake]\nbegin = "sched_waking"\nend = {event = "x", if = "a == "}\n')
    message = error_of(KERNEL, *SINK, f'file="{path}"')
    assert f"{path}:3:" in message.replace(" ", "") or "spans.toml:3:" in message.replace(" ", "")


def test_uniform_distributions_share_bins():
    """Hard interrupts and softirqs: the bins go from the least of all durations to the greatest; no span is lost to them."""
    params = 'packs=["irq","softirq"],view=["freq","stats"],freq-resolution=5'
    found, apart = spans(KERNEL, params + ",freq-uniform=yes"), spans(KERNEL, params)
    names = [name for name in found if name.startswith("freq:")]
    edges = {name: [row["lower"] for row in found[name]] + [found[name][-1]["upper"]] for name in names}
    assert len(names) == 2 and len({tuple(row) for row in edges.values()}) == 1
    ends = min(row["min"] for row in found["stats"]), max(row["max"] for row in found["stats"])
    assert edges[names[0]] == pytest.approx([ends[0] + (ends[1] - ends[0]) * at / 5 for at in range(6)])
    for name in names:
        assert sum(row["count"] for row in found[name]) == sum(row["count"] for row in apart[name])


def test_bins_may_have_bounds():
    """By hand, from the log: [lower, upper), the last one with its upper bound; what is outside is counted, and in all other figures."""
    asked = f'{WAKE},view=["log","freq","stats"],freq-resolution=4,freq-min="1ms"'
    durations = [row["end_ns"] - row["begin_ns"] for row in spans(KERNEL, asked)["log"]]
    most = sorted(durations)[-20]
    found = spans(KERNEL, f'{asked},freq-max="{most}ns"')
    width = (most - 1_000_000) / 4
    counts = [sum(1_000_000 + width * at <= one < 1_000_000 + width * (at + 1) for one in durations) for at in range(4)]
    counts[3] += durations.count(most)
    assert [row["count"] for row in found["freq:wake"]] == counts and found["freq:wake"][3]["upper"] == most
    assert [row["share"] for row in found["freq:wake"]] == [count / len(durations) for count in counts]
    assert found["stats"][0]["count"] == len(durations)
    shorter, longer = sum(one < 1_000_000 for one in durations), sum(one > most for one in durations)
    assert shorter > 100 and longer == 19
    text = babeltrace2(KERNEL, *SINK, f'{WAKE},view="freq",freq-min="1ms",freq-max="{most}ns"').stdout
    assert f"Durations of wake: {shorter} are shorter and {longer} are longer than the bins." in text
    assert "freq-min: expected less than freq-max (1000 ns), got 1000 ns" in error_of(
        KERNEL, *SINK, f'{WAKE},freq-min="1us",freq-max="1us"')


def test_names_may_have_commas_between():
    """As an array of them; an array's own strings are whole names."""
    packs = spans(KERNEL, 'packs="irq,softirq"')
    assert packs == spans(KERNEL, 'packs=["irq","softirq"]') and len(packs["stats"]) == 2
    assert spans(KERNEL, 'packs="irq, softirq",select="irq,softirq"') == packs
    assert 'no such pack: name="irq,softirq"' in error_of(KERNEL, *SINK, 'packs=["irq,softirq"]')


def test_explain_names_event_classes_and_keys():
    (row,) = spans(KERNEL, f"{WAKE},view=explain")["explain"]
    assert row == {"span": "wake", "begins_on": "sched_waking", "ends_on": "sched_switch", "key": "$begin.tid", "guarded": False}


def test_losses_are_shown():
    run = babeltrace2(LOST, *SINK, 'packs="syscalls"')
    assert "Tracer discarded" in run.stdout
    (outcome,) = spans(LOST, 'packs="syscalls"')["outcomes"]
    assert 0 < outcome["lossy"] <= outcome["begun"]


@pytest.mark.parametrize("params, message", [
    ('view="stats"', "no span is defined"), ('packs="nothing"', 'no such pack: name="nothing"'),
    (f'{WAKE},select="walk"', 'no such span: name="walk", defined=[wake]'),
    (f'{WAKE},group-by="wake.tid"', 'no such capture: span="wake", capture="tid"'),
    (f'{WAKE},view="all"', "name=view"), ('spans="a : $evt.x"', "spans[0]:1:11: expected a comparison operator"),
    (f'{WAKE},file="/does/not/exist"', "Cannot read span definitions")])
def test_errors_are_one_line(params, message):
    assert message in error_of(KERNEL, *SINK, params)


@pytest.fixture(scope="module")
def true_calls(tmp_path_factory):
    """What lttng-syscallstats says: (count, sum, minimum, maximum) by system call, over all threads."""
    if shutil.which("lttng-syscallstats-mi") is None:
        pytest.skip("lttng-syscallstats-mi (Debian: python3-lttnganalyses) is not installed")
    folder = unpacked("kernel-asmall")
    run = subprocess.run(["lttng-syscallstats-mi", "--skip-validation", "--no-intersection", str(folder)],
                         capture_output=True, text=True, timeout=300, check=True)
    found = defaultdict(lambda: [0, 0, 2**63, 0])
    for table in json.loads(run.stdout)["results"]:
        name = table["class"] if isinstance(table["class"], str) else table["class"]["inherit"]
        for row in table["data"] if name == "per-tid" else ():
            call, count, least, mean, most = (cell["name" if cell["class"] == "syscall" else "value"] for cell in row[:5])
            one = found[call]
            one[:] = one[0] + count, one[1] + mean * count, min(one[2], least), max(one[3], most)
    return found


@pytest.mark.parametrize("core", CORES)
def test_system_calls_as_lttng_syscallstats(core, true_calls):
    """The tool drops a call that begins while the CPU's thread is not known; such threads are known here from their
    next event."""
    found = defaultdict(lambda: [0, 0, 2**63, 0])
    for span in spans(unpacked("kernel-asmall") / "kernel", 'packs="syscalls",view="log"', core)["log"]:
        one, duration = found[span["name"].removeprefix("syscall_entry_")], span["end_ns"] - span["begin_ns"]
        one[:] = one[0] + 1, one[1] + duration, min(one[2], duration), max(one[3], duration)
    assert set(found) == set(true_calls)
    for call, (count, total, least, most) in true_calls.items():
        assert found[call][0] == count and found[call][2:] == [least, most], call
        assert found[call][1] == pytest.approx(total, rel=1e-9), call
