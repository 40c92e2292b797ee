"""Event names and fields of every version lead to the same canonical tracepoint."""

import pytest

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream, Trace
from lttngx.errors import TraceError
from lttngx.kernel.layouts import TRACEPOINTS, event_names, is_kernel, resolve, system_call

INTEGER = FieldClass(Kind.SIGNED, bits=32)


def structure(*names: str) -> FieldClass:
    return FieldClass(Kind.STRUCTURE, members=tuple((name, INTEGER) for name in names))


def event_class(name: str, payload: str = "", common: str = "", specific: str = "") -> EventClass:
    scopes = [None if text == "" else structure(*text.split()) for text in ("", common, specific, payload)]
    return EventClass(name, scopes=tuple(scopes))


# Field lists as the writers have them: LTTng-modules' own (2.0 without child_pid and vtids, 2.7 and later) and perf's.
SAME = [
    ("sched_switch", "prev_comm prev_tid prev_prio prev_state next_comm next_tid next_prio", "sched_switch"),
    ("sched:sched_switch", "prev_comm prev_pid prev_prio prev_state next_comm next_pid next_prio", "sched_switch"),
    ("sched_process_fork", "parent_comm parent_tid child_comm child_tid", "sched_process_fork"),
    ("sched_process_fork", "parent_comm parent_tid parent_pid parent_ns_inum child_comm child_tid _vtids_length vtids child_pid "
     "child_ns_inum", "sched_process_fork"),
    ("sched:sched_process_fork", "parent_comm parent_pid child_comm child_pid", "sched_process_fork"),
    ("softirq_entry", "vec", "irq_softirq_entry"),
    ("irq_softirq_entry", "vec", "irq_softirq_entry"),
    ("irq:softirq_entry", "vec", "irq_softirq_entry"),
    ("hrtimer_expire_entry", "hrtimer now function", "timer_hrtimer_expire_entry"),
    ("netif_receive_skb", "skbaddr len name", "net_if_receive_skb"),
    ("mm_page_alloc", "page order gfp_flags migratetype", "kmem_mm_page_alloc"),
    ("kmem_mm_page_alloc", "page pfn order gfp_flags migratetype", "kmem_mm_page_alloc"),
    ("block_rq_issue", "dev sector nr_sector bytes rwbs", "block_rq_issue"),
    ("block_rq_complete", "dev sector nr_sector errors rwbs", "block_rq_complete"),
    ("x86_irq_vectors_local_timer_entry", "vector", "x86_irq_vectors_local_timer_entry"),
]


@pytest.mark.parametrize("name, payload, canonical", SAME)
def test_resolves(name, payload, canonical):
    assert resolve(event_class(name, payload)).tracepoint.name == canonical


def test_perf_fork_fields_are_tids():
    layout = resolve(event_class("sched:sched_process_fork", "parent_comm parent_pid child_comm child_pid"))
    tid, pid = layout.fields("child_tid", "child_pid")
    assert tid.steps[0].index == 3
    assert pid is None


def test_renamed_field():
    path, = resolve(event_class("block_rq_complete", "dev sector nr_sector errors")).fields("error")
    assert path.steps[0].index == 3


def test_missing_required_field_is_named():
    with pytest.raises(TraceError, match=r'name="sched_switch", expected payload field next_tid or next_pid, got prev_comm'):
        resolve(event_class("sched_switch", "prev_comm prev_tid prev_prio next_comm next_prio"))


def test_unknown_event():
    assert resolve(event_class("my_app:request", "id")) is None


def test_contexts_of_lttng_and_perf():
    both = event_class("sched_wakeup", "tid", common="pid vpid", specific="pid")
    pid, vpid, vtid = resolve(both).contexts("pid", "vpid", "vtid")
    assert (pid.scope, vpid.scope, vtid) == (Scope.SPECIFIC_CONTEXT, Scope.COMMON_CONTEXT, None)
    perf = resolve(event_class("sched:sched_wakeup", "perf_ip perf_tid perf_pid comm pid"))
    pid, tid = perf.contexts("pid", "tid")
    assert (pid.scope, pid.steps[0].index, tid.steps[0].index) == (Scope.PAYLOAD, 2, 1)


def test_priority_scales():
    perf = resolve(event_class("sched:sched_pi_setprio", "comm pid oldprio newprio"))
    assert (perf.priority_offset, resolve(event_class("sched_pi_setprio", "tid newprio")).priority_offset) == (100, 0)


SYSTEM_CALLS = [
    ("syscall_entry_openat", ("entry", "openat", False)),
    ("syscall_exit_openat", ("exit", "openat", False)),
    ("compat_syscall_entry_openat", ("entry", "openat", True)),
    ("compat_syscall_exit_openat", ("exit", "openat", True)),
    ("sys_open", ("entry", "open", False)),
    ("compat_sys_open", ("entry", "open", True)),
    ("exit_syscall", ("exit", None, False)),
    ("syscalls:sys_enter_read", ("entry", "read", False)),
    ("raw_syscalls:sys_exit", ("exit", None, False)),
]


@pytest.mark.parametrize("name, expected", SYSTEM_CALLS)
def test_system_calls(name, expected):
    call = system_call(name)
    assert (call.phase, call.name, call.compat) == expected


@pytest.mark.parametrize("name", ["sched_switch", "lttng_statedump_start", "my_sys_call"])
def test_other_events_are_no_system_calls(name):
    assert system_call(name) is None


def test_newest_lttng_name_comes_first():
    assert event_names("irq_softirq_raise") == ("irq_softirq_raise", "softirq_raise", "irq:softirq_raise")


def test_every_event_name_stands_once():
    names = [row.name for row in TRACEPOINTS.values()]
    assert all(name in TRACEPOINTS for name in names)


@pytest.mark.parametrize("environment, expected", [({}, True), ({"domain": "kernel"}, True), ({"domain": "ust"}, False)])
def test_domain(environment, expected):
    assert is_kernel(Stream(trace=Trace(environment=environment))) is expected
