"""Partial results: merged parts of a trace tell what the whole trace tells."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from state_traces import TRACES

from lttngx.bt.reading import read
from lttngx.core.extraction import Extraction
from lttngx.state.history import Writer
from lttngx.state.kernel.model import KernelState
from lttngx.state.kernel.states import RUNNING
from lttngx.state.partial import Partial, merge
from lttngx.state.query import History
from lttngx.state.tree import ABSENT, ROOT

PATHS = ("", "CPUs/0/status", "Threads/7/name", "Threads/7/prio")


class Split:
    """Gives each event to the engine of its part."""

    per_stream = False

    def __init__(self, cuts):
        self.cuts = cuts
        self.engines = [KernelState() for _ in range(len(cuts) + 1)]

    def engine(self, time):
        return self.engines[sum(time >= cut for cut in self.cuts)]

    def bind(self, event_class, stream):
        bound = [engine.bind(event_class, stream) for engine in self.engines]
        if bound[0] is None:
            return None

        def call(time, cpu, *values):
            bound[sum(time >= cut for cut in self.cuts)].call(time, cpu, *values)
        return Extraction(call, bound[0].paths)

    def discarded_events(self, stream, begin_ns, end_ns, count):
        self.engine(begin_ns).discarded_events(stream, begin_ns, end_ns, count)

    discarded_packets = discarded_events


def head_end(part: Partial) -> int:
    """Return the time from which a part knows every CPU's thread."""
    first = {}
    for time, attribute, _ in part.changes:
        if part.paths[attribute].endswith("/thread"):
            first.setdefault(attribute, time)
    assert len(first) == 4
    return max(first.values()) + 1


def history_of(part: Partial) -> History:
    file = io.BytesIO()
    writer = Writer(file, {})
    writer.append(part.changes, part.paths)
    writer.close(part.end_ns)
    return History(file)


@pytest.fixture(scope="module")
def whole():
    engine = KernelState()
    extractor = read(engine, TRACES / "kernel-noctx")
    return engine.result(extractor.first_ns, extractor.last_ns + 1)


@pytest.fixture(scope="module")
def parts(whole):
    length = whole.end_ns - whole.begin_ns
    split = Split([whole.begin_ns + length * share // 10 for share in (3, 5)])
    read(split, TRACES / "kernel-noctx")
    bounds = [whole.begin_ns, *split.cuts, whole.end_ns]
    return [engine.result(begin, end) for engine, begin, end in zip(split.engines, bounds, bounds[1:])]


def test_merged_parts_tell_what_cpus_and_threads_did(whole, parts):
    one, merged = history_of(whole), history_of(KernelState.merge(parts))
    compared, heads = 0, [(part.begin_ns, head_end(part)) for part in parts]
    for share in range(1, 60):
        time = whole.begin_ns + (whole.end_ns - whole.begin_ns) * share // 60
        if any(begin <= time < end for begin, end in heads):
            continue
        for glob in ("CPUs/*/thread", "CPUs/*/status", "Threads/*/status", "Threads/*/name", "Threads/*/syscall", "Threads/*/pid"):
            expected, found = one.at(time, glob), merged.at(time, glob)
            for path, fact in expected.items():
                if path in found and RUNNING not in (fact.value, found[path].value):
                    assert found[path].value == fact.value, (path, share)
                    compared += 1
            assert len(found) >= len(expected) * 0.98
    assert compared > 10_000


def test_a_merge_resolves_what_a_part_could_not_know(parts):
    """A kernel thread, or one inside a system call when the part began, is not just "running"."""
    merged = KernelState.merge(parts[:2])
    before, after = (sum(value == RUNNING for _, _, value in changes)
                     for changes in (parts[1].changes, merged.changes[len(parts[0].changes):]))
    assert 0 < after < before


def test_merging_kernel_parts_is_associative(parts):
    left = KernelState.merge([KernelState.merge(parts[:2]), parts[2]])
    right = KernelState.merge([parts[0], KernelState.merge(parts[1:])])
    flat = KernelState.merge(parts)
    assert told(left) == told(right) == told(flat)


def told(part):
    return [(time, part.paths[attribute], value) for time, attribute, value in part.changes]


ROWS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", 1, ABSENT])), max_size=8)


@settings(max_examples=200)
@given(st.lists(ROWS, min_size=3, max_size=3))
def test_merging_is_associative_and_loses_no_fact(rows):
    parts, time = [], 0
    for part in rows:
        changes = []
        for attribute, value in part:
            time += 1
            changes.append((time, attribute, 5 if attribute == ROOT else value))
        parts.append(Partial(PATHS, tuple(changes), time - len(part), time + 1))
    flat = merge(parts)
    assert told(merge([merge(parts[:2]), parts[2]])) == told(merge([parts[0], merge(parts[1:])])) == told(flat)
    state = {}
    for part in parts:
        for _, attribute, value in part.changes:
            state[attribute] = value
    merged = {flat.paths[attribute]: value for _, attribute, value in flat.changes}
    assert merged == {PATHS[attribute]: value for attribute, value in state.items()}


def test_a_repeated_tail_is_no_change_but_after_a_loss():
    first = Partial(PATHS, ((1, 2, "sh"),), 0, 5)
    again = Partial(PATHS, ((7, 2, "sh"),), 5, 9)
    lost = Partial(PATHS, ((6, ROOT, 3), (7, 2, "sh")), 5, 9)
    assert merge([first, again]).changes == ((1, 2, "sh"),)
    assert merge([first, lost]).changes == ((1, 2, "sh"), (6, ROOT, 3), (7, 2, "sh"))
    assert (merge([first, again]).begin_ns, merge([first, again]).end_ns) == (0, 9)
