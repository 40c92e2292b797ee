"""Which rows of a result are wanted."""

from dataclasses import dataclass, field

from lttngx.kernel.containers import UNKNOWN_CONTAINER, Container
from lttngx.kernel.threads import Thread


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows to give; an empty set gives all. They never change the accounting.

    cpus: these CPUs' rows, and only the time on them in all other tables. containers: name, type or pid name space as
    text.
    limit: at most so many threads and processes; 0 gives all. pids: threads of these processes.
    """

    cpus: frozenset[int] = field(default=frozenset())
    tids: frozenset[int] = field(default=frozenset())
    procnames: frozenset[str] = field(default=frozenset())
    containers: frozenset[str] = field(default=frozenset())
    limit: int = 0
    pids: frozenset[int] = field(default=frozenset())

    @property
    def of_threads(self) -> bool:
        """Whether some threads may not be wanted."""
        return bool(self.tids or self.procnames or self.pids or self.containers)

    def accepts(self, thread: Thread, container: Container | None) -> bool:
        """Return whether a thread's row is wanted."""
        if self.tids and thread.tid not in self.tids:
            return False
        if self.procnames and thread.comm not in self.procnames:
            return False
        if self.pids and thread.pid not in self.pids:
            return False
        return self.accepts_container(container)

    def accepts_container(self, container: Container | None) -> bool:
        """Return whether a container's row is wanted."""
        if not self.containers:
            return True
        container = container or UNKNOWN_CONTAINER
        return not self.containers.isdisjoint((container.name, container.type, str(container.pid_ns)))
