"""Real recording sessions: a private lttng-sessiond, an lttng-relayd on loopback, and a traced program.

Nothing of the machine's own LTTng is touched: LTTNG_HOME and all sockets are in a temporary folder. Root would share /var/run/lttng
with the machine, so under root the daemons and programs run as an unprivileged user. What was started is stopped by its PID,
whatever happens.
"""

import atexit
import contextlib
import functools
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import xml.etree.ElementTree
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "data/programs"
# Any user that is not root; needs no entry in /etc/passwd.
UNPRIVILEGED = 23001
CHUNK = re.compile(r"\d{8}T\d{6}[+-]\d{4}-\d{8}T\d{6}[+-]\d{4}-(\d+)")
TOOLS = ("lttng", "lttng-sessiond", "lttng-relayd", "gcc")


@functools.cache
def missing_tool() -> str | None:
    """Return why sessions cannot be recorded here, None if they can."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if not any(Path("/usr/include").glob("**/lttng/tracepoint.h")):
        missing.append("liblttng-ust-dev")
    return f"needs {', '.join(missing)}" if missing else None


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 20) -> object:
    """Return the first true value of `condition()`; fail the test after `timeout_s`."""
    limit = time.monotonic() + timeout_s
    while time.monotonic() < limit:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {timeout_s} s in vain: {what}")


class Recorder:
    """A private session daemon. home: its LTTNG_HOME; relay_ports: control, data and live viewers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.relay_ports: tuple[int, ...] = ()
        self._user = {"user": UNPRIVILEGED, "group": UNPRIVILEGED, "extra_groups": []} if os.geteuid() == 0 else {}
        self.environment = os.environ | dict.fromkeys(("LTTNG_HOME", "LTTNG_UST_HOME", "HOME"), str(home)) | {
            "LTTNG_UST_REGISTER_TIMEOUT": "-1", "TZ": "UTC"}
        self._running: list[subprocess.Popen] = []

    # Processes ----------------------------------------------------------------------------------------------------

    def start(self, *command: object, **options: object) -> subprocess.Popen:
        """Start a process in this recorder's environment; it is stopped with the recorder."""
        process = subprocess.Popen([str(part) for part in command], env=self.environment, cwd=self.home, **self._user,
                                   start_new_session=True, **options)
        self._running.append(process)
        return process

    def stop(self) -> None:
        """Stop what was started, youngest first: politely, then not. A session daemon stops its consumer daemons."""
        for process in reversed(self._running):
            if process.poll() is None:
                process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
            # The consumer daemons are in the session daemon's process group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def start_daemon(self) -> None:
        """Start the session daemon; return when it answers."""
        log = open(self.home / "sessiond.log", "wb")
        self.start("lttng-sessiond", "--no-kernel", stdout=log, stderr=log)
        wait_until(lambda: self.lttng("list", check=False).returncode == 0, "lttng-sessiond")

    def start_relay(self) -> None:
        """Start a relay daemon on free ports of the loopback interface; its traces go to home/relay."""
        self.relay_ports = free_ports(3)
        control, data, live = (f"tcp://127.0.0.1:{port}" for port in self.relay_ports)
        log = open(self.home / "relayd.log", "wb")
        self.start("lttng-relayd", "-C", control, "-D", data, "-L", live, "-o", self.home / "relay", stdout=log, stderr=log)
        wait_until(lambda: all(map(listening, self.relay_ports)), "lttng-relayd")

    # Sessions -----------------------------------------------------------------------------------------------------

    def lttng(self, *arguments: object, check: bool = True) -> subprocess.CompletedProcess:
        """Run an `lttng` command."""
        run = subprocess.run(["lttng", "--no-sessiond", *map(str, arguments)], env=self.environment, cwd=self.home,
                             capture_output=True, text=True, timeout=60, **self._user)
        assert not check or run.returncode == 0, f"lttng {arguments}: {run.stdout}{run.stderr}"
        return run

    def create(self, name: str, channel: tuple[str, ...] = (), *, relayed: bool = False, live: bool = False) -> Path:
        """Create and start a session with one channel, `requests`, of all events of the program; return its output folder.

        channel: more options of `lttng enable-channel`. Behind the relay daemon the folder appears with the first trace data.
        """
        url = [f"--ctrl-url=tcp://127.0.0.1:{self.relay_ports[0]}", f"--data-url=tcp://127.0.0.1:{self.relay_ports[1]}"]
        output = self.home / "traces" / name
        where = url if relayed or live else [f"--output={output}"]
        self.lttng("create", name, *where, *(["--live=200000"] if live else []))
        self.lttng("enable-channel", "-u", "requests", "-s", name, *channel)
        self.lttng("enable-event", "-u", "requests:*", "-c", "requests", "-s", name)
        self.lttng("start", name)
        return output

    def rotate(self, name: str) -> None:
        """Rotate a session; return when the chunk is archived."""
        self.lttng("rotate", name)

    def discarded(self, name: str) -> int:
        """Return how many event records of a session LTTng counts as discarded.

        Its consumer daemon takes the counter of a packet delivered behind a later one for one which wrapped at 2^63."""
        document = xml.etree.ElementTree.fromstring(self.lttng("--mi", "xml", "list", name).stdout)
        return sum(int(count.text) % 2**63 for count in document.iterfind(".//{*}discarded_events"))

    def destroy(self, name: str) -> None:
        """Destroy a session; a rotated one makes its last chunk."""
        self.lttng("destroy", name)

    # Programs -----------------------------------------------------------------------------------------------------

    def run_program(self, rate: int = 0, count: int = 100, threads: int = 1) -> int:
        """Run the program to its end; return how many requests it made."""
        program = self.start(compiled_program(), rate, count, threads, stdout=subprocess.PIPE)
        return int(program.communicate(timeout=60)[0])

    def start_program(self, rate: int, count: int, threads: int = 1) -> subprocess.Popen:
        """Start the program and go on."""
        return self.start(compiled_program(), rate, count, threads, stdout=subprocess.DEVNULL)


@functools.cache
def compiled_program() -> Path:
    """Compile tests/data/programs/requests.c once a test run."""
    folder = Path(tempfile.mkdtemp(prefix="lttngx-program-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    subprocess.run(["gcc", "-O1", "-o", folder / "requests", "-I", PROGRAMS, PROGRAMS / "requests.c", "-llttng-ust", "-lpthread",
                    "-ldl"], check=True, capture_output=True)
    folder.chmod(0o755)
    return folder / "requests"


def free_ports(count: int) -> tuple[int, ...]:
    """Return TCP ports of the loopback interface which nobody listens at."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return tuple(one.getsockname()[1] for one in sockets)


def listening(port: int) -> bool:
    """Return whether somebody listens at a port of the loopback interface."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def recording(relay: bool = False) -> Iterator[Recorder]:
    """Run a private session daemon, and a relay daemon with it. Skips the test where LTTng is missing."""
    if missing_tool():
        pytest.skip(missing_tool())
    # Short: a Unix socket's path has at most 107 bytes.
    home = Path(tempfile.mkdtemp(prefix="lttngx-"))
    if os.geteuid() == 0:
        os.chown(home, UNPRIVILEGED, UNPRIVILEGED)
    home.chmod(0o755)
    recorder = Recorder(home)
    try:
        recorder.start_daemon()
        if relay:
            recorder.start_relay()
        yield recorder
    finally:
        recorder.stop()
        shutil.rmtree(home, ignore_errors=True)


def chunk_ids(archives: Path) -> list[int]:
    """Return the IDs of the trace chunks in a folder, ascending."""
    found = (CHUNK.fullmatch(name) for name in os.listdir(archives)) if archives.is_dir() else ()
    return sorted(int(match[1]) for match in found if match)
