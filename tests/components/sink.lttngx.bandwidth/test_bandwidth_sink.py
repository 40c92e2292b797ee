"""sink.lttngx.bandwidth through babeltrace2. The arithmetic is tested with its engine; here, what LTTng and the files say."""

import csv
import io
import json
import re
import subprocess
import time
from collections import Counter, deque

import bt2
import pytest

import lttng_sessions
from commands import CORES, TOP, babeltrace2, error_of
from lttngx.bt.iterators import Giving
from lttngx.ctf.indexes import parse_index
from lttngx.sinks.bandwidth import BandwidthSink
from recorded import TRACES, unpacked

ROTATED, LOST = TRACES / "ctf18-rotated", TRACES / "kernel-lost"


def run_on(*traces, params="", **options):
    inputs = ",".join(f'"{trace}"' for trace in traces)
    return babeltrace2("-c", "source.lttngx.packets", "-p", f"inputs=[{inputs}]", "-c", "sink.lttngx.bandwidth",
                       *(["-p", params] if params else []), **options)


def documents(*traces, params="limit=0", **options):
    return [json.loads(line) for line in run_on(*traces, params=f"format=json,{params}", **options).stdout.splitlines()]


@pytest.mark.parametrize("core", CORES)
def test_losses_of_a_kernel_trace(core):
    """Babeltrace warns of 26,464 discarded events in this trace."""
    document, = documents(LOST, core=core)
    assert document["schema"] == "lttngx.bandwidth/1" and document["discarded_events"] == 26464
    for table in ("sessions", "channels", "cpus"):
        assert sum(row["discarded_events"] for row in document[table]) == 26464, table
    assert sum(loss["events"] for loss in document["losses"]) == 26464


def test_sizes_are_the_files():
    document, = documents(LOST)
    for row in document["cpus"]:
        size = (LOST / f"{row['channel']}_{row['cpu']}").stat().st_size
        assert row["content_bytes"] + row["padding_bytes"] == size
        assert row["packets"] == size // 4096
        length = document["range"]["end"] - document["range"]["begin"]
        assert row["mean_bytes_per_s"] == pytest.approx(row["content_bytes"] * 1e9 / length)
    channel, = document["channels"]
    assert (channel["sub_buffer_bytes"], channel["suggested_count"]) == (4096, 4) and channel["suggested_bytes"] >= 8192


def test_losses_are_when_babeltrace_says():
    text = babeltrace2(LOST, "-c", "sink.text.details", "-p", "with-metadata=no").stdout
    time = r"\[[\d,]+ cycles, ([\d,]+) ns from origin\]\n"
    found = re.findall(time + time + r"\{.*\}\nDiscarded events \(([\d,]+)", text)
    expected = sorted(tuple(int(part.replace(",", "")) for part in match) for match in found)
    document, = documents(LOST)
    assert len(expected) > 50
    assert sorted((loss["begin"], loss["end"], loss["events"]) for loss in document["losses"]) == expected


def test_losses_over_chunk_cuts():
    """Of 6,050 events lost by the end of chunk 2, the recording's index-summary puts none between chunks (each chunk begins with the
    count the one before ended with). Without chunk 1, its losses are all at one cut, and its packets are missing."""
    whole, = documents(ROTATED)
    assert sum(row["discarded_events"] for row in whole["cpus"]) == 6050
    assert sum(row["cut_events"] for row in whole["cpus"]) == 0
    assert whole["rotations"] == [{"session": "rt", "chunk": chunk} for chunk in range(3)]
    first, last = (next(ROTATED.glob(f"*-{chunk}")) for chunk in (0, 2))
    gap, = documents(first, last)
    assert [(row["cpu"], row["discarded_events"], row["cut_events"], row["lost_packets"], row["cut_packets"], row["gaps"])
            for row in gap["cpus"]] == [(0, 4050, 1350, 6, 6, 1), (1, 2000, 650, 4, 4, 1)]
    assert "not known of 2 streams" in run_on(next(ROTATED.glob("*-1"))).stdout


def recording(name):
    """Return a recording of kernel-indexes with empty packets of the sizes which the index files tell."""
    folder = unpacked("kernel-indexes") / name
    for index in (folder / "index").iterdir():
        last = parse_index(index.read_bytes())[-1]
        with open(folder / index.stem, "wb") as data:
            data.truncate(last.offset + last.total // 8)
    return folder


@pytest.mark.parametrize("name, what", [("discarded", "Discarded events"), ("overwritten", "Lost packets")])
def test_counts_of_lttng_list(name, what):
    """Discard mode, and overwrite mode, in which LTTng does not count what was lost before a buffer's first packet."""
    folder = recording(name)
    listed = re.findall(r"(Discarded events|Lost packets): +(\d+)", (folder / "lttng-list.txt").read_text())
    document, = documents(folder)
    got = {"Discarded events": document["discarded_events"], "Lost packets": document["discarded_packets"]}
    assert listed == [(what, str(got.pop(what)))] and list(got.values()) == [0]
    assert sum(loss["packets"] or 0 for loss in document["losses"]) == document["discarded_packets"]


def test_text_shows_the_same():
    text = run_on(LOST, params="limit=3").stdout
    assert re.search(r"^Session +Domain +Owner +Channel +CPU", text, re.MULTILINE)
    assert "the 3 greatest of" in text and "Tracer discarded 26464 events and 0 packets." in text
    assert text.count("KiB") > 5
    only = run_on(LOST, params="view=channels").stdout
    assert "Per-channel" in only and "Per-CPU" not in only and "Losses" not in only


def test_csv_has_the_same_numbers():
    rows = list(csv.reader(io.StringIO(run_on(LOST, params="format=csv,view=cpus").stdout)))
    document, = documents(LOST)
    own = [dict(zip(rows[0], row)) for row in rows[1:]]
    assert [(int(row["cpu"]), int(row["content_bytes"]), float(row["peak_bytes_per_s"])) for row in own] == [
        (row["cpu"], row["content_bytes"], row["peak_bytes_per_s"]) for row in document["cpus"]]


SAMPLE = re.compile(r'lttngx_(\w+)\{((?:\w+="(?:[^"\\]|\\.)*",?)+)\} (\S+)')


def samples(text):
    """Return the samples of Prometheus' text format by (metric, channel, cpu); every line must be one, or a comment."""
    found = {}
    for line in text.splitlines():
        if not line.startswith("# "):
            name, labels, value = SAMPLE.fullmatch(line).groups()
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels))
            found[name, labels["channel"], labels["cpu"]] = float(value)
    return found


def test_prometheus(tmp_path):
    """Counters go on over windows, and the file is replaced."""
    document, = documents(LOST)
    path = tmp_path / "lttngx.prom"
    run_on(LOST, params=f'format=prometheus,refresh="1s",path="{path}"')
    found = samples(path.read_text())
    for row in document["cpus"]:
        labels = row["channel"], str(row["cpu"])
        assert found["packets_total", *labels] == row["packets"]
        assert found["content_bytes_total", *labels] == row["content_bytes"]
        assert found["discarded_events_total", *labels] == row["discarded_events"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["lttngx.prom"]
    types = re.findall(r"# TYPE (\w+) (\w+)", path.read_text())
    assert all(name.endswith("_total") == (kind == "counter") for name, kind in types)


def test_windows():
    whole, = documents(ROTATED)
    windows = documents(ROTATED, params='refresh="1s"')
    assert all(one["range"]["end"] == other["range"]["begin"] for one, other in zip(windows, windows[1:]))
    for name in ("packets", "content_bytes", "discarded_events"):
        assert sum(row[name] for window in windows for row in window["cpus"]) == sum(row[name] for row in whole["cpus"])


def test_begin_and_end_choose_packets_by_their_ends():
    document, = documents(ROTATED)
    begin, end = document["range"]["begin"], document["range"]["begin"] + 2 * 10**9
    part, = documents(ROTATED, params=f"begin={begin},end={end}")
    rest, = documents(ROTATED, params=f"begin={end}")
    for name in ("packets", "content_bytes", "discarded_events"):
        assert sum(row[name] for half in (part, rest) for row in half["cpus"]) == sum(row[name] for row in document["cpus"])


@pytest.mark.parametrize("params, expected", [
    ('format="xml"', "name=format"), ('format="lami"', "expected=one of text, json, csv, prometheus, got='lami'"),
    ('view=["cpus","nothing"]', "name=view"),
    ("bin=0", "expected a duration"),
    ("begin=1,end=1", "expected begin before end"),
    ('begin="2020-01-01 00:00",end="2020-01-02 00:00"', "expected one with packets"),
    ('path="/nowhere/report"', "cannot write report"),
])
def test_errors_are_one_line(params, expected):
    assert expected in error_of("-c", "source.lttngx.packets", "-p", f'inputs=["{LOST}"]', "-c", "sink.lttngx.bandwidth", "-p", params)


def test_a_trace_itself_is_the_wrong_input():
    assert "-c source.lttngx.packets" in error_of(LOST, "-c", "sink.lttngx.bandwidth")


class _PausingIterator(Giving, bt2._UserMessageIterator):
    """Two packets' events, then nothing new for a while."""

    def __init__(self, config, port):
        from lttngx.bt.packet_events import PacketEvents
        from lttngx.core.blueprint import ClockBlueprint
        from lttngx.packets.record import Packet, Stream, Trace
        stream = Stream(Trace({}, ClockBlueprint(unix_epoch=True)), "s", "ust", "c", 0)
        events = PacketEvents(self, self._give(self._pause))
        for number, end_ns in enumerate((10, 20)):
            events.add(Packet(stream, 0, 4096, 100, 0, end_ns, number, 0, 0, 0))

    def _pause(self):
        raise bt2.TryAgain


class _PausingSource(bt2._UserSourceComponent, message_iterator_class=_PausingIterator):
    def __init__(self, config, params, obj):
        self._add_output_port("out")


def test_a_window_closes_by_the_machines_clock(tmp_path):
    """A followed session has nothing for a while: the report of its last 30 ms comes all the same."""
    graph = bt2.Graph()
    source = graph.add_component(_PausingSource, "source")
    path = tmp_path / "report.json"
    sink = graph.add_component(BandwidthSink, "sink", {"refresh": "30ms", "format": "json", "path": str(path)})
    graph.connect_ports(source.output_ports["out"], sink.input_ports["in"])

    def reported():
        with pytest.raises(bt2.TryAgain):
            graph.run()
        return path.read_text().splitlines()
    lines = lttng_sessions.wait_until(reported, "a report")
    first = json.loads(lines[0])
    assert first["range"] == {"begin": 0, "end": 30_000_000} and first["cpus"][0]["packets"] == 2


CHUNK_NS, PER_CHUNK = 120_000_000, 4


class _ShippedIterator(Giving, bt2._UserMessageIterator):
    """Chunks which come when they are complete, by this machine's clock: three at once, then each as it ends."""

    def __init__(self, config, port):
        from lttngx.bt.packet_events import PacketEvents
        from lttngx.core.blueprint import ClockBlueprint
        from lttngx.packets.record import Packet, Rotation, Stream, Trace
        stream = Stream(Trace({}, ClockBlueprint(unix_epoch=True)), "s", "ust", "c", 0)
        self._events = PacketEvents(self, self._give(self._refill))
        self._begin_ns = time.monotonic_ns() - 3 * CHUNK_NS
        self._records = deque()
        for chunk in range(7):
            for number in range(chunk * PER_CHUNK, (chunk + 1) * PER_CHUNK):
                end_ns = (number + 1) * CHUNK_NS // PER_CHUNK
                self._records.append(Packet(stream, chunk, 4096, 100, end_ns - 1000, end_ns, number, 0, 0, 0))
            self._records.append(Rotation(stream, chunk, "", end_ns, PER_CHUNK, 4096))
        self._come = 0

    def _refill(self):
        if not self._records:
            return False
        if time.monotonic_ns() < self._begin_ns + (self._come // (PER_CHUNK + 1) + 1) * CHUNK_NS:
            raise bt2.TryAgain
        self._events.add(self._records.popleft())
        self._come += 1
        if not self._records:
            self._events.end()
        return True


class _ShippedSource(bt2._UserSourceComponent, message_iterator_class=_ShippedIterator):
    def __init__(self, config, params, obj):
        self._add_output_port("out")


def test_chunks_which_come_late_are_in_their_own_windows(tmp_path):
    """The machine's clock goes on while a chunk is recorded, far beyond the packets known: no window closes before its packets came."""
    graph = bt2.Graph()
    source, path = graph.add_component(_ShippedSource, "source"), tmp_path / "report.json"
    sink = graph.add_component(BandwidthSink, "sink", {"refresh": "10ms", "format": "json", "path": str(path)})
    graph.connect_ports(source.output_ports["out"], sink.input_ports["in"])
    lines = []
    while True:
        try:
            graph.run()
            break
        except bt2.TryAgain:
            lines.append(len(path.read_text().splitlines()))
            time.sleep(0.01)
    windows = [json.loads(line) for line in path.read_text().splitlines()]
    # A packet ends each 30 ms from 30 ms on; windows begin with the first packet's begin.
    begin_ns = CHUNK_NS // PER_CHUNK - 1000
    expected = Counter((number * CHUNK_NS // PER_CHUNK - begin_ns) // 10_000_000 for number in range(1, 7 * PER_CHUNK + 1))
    found = {(window["range"]["begin"] - begin_ns) // 10_000_000: sum(row["packets"] for row in window["cpus"]) for window in windows}
    assert +Counter(found) == expected and len(set(lines)) > 3


def test_following_a_session():
    """Windows of a running session add up to what LTTng counts when it has ended."""
    with lttng_sessions.recording(relay=True) as recorder:
        output = recorder.create("live", ("--subbuf-size=4096", "--num-subbuf=2"))
        following = recorder.start(
            "babeltrace2", f"--plugin-path={TOP}", "-c", "source.lttngx.packets", "-p", f'inputs=["{output}"],follow=yes,poll="100ms"',
            "-c", "sink.lttngx.bandwidth", "-p", 'refresh="500ms",format=json', stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        recorder.run_program(count=5000, threads=2)
        recorder.rotate("live")
        recorder.run_program(count=5000, threads=2)
        recorder.lttng("stop", "live")
        truth = recorder.discarded("live")
        recorder.destroy("live")
        text, errors = following.communicate(timeout=30)
        assert following.returncode == 0, errors
        windows = [json.loads(line) for line in text.splitlines()]
        assert sum(window["discarded_events"] for window in windows) == truth > 0
        assert sum(window["discarded_packets"] for window in windows) == 0
