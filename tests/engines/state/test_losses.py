"""Lost events on a recorded trace: what is told is certain only if a fact renewed it."""

from collections import defaultdict

import pytest
import state_recount as recount
from state_traces import recorded


@pytest.fixture(scope="module")
def lossy():
    return recorded("kernel-lost")


def test_losses_are_in_the_history_with_their_number(lossy):
    losses = lossy.history.losses()
    assert len(losses) >= 20
    assert sum(count for _, count in losses) == lossy.engine.lost_events > 1000


def test_nothing_of_before_a_loss_is_certain_after_it(lossy):
    for time, _ in lossy.history.losses():
        state = lossy.history.at(time)
        assert not [path for path, fact in state.items() if fact.certain and fact.since_ns < time]
        # The other CPUs' threads are stated again, files and containers are not.
        assert not [path for path, fact in state.items() if fact.certain and path.endswith("/container")]


def test_a_fact_makes_certain_again(lossy):
    switches = [(time, cpu, recount.number(payload, "next_tid")) for time, name, cpu, payload in recount.events(lossy.path)
                if name == "sched_switch"]
    for time, cpu, tid in switches[100:160]:
        state = lossy.history.at(time, "*s/*")
        assert state[f"CPUs/{cpu}/thread"].certain
        if tid:
            assert state[f"Threads/{tid}/name"].certain and state[f"Threads/{tid}/status"].certain


def test_what_is_certain_breaks_no_invariant(lossy):
    """Where both are certain, a CPU's thread and the thread's own state agree, and no thread runs twice."""
    begin, end = lossy.begin_ns, lossy.end_ns
    for step in range(1, 200):
        state = lossy.history.at(begin + (end - begin) * step // 200)
        running = defaultdict(list)
        for path, fact in state.items():
            if path.endswith("/thread") and fact.certain and fact.value:
                running[fact.value].append(path)
        assert all(len(cpus) == 1 for cpus in running.values())
        for tid in running:
            status = state.get(f"Threads/{tid}/status")
            assert status is None or not status.certain or status.value not in ("blocked", "wait-cpu", "preempted", "dead")


def test_uncertain_time_is_told_in_intervals(lossy):
    uncertain = sum(one.end_ns - max(one.uncertain_ns, one.begin_ns) for one in lossy.history.range(glob="CPUs/*/status")
                    if one.uncertain_ns is not None)
    total = sum(one.end_ns - one.begin_ns for one in lossy.history.range(glob="CPUs/*/status"))
    assert 0 < uncertain < total
