"""filter.lttngx.clocks and shadow traces on real traffic: the two sides of loopback TCP, as recorded by two hosts whose clocks are two
hours apart.

The truth is the recording before it was split: there the clock is one.
"""

import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import bt2
import pytest
from commands import CORES, babeltrace2
from recorded import TRACES
from split_hosts import change, renumber, split

HOURS_NS = 7200 * 10**9
CLOCKS = ("-c", "filter.lttngx.clocks")
TOP = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory):
    """The client's trace is as it was recorded; the server's is two hours late, and of other UUIDs; gamma's has no traffic."""
    folder = tmp_path_factory.mktemp("hosts")
    made = split(folder)
    change(made["client"], hostname="alpha")
    change(made["server"], hostname="beta", add_s=7200, uuid="9afab601-1584-4072-8e63-000000000002")
    renumber(made["server"], 2)
    gamma = folder / "gamma"
    gamma.mkdir()
    for path in (TRACES / "kernel-lost").iterdir():
        if path.is_file():
            (gamma / path.name).write_bytes(path.read_bytes())
    change(gamma, hostname="gamma", uuid="9afab601-1584-4072-8e63-000000000003")
    renumber(gamma, 3)
    return SimpleNamespace(alpha=made["client"], beta=made["server"], gamma=gamma, folder=folder)


def times(run) -> list[tuple[str, int, str, tuple]]:
    """(host, ns of the day, event name, key of the segment) of each line of sink.text.pretty."""
    found = []
    for line in run.stdout.splitlines():
        hours, minutes, seconds, ns, host, name = re.match(r"\[(\d+):(\d+):(\d+)\.(\d+)\] (\w+) (\w+): ", line).groups()
        key = re.search(r"source_port = (\d+), dest_port = (\d+), seq = (\d+), ack_seq = (\d+).*?flags = (\w+)", line)
        found.append((host, ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 10**9 + int(ns), name,
                      key.groups() if key else ()))
    return found


PRETTY = ("-c", "sink.text.pretty", "-p", "clock-gmt=yes,no-delta=yes")


def truth(hosts) -> list[tuple[str, int, str, tuple]]:
    """All events by the one clock there was: beta's without the two hours."""
    alpha, beta = (times(babeltrace2(trace, *PRETTY)) for trace in (hosts.alpha, hosts.beta))
    return sorted(alpha + [(host, ns - HOURS_NS, name, key) for host, ns, name, key in beta], key=lambda event: event[1])


def differences(some, others) -> list[int]:
    """How far apart the times of the same events are; the events of a host keep their order."""
    found = []
    for host in ("alpha", "beta"):
        one, other = ([event for event in events if event[0] == host] for events in (some, others))
        assert [event[2:] for event in one] == [event[2:] for event in other] != []
        found += [abs(mine[1] - theirs[1]) for mine, theirs in zip(one, other)]
    return found


def assert_causal(found):
    """Every segment is sent before it is received."""
    sent = {}
    received = 0
    for place, (host, _, name, key) in enumerate(found):
        if name == "net_dev_queue":
            sent[host, key] = place
        else:
            other = "beta" if host == "alpha" else "alpha"
            assert (other, key) in sent, (place, key)
            received += 1
    assert received > 1000


@pytest.mark.parametrize("core", CORES)
def test_clocks_hours_apart_print_in_causal_order(hosts, core):
    run = babeltrace2(hosts.alpha, hosts.beta, *CLOCKS, *PRETTY, core=core)
    found, expected = times(run), truth(hosts)
    assert_causal(found)
    # The stock muxer prints all of one host before all of the other.
    assert [event[0] for event in times(babeltrace2(hosts.alpha, hosts.beta, *PRETTY))] != [event[0] for event in found]
    assert len(found) == len(expected)
    assert "WARNING" not in run.stderr


def test_errors_are_within_the_bound(hosts, tmp_path):
    """The report's bound, which is some 20 us here, holds for every event."""
    path = tmp_path / "report.json"
    found = times(babeltrace2(hosts.alpha, hosts.beta, *CLOCKS, "-p", f'report="{path}"', *PRETTY))
    report = json.loads(path.read_text())
    assert report["schema"] == "lttngx.clocks/1"
    bounds = [moment["bound_ns"] for pair in report["pairs"] for moment in pair["offsets"].values()]
    assert 1_000 < max(bounds) < 100_000
    errors = differences(found, truth(hosts))
    assert 0 < max(errors) <= max(bounds)


def test_sources_connected_without_a_muxer_give_the_same(hosts):
    """One input a stream, as `babeltrace2 run` connects them."""
    muxed = times(babeltrace2(hosts.alpha, hosts.beta, *CLOCKS, *PRETTY))
    run = babeltrace2(
        "run", "--component=alpha:source.ctf.fs", f'--params=inputs=["{hosts.alpha}"]', "--component=beta:source.ctf.fs",
        f'--params=inputs=["{hosts.beta}"]', "--component=clocks:filter.lttngx.clocks", "--component=sink:sink.text.pretty",
        "--params=clock-gmt=yes,no-delta=yes", "--connect=alpha:clocks", "--connect=beta:clocks", "--connect=clocks:sink")
    assert sorted(times(run)) == sorted(muxed)
    assert [event[1] for event in times(run)] == [event[1] for event in muxed]


# Packet header and context of LTTng-modules: magic, UUID, stream class, stream; begin, end, content and total size in bits.
PACKET = struct.Struct("<I16sIQ QQQQ")


def overlapping(source: Path, target: Path) -> None:
    """Copy a trace; each packet of its streams ends 1.3 us after the next one begins, as in traces of LTTng-modules 2.1."""
    target.mkdir()
    for path in (path for path in source.iterdir() if path.is_file()):
        data = bytearray(path.read_bytes())
        before, offset = None, 0
        while path.name != "metadata" and offset < len(data):
            *_, begin, _, _, total = PACKET.unpack_from(data, offset)
            if before is not None:
                struct.pack_into("<Q", data, before + PACKET.size - 24, begin + 1300)
            before, offset = offset, offset + total // 8
        (target / path.name).write_bytes(data)


def test_packets_which_overlap_are_read_to_their_end(tmp_path):
    """Babeltrace 2.0's muxer ends the graph with an error; Babeltrace 2.1's lets time go back."""
    overlapping(TRACES / "kernel-lost", tmp_path / "trace")
    source = ("run", "--component=source:source.ctf.fs", f'--params=inputs=["{tmp_path / "trace"}"]')
    sink = ("--component=sink:sink.text.pretty", "--params=clock-gmt=yes,no-delta=yes", "--connect=source:merging",
            "--connect=merging:sink")
    stock = babeltrace2(*source, "--component=merging:filter.utils.muxer", *sink, check=False)
    assert stock.returncode == (0 if hasattr(bt2, "ClockOrigin") else 1)
    run = babeltrace2(*source, "--component=merging:filter.lttngx.clocks", *sink)
    lines = run.stdout.splitlines()
    assert len(lines) == 9730 and [line[:20] for line in lines] == sorted(line[:20] for line in lines)
    raised = int(re.search(r"raised to the greatest so far: messages=(\d+)", run.stderr)[1])
    assert 0 < raised < 1000


def example_lines() -> dict[str, str]:
    """The command lines of the class's help, by the line before each."""
    text = babeltrace2("help", "filter.lttngx.clocks").stdout
    found = re.findall(r"^  (\S[^\n]*):\n      (babeltrace2 .*)$", text, re.MULTILINE)
    return {title: line for title, line in found}


def test_help_has_five_examples():
    assert len(example_lines()) == 5


@pytest.mark.parametrize("title", list(example_lines()))
def test_command_lines_of_the_help(hosts, tmp_path, title):
    """Each is run as it is printed, with real traces for ALPHA, BETA and GAMMA."""
    line = example_lines()[title]
    for name in ("alpha", "beta", "gamma"):
        line = line.replace(name.upper(), str(getattr(hosts, name)))
    line = line.replace("babeltrace2 ", f"babeltrace2 --plugin-path={TOP} --clock-gmt ", 1)
    run = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=True)
    found = [event for event in times(SimpleNamespace(stdout=re.sub(r" \(\+\S+\)", "", run.stdout))) if event[0] != "gamma"]
    assert_causal(found)
    first_ns = min(ns for _, ns, _, _ in truth(hosts))
    by_beta = "reference=\"beta\"" in line or "be*" in line
    assert abs(found[0][1] - first_ns - HOURS_NS * by_beta) < 100_000
    if "offset=\"-2h\"" in line:
        assert found == truth(hosts)
    assert ("no messages connect 2 groups of clocks" in run.stderr) == ("GAMMA" in example_lines()[title])
    assert (tmp_path / "clocks.txt").exists() == ("report" in line)


# Shadow traces.

def align(*arguments):
    return subprocess.run([sys.executable, "-m", "lttngx.clocks", "align", *map(str, arguments)], capture_output=True, text=True,
                          env={"PYTHONPATH": str(TOP / "components"), "PATH": "/usr/bin"})


def read(trace, **params) -> list[tuple[int, str]]:
    """(ns, name) of the events of a trace, by source.ctf.fs."""
    graph = bt2.TraceCollectionMessageIterator(bt2.ComponentSpec.from_named_plugin_and_component_class(
        "ctf", "fs", {"inputs": [str(trace)], **params}))
    return [(message.default_clock_snapshot.ns_from_origin, message.event.name) for message in graph
            if type(message) is bt2._EventMessageConst]


def test_shadow_traces_show_corrected_times(hosts, tmp_path):
    """Read by source.ctf.fs: at most 2 ns from what the filter makes of the same clocks; links and metadata only."""
    run = align(hosts.alpha, hosts.beta, "-o", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    assert re.search(r"server: beta: accurate, offset -\d+ ns in the middle, bound ± \S+ µs; \d+ Hz, rounding at most \d+ ns",
                     run.stdout)
    shadow = times(babeltrace2(tmp_path / "out", *PRETTY))
    by_filter = times(babeltrace2(hosts.alpha, hosts.beta, *CLOCKS, *PRETTY))
    assert_causal(shadow)
    assert max(differences(shadow, by_filter)) <= 2
    files = list((tmp_path / "out/server").iterdir())
    assert {path.name for path in files if not path.is_symlink()} == {"metadata"}


def test_shadow_traces_by_a_given_offset_are_exact(hosts, tmp_path):
    run = align(hosts.alpha, hosts.beta, "-o", tmp_path / "out", "--offset", "beta=-2h", "--reference", "alpha")
    assert run.returncode == 0, run.stderr
    assert times(babeltrace2(tmp_path / "out", *PRETTY)) == truth(hosts)


def test_packetized_metadata_can_be_shadowed(tmp_path):
    """kernel-ctx has its metadata in packets. Its only clock is the reference: all stays as it is."""
    run = align(TRACES / "kernel-ctx", "-o", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    assert read(tmp_path / "out/kernel-ctx") == read(TRACES / "kernel-ctx") != []


def test_ctf_2_can_be_shadowed(tmp_path):
    """Every time is an hour and a nanosecond later, by source.lttngx.ctf, which reads CTF 2 on every Babeltrace."""
    run = align(TRACES / "ctf2-ust-blob", "-o", tmp_path / "out", "--offset", "*=3600.000000001s")
    assert run.returncode == 0, run.stderr
    plain, shifted = (re.findall(r"^\[(\d+\.\d+)\] (.*)$", babeltrace2(
        "-c", "source.lttngx.ctf", "-p", f'inputs=["{trace}"]', "-c", "sink.text.pretty", "-p", "clock-seconds=yes,no-delta=yes").stdout,
        re.MULTILINE) for trace in (TRACES / "ctf2-ust-blob", tmp_path / "out/ctf2-ust-blob"))
    assert [(int(time.replace(".", "")) + 3_600_000_000_001, text) for time, text in plain] == [
        (int(time.replace(".", "")), text) for time, text in shifted] != []


@pytest.mark.parametrize("arguments, message", [
    (("-o", "/dev/null/out"), "cannot write shadow trace"),
    (("-o", "/tmp"), 'path="/tmp" exists, expected a new directory'),
    (("-o", "/tmp/x", "--offset", "beta"), "--offset: expected CLOCK=OFFSET, got=beta"),
    (("-o", "/tmp/x", "--reference", "nobody"), 'no clock is called "nobody"'),
])
def test_errors_of_align_are_one_line(hosts, arguments, message):
    run = align(hosts.alpha, *arguments)
    assert run.returncode == 1 and message in run.stderr and len(run.stderr.splitlines()) == 1


def test_source_takes_the_same_correction(hosts):
    """source.lttngx.ctf with offset and rate: exact at `at`, a rate to the nearest Hz from there."""
    at_ns = 1795388345614000000
    run = babeltrace2("-c", "source.lttngx.ctf", "-p", f'inputs=["{hosts.beta}"],clock-class-offset-s=-7200,clock-class-rate-ppm=12.5,'
                      f"clock-class-rate-at={at_ns}", *PRETTY)
    plain = times(babeltrace2(hosts.beta, *PRETTY))
    day_ns = at_ns % (86_400 * 10**9)
    for (_, new_ns, *_), (_, old_ns, *_) in zip(times(run), plain):
        exact = old_ns - HOURS_NS + (old_ns - day_ns) * 12.5e-6
        assert abs(new_ns - exact) <= 2 + abs(old_ns - day_ns) * 0.5e-9
