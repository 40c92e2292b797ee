"""The container runtimes that a process name gives away.

A container's first process is started by a supervising process of its runtime, which stays its ancestor. The kernel
keeps 15 bytes of a process's name. Limits: containerd-shim supervises docker's, Kubernetes' and plain containerd's
containers
alike (see `shim_type`); conmon supervises podman's and CRI-O's; `runc run --detach` and `crun` leave no process
behind, so such a container's type is known only if its start was recorded or an inventory names it.
"""

import re

COMM_LENGTH = 15

# Name of the supervising process, cut to COMM_LENGTH bytes → type.
SUPERVISORS = {
    "containerd-shim": "containerd",
    "docker-containe": "docker",
    "conmon": "podman",
    "lxc-start": "lxc",
    "lxc-execute": "lxc",
    "lxc-monitord": "lxc",
    "[lxc monitor] /": "lxc",
    "lxd": "lxd",
    "incusd": "incus",
    "systemd-nspawn": "systemd-nspawn",
    "runc": "runc",
    "crun": "crun",
    "youki": "youki",
    "bwrap": "bubblewrap",
    "firejail": "firejail",
    "unshare": "unshare",
}
UNKNOWN = "unknown"

# Part of a cgroup path → type, most telling first; the group `name` is the container's ID or name.
CGROUPS = (
    (re.compile(r"/lxc\.payload\.(?P<name>[^/]+)"), "lxc"),
    (re.compile(r"/lxc/(?P<name>[^/]+)"), "lxc"),
    (re.compile(r"/docker[-/](?P<name>[0-9a-f]{12,64})"), "docker"),
    (re.compile(r"/libpod-(?P<name>[0-9a-f]{12,64})"), "podman"),
    (re.compile(r"/crio-(?P<name>[0-9a-f]{12,64})"), "cri-o"),
    (re.compile(r"/cri-containerd[-:](?P<name>[0-9a-f]{12,64})"), "containerd"),
    (re.compile(r"/kubepods.*/(?P<name>[0-9a-f]{64})"), "containerd"),
    (re.compile(r"/nspawn-(?P<name>[^/]+)\.service"), "systemd-nspawn"),
    (re.compile(r"/systemd-nspawn@(?P<name>[^/]+)\.service"), "systemd-nspawn"),
    (re.compile(r"/machine-(?P<name>[^/]+)\.scope"), "systemd-nspawn"),
    (re.compile(r"/runc/(?P<name>[^/]+)"), "runc"),
    (re.compile(r"/crun/(?P<name>[^/]+)"), "crun"),
)
_DOCKER_HOSTNAME = re.compile(r"[0-9a-f]{12}")


def supervisor_type(comm: str) -> str | None:
    """Return the container type that a supervising process's name tells, None if it is no supervisor's."""
    return SUPERVISORS.get(comm[:COMM_LENGTH])


def shim_type(hostname: str | None, host: str | None, shares_cgroup_ns: bool | None, has_dockerd: bool) -> str:
    """Return "docker" or "containerd" for a container under a containerd-shim.

    docker names a container's host by the first 12 digits of its ID unless told otherwise, and on cgroup v2 gives it a
    cgroup
    name space; plain containerd does neither. Where a host name was chosen, a running dockerd decides.
    hostname: the container's; host: the machine's; None where unknown, as is shares_cgroup_ns.
    """
    if hostname is not None and _DOCKER_HOSTNAME.fullmatch(hostname):
        return "docker"
    if shares_cgroup_ns or (hostname is not None and hostname == host):
        return "containerd"
    return "docker" if has_dockerd else "containerd"


def cgroup_type(path: str) -> tuple[str, str] | None:
    """Return (type, container's name or ID) that a cgroup path tells, None if it tells nothing."""
    for pattern, kind in CGROUPS:
        if (match := pattern.search(path)) is not None:
            return kind, match["name"]
    return None
