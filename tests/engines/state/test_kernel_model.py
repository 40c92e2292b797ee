"""The kernel model, one rule at a time."""

import pytest
from state_events import Machine

from lttngx.errors import ParameterError
from lttngx.state.kernel.annotations import ANNOTATIONS
from lttngx.state.kernel.model import KernelState
from lttngx.state.kernel.states import PrevStates
from lttngx.state.tree import ABSENT, ROOT, UNKNOWN


@pytest.fixture
def machine():
    return Machine(KernelState())


def value(machine, path):
    return machine.engine.tree.value(path)


# (kernel release, prev_state, state): include/linux/sched.h and fs/proc/array.c of the releases.
PREV_STATES = [
    ("6.1.0-47-amd64", 0, "wait-cpu"), ("6.1.0-47-amd64", 256, "preempted"), ("6.1.0-47-amd64", 1, "blocked"),
    ("6.1.0-47-amd64", 2, "blocked-uninterruptible"), ("6.1.0-47-amd64", 4, "stopped"), ("6.1.0-47-amd64", 8, "stopped"),
    ("6.1.0-47-amd64", 16, "dead"), ("6.1.0-47-amd64", 32, "dead"), ("6.1.0-47-amd64", 64, "parked"),
    ("6.1.0-47-amd64", 128, "blocked-idle"), ("4.14.0", 256, "preempted"), ("4.14.0", 64, "parked"),
    ("3.10.0-514", 1024, "preempted"), ("3.10.0-514", 64, "dead"), ("3.10.0-514", 512, "parked"),
    ("3.10.0-514", 130, "blocked-uninterruptible"), ("4.4.0-21", 2048, "preempted"), ("4.11.0", 4096, "preempted"),
    ("4.11.0", 0, "wait-cpu"), ("2.6.38", 1, "blocked"), (None, 256, "preempted"),
]


@pytest.mark.parametrize("release, prev_state, state", PREV_STATES)
def test_prev_state_means_what_the_kernel_release_says(release, prev_state, state):
    assert PrevStates(release)[prev_state] == state


def test_prev_state_labels_win_over_the_release():
    assert PrevStates("4.4.0", {"TASK_RUNNING": 0, "TASK_REPORT_MAX": 256})[256] == "preempted"
    assert PrevStates("4.4.0")[256] == "wait-cpu"


def test_a_thread_waits_runs_and_is_preempted(machine):
    machine.switch(10, 0, 5, 6)
    assert value(machine, "Threads/5/status") == "blocked" and value(machine, "Threads/6/status") == "running"
    machine(11, 1, "sched_wakeup", comm="t5", tid=5, prio=20, target_cpu=1)
    assert value(machine, "Threads/5/status") == "wait-cpu" and value(machine, "Threads/5/cpu") == 1
    machine.switch(12, 0, 6, 7, 256)
    machine.switch(13, 1, 0, 5, 0)
    assert value(machine, "Threads/6/status") == "preempted"
    assert value(machine, "CPUs/1/thread") == 5 and value(machine, "Threads/0_1/status") == "wait-cpu"


def test_a_wake_up_of_a_running_thread_changes_nothing(machine):
    machine.switch(10, 0, 5, 6)
    machine(11, 1, "sched_waking", comm="t6", tid=6, prio=20, target_cpu=0)
    assert value(machine, "Threads/6/status") == "running"


def test_interrupts_nest_and_hide_what_is_below(machine):
    machine.switch(10, 0, 5, 6)
    machine.call(11, 0, "getpid", 6)
    machine(20, 0, "irq_softirq_raise", vec=3)
    machine(21, 0, "irq_softirq_entry", vec=3)
    assert (value(machine, "CPUs/0/status"), value(machine, "Threads/6/status")) == ("softirq", "interrupted")
    machine(22, 0, "irq_handler_entry", irq=24, name="disk")
    machine(23, 0, "irq_softirq_raise", vec=3)
    assert value(machine, "CPUs/0/status") == "irq" and value(machine, "CPUs/0/softirqs/3") == "running+raised"
    machine(24, 0, "irq_handler_exit", irq=24, ret=1)
    assert value(machine, "CPUs/0/status") == "softirq" and value(machine, "CPUs/0/irqs/24") is ABSENT
    machine(25, 0, "irq_softirq_exit", vec=3)
    assert (value(machine, "CPUs/0/status"), value(machine, "Threads/6/status")) == ("user", "user")
    assert value(machine, "CPUs/0/softirqs/3") == "raised" and value(machine, "IRQs/24/name") == "disk"


def test_x86_vectors_are_interrupts_of_their_own(machine):
    machine.switch(10, 0, 5, 6)
    machine(11, 0, "x86_irq_vectors_local_timer_entry", vector=236)
    assert value(machine, "CPUs/0/irqs/local_timer") == "running" and value(machine, "CPUs/0/status") == "irq"
    machine(12, 0, "x86_irq_vectors_local_timer_exit", vector=236)
    assert value(machine, "CPUs/0/status") == "running"


def test_an_exit_without_entry_changes_nothing(machine):
    machine.switch(10, 0, 5, 6)
    machine(11, 0, "irq_handler_exit", irq=24, ret=1)
    machine(12, 0, "irq_softirq_exit", vec=3)
    assert value(machine, "CPUs/0/status") == "running"


def test_a_system_call_stays_open_while_its_thread_waits(machine):
    machine.switch(10, 0, 0, 6)
    machine(11, 0, "syscall_entry_read", fd=3, count=1)
    machine.switch(12, 0, 6, 0)
    assert value(machine, "CPUs/0/status") == "idle" and value(machine, "Threads/6/syscall") == "read"
    machine.switch(13, 1, 0, 6)
    assert value(machine, "Threads/6/status") == "syscall"
    machine(14, 1, "syscall_exit_read", ret=1, buf=0)
    assert value(machine, "Threads/6/syscall") is ABSENT and value(machine, "CPUs/1/status") == "user"


def test_a_call_of_a_thread_not_known_yet_is_told_at_the_next_switch(machine):
    machine(10, 0, "syscall_entry_read", fd=3, count=1)
    assert value(machine, "CPUs/0/status") == "syscall"
    machine.switch(11, 0, 6, 7)
    assert value(machine, "Threads/6/syscall") == "read"
    machine.switch(12, 0, 7, 6)
    assert value(machine, "Threads/6/status") == "syscall"


def test_names_of_system_calls_before_2_6(machine):
    machine.switch(10, 0, 0, 6)
    machine(11, 0, "sys_open", filename="/etc/passwd", flags=0, mode=0)
    assert value(machine, "Threads/6/syscall") == "open"
    machine(12, 0, "exit_syscall", ret=4)
    assert value(machine, "Threads/6/syscall") is ABSENT and value(machine, "Processes/6/files/4") == "/etc/passwd"


def test_a_child_starts_inside_its_parents_call_with_its_facts(machine):
    machine.switch(10, 0, 0, 6)
    machine(11, 0, "syscall_entry_clone", flags=0x1200011)
    machine.fork(12, 0, 6, 7, parent_ns_inum=4026531836, child_ns_inum=4026531836, vtids=[7])
    assert value(machine, "Threads/7/status") == "wait-cpu" and value(machine, "Threads/7/syscall") == "clone"
    assert [value(machine, f"Threads/7/{name}") for name in ("pid", "ppid", "cpu", "container")] == [7, 6, 0, "[HOST]"]
    machine.switch(13, 0, 6, 7, 256)
    machine(14, 0, "syscall_exit_clone", ret=0)
    assert value(machine, "Threads/7/status") == "user"


def test_a_reused_tid_keeps_nothing_of_the_thread_before(machine):
    machine.switch(10, 0, 0, 6)
    machine.fork(11, 0, 6, 7)
    machine(12, 0, "sched_process_exec", filename="/usr/bin/a-very-long-program", tid=7, old_tid=7)
    assert value(machine, "Threads/7/name") == "a-very-long-pro"
    machine(13, 0, "syscall_entry_clone", flags=0)
    machine(13, 0, "sched_process_exit", comm="x", tid=7, prio=20)
    machine(14, 0, "sched_process_free", comm="x", tid=7, prio=20)
    assert value(machine, "Threads/7/name") is ABSENT and value(machine, "Threads/7/status") is ABSENT
    machine.fork(15, 0, 6, 7, parent_pid=6, child_pid=6)
    assert [value(machine, f"Threads/7/{name}") for name in ("name", "pid", "status")] == ["p", 6, "wait-cpu"]


def test_exec_of_a_thread_takes_its_leaders_tid(machine):
    machine.fork(10, 1, 6, 8, parent_pid=6, child_pid=6)
    machine.switch(11, 0, 0, 8)
    machine(12, 0, "syscall_entry_execve", filename="/bin/ls")
    machine(13, 0, "sched_process_exec", filename="/bin/ls", tid=6, old_tid=8)
    assert value(machine, "CPUs/0/thread") == 6 and value(machine, "Threads/6/syscall") == "execve"
    assert value(machine, "Threads/6/name") == "ls" and value(machine, "Threads/8/status") is ABSENT


def test_statedump_does_not_overrule_events(machine):
    machine.switch(10, 0, 5, 6)
    state = {"type": 0, "mode": 5, "submode": 0, "status": 5, "cpu": 3}
    machine(11, 1, "lttng_statedump_process_state", tid=6, pid=4, ppid=1, name="six", **state)
    machine(12, 1, "lttng_statedump_process_state", tid=9, pid=9, ppid=2, name="kworker", **state | {"type": 1})
    assert value(machine, "Threads/6/status") == "running" and value(machine, "Threads/6/pid") == 4
    assert value(machine, "Threads/9/status") == "blocked" and value(machine, "Threads/9/cpu") == 3
    machine.switch(13, 0, 6, 9)
    assert value(machine, "CPUs/0/status") == "kernel"


def test_power_events_name_their_own_cpu(machine):
    machine(10, 0, "power_cpu_frequency", state=2400000, cpu_id=3)
    machine(11, 0, "power_cpu_idle", state=2, cpu_id=1)
    assert value(machine, "CPUs/3/frequency") == 2400000 and value(machine, "CPUs/1/idle-state") == 2
    machine(12, 0, "power_cpu_idle", state=0xFFFFFFFF, cpu_id=1)
    assert value(machine, "CPUs/1/idle-state") is ABSENT


def test_wake_up_priorities_before_2_7_1_are_brought_to_scale():
    for version, prio, expected in (((2, 7, 0), 120, 20), ((2, 7, 1), 20, 20)):
        machine = Machine(KernelState(), **dict(zip(("tracer_major", "tracer_minor", "tracer_patchlevel"), version)))
        machine(10, 0, "sched_wakeup", comm="a", tid=6, prio=prio, target_cpu=0)
        assert value(machine, "Threads/6/prio") == expected


def test_after_lost_events_everything_is_uncertain_but_the_other_cpus(machine):
    machine.switch(10, 0, 0, 6)
    machine.switch(11, 1, 0, 7)
    machine.engine.discarded_events(machine.stream, 12, 15, 3)
    machine(13, 1, "power_cpu_idle", state=1, cpu_id=1)
    machine(13, 1, "irq_softirq_raise", vec=1)
    tree = machine.engine.tree
    assert not tree.certain("CPUs/0/thread") and not tree.certain("Threads/6/name") and not tree.certain("Threads/7/name")
    assert tree.certain("CPUs/1/thread") and tree.certain("Threads/7/status")
    current = machine.engine.annotator(["tid", "procname"])
    assert current(0) == (UNKNOWN, UNKNOWN) and current(1) == (7, "t7")
    machine.switch(16, 0, 8, 6)
    assert tree.certain("CPUs/0/thread") and tree.certain("Threads/6/name") and current(0) == (6, "t6")
    assert (12, ROOT, 3) in tree.take() and machine.engine.lost_events == 3


def test_lost_packets_hold_an_unknown_number_of_events(machine):
    machine.switch(10, 0, 0, 6)
    machine.engine.discarded_packets(machine.stream, 12, 15, 2)
    machine.engine.finish()
    assert (12, ROOT, ABSENT) in machine.engine.tree.take()
    assert (machine.engine.lost_events, machine.engine.lost_packets) == (0, 2)


def test_a_thread_found_on_another_cpu_leaves_the_first(machine):
    machine.switch(10, 0, 0, 6)
    machine.switch(11, 1, 0, 6)
    assert value(machine, "CPUs/0/thread") is UNKNOWN and value(machine, "CPUs/1/thread") == 6


# Annotations

def test_annotations_are_those_of_before_an_event(machine):
    current = machine.engine.annotator(list(ANNOTATIONS))
    assert current(0) == (UNKNOWN,) * len(ANNOTATIONS)
    machine.switch(10, 0, 0, 6, ctx={"pid": 0, "ppid": 0, "pid_ns": 4026531836})
    machine.switch(11, 0, 6, 7, 256, ctx={"pid": 5, "ppid": 1, "pid_ns": 4026532000, "vtid": 2, "hostname": "web"})
    machine(12, 0, "syscall_entry_read", fd=1)
    machine.switch(13, 0, 7, 6)
    values = dict(zip(ANNOTATIONS, current(0)))
    assert values == {"tid": 6, "pid": 5, "procname": "t6", "prio": 20, "syscall": UNKNOWN, "container": "web",
                      "container-type": "unknown", "cpu-state": "running"}


@pytest.mark.parametrize("names, absent", [
    (("tid",), ("sched_waking_", "syscall_entry_read", "irq_handler_entry", "lttng_statedump_process_state")),
    (("tid", "procname"), ("syscall_entry_read", "irq_softirq_entry", "power_cpu_idle")),
    (("syscall",), ("irq_softirq_entry", "lttng_statedump_file_descriptor")),
])
def test_an_engine_asked_for_little_subscribes_to_little(names, absent):
    machine = Machine(KernelState(names, record=False))
    fields = {"vec": 1, "irq": 1, "state": 1, "cpu_id": 0, "fd": 1, "tid": 1, "pid": 1}
    for name in absent:
        machine(1, 0, name, **fields)
    assert set(machine.bound.values()) == {None}
    machine.switch(2, 0, 0, 6)
    assert machine.engine.annotator(names)(0)[0] in (6, UNKNOWN) and machine.engine.tree.take() == []


def test_cpus_whose_annotations_may_have_changed_are_told(machine):
    machine.switch(10, 0, 0, 6)
    assert machine.engine.touched == {0}
    machine.engine.touched.clear()
    machine(11, 1, "sched_wakeup", comm="t9", tid=9, prio=20, target_cpu=1)
    assert machine.engine.touched == set()
    machine(12, 1, "sched_pi_setprio", comm="t6", tid=6, oldprio=20, newprio=5)
    assert machine.engine.touched == {0} and machine.engine.annotator(["prio"])(0) == (5,)


def test_an_unknown_annotation_is_refused_by_name():
    with pytest.raises(ParameterError, match='unknown state value: name="uid", known=.*procname'):
        KernelState(["uid"])
