"""Runs babeltrace2 as a user does: the plugin on the path, both cores, text on standard output."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import NATIVE
from recorded import TRACES

TOP = Path(__file__).parent.parent
CORES = ("native", "portable")
# One event a line: the name, then the fields; nothing that depends on the line before or on the time zone.
PRETTY = ("-c", "sink.text.pretty", "-p", "clock-gmt=yes,no-delta=yes")


def babeltrace2(*arguments, core="native", plugin=TOP, check=True, **environment):
    """Run babeltrace2 with the plugin; return the finished process. check: fail the test if it fails."""
    if core == "native" and isinstance(NATIVE, str):
        pytest.skip(NATIVE)
    run = subprocess.run(
        ["babeltrace2", f"--plugin-path={plugin}", *map(str, arguments)], capture_output=True, text=True, timeout=120,
        env=os.environ | {"LTTNGX_CORE": core, "TZ": "UTC"} | environment)
    assert not check or run.returncode == 0, run.stderr
    return run


def pretty(trace, *components, core="native"):
    """Return the lines which sink.text.pretty prints behind some components."""
    return lines_of(babeltrace2(trace, *components, *PRETTY, core=core))


def lines_of(run) -> list[str]:
    """Return what a command that ends in sink.text.pretty printed.

    Babeltrace 2.0.4 prints an empty string as an earlier value of that field (fixed in 2.0.5), which depends on how long messages
    are held: the context `hostname`, which is empty in some events of kernel-ctx, is left out.
    """
    return [re.sub(r', hostname = "[^"]*"', "", line) for line in run.stdout.splitlines()]


def name_of(line: str) -> str:
    """Return the event name of a line of sink.text.pretty: `[time] host name: { … }`."""
    return re.match(r"\[\S+\] (?:\S+ )?(\S+): ", line)[1]


def error_of(*arguments, core="native"):
    """Return what a failing command says last, as one line: the message behind the last cause's heading."""
    run = babeltrace2(*arguments, core=core, check=False)
    assert run.returncode == 1, run.stdout
    assert "Traceback" not in run.stderr, run.stderr
    cause = run.stderr.rpartition("CAUSED BY")[2].partition("\n")[2]
    return " ".join(line.strip() for line in cause.splitlines()).strip()


KERNEL = TRACES / "kernel-ctx"
LOST = TRACES / "kernel-lost"
NO_CONTEXT = TRACES / "kernel-noctx"
