"""Sched, syscalls, irq, io and memory on recorded traces: parts merge to the whole, windows add up, results do not depend on the core."""

import pickle
import random
from collections import Counter

import pytest
from feeding import Recording
from graphs import ExtractingSink, chain, run
from recorded import TRACES

from lttngx.analyses.io import Io, IoOptions
from lttngx.analyses.irq import Irq, IrqOptions
from lttngx.analyses.memory import Memory, MemoryOptions
from lttngx.analyses.sched import Sched
from lttngx.analyses.syscalls import SyscallOptions, Syscalls
from lttngx.analyses.windowed import Options

ENGINES = {
    "sched": (Sched, Options, {"group_by": ("thread", "waker", "priority"), "measures": Sched.MEASURES}),
    "syscalls": (Syscalls, SyscallOptions, {"group_by": ("thread", "process", "cpu"), "arguments": (("openat", "flags"),)}),
    "irq": (Irq, IrqOptions, {"group_by": ("total", "cpu"), "measures": Irq.MEASURES}),
    "io": (Io, IoOptions, {"group_by": ("thread", "process", "file", "cpu")}),
    "memory": (Memory, MemoryOptions, {"group_by": ("thread", "container", "order")}),
}
NAMES = ("kernel-ctx", "kernel-lost", "perf-sched")
# perf-sched has scheduling events only.
CASES = [(kind, name) for kind in ("sched", "syscalls", "irq", "io") for name in NAMES if kind == "sched" or name != "perf-sched"]
# kernel-noctx has no contexts, but file tables in its statedump.
CASES += [("io", "kernel-noctx"), ("memory", "kernel-noctx"), ("memory", "kernel-lost")]


@pytest.fixture(scope="module")
def recordings():
    return {(kind, name): Recording(TRACES / name, lambda: engine(kind)) for kind, name in CASES}


def engine(kind, **options):
    make, make_options, given = ENGINES[kind]
    return make(make_options(views=make.VIEWS, **{"limit": 0} | given | options))


def sums(usage):
    """Return each number of each row that is not 0."""
    found, numbers = Counter(), len(usage.usage.numbers)
    for dimension, rows in usage.rows.items():
        for row in rows:
            found.update({(dimension, row[:-numbers], at): value for at, value in enumerate(row[-numbers:])})
    return {key: value for key, value in found.items() if value}


def merged(parts, source):
    """Merge neighbours in a random order."""
    while len(parts) > 1:
        at = source.randrange(len(parts) - 1)
        parts[at].merge(parts.pop(at + 1))
    return parts[0]


@pytest.mark.parametrize("kind, name", CASES)
def test_parts_merge_to_the_whole(recordings, kind, name):
    """Cut anywhere, pickled, merged in any order, with windows: the same result, samples and outcomes included."""
    recording, source = recordings[kind, name], random.Random(f"{kind} {name}")
    length = recording.last_ns - recording.first_ns
    options = {"begin_ns": recording.first_ns, "refresh_ns": length // 4 + 1}
    whole = recording.play(engine(kind, **options)).results()
    times = sorted({step[2] for step in recording.steps if step[0] == "event"})
    for _ in range(12):
        cuts = [recording.first_ns, *sorted(source.sample(times, source.choice((1, 2, 4)))), recording.last_ns + 1]
        parts = [pickle.loads(pickle.dumps(recording.play(engine(kind, **options), *bounds))) for bounds in zip(cuts, cuts[1:])]
        assert merged(parts, source).results() == whole, cuts


@pytest.mark.parametrize("kind, name", CASES)
def test_windows_add_up(recordings, kind, name):
    recording = recordings[kind, name]
    whole, = recording.play(engine(kind)).results()
    windows = recording.play(engine(kind, refresh_ns=(recording.last_ns - recording.first_ns) // 7)).results()
    assert len(windows) in (7, 8)
    found = {measure.key: measure.log for measure in whole.measures}
    for key, log in found.items():
        parts = [row for window in windows for measure in window.measures if measure.key == key for row in measure.log]
        assert sorted(parts, key=repr) == sorted(log, key=repr)
    for usage in whole.usages:
        parts = Counter()
        for other in (other for window in windows for other in window.usages if other.key == usage.key):
            parts.update(sums(other))
        assert sums(usage) == {key: value for key, value in parts.items() if value}
    for name in whole.outcomes:
        assert sum(window.outcomes.get(name, 0) for window in windows) == whole.outcomes[name]


@pytest.mark.parametrize("kind, name", CASES)
def test_extract_feeds_the_engines(core, recordings, kind, name):
    one, extractors = engine(kind), []

    def consumer(upstream, mip):
        extractors.append(core.Extractor(upstream, one, mip=mip))
        return extractors[0].consume

    run(chain(TRACES / name, (ExtractingSink, consumer)))
    one.cover(extractors[0].first_ns, extractors[0].last_ns)
    assert one.results() == recordings[kind, name].play(engine(kind)).results()


def test_off_cpu_time_and_time_on_it_are_the_whole(recordings):
    """For each thread: between its first and its last switch, off-CPU durations and slices leave no gap (brute force)."""
    recording = recordings["sched", "kernel-ctx"]
    result, = recording.play(engine("sched", measures=("off-cpu",))).results()
    off = {}
    for row in result.measures[0].log:
        off[row.thread[1]] = off.get(row.thread[1], 0) + row.duration_ns
    expected, left = {}, {}
    for step in recording.steps:
        if step[0] == "event" and recording.classes[step[1]][0].name == "sched_switch":
            time_ns, values = step[2], step[4]
            if values[4] in left:
                expected[values[4]] = expected.get(values[4], 0) + time_ns - left.pop(values[4])
            left[values[1]] = time_ns
    expected.pop(0, None)
    assert off == expected and len(off) > 20


def test_merging_refuses_what_cannot_be_merged(recordings):
    recording = recordings["irq", "kernel-ctx"]
    one = recording.play(engine("irq"))
    one.results()
    for other in (recording.play(engine("irq")), recording.play(engine("irq", limit=3))):
        with pytest.raises(ValueError, match="Cannot merge parts"):
            one.merge(other)
