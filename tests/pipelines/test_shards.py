"""python3 -m lttngx.shards run: what it prints is what the sink prints of the whole trace, wherever and however shards are read."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from commands import TOP, babeltrace2
from cores import NATIVE
from lttngx.commands.shards.plan import grains, plan
from lttngx.ctf.times import Clock
from lttngx.shards.cuts import Packet
from recorded import TRACES, unpacked

pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=f"source.lttngx.ctf needs the compiled core: {NATIVE}")

ENVIRONMENT = os.environ | {"TZ": "UTC", "PYTHONPATH": str(TOP / "components")}


def run(*arguments, check=True):
    """Run the command; return the finished process."""
    done = subprocess.run([sys.executable, "-m", "lttngx.shards", "run", *map(str, arguments)], capture_output=True, text=True,
                          timeout=120, env=ENVIRONMENT)
    assert not check or done.returncode == 0, done.stderr
    return done


def sink(trace, name, parameters):
    return babeltrace2(trace, "-c", f"sink.lttngx.{name}", "-p", parameters).stdout


ROTATED = "kernel-rotated"
# Analysis and its options, the same as parameters of its sink.
CASES = [
    ("cputop", ("--limit", "0", "--format", "json"), 'limit=0,format="json"'),
    ("cputop", ("--cpu", "1", "--cpu", "2", "--format", "csv"), 'cpu=[1,2],format="csv"'),
    ("sched", ("--view", "top", "--view", "stats", "--group-by", "thread,priority"), 'view=["top","stats"],group-by=["thread","priority"]'),
    ("irq", ("--view", "stats,freq", "--format", "json"), 'view=["stats","freq"],format="json"'),
    ("spans", ("--packs", "irq", "--packs", "softirq", "--view", "stats", "--view", "log"), 'packs=["irq","softirq"],view=["stats","log"]'),
    ("spans", ("--spans", "turn : $evt.$name == \"sched_switch\" : $evt.$name == \"sched_switch\" && "
               "$evt.prev_tid == $begin.$evt.next_tid"),
     'spans="turn : $evt.$name == \\"sched_switch\\" : $evt.$name == \\"sched_switch\\" && $evt.prev_tid == $begin.$evt.next_tid"'),
]


@pytest.mark.parametrize("name, options, parameters", CASES, ids=[f"{name}-{at}" for at, (name, *_) in enumerate(CASES)])
@pytest.mark.parametrize("trace", ["kernel-lost", ROTATED])
def test_shards_print_what_the_sink_prints(name, options, parameters, trace):
    path = unpacked(ROTATED) / "archives" if trace == ROTATED else TRACES / trace
    expected = sink(path, name, parameters)
    assert run(name, path, "--jobs", 1, "--shards", 5, *options).stdout == expected
    assert len(expected) > 200


@pytest.mark.parametrize("name, options, parameters", [
    ("io", ("--view", "usage", "--view", "stats", "--limit", "0", "--format", "json"), 'view=["usage","stats"],limit=0,format="json"'),
    ("memory", ("--limit", "0", "--format", "json"), 'limit=0,format="json"')])
def test_shards_of_io_and_memory_print_what_the_sinks_print(name, options, parameters):
    path = TRACES / "kernel-lost"
    assert run(name, path, "--jobs", 1, "--shards", 5, *options).stdout == sink(path, name, parameters)


BANDWIDTH = [("--format", "json", "--bin", "1ms"), ("--view", "cpus,losses", "--limit", "0"), ("--format", "csv", "--refresh", "100ms"),
             ("--format", "prometheus"), ("--format", "json", "--end", "21:03:51", "--refresh", "1s", "--begin", "20:59:01.5")]


def bandwidth_parameters(options):
    given = dict(zip(options[::2], options[1::2]))
    values = [f'{name[2:]}={value if name == "--limit" else json.dumps(value.split(",") if name == "--view" else value)}'
              for name, value in given.items()]
    return ",".join([*values, "utc=yes"])


@pytest.mark.parametrize("options", BANDWIDTH)
@pytest.mark.parametrize("trace", ["kernel-lost", ROTATED, "ctf18-rotated"])
def test_shards_of_packets_print_what_the_sink_prints(options, trace):
    path = unpacked(ROTATED) / "archives" if trace == ROTATED else TRACES / trace
    expected = subprocess.run(
        ["babeltrace2", "--plugin-path", TOP, "-c", "source.lttngx.packets", "-p", f'inputs=["{path}"]', "-c", "sink.lttngx.bandwidth",
         "-p", bandwidth_parameters(options)], capture_output=True, text=True, env=ENVIRONMENT)
    done = run("bandwidth", path, "--jobs", 1, "--shards", 6, "--utc", *options, check=False)
    assert done.stdout == expected.stdout
    assert (done.returncode == 0) == (expected.returncode == 0) == (len(expected.stdout) > 200)


def test_processes_print_the_same_of_packets(tmp_path):
    path = unpacked(ROTATED) / "archives"
    run("bandwidth", path, "--jobs", 2, "--shards", 5, "--format", "json", "--path", tmp_path / "two")
    assert (tmp_path / "two").read_text() == run("bandwidth", path, "--jobs", 1, "--shards", 1, "--format", "json").stdout


def test_packets_which_cannot_be_read_are_told_once(tmp_path):
    """Without an index, a destroyed header hides the rest of its file. Which shards come upon it does not matter."""
    chunk = next((unpacked(ROTATED) / "archives").glob("*-3")) / "kernel"
    broken = tmp_path / "kernel"
    shutil.copytree(chunk, broken, ignore=shutil.ignore_patterns("index"))
    size = (broken / "k_1").stat().st_size
    with open(broken / "k_1", "ab") as stream:
        stream.write(bytes(4096))
    told = {count: run("bandwidth", broken, "--jobs", 1, "--shards", count, "--format", "json") for count in (1, 4)}
    assert told[1].stdout == told[4].stdout and '"packets"' in told[1].stdout
    for done in told.values():
        assert re.fullmatch(rf'lttngx: WARNING: cannot read packet: file=".*k_1", packet-offset={size}, .*\n', done.stderr)


def test_processes_print_the_same():
    path = unpacked("kernel-asmall") / "kernel"
    done = run("cputop", path, "--jobs", 2, "--shards", 6, "--format", "json")
    assert done.stdout == sink(path, "cputop", 'format="json"')
    assert done.stderr == ""


@pytest.mark.parametrize("trace", ["kernel-noctx", "kernel-lost", "kernel-ctx"])
@pytest.mark.parametrize("refresh", ["300ms", "50ms", "1ms"])
def test_windows_are_those_of_the_sink(trace, refresh):
    options = ("--refresh", refresh, "--format", "json")
    assert run("cputop", TRACES / trace, "--jobs", 1, "--shards", 3, *options).stdout == sink(
        TRACES / trace, "cputop", f'refresh="{refresh}",format="json"')


@pytest.mark.parametrize("name, options, parameters", [
    ("sched", ("--view", "top", "--refresh", "200ms"), 'view=top,refresh="200ms"'),
    ("syscalls", ("--group-by", "thread", "--refresh", "50ms"), 'group-by=thread,refresh="50ms"')])
def test_windows_of_durations_are_those_of_the_sink(name, options, parameters):
    printed = run(name, TRACES / "kernel-noctx", "--jobs", 2, "--shards", 4, *options).stdout
    assert printed == sink(TRACES / "kernel-noctx", name, parameters) and printed.count("Timerange") > 3


@pytest.mark.parametrize("options, parameters", [(("--refresh", "300ms"), ',refresh="300ms"'), ((), "")])
@pytest.mark.parametrize("name, shown", [
    ("cputop", ""), ("sched", "top"), ("syscalls", "stats"), ("irq", "freq"), ("io", "usage"), ("memory", "usage")])
def test_lami_is_that_of_the_sink(name, shown, options, parameters):
    """One document, whether there are windows or not."""
    view, views = (("--view", shown), f',view="{shown}"') if shown else ((), "")
    done = run(name, TRACES / "kernel-noctx", "--jobs", 1, "--shards", 4, "--format", "lami", *options, *view)
    assert done.stdout == sink(TRACES / "kernel-noctx", name, f'format="lami"{parameters}{views}')
    assert name == "cputop" or len(json.loads(done.stdout)["results"]) > 0


@pytest.mark.parametrize("name", ["irq", "io", "memory"])
def test_windows_in_json_are_those_of_the_sink(name):
    printed = run(name, TRACES / "kernel-noctx", "--jobs", 1, "--shards", 4, "--refresh", "100ms", "--format", "json").stdout
    assert printed == sink(TRACES / "kernel-noctx", name, 'refresh="100ms",format="json"') and printed.count("\n") > 3


def test_processes_are_ended_by_an_error():
    done = run("cputop", "/nowhere", "--jobs", 2, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)


def test_a_time_of_day_is_of_the_traces_first_event():
    """The date of a window's begin is not that of each shard's first event."""
    done = run("cputop", TRACES / "kernel-noctx", "--jobs", 1, "--shards", 3, "--utc", "--begin", "20:59:02", "--format", "json")
    assert done.stdout == sink(TRACES / "kernel-noctx", "cputop", 'utc=yes,begin="20:59:02",format="json"')


def test_a_state_history_tells_the_same(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    babeltrace2(TRACES / "kernel-lost", "-c", "sink.lttngx.states", "-p", f'path="{one}"')
    run("states", TRACES / "kernel-lost", "--jobs", 1, "--shards", 4, "--path", other)
    told = [subprocess.run([sys.executable, "-m", "lttngx.state", "range", path, "-", "-", "--all"], capture_output=True, text=True,
                           check=True, env=ENVIRONMENT).stdout for path in (one, other)]
    assert told[0] == told[1] and told[0].count("\n") > 5000


def test_counts_agree_with_babeltrace():
    done = run("counts", TRACES / "ctf18-rotated", "--jobs", 1, "--shards", 4, "--format", "csv")
    counted = {row.split(",")[-1]: int(row.split(",")[-2]) for row in done.stdout.splitlines()[1:]}
    text = subprocess.run(["babeltrace2", TRACES / "ctf18-rotated", "-c", "sink.text.details", "-p", "compact=yes,with-metadata=no"],
                          capture_output=True, text=True, check=True).stdout
    names = re.findall(r"Event `([^`]+)`", text)
    assert counted == {name: names.count(name) for name in set(names)}
    losses = re.findall(r"Discarded events? \((\d+) events?", text)
    lost = run("counts", TRACES / "ctf18-rotated", "--jobs", 1, "--shards", 4).stdout
    assert re.search(r"discarded (\d+) events", lost)[1] == str(sum(map(int, losses)))


def test_chunks_are_read_where_they_are_needed_only():
    archives = unpacked(ROTATED) / "archives"
    shards = plan([str(archives)], 1, 7)
    assert len(shards) == 7
    assert max(len(shard.directories) for shard in shards) <= 4
    assert {name for shard in shards for name in shard.directories} == {str(path) for path in archives.glob("*/kernel")}


def test_packets_are_looked_at_where_they_are_needed_only():
    """Of all bytes, each is in some shard, and the shards' are not many more together: those of the packets beside each cut."""
    path = unpacked("kernel-asmall") / "kernel"
    found, sizes = [], {str(file): file.stat().st_size for file in path.glob("k_*")}
    for shard in plan([str(path)], 1, 8):
        found += [(name, begin, end) for name, (begin, end) in shard.files.items()]
    for name, size in sizes.items():
        covered = 0
        for begin, end in sorted((begin, end) for file, begin, end in found if file == name):
            assert begin <= covered
            covered = max(covered, end)
        assert covered == size
    assert sum(end - begin for _, begin, end in found) < 2 * sum(sizes.values())


def test_packets_of_a_stream_are_taken_together():
    """Rows: offset, total size in bits, content, begin, end, discarded, sequence, class, stream. The last one cannot be read."""
    rows = [(0, 80, 80, 1, 3, 7, 0, 0, 1), (10, 80, 80, 2, 9, 0, 0, 0, 2), (20, 80, 80, 4, 5, 0, 0, 0, 1), (30, 80, 80, 6, 7, 0, 0, 0, 1),
            (40, 0, 0, 7, None, None, None, 0, 1)]
    made = [(stream, grain.packet("s", "f", Clock(10**9, 0, 100))) for stream, grain in grains(rows, 20)]
    assert made == [((0, 1), Packet("s", "f", 101, 105, 20, 0, 30, 7)), ((0, 1), Packet("s", "f", None, None, 10, 30, 41, 0)),
                    ((0, 2), Packet("s", "f", 102, 109, 10, 10, 20, 0))]


def test_losses_between_chunks_are_counted_once(tmp_path):
    """Without a middle chunk its packets are missing: once, whatever the shards."""
    archives = tmp_path / "archives"
    archives.mkdir()
    for chunk in (unpacked(ROTATED) / "archives").iterdir():
        if not chunk.name.endswith("-3"):
            (archives / chunk.name).symlink_to(chunk)
    warned = subprocess.run(["babeltrace2", archives], capture_output=True, text=True, check=True).stderr
    lost = sum(map(int, re.findall(r"Tracer discarded (\d+) packets?", warned)))
    printed = {run("counts", archives, "--jobs", 1, "--shards", count, "--format", "json").stdout for count in (1, 2, 5, 9)}
    assert len(printed) == 1
    assert int(re.search(r'"discarded_packets": (\d+)', printed.pop())[1]) == lost > 0


def test_a_shard_which_cannot_be_read_is_named(tmp_path):
    """A packet's magic number is destroyed behind the index's back."""
    chunk = next((unpacked(ROTATED) / "archives").glob("*-3")) / "kernel"
    broken = tmp_path / "kernel"
    subprocess.run(["cp", "-r", chunk, broken], check=True)
    with open(broken / "k_1", "r+b") as stream:
        stream.write(b"\0\0\0\0")
    done = run("counts", broken, "--jobs", 1, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(r"Error: Cannot analyse shard: number=0, range=.*, attempts=3, reason=.*k_1.*\n", done.stderr)


@pytest.mark.parametrize("arguments, said", [
    (("cputop", "/nowhere"), 'Error: No CTF trace: path="/nowhere"'),
    (("cputop", TRACES / "kernel-lost", "--begin", "noon"), "Error: Invalid parameter: name=begin"),
    (("states", TRACES / "kernel-lost"), "missing parameter: name=path"),
    (("spans", TRACES / "kernel-lost", "--packs", "sys"), 'no such pack: name="sys"'),
])
def test_errors_are_one_line(arguments, said):
    done = run(*arguments, "--jobs", 1, check=False)
    assert done.returncode == 1
    assert said in done.stderr and done.stderr.count("\n") == 1


def test_wrong_usage():
    assert run("cputop", check=False).returncode == 2


# A cluster

def _started(*command):
    return subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)


def _address(process):
    """Return the address which a scheduler logs."""
    for line in process.stderr:
        if (found := re.search(r"Scheduler at:\s+(tcp://\S+)", line)):
            return found[1]
    raise AssertionError("the scheduler did not start")


@pytest.fixture
def cluster(tmp_path):
    """A scheduler with two workers on this machine: (address, workers)."""
    pytest.importorskip("distributed")
    scheduler = _started("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    processes = [scheduler]
    try:
        address = _address(scheduler)
        workers = [_started("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard",
                            "--local-directory", str(tmp_path / str(number))) for number in range(2)]
        processes += workers
        _wait_for_workers(address)
        yield address, workers
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stderr.close()


def _wait_for_workers(address):
    import distributed
    with distributed.Client(address, timeout=20) as client:
        client.wait_for_workers(2, timeout=30)


def test_a_cluster_loses_a_worker(cluster):
    address, workers = cluster
    path = unpacked("kernel-asmall") / "kernel"
    command = [sys.executable, "-m", "lttngx.shards", "run", "cputop", path, "--cluster", address, "--shards", "16", "--format", "json"]
    running = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    # The first worker dies as soon as it has read something of the trace: its shards go to the other one.
    until = time.monotonic() + 20
    while not _reads(workers[0].pid, path) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.005)
    workers[0].send_signal(signal.SIGKILL)
    output, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert output == sink(path, "cputop", 'format="json"')


def _reads(pid, path) -> bool:
    """Return whether a process has mapped a file of a folder, or has loaded the reader which does."""
    with open(f"/proc/{pid}/maps") as maps:
        text = maps.read()
    return str(path) in text or "decode_source" in text
