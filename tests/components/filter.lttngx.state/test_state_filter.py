"""filter.lttngx.state: annotations against recorded contexts and the machine's containers, changes against the state history."""

import re

import bt2
import pytest

from commands import CORES, KERNEL, LOST, NO_CONTEXT, babeltrace2, error_of, name_of, pretty
from graphs import messages, use
from lttngx.filters.state import StateFilter
from lttngx.state.query import History
from recorded import TRACES, true_containers
from sources import Setting

FILTER = ("-c", "filter.lttngx.state", "-p")
ALL = "[tid,pid,procname,prio,syscall,container,container-type,cpu-state]"


def members(line, number):
    """Return a scope of a line of sink.text.pretty as a dict of text: 1 is the common context where there is one."""
    scope = re.findall(r"\{ (.*?) \}(?=, \{|$)", line)[number]
    return dict(re.findall(r'(\w+) = ("[^"]*"|[^,]+)', scope))


@pytest.mark.parametrize("core", CORES)
def test_annotations_are_what_the_tracer_would_have_recorded(core):
    """kernel-ctx without its recorded contexts, annotated, against them: tid and pid always, names but around an exec."""
    recorded = pretty(KERNEL)
    annotated = pretty(KERNEL, "-c", "filter.lttngx.fields", "-p", 'drop=["context.*"]', *FILTER, "annotate=[tid,pid,procname]",
                       core=core)
    assert len(recorded) == len(annotated)
    known = {"tid": 0, "pid": 0, "procname": 0}
    wrong = dict(known)
    for truth, line in zip(recorded, annotated):
        expected, got = members(truth, 1), members(line, 1)
        for name in known:
            if got[name] not in ("-1", '""'):
                known[name] += 1
                # The tracer gives the idle thread a name per CPU.
                wrong[name] += got[name] != expected[name] and expected["tid"] != "0"
    # A pid is known from the statedump or a fork on.
    assert known["tid"] == known["procname"] > 0.99 * len(recorded) and known["pid"] > 0.8 * len(recorded)
    assert wrong["tid"] == wrong["pid"] == 0
    assert wrong["procname"] < 0.02 * known["procname"]


@pytest.mark.parametrize("core", CORES)
def test_events_filter_downstream_sees_containers(core):
    """A trace without contexts: the events of a docker container are those of its threads, as the statedump lists them."""
    containers = {str(pid_ns): entry for pid_ns, entry in true_containers().items() if entry["runtime"] == "docker"}
    init = next(entry["init_pid"] for entry in containers.values() if entry["name"] == "web1")
    lines = pretty(NO_CONTEXT, *FILTER, "annotate=[container,container-type,tid]", "-c", "filter.lttngx.events", "-p",
                   f'expr="$ctx.container_type == \\"docker\\" || $ctx.tid == {init}",names="syscall_entry_*"', core=core)
    found = [members(line, 1) for line in lines]
    docker = [one for one in found if one["container_type"] == '"docker"']
    assert len(docker) > 1000
    assert {one["container"].strip('"') for one in docker} <= containers.keys()
    of_init = [one for one in found if one["tid"] == str(init)]
    # From the statedump on, which tells the namespace.
    known = [one for one in of_init if one["container_type"] == '"docker"']
    assert len(of_init) > 100 and len(known) > 0.9 * len(of_init) and of_init[-len(known):] == known


def test_cores_agree():
    params = f"annotate={ALL}"
    assert pretty(LOST, *FILTER, params, core="native") == pretty(LOST, *FILTER, params, core="portable")


def test_recorded_context_wins():
    run = babeltrace2("--log-level=I", KERNEL, *FILTER, "annotate=[procname,prio]", "-c", "filter.lttngx.events", "-p",
                      'names="sched_switch"', "-c", "sink.text.pretty")
    assert [line for line in run.stderr.splitlines() if "context procname was recorded" in line]
    context = members(run.stdout.splitlines()[5], 1)
    assert list(context)[-1] == "prio" and list(context).count("procname") == 1


@pytest.mark.parametrize("core", CORES)
def test_changes_are_those_of_the_history(tmp_path, core):
    """The same changes, in order, as sink.lttngx.states keeps in its file (read back by its command)."""
    lines = [line for line in pretty(LOST, *FILTER, "changes=yes", core=core) if name_of(line) == "state:change"]
    path = tmp_path / "states"
    babeltrace2(LOST, "-c", "sink.lttngx.states", "-p", f'path="{path}"', core=core)
    with open(path, "rb") as file:
        history = History(file)
        expected = [(history.paths[attribute] if attribute else "(lost events)") for _, attribute, _ in history.changes()]
    assert [members(line, 0)["attribute"].strip('"') for line in lines] == expected and len(expected) > 5000


@pytest.mark.parametrize("trace", [KERNEL, LOST, TRACES / "kernel-noctx"], ids=lambda path: path.name)
def test_message_sequence_with_changes(core, monkeypatch, trace):
    if trace.name == "kernel-noctx" and core.name == "portable":
        trace = KERNEL
    use(monkeypatch, core)
    _, checker, graph = messages(trace, (StateFilter, None, {"changes": True, "annotate": ["procname"]}))
    assert checker.counts["StreamBeginning"] == checker.counts["StreamEnd"] == 5


def test_live_source_loses_nothing(core, monkeypatch):
    use(monkeypatch, core)
    script = [("stream", 0), ("packet", 0), ("plain", 1, 1), ("again",), ("plain", 2, 2), ("inactivity", 5), ("again",), ("plain", 9, 3)]
    behind, checker, graph = messages(Setting(script), (StateFilter, None, {"annotate": ["tid"]}))
    events = [message.event for message in behind if isinstance(message, bt2._EventMessageConst)]
    assert [int(event["n"]) for event in events] == [1, 2, 3]
    assert {int(event.common_context_field["tid"]) for event in events} == {-1}


@pytest.mark.parametrize("params", ["annotate=prio", "annotate=prio,changes=yes"])
def test_seeks(core, params):
    """A trimmer behind the filter seeks it to the beginning: the state starts anew and ends the same."""
    plain = pretty(KERNEL, *FILTER, params, core=core.name)
    run = babeltrace2(
        "run", "--component=source:source.ctf.fs", f"--params=inputs=[\"{KERNEL}\"]", "--component=muxer:filter.utils.muxer",
        "--component=state:filter.lttngx.state", f"--params={params}",
        "--component=trimmer:filter.utils.trimmer", "--params=begin=\"21:00:46.2\",end=\"21:00:46.3\",gmt=yes",
        "--component=sink:sink.text.pretty", "--params=clock-gmt=yes,no-delta=yes",
        "--connect=source:muxer", "--connect=muxer:state", "--connect=state:trimmer", "--connect=trimmer:sink", core=core.name)
    cut = [re.sub(r', hostname = "[^"]*"', "", line) for line in run.stdout.splitlines()]
    assert cut == [line for line in plain if "21:00:46.2" <= line[1:19] <= "21:00:46.300000000"] != []


def test_declarative_model():
    """examples/interrupts.toml's attribute of a CPU."""
    lines = pretty(KERNEL, *FILTER, 'model="examples/interrupts.toml",changes=yes', "-c", "filter.lttngx.events", "-p",
                   'names="state:change"')
    assert {members(line, 0)["attribute"].split("/")[0].strip('"') for line in lines} and len(lines) > 100


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("params, message", [
    ("annotat=tid", 'filter.lttngx.state: unknown parameter: name="annotat"'),
    ("changes=1", "filter.lttngx.state: bad parameter: name=changes, expected=a boolean, got=1 (integer)"),
    ("model=kernel", "filter.lttngx.state: nothing to do: expected=at least one of annotate, changes"),
    ("annotate=colour", 'unknown state value: name="colour", known=[container, container-type, cpu-state, pid,'),
    ('annotate=tid,model="/nonexistent.toml"', 'path="/nonexistent.toml", reason=No such file or directory'),
    ('annotate=tid,containers="/nonexistent"', 'path="/nonexistent", reason=No such file or directory'),
])
def test_bad_parameters_are_one_line(core, params, message):
    assert message in error_of(KERNEL, *FILTER, params, "-c", "sink.utils.dummy", core=core)
