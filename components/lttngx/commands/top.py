"""lttngx top: the CPU usage of a running session, refreshed on the terminal.

The sink writes a JSON document for each window into a pipe; a thread shows the last one. With the package `rich` the screen is redrawn
in place; without it, documents follow each other.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from lttngx.bt.inputs import is_live, sources
from lttngx.bt.pipelines import Component, Pipeline
from lttngx.commands.running import add_trace_arguments, drive
from lttngx.render.times import format_time

ABOUT = "Show the CPU usage of a live session (or of a trace, window by window) on the terminal."
HEADINGS = ("Usage", "CPU time", "Thread", "TID", "PID", "Container", "Migrations")


def add_command(commands: Any) -> None:
    """Add the command to a parser's."""
    own = commands.add_parser("top", help=ABOUT, description=ABOUT)
    add_trace_arguments(own, taken={"begin", "end"})
    own.add_argument("--refresh", default="1s", metavar="DURATION", help="length of a window (default: 1s)")
    own.add_argument("--limit", type=int, default=20, help="threads to show (default: 20; 0 = all)")
    own.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    reading, writing = os.pipe()
    params = {"format": "json", "refresh": options.refresh, "limit": options.limit, "path": f"/dev/fd/{writing}"}
    pipeline = Pipeline(sources(options.traces), [Component("cputop", "sink.lttngx.cputop", params)])
    if options.show_graph:
        params["path"] = "/dev/stdout"
        print(pipeline.line())
        return 0
    with _screen() as show:
        shower = threading.Thread(target=_follow, args=(os.fdopen(reading), show, options.utc))
        shower.start()
        try:
            drive(pipeline, [trace for trace in options.traces if not is_live(trace)])
        finally:
            os.close(writing)
            shower.join()
    return 0


def _follow(documents: TextIO, show: Callable[[str, list[tuple]], None], utc: bool) -> None:
    """Show each document. The pipe is read to its end, so that the sink never waits for a reader."""
    for line in documents:
        title, rows = window(json.loads(line), utc)
        show(title, rows)


def window(document: dict, utc: bool) -> tuple[str, list[tuple]]:
    """Return the title and the rows, under HEADINGS, of one document of schema lttngx.cputop/1."""
    begin, end = (format_time(document["range"][name], utc) for name in ("begin", "end"))
    title = f"[{begin}, {end})  {100 * document['total_usage']:.1f} % of all CPUs"
    lost = document["discarded_events"] + document["discarded_packets"]
    rows = [(f"{100 * row['usage']:.2f} %", f"{row['cpu_time_ns'] / 1e6:.3f} ms", row["name"], row["tid"], row["pid"],
             row["container"], row["migrations"]) for row in document["threads"]]
    return title + (f"  {lost} losses" if lost else ""), rows


@contextmanager
def _screen() -> Iterator[Callable[[str, list[tuple]], None]]:
    """Give the function that shows a window: in place on a terminal with rich, else one below the other."""
    try:
        from rich.live import Live
        from rich.table import Table
    except ImportError:
        Live = None
    if Live is None or not sys.stdout.isatty():
        yield _print
        return
    with Live(screen=True, auto_refresh=False) as live:
        def show(title: str, rows: list[tuple]) -> None:
            table = Table(*HEADINGS, title=title, expand=True)
            for row in rows:
                table.add_row(*("" if cell is None else str(cell) for cell in row))
            live.update(table, refresh=True)
        yield show


def _print(title: str, rows: list[tuple]) -> None:
    print(title, *("  ".join("-" if cell is None else str(cell) for cell in row) for row in rows), "", sep="\n", flush=True)
