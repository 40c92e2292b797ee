"""source.lttngx.packets against what Babeltrace says of the same packets, and against LTTng's own counts of a running session."""

import gzip
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import bt2
import pytest

import lttng_sessions
from checks import CheckSink
from commands import PRETTY, TOP, babeltrace2, error_of
from lttngx.bt import packet_events
from lttngx.bt.packet_events import PACKET_FIELDS
from lttngx.ctf.indexes import parse_index
from lttngx.sources.packets import PacketsSource
from recorded import TRACES

ROTATED = TRACES / "ctf18-rotated"


def graph_of(params, seen):
    graph = bt2.Graph()
    source = graph.add_component(PacketsSource, "source", params)
    sink = graph.add_component(CheckSink, "sink", obj=seen)
    graph.connect_ports(source.output_ports["out"], sink.input_ports["in"])
    return graph


def events_of(*inputs, **params):
    """Return (name, payload, clock snapshot in ns) of every event, the message sequence checked."""
    seen: list = []
    graph_of({"inputs": list(map(str, inputs)), **params}, seen).run()
    return [(message.event.name, {name: plain(message.event.payload_field[name]) for name in message.event.payload_field},
             message.default_clock_snapshot.ns_from_origin) for message in seen[:-1] if type(message) is bt2._EventMessageConst]


def plain(field):
    if isinstance(field, bt2._StringFieldConst):
        return str(field)
    return float(field) if isinstance(field, bt2._RealFieldConst) else int(field)


def packets_of(*inputs, **params):
    return [payload for name, payload, _ in events_of(*inputs, **params) if name == "packet:end"]


def packet_times(trace):
    """Return the (begin, end) of all packets as Babeltrace's packet messages tell them, by CPU."""
    times, begins = {}, {}
    for message in bt2.TraceCollectionMessageIterator(str(trace)):
        if isinstance(message, (bt2._PacketBeginningMessageConst, bt2._PacketEndMessageConst)):
            cpu = int(message.packet.context_field["cpu_id"])
            now = message.default_clock_snapshot.ns_from_origin
            if isinstance(message, bt2._PacketBeginningMessageConst):
                begins[message.packet.stream.addr] = now
            else:
                times.setdefault(cpu, []).append((begins[message.packet.stream.addr], now))
    return {cpu: sorted(found) for cpu, found in times.items()}


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx", "kernel-lost", "ctf18-kernel", "ust-spans", "ctf18-rotated"])
def test_packets_are_babeltraces(name):
    """Times of every packet on every CPU. ctf18-kernel has no index files."""
    found = {}
    for packet in packets_of(TRACES / name):
        found.setdefault(packet["cpu"], []).append((packet["begin"], packet["end"]))
    assert {cpu: sorted(times) for cpu, times in found.items()} == packet_times(TRACES / name)


@pytest.mark.parametrize("name", ["kernel-lost", "kernel-ctx", "ust-spans"])
def test_headers_tell_what_index_files_do(name, tmp_path):
    shutil.copytree(TRACES / name, tmp_path / name)
    shutil.rmtree(tmp_path / name / "index")
    assert packets_of(tmp_path / name) == packets_of(TRACES / name)


def test_an_index_which_does_not_fit_is_not_believed(tmp_path):
    shutil.copytree(TRACES / "kernel-lost", tmp_path / "cut")
    index = tmp_path / "cut/index/k_0.idx"
    index.write_bytes(index.read_bytes()[:-72])
    assert packets_of(tmp_path / "cut") == packets_of(TRACES / "kernel-lost")


@pytest.mark.parametrize("name", ["kernel-ctx", "ctf18-ust", "ctf18-rotated", "ctf2-ust-multi", "ctf2-ust-blob"])
def test_packet_sizes_add_up_to_the_files(name):
    files = [path for path in (TRACES / name).rglob("*") if path.is_file() and path.name != "metadata" and path.suffix != ".idx"]
    packets = packets_of(TRACES / name)
    assert sum(packet["packet_size"] for packet in packets) == sum(path.stat().st_size for path in files)
    assert all(0 < packet["content_size"] <= packet["packet_size"] for packet in packets)
    assert all(packet["fill"] == packet["content_size"] / packet["packet_size"] for packet in packets)


def test_ctf_2_as_babeltrace_2_1_read_it():
    """Beside the trace is what sink.text.details of Babeltrace 2.1.2 printed."""
    details = gzip.open(TRACES / "ctf2-ust-multi.details.gz", "rt").read()
    ends = re.findall(r"\[[\d,]+ cycles, ([\d,]+) ns from origin\]\n\{[^}]*\}\nPacket end", details)
    lost = re.findall(r"Discarded events \(([\d,]+) events?\)", details)
    packets = packets_of(TRACES / "ctf2-ust-multi")
    assert len(ends) == len(packets) == 19 and lost
    assert sorted(int(end.replace(",", "")) for end in ends) == sorted(packet["end"] for packet in packets)
    assert sum(int(count.replace(",", "")) for count in lost) == sum(packet["discarded"] for packet in packets) == 217


def test_losses_are_those_babeltrace_warns_of():
    warnings = babeltrace2(TRACES / "kernel-lost").stderr
    told = sum(int(count) for count in re.findall(r"Tracer discarded (\d+) events?", warnings))
    assert sum(packet["discarded"] for packet in packets_of(TRACES / "kernel-lost")) == told == 26464


def test_events_are_at_packet_ends_on_the_traces_clock():
    for _, payload, time_ns in events_of(TRACES / "kernel-lost"):
        assert time_ns == payload["end"]
    run = babeltrace2("-c", "source.lttngx.packets", "-p", f'inputs=["{TRACES / "kernel-lost"}"]', "-c", "sink.text.details")
    clock = re.search(r"Default clock class:\n(.*?)\n    \S", run.stdout, re.DOTALL)[1]
    original = babeltrace2(TRACES / "kernel-lost", "-c", "sink.text.details").stdout
    assert clock in original and "Offset" in clock
    for entry in ("hostname: lxhost", "trace_name: D1", "tracer_name: lttng-modules"):
        assert entry in run.stdout, entry


def test_fields_are_the_documented_ones():
    _, payload, _ = events_of(TRACES / "kernel-lost")[0]
    assert list(payload) == list(PACKET_FIELDS)
    text = re.sub(r"\s+", " ", babeltrace2("help", "source.lttngx.packets").stdout)
    for field in PACKET_FIELDS:
        assert re.search(rf"\b{field}\b", text), field


def test_rotations_are_events():
    found = [payload for name, payload, _ in events_of(ROTATED) if name == "session:rotation"]
    assert [rotation["chunk"] for rotation in found] == [0, 1, 2]
    assert [Path(rotation["path"]).parent for rotation in found] == [ROTATED] * 3


def test_other_components_take_the_events():
    run = babeltrace2("-c", "source.lttngx.packets", "-p", f'inputs=["{ROTATED}"]',
                      "-c", "filter.lttngx.events", "-p", 'expr="channel == \\"tiny\\" && discarded > 300"',
                      "-c", "sink.text.pretty")
    assert len(run.stdout.splitlines()) == sum(packet["discarded"] > 300 for packet in packets_of(ROTATED)) > 3


def test_ctf_written_of_the_events_is_read_again(tmp_path):
    """Babeltrace 2.1.1 aborts on CTF whose packets have no times; sink.ctf.fs writes them where the stream class promises them. Not of a
    rotated recording: 2.1.1's sink.ctf.fs writes a clock class once for each of two stream classes, which source.ctf.fs refuses."""
    source = "-c", "source.lttngx.packets", "-p", f'inputs=["{TRACES / "kernel-lost"}"]'
    babeltrace2(*source, "-c", "sink.ctf.fs", "-p", f'path="{tmp_path / "written"}",quiet=yes')
    expected = [name_and_fields(line) for line in babeltrace2(*source, *PRETTY).stdout.splitlines()]
    assert len(expected) > 10
    assert [name_and_fields(line) for line in babeltrace2(tmp_path / "written", *PRETTY).stdout.splitlines()] == expected


def name_and_fields(line):
    """Return what a line of sink.text.pretty shows behind the host name, which it shows of LTTng traces only."""
    return line[line.index("packet:end"):]


def test_a_packet_has_so_many_events(monkeypatch):
    """Packets of 10: the message sequence is checked, and what is given is the same."""
    events = events_of(ROTATED)
    monkeypatch.setattr(packet_events, "PACKET_EVENTS", 10)
    assert events_of(ROTATED) == events
    seen: list = []
    graph_of({"inputs": [str(ROTATED)]}, seen).run()
    streams = Counter(message.event.stream.name for message in seen[:-1] if type(message) is bt2._EventMessageConst)
    assert max(streams.values()) > 10
    assert seen[-1].counts["PacketBeginning"] == seen[-1].counts["PacketEnd"] == sum(-(-count // 10) for count in streams.values())


def test_seeking_to_the_beginning():
    times = [time_ns for _, _, time_ns in events_of(TRACES / "kernel-lost")]
    middle = times[len(times) // 2]
    seconds = f"{middle // 10**9}.{middle % 10**9:09}"
    run = babeltrace2("-c", "source.lttngx.packets", "-p", f'inputs=["{TRACES / "kernel-lost"}"]', f"--begin={seconds}",
                      "-c", "sink.utils.counter", "-p", "step=+0")
    assert int(re.search(r"(\d+) Event messages", run.stdout)[1]) == sum(time_ns >= middle for time_ns in times)


@pytest.mark.parametrize("params, expected", [
    ("follow=yes", "missing parameter: name=inputs"),
    ('inputs=["/nowhere"]', 'expected=directories, got="/nowhere"'),
    ('inputs=["tests/engines"]', "No CTF trace"),
    ('inputs=["tests"],poll=0', "expected a duration"),
    ('inputs=["tests"],until="soon"', "name=until"),
])
def test_errors_are_one_line(params, expected):
    assert expected in error_of("-c", "source.lttngx.packets", "-p", params, "-c", "sink.utils.dummy")


def test_idle_timeout_ends_following(tmp_path):
    shutil.copytree(TRACES / "kernel-lost", tmp_path / "kernel")
    seen: list = []
    graph = graph_of({"inputs": [str(tmp_path)], "follow": True, "poll": "20ms", "idle-timeout": "100ms"}, seen)
    while True:
        try:
            graph.run()
            break
        except bt2.TryAgain:
            continue
    assert seen[-1].counts["Event"] == len(packets_of(TRACES / "kernel-lost"))


@pytest.mark.parametrize("relayed", [False, True], ids=["local", "relayed"])
def test_following_a_session_through_rotations(relayed):
    """LTTng counts what was discarded; this source counts the same, in a session which is rotated twice and destroyed."""
    with lttng_sessions.recording(relay=True) as recorder:
        output = recorder.create("packets", ("--subbuf-size=4096", "--num-subbuf=2"), relayed=relayed)
        recorder.run_program(count=2000)
        if relayed:
            output, = lttng_sessions.wait_until(lambda: list(recorder.home.glob("relay/*/packets-*")), "the relay daemon's output")
        source = f'inputs=["{output}"],follow=yes,poll="100ms"'
        following = recorder.start("babeltrace2", f"--plugin-path={TOP}", "--retry-duration=50000", "-c", "source.lttngx.packets",
                                   "-p", source, "-c", "sink.text.pretty", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        recorder.rotate("packets")
        recorder.run_program(count=20000, threads=2)
        recorder.rotate("packets")
        recorder.run_program(count=100)
        recorder.lttng("stop", "packets")
        truth = recorder.discarded("packets")
        recorder.destroy("packets")
        text, errors = following.communicate(timeout=30)
        assert following.returncode == 0, errors
        found = [dict(re.findall(r"(\w+) = (-?\d+)", line)) for line in text.splitlines() if " packet:end:" in line]
        assert truth > 0
        assert sum(int(packet["discarded"]) for packet in found) == truth
        assert {packet["lost_packets"] for packet in found} == {"0"}
        assert sorted(re.findall(r"session:rotation: .*chunk = (\d+)", text)) == ["0", "1", "2"]
        sizes = [path.stat().st_size for path in output.glob("archives/*/ust/**/requests_*") if path.suffix != ".idx"]
        assert sum(int(packet["packet_size"]) for packet in found) == sum(sizes)


def test_following_ends_with_a_session_that_was_never_rotated():
    with lttng_sessions.recording(relay=True) as recorder:
        output = recorder.create("plain")
        following = recorder.start(
            "babeltrace2", f"--plugin-path={TOP}", "-c", "source.lttngx.packets", "-p", f'inputs=["{output}"],follow=yes,poll="100ms"',
            "-c", "sink.utils.counter", "-p", "step=+0", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        recorder.run_program(rate=500, count=1000)
        lttng_sessions.wait_until(lambda: list(output.rglob("*.idx")), "an index file")
        recorder.destroy("plain")
        text, errors = following.communicate(timeout=30)
        assert following.returncode == 0, errors
        assert int(re.search(r"(\d+) Event messages", text)[1]) == len(packets_of(output)) > 0


@pytest.mark.parametrize("follow", [False, True])
def test_data_without_metadata_is_told(follow, tmp_path):
    """Of one chunk of three: one line with its directory. A folder with other files is not told of."""
    folder = tmp_path / "session"
    shutil.copytree(ROTATED, folder)
    path = sorted(folder.rglob("metadata"))[1]
    lost = sum(len(parse_index(index.read_bytes())) for index in path.parent.rglob("*.idx"))
    path.unlink()
    (folder / "other").mkdir()
    (folder / "other/notes.txt").write_text("no packet")
    params = f'inputs=["{folder}"]' + (',follow=yes,poll="10ms",idle-timeout="200ms"' if follow else "")
    run = babeltrace2("-c", "source.lttngx.packets", "-p", params, "-c", "sink.utils.counter", "-p", "step=+0")
    told = [line for line in run.stderr.splitlines() if "data without metadata" in line]
    assert len(told) == 1 and told[0].endswith(f"data without metadata is left out: {path.parent}")
    whole = babeltrace2("-c", "source.lttngx.packets", "-p", f'inputs=["{ROTATED}"]', *PRETTY).stdout
    events = sum("packet:end" in line for line in whole.splitlines())
    assert events - lost == sum("packet:end" in line for line in babeltrace2(
        "-c", "source.lttngx.packets", "-p", f'inputs=["{folder}"]', *PRETTY).stdout.splitlines()) and lost > 0
