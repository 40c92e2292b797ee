"""The analyses which can be run in shards: a literal list. Each takes the parameters of its sink and writes what its sink writes.

The part of an analysis is an engine (core.extraction.Consumer) with `cover`, `merge(later)`, `closed()` and `results()`, which can be
pickled after it was fed. The first part is empty: parts of shards are merged into it in order of time.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from lttngx.bt.analyses import AnalysisSink
from lttngx.bt.inventory import inventory
from lttngx.bt.manual import Manual, manual_of
from lttngx.bt.parameters import Parameter, integer
from lttngx.bt.reports import OUTPUT_PARAMETERS
from lttngx.bt.spans import definitions, is_per_span
from lttngx.commands.shards import bandwidth
from lttngx.commands.shards.report import Output, Report
from lttngx.commands.shards.worker import first_times, work
from lttngx.shards.cuts import Shard
from lttngx.sinks import cputop, spans, states
from lttngx.sinks.bandwidth import PARAMETERS as BANDWIDTH_PARAMETERS
from lttngx.sinks.bandwidth import BandwidthSink
from lttngx.sinks.io import IoSink
from lttngx.sinks.irq import IrqSink
from lttngx.sinks.memory import MemorySink
from lttngx.sinks.sched import SchedSink
from lttngx.sinks.syscalls import SyscallsSink

Values = dict[str, Any]


class History:
    """Writes a state history as sink.lttngx.states does."""

    def __init__(self, values: Values) -> None:
        """Raises ParameterError if the file cannot be written."""
        self._file, self._writer = states.open_history(values)

    def update(self, joined: Any) -> None:
        """See Output."""
        tree = joined.engine.tree
        self._writer.append(tree.take(), tree.paths)

    def close(self, joined: Any) -> None:
        """See Output."""
        states.close_history(self._file, self._writer, joined.engine, joined.last_ns, joined.events)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis. part: (parameter values, whether it is the first part) to an engine. output: parameter values to an Output.

    sink: the component class whose help tells of the parameters, if there is one. work: feeds a part with a shard, in any process;
    first_times: of the first shard, the times of the first event and of the first window's begin.
    """

    about: str
    parameters: Sequence[Parameter]
    part: Callable[[Values, bool], Any]
    output: Callable[[Values], Output]
    sink: type | None = None
    work: Callable[[Shard, Any], Any] = work
    first_times: Callable[[Shard], tuple[int | None, int | None]] = first_times

    @property
    def manual(self) -> Manual:
        """What is known of the parameters."""
        return Manual("", (), (), ()) if self.sink is None else manual_of(self.sink)


def _windowed(about: str, sink: type[AnalysisSink]) -> Analysis:
    """Return the row of a sink whose engine is an `analyses.windowed`: parts join unless windows are given while it runs, which tell
    what was known when they ended."""
    return Analysis(f"{about}, as {sink.OWNER}", sink.PARAMETERS, partial(_windowed_part, sink), partial(Report, _render_windowed), sink)


def _windowed_part(sink: type[AnalysisSink], values: Values, first: bool) -> Any:
    if values["refresh"] is None and not is_per_span(values):
        return sink.engine(values)
    from lttngx.shards.deferred import Deferred
    return Deferred(partial(sink.engine, values), first, windows=True)


def _render_windowed(results: Iterable[Any], values: Values) -> str:
    from lttngx.render import durations
    return durations.render(list(results), values["format"], values["utc"])


COUNTS_PARAMETERS = (*OUTPUT_PARAMETERS, Parameter("limit", "an integer of at least 0", integer(0), 0))


def _counts(values: Values, first: bool) -> Any:
    from lttngx.analyses.counts import EventCounts
    return EventCounts(values["limit"])


def _render_counts(results: Iterable[Any], values: Values) -> str:
    from lttngx.render import counts
    return "".join(counts.render(result, values["format"], values["utc"]) for result in results)


def _cputop(values: Values, first: bool) -> Any:
    """Return a part which can be joined; with windows, spans among them, one which is deferred, as what a window shows of a thread's priority and of slices
    which reach back depends on what was known when it ended."""
    if values["refresh"] is None and not is_per_span(values):
        return cputop.engine(values, first)
    from lttngx.shards.deferred import Deferred
    return Deferred(partial(cputop.engine, values), first, windows=True)


def _spans(values: Values, first: bool) -> Any:
    """Return a part which can be joined where spans do not bear on each other, else one which is deferred."""
    from lttngx.shards.deferred import Deferred
    from lttngx.spans.analysis import SpanAnalysis
    from lttngx.spans.partials import Partial, independent
    found, options = definitions(values), spans.options(values)
    if values["refresh"] is not None:
        return Deferred(partial(spans.engine, values), first, windows=True)
    if independent(found):
        return Partial(found, options, first)
    return Deferred(partial(SpanAnalysis, found, options), first)


def _states(values: Values, first: bool) -> Any:
    from lttngx.shards.deferred import Deferred
    from lttngx.state.engines import engine
    return Deferred(partial(engine, values["model"], inventory(values["containers"])), first)


ANALYSES = {
    "counts": Analysis("count events by name", COUNTS_PARAMETERS, _counts, partial(Report, _render_counts)),
    "cputop": Analysis("CPU usage, as sink.lttngx.cputop", cputop.PARAMETERS, _cputop, partial(Report, cputop.render),
                       cputop.CputopSink),
    "sched": _windowed("scheduling latencies", SchedSink),
    "syscalls": _windowed("system calls", SyscallsSink),
    "irq": _windowed("interrupts", IrqSink),
    "io": _windowed("I/O", IoSink),
    "memory": _windowed("memory", MemorySink),
    "bandwidth": Analysis("bandwidth of sessions, channels and CPUs, as sink.lttngx.bandwidth", BANDWIDTH_PARAMETERS, bandwidth.part,
                          bandwidth.BandwidthReport, BandwidthSink, bandwidth.work, bandwidth.first_times),
    "spans": Analysis("spans, as sink.lttngx.spans", spans.PARAMETERS, _spans, partial(Report, spans.render), spans.SpansSink),
    "states": Analysis("state history, as sink.lttngx.states", states.PARAMETERS, _states, History, states.StatesSink),
}
