"""lttngx top: the CPU usage of a running session, refreshed on the terminal.

The sink writes a JSON document for each window into a pipe, and a thread shows it. With the package `rich` the screen is redrawn in
place, and the last window stays when it ends; without it, or if the output is no terminal, windows follow each other.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from lttngx.bt.inputs import sources
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
        follower = Follower(os.fdopen(reading), show, options.utc)
        follower.start()
        try:
            # No progress bar: it would be drawn over the table.
            drive(pipeline, (), follower.check)
        finally:
            os.write(writing, END)
            follower.join()
            os.close(writing)
    follower.check()
    return 0


# Behind the last document. The sink's end of the pipe tells nothing: an exception keeps the graph, and so the sink, alive.
END = b"\n"


class Follower(threading.Thread):
    """Shows each document. The pipe is read to its end, so that the sink never waits for a reader."""

    def __init__(self, documents: TextIO, show: Callable[[str, list[tuple]], None], utc: bool) -> None:
        super().__init__(daemon=True)
        self._documents, self._show, self._utc = documents, show, utc
        self._broken: BrokenPipeError | None = None

    def run(self) -> None:
        """Read until the end."""
        for line in self._documents:
            if line.encode() == END:
                return
            if self._broken is None:
                try:
                    self._show(*window(json.loads(line), self._utc))
                except BrokenPipeError as error:
                    self._broken = error

    def check(self) -> None:
        """Raise BrokenPipeError if nobody takes the output any more."""
        if self._broken is not None:
            raise self._broken


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
        from rich.text import Text
    except ImportError:
        Live = None
    if Live is None or not sys.stdout.isatty():
        yield _print
        return
    table = None
    live = Live(screen=True, auto_refresh=False)

    def show(title: str, rows: list[tuple]) -> None:
        nonlocal table
        # Titles and names are text, not rich's markup.
        table = Table(*HEADINGS, title=Text(title), expand=True)
        for row in rows:
            table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        live.update(table, refresh=True)
    try:
        with live:
            yield show
    finally:
        if table is not None:
            live.console.print(table)


def _print(title: str, rows: list[tuple]) -> None:
    print(title, *("  ".join("-" if cell is None else str(cell) for cell in row) for row in rows), "", sep="\n", flush=True)
