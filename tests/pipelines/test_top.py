"""`lttngx top` on a terminal and behind a live session: what the screen shows, and how it ends."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest

from commands import KERNEL, TOP
from cores import NATIVE
from lttng_sessions import recording, wait_until
from recorded import unpacked

pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=f"the command reads with the compiled core: {NATIVE}")

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(TOP / "components"), "TZ": "UTC", "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
ALTERNATE_ON, ALTERNATE_OFF = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """Runs `lttngx` on a pseudo-terminal of 120 columns."""

    def __init__(self, *arguments):
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.process = subprocess.Popen([sys.executable, "-m", "lttngx", *map(str, arguments)], env=ENVIRONMENT, stdin=slave, stdout=slave,
                                        stderr=slave, start_new_session=True)
        os.close(slave)
        self.text = ""

    def read(self, until=None, timeout_s=60):
        """Read until a text was seen, or to the end; return all."""
        limit = time.monotonic() + timeout_s
        while time.monotonic() < limit and (until is None or until not in self.text):
            if select.select([self._master], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self._master, 65536).decode("utf-8", "replace")
                except OSError:
                    return self.text
        assert until is not None and until in self.text, f"waited {timeout_s} s in vain: {self.text[-500:]}"
        return self.text

    def end(self):
        """Wait for the end; return the exit status."""
        self.read()
        os.close(self._master)
        return self.process.wait(20)


@pytest.fixture
def terminal():
    """A function which starts `lttngx` on a terminal; what is left running is killed."""
    started = []

    def start(*arguments):
        started.append(Terminal(*arguments))
        return started[-1]
    yield start
    for one in started:
        one.process.kill()
        one.process.wait()


def plain(text):
    """Return text without control sequences."""
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)


def test_the_screen_shows_the_table_and_the_last_window_stays(terminal):
    pytest.importorskip("rich", reason="rich (extra `tui`) is not installed")
    run = terminal("top", KERNEL, "--refresh", "500ms", "--limit", "2")
    assert run.end() == 0
    before, _, after = run.text.partition(ALTERNATE_OFF)
    assert before.count(ALTERNATE_ON) == 1 and plain(before).count("% of all CPUs") >= 3
    assert plain(after).count("% of all CPUs") == 1 and re.search(r"│ [\d.]+ % +│ [\d.]+ ms +│ \w+ +│ \d+ ", plain(after))


@pytest.mark.parametrize("arguments, seen", [(["top", "--refresh", "1ms"], "% of all CPUs"), (["cputop", "--refresh", "1ms"], "Per-TID")])
def test_ctrl_c_ends_a_command(terminal, arguments, seen):
    """The trace is long enough for the key to be pressed meanwhile: thousands of windows."""
    run = terminal(*arguments, unpacked("kernel-asmall") / "kernel")
    run.read(seen)
    run.process.send_signal(signal.SIGINT)
    assert run.end() == 130
    assert "Traceback" not in run.text and "Error" not in run.text
    assert run.text.count(ALTERNATE_ON) == run.text.count(ALTERNATE_OFF)


def test_a_closed_pipe_ends_it():
    run = subprocess.run(f"{sys.executable} -m lttngx top {KERNEL} --refresh 100us | head -1", shell=True, capture_output=True, text=True,
                         env=ENVIRONMENT, timeout=60)
    assert "% of all CPUs" in run.stdout and run.stderr == ""


@pytest.fixture(scope="module")
def recorder():
    with recording(relay=True) as started:
        yield started


@pytest.mark.parametrize("how", ["interrupt", "destroy"])
def test_a_live_session_without_kernel_events_ends_cleanly(recorder, how):
    """Ctrl-C while it waits; or, at the session's end, what the trace lacks in one line."""
    recorder.create(how, live=True)
    recorder.run_program(count=20)
    url = f"net://127.0.0.1:{recorder.relay_ports[2]}/host/{os.uname().nodename}/{how}"
    viewer = subprocess.Popen([sys.executable, "-m", "lttngx", "top", url], env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True)
    try:
        wait_until(lambda: re.search(rf"/{how} .*[1-9]\d* client", sessions(recorder)), "the viewer")
        time.sleep(1)
        assert viewer.poll() is None
        if how == "interrupt":
            viewer.send_signal(signal.SIGINT)
        recorder.destroy(how)
        _, errors = viewer.communicate(timeout=30)
    finally:
        viewer.kill()
        viewer.communicate()
    if how == "interrupt":
        assert (viewer.returncode, errors) == (130, "")
    else:
        assert viewer.returncode == 1 and errors.count("\n") == 1 and "event=sched_switch, expected at least one" in errors


def sessions(recorder):
    """Return the relay daemon's list of live sessions."""
    return subprocess.run(["babeltrace2", "--input-format=lttng-live", f"net://127.0.0.1:{recorder.relay_ports[2]}"], capture_output=True,
                          text=True, timeout=30).stdout
