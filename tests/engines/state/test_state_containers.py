"""Containers and names of threads against the ground truth taken on the recorded machine, with contexts and without."""

import json
from pathlib import Path

import pytest
from state_traces import recorded

TRUTH = json.loads((Path(__file__).parents[2] / "data/traces/containers.json").read_text())
HOST = TRUTH["host_ns"]["pid"]
RUNTIME_WORDS = {"none": "unshare"}


def threads(trace, name):
    """Return TID → value at the end of the trace, of those threads which have one."""
    facts = trace.history.at(trace.history.end_ns, f"Threads/*/{name}")
    return {int(path.split("/")[1]): fact.value for path, fact in facts.items()
            if "_" not in path.split("/")[1] and isinstance(fact.value, (int, str))}


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx"])
def test_threads_are_in_their_name_spaces(name):
    trace = recorded(name)
    pid_ns, vtid, ppid = threads(trace, "pid-ns"), threads(trace, "vtid"), threads(trace, "ppid")
    checked = 0
    for container in TRUTH["containers"]:
        for process in container["processes"]:
            if process["pid"] in pid_ns and len(process["nspid"]) == 2:
                assert pid_ns[process["pid"]] == container["ns"]["pid"], (container["name"], process)
                assert vtid[process["pid"]] == process["nspid"][-1]
                checked += 1
        if container["init_pid"] in ppid:
            assert ppid[container["init_pid"]] == container["parent_pid"]
    assert checked >= 15
    assert pid_ns[1] == HOST and threads(trace, "container")[1] == "[HOST]"


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx"])
def test_every_thread_of_a_container_is_in_it_and_no_other(name):
    trace = recorded(name)
    pid_ns, container = threads(trace, "pid-ns"), threads(trace, "container")
    names = {}
    for tid, inum in pid_ns.items():
        names.setdefault(inum, set()).add(container[tid])
    assert all(len(found) == 1 for found in names.values()), names
    assert names[HOST] == {"[HOST]"}
    assert len(set.union(*names.values())) == len(names)
    assert {entry["ns"]["pid"] for entry in TRUTH["containers"]} <= set(names) | {HOST}


@pytest.mark.parametrize("name", ["kernel-ctx", "kernel-noctx"])
def test_types_are_those_of_the_runtimes(name):
    trace = recorded(name)
    facts = {path.split("/")[1]: fact.value for path, fact in trace.history.at(trace.history.end_ns, "Containers/*/type").items()}
    for entry in TRUTH["containers"]:
        found = facts[str(entry["ns"]["pid"])]
        expected = RUNTIME_WORDS.get(entry["runtime"], entry["runtime"])
        # A container of `runc run --detach` leaves no supervisor: its type cannot be told from a trace.
        assert found == expected or (found == "unknown" and expected == "runc"), (entry["name"], found, expected)


def test_names_agree_with_those_of_proc():
    """Long-lived processes of the containers have the names which /proc told."""
    trace = recorded("kernel-noctx")
    names = threads(trace, "name")
    expected = {process["pid"]: process["comm"] for entry in TRUTH["containers"] for process in entry["processes"]}
    common = set(expected) & set(names)
    assert len(common) >= 15
    assert {pid: names[pid] for pid in common} == {pid: expected[pid] for pid in common}
