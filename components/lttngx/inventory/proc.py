"""What /proc tells of processes and their name spaces.

Sources: proc(5), namespaces(7): `/proc/PID/ns/KIND` is a link `KIND:[inode]`; `NSpid:` of `/proc/PID/status` lists a
process's
PIDs from the outermost pid name space (since Linux 4.1) to its own.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


@dataclass(frozen=True, slots=True)
class Process:
    """A process. pids: its PID in each pid name space, the reader's first. cgroup: path in the v2 or first
    hierarchy."""

    pid: int
    ppid: int
    comm: str
    pids: tuple[int, ...]
    cgroup: str = ""
    namespaces: dict[str, int] = field(default_factory=dict)

    @property
    def pid_ns(self) -> int | None:
        """Inode of its pid name space; None if it could not be read."""
        return self.namespaces.get("pid")


def read_processes(root: Path = Path("/proc")) -> dict[int, Process]:
    """Return all processes by PID; those which end meanwhile are left out."""
    pids = (int(name) for name in os.listdir(root) if name.isdigit())
    found = (read_process(root, pid) for pid in pids)
    return {process.pid: process for process in found if process is not None}


def read_process(root: Path, pid: int) -> Process | None:
    """Return one process, None if it has ended."""
    folder = root / str(pid)
    try:
        status = dict(_fields((folder / "status").read_text(errors="surrogateescape")))
        cgroup = _cgroup((folder / "cgroup").read_text(errors="surrogateescape"))
    except OSError:
        return None
    pids = tuple(int(word) for word in status.get("NSpid", str(pid)).split())
    return Process(pid, int(status.get("PPid", 0)), status.get("Name", ""), pids, cgroup, read_namespaces(folder))


def read_namespaces(folder: Path) -> dict[str, int]:
    """Return the inodes of a process's name spaces by kind; those which may not be read are left out."""
    found = {}
    for kind in KINDS:
        try:
            match = re.fullmatch(r"\w+:\[(\d+)\]", os.readlink(folder / "ns" / kind))
        except OSError:
            continue
        if match:
            found[kind] = int(match[1])
    return found


def _fields(text: str) -> Iterable[tuple[str, str]]:
    for line in text.splitlines():
        name, _, value = line.partition(":")
        yield name, value.strip()


def _cgroup(text: str) -> str:
    """Return the path of the unified hierarchy, else of the first one that is not the root."""
    paths = {line.split(":", 2)[0]: line.split(":", 2)[2] for line in text.splitlines() if line.count(":") >= 2}
    return next((path for path in (paths.get("0", "/"), *paths.values()) if path != "/"), "/")
