"""The CPU usage engine in parts: threads which fork, exec, exit, are freed and whose TIDs are used again, cut anywhere."""

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.analyses.cputop import CpuTop, Options
from lttngx.analyses.cputop_rows import Filters
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream, Trace
from playing import left, right, tree

STREAM = Stream(0, "k/channel0_0", 0, "channel0", "clock", Trace("t", "1", {"domain": "kernel"}))
HOST, INNER = 4026531836, 4026532280
CONTEXTS = ("procname", "pid", "ppid", "vtid", "pid_ns", "cgroup_ns")
# Event name → payload fields.
EVENTS = {
    "sched_switch": ("prev_comm", "prev_tid", "prev_prio", "prev_state", "next_comm", "next_tid", "next_prio"),
    "sched_process_fork": ("parent_comm", "parent_tid", "parent_pid", "parent_ns_inum", "child_comm", "child_tid", "child_pid",
                           "child_ns_inum", "vtids"),
    "sched_process_exec": ("filename", "tid", "old_tid"),
    "sched_process_exit": ("comm", "tid", "prio"),
    "sched_process_free": ("comm", "tid", "prio"),
    "sched_migrate_task": ("comm", "tid", "prio", "orig_cpu", "dest_cpu"),
    "lttng_statedump_process_state": ("tid", "vtid", "pid", "vpid", "ppid", "vppid", "name", "type", "mode", "submode", "status", "cpu"),
    "lttng_statedump_process_cgroup_ns": ("tid", "ns_inum"),
    "lttng_statedump_process_pid_ns": ("tid", "vtid", "vpid", "vppid", "ns_level", "ns_inum"),
}


def event_class(name: str) -> EventClass:
    def structure(names):
        return FieldClass(Kind.STRUCTURE, members=tuple((name, FieldClass(Kind.SIGNED)) for name in names))
    contexts = structure(("pid_ns", "cgroup_ns", "vtid")) if name == "sched_switch" else None
    return EventClass(name, list(EVENTS).index(name), scopes=(None, None, contexts, structure(EVENTS[name])))


CLASSES = {name: event_class(name) for name in EVENTS}
TIDS, CPUS = st.integers(1, 5), st.integers(0, 1)
NAMES = st.sampled_from(["a", "b", ""])
INUMS = st.sampled_from([HOST, INNER, 0])
PRIOS = st.integers(19, 22)


@st.composite
def histories(draw):
    """Events of a plausible machine: a switch's prev_tid is mostly who runs, the rest is anything."""
    running, time_ns, found = {0: 0, 1: 0}, 100, []
    for _ in range(draw(st.integers(4, 40))):
        time_ns += draw(st.integers(0, 3))
        name = draw(st.sampled_from([*EVENTS, "sched_switch", "sched_switch", "sched_process_fork", "loss"]))
        cpu = draw(CPUS)
        values = {"prio": draw(PRIOS), "comm": draw(NAMES), "tid": draw(TIDS)}
        if name == "sched_switch":
            following = draw(st.integers(0, 5))
            previous = running[cpu] if draw(st.integers(0, 9)) else draw(TIDS)
            values = {"prev_comm": draw(NAMES), "prev_tid": previous, "prev_prio": draw(PRIOS), "prev_state": 0, "next_comm": draw(NAMES),
                      "next_tid": following, "next_prio": draw(PRIOS), "pid_ns": draw(INUMS), "cgroup_ns": draw(INUMS),
                      "vtid": draw(st.integers(0, 2))}
            running[cpu] = following
        elif name == "sched_process_fork":
            child = draw(TIDS)
            values = {"parent_comm": "p", "parent_tid": draw(TIDS), "parent_pid": draw(TIDS), "parent_ns_inum": draw(INUMS),
                      "child_comm": draw(NAMES), "child_tid": child, "child_pid": draw(st.sampled_from([child, 1])),
                      "child_ns_inum": draw(INUMS), "vtids": draw(st.lists(st.integers(1, 3), max_size=2))}
        elif name == "sched_process_exec":
            values = {"filename": "/bin/" + draw(NAMES), "tid": draw(TIDS), "old_tid": draw(TIDS)}
        elif name.startswith("lttng_statedump"):
            values = {"tid": draw(TIDS), "vtid": draw(st.integers(1, 2)), "pid": draw(TIDS), "ppid": draw(TIDS), "name": draw(NAMES),
                      "ns_level": draw(st.integers(0, 1)), "ns_inum": draw(st.sampled_from([HOST, INNER]))}
        found.append((time_ns, name, cpu, values))
    # A trace ends with an event.
    return [*found, (time_ns + 5, "sched_migrate_task", 0, {"prio": 20, "comm": "a", "tid": 1})]


def play(events, options, begin_ns, end_ns):
    engine, calls, times = CpuTop(options), {}, []
    for time_ns, name, cpu, values in events:
        inside = begin_ns <= time_ns < end_ns
        if name == "loss" and time_ns < end_ns and (inside or time_ns + 4 > begin_ns):
            engine.discarded_events(STREAM, time_ns, time_ns + 4, 2 if inside else 0, cpu)
        if name == "loss" or not inside:
            continue
        times.append(time_ns)
        if name not in calls:
            calls[name] = engine.bind(CLASSES[name], STREAM)
            engine.cover(times[0], times[-1])
        bound = calls[name]
        bound.call(time_ns, cpu, *(value_of(CLASSES[name], path, values) for path in bound.paths))
    engine.cover(min(times, default=None), max(times, default=None))
    return engine


def value_of(found, path, values):
    if path is None:
        return None
    root = found.scopes[path.scope]
    return values.get(root.members[path.steps[0].index][0])


@settings(max_examples=150, deadline=None)
@given(events=histories(), cuts=st.lists(st.integers(100, 180), min_size=1, max_size=3, unique=True),
       fold=st.sampled_from([left, right, tree]))
def test_parts_are_the_whole(events, cuts, fold):
    options = Options(filters=Filters(limit=0))
    if not any(name == "sched_switch" for _, name, _, _ in events):
        return
    whole = play(events, options, 0, 1000).results()
    limits = [0, *sorted(cuts), 1000]
    parts = [pickle.loads(pickle.dumps(play(events, options, *limit))) for limit in zip(limits, limits[1:])]
    assert fold(CpuTop(options, first=True), parts).results() == whole
