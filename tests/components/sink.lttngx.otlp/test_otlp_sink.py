"""sink.lttngx.otlp through babeltrace2: a file, and a collector on this machine which is not ready at once."""

import contextlib
import json
import socket
import struct
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from commands import CORES, KERNEL, babeltrace2, error_of
from lttngx.bt import http
from recorded import unpacked

SINK = ("-c", "sink.lttngx.otlp", "-p")


def names(bodies):
    """Return (name, begin) of all spans in some request bodies."""
    return sorted((span["name"], span["startTimeUnixNano"]) for body in bodies
                  for span in json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"])


# Not a status: an answer which takes all but three spans.
PARTIAL = -1


class Collector(HTTPServer):
    """Answers with `statuses`, then with 200; `bodies` are those it accepted."""

    def __init__(self, *statuses: int) -> None:
        self.statuses, self.bodies, self.headers = list(statuses), [], []
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/traces"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.server.statuses.pop(0) if self.server.statuses else 200
        if status == 200:
            self.server.bodies.append(body)
            self.server.headers.append((self.path, self.headers["Content-Type"], self.headers["X-Key"]))
        self.send_response(200 if status == PARTIAL else status)
        self.end_headers()
        if status == PARTIAL:
            self.wfile.write(b'{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}')

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def collector(request):
    server = Collector(*request.param)
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("collector", [(503, 429)], indirect=True)
@pytest.mark.parametrize("core", CORES)
def test_the_collector_gets_what_the_file_has(collector, core, tmp_path):
    path = tmp_path / "spans.json"
    babeltrace2(KERNEL, *SINK, f'packs="softirq",batch=100,path="{path}"', core=core)
    lines = path.read_text().splitlines()
    assert len(lines) == 6
    run = babeltrace2(KERNEL, *SINK, f'packs="softirq",batch=100,endpoint="{collector.url}",header="X-Key: k"', core=core)
    assert names(collector.bodies) == names(lines) and len(names(lines)) > 500
    assert set(collector.headers) == {("/v1/traces", "application/json", "k")} and "WARNING" not in run.stderr


def test_a_collector_which_hangs_up_ends_nothing():
    """The connection is closed while a large request is written: SIGPIPE, which ends babeltrace2 unless it is held back."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        def hang_up():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.recv(1)
                    # A reset after the end of the other direction gives EPIPE.
                    connection.shutdown(socket.SHUT_WR)
                    time.sleep(0.05)
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.close()
        threading.Thread(target=hang_up, daemon=True).start()
        run = babeltrace2(unpacked("kernel-asmall") / "kernel", *SINK, f'packs=["syscalls"],batch=20000,timeout="300ms",endpoint='
                          f'"http://127.0.0.1:{server.getsockname()[1]}/v1/traces"', check=False)
        server.shutdown(socket.SHUT_RDWR)
    assert run.returncode == 0 and "spans not delivered: dropped=" in run.stderr, (run.returncode, run.stderr)


@pytest.mark.parametrize("collector", [(400,)], indirect=True)
def test_refused_requests_are_counted(collector):
    run = babeltrace2(KERNEL, *SINK, f'packs="softirq",batch=100,endpoint="{collector.url}"')
    assert "spans not delivered: dropped=0, refused=100" in run.stderr


@pytest.mark.parametrize("collector", [(PARTIAL,)], indirect=True)
def test_single_refused_spans_are_counted(collector):
    """OTLP, "Partial Success": the request must not be sent again."""
    run = babeltrace2(KERNEL, *SINK, f'packs="softirq",batch=100,endpoint="{collector.url}"')
    total = len(babeltrace2(KERNEL, *SINK, 'packs="softirq",batch=1').stdout.splitlines())
    assert f"spans not delivered: dropped=0, refused=3, sent={total - 3}" in run.stderr
    assert len(collector.bodies) == total // 100


def test_the_buffer_is_bounded():
    """More than a MiB of requests for nobody: all spans are counted as dropped."""
    trace, params = unpacked("kernel-asmall") / "kernel", 'packs=["syscalls","softirq","wakeup"]'
    run = babeltrace2(trace, *SINK, f'{params},buffer=1,timeout="300ms",endpoint="http://127.0.0.1:9/v1/traces"')
    outcomes = json.loads(babeltrace2(trace, "-c", "sink.lttngx.spans", "-p", f"{params},format=json").stdout)["tables"]["outcomes"]
    begun = sum(row["begun"] for row in outcomes)
    assert f"spans not delivered: dropped={begun}, refused=0, sent=0" in run.stderr and begun > 10_000


@pytest.mark.parametrize("header, expected", [("3", 3.0), (None, None), ("soon", None), ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0)])
def test_retry_after(header, expected):
    assert http._seconds(header) == expected


def test_retry_after_a_date():
    assert 50 < http._seconds(format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)) <= 60


def test_an_absent_collector_costs_the_timeout_only():
    run = babeltrace2(KERNEL, *SINK, 'packs="softirq",timeout="300ms",endpoint="http://127.0.0.1:9/v1/traces"')
    assert "refused=0, sent=0" in run.stderr


def test_path_and_endpoint_exclude_each_other():
    assert "exclude each other" in error_of(KERNEL, *SINK, 'packs="softirq",path="/dev/null",endpoint="http://127.0.0.1:9/"')
