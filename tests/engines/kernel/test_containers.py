"""Container identity, names and types: facts on paper, and the recorded machine's own runtimes' word."""

import json

import pytest
from feeding import Recording
from recorded import TRACES, true_containers

from lttngx.analyses.cputop import CpuTop, Options
from lttngx.core.classes import Stream, Trace
from lttngx.errors import ParameterError, TraceError
from lttngx.kernel.containers import Containers, read_inventory
from lttngx.kernel.facts import HANDLERS, Facts
from lttngx.kernel.namespaces import HOST_CGROUP_NS, HOST_PID_NS
from lttngx.kernel.supervisors import cgroup_type, shim_type

OUTER, INNER = 4026532410, 4026532472


def told(*events) -> Facts:
    """Return the facts of (tracepoint, {field: value}) events."""
    facts = Facts()
    for name, values in events:
        handler, fields = HANDLERS[name]
        assert values.keys() <= set(fields)
        handler(facts)(0, 0, *(values.get(field) for field in fields))
    return facts


def dump(tid, ppid, name):
    return "lttng_statedump_process_state", {"tid": tid, "pid": tid, "ppid": ppid, "name": name}


def levels(tid, *inums, vtid=1):
    """The statedump of a thread's name spaces as LTTng-modules 2.12 records it, the deepest first."""
    depth = len(inums) - 1
    return [("lttng_statedump_process_pid_ns", {"tid": tid, "vtid": vtid, "ns_level": depth - at, "ns_inum": inum})
            for at, inum in enumerate(inums)]


def old_dump(tid, ppid, name, *inums):
    """The same as LTTng-modules 2.7 to 2.11 record it."""
    depth = len(inums) - 1
    return [("lttng_statedump_process_state",
             {"tid": tid, "pid": tid, "ppid": ppid, "name": name, "vtid": 1, "ns_level": depth - at, "ns_inum": inum})
            for at, inum in enumerate(inums)]


def container_of(facts: Facts, tid: int):
    return Containers(facts.threads, facts.namespaces).of(facts.threads.get(tid))


@pytest.mark.parametrize("events", [
    [dump(10, 1, "containerd-shim"), *levels(10, HOST_PID_NS, vtid=10), dump(20, 10, "unshare"), *levels(20, OUTER, HOST_PID_NS),
     dump(30, 20, "burn"), *levels(30, INNER, OUTER, HOST_PID_NS)],
    [*old_dump(10, 1, "containerd-shim", HOST_PID_NS), *old_dump(20, 10, "unshare", OUTER, HOST_PID_NS),
     *old_dump(30, 20, "burn", INNER, OUTER, HOST_PID_NS)],
])
def test_nesting_from_statedumps(events):
    facts = told(*events)
    outer, inner = container_of(facts, 20), container_of(facts, 30)
    assert (outer.type, outer.pid_ns, outer.parent) == ("containerd", OUTER, None)
    assert (inner.type, inner.pid_ns, inner.parent) == ("unshare", INNER, OUTER)
    assert container_of(facts, 10).name == "[HOST]"


def test_new_container_by_forks():
    fork = {"parent_ns_inum": HOST_PID_NS, "child_ns_inum": HOST_PID_NS}
    facts = told(
        dump(5, 1, "lxc-start"), *levels(5, HOST_PID_NS, vtid=5),
        ("sched_process_fork", fork | {"parent_tid": 5, "parent_pid": 5, "child_comm": "lxc-start", "child_tid": 50, "child_pid": 50,
                                       "vtids": [50, 1], "child_ns_inum": OUTER}),
        ("sched_process_fork", {"parent_tid": 50, "parent_pid": 50, "parent_ns_inum": OUTER, "child_comm": "init", "child_tid": 51,
                                "child_pid": 51, "vtids": [51, 2], "child_ns_inum": OUTER}))
    container = container_of(facts, 51)
    assert (container.pid_ns, container.type, container.parent) == (OUTER, "lxc", None)
    assert facts.namespaces.by_inum[OUTER].init is facts.threads.get(50)


def test_a_process_that_enters_a_deep_name_space_does_not_make_it_the_hosts():
    """nsenter into a nested container forks a child two levels deeper than itself."""
    facts = told(("sched_process_fork", {
        "parent_tid": 5, "parent_pid": 5, "parent_ns_inum": HOST_PID_NS, "child_comm": "sh", "child_tid": 50, "child_pid": 50,
        "vtids": [50, 9, 4], "child_ns_inum": INNER}))
    assert facts.namespaces.by_inum[INNER].parent is None


def test_thread_learns_its_container_from_its_process():
    facts = told(dump(20, 1, "main"), *levels(20, OUTER, HOST_PID_NS))
    worker = facts.threads.get(21, "worker")
    worker.pid = 20
    assert container_of(facts, 21).pid_ns == OUTER
    assert container_of(facts, 99) is None


def test_contexts_of_a_dying_task_tell_nothing():
    facts = told(dump(20, 1, "main"), *levels(20, OUTER, HOST_PID_NS))
    facts.learn(facts.threads.get(20), pid=20, ppid=1, vtid=0, pid_ns=0, cgroup_ns=0, hostname="")
    assert container_of(facts, 20).pid_ns == OUTER


def test_hostname_of_the_machine_names_no_container():
    facts = told(dump(20, 1, "main"), *levels(20, OUTER, HOST_PID_NS))
    facts.namespaces.host_name = "machine"
    facts.namespaces.see_hostname(OUTER, "machine")
    assert container_of(facts, 20).name == str(OUTER)
    facts.namespaces.see_hostname(OUTER, "box")
    facts.namespaces.see_hostname(OUTER, "machine")
    assert container_of(facts, 20).name == "box"


SHIMS = [
    (("5b59a95d556c", "host", False, True), "docker"),
    (("5b59a95d556c", "host", None, False), "docker"),
    (("web", "host", False, True), "docker"),
    (("web", "host", False, False), "containerd"),
    (("host", "host", False, True), "containerd"),
    (("web", "host", True, True), "containerd"),
    ((None, "host", None, True), "docker"),
]


@pytest.mark.parametrize("arguments, expected", SHIMS)
def test_docker_or_containerd(arguments, expected):
    assert shim_type(*arguments) == expected


@pytest.mark.parametrize("entry", true_containers().values(), ids=lambda entry: entry["name"])
def test_types_by_cgroup(entry):
    kind = cgroup_type(entry["cgroup"].split("::")[1])
    # ctr puts containers where their name space says, and unshare(1) nowhere: their cgroup tells nothing, or the
    # enclosing one's.
    if entry["runtime"] not in ("none", "containerd"):
        assert (kind[0], kind[1]) == (entry["runtime"], entry["id"])


def test_two_machines_are_refused():
    engine = CpuTop()
    engine.facts.see_host(Stream(trace=Trace(environment={"hostname": "a"})))
    with pytest.raises(TraceError, match='one machine, got hostname="a" and "b"'):
        engine.facts.see_host(Stream(trace=Trace(environment={"hostname": "b"})))


# Recorded machine

# runc left no process behind, and nothing else in a trace tells it (kernel.supervisors).
TYPE_IN_TRACE = {"rc1": "unknown", "5b59a95d556c": "unshare", "nsbox": "unshare"}


@pytest.fixture(scope="module")
def recordings():
    return {name: Recording(TRACES / name, CpuTop) for name in ("kernel-ctx", "kernel-noctx")}


def rows(recording, **options):
    result, = recording.play(CpuTop(Options(**options))).results()
    return {row.container.pid_ns: row.container for row in result.containers if row.container.pid_ns}


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx"])
def test_types_and_nesting_agree_with_the_runtimes(recordings, name):
    found = rows(recordings[name])
    assert set(found) == set(true_containers()) | {HOST_PID_NS}
    for inum, entry in true_containers().items():
        assert found[inum].type == TYPE_IN_TRACE.get(entry["name"], entry["runtime"]), entry["name"]
    assert [inum for inum, container in found.items() if container.parent] == [INNER]
    assert found[INNER].parent == OUTER


def test_names_agree_with_host_names(recordings):
    found = rows(recordings["kernel-ctx"])
    # The nested one shares its parent's uts name space, the containerd one has the machine's host name: neither is
    # named by it.
    own = {inum: entry["hostname"] for inum, entry in true_containers().items() if inum not in (INNER, 4026532729)}
    assert {inum: found[inum].name for inum in own} == own
    assert (found[INNER].name, found[4026532729].name) == (str(INNER), "4026532729")


def test_inventory_names_everything(recordings):
    document = {"schema": "lttngx.containers/1", "containers": [
        {"name": entry["name"], "type": entry["runtime"], "pid_ns": inum} for inum, entry in true_containers().items()]}
    found = rows(recordings["kernel-noctx"], inventory=read_inventory(json.dumps(document), "test"))
    for inum, entry in true_containers().items():
        assert (found[inum].name, found[inum].type) == (entry["name"], entry["runtime"])
    assert found[INNER].parent == OUTER


@pytest.mark.parametrize("text, message", [
    ("{", 'path="f.json": '), ("[]", "got None"), ('{"schema": "other/1"}', "got 'other/1'")])
def test_bad_inventory(text, message):
    with pytest.raises(ParameterError, match="Cannot read container inventory") as caught:
        read_inventory(text, "f.json")
    assert message in str(caught.value)


def test_cgroup_constant_is_the_recorded_hosts():
    document = json.loads((TRACES / "containers.json").read_text())
    assert (document["host_ns"]["pid"], document["host_ns"]["cgroup"]) == (HOST_PID_NS, HOST_CGROUP_NS)
