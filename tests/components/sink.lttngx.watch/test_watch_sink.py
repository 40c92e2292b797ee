"""sink.lttngx.watch through babeltrace2: conditions against the components which tell the same, and what actions do."""

import json
import os
import re
import socket
import socketserver
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler

import bt2
import pytest

import lttng_sessions
from commands import CORES, KERNEL, LOST, NO_CONTEXT, TOP, babeltrace2, error_of, pretty
from lttngx.bt.pipes import broken_pipe_is_an_error
from lttngx.sinks.watch import WatchSink
from recorded import TRACES

ROTATED = TRACES / "ctf18-rotated"
PACKETS = ("-c", "source.lttngx.packets", "-p", f'inputs=["{ROTATED}"]')


def watch(*source, triggers, actions="{action=json}", core="native", **options):
    return babeltrace2(*source, "-c", "sink.lttngx.watch", "-p", f"triggers=[{triggers}],actions=[{actions}]", core=core, **options)


def told(*source, triggers, core="native"):
    """Return the notifications as JSON documents."""
    return [json.loads(line) for line in watch(*source, triggers=triggers, core=core).stdout.splitlines()]


# Conditions

@pytest.mark.parametrize("core", CORES)
def test_event_rules_are_those_of_the_filter(core):
    rule = 'names="syscall_exit_*",expr="ret < 0 && $ctx.procname != \\"dd\\""'
    found = told(KERNEL, triggers=f'{{condition="event-rule-matches",{rule},capture=["ret","$ctx.procname"]}}', core=core)
    kept = pretty(KERNEL, "-c", "filter.lttngx.events", "-p", rule, core=core)
    assert len(found) == len(kept) > 10
    for notification, line in zip(found, kept):
        details = notification["details"]
        assert f" {details['event']}: " in line and f"ret = {details['captures']['ret']}" in line
        assert f'procname = "{details["captures"]["$ctx.procname"]}"' in line and f"{{ cpu_id = {details['cpu']} }}" in line


def test_long_spans_are_those_of_the_span_sink():
    spans = babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", 'packs="syscalls",view=log,format=csv').stdout.splitlines()
    head = next(line for line in spans if line.startswith("table,")).split(",")
    rows = [dict(zip(head, line.split(","))) for line in spans if line.startswith("log,")]
    long = sorted((int(row["begin"]), row["name"]) for row in rows if int(row["duration_ns"]) >= 20_000_000)
    found = told(KERNEL, triggers='{condition="span-duration-ge",packs="syscalls",duration="20ms"}')
    ended = [one["details"] for one in found if one["details"]["status"] == "complete"]
    opened = [one["details"] for one in found if one["details"]["status"] == "open"]
    assert opened and len({(one["begin"], *one["key"]) for one in (one["details"] for one in found)}) == len(found)
    assert long and set(long) <= {(one["begin"], one["name"]) for one in (*ended, *opened)}
    assert all(one["duration"] >= 20_000_000 for one in (*ended, *opened))
    # Told while it is open, an eighth of the duration after it was due at most; and this trace has 15 events, a batch, in up to 24.8 ms.
    assert all(one["duration"] <= 22_500_000 + 24_800_000 for one in opened)


def test_held_states_are_those_of_the_history(tmp_path):
    """Truth: the intervals of the history which sink.lttngx.states keeps of the same trace."""
    path = tmp_path / "trace.states"
    babeltrace2(NO_CONTEXT, "-c", "sink.lttngx.states", "-p", f'path="{path}"')
    history = subprocess.run([sys.executable, "-m", "lttngx.state", "range", "--json", path, "-", "-", "CPUs/*/status"],
                             capture_output=True, text=True)
    assert history.returncode == 0, history.stderr
    found = told(NO_CONTEXT, triggers='{condition="state-duration-ge",attribute="CPUs/*/status",value="softirq",duration="1ms"}')
    rows = [json.loads(line) for line in history.stdout.splitlines()]
    expected = sorted((row["path"], row["begin_ns"]) for row in rows
                      if row["value"] == "softirq" and row["end_ns"] - row["begin_ns"] >= 1_000_000)
    assert sorted((one["details"]["attribute"], one["details"]["since"]) for one in found) == expected != []
    assert all(one["time"] == one["details"]["since"] + 1_000_000 for one in found)


def test_losses_of_a_trace():
    """Babeltrace warns of each loss; a window as long as the trace adds them all up."""
    warned = [int(count) for count in re.findall(r"Tracer discarded (\d+) events?", babeltrace2(LOST).stderr)]
    first, = told(LOST, triggers='{condition="discarded-events-ge",window="60s"}')
    assert first["details"]["discarded_events"] == warned[0] and first["state"] == "raised"
    most, = told(LOST, triggers=f'{{condition="discarded-events-ge",count={sum(warned)},window="60s"}}')
    assert most["details"]["discarded_events"] == sum(warned)
    assert not told(LOST, triggers=f'{{condition="discarded-events-ge",count={sum(warned) + 1},window="60s"}}')


def test_packets_of_a_session():
    found = told(*PACKETS, triggers='{condition="session-rotation-finishes"},{condition="session-consumed-size-ge",size="50k"},'
                 '{condition="discarded-events-ge",count=6050,window="60s"},{condition="packet-fill-le",fill=0.1,limit=1}')
    by_kind = {}
    for notification in found:
        by_kind.setdefault(notification["condition"], []).append(notification["details"])
    assert [details["chunk"] for details in by_kind["session-rotation-finishes"]] == [0, 1, 2]
    assert [details["consumed_size"] for details in by_kind["session-consumed-size-ge"]] == [53248]  # 13 packets of 4 KiB
    assert len(by_kind["discarded-events-ge"]) == 1 and len(by_kind["packet-fill-le"]) == 1


def test_silence_is_told_by_time():
    """No event of a name that the trace does not have: told once, 100 ms after the begin."""
    first = int(babeltrace2(KERNEL, "-c", "sink.text.pretty", "-p", "clock-seconds=yes,no-delta=yes").stdout[1:21].replace(".", ""))
    notification, = told(KERNEL, triggers='{condition="event-rate-le",names="nothing",window="100ms"}')
    assert 100_000_000 <= notification["time"] - first < 130_000_000


def test_a_file_of_triggers(tmp_path):
    path = tmp_path / "watch.toml"
    path.write_text(f"""
[trigger.missing]
condition = "event-rule-matches"
names = "syscall_exit_*"
expr = "ret == -2"
rate-policy = "every:10"
actions = "lines"

[action.lines]
action = "log"
path = "{tmp_path}/log"

[action.other]
action = "json"
path = "{tmp_path}/json"
""")
    babeltrace2(KERNEL, "-c", "sink.lttngx.watch", "-p", f'file="{path}",utc=yes')
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == len(pretty(KERNEL, "-c", "filter.lttngx.events", "-p", 'names="syscall_exit_*",expr="ret == -2"')) // 10 > 0
    assert re.fullmatch(r"2026-11-22 21:00:\d\d\.\d{9} missing: event-rule-matches: event=.*\(9 more suppressed\)", lines[0])
    assert (tmp_path / "json").read_text() == ""


def test_the_manual_shows_the_example():
    example = (TOP / "examples/watch.toml").read_text().partition("\n\n")[2]
    assert example in (TOP / "docs/watch.md").read_text()


def test_the_manual_and_the_help_name_every_parameter():
    from lttngx.sinks.watch import actions, triggers
    manual, help_text = (TOP / "docs/watch.md").read_text(), babeltrace2("help", "sink.lttngx.watch").stdout
    for table in (triggers.KINDS, actions.KINDS):
        for name, kind in table.items():
            assert f"`{name}`" in manual and name in help_text
            for parameter in kind.parameters:
                assert f"`{parameter.name}`" in manual, (name, parameter.name)
    for parameter in triggers.ALL[2:]:
        assert f"`{parameter.name}`" in manual or f"{parameter.name} = true" in manual, parameter.name


# Actions

EACH = '{condition="event-rule-matches",names="sched_process_exit"}'


@pytest.fixture(scope="module")
def exits():
    return told(KERNEL, triggers=EACH)


def test_a_command_gets_the_notification(tmp_path, exits):
    """Its argument vector is taken as it is: no shell sees it."""
    script = tmp_path / "notify"
    script.write_text('#!/bin/sh\ntest "$1" = \'$(touch hacked); *\' || exit 1\ncat > "$(mktemp "$2/n.XXXXXX")"\n')
    script.chmod(0o755)
    (tmp_path / "out").mkdir()
    run = watch(KERNEL, triggers=EACH, actions=f'{{action=command,command=["{script}","$(touch hacked); *","{tmp_path}/out"]}}')
    assert "action" not in run.stderr
    got = [json.loads(path.read_text()) for path in (tmp_path / "out").iterdir()]
    assert sorted(got, key=lambda one: one["number"]) == exits and len(exits) > 3


@pytest.mark.parametrize("command, extra, done, failed", [
    ('["false"]', "", 0, "all"), ('["/no/such/program"]', "", 0, "all"), ('["sleep","60"]', ',timeout="200ms",running=50', 0, "all"),
])
def test_failed_commands_are_counted(command, extra, done, failed, exits):
    begin = time.monotonic()
    run = watch(KERNEL, triggers=EACH, actions=f"{{action=command,command={command}{extra}}}")
    assert f"action command: done={done}, failed={len(exits)}, dropped=0" in run.stderr
    assert time.monotonic() - begin < 20


def test_commands_are_bounded(tmp_path, exits):
    """One at a time, two waiting; the rest is dropped and counted. Each writes when it begins and when it ends."""
    log = tmp_path / "log"
    run = watch(KERNEL, triggers=EACH, actions=f'{{action=command,running=1,queue=2,'
                f'command=["sh","-c","echo begin >> {log}; sleep 0.3; echo end >> {log}"]}}')
    done = len(log.read_text().splitlines()) // 2
    assert log.read_text() == "begin\nend\n" * done and 3 <= done < len(exits)
    assert f"done={done}, failed=0, dropped={len(exits) - done}" in run.stderr


def test_a_fifo_without_a_reader_does_not_stop_the_graph(tmp_path, exits):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    run = watch(KERNEL, triggers=EACH, actions=f'{{action=json,path="{path}"}}')
    assert f"action json: done=0, failed={len(exits)}, dropped=0" in run.stderr


def test_a_fifo_with_a_reader(tmp_path, exits):
    path = tmp_path / "fifo"
    os.mkfifo(path)
    lines = []
    reader = threading.Thread(target=lambda: lines.extend(open(path)))
    reader.start()
    watch(KERNEL, triggers=EACH, actions=f'{{action=json,path="{path}"}}')
    reader.join(10)
    assert [json.loads(line) for line in lines] == exits


def test_a_broken_pipe_is_an_error():
    reading, writing = os.pipe()
    os.close(reading)
    script = f"import os, signal, sys; sys.path.insert(0, 'components'); from lttngx.bt.pipes import *\n" \
        f"signal.signal(signal.SIGPIPE, signal.SIG_DFL)\n" \
        f"try:\n    with broken_pipe_is_an_error(): os.write({writing}, b'x')\nexcept BrokenPipeError: print('caught')\n" \
        f"print(signal.SIGPIPE in signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    run = subprocess.run([sys.executable, "-c", script], cwd=TOP, pass_fds=[writing], capture_output=True, text=True)
    os.close(writing)
    assert run.stdout.split() == ["caught", "False"], run.stderr
    with broken_pipe_is_an_error():
        pass


class Hook(BaseHTTPRequestHandler):
    """Answers 503 first, then takes what comes; `server.bodies` has all."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append((self.path, self.headers["Content-Type"], self.headers["X-Key"], body))
        self.send_response(503 if len(self.server.bodies) == 1 else 204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


def test_a_web_hook_is_tried_again(exits):
    with socketserver.TCPServer(("127.0.0.1", 0), Hook) as server:
        server.bodies = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            run = watch(KERNEL, triggers=EACH, actions=f'{{action=webhook,url="http://127.0.0.1:{server.server_address[1]}/hook",'
                        'header="X-Key: k"}')
        finally:
            server.shutdown()
            thread.join()
    assert "action" not in run.stderr
    assert {(path, kind, key) for path, kind, key, _ in server.bodies} == {("/hook", "application/json", "k")}
    assert [json.loads(body) for *_, body in server.bodies] == [exits[0], *exits]


def test_a_web_hook_which_is_away_is_counted(exits):
    port, = lttng_sessions.free_ports(1)
    run = watch(KERNEL, triggers=EACH, actions=f'{{action=webhook,url="http://127.0.0.1:{port}/",timeout="500ms"}}')
    assert f"action webhook: done=0, failed=0, dropped={len(exits)}" in run.stderr


# Errors

@pytest.mark.parametrize("params, expected", [
    ("", "nothing to do: expected=at least one trigger"),
    ('triggers=[{names="x"}]', "trigger 0: bad parameter: name=condition, expected=one of event-rule-matches"),
    ('triggers=[{condition="event-rate-ge",count=3}]', "trigger event-rate-ge: missing parameter: name=window"),
    ('triggers=[{condition="event-rate-ge",count=3,window="1s",release=3}]', "expected release below count"),
    ('triggers=[{condition="event-rule-matches",expr="a =="}]', "trigger event-rule-matches: "),
    ('triggers=[{condition="event-rule-matches",size="1k"}]', 'unknown parameter: name="size"'),
    ('triggers=[{condition="session-consumed-size-ge",size="much"}]', "expected=a size such as 100M"),
    ('triggers=[{condition="packet-fill-ge",fill=2}]', "expected=a number from 0 to 1"),
    ('triggers=[{condition="session-rotation-finishes",actions="page"}]', 'unknown action: name="page", known=[log]'),
    ('triggers=[{name=a,condition="packet-fill-ge",fill=1},{name=a,condition="session-rotation-finishes"}]', "two conditions of one name"),
    ('triggers=[{condition="event-rule-matches"}],actions=[{action=command,command="rm x"}]', "expected=an array of at least one string"),
    ('triggers=[{condition="session-rotation-finishes"}],actions=[{action=shout}]', "expected=one of log, json, command, webhook"),
    ('triggers=[{condition="session-rotation-finishes"}],actions=[{action=json,path="/no/where"}]', "cannot write"),
    ('triggers=[{condition="span-duration-ge",duration="1s"}]', "no span is defined"),
    ('triggers=[{condition="state-duration-ge",attribute="x",value="y",duration="1s",model="/no/model"}]', "cannot read model"),
    ('file="/no/file"', "cannot read triggers"),
    ('triggers=[{condition="event-rule-matches",rate-policy="sometimes"}]', "expected=`every:N` or `once-after:N`"),
])
def test_errors_are_one_line(params, expected):
    assert expected in error_of(KERNEL, "-c", "sink.lttngx.watch", *(["-p", params] if params else []))


@pytest.mark.parametrize("text, expected", [
    ("[trigger.x\n", "line 1"), ("[triggers.x]\n", "expected tables [trigger.NAME]"), ("trigger = 5\n", "expected tables [trigger.NAME]"),
])
def test_files_with_errors(text, expected, tmp_path):
    (tmp_path / "watch.toml").write_text(text)
    assert expected in error_of(KERNEL, "-c", "sink.lttngx.watch", "-p", f'file="{tmp_path / "watch.toml"}"')


# Live

class _BeatIterator(bt2._UserMessageIterator):
    """One event, then nothing new for a while."""

    def __init__(self, config, port):
        make = self._component._create_trace_class()
        clock = self._component._create_clock_class()
        stream_class = make.create_stream_class(default_clock_class=clock)
        stream = make().create_stream(stream_class)
        beat = stream_class.create_event_class(name="beat")
        self._queue = [self._create_stream_beginning_message(stream),
                       self._create_event_message(beat, stream, default_clock_snapshot=1000)]

    def __next__(self):
        if not self._queue:
            raise bt2.TryAgain
        return self._queue.pop(0)


class _BeatSource(bt2._UserSourceComponent, message_iterator_class=_BeatIterator):
    def __init__(self, config, params, obj):
        self._add_output_port("out")


def test_silence_of_a_live_source_is_told_by_the_machines_clock(tmp_path):
    path = tmp_path / "told"
    graph = bt2.Graph()
    source = graph.add_component(_BeatSource, "source")
    sink = graph.add_component(WatchSink, "sink", {
        "triggers": [{"condition": "event-rate-le", "names": "beat", "window": "50ms"}],
        "actions": [{"action": "json", "path": str(path)}]})
    graph.connect_ports(source.output_ports["out"], sink.input_ports["in"])

    def lines():
        with pytest.raises(bt2.TryAgain):
            graph.run()
        return path.read_text().splitlines()
    line, = lttng_sessions.wait_until(lines, "a notification")
    assert 50_000_000 <= json.loads(line)["time"] - 1000 < 10**9


def test_behind_a_live_relay_daemon():
    """source.ctf.lttng-live: rules are matched while the session runs, and all ends with it."""
    with lttng_sessions.recording(relay=True) as recorder:
        recorder.create("live", live=True)
        program = recorder.start_program(rate=200, count=1000)
        url = f"net://127.0.0.1:{recorder.relay_ports[2]}/host/{socket.gethostname()}/live"
        path = recorder.home / "told"
        watching = recorder.start(
            "babeltrace2", f"--plugin-path={TOP}", "-c", "source.ctf.lttng-live", "-p",
            f'inputs=["{url}"],session-not-found-action=end', "-c", "sink.lttngx.watch", "-p",
            f'triggers=[{{condition="event-rule-matches",names="requests:begin",capture=id}}],actions=[{{action=json,path="{path}"}}]',
            stderr=subprocess.PIPE, text=True)
        lttng_sessions.wait_until(lambda: path.exists() and path.stat().st_size, "a notification")
        assert program.poll() is None, "told when the program had ended"
        program.terminate()
        program.wait(10)
        recorder.destroy("live")
        _, errors = watching.communicate(timeout=30)
        assert watching.returncode == 0, errors
        numbers = [json.loads(line)["details"]["captures"]["id"] for line in path.read_text().splitlines()]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_watching_a_running_session():
    """Losses and rotations are told while the session runs."""
    with lttng_sessions.recording(relay=True) as recorder:
        output = recorder.create("alert", ("--subbuf-size=4096", "--num-subbuf=2"))
        path = recorder.home / "told"
        params = ('triggers=[{condition="session-rotation-finishes"},{name=loss,condition="discarded-events-ge",window="10min"}],'
                  f'actions=[{{action=json,path="{path}"}}]')
        following = recorder.start(
            "babeltrace2", f"--plugin-path={TOP}", "-c", "source.lttngx.packets", "-p", f'inputs=["{output}"],follow=yes,poll="100ms"',
            "-c", "sink.lttngx.watch", "-p", params, stderr=subprocess.PIPE, text=True)
        recorder.run_program(count=20000, threads=2)
        recorder.rotate("alert")
        lttng_sessions.wait_until(lambda: path.exists() and len(path.read_text().splitlines()) == 2, "two notifications")
        recorder.destroy("alert")
        _, errors = following.communicate(timeout=30)
        assert following.returncode == 0, errors
        told = [json.loads(line) for line in path.read_text().splitlines()]
        assert sorted(one["trigger"] for one in told) == ["loss", "session-rotation-finishes", "session-rotation-finishes"]
        assert [one["details"]["chunk"] for one in told if "chunk" in one["details"]] == [0, 1]
