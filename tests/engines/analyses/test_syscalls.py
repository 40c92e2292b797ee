"""System calls by arithmetic on paper. Times are ns."""

import pytest
from kernel_events import enter, event, leave, lose, measure, only, play, switch

from lttngx.analyses.filters import Filters
from lttngx.analyses.syscalls import SyscallOptions, Syscalls, errors_by_name
from lttngx.errors import TraceError
from lttngx.kernel.calls import call_name

STATS = {"views": ("stats", "log")}


def result_of(events, **options):
    return only(Syscalls(SyscallOptions(**STATS | options)), events)


def calls(result):
    """Return (thread, call, begin, end, time off the CPU) of each call."""
    return [(row.thread[1], row.label[0], row.begin_ns, row.end_ns, row.details[2]) for row in measure(result, "call").log]


def rows(result, dimension="total"):
    return {group.values: group.figures for group in measure(result, "call").stats[dimension]}


RUN = [switch(10, 0, 0, 5)]


def test_time_off_the_cpu_inside_a_call():
    """5 enters at 100, is off the CPU in [120, 150) and [160, 165), returns at 180 on another CPU."""
    events = [*RUN, enter(100, 0, "read"), switch(120, 0, 5, 0), switch(150, 1, 0, 5), switch(160, 1, 5, 6, state=0),
              switch(165, 1, 6, 5), leave(180, 1, "read", 7)]
    result = result_of(events)
    assert calls(result) == [(5, "read", 100, 180, 35)]
    assert rows(result)["read",].part_ns == 35


def test_without_switches_but_with_the_context_tid():
    """Nothing is said of the time off the CPU."""
    events = [enter(100, 0, "read", context={"tid": 5}), enter(110, 0, "read", context={"tid": 6}),
              leave(120, 1, "read", context={"tid": 5}), leave(150, 0, "read", context={"tid": 6})]
    result = result_of(events)
    found = [(row.thread[1], row.duration_ns, row.details) for row in measure(result, "call").log]
    assert found == [(5, 20, (1, 0, None)), (6, 40, (0, 0, None))]
    assert rows(result)["read",].part_ns is None


def test_who_ran_before_a_cpus_first_switch_is_its_prev_tid():
    """lttng-syscallstats drops such calls."""
    assert calls(result_of([enter(100, 0, "read"), leave(120, 0, "read"), enter(130, 0, "write"), switch(140, 0, 5, 6),
                            switch(150, 0, 6, 5), leave(160, 0, "write")])) == [
        (5, "read", 100, 120, 0), (5, "write", 130, 160, 10)]


def test_defect_9_errors_are_counted_once_each():
    """Five calls, lttng-syscallstats says EAGAIN 2 and success 5."""
    events = list(RUN)
    for number, ret in enumerate((3, 4, -11, 0, 140737000000000)):
        events += [enter(100 * number + 100, 0, "read"), leave(100 * number + 110, 0, "read", ret)]
    figures = rows(result_of(events))["read",]
    assert figures.count == 5 and errors_by_name(figures.tallies) == {"EAGAIN": 1}


def test_errors_inside_the_kernel_have_names():
    assert errors_by_name({516: 1, 2: 3, 4000: 1}) == {"ENOENT": 3, "ERESTART_RESTARTBLOCK": 1, "4000": 1}


def test_defect_13_compat_calls_are_counted_apart():
    events = [*RUN, enter(100, 0, "read", "compat_syscall_entry_"), leave(130, 0, "read", -9, "compat_syscall_exit_"),
              enter(140, 0, "read"), leave(145, 0, "read")]
    assert {call: figures.total_ns for (call,), figures in rows(result_of(events)).items()} == {"read (32-bit)": 30, "read": 5}


@pytest.mark.parametrize("prefix, exit_name", [("sys_", "exit_syscall"), ("compat_sys_", "exit_syscall")])
def test_old_tracers_do_not_name_exits(prefix, exit_name):
    events = [*RUN, enter(100, 0, "read", prefix), event(130, 0, exit_name, ret=0)]
    assert [row[3] for row in calls(result_of(events))] == [130]


def test_calls_known_by_number_are_named_with_their_arguments():
    """324 and 334 are membarrier and rseq on x86-64."""
    def call(time_ns, number, ret, *args):
        registers = [*args, 0, 0, 0, 0, 0, 0][:6]
        return [event(time_ns, 0, "syscall_entry_unknown", id=number, args=registers),
                event(time_ns + 5, 0, "syscall_exit_unknown", id=number, ret=ret, args=registers)]
    events = [*RUN, *call(100, 324, 0, 8, 0), *call(110, 324, 0, 8, 0), *call(120, 324, -22, 1 << 30), *call(130, 334, 0, 9, 32, 1),
              *call(140, 999, 0)]
    named = {call: figures.count for (call,), figures in rows(result_of(events)).items()}
    assert named == {"membarrier": 3, "rseq": 1, "unknown (999)": 1}
    arguments = (("membarrier", "cmd"), ("rseq", "flags"))
    named = {call: figures.count for (call,), figures in rows(result_of(events, arguments=arguments)).items()}
    assert named == {"membarrier(cmd = PRIVATE_EXPEDITED)": 2, "membarrier(cmd = 1073741824)": 1, "rseq(flags = UNREGISTER)": 1,
                     "unknown (999)": 1}


def test_numbers_of_32_bit_calls():
    assert (call_name(375, compat=True), call_name(375), call_name(435), call_name(435, compat=True)) == (
        "membarrier", "unknown (375)", "clone3", "clone3")


def test_grouping_by_a_fields_value():
    events = list(RUN)
    for number, fd in enumerate((3, 3, 4)):
        events += [enter(100 * number + 100, 0, "read", fd=fd, count=1), leave(100 * number + 110, 0, "read")]
    assert {call: figures.count for (call,), figures in rows(result_of(events, arguments=(("read", "fd"),))).items()} == {
        "read(fd = 3)": 2, "read(fd = 4)": 1}


def test_mismatched_exit_and_replaced_entry():
    """An exit of another call; an entry while a call is open."""
    result = result_of([*RUN, enter(100, 0, "read"), leave(130, 0, "write"), enter(140, 0, "read"), enter(150, 0, "close"),
                        leave(160, 0, "close")])
    assert calls(result) == [(5, "close", 150, 160, 0)]
    assert result.outcomes == {"calls": 1, "unfinished": 2, "mismatched": 1, "unmatched_exits": 0, "child_returns": 0, "lossy": 0}


def test_exits_by_design():
    """execve()'s exit may be named by another table; exit() and rt_sigreturn() have none; a child returns from clone()."""
    fork = {"parent_comm": "t5", "parent_tid": 5, "parent_pid": 5, "child_comm": "t6", "child_tid": 6, "child_pid": 6}
    events = [*RUN, enter(100, 0, "execve"), leave(130, 0, "brk"), enter(140, 0, "clone"), event(145, 0, "sched_process_fork", **fork),
              leave(150, 0, "clone", 6), enter(160, 0, "rt_sigreturn"), enter(170, 0, "exit_group"), switch(180, 0, 5, 6),
              leave(190, 0, "clone", 0)]
    result = result_of(events)
    assert [row[1] for row in calls(result)] == ["execve", "clone"]
    assert result.outcomes == {"calls": 2, "unfinished": 0, "mismatched": 0, "unmatched_exits": 0, "child_returns": 1, "lossy": 0}
    assert result.unfinished == ()


def test_a_reused_tid_is_a_child_wherever_the_trace_is_cut():
    """6 ends and is freed; whoever is 6 later returns from clone() without an entry. The later part alone knows no end of a 6."""
    events = [switch(10, 0, 5, 6), enter(20, 0, "read"), leave(30, 0, "read"), event(40, 0, "sched_process_exit", comm="t6", tid=6),
              switch(50, 0, 6, 5), event(60, 0, "sched_process_free", comm="t6", tid=6), switch(70, 0, 5, 6), leave(80, 0, "clone", 0),
              enter(90, 0, "write"), leave(95, 0, "write"), switch(100, 0, 6, 5), switch(110, 0, 5, 6), leave(120, 0, "write")]
    whole = result_of(events)
    assert whole.outcomes == {"calls": 2, "unfinished": 0, "mismatched": 0, "unmatched_exits": 1, "child_returns": 1, "lossy": 0}
    for cut in range(1, len(events)):
        first, second = (play(Syscalls(SyscallOptions(**STATS)), part) for part in (events[:cut], events[cut:]))
        assert first.merge(second).results() == [whole], cut


def test_durations_are_of_no_thread_where_nobody_asks_for_one():
    """There are as many cells as calls, however many threads; the total is the one which is shown beside the threads'."""
    events = [*RUN]
    for at in range(50):
        begin = 100 * at + 100
        events += [enter(begin, 0, "read"), leave(begin + 10 + at, 0, "read", -(at % 3)), switch(begin + 90, 0, 5 + at, 6 + at)]
    engine = play(Syscalls(SyscallOptions()), events)
    assert len(engine.windows[0].cells["call"]) == 1
    total, = engine.results()
    by_thread = only(Syscalls(SyscallOptions(group_by=("total", "thread"))), events)
    assert rows(total) == rows(by_thread) and len(rows(by_thread, "thread")) == 50
    assert rows(total)["read",].tallies == {1: 17, 2: 16}
    one = only(Syscalls(SyscallOptions(filters=Filters(tids=frozenset({7})))), events)
    assert rows(one)["read",].count == 1


def test_execve_of_a_thread_takes_its_leaders_tid():
    events = [switch(10, 0, 0, 6), enter(100, 0, "execve"), event(120, 0, "sched_process_exec", filename="/bin/x", tid=5, old_tid=6),
              leave(130, 0, "execve")]
    assert calls(result_of(events)) == [(5, "execve", 100, 130, 0)]


def test_defect_29_open_calls_and_losses_are_shown():
    events = [*RUN, enter(100, 0, "read"), lose(110, 0, 115, 3), leave(120, 0, "read"), switch(130, 0, 5, 6), enter(150, 0, "futex"),
              switch(180, 0, 6, 5)]
    result = result_of(events)
    assert result.losses.events == 3 and result.outcomes["lossy"] == 1
    assert result.unfinished == (("t6", 6, None, None, "futex", 150, 30),)


def test_defect_20_a_statedump_of_file_tables_is_no_error():
    """LTTng-modules 2.12 and later: file_descriptor has no pid."""
    events = [event(5, 0, "lttng_statedump_file_descriptor", file_table_address=1, fd=3, filename="/x"), *RUN, enter(100, 0, "read"),
              leave(130, 0, "read")]
    assert len(calls(result_of(events))) == 1


def test_a_call_counts_in_the_window_of_its_exit():
    events = [*RUN, enter(100, 0, "read"), leave(230, 0, "read")]
    assert calls(result_of(events, begin_ns=200, end_ns=231)) == [(5, "read", 100, 230, 0)]
    assert calls(result_of(events, begin_ns=100, end_ns=230)) == []


def test_rows_by_thread_process_and_container():
    state = {"tid": 5, "pid": 4, "ppid": 1, "name": "t5"}
    events = [*RUN, event(11, 0, "lttng_statedump_process_state", **state), enter(100, 0, "read"), leave(130, 0, "read")]
    result = result_of(events, group_by=("thread", "process", "container", "cpu"))
    assert rows(result, "thread").keys() == {("t5", 5, 4, None, "read")}
    assert rows(result, "process").keys() == {("t5", 4, None, "read")}
    assert rows(result, "container").keys() == {(None, "unknown", "read")}
    assert rows(result, "cpu").keys() == {(0, "read")}
    assert calls(result_of(events, filters=Filters(pids=frozenset({4})))) and not calls(
        result_of(events, filters=Filters(pids=frozenset({5}))))


def test_limits_of_duration():
    events = [*RUN, enter(100, 0, "read"), leave(130, 0, "read"), enter(200, 0, "read"), leave(210, 0, "read")]
    assert [row[2] for row in calls(result_of(events, min_ns=30))] == [100]
    assert [row[2] for row in calls(result_of(events, max_ns=29))] == [200]


def test_a_trace_without_calls_is_an_error():
    with pytest.raises(TraceError, match="syscall_entry_"):
        play(Syscalls(), RUN).results()
