"""`lttngx`: the same results as babeltrace2 with the same component, its options, its errors and exit statuses."""

import json
import re
import shlex
import subprocess
import sys

import bt2
import pytest

from commands import KERNEL, LOST, NO_CONTEXT, PRETTY, TOP, babeltrace2, lines_of
from cores import NATIVE
from lttngx.bt import inputs, manual, pipelines
from lttngx.bt.parameters import Parameter, boolean, integers, strings
from lttngx.commands import completion, lttngx, options, progress
from lttngx.commands.catalogue import SINKS
from recorded import TRACES

pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=f"the command reads with the compiled core: {NATIVE}")


def command(*arguments, check=True, **environment):
    """Run `lttngx`; return the finished process."""
    run = subprocess.run([sys.executable, "-m", "lttngx", *map(str, arguments)], capture_output=True, text=True, timeout=120,
                         env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TOP / "components"), "TZ": "UTC"} | environment)
    assert not check or run.returncode == 0, run.stderr
    return run


@pytest.mark.parametrize("name, arguments, params", [
    ("cputop", ["--limit", "3", "--cpu", "0,2", "--format", "json"], 'limit=3,cpu=[0,2],format=json'),
    ("cputop", ["--refresh", "500ms", "--format=csv"], 'refresh="500ms",format=csv'),
    ("spans", ["--packs", "syscalls", "--packs", "irq", "--view", "stats,top"], 'packs=["syscalls","irq"],view=["stats","top"]'),
    ("flamegraph", ["--packs=softirq"], 'packs="softirq"')])
def test_a_sink_by_command_gives_what_babeltrace2_gives(name, arguments, params):
    assert command(name, KERNEL, *arguments).stdout == babeltrace2(KERNEL, "-c", f"sink.lttngx.{name}", "-p", params).stdout


def test_bandwidth_reads_packets():
    trace = TOP / "tests/data/traces/kernel-lost"
    expected = babeltrace2("-c", "source.lttngx.packets", "-p", f'inputs=["{trace}"]', "-c", "sink.lttngx.bandwidth", "-p", "view=[cpus]")
    assert command("bandwidth", trace, "--view", "cpus").stdout == expected.stdout
    assert "follow=yes" in command("bandwidth", trace, "--follow", "--show-graph").stdout
    assert "expected=directories" in command("bandwidth", "/nowhere", check=False).stderr


def test_watch_takes_a_trigger_as_json():
    trigger = '{"condition":"event-rule-matches","names":"sched_process_exit"}'
    expected = babeltrace2(KERNEL, "-c", "sink.lttngx.watch", "-p", 'triggers={condition="event-rule-matches",names="sched_process_exit"}')
    assert command("watch", KERNEL, "--triggers", trigger).stdout == expected.stdout != ""


def test_spans_takes_a_table_as_json():
    table = '{"span":"wake","begin":"sched_waking","end":"sched_wakeup","key":["tid"]}'
    expected = babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", 'spans={span=wake,begin=sched_waking,end=sched_wakeup,key=[tid]}')
    assert command("spans", KERNEL, "--spans", table).stdout == expected.stdout != ""


def test_the_shown_graph_is_the_graph():
    shown = shlex.split(command("cputop", KERNEL, "--limit=1", "--procname", 'a "b"', "--procname", "dd", "--show-graph").stdout)
    assert shown[0] == "babeltrace2" and 'procname=["a \\"b\\"","dd"]' in shown[shown.index("cputop:sink.lttngx.cputop") + 2]
    run = subprocess.run(shown, capture_output=True, text=True, cwd=TOP, env={"PATH": "/usr/bin:/bin", "TZ": "UTC"}, check=True)
    assert "dd" in run.stdout and run.stdout == command("cputop", KERNEL, "--limit=1", "--procname", 'a "b"',
                                                        "--procname", "dd").stdout


def test_filter_prints_or_writes_the_events_of_a_time(tmp_path):
    times = ("--begin", "21:00:46.2", "--end", "21:00:46.5", "--utc")
    where = ("--names", "syscall_exit_*", "--expr", "ret < 0")
    rule = ("-c", "filter.lttngx.events", "-p", 'names="syscall_exit_*",expr="ret < 0"')
    expected = lines_of(babeltrace2(KERNEL, "--begin=21:00:46.2", "--end=21:00:46.5", *rule, *PRETTY))
    assert len(expected) > 5
    command("filter", KERNEL, *times, *where, "-o", tmp_path / "out")
    assert len(lines_of(babeltrace2(tmp_path / "out", *PRETTY))) == len(expected)
    printed = command("filter", KERNEL, *times, *where).stdout.splitlines()
    assert [line.partition("lxhost")[2].split(":")[0] for line in printed] == [
        line.partition("lxhost")[2].split(":")[0] for line in expected]


def test_list_tells_what_packets_and_metadata_tell():
    document = json.loads(command("list", LOST, TRACES / "ctf2-ust-multi", "--events", "--format=json").stdout)
    (kernel, ust), channels = document["tables"]["traces"], document["tables"]["channels"]
    assert (kernel["domain"], kernel["tracer"], kernel["format"]) == ("kernel", "lttng-modules 2.13.9", "CTF 1.8")
    assert (ust["tracer"], ust["format"]) == ("lttng-ust 2.16", "CTF 2")
    assert sum(row["discarded"] for row in channels if row["trace"] == ust["trace"]) == 217
    counter = babeltrace2(LOST, "-c", "sink.utils.counter", "-p", "step=+0").stdout
    packets = int(next(line for line in counter.splitlines() if "Packet beginning" in line).split()[0].replace(",", ""))
    assert sum(row["packets"] for row in channels if row["trace"] == kernel["trace"]) == packets
    names = {row["name"] for row in document["tables"]["event_classes"] if row["trace"] == kernel["trace"]}
    metadata = babeltrace2("--output-format=ctf-metadata", LOST).stdout
    assert names and all(f'name = "{name}"' in metadata for name in names)


def test_top_shows_each_window():
    text = command("top", KERNEL, "--refresh", "500ms", "--limit", "2").stdout
    windows = [json.loads(line) for line in babeltrace2(
        KERNEL, "-c", "sink.lttngx.cputop", "-p", 'refresh="500ms",limit=2,format=json').stdout.splitlines()]
    assert text.count("% of all CPUs") == len(windows) == 3
    assert all(f"{row['cpu_time_ns'] / 1e6:.3f} ms  {row['name']}" in text for one in windows for row in one["threads"])


@pytest.mark.parametrize("arguments, status, message", [
    (["cputop", "/does/not/exist"], 1, 'Error: Cannot read trace: path="/does/not/exist", no such directory'),
    (["cputop", __file__], 1, "expected a directory, got a file"),
    (["cputop", KERNEL, "--limit", "many"], 2, 'argument --limit: expected an integer of at least 0, got "many"'),
    (["cputop", KERNEL, "--begin", "noon"], 1, 'Invalid parameter: name=begin'),
    (["cputop", TRACES / "ctf18-ust"], 1, "event=sched_switch, expected at least one"),
    (["spans", KERNEL], 1, "no span is defined: expected at least one of spans, file, packs"),
    (["filter", KERNEL, "--expr", "a == "], 1, "1:6: expected a field"),
    (["list", "/etc"], 1, "No CTF trace"),
    (["speed"], 2, "invalid choice: 'speed'"), ([], 2, "required: COMMAND")])
def test_errors_are_one_line_with_a_status(arguments, status, message):
    run = command(*arguments, check=False)
    assert run.returncode == status and "Traceback" not in run.stderr
    assert message in run.stderr.splitlines()[-1]


@pytest.mark.parametrize("name, arguments", [
    ("shards", ["run", "counts", KERNEL, "--jobs", "1", "--shards", "3"]), ("clocks", ["report", KERNEL])])
def test_what_another_module_does(name, arguments):
    own = subprocess.run([sys.executable, "-m", f"lttngx.{name}", *map(str, arguments)], capture_output=True, text=True, check=True,
                         env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TOP / "components"), "TZ": "UTC"})
    assert command(name, *arguments).stdout == own.stdout and len(own.stdout) > 100


def test_without_the_compiled_core_babeltrace_reads():
    (source,) = inputs.sources([str(KERNEL)])
    assert (source.kind, source.params["inputs"]) == ("source.lttngx.ctf", [str(KERNEL)])
    text = command("cputop", KERNEL, "--limit=1", LTTNGX_CORE="portable").stdout
    assert text == command("cputop", KERNEL, "--limit=1").stdout
    live, = inputs.sources(["net://localhost/host/h/s"])
    assert (live.kind, live.params["inputs"]) == ("source.ctf.lttng-live", ["net://localhost/host/h/s"])


@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.name)
def test_every_parameter_is_an_option_with_help(sink):
    text = command(sink.name, "--help", COLUMNS="200").stdout
    for parameter in sink.adaptor.PARAMETERS:
        assert f"--{parameter.name} " in text or f"--{parameter.name}\n" in text
        assert sink.manual.parameter(parameter.name), parameter.name


def test_every_sink_of_the_plugin_is_a_command():
    plugin = bt2.find_plugins_in_path(str(TOP), recurse=False)[0]
    assert {sink.name for sink in SINKS} | {"report"} == set(plugin.sink_component_classes)


def test_report_fits_its_steps_to_the_trace(tmp_path):
    """The packets of kernel-ctx are 24.793 s long: 600 steps are 41.3 ms each."""
    shown = command("report", KERNEL, "-o", tmp_path / "r.html", "--packs", "irq", "--show-graph").stdout
    step = int(re.search(r'step="(\d+)ns"', shown)[1])
    first, last = (row[name] for name in ("begin", "end") for row in json.loads(
        command("list", KERNEL, "--format=json").stdout)["tables"]["traces"])
    assert step == (last - first) // 600 and 41_000_000 < step < 42_000_000
    assert not (tmp_path / "r.html").exists()
    command("report", KERNEL, "-o", tmp_path / "r.html", "--packs", "irq")
    assert "<h1" in (tmp_path / "r.html").read_text()


def test_values_of_options():
    table = (Parameter("tid", "an integer or an array of integers", integers), Parameter("flag", "a boolean", boolean),
             Parameter("names", "a string or an array of strings", strings))
    parser = lttngx.argparse.ArgumentParser()
    options.add_options(parser, table, manual.parse(""))
    parsed = parser.parse_args(["--tid", "1,2", "--tid", "3", "--no-flag", "--names", "a,b"])
    assert options.params_of(table, parsed) == {"tid": [1, 2, 3], "flag": False, "names": "a,b"}
    assert options.params_of(table, parser.parse_args([])) == {}


def test_parameter_notation():
    assert pipelines.notation({"a": [1, -2, 1.5, True, None], "b": {"c": 'x"\\'}}, inside=False) == (
        'a=[1,-2,1.5,yes,null],b={c="x\\"\\\\"}')


def test_manuals_in_parts():
    found = manual.parse("Do a thing.\n\nMore.\n\nPARAMETERS\n  a, b (string; default:\n      none)\n      What\n      it is.\n"
                         "  a (else)\n      Rest.\n\nPORTS\n  in\n")
    assert (found.summary, found.description) == ("Do a thing.", ("More.",))
    assert [(item.names, item.what, item.text) for item in found.parameters] == [
        (("a", "b"), "string; default: none", "What it is."), (("a",), "else", "Rest.")]
    assert [heading for heading, _ in found.sections] == ["PARAMETERS", "PORTS"]


def test_the_bar():
    """25 MB of 100 MB in 2 s: 12 MB/s, 6 s left; 59 characters, 30 of them around the bar."""
    assert progress.line(25_000_000, 100_000_000, 2.0, 60) == "[#######" + " " * 22 + "]  25.0 %  12 MB/s  0:06 left"


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_completion_knows_commands_and_options(shell):
    script = command("completion", shell).stdout
    assert "cputop" in script and ("--refresh" in script or "-l refresh" in script)
    if shell == "bash":
        typed = f'{script}\nCOMP_WORDS=(lttngx cputop --re); COMP_CWORD=2; _lttngx; echo "${{COMPREPLY[@]}}"'
        assert subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True).stdout == "--refresh\n"


def test_pipes_may_close():
    run = subprocess.run(["bash", "-c", f"{sys.executable} -m lttngx filter {NO_CONTEXT} | head -1; echo ${{PIPESTATUS[0]}}"],
                         capture_output=True, text=True, cwd=TOP / "components")
    assert run.stderr == "" and run.stdout.splitlines()[-1] in ("0", "141")
