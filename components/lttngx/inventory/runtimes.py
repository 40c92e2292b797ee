"""One driver a container runtime: asks the runtime's command, which may be absent, for its running containers.

A driver takes a runner, `run(*command) -> output or None`, and yields what it found; None or output that it cannot
read yields
nothing. The kernel's side of a container is read from /proc by its first process, so drivers find names and PIDs only.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

Runner = Callable[..., str | None]


@dataclass(frozen=True, slots=True)
class Found:
    """A running container as its runtime names it. init_pid: PID of its first process on the host."""

    type: str
    name: str
    id: str
    init_pid: int


def _json(text: str | None) -> list:
    """Return a JSON array (or object, as an array of one); empty if there is none."""
    try:
        value = json.loads(text or "[]")
    except ValueError:
        return []
    return value if isinstance(value, list) else [value] if value else []


def _inspect(run: Runner, command: str) -> Iterable[Found]:
    """docker and podman: `inspect` prints an array of objects with Id, Name (docker: "/name") and State.Pid."""
    ids = (run(command, "ps", "--quiet", "--no-trunc") or "").split()
    for entry in _json(run(command, "inspect", *ids)) if ids else ():
        if pid := entry.get("State", {}).get("Pid"):
            yield Found(command, entry["Name"].lstrip("/"), entry["Id"], pid)


def docker(run: Runner) -> Iterable[Found]:
    """docker ps, docker inspect."""
    return _inspect(run, "docker")


def podman(run: Runner) -> Iterable[Found]:
    """podman ps, podman inspect (of the user who runs this)."""
    return _inspect(run, "podman")


def lxc(run: Runner) -> Iterable[Found]:
    """lxc-ls, lxc-info."""
    for name in (run("lxc-ls", "-1", "--running") or "").split():
        if match := re.search(r"(?m)^PID:\s*(\d+)$", run("lxc-info", "-n", name) or ""):
            yield Found("lxc", name, name, int(match[1]))


def _list_json(run: Runner, command: str, kind: str) -> Iterable[Found]:
    for entry in _json(run(command, "list", "--format", "json")):
        if pid := (entry.get("state") or {}).get("pid"):
            yield Found(kind, entry["name"], entry["name"], pid)


def lxd(run: Runner) -> Iterable[Found]:
    """lxc list (LXD's client)."""
    return _list_json(run, "lxc", "lxd")


def incus(run: Runner) -> Iterable[Found]:
    """incus list."""
    return _list_json(run, "incus", "incus")


def crictl(run: Runner) -> Iterable[Found]:
    """crictl ps, crictl inspect: a Kubernetes container is named NAMESPACE/POD/CONTAINER."""
    for identity in (run("crictl", "ps", "--quiet") or "").split():
        for entry in _json(run("crictl", "inspect", identity)):
            status, pid = entry.get("status", {}), entry.get("info", {}).get("pid")
            labels = status.get("labels", {})
            parts = (labels.get("io.kubernetes.pod.namespace"), labels.get("io.kubernetes.pod.name"),
                     status.get("metadata", {}).get("name"))
            if pid:
                yield Found("kubernetes", "/".join(part for part in parts if part) or identity, identity, pid)


def containerd(run: Runner) -> Iterable[Found]:
    """ctr namespaces, ctr tasks. The name space moby is docker's, which knows the names."""
    for namespace in (run("ctr", "namespaces", "list", "--quiet") or "").split():
        for line in (run("ctr", "--namespace", namespace, "tasks", "list") or "").splitlines():
            if match := re.fullmatch(r"(\S+)\s+(\d+)\s+RUNNING\s*", line):
                yield Found("docker" if namespace == "moby" else "containerd", match[1], match[1], int(match[2]))


def _oci_list(run: Runner, command: str) -> Iterable[Found]:
    for entry in _json(run(command, "list", "--format", "json")):
        if entry.get("pid") and entry.get("status") == "running":
            yield Found(command, entry["id"], entry["id"], entry["pid"])


def runc(run: Runner) -> Iterable[Found]:
    """runc list (of containers under runc's own root; engines keep theirs elsewhere)."""
    return _oci_list(run, "runc")


def crun(run: Runner) -> Iterable[Found]:
    """crun list."""
    return _oci_list(run, "crun")


def machinectl(run: Runner) -> Iterable[Found]:
    """machinectl list, machinectl show: systemd-nspawn and others that register with systemd-machined."""
    for line in (run("machinectl", "list", "--no-legend", "--no-pager") or "").splitlines():
        name = line.split()[0] if line.split() else ""
        shown = dict(entry.split("=", 1) for entry in (run("machinectl", "show", name) or "").splitlines() if "=" in entry)
        if shown.get("Class") == "container" and shown.get("Leader", "0") != "0":
            yield Found(shown.get("Service") or "systemd-nspawn", name, shown.get("Id", name), int(shown["Leader"]))


# Asked in this order; of two that claim one pid name space the first wins.
RUNTIMES: tuple[Callable[[Runner], Iterable[Found]], ...] = (
    docker, podman, crictl, containerd, lxd, incus, lxc, machinectl, runc, crun)
