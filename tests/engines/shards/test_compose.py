"""Parts of every trace, cut anywhere and joined in any grouping, are the whole: exactly, for every analysis.

An analysis is fed by the rules of a window (`playing`), which tests/pipelines/test_shards.py holds against real readers.
"""

import functools
import io

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lttngx.analyses.counts import EventCounts
from lttngx.analyses.cputop import CpuTop, Options
from lttngx.analyses.cputop_rows import Filters
from lttngx.analyses.io import Io, IoOptions
from lttngx.analyses.irq import Irq, IrqOptions
from lttngx.analyses.memory import Memory, MemoryOptions
from lttngx.analyses.sched import Sched
from lttngx.analyses.syscalls import SyscallOptions, Syscalls
from lttngx.analyses.windowed import Options as Windows
from lttngx.errors import LttngxError
from lttngx.render import counts, cputop, durations, spans
from lttngx.shards.deferred import Deferred
from lttngx.spans import packs, period_syntax
from lttngx.spans.analysis import SpanAnalysis
from lttngx.spans.partials import Partial
from lttngx.spans.views import Options as Views
from lttngx.state.history import Writer
from lttngx.state.kernel.model import KernelState
from lttngx.state.query import History
from playing import Played, left, right, tree
from recorded import TRACES, unpacked

PLACES = {"kernel-rotated": "archives", "kernel-asmall": "kernel"}
KERNEL = ("kernel-ctx", "kernel-noctx", "kernel-lost", "kernel-rotated", "perf-sched", "ctf18-kernel")
USER = ("ctf18-ust", "ctf18-rotated", "ctf2-ust-multi", "ust-spans")
PACKS = packs.definitions(["irq", "softirq", "wakeup", "block", "net"])
SYSCALLS = packs.definitions(["syscalls"])
REQUESTS = period_syntax.definitions(['span : $evt.$name == "app:begin" : $evt.$name == "app:end" && $evt.id == $begin.$evt.id'], [])
NESTED = period_syntax.definitions([
    'call : $evt.$name =* "syscall_entry_*" : $evt.$name =* "syscall_exit_*" && $evt.cpu_id == $begin.$evt.cpu_id',
    'switch(call) : $evt.$name == "sched_switch" && $evt.cpu_id == $parent.$begin.$evt.cpu_id : '
    '$evt.$name == "sched_switch" && $evt.cpu_id == $begin.$evt.cpu_id'], [])
SHOWN = Views(("log", "top", "stats", "freq", "explain"), limit=50)
USAGE = Options(filters=Filters(limit=0))


def shown_spans(joined):
    return [spans.document(result) for result in joined.results()]


def shown_durations(joined):
    return [durations.document(result) for result in joined.results()]


def all_of(analysis, options=Windows):
    """Return a maker of an analysis with all that it can show."""
    return lambda first: analysis(options(views=analysis.VIEWS, measures=analysis.MEASURES, group_by=analysis.DIMENSIONS))


def shown_states(joined):
    """Return what a history file says."""
    engine, file = joined.engine, io.BytesIO()
    engine.finish(joined.last_ns)
    writer = Writer(file, {})
    writer.append(engine.tree.take(), engine.tree.paths)
    writer.close(joined.last_ns + 1)
    return list(History(file).changes()), engine.tree.paths, engine.lost_events, engine.lost_packets


# Analysis → (makes a part, shows the joined result, traces).
ANALYSES = {
    "counts": (lambda first: EventCounts(), lambda joined: counts.document(*joined.results()), KERNEL + USER),
    "cputop": (lambda first: CpuTop(USAGE, first), lambda joined: cputop.document(*joined.results()), KERNEL[:-1]),
    "sched": (all_of(Sched), shown_durations, KERNEL),
    "syscalls": (all_of(Syscalls, SyscallOptions), shown_durations, KERNEL[:3]),
    "irq": (all_of(Irq, IrqOptions), shown_durations, KERNEL[2:4]),
    "io": (all_of(Io, IoOptions), shown_durations, KERNEL[:3]),
    "memory": (all_of(Memory, MemoryOptions), shown_durations, ("kernel-noctx", "kernel-lost")),
    "calls in all": (lambda first: Syscalls(SyscallOptions()), shown_durations, KERNEL[:3]),
    "spans": (lambda first: Partial(PACKS, SHOWN, first), shown_spans, KERNEL[:-2]),
    "spans of a program": (lambda first: Partial(REQUESTS, SHOWN, first), shown_spans, ("ust-spans",)),
    "spans by tracked thread": (lambda first: Deferred(functools.partial(SpanAnalysis, SYSCALLS, SHOWN), first), shown_spans,
                                ("kernel-ctx", "kernel-lost")),
    "nested spans": (lambda first: Deferred(functools.partial(SpanAnalysis, NESTED, SHOWN), first), shown_spans, ("kernel-lost",)),
    "states": (lambda first: Deferred(KernelState, first), shown_states, ("kernel-ctx", "kernel-lost", "kernel-rotated")),
}
CASES = [(analysis, trace) for analysis, (_, _, traces) in ANALYSES.items() for trace in traces]


@functools.cache
def played(analysis, trace):
    """Return a trace as an analysis is told of it, and the result of one pass."""
    make, show, _ = ANALYSES[analysis]
    path = unpacked(trace) / PLACES[trace] if trace in PLACES else TRACES / trace
    recorded = Played(path, lambda: make(False))
    return recorded, show(left(make(True), [recorded.play(make(False))]))


@pytest.mark.parametrize("analysis, trace", CASES)
@settings(max_examples=6, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_parts_are_the_whole(analysis, trace, data):
    make, show, _ = ANALYSES[analysis]
    recorded, whole = played(analysis, trace)
    places = data.draw(st.lists(st.integers(0, len(recorded.times) - 1), min_size=1, max_size=5))
    cuts = [recorded.times[place] + data.draw(st.integers(0, 1)) for place in places]
    fold = data.draw(st.sampled_from([left, right, tree]))
    assert show(fold(make(True), recorded.parts(lambda: make(False), cuts))) == whole


@pytest.mark.parametrize("analysis", [analysis for analysis, (_, _, traces) in ANALYSES.items() if "kernel-lost" in traces])
@pytest.mark.parametrize("fold", [left, right, tree])
def test_a_part_may_hold_a_loss_and_nothing_else(analysis, fold):
    make, show, _ = ANALYSES[analysis]
    recorded, whole = played(analysis, "kernel-lost")
    cuts = [begin_ns + after for begin_ns in recorded.losses_ns[::9] for after in (0, 1)]
    assert show(fold(make(True), recorded.parts(lambda: make(False), cuts))) == whole


@pytest.mark.parametrize("analysis, trace", [("cputop", "kernel-lost"), ("spans", "kernel-ctx"), ("counts", "ctf2-ust-multi")])
def test_one_pass_of_a_first_part_is_what_joined_parts_are(analysis, trace):
    """Parts are merged into an empty first part; a first part which is fed itself, as a sink's, gives the same."""
    make, show, _ = ANALYSES[analysis]
    recorded, whole = played(analysis, trace)
    assert show(recorded.play(make(True))) == whole


def test_a_journal_of_another_machine_is_refused():
    first, second = (CpuTop(USAGE) for _ in range(2))
    first.facts.namespaces.host_name, second.facts.namespaces.host_name = "one", "two"
    with pytest.raises(LttngxError, match='one machine, got hostname="one" and "two"'):
        first.merge(second)
