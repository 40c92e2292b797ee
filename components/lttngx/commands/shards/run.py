"""run: an analysis of traces in shards, each analysed by itself, with the result of a single pass."""

import argparse
import os
from concurrent.futures import Executor, Future
from itertools import count
from typing import Any

from lttngx.bt.inputs import size_bytes
from lttngx.bt.parameters import read
from lttngx.bt.reports import window_bounds
from lttngx.commands.options import add_options, params_of
from lttngx.commands.progress import Progress
from lttngx.commands.shards.analyses import ANALYSES, Analysis
from lttngx.commands.shards.plan import plan
from lttngx.commands.shards.worker import work_apart
from lttngx.shards.cuts import MOST_BYTES, MOST_JOURNAL_BYTES, Shard
from lttngx.shards.deferred import Deferred
from lttngx.shards.executors import Cluster, Here, Place, Processes
from lttngx.shards.folding import Fold
from lttngx.shards.partials import growing, unpacked

# What every worker needs, whatever the analysis.
WORKER_MODULES = ("lttngx.commands.shards.worker", "lttngx.sources.ctf.requests")
ABOUT = "run an analysis of chunks, of many traces or of one, in shards"


def add_parser(commands: Any) -> None:
    """Add the subcommand: one of its own for each analysis, with the analysis's parameters."""
    parser = commands.add_parser("run", help=ABOUT, description=__doc__.partition(": ")[2])
    chosen = parser.add_subparsers(required=True, metavar="ANALYSIS")
    for name, analysis in ANALYSES.items():
        own = chosen.add_parser(name, help=analysis.about, description=analysis.about)
        own.add_argument("trace", nargs="+", help="trace directory, or one above traces: of a session, of its archives")
        own.add_argument("--jobs", type=_positive, metavar="N", help="processes on this machine (default: one a CPU)")
        own.add_argument("--cluster", metavar="tcp://HOST:PORT", help="scheduler of a Dask cluster, instead of --jobs")
        own.add_argument("--shards", type=_positive, metavar="N", help="how many shards to make (default: by size)")
        add_options(own, analysis.parameters, analysis.manual)
        own.set_defaults(run=run, name=name)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def run(options: argparse.Namespace) -> None:
    """Run the command. Raises LttngxError."""
    analysis = ANALYSES[options.name]
    values = read(analysis.parameters, params_of(analysis.parameters, options), f"shards run {options.name}")
    joined = analysis.part(values, True)
    place = place_of(options)
    most_bytes = MOST_JOURNAL_BYTES if isinstance(joined, Deferred) else MOST_BYTES
    shards = plan([os.path.abspath(path) for path in options.trace], place.workers, options.shards, most_bytes)
    if settle_window(analysis, values, shards):
        joined = analysis.part(values, True)
    fold(analysis, values, joined, place, shards, Progress(size_bytes(options.trace)))


def place_of(options: argparse.Namespace) -> Place:
    """Return where to run. Raises LttngxError."""
    if options.cluster:
        return Cluster(options.cluster)
    jobs = options.jobs or len(os.sched_getaffinity(0))
    return Here() if jobs == 1 else Processes(jobs, WORKER_MODULES)


def settle_window(analysis: Analysis, values: dict[str, Any], shards: list[Shard]) -> bool:
    """Replace a window which depends on the trace's first event by fixed times: parts have other first events. Return whether any
    was replaced."""
    if len(shards) == 1 or "begin" not in values:
        return False
    begin, end = window_bounds(values)
    if not callable(begin) and not callable(end) and (begin is not None or values.get("refresh") is None):
        return False
    first_ns, first_begin_ns = analysis.first_times(shards[0])
    begin, end = (limit(first_ns) if callable(limit) else limit for limit in (begin, end))
    values["begin"], values["end"] = first_begin_ns if begin is None and values.get("refresh") is not None else begin, end
    return True


def fold(analysis: Analysis, values: dict[str, Any], joined: Any, place: Place, shards: list[Shard], progress: Progress) -> None:
    """Analyse shards, join them into the first part, and write the result."""
    output, done = analysis.output(values), count(1)

    def start(executor: Executor, shard: Shard) -> Future:
        part = analysis.part(values, False)
        return executor.submit(work_apart, shard, part, analysis.work) if place.is_apart else executor.submit(analysis.work, shard, part)

    def join(part: Any) -> None:
        joined.merge(unpacked(part) if place.is_apart else part)
        # Shards are of about equal size.
        progress.update(progress.total_bytes * next(done) // len(shards))
        output.update(joined)

    with growing():
        try:
            Fold(place, start, join).run(shards)
        finally:
            progress.clear()
        output.close(joined)
