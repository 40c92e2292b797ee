"""CPU time accounting, by arithmetic on paper: one or two CPUs, a few switches."""

import pytest

from lttngx.analyses.cputop import NO_SWITCH, CpuTop, Options
from lttngx.analyses.cputop_rows import Filters
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream, Trace
from lttngx.errors import ParameterError, TraceError

STREAM = Stream(trace=Trace(uuid="u"))
FIELDS = {
    "sched_switch": "prev_comm prev_tid prev_prio next_comm next_tid next_prio",
    "sched_migrate_task": "comm tid prio",
    "sched_pi_setprio": "comm tid newprio",
    "sched_process_exec": "filename tid old_tid",
    "sched_process_fork": "parent_tid parent_pid parent_ns_inum child_comm child_tid child_pid vtids child_ns_inum",
}
LOSE = "lose"


def play(engine: CpuTop, events) -> CpuTop:
    """Feed (time, cpu, event name, values by field) or (begin, cpu, LOSE, end, count)."""
    for time_ns, cpu, name, *values in events:
        if name == LOSE:
            engine.discarded_events(STREAM, time_ns, values[0], values[1], cpu)
            continue
        members = tuple((field, FieldClass(Kind.SIGNED, bits=32)) for field in FIELDS[name].split())
        extraction = engine.bind(EventClass(name, scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=members))), STREAM)
        order = [members[path.steps[0].index][0] if path else None for path in extraction.paths]
        extraction.call(time_ns, cpu, *(values[0].get(field) for field in order))
    return engine


def switch(time_ns, cpu, prev, following, prio=20):
    return (time_ns, cpu, "sched_switch", {
        "prev_comm": f"t{prev}", "prev_tid": prev, "prev_prio": 20, "next_comm": f"t{following}", "next_tid": following,
        "next_prio": prio})


def results(events, cover=None, **options):
    engine = CpuTop(Options(**options))
    if cover:
        engine.cover(*cover)
    return play(engine, events).results()


def times(result) -> dict[int, int]:
    return {row.tid: row.cpu_time_ns for row in result.threads}


def cpus(result) -> dict[int, tuple[int, int, int]]:
    return {row.cpu: (row.cpu_time_ns, row.idle_ns, row.unknown_ns) for row in result.cpus}


PLAIN = [switch(100, 0, 0, 5), switch(130, 0, 5, 6), switch(150, 0, 6, 0), switch(190, 0, 0, 5)]


def test_idle_before_the_first_switch_is_idle():
    """Defect 1 of lttng-analyses: it counts [50, 100) as busy."""
    result, = results(PLAIN, cover=(50, 200))
    assert times(result) == {5: 30 + 10, 6: 20}
    assert cpus(result) == {0: (60, 90, 0)}
    assert result.total_usage == 60 / 150


def test_previous_task_ran_before_the_first_switch():
    result, = results([switch(100, 0, 7, 5)], cover=(50, 110))
    assert times(result) == {7: 50, 5: 10}


def test_requested_range_is_the_denominator():
    """Defect 4: the slice that runs when the range begins and ends counts."""
    result, = results(PLAIN, cover=(50, 200), begin_ns=110, end_ns=140)
    assert times(result) == {5: 20, 6: 10}
    assert (result.range.begin_ns, result.range.end_ns, result.threads[0].usage) == (110, 140, 20 / 30)


def test_range_beyond_the_trace_is_unknown():
    result, = results(PLAIN, cover=(50, 200), begin_ns=0, end_ns=300)
    assert cpus(result) == {0: (60, 90, 150)}


def test_a_thread_that_runs_through_a_window_without_a_switch():
    """Defect 3: it has 0 % there, and its CPU is not listed."""
    windows = results([switch(0, 0, 0, 5), switch(350, 0, 5, 0), switch(400, 0, 0, 6)], begin_ns=0, end_ns=400, refresh_ns=100)
    assert [times(window).get(5) for window in windows] == [100, 100, 100, 50]
    assert [cpus(window)[0] for window in windows] == [(100, 0, 0), (100, 0, 0), (100, 0, 0), (50, 50, 0)]


def test_windows_are_aligned_to_the_begin():
    windows = results([switch(130, 0, 0, 5), switch(390, 0, 5, 0)], begin_ns=50, refresh_ns=100, cover=(100, 400))
    assert [(w.range.begin_ns, w.range.end_ns) for w in windows] == [(50, 150), (150, 250), (250, 350), (350, 400)]
    assert [cpus(window)[0] for window in windows] == [(20, 30, 50), (100, 0, 0), (100, 0, 0), (40, 10, 0)]


def test_first_switch_of_a_cpu_reaches_back_over_windows():
    windows = results([switch(0, 0, 0, 5), switch(250, 1, 9, 0), switch(300, 0, 5, 0)], begin_ns=0, end_ns=300, refresh_ns=100)
    assert [times(window).get(9, 0) for window in windows] == [100, 100, 50]


def test_a_cpu_only_mentioned_is_not_counted():
    """Defect 5: sched_migrate_task names CPUs, which then weigh in the total."""
    migrate = (120, 0, "sched_migrate_task", {"comm": "t5", "tid": 5, "prio": 20})
    result, = results([switch(100, 0, 0, 5), migrate, switch(200, 0, 5, 0)])
    assert list(cpus(result)) == [0]
    assert (result.total_usage, result.threads[0].migrations) == (1.0, 1)


def test_a_loss_makes_its_stretch_unknown():
    """Recorded until 120; [120, 160) is lost, the switch at 140 inside it proves nothing; then 6 ran from 160 to
    170."""
    events = [switch(100, 0, 0, 5), (120, 0, LOSE, 160, 3), switch(140, 0, 8, 9), switch(170, 0, 6, 0), switch(200, 0, 0, 5)]
    result, = results(events)
    assert times(result) == {5: 20, 6: 10}
    assert cpus(result) == {0: (30, 30, 40)}
    assert result.losses.events == 3


def test_a_loss_without_a_later_switch_stays_unknown():
    result, = results([switch(100, 0, 0, 5), (120, 0, LOSE, 130, 1)], cover=(100, 200))
    assert cpus(result) == {0: (20, 0, 80)}


def test_a_loss_on_one_cpu_leaves_the_other_alone():
    result, = results([switch(100, 0, 0, 5), switch(100, 1, 0, 6), (120, 1, LOSE, 150, 1), switch(200, 0, 5, 0)])
    assert cpus(result) == {0: (100, 0, 0), 1: (20, 0, 80)}


def test_a_loss_on_an_unknown_cpu_touches_all():
    result, = results([switch(100, 0, 0, 5), switch(100, 1, 0, 6), (120, -1, LOSE, 150, 1), switch(200, 0, 5, 0)])
    assert cpus(result) == {0: (70, 0, 30), 1: (20, 0, 80)}


def test_a_loss_in_a_channel_without_switches_is_only_counted():
    engine = play(CpuTop(), [switch(100, 0, 0, 5)])
    engine.discarded_events(Stream(class_id=1, trace=STREAM.trace), 120, 150, 9, 0)
    result, = play(engine, [switch(200, 0, 5, 0)]).results()
    assert (cpus(result), result.losses.events) == ({0: (100, 0, 0)}, 9)


def test_an_unreported_loss_is_unknown():
    """At 150 thread 6 is switched out, though 5 was running."""
    result, = results([switch(100, 0, 0, 5), switch(150, 0, 6, 0), switch(200, 0, 0, 5)])
    assert cpus(result) == {0: (0, 50, 50)}


def test_reused_tid_is_another_thread():
    fork = (150, 0, "sched_process_fork", {"parent_tid": 5, "parent_pid": 5, "child_comm": "new", "child_tid": 6, "child_pid": 6})
    result, = results([switch(100, 0, 0, 6), switch(130, 0, 6, 5), fork, switch(160, 0, 5, 6), switch(180, 0, 6, 0)])
    assert sorted((row.tid, row.cpu_time_ns) for row in result.threads) == [(5, 30), (6, 20), (6, 30)]


def test_exec_by_another_thread_keeps_the_slice():
    """Thread 6 of process 5 calls execve at 130 and is 5 from then on."""
    execve = (130, 0, "sched_process_exec", {"filename": "/bin/program", "tid": 5, "old_tid": 6})
    result, = results([switch(100, 0, 0, 6), execve, switch(170, 0, 5, 0), switch(180, 0, 0, 5)])
    assert times(result) == {5: 40, 6: 30}
    assert cpus(result) == {0: (70, 10, 0)}


def test_name_is_the_newest_and_idle_is_no_thread():
    renamed = (150, 0, "sched_switch", {"prev_comm": "dd", "prev_tid": 5, "prev_prio": 20, "next_comm": "swapper/0", "next_tid": 0,
                                        "next_prio": 20})
    result, = results([switch(100, 0, 0, 5), renamed])
    assert [(row.tid, row.name) for row in result.threads] == [(5, "dd")]


def test_priorities_of_the_window():
    boost = (120, 0, "sched_pi_setprio", {"comm": "t5", "tid": 5, "newprio": -3})
    windows = results([switch(100, 0, 0, 5), boost, switch(230, 0, 5, 0), switch(250, 0, 0, 6)], begin_ns=100, end_ns=300,
                      refresh_ns=100, cover=(100, 300))
    assert [dict((row.tid, row.priorities) for row in window.threads) for window in windows] == [
        {5: (-3, 20)}, {5: (-3, 20), 6: (20,)}]


@pytest.mark.parametrize("filters, rows", [
    (Filters(tids=frozenset({6})), {6: 20}), (Filters(procnames=frozenset({"t5"})), {5: 40}), (Filters(limit=1), {5: 40}),
    (Filters(cpus=frozenset({1})), {}), (Filters(containers=frozenset({"web"})), {})])
def test_filters_choose_rows_and_leave_the_accounting(filters, rows):
    """Defect 2: lttng-cputop's filters add bogus rows."""
    result, = results(PLAIN, cover=(50, 200), filters=filters)
    assert times(result) == rows
    assert result.total_usage == 60 / 150


def test_closed_windows_are_given_while_it_runs():
    engine = CpuTop(Options(begin_ns=0, refresh_ns=100))
    play(engine, [switch(0, 0, 0, 5), switch(150, 0, 5, 6)])
    first = list(engine.closed())
    play(engine, [switch(420, 0, 6, 0)])
    assert [times(window) for window in first] == [{5: 100}]
    assert [times(window) for window in engine.closed()] == [{5: 50, 6: 50}, {6: 100}, {6: 100}]
    assert [times(window) for window in engine.results()] == [{6: 20}]


def test_without_switches_it_says_what_to_enable():
    with pytest.raises(TraceError, match="lttng enable-event --kernel sched_switch") as caught:
        CpuTop().results()
    assert str(caught.value) == NO_SWITCH


@pytest.mark.parametrize("options", [{"begin_ns": 5, "end_ns": 5}, {"begin_ns": 9000}, {"refresh_ns": 0}])
def test_bad_ranges(options):
    with pytest.raises(ParameterError):
        results(PLAIN, **options)


def test_packet_bounds_limit_heads_and_tails():
    """CPU 1 was recorded in [120, 180) only."""
    engine = CpuTop()
    engine.cover(100, 200)
    engine.packet_begins(STREAM, 1, 120)
    play(engine, [switch(100, 0, 0, 5), switch(150, 1, 7, 8), switch(200, 0, 5, 0)])
    engine.packet_ends(STREAM, 1, 180)
    result, = engine.results()
    assert times(result) == {5: 100, 7: 30, 8: 30}
    assert cpus(result)[1] == (60, 0, 40)


def test_a_loss_behind_the_last_event_is_in_a_window_of_its_own():
    """Windows of 100 ns; the last event is at 190, 7 events are lost in [320, 330)."""
    found = results([*PLAIN, (320, 0, LOSE, 330, 7)], refresh_ns=100)
    assert [(one.range.begin_ns, one.range.end_ns, one.losses.events) for one in found] == [
        (100, 190, 0), (200, 200, 0), (300, 300, 7)]
