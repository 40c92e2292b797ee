"""Scheduling latencies by arithmetic on paper. Times are ns."""

import pytest
from kernel_events import enter, event, lose, measure, only, play, switch, wakeup, waking

from lttngx.analyses.filters import Filters
from lttngx.analyses.sched import Sched
from lttngx.analyses.windowed import Options
from lttngx.errors import ParameterError, TraceError

ALL = {"views": ("stats", "log"), "measures": Sched.MEASURES}
# Thread 5 leaves CPU 0 at 100, is woken by 7 on CPU 1 at 150/170, gets the CPU at 200.
PLAIN = [switch(90, 1, 0, 7), switch(100, 0, 5, 6), waking(150, 1, 5), wakeup(170, 1, 5), switch(200, 0, 6, 5, state=0, prio=15)]


def logged(result, key="latency"):
    """Return (thread, begin, end, …details) of each sample."""
    return [(row.thread[1], row.begin_ns, row.end_ns, *row.details) for row in measure(result, key).log]


def test_latency_is_split_at_the_wakeup():
    result = only(Sched(Options(**ALL)), PLAIN)
    assert logged(result) == [(5, 150, 200, 15, 0, "t7", 7, "thread")]
    assert [row[1:3] for row in logged(result, "path")] == [(150, 170)]
    assert [row[1:3] for row in logged(result, "queue")] == [(170, 200)]


def test_time_off_the_cpu_has_the_reason_of_prev_state():
    """1 is TASK_INTERRUPTIBLE, 2 TASK_UNINTERRUPTIBLE, 256 preempted (since Linux 4.14)."""
    events = [switch(100, 0, 5, 6, state=1), switch(110, 0, 6, 5, state=2), switch(130, 0, 5, 6, state=256),
              switch(170, 0, 6, 5, state=0)]
    result = only(Sched(Options(**ALL)), events)
    found = {(row.thread[1], row.label[0], row.duration_ns) for row in measure(result, "off-cpu").log}
    assert found == {(5, "blocked", 10), (6, "blocked-uninterruptible", 20), (5, "preempted", 40)}
    assert logged(result, "preemption") == [(5, 130, 170, 20, 0)]


def test_a_preempted_thread_without_wakeup_has_no_latency():
    """As in lttng-schedstats."""
    result = only(Sched(Options(**ALL)), [switch(100, 0, 5, 6, state=0), switch(170, 0, 6, 5)])
    assert logged(result) == []


def test_the_first_wakeup_since_the_thread_ran_counts():
    """A repeated wake-up, and one of a running thread, change nothing."""
    events = [switch(10, 1, 9, 7), switch(100, 0, 5, 6), wakeup(140, 1, 5), waking(150, 1, 5), wakeup(160, 1, 5),
              switch(200, 0, 6, 5), waking(210, 1, 5), switch(220, 0, 5, 6), switch(230, 0, 6, 5)]
    assert [row[1:3] for row in logged(only(Sched(Options(**ALL)), events))] == [(140, 200)]


def test_a_thread_running_since_before_the_trace_is_not_woken():
    """lttng-schedstats takes that for a wake-up: it does not know who runs before a CPU's first switch."""
    events = [waking(50, 1, 5), switch(100, 0, 5, 6), switch(200, 0, 6, 5)]
    assert logged(only(Sched(Options(**ALL)), events)) == []


def test_defect_31_handlers_are_the_wakers_context_not_the_interrupted_thread():
    events = [switch(10, 1, 0, 7), switch(100, 0, 5, 6), event(140, 1, "irq_softirq_entry", vec=3),
              event(145, 1, "irq_handler_entry", irq=4, name="x"), event(146, 1, "irq_handler_exit", irq=4, ret=1),
              waking(150, 1, 5), event(160, 1, "irq_softirq_exit", vec=3), switch(200, 0, 6, 5)]
    result = only(Sched(Options(**ALL, group_by=("waker",))), events)
    assert logged(result)[0][-3:] == ("t7", 7, "softirq")
    assert [group.values for group in measure(result, "latency").stats["waker"]] == [("t7", 7, "softirq")]


def test_a_handler_running_since_before_the_trace_is_the_context():
    events = [waking(150, 1, 5), event(160, 1, "irq_softirq_exit", vec=3), waking(165, 1, 6), switch(170, 1, 7, 0),
              switch(200, 0, 0, 5), switch(210, 0, 5, 6)]
    assert [row[-3:] for row in logged(only(Sched(Options(**ALL)), events))] == [("t7", 7, "softirq"), ("t7", 7, "thread")]


def test_defect_18_a_thread_first_known_from_a_wakeup_has_its_newest_name():
    events = [waking(50, 1, 5), switch(60, 0, 0, 5, next_comm="old"), switch(70, 0, 5, 0, prev_comm="new")]
    assert measure(only(Sched(Options(**ALL)), events), "latency").log[0].thread[:2] == ("new", 5)


def test_defect_18_a_reused_tid_is_another_thread():
    fork = {"parent_comm": "p", "parent_tid": 1, "child_comm": "c", "child_tid": 5, "child_pid": 5, "parent_pid": 1}
    events = [waking(50, 1, 5), switch(60, 0, 0, 5, next_comm="first"), switch(70, 0, 5, 0, prev_comm="first", state=16),
              event(80, 0, "sched_process_exit", comm="first", tid=5, prio=20),
              event(85, 0, "sched_process_free", comm="first", tid=5, prio=20),
              event(90, 0, "sched_process_fork", **fork), waking(95, 0, 5, "sched_wakeup_new"), switch(99, 0, 0, 5, next_comm="second")]
    result = only(Sched(Options(**ALL)), events)
    assert [(group.values[0], group.figures.total_ns) for group in measure(result, "latency").stats["thread"]] == [
        ("first", 10), ("second", 4)]


def test_defect_22_a_class_which_lacks_what_other_analyses_need_is_no_error():
    """block_rq_issue without tid, fork without child_pid (2.0), a trace without tracer version."""
    events = [event(1, 0, "block_rq_issue", dev=1, sector=2, nr_sector=8), enter(2, 0, "read", prefix="sys_"), *PLAIN,
              event(300, 0, "sched_process_fork", parent_comm="a", parent_tid=1, child_comm="b", child_tid=2)]
    assert len(logged(only(Sched(Options(**ALL)), events))) == 1


def test_defect_28_top_has_the_asked_number_of_rows_and_zero_is_all():
    events = [switch(10, 1, 0, 7), switch(20, 0, 5, 0)]
    for number in range(100):
        events += [waking(1000 * number + 100, 1, 5), switch(1000 * number + 200 + number, 0, 0, 5),
                   switch(1000 * number + 900, 0, 5, 0)]
    for limit, expected in ((3, [199, 198, 197]), (0, list(range(199, 99, -1)))):
        top = measure(only(Sched(Options(views=("top",), limit=limit)), events), "latency").top
        assert [row.duration_ns for row in top] == expected


def test_defect_29_losses_are_counted_and_what_they_touch_is_lossy():
    events = [*PLAIN[:3], lose(155, 0, 160, 12), *PLAIN[3:]]
    result = only(Sched(Options(**ALL)), events)
    assert result.losses.events == 12
    # Latency, path, queue and off-cpu; the queue began after the loss.
    assert result.outcomes == {"lossy": 3}


def test_issue_45_a_wakeup_long_before_the_window_counts_in_the_window_of_the_switch():
    """And its whole length: it says so in its row."""
    result = only(Sched(Options(**ALL, begin_ns=190, end_ns=300)), PLAIN)
    assert logged(result)[0][1:3] == (150, 200)
    assert logged(only(Sched(Options(**ALL, end_ns=200)), PLAIN)) == []


def test_defect_16_bounds_of_a_distribution_are_the_limits_given_in_ns():
    events = [switch(10, 1, 0, 7), switch(20, 0, 5, 0)]
    for number, latency in enumerate((5, 10, 19, 20, 30, 41)):
        events += [waking(1000 * number + 100, 1, 5), switch(1000 * number + 100 + latency, 0, 0, 5),
                   switch(1000 * number + 900, 0, 5, 0)]
    bins, = measure(only(Sched(Options(views=("freq",), min_ns=10, max_ns=40, resolution=3)), events), "latency").freq["thread"]
    assert (bins.lower_ns, bins.upper_ns, bins.counts) == (10, 40, (2, 1, 1))


def test_uniform_bins_have_the_bounds_of_all_groups():
    events = [switch(10, 1, 0, 7), switch(20, 0, 5, 0), switch(21, 2, 6, 0)]
    for number, (tid, cpu, latency) in enumerate(((5, 0, 10), (5, 0, 20), (6, 2, 30), (6, 2, 50))):
        events += [waking(1000 * number + 100, 1, tid), switch(1000 * number + 100 + latency, cpu, 0, tid),
                   switch(1000 * number + 900, cpu, tid, 0)]
    result = only(Sched(Options(views=("freq",), resolution=2, uniform=True)), events)
    assert {(bins.values[1], bins.lower_ns, bins.upper_ns, bins.counts) for bins in measure(result, "latency").freq["thread"]} == {
        (5, 10, 50, (2, 0)), (6, 10, 50, (0, 2))}
    single = only(Sched(Options(views=("freq",), resolution=2)), events)
    assert {(bins.values[1], bins.lower_ns, bins.upper_ns) for bins in measure(single, "latency").freq["thread"]} == {
        (5, 10, 20), (6, 30, 50)}


@pytest.mark.parametrize("group_by, values", [
    ("priority", {(15,): 50}), ("cpu", {(0,): 50}), ("total", {(): 50}), ("waker", {("t7", 7, "thread"): 50}),
    ("process", {("t5", None, None): 50})])
def test_groups(group_by, values):
    result = only(Sched(Options(**ALL, group_by=(group_by,))), PLAIN)
    assert {group.values: group.figures.total_ns for group in measure(result, "latency").stats[group_by]} == values


@pytest.mark.parametrize("filters, number", [
    (Filters(tids=frozenset({5})), 1), (Filters(tids=frozenset({6})), 0), (Filters(procnames=frozenset({"t5"})), 1),
    (Filters(cpus=frozenset({0})), 1), (Filters(cpus=frozenset({1})), 0), (Filters(pids=frozenset({5})), 0),
    (Filters(containers=frozenset({"unknown"})), 1)])
def test_filters(filters, number):
    assert len(logged(only(Sched(Options(**ALL, filters=filters)), PLAIN))) == number


def test_windows_are_aligned_and_hold_what_ends_in_them():
    engine = play(Sched(Options(**ALL, refresh_ns=60)), PLAIN)
    closed = list(engine.closed())
    windows = closed + engine.results()
    assert [(window.range.begin_ns, window.range.end_ns) for window in windows] == [(90, 150), (150, 200)]
    assert len(closed) == 1 and [len(logged(window)) for window in windows] == [0, 1]


def test_a_loss_behind_the_last_event_begins_an_empty_window():
    windows = play(Sched(Options(**ALL, refresh_ns=60)), [*PLAIN, lose(280, 0, 290, 3)]).results()
    assert [(window.range.begin_ns, window.range.end_ns, window.losses.events) for window in windows] == [
        (90, 150, 0), (150, 210, 0), (210, 270, 0), (270, 270, 3)]


def test_a_trace_without_switches_is_an_error():
    with pytest.raises(TraceError, match="event=sched_switch, expected at least one"):
        play(Sched(), [waking(1, 0, 5)]).results()


@pytest.mark.parametrize("options, message", [
    ({"group_by": ("nothing",)}, "name=group-by"), ({"views": ("nothing",)}, "name=view"), ({"refresh_ns": 0}, "name=refresh"),
    ({"min_ns": 5, "max_ns": 4}, "expected at most max-duration")])
def test_bad_options(options, message):
    with pytest.raises(ParameterError, match=message):
        Sched(Options(**options))
