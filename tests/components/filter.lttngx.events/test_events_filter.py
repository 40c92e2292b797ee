"""filter.lttngx.events through babeltrace2, held against the unfiltered text of the same trace."""

import re
import shutil

import bt2
import pytest

from commands import CORES, KERNEL, LOST, TOP, babeltrace2, error_of, lines_of, name_of, pretty
from lttngx.filters.events import EventsFilter
from sources import Setting
from graphs import messages, use

FILTER = ("-c", "filter.lttngx.events", "-p")


@pytest.fixture(scope="module")
def everything():
    return pretty(KERNEL)


def kept(everything, accept):
    """Return the lines which `accept` accepts; at least one, and not all."""
    lines = [line for line in everything if accept(line)]
    assert 0 < len(lines) < len(everything)
    return lines


def number(line, field):
    """Return an integer field of a line, None if the event has none. Hexadecimal and octal are read as printed."""
    match = re.search(rf"\b{field} = (?:\( .*? : container = )?(-?(?:0x)?[0-9A-Fa-f]+)", line)
    return None if match is None else int(match[1], 0 if "x" in match[1] else 10)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("params, accept", [
    ('names="sched_*"', lambda line: name_of(line).startswith("sched_")),
    ('names=["sched_*","irq_*_exit"]', lambda line: re.match(r"sched_|irq_.*_exit$", name_of(line))),
    ('names="sched_*,irq_*_exit"', lambda line: re.match(r"sched_|irq_.*_exit$", name_of(line))),
    ('names="*",exclude="*sched*"', lambda line: "sched" not in name_of(line)),
    ('names="sched_*",mode=drop', lambda line: not name_of(line).startswith("sched_")),
    ('names="s*d_*w*h"', lambda line: name_of(line) == "sched_switch"),
    ('expr="next_tid == 600"', lambda line: number(line, "next_tid") == 600),
    ('expr="$ctx.procname == \\"web-*\\""', lambda line: 'procname = "web-' in line),
    ('expr="$ctx.cpu_id == 2 && $ctx.pid_ns != 4026531836"',
     lambda line: "{ cpu_id = 2 }" in line and number(line, "pid_ns") != 4026531836),
    ('expr="$ctx.vtid & 1",names="syscall_exit_*"',
     lambda line: name_of(line).startswith("syscall_exit_") and number(line, "vtid") & 1),
    ('expr="!(ret < 0)",names="syscall_exit_*"',
     lambda line: name_of(line).startswith("syscall_exit_") and number(line, "ret") is not None and number(line, "ret") >= 0),
    ('expr="filename =~ \\"^/(bin|usr)/\\""', lambda line: re.search(r'filename = "/(bin|usr)/', line)),
    ('expr="ret in {-1000..-1}"', lambda line: (number(line, "ret") or 0) < 0),
    ('rules=[{names="sched_wak*"},{names="sched_switch",expr="prev_state == 1"}]',
     lambda line: name_of(line).startswith("sched_wak")
     or name_of(line) == "sched_switch" and number(line, "prev_state") == 1),
])
def test_keeps_what_a_reader_of_the_text_would(everything, core, params, accept):
    assert pretty(KERNEL, *FILTER, params, core=core) == kept(everything, accept)


@pytest.mark.parametrize("core", CORES)
def test_passes_all_messages_but_events(core):
    def others(*components):
        text = babeltrace2(LOST, *components, "-c", "sink.utils.counter", "-p", "step=+0", core=core).stdout
        return [line for line in text.splitlines() if "Event messages" not in line and "TOTAL" not in line]

    unfiltered = others()
    assert any(re.match(r"\s*[1-9]\d* Discarded event messages", line) for line in unfiltered)
    assert others(*FILTER, 'names="sched_switch"') == unfiltered


@pytest.mark.parametrize("core", CORES)
def test_begin_and_end_times_apply(everything, core):
    def time(line):
        return line[1:19]

    begin, end = time(everything[100]), time(everything[5000])
    run = babeltrace2("convert", KERNEL, f"--begin=2026-11-22 {begin}", f"--end=2026-11-22 {end}",
                      *FILTER, 'names="sched_switch"', "-c", "sink.text.pretty", "-p", "clock-gmt=yes,no-delta=yes",
                      core=core)
    assert lines_of(run) == [line for line in everything
                                       if name_of(line) == "sched_switch" and begin <= time(line) <= end]


@pytest.mark.parametrize("core", CORES)
def test_seeks_where_its_input_can(everything, core):
    """A trimmer behind the filter seeks it to the beginning."""
    run = babeltrace2(
        "run", "--component=source:source.ctf.fs", f"--params=inputs=[\"{KERNEL}\"]", "--component=muxer:filter.utils.muxer",
        "--component=events:filter.lttngx.events", "--params=names=\"sched_switch\"",
        "--component=trimmer:filter.utils.trimmer", "--params=begin=\"21:00:46.2\",end=\"21:00:46.5\",gmt=yes",
        "--component=sink:sink.text.pretty", "--params=clock-gmt=yes,no-delta=yes",
        "--connect=source:muxer", "--connect=muxer:events", "--connect=events:trimmer", "--connect=trimmer:sink", core=core)
    assert lines_of(run) == [line for line in everything if name_of(line) == "sched_switch"
                                       and "21:00:46.2" <= line[1:19] <= "21:00:46.500000000"]


def test_loses_nothing_on_a_live_source(core, monkeypatch):
    """TryAgain between messages: the filter passes it on and keeps its place."""
    use(monkeypatch, core)
    script = [("stream", 0), ("packet", 0)]
    for time in range(0, 200, 10):
        script += [("plain", time, time), ("again",), ("inactivity", time + 5)]
    behind, checker, graph = messages(Setting(script), (EventsFilter, None, {"expr": "n % 20 == 0"}))
    assert [int(message.event["n"]) for message in behind if isinstance(message, bt2._EventMessageConst)] == [
        *range(0, 200, 20)]
    assert checker.counts["MessageIteratorInactivity"] == 20


def test_works_without_packets_and_clock(core, monkeypatch):
    use(monkeypatch, core)
    script = [("stream", 0), *(("plain", 0, number) for number in range(6))]
    behind, checker, graph = messages(Setting(script, packets=False, clock=False), (EventsFilter, None, {"expr": "n >= 4"}))
    assert checker.counts == {"StreamBeginning": 1, "Event": 2, "StreamEnd": 1}


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("params, message", [
    ("nmaes=x", 'filter.lttngx.events: unknown parameter: name="nmaes", known=[dialect, exclude, expr, log-level, '
                'log-level-only, missing, mode, names, rules]'),
    ("names=5", "filter.lttngx.events: bad parameter: name=names, expected=a string or an array of strings, got=5 (integer)"),
    ("mode=hold", "filter.lttngx.events: bad parameter: name=mode, expected=`keep` or `drop`, got='hold' (string)"),
    ("rules=[{name=x}]", "filter.lttngx.events: rules[0]: unknown parameter: name=\"name\""),
    ("rules=[]", "filter.lttngx.events: bad parameter: name=rules, expected=at least one rule, got=[]"),
    ("names=a,rules=[{names=x}]", "filter.lttngx.events: conflicting parameters: expected either rules or single ones"),
    ('log-level="LOUD"', 'got "LOUD"'),
    ('expr="next_tid == "', "1:13"),
    ('dialect=lttng,expr="a in {1}"', "1:6"),
])
def test_bad_parameters_are_one_line(core, params, message):
    text = error_of(KERNEL, *FILTER, params, "-c", "sink.utils.dummy", core=core)
    assert message in text
    assert text.startswith("lttngx.") and "Error: " in text


@pytest.mark.parametrize("core", CORES)
def test_warns_once_if_nothing_can_match(core):
    run = babeltrace2(KERNEL, *FILTER, 'names="no_such_event"', "-c", "sink.utils.dummy", core=core)
    assert run.stderr.count("WARNING") == 1
    assert "no event class of the trace has a name and a log level that a rule accepts" in run.stderr


@pytest.mark.parametrize("core", CORES)
def test_says_why_a_class_never_matches(core):
    run = babeltrace2("--log-level=I", KERNEL, *FILTER, 'names="sched_switch",expr="nxt_tid == 5"', "-c", "sink.utils.dummy",
                      core=core)
    told = [line for line in run.stderr.splitlines() if line.startswith("lttngx: INFO")]
    assert len(told) == 1 and "sched_switch" in told[0] and "nxt_tid" in told[0]
    assert "WARNING" in "".join(line for line in run.stderr.splitlines() if line.startswith("lttngx:"))


def test_uncompiled_checkout_says_so_once(tmp_path):
    """A copy without the compiled modules works, several times slower, and says so in one line."""
    shutil.copytree(TOP / "components", tmp_path / "components", ignore=shutil.ignore_patterns("*.so", "*.c", "__pycache__"))
    shutil.copy(TOP / "bt_plugin_lttngx.py", tmp_path)
    run = babeltrace2(KERNEL, *FILTER, 'names="sched_switch"', "-c", "sink.utils.dummy", core="", plugin=tmp_path)
    told = [line for line in run.stderr.splitlines() if "core" in line]
    assert len(told) == 1 and "portable" in told[0]
