"""Every sink behind source.ctf.lttng-live, a real relay daemon and a session which is recorded meanwhile.

Each ends when the session is destroyed: with its report, or, where it is about the kernel, with what the trace lacks. Those which
write as events come have written before that. One session after another: lttng-relayd 2.13 may stop answering when many are viewed.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import bt2
import pytest
from commands import TOP
from lttng_sessions import recording, wait_until

SPAN = 'spans=["request : $evt.$name == \\"requests:begin\\" : $evt.$name == \\"requests:end\\" && $evt.id == $begin.$evt.id"]'


class Case(NamedTuple):
    """params: `PATH` stands for a file. output: what is in the output at the end. early: also before the session is destroyed."""

    params: str = ""
    output: str = ""
    early: bool = False


CASES = {
    "events": Case('path="PATH"', r'"requests:begin"', early=True),
    "spans": Case(f'{SPAN},refresh="100ms",path="PATH"', r"request +\d+", early=True),
    "otlp": Case(f'{SPAN},path="PATH"', r'"name":"request"', early=True),
    "perfetto": Case(f'{SPAN},path="PATH"', "request"),
    "flamegraph": Case(f'{SPAN},path="PATH"', r"request \d+"),
    "watch": Case('triggers={condition="event-rule-matches",names="requests:begin"},actions={action="json",path="PATH"}',
                  r'"event-rule-matches"', early=True),
    "states": Case('path="PATH"'),
    "report": Case('path="PATH"', "<html"),
    # About the kernel: the session has no kernel events.
    "cputop": Case('refresh="100ms"'),
}
SINKS = sorted(bt2.find_plugins_in_path(str(TOP), recurse=False)[0].sink_component_classes)
LACKS = r"Cannot .*expected at least one|enable (it|them) with|lttng enable-event"


@pytest.fixture(scope="module")
def recorder():
    with recording(relay=True) as started:
        yield started


def viewed(recorder, name):
    """Return whether somebody views a live session."""
    run = subprocess.run(["babeltrace2", "--input-format=lttng-live", f"net://127.0.0.1:{recorder.relay_ports[2]}"],
                         capture_output=True, text=True, timeout=30)
    return re.search(rf"/{name} .*[1-9]\d* client", run.stdout)


def start_viewer(recorder, name, params):
    url = f"net://127.0.0.1:{recorder.relay_ports[2]}/host/{os.uname().nodename}/{name}"
    source = ["-c", "source.ctf.lttng-live", "-p", f'inputs=["{url}"],session-not-found-action="end"']
    sink = ["-c", f"sink.lttngx.{name}", *(["-p", params] if params else [])]
    return subprocess.Popen(["babeltrace2", f"--plugin-path={TOP}", *source, *sink], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, env=os.environ | {"TZ": "UTC"})


def content(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace") if path.exists() else ""


@pytest.mark.parametrize("name", SINKS)
def test_sink_behind_a_live_session(recorder, tmp_path, name):
    case, path = CASES.get(name, Case()), tmp_path / "output"
    recorder.create(name, live=True)
    viewer = start_viewer(recorder, name, case.params.replace("PATH", str(path)))
    try:
        wait_until(lambda: viewer.poll() is not None or viewed(recorder, name), "viewer")
        recorder.run_program(rate=200, count=50, threads=2)
        if case.early:
            wait_until(lambda: re.search(case.output, content(path)), f"{case.output} before the end")
        recorder.destroy(name)
        output, errors = viewer.communicate(timeout=20)
    finally:
        viewer.kill()
        viewer.wait()
    if viewer.returncode:
        assert re.search(LACKS, " ".join(errors.split())) and "Traceback" not in errors, errors
    assert viewer.returncode or re.search(case.output, output + content(path)), output
