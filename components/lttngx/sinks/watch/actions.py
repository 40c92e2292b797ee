"""What is done with notifications: a line, a JSON line, a command, a web hook. No action stops the graph: failures are counted.

An action's `run` is called now and then, and `end` once. Times are monotonic seconds.
"""

import contextlib
import errno
import os
import signal
import stat
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from lttngx.bt.http import poster
from lttngx.bt.parameters import Parameter, integer, read, string, strings
from lttngx.bt.pipes import broken_pipe_is_an_error
from lttngx.bt.reports import duration, standard_output
from lttngx.errors import ParameterError
from lttngx.export.delivery import Delivery
from lttngx.watch.notification import Notification

PAUSE_S = 0.02


class Action:
    """done, failed, dropped: notifications; dropped ones were never tried."""

    def __init__(self) -> None:
        self.done = self.failed = self.dropped = 0

    def put(self, notification: Notification) -> None:
        """Take a notification."""
        raise NotImplementedError

    def run(self, now_s: float) -> None:
        """Go on with what is under way."""

    def end(self) -> None:
        """Wait for what is under way, not for ever, and give up the rest."""


class LineAction(Action):
    """Writes a line for people to standard output, or appends it to a file."""

    def __init__(self, path: str | None, utc: bool) -> None:
        super().__init__()
        self._utc = utc
        self._output = standard_output() if path is None else open(path, "a", encoding="utf-8")

    def put(self, notification: Notification) -> None:
        # A closed pipe (`| head`) is the reader's wish, not an error.
        with contextlib.suppress(BrokenPipeError):
            self._output.write(notification.line(self._utc) + "\n")
            self._output.flush()
        self.done += 1

    def end(self) -> None:
        if self._output is not sys.stdout:
            self._output.close()


class JsonAction(Action):
    """Appends a JSON line to a file, or writes it to a FIFO: never waiting for a reader. Without path: standard output."""

    def __init__(self, path: str | None) -> None:
        super().__init__()
        self._path = path
        self._file: int | None = None
        if path is None:
            self._file = os.dup(standard_output().fileno())
        elif not _is_fifo(path):
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)

    def put(self, notification: Notification) -> None:
        line = notification.json().encode("utf-8", "surrogateescape") + b"\n"
        try:
            with broken_pipe_is_an_error():
                self._write(line)
        except OSError:
            self._close()
            self.failed += 1
        else:
            self.done += 1

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        written = os.write(self._file, line)
        if written < len(line) and not os.get_blocking(self._file):
            # The reader would take the next line for the rest of this one.
            raise OSError(errno.EAGAIN, "the FIFO is full")
        while written < len(line):
            written += os.write(self._file, line[written:])

    def _close(self) -> None:
        """Try again with a new reader, if it is a FIFO."""
        if self._file is not None and self._path is not None and _is_fifo(self._path):
            os.close(self._file)
            self._file = None

    def end(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _is_fifo(path: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


class CommandAction(Action):
    """Runs a command with the notification as JSON on its standard input: an argument vector, no shell.

    running: how many may run at a time; queue: how many notifications may wait, beyond which the newest is dropped; timeout_s: after which
    a command is ended. A command fails that cannot be started, ends with another status than 0, or is ended.
    """

    def __init__(self, arguments: list[str], running: int, queue: int, timeout_s: float) -> None:
        super().__init__()
        self._arguments, self._most, self._room, self._timeout_s = arguments, running, queue, timeout_s
        self._queue: deque[bytes] = deque()
        self._running: list[tuple[subprocess.Popen, float]] = []

    def put(self, notification: Notification) -> None:
        if len(self._queue) >= self._room:
            self.dropped += 1
        else:
            self._queue.append(notification.json().encode("utf-8", "surrogateescape") + b"\n")
        self.run(time.monotonic())

    def run(self, now_s: float) -> None:
        self._reap(now_s)
        while self._queue and len(self._running) < self._most:
            self._start(self._queue.popleft(), now_s)

    def _start(self, text: bytes, now_s: float) -> None:
        # A file in memory: writing a pipe could wait for the command.
        with open(os.memfd_create("notification"), "w+b") as standard_input:
            standard_input.write(text)
            standard_input.seek(0)
            try:
                process = subprocess.Popen(self._arguments, stdin=standard_input, stdout=subprocess.DEVNULL, start_new_session=True)
            except OSError:
                self.failed += 1
            else:
                self._running.append((process, now_s))

    def _reap(self, now_s: float) -> None:
        left = []
        for process, begin_s in self._running:
            if process.poll() is None and now_s - begin_s >= self._timeout_s:
                # With all that it started: it leads a session of its own.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.poll() is None:
                left.append((process, begin_s))
            elif process.returncode == 0:
                self.done += 1
            else:
                self.failed += 1
        self._running = left

    def end(self) -> None:
        # Each command ends by its timeout; those which wait get one more.
        limit_s = time.monotonic() + 2 * self._timeout_s
        while self._running or self._queue:
            now_s = time.monotonic()
            if now_s >= limit_s:
                self.dropped += len(self._queue)
                self._queue.clear()
            self.run(now_s)
            time.sleep(PAUSE_S if self._running else 0)


class WebhookAction(Action):
    """Posts the JSON document to a URL; what cannot be delivered is tried again, more and more slowly."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float, buffer_bytes: int) -> None:
        super().__init__()
        self._timeout_s = timeout_s
        self._delivery = Delivery(poster(url, headers, timeout_s), buffer_bytes)

    def put(self, notification: Notification) -> None:
        self._delivery.put(notification.json().encode("utf-8", "surrogateescape"), 1)
        self.run(time.monotonic())

    def run(self, now_s: float) -> None:
        self._delivery.run(now_s)
        self.done, self.failed, self.dropped = self._delivery.sent, self._delivery.refused, self._delivery.dropped

    def end(self) -> None:
        limit_s = time.monotonic() + self._timeout_s
        while self._delivery.waiting and self._delivery.next_s < limit_s:
            time.sleep(max(0.0, self._delivery.next_s - time.monotonic()))
            self.run(time.monotonic())
        self._delivery.abandon()
        self.dropped = self._delivery.dropped


def headers(value: Any) -> dict[str, str]:
    """Accept `NAME: VALUE`, or an array of such strings."""
    pairs = [text.partition(":") for text in strings(value)]
    if not all(colon and name.strip() for name, colon, _ in pairs):
        raise ValueError
    return {name.strip(): text.strip() for name, _, text in pairs}


def arguments(value: Any) -> list[str]:
    """Accept an array of at least one string: no shell splits a string."""
    if not isinstance(value, list) or not strings(value):
        raise ValueError
    return value


class Kind(NamedTuple):
    """A kind of action. needed: the parameter without which it means nothing."""

    parameters: tuple[Parameter, ...]
    needed: str | None
    make: Callable[[Mapping[str, Any], bool], Action]


_TIMEOUT = Parameter("timeout", "a duration such as 10s", duration, 10_000_000_000)
KINDS: dict[str, Kind] = {
    "log": Kind((Parameter("path", "a string", string),), None, lambda values, utc: LineAction(values["path"], utc)),
    "json": Kind((Parameter("path", "a string", string),), None, lambda values, utc: JsonAction(values["path"])),
    "command": Kind(
        (Parameter("command", "an array of at least one string", arguments),
         Parameter("running", "an integer of at least 1", integer(1), 4),
         Parameter("queue", "an integer of at least 1", integer(1), 64), _TIMEOUT),
        "command", lambda values, utc: CommandAction(values["command"], values["running"], values["queue"], values["timeout"] / 1e9)),
    "webhook": Kind(
        (Parameter("url", "a string", string), Parameter("header", "a string or an array of strings `NAME: VALUE`", headers, {}),
         _TIMEOUT, Parameter("buffer", "an integer of at least 1", integer(1), 4)),
        "url", lambda values, utc: WebhookAction(values["url"], {"Content-Type": "application/json"} | values["header"],
                                                 values["timeout"] / 1e9, values["buffer"] << 20)),
}
_ALL = (Parameter("name", "a string", string), Parameter("action", "a string", string))


def action(given: Mapping[str, Any], owner: str, utc: bool) -> tuple[str, Action]:
    """Return the name and the action of its table, which has a name. owner: for errors. Raises LttngxError."""
    where, kind = f"{owner}: action {given['name']}", given.get("action")
    if kind not in KINDS:
        raise ParameterError(f"{where}: bad parameter: name=action, expected=one of {', '.join(KINDS)}, got={kind!r}")
    values = read((*_ALL, *KINDS[kind].parameters), given, where)
    needed = KINDS[kind].needed
    if needed is not None and values[needed] is None:
        raise ParameterError(f"{where}: missing parameter: name={needed}, action={kind}")
    try:
        return values["name"], KINDS[kind].make(values, utc)
    except OSError as error:
        raise ParameterError(f'{where}: cannot write: path="{values["path"]}", reason={error.strerror}') from None
