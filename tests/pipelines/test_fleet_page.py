"""docs/fleet.md: its commands run in one shell, against private LTTng daemons, and print what the page says.

Blocks marked `shell`: `$ COMMAND` lines (a backslash at the end: it goes on), each followed by its output, in which `…` stands for any
text, alone on a line for any number of lines.
"""

import os
import re
import subprocess

import pytest
from commands import TOP
from lttng_sessions import UNPRIVILEGED, compiled_program, recording

pytest.importorskip("zstandard")
pytest.importorskip("pyrage")
BLOCK = re.compile(r"^```shell\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"((?:[^\n]*\\\n)*[^\n]*)\n?(.*)", re.DOTALL)
MARK = "-- end of command --"


def commands():
    """Return (command, expected output) of the page, in order."""
    parts = [part for block in BLOCK.findall((TOP / "docs/fleet.md").read_text()) for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [COMMAND.match(part).groups() for part in parts]


def pattern(expected):
    """Return the regular expression of an expected output."""
    lines = (r"(?:.*\n)*?" if line.strip() == "…" else ".*?".join(map(re.escape, line.rstrip().split("…"))) + r" *\n"
             for line in expected.splitlines())
    return "".join(lines)


def wrapper(folder, name, program):
    """Make a command which runs a program as the daemons' user."""
    path = folder / name
    drop = f"setpriv --reuid={UNPRIVILEGED} --regid={UNPRIVILEGED} --clear-groups " if os.geteuid() == 0 else ""
    path.write_text(f'#!/bin/sh\nexec {drop}{program} "$@"\n')
    path.chmod(0o755)


def test_commands_print_what_the_page_says(tmp_path):
    with recording(relay=True) as recorder:
        wrapper(tmp_path, "lttng", "/usr/bin/lttng --no-sessiond")
        wrapper(tmp_path, "requests", compiled_program())
        control, data, live = recorder.relay_ports
        environment = recorder.environment | {
            "PATH": f"{tmp_path}:{TOP}/.venv/bin:{os.environ['PATH']}", "PYTHONPATH": str(TOP / "components"),
            "CONTROL": str(control), "DATA": str(data), "LIVE": str(live)}
        script = "".join(f"{command}\necho '{MARK}' $?\n" for command, _ in commands())
        run = subprocess.run(["bash"], input=script, cwd=TOP, env=environment, capture_output=True, text=True, timeout=90)
    outputs = re.split(rf"{re.escape(MARK)} (\d+)\n", run.stdout)
    for (command, expected), output, status in zip(commands(), outputs[::2], outputs[1::2], strict=False):
        assert status == "0", f"{command}\n{output}{run.stderr}"
        assert re.fullmatch(pattern(expected), output), f"{command}\n{output}{run.stderr}"
    assert len(outputs) == 2 * len(commands()) + 1
