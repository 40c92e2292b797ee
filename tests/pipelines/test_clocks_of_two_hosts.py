"""Real recordings as if of two hosts: clocks changed by known amounts in the metadata, and the estimates against them."""

import io
import json
import shlex
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from fractions import Fraction

import bt2
import pytest
from cores import NATIVE
from recorded import TRACES
from split_hosts import change, split

from lttngx.clocks import __main__ as entry
from lttngx.commands import clocks

S, MS, US = 10**9, 10**6, 10**3
HOURS = 7 * 3600
PAIR = '{send={event="app:sent",key=["kind","id"]},receive={event="app:got",key=["kind","message"]}}'
UUIDS = {name: f"00000000-0000-0000-0000-00000000000{digit}" for name, digit in (("server", 1), ("client", 2), ("ping", 3), ("pong", 4))}


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """The kernel's loopback traffic as two traces."""
    return split(tmp_path_factory.mktemp("split"))


@pytest.fixture
def hosts(pristine, tmp_path):
    """Traces of two hosts whose clocks differ by 7 h, 11 s and 20 ppm; returns (folder, clocks by name)."""
    for name, source in pristine.items():
        shutil.copytree(source, tmp_path / name)
    return tmp_path, {
        "server": change(tmp_path / "server", hostname="server", uuid=UUIDS["server"]),
        "client": change(tmp_path / "client", add_s=HOURS + 11, frequency=1_000_020_000, hostname="client", uuid=UUIDS["client"])}


def run(*arguments) -> str:
    """Return what a command prints."""
    done = subprocess.run([sys.executable, "-m", "lttngx.clocks", *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def report(*arguments) -> dict:
    return json.loads(run("report", *arguments, "--format", "json"))


def assert_true(found, truth, own, other):
    """The pair's offsets at three moments contain the truth, as do all times between them, and the rates."""
    pair, = found["pairs"]
    names = {clock["key"]: clock["hostname"] for clock in found["clocks"]}
    assert (names[pair["clock"]], names[pair["to"]]) == (own, other)
    for moment in pair["offsets"].values():
        true_ns = truth[other].time_ns(truth[own].cycle(moment["time_ns"]))
        assert abs(moment["time_ns"] + moment["offset_ns"] - true_ns) <= moment["bound_ns"]
        rate_ppm = (Fraction(truth[own].frequency, truth[other].frequency) - 1) * 10**6
        assert moment["rate_ppm_min"] <= rate_ppm <= moment["rate_ppm_max"]
    return pair


def test_kernel_traces(hosts):
    folder, truth = hosts
    found = report(folder, "--reference", "client")
    pair = assert_true(found, truth, "server", "client")
    # Figures counted in the recording: 1057 packets, 2 of which have the same header.
    assert pair["sent"]["matches"] + pair["received"]["matches"] == 1055
    assert found["ambiguous_keys"] == 1 and found["ambiguous_events"] == 4 and found["local_messages"] == 0
    assert pair["quality"] == "accurate" and pair["used"] and pair["changes"] == pair["strays"] == 0
    # Loopback takes some 10 µs.
    assert pair["offsets"]["middle"]["bound_ns"] < 20 * US
    # The server is 7 h behind: what it gets was sent in its future.
    assert (pair["violations_before"], pair["violations_after"]) == (pair["received"]["matches"], 0)


def test_the_other_way_round(hosts):
    folder, truth = hosts
    assert_true(report(folder, "--priority", "nobody", "--priority", "serv*"), truth, "client", "server")


def sights(pristine):
    """Return the times of each header in the recording, (host, event name, time) each, read with bt2 alone."""
    found = {}
    for name, folder in pristine.items():
        for message in bt2.TraceCollectionMessageIterator(str(folder)):
            if type(message) is bt2._EventMessageConst:
                header = message.event["network_header"].selected_option["transport_header"].selected_option
                key = tuple(int(header[field]) for field in ("source_port", "dest_port", "seq", "ack_seq", "flags"))
                found.setdefault(key, []).append((name, message.event.name, message.default_clock_snapshot.ns_from_origin))
    return found


def test_delays_are_those_of_the_one_clock(pristine, hosts):
    """A delay is what the recording's one clock says, within the bound of the estimate."""
    delays = {"server": [], "client": []}
    for seen in sights(pristine).values():
        if len(seen) == 2:
            (_, _, received_ns), (sender, _, sent_ns) = sorted(seen, key=lambda sight: sight[1] == "net_dev_queue")
            delays[sender].append(received_ns - sent_ns)
    folder, _ = hosts
    pair, = report(folder, "--reference", "client")["pairs"]
    bound_ns = pair["offsets"]["begin"]["bound_ns"] + 2
    for way, name in (("sent", "server"), ("received", "client")):
        assert pair[way]["matches"] == len(delays[name])
        assert abs(pair[way]["delay_min_ns"] - min(delays[name])) <= bound_ns
        assert abs(pair[way]["delay_median_ns"] - sorted(delays[name])[(len(delays[name]) - 1) // 2]) <= bound_ns


def test_user_space_traces_with_a_pair(tmp_path):
    """Two LTTng-UST recordings of programs which exchange messages; nothing of the network is recorded."""
    for name in ("ping", "pong"):
        shutil.copytree(TRACES / f"ust-{name}", tmp_path / name)
    truth = {"ping": change(tmp_path / "ping", hostname="ping", uuid=UUIDS["ping"]),
             "pong": change(tmp_path / "pong", add_s=-HOURS, frequency=999_900_000, hostname="pong", uuid=UUIDS["pong"])}
    found = report(tmp_path, "--pair", PAIR, "--reference", "ping")
    pair = assert_true(found, truth, "pong", "ping")
    assert pair["sent"]["matches"] == pair["received"]["matches"] == 200
    assert pair["offsets"]["middle"]["bound_ns"] < 100 * US
    # Without the pair there is nothing to match.
    alone = report(tmp_path)
    assert not alone["pairs"] and len(alone["groups"]) == 2 and "no messages connect 2 groups" in alone["warnings"][0]


@pytest.mark.skipif(isinstance(NATIVE, str), reason=str(NATIVE))
def test_both_cores_agree(hosts, monkeypatch):
    folder, _ = hosts
    native = report(folder)
    monkeypatch.setenv("LTTNGX_CORE", "portable")
    portable = report(folder)
    for document in (native, portable):  # source.ctf.fs and source.lttngx.ctf name traces differently
        for clock in document["clocks"]:
            del clock["trace"]
        document["clocks"].sort(key=lambda clock: clock["key"])
        document["warnings"].sort()
    assert native == portable


def test_text_csv_and_plot(hosts, tmp_path):
    folder, _ = hosts
    plot = tmp_path / "plot.svg"
    text = run("report", folder, "--utc", "--plot", plot, "--reference", "client")
    assert "Reference: client (clock class monotonic, UUID 00000000-0000-0000-0000-000000000002)." in text
    table = run("report", folder, "--format", "csv", "--reference", "client")
    rows = [line.split(",") for line in table.splitlines()]
    heading = next(row for row in rows if "offset_ns" in row)
    middle = next(row for row in rows if "middle" in row)
    pair, = report(folder, "--reference", "client")["pairs"]
    assert int(middle[heading.index("offset_ns")]) == pair["offsets"]["middle"]["offset_ns"]
    svg = "{http://www.w3.org/2000/svg}"
    drawn = ET.parse(plot)
    assert len(drawn.findall(f".//{svg}polyline")) == 2 and drawn.find(f".//{svg}polygon") is not None
    # Two dots may share a place.
    assert 500 < len(drawn.findall(f".//{svg}circle")) <= 1055


def test_choose_without_a_terminal(hosts):
    """Standard output is what babeltrace2 takes; the proposal is the automatic choice."""
    folder, _ = hosts
    line = run("choose", folder, "--max-rate-ppm", "200", "--priority", "server")
    assert shlex.split(line) == ["-p", 'reference="server",max-rate-ppm=200']


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("answers, expected", [
    ("\n", 'reference="ping"'), ("2\n", 'reference="pong"'), ("3\nx\n2 2\n2, 1\n", 'priority=["pong","ping"]')])
def test_choose_asks(tmp_path, monkeypatch, capsys, answers, expected):
    for name in ("ping", "pong"):
        shutil.copytree(TRACES / f"ust-{name}", tmp_path / name)
        change(tmp_path / name, hostname=name, uuid=UUIDS[name])
    monkeypatch.setattr("sys.stdin", Terminal(answers))
    assert clocks.main(entry.COMMANDS, ["choose", str(tmp_path), "--reference", "ping"]) == 0
    shown = capsys.readouterr()
    assert shlex.split(shown.out) == ["-p", expected]
    assert '1  ping  (clock class "monotonic", UUID 00000000-0000-0000-0000-000000000003, known origin, precision 1 ns)' in shown.err


def test_choose_writes_pairs(tmp_path, monkeypatch, capsys):
    """What it writes reads back as the same parameters."""
    shutil.copytree(TRACES / "ust-ping", tmp_path / "ping")
    assert clocks.main(entry.COMMANDS, ["choose", str(tmp_path), "--yes", "--pair", PAIR]) == 0
    text = shlex.split(capsys.readouterr().out)[1]
    assert text == ('reference="vm",method="pairs",pairs=[{send={event="app:sent",key=["kind","id"]},'
                    'receive={event="app:got",key=["kind","message"]}}]')
    done = subprocess.run(["babeltrace2", "run", "--component=a:source.utils.none", "--params", text], capture_output=True, text=True)
    assert "Invalid format" not in done.stderr  # the parameters' syntax is fine; there is no such component


@pytest.mark.parametrize("arguments, message", [
    (["report", "/nowhere"], 'no CTF trace: path="/nowhere"'),
    (["report", TRACES / "ust-ping", "--reference", "mars"], 'reference: no clock is called "mars"'),
    (["report", TRACES / "ust-ping", "--pair", "{"], "--pair: expected an inline table of TOML"),
    (["report", TRACES / "ust-ping", "--pair", '{send="a",receive="b"}'], 'bad pair: name="pair 1", send: key: expected'),
    (["report", TRACES / "ust-ping", "--max-rate-ppm", "0"], "--max-rate-ppm: expected an integer from 1"),
    (["report", TRACES / "ust-ping", "--plot", "/nowhere/x.svg"], 'cannot write plot: path="/nowhere/x.svg"'),
])
def test_errors_are_one_line(arguments, message, capsys):
    assert clocks.main(entry.COMMANDS, list(map(str, arguments))) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"Error: {message}") and error.count("\n") == 1
