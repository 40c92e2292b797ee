"""Containers: pid name spaces with a name and a type.

The rule: a container is a pid name space. Its name and type come from an inventory (`python3 -m lttngx.inventory`,
matched by
inode) where one was given, else the type from the nearest supervising ancestor of its first process (`supervisors`),
and the
name from its host name, or its inode where it has none of its own. The host comes first.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lttngx.errors import ParameterError
from lttngx.kernel.namespaces import HOST_CGROUP_NS, Namespace, Namespaces
from lttngx.kernel.supervisors import UNKNOWN, shim_type, supervisor_type
from lttngx.kernel.threads import Thread, Threads

SCHEMA = "lttngx.containers/1"
HOST_NAME = "[HOST]"
HOST_TYPE = "host"
# An ancestor chain is short; the bound guards against a cycle from reused PIDs.
MAX_ANCESTORS = 64


@dataclass(frozen=True, slots=True)
class Container:
    """A container. pid_ns: inode of its pid name space; parent: that of the enclosing container, None if the host
    encloses it."""

    name: str
    type: str
    pid_ns: int | None
    parent: int | None = None


UNKNOWN_CONTAINER = Container("[UNKNOWN]", UNKNOWN, None)


def read_inventory(text: str, origin: str) -> dict[int, dict]:
    """Return an inventory's entries by pid name space. text: the JSON document; origin: what to call it in an error.

    Raises ParameterError if it is no inventory.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ParameterError(f'Cannot read container inventory: path="{origin}": {error}') from None
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema != SCHEMA:
        raise ParameterError(f'Cannot read container inventory: path="{origin}", expected "schema": "{SCHEMA}", got {schema!r}')
    return {entry["pid_ns"]: entry for entry in document.get("containers", ()) if entry.get("pid_ns")}


class Containers:
    """Resolves pid name spaces to containers, once, at the end of the trace or of a window.

    inventory: entries by pid name space as `read_inventory` gives them.
    """

    def __init__(self, threads: Threads, namespaces: Namespaces, inventory: Mapping[int, Mapping] = {}):
        self.threads = threads
        self.namespaces = namespaces
        self.inventory = inventory
        self.host = namespaces.host
        self.has_dockerd = any(thread.comm == "dockerd" for thread in threads.by_tid.values())
        self.resolved: dict[int, Container] = {}

    def all(self) -> list[Container]:
        """Return every container seen, the host first, then by name; empty if the trace tells nothing of name
        spaces."""
        seen = [self.resolve(inum) for inum in self.namespaces.by_inum]
        return sorted(seen, key=lambda container: (container.pid_ns != self.host, container.name, container.pid_ns))

    def of(self, thread: Thread) -> Container | None:
        """Return a thread's container, None if unknown: by its own facts, else its process's, else its parent's."""
        for _ in range(MAX_ANCESTORS):
            if thread.pid_ns is not None:
                return self.resolve(thread.pid_ns)
            up = thread.ppid if thread.is_leader or thread.pid is None else thread.pid
            parent = self.threads.by_tid.get(up) if up else None
            if parent is None or parent is thread:
                return None
            thread = parent
        return None

    def resolve(self, inum: int) -> Container:
        """Return the container of a pid name space."""
        if (container := self.resolved.get(inum)) is None:
            container = self.resolved[inum] = self._make(inum)
        return container

    def _make(self, inum: int) -> Container:
        if inum == self.host:
            return Container(HOST_NAME, HOST_TYPE, inum)
        namespace = self.namespaces.get(inum)
        parent = namespace.parent if namespace.parent != self.host else None
        entry = self.inventory.get(inum)
        if entry is not None:
            return Container(entry["name"], entry["type"], inum, entry.get("parent_pid_ns") or parent)
        return Container(self._name(namespace), self._type(namespace), inum, parent)

    def _name(self, namespace: Namespace) -> str:
        """Return the host name if it is the container's own, else the inode: two containers never share it."""
        enclosing = self.namespaces.by_inum.get(namespace.parent) if namespace.parent is not None else None
        taken = {self.namespaces.host_name, enclosing.hostname if enclosing is not None else None}
        return str(namespace.inum) if namespace.hostname in taken | {None} else namespace.hostname

    def _type(self, namespace: Namespace) -> str:
        """Return the type which the nearest supervising ancestor of the first process tells."""
        thread = namespace.init or namespace.member
        own = thread
        for _ in range(MAX_ANCESTORS):
            if thread is None:
                return UNKNOWN
            kind = supervisor_type(thread.comm or "") if thread.pid_ns != namespace.inum else None
            if kind == "containerd":
                shares = None if own.cgroup_ns is None else own.cgroup_ns == HOST_CGROUP_NS
                return shim_type(namespace.hostname, self.namespaces.host_name, shares, self.has_dockerd)
            if kind is not None:
                return kind
            thread = self._parent(thread)
        return UNKNOWN

    def _parent(self, thread: Thread) -> Thread | None:
        """Return the first thread of a thread's parent process, None if unknown or if there is none."""
        if thread.ppid is None and not thread.is_leader and thread.pid is not None:
            leader = self.threads.by_tid.get(thread.pid)
            thread = leader if leader is not None else thread
        return self.threads.by_tid.get(thread.ppid) if thread.ppid else None
