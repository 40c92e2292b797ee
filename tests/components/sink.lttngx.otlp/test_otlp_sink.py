"""sink.lttngx.otlp through babeltrace2: a file, and a collector on this machine which is not ready at once."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from commands import CORES, KERNEL, babeltrace2, error_of

SINK = ("-c", "sink.lttngx.otlp", "-p")


def names(bodies):
    """Return (name, begin) of all spans in some request bodies."""
    return sorted((span["name"], span["startTimeUnixNano"]) for body in bodies
                  for span in json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"])


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
        self.send_response(status)
        self.end_headers()

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


@pytest.mark.parametrize("collector", [(400,)], indirect=True)
def test_refused_requests_are_counted(collector):
    run = babeltrace2(KERNEL, *SINK, f'packs="softirq",batch=100,endpoint="{collector.url}"')
    assert "spans not delivered: dropped=0, refused=100" in run.stderr


def test_an_absent_collector_costs_the_timeout_only():
    run = babeltrace2(KERNEL, *SINK, 'packs="softirq",timeout="300ms",endpoint="http://127.0.0.1:9/v1/traces"')
    assert "refused=0, sent=0" in run.stderr


def test_path_and_endpoint_exclude_each_other():
    assert "exclude each other" in error_of(KERNEL, *SINK, 'packs="softirq",path="/dev/null",endpoint="http://127.0.0.1:9/"')
