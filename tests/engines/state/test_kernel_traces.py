"""The kernel model on recorded traces: invariants, and times against recounts from babeltrace2's text."""

from collections import defaultdict

import pytest
import state_recount as recount
from state_traces import Recorded, recorded

from lttngx.state.kernel import states
from lttngx.state.tree import ABSENT


@pytest.fixture(params=["kernel-ctx", "kernel-noctx"])
def trace(request) -> Recorded:
    return recorded(request.param)


def by_path(trace, glob):
    """Return path → its intervals, in order of time."""
    found = defaultdict(list)
    for interval in trace.history.range(trace.begin_ns, trace.end_ns, glob):
        found[interval.path].append(interval)
    return found


def spent(intervals, wanted):
    """Return ns the intervals hold a value for which wanted(value) is true."""
    return sum(one.end_ns - one.begin_ns for one in intervals if wanted(one.value))


def test_cpu_states_sum_up_to_the_window_from_the_first_switch_on(trace):
    first = {path.split("/")[1]: one[0].begin_ns for path, one in by_path(trace, "CPUs/*/thread").items()}
    assert len(first) == 4
    for path, intervals in by_path(trace, "CPUs/*/status").items():
        begin = first[path.split("/")[1]]
        assert {one.value for one in intervals} <= set(states.CPU_STATES), path
        assert sum(one.end_ns - max(one.begin_ns, begin) for one in intervals if one.end_ns > begin) == trace.end_ns - begin


def test_each_cpu_has_one_current_thread_from_its_first_switch_on(trace):
    threads = by_path(trace, "CPUs/*/thread")
    assert len(threads) == 4
    for intervals in threads.values():
        assert all(one.end_ns == later.begin_ns for one, later in zip(intervals, intervals[1:]))
        assert intervals[-1].end_ns == trace.end_ns


def test_a_thread_runs_on_one_cpu_at_most(trace):
    running = defaultdict(list)
    for path, intervals in by_path(trace, "CPUs/*/thread").items():
        for one in intervals:
            if one.value:
                running[one.value].append((one.begin_ns, one.end_ns, path))
    assert len(running) > 50
    for stretches in running.values():
        stretches.sort()
        assert all(one[1] <= later[0] for one, later in zip(stretches, stretches[1:]))


def test_thread_states_sum_up_to_its_life_and_agree_with_the_cpus(trace):
    current = defaultdict(int)
    for path, intervals in by_path(trace, "CPUs/*/thread").items():
        for one in intervals:
            current[str(one.value) if one.value else f"0_{path.split('/')[1]}"] += one.end_ns - one.begin_ns
    for path, intervals in by_path(trace, "Threads/*/status").items():
        assert {one.value for one in intervals} - {ABSENT} <= set(states.ON_CPU) | set(states.OFF_CPU), path
        assert all(one.end_ns == later.begin_ns for one, later in zip(intervals, intervals[1:])), path
        on_cpu = spent(intervals, lambda value: value in states.ON_CPU)
        off_cpu = spent(intervals, lambda value: value in states.OFF_CPU)
        gone = spent(intervals, lambda value: value is ABSENT)
        assert on_cpu + off_cpu + gone == trace.end_ns - intervals[0].begin_ns
        assert on_cpu == current[path.split("/")[1]], path


def test_cpu_times_agree_with_a_recount(trace):
    expected = recount.cpu_times(trace.path)
    first, last = {}, {}
    for time, name, cpu, _ in recount.events(trace.path):
        if name == "sched_switch":
            first.setdefault(cpu, time)
            last[cpu] = time
    measured = defaultdict(int)
    for path, intervals in by_path(trace, "CPUs/*/thread").items():
        cpu = int(path.split("/")[1])
        for one in intervals:
            measured[cpu, one.value] += max(0, min(one.end_ns, last[cpu]) - max(one.begin_ns, first[cpu]))
    assert {key: ns for key, ns in measured.items() if ns} == {key: ns for key, ns in expected.items() if ns}


def test_interrupt_times_agree_with_a_recount(trace):
    for entry, exit, field, glob in (("irq_handler_entry", "irq_handler_exit", "irq", "CPUs/*/irqs/*"),
                                     ("irq_softirq_entry", "irq_softirq_exit", "vec", "CPUs/*/softirqs/*")):
        expected = recount.handler_times(trace.path, entry, exit, field)
        measured = {(int(path.split("/")[1]), int(path.split("/")[3])): spent(
            intervals, lambda value: value is not ABSENT and "running" in value)
            for path, intervals in by_path(trace, glob).items()}
        assert {key: ns for key, ns in measured.items() if ns} == expected
        assert len(expected) >= 2


def test_system_call_times_agree_with_a_recount(trace):
    expected = recount.call_times(trace.path)
    measured = defaultdict(int)
    for path, intervals in by_path(trace, "Threads/*/syscall").items():
        for one in intervals:
            if one.value is not ABSENT and one.end_ns < trace.end_ns:
                measured[int(path.split("/")[1]), one.value] += one.end_ns - one.begin_ns
    assert len(expected) > 100
    assert {key: (ns, measured[key]) for key, ns in expected.items() if ns != measured[key]} == {}
    # What is left are calls which do not return.
    assert {call for tid, call in measured if (tid, call) not in expected} <= {"exit", "exit_group", "execve"}


def test_waits_agree_with_a_recount_of_prev_state(trace):
    expected = defaultdict(int)
    words = {0: "wait-cpu", 1: "blocked", 2: "blocked-uninterruptible", 4: "stopped", 16: "dead", 32: "dead", 64: "parked",
             128: "blocked-idle", 256: "preempted"}
    for (tid, prev_state), count in recount.waits(trace.path).items():
        if tid and words[prev_state] not in ("wait-cpu",):
            expected[tid, words[prev_state]] += count
    measured = defaultdict(int)
    for path, intervals in by_path(trace, "Threads/*/status").items():
        tid = path.split("/")[1]
        before = None
        for one in intervals:
            if before in states.ON_CPU and one.value in states.OFF_CPU and one.value != "wait-cpu" and "_" not in tid:
                measured[int(tid), one.value] += 1
            before = one.value
    assert {word for _, word in expected} >= {"blocked", "preempted", "blocked-idle"}
    assert {key: (count, measured[key]) for key, count in expected.items() if count != measured[key]} == {}
