"""Joins what the runtimes say with what /proc says into the inventory document.

The rule: a container is a pid name space other than the reader's own. A runtime's word names it; else the type is
inferred from its
first process's cgroup or nearest supervising ancestor, and the name from the cgroup, the host name or the inode.
"""

from collections.abc import Iterable, Mapping

from lttngx.inventory.proc import Process
from lttngx.inventory.runtimes import RUNTIMES, Found, Runner
from lttngx.kernel.containers import MAX_ANCESTORS, SCHEMA
from lttngx.kernel.supervisors import UNKNOWN, cgroup_type, shim_type, supervisor_type


class Inventory:
    """Collects one machine's containers. processes: by PID; run: runs a command; hostname: the machine's; host: its
    own process (PID 1,
    or the reader where PID 1 may not be read)."""

    def __init__(self, processes: Mapping[int, Process], run: Runner, hostname: str, host: Process):
        self.processes = processes
        self.run = run
        self.hostname = hostname
        self.host = host

    def document(self) -> dict:
        """Return the inventory as the object that is written as JSON."""
        entries = [self._entry(process, found) for process, found in sorted(
            self._containers(), key=lambda pair: (len(pair[0].pids), pair[0].pid))]
        return {"schema": SCHEMA, "hostname": self.hostname, "host": {"pid_ns": self.host.pid_ns},
                "containers": entries}

    def _containers(self) -> Iterable[tuple[Process, Found | None]]:
        """Yield each container's first process and what a runtime said of it."""
        named: dict[int, Found] = {}
        for runtime in RUNTIMES:
            for found in runtime(self.run):
                process = self.processes.get(found.init_pid)
                if process is not None and process.pid_ns not in (None, self.host.pid_ns):
                    named.setdefault(process.pid_ns, found)
        for inum, first in self._first_processes().items():
            yield first, named.get(inum)

    def _first_processes(self) -> dict[int, Process]:
        """Return the first process of each pid name space but the host's: the one with PID 1 there, else the lowest."""
        firsts: dict[int, Process] = {}
        for process in sorted(self.processes.values(), key=lambda process: (process.pids[-1], process.pid)):
            if process.pid_ns not in (None, self.host.pid_ns):
                firsts.setdefault(process.pid_ns, process)
        return firsts

    def _entry(self, process: Process, found: Found | None) -> dict:
        hostname = self._hostname(process)
        inferred = Found(self._type(process, hostname), *self._identity(process, hostname), process.pid)
        known = found or inferred
        entry = {"name": known.name, "type": known.type, "id": known.id, "pid_ns": process.pid_ns}
        if (enclosing := self._enclosing(process)) not in (None, self.host.pid_ns):
            entry["parent_pid_ns"] = enclosing
        return entry | {"init_pid": process.pid, "hostname": hostname, "namespaces": process.namespaces}

    def _hostname(self, process: Process) -> str | None:
        """Return what a process sees as its host name; None if it may not be asked."""
        if process.namespaces.get("uts") == self.host.namespaces.get("uts"):
            return self.hostname
        answer = self.run("nsenter", "--target", str(process.pid), "--uts", "hostname")
        return answer.strip() or None if answer is not None else None

    def _identity(self, process: Process, hostname: str | None) -> tuple[str, str]:
        """Return a name and an ID for a container that no runtime named."""
        enclosing = self.processes.get(self._outside(process))
        nested = enclosing is not None and enclosing.pid_ns != self.host.pid_ns
        told = None if nested else cgroup_type(process.cgroup)
        if told is not None:
            return told[1][:12] if len(told[1]) == 64 else told[1], told[1]
        own = hostname not in (None, self.hostname) and not nested
        return (hostname if own else str(process.pid_ns)), str(process.pid_ns)

    def _type(self, process: Process, hostname: str | None) -> str:
        """Return the type that the nearest supervising ancestor or the cgroup tells."""
        shares = process.namespaces.get("cgroup") == self.host.namespaces.get("cgroup")
        ancestor = self.processes.get(process.ppid)
        for _ in range(MAX_ANCESTORS):
            if ancestor is None:
                break
            kind = supervisor_type(ancestor.comm) if ancestor.pid_ns != process.pid_ns else None
            if kind == "containerd":
                told = cgroup_type(process.cgroup)
                has_dockerd = any(other.comm == "dockerd" for other in self.processes.values())
                return told[0] if told else shim_type(hostname, self.hostname, shares, has_dockerd)
            if kind is not None:
                return kind
            ancestor = self.processes.get(ancestor.ppid)
        told = cgroup_type(process.cgroup)
        return told[0] if told else UNKNOWN

    def _outside(self, process: Process) -> int:
        """Return the PID of the nearest ancestor outside a process's pid name space; 0 if there is none."""
        ancestor = process
        for _ in range(MAX_ANCESTORS):
            if ancestor is None or ancestor.pid_ns != process.pid_ns:
                return ancestor.pid if ancestor is not None else 0
            ancestor = self.processes.get(ancestor.ppid)
        return 0

    def _enclosing(self, process: Process) -> int | None:
        """Return the pid name space that encloses a process's: one level less deep than its own."""
        ancestor = self.processes.get(self._outside(process))
        for _ in range(MAX_ANCESTORS):
            if ancestor is None or len(ancestor.pids) == len(process.pids) - 1:
                return None if ancestor is None else ancestor.pid_ns
            ancestor = self.processes.get(ancestor.ppid)
        return None
