"""Runs the graph of some traces and a chain of components; shows how far it is; turns errors into one line."""

import argparse
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

import bt2

from lttngx.bt.inputs import is_live, size_bytes, sources
from lttngx.bt.pipelines import Component, Pipeline, reason
from lttngx.commands.progress import Progress
from lttngx.core.choice import load
from lttngx.errors import LttngxError, TraceError

TIME = "[YYYY-MM-DD ]hh:mm[:ss[.nnnnnnnnn]] or SECONDS, as babeltrace2 --begin takes it"
# How long to wait for a live session that has nothing new.
RETRY_S = 0.1


def add_trace_arguments(own: argparse.ArgumentParser, taken: Collection[str] = ()) -> None:
    """Add what every command takes that reads traces. taken: options which the command's own parameters give instead."""
    own.add_argument("traces", nargs="+", metavar="TRACE",
                     help="directory which is or holds CTF traces, or a live session's URL, net://HOST/host/TARGET/SESSION")
    for name in (name for name in ("begin", "end") if name not in taken):
        own.add_argument(f"--{name}", metavar="TIME", help=f"{name} of the part to read: {TIME}")
    if "utc" not in taken:
        own.add_argument("--utc", action=argparse.BooleanOptionalAction, default=False, help="whether times are in UTC")
    own.add_argument("--show-graph", action="store_true",
                     help="print the babeltrace2 command which runs the same graph, and stop")


def trimmer(options: argparse.Namespace) -> list[Component]:
    """Return the trimmer which --begin and --end ask for, if they do."""
    bounds = {name: value for name in ("begin", "end") if (value := getattr(options, name)) is not None}
    return [Component("trimmer", "filter.utils.trimmer", bounds | {"gmt": options.utc})] if bounds else []


def run(options: argparse.Namespace, chain: Sequence[Component], source: str | None = None) -> int:
    """Run, or show, the graph of the traces and a chain of components; return the exit status.

    source: a source component class to read them with, which has the parameters `inputs` and `follow`; None: what they need.
    """
    read = sources(options.traces) if source is None else [
        Component("source", source, {"inputs": options.traces} | ({"follow": True} if options.follow else {}))]
    pipeline = Pipeline(read, chain)
    if options.show_graph:
        print(pipeline.line())
    else:
        drive(pipeline, [trace for trace in options.traces if not is_live(trace)])
    return 0


def drive(pipeline: Pipeline, paths: Sequence[str], check: Callable[[], None] = lambda: None) -> None:
    """Run a pipeline to its end. paths: the traces whose size tells how far it is. check: called after each step, may raise.

    Raises LttngxError, KeyboardInterrupt."""
    try:
        with _interruptible() as interrupted:
            graph = pipeline.graph()
            done, progress = _reader(), Progress(size_bytes(paths))

            def tell() -> None:
                interrupted()
                check()
                progress.update(done())
            try:
                _run(graph, tell)
            finally:
                progress.clear()
    except bt2._Error as error:
        raise TraceError(reason(error)) from None


def _run(graph: bt2.Graph, tell: Callable[[], None]) -> None:
    """Run a graph step by step; wait where a live session has nothing new."""
    while True:
        try:
            while True:
                graph.run_once()
                tell()
        except bt2.TryAgain:
            tell()
            time.sleep(RETRY_S)
        except bt2.Stop:
            return


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Give a function which raises KeyboardInterrupt if Ctrl-C was pressed. Raised in a component's method, where the key finds
    the program nearly always, it would be an error of the graph. The second time, the key acts at once."""
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return
    pressed = False

    def press(*_: object) -> None:
        nonlocal pressed
        pressed = True
        signal.signal(signal.SIGINT, before)

    def check() -> None:
        if pressed:
            raise KeyboardInterrupt
    before = signal.signal(signal.SIGINT, press)
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)


def _reader() -> Callable[[], int]:
    """Return a function which tells how many bytes of packets were read since now."""
    try:
        load("decode_source")
    except LttngxError:
        return lambda: 0
    from lttngx.core.native.decode_packets import opened_bytes

    before = opened_bytes()
    return lambda: opened_bytes() - before
