"""The state history against a naive one: a list of changes that is searched from its begin."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.errors import LttngxError
from lttngx.state.history import Writer
from lttngx.state.query import History
from lttngx.state.tree import ABSENT, ROOT, UNKNOWN, Fact, Tree

PATHS = ["", "CPUs/0/status", "CPUs/1/status", "Threads/7/name", "Threads/7/prio"]
VALUES = st.one_of(
    st.integers(-2**70, 2**70), st.integers(-9, 9), st.floats(allow_nan=False), st.text(max_size=4), st.just("a\udc80b"),
    st.sampled_from([ABSENT, UNKNOWN]))
CHANGES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), VALUES), max_size=60).map(
    lambda rows: [(time, attribute, 5 if attribute == ROOT else value)
                  for (_, attribute, value), time in zip(rows, _running(step for step, _, _ in rows))])


def _running(steps):
    total = 1000
    for step in steps:
        total += step
        yield total


def written(changes, paths=PATHS, chunk=4, end_ns=None):
    file = io.BytesIO()
    writer = Writer(file, {"model": "test"}, chunk)
    for start in range(0, len(changes), 7):
        writer.append(changes[start:start + 7], paths)
    writer.close(end_ns)
    return History(file)


def naive_at(changes, time_ns):
    state = {}
    for time, attribute, value in changes:
        if time > time_ns:
            break
        if attribute == ROOT:
            state = {path: Fact(fact.value, fact.since_ns, False) for path, fact in state.items()}
        else:
            state[PATHS[attribute]] = Fact(value, time, True)
    return {path: fact for path, fact in state.items() if fact.value is not UNKNOWN}


def same(left, right):
    """Equal, and of the same types: 1 is not 1.0."""
    return left == right and {p: type(f.value) for p, f in left.items()} == {p: type(f.value) for p, f in right.items()}


@settings(max_examples=200, deadline=None)
@given(CHANGES)
def test_state_at_any_time_is_the_naive_one(changes):
    history = written(changes)
    for time in range(998, (changes[-1][0] if changes else 1000) + 3):
        assert same(history.at(time), naive_at(changes, time)), time


@settings(max_examples=100, deadline=None)
@given(CHANGES, st.integers(995, 1100), st.integers(0, 60))
def test_intervals_tell_the_state_at_every_moment_of_a_range(changes, begin, length):
    history = written(changes, end_ns=2000)
    intervals = list(history.range(begin, begin + length))
    assert all(begin <= interval.begin_ns < interval.end_ns <= begin + length for interval in intervals)
    for time in range(begin, begin + length):
        told = [interval for interval in intervals if interval.begin_ns <= time < interval.end_ns]
        facts = {interval.path: (interval.value, interval.uncertain_ns is None or time < interval.uncertain_ns)
                 for interval in told}
        assert len(facts) == len(told)
        assert facts == {path: (fact.value, fact.certain) for path, fact in naive_at(changes, time).items()}


@given(CHANGES)
def test_changes_come_back_as_they_were(changes):
    assert list(written(changes).changes()) == changes


@given(CHANGES, st.integers(0, 400))
@settings(deadline=None)
def test_a_file_cut_short_is_read_up_to_its_last_whole_block(changes, cut):
    file = io.BytesIO()
    writer = Writer(file, {}, 4)
    writer.append(changes, PATHS)
    writer.close(None)
    whole = file.getvalue()
    if not 16 <= len(whole) - cut - 1:
        return
    history = History(io.BytesIO(whole[:len(whole) - cut - 1]))
    kept = list(history.changes())
    assert not history.complete and kept == changes[:len(kept)]
    assert len(kept) % 4 == 0 or kept == changes


def test_globs_choose_paths():
    changes = [(1, 1, "idle"), (1, 2, "user"), (2, 3, "sh")]
    assert set(written(changes).at(5, "CPUs/*")) == {"CPUs/0/status", "CPUs/1/status"}
    assert set(written(changes).at(5, "*/name")) == {"Threads/7/name"}
    assert [interval.path for interval in written(changes, end_ns=9).range(glob="CPUs/1/*")] == ["CPUs/1/status"]


def test_a_step_back_in_time_is_raised_to_the_time_reached():
    history = written([(10, 1, "a"), (8, 2, "b"), (12, 1, "c")])
    assert list(history.changes()) == [(10, 1, "a"), (10, 2, "b"), (12, 1, "c")]


def test_another_file_is_refused_with_its_expected_begin():
    with pytest.raises(LttngxError, match="not a state history: .*expected=b'lttngx states 1"):
        History(io.BytesIO(b"CTF" * 20))


def test_a_damaged_block_is_an_error_and_not_a_wrong_answer():
    file = io.BytesIO()
    writer = Writer(file, {}, 4)
    writer.append([(time, 1, time * 977) for time in range(1, 9)], PATHS)
    writer.close(None)
    data = bytearray(file.getvalue())
    chunk = History(io.BytesIO(data))._chunks[0]
    data[chunk.offset + 40] ^= 0xFF
    with pytest.raises(LttngxError, match="damaged state history"):
        History(io.BytesIO(data)).at(5)


def test_keyframes_keep_a_snapshot_from_reading_the_whole_log():
    changes = [(time, 1 + time % 4, time) for time in range(2000)]
    history = written(changes, chunk=4)
    reads = []
    chunk = history._chunk
    history._chunk = lambda block: reads.append(block) or chunk(block)
    history.at(1990)
    assert 0 < len(reads) <= 9


def test_put_records_changes_only_and_renewals_after_a_loss():
    tree = Tree()
    name = tree.attribute("Threads/7/name")
    for time, value in ((1, "sh"), (2, "sh"), (3, "ls")):
        tree.put(time, name, value)
    tree.lose(4, 17)
    assert not tree.certain("Threads/7/name") and tree.value("Threads/7/name") == "ls"
    tree.put(5, name, "ls")
    assert tree.take() == [(1, name, "sh"), (3, name, "ls"), (4, ROOT, 17), (5, name, "ls")]
    assert tree.certain("Threads/7/name") and tree.take() == []
