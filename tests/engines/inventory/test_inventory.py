"""The container inventory: recorded outputs of the runtimes, /proc alone, and this machine for real."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from recorded import TRACES, true_containers, unpacked

import lttngx
from lttngx.inventory.collect import Inventory
from lttngx.inventory.proc import Process, read_namespaces
from lttngx.inventory.runtimes import RUNTIMES
from lttngx.kernel.containers import read_inventory

OUTPUTS = Path(__file__).parents[2] / "data" / "inventory"
OUTER, INNER = 4026532410, 4026532472


def output(name: str) -> str:
    return (OUTPUTS / name).read_text()


def answers(command: tuple[str, ...]) -> str | None:
    """What the recorded machine's commands print; tables are turned into what the same command prints with the
    driver's options."""
    match command:
        case ("docker" | "podman" as tool, "ps", *_):
            return "\n".join(entry["Id"] for entry in json.loads(output(f"{tool}-inspect.json")))
        case ("docker" | "podman" as tool, "inspect", *ids):
            return json.dumps([entry for entry in json.loads(output(f"{tool}-inspect.json")) if entry["Id"] in ids])
        case ("lxc-ls", *_):
            return "db1\n"
        case ("lxc-info", "-n", "db1"):
            return output("lxc-info.txt")
        case ("machinectl", "list", *_):
            return "".join(re.findall(r"(?m)^mach1.*\n", output("machinectl.txt")))
        case ("machinectl", "show", "mach1"):
            return output("machinectl-show.txt")
        case ("ctr", "namespaces", *_):
            return "default\n"
        case ("ctr", "--namespace", "default", "tasks", "list"):
            return output("ctr-ls.txt").partition("TASK")[2]
        case ("runc", "list", *_):
            rows = re.findall(r"(?m)^(\S+)\s+(\d+)\s+(\w+)", output("runc-list.txt"))
            return json.dumps([{"id": name, "pid": int(pid), "status": status} for name, pid, status in rows])
        case ("nsenter", "--target", pid, "--uts", "hostname"):
            return next(entry["hostname"] for entry in true_containers().values() if entry["init_pid"] == int(pid)) + "\n"
    return None


def only(*tools: str):
    """Return a runner of a machine which has only these commands, and nsenter."""
    return lambda *command: answers(command) if command[0] in (*tools, "nsenter") else None


def recorded_processes() -> dict[int, Process]:
    """Return the machine's processes from /proc as recorded, with the name spaces of containers' processes."""
    host = json.loads((TRACES / "containers.json").read_text())["host_ns"]
    rows = (line.split("\t") for line in (unpacked("kernel-asmall") / "gt" / "s1-after-start.tsv").read_text().splitlines())
    found = {}
    for row in rows:
        if row[0] != "thread" or row[2] != row[3]:
            continue
        pid, inum = int(row[2]), int(row[15])
        entry = true_containers().get(inum)
        pids = tuple(int(word) for word in row[5].split(","))  # NSpid, joined by commas
        found[pid] = Process(pid, int(row[4]), row[7], pids, row[16].split("::")[-1], dict(entry["ns"] if entry else host))
    return found


def inventory(run) -> dict[int, dict]:
    processes = recorded_processes()
    document = Inventory(processes, run, "lxhost", processes[1]).document()
    return read_inventory(json.dumps(document), "test")


def test_every_runtime_names_its_containers():
    found = inventory(only("docker", "podman", "lxc-ls", "lxc-info", "machinectl", "ctr", "runc"))
    expected = {inum: entry for inum, entry in true_containers().items() if entry["runtime"] != "none"}
    for inum, entry in expected.items():
        assert (found[inum]["name"], found[inum]["type"], found[inum]["id"], found[inum]["init_pid"]) == (
            entry["name"], entry["runtime"], found[inum]["id"] if entry["name"] == "mach1" else entry["id"], entry["init_pid"])
        assert found[inum]["namespaces"] == entry["ns"]
        assert found[inum]["hostname"] == entry["hostname"]
    assert set(found) == set(true_containers())


def test_nested_name_space_has_its_parent():
    found = inventory(only("docker"))
    assert [inum for inum, entry in found.items() if "parent_pid_ns" in entry] == [INNER]
    assert (found[INNER]["parent_pid_ns"], found[INNER]["type"], found[INNER]["name"]) == (OUTER, "unshare", str(INNER))


def test_without_any_runtime_proc_tells_types():
    """runc's container is known by its cgroup, containerd's by its supervisor; names are cgroups' and host names."""
    found = inventory(lambda *command: None)
    types = {entry["name"]: found[inum]["type"] for inum, entry in true_containers().items()}
    assert types == {entry["name"]: {"none": "unshare"}.get(entry["runtime"], entry["runtime"])
                     for entry in true_containers().values()}
    names = {entry["name"]: found[inum]["name"] for inum, entry in true_containers().items()}
    assert (names["db1"], names["mach1"], names["rc1"], names["web1"]) == ("db1", "mach1", "rc1", "6e3c0874ebb7")


LXC_JSON = '[{"name": "up", "state": {"pid": 7}}, {"name": "down", "state": {"pid": 0}}, {"name": "gone", "state": null}]'
CRI = {("crictl", "ps", "--quiet"): "abc\n", ("crictl", "inspect", "abc"): json.dumps(
    {"info": {"pid": 8}, "status": {"metadata": {"name": "app"}, "labels": {
        "io.kubernetes.pod.name": "pod-0", "io.kubernetes.pod.namespace": "shop"}}})}
FORMATS = [
    ({("lxc", "list", "--format", "json"): LXC_JSON}, [("lxd", "up", 7)]),
    ({("incus", "list", "--format", "json"): LXC_JSON}, [("incus", "up", 7)]),
    (CRI, [("kubernetes", "shop/pod-0/app", 8)]),
    ({("crun", "list", "--format", "json"): '[{"id": "a", "pid": 9, "status": "running"}, {"id": "b", "pid": 0, "status": "stopped"}]'},
     [("crun", "a", 9)]),
    ({("runc", "list", "--format", "json"): "null"}, []),
    ({("docker", "ps", "--quiet", "--no-trunc"): "x\n", ("docker", "inspect", "x"): "permission denied"}, []),
]


@pytest.mark.parametrize("outputs, expected", FORMATS)
def test_output_formats(outputs, expected):
    """By each command's documented format."""
    found = [entry for runtime in RUNTIMES for entry in runtime(lambda *command: outputs.get(command))]
    assert [(entry.type, entry.name, entry.init_pid) for entry in found] == expected


def test_this_machine(tmp_path):
    """A real pid name space, made with unshare(1), is found with its type, host name and first process."""
    box = subprocess.Popen(["unshare", "--map-root-user", "--user", "--pid", "--fork", "--uts", "sh", "-c",
                            "hostname lttngx-box; echo up; read line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert box.stdout.readline() == "up\n"
        inum = wait_for_child_namespace(box.pid)
        file = tmp_path / "containers.json"
        source = str(Path(lttngx.__file__).parents[1])
        subprocess.run([sys.executable, "-m", "lttngx.inventory", "-o", str(file)], check=True, env={"PYTHONPATH": source,
                                                                                                   "PATH": "/usr/bin:/bin:/usr/sbin"})
        entry = read_inventory(file.read_text(), str(file))[inum]
    finally:
        box.communicate("\n")
    assert entry["type"] == "unshare"
    assert entry["namespaces"]["pid"] == inum
    # nsenter needs the right to enter; without it the host name stays unknown and the inode names the container.
    assert (entry["hostname"], entry["name"]) in {("lttngx-box", "lttngx-box"), (None, str(inum))}


def wait_for_child_namespace(parent: int) -> int:
    """Return the pid name space of unshare's child."""
    children = Path(f"/proc/{parent}/task/{parent}/children")
    for _ in range(100):
        if children.read_text().split():
            return read_namespaces(Path("/proc") / children.read_text().split()[0])["pid"]
        time.sleep(0.05)
    raise AssertionError("unshare has no child")
