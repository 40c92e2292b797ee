"""Who threads are in results."""

from lttngx.analyses.filters import Filters
from lttngx.kernel.containers import UNKNOWN_CONTAINER, Containers
from lttngx.kernel.running import final
from lttngx.kernel.threads import Thread


class Identities:
    """Who threads are, as the whole trace tells."""

    def __init__(self, containers: Containers, filters: Filters) -> None:
        self.containers, self.filters = containers, filters
        self._rows: dict[Thread, tuple | None] = {}

    def row(self, thread: Thread) -> tuple | None:
        """Return (name, tid, pid, container, type, process name, process key) of a thread; None if it is not wanted."""
        if thread not in self._rows:
            self._rows[thread] = self._make(thread)
        return self._rows[thread]

    def _make(self, thread: Thread) -> tuple | None:
        if thread.tid < 0:
            container, leader = None, thread
        else:
            container, leader = self.containers.of(thread), self._leader(thread)
        if not self.filters.accepts(thread, container):
            return None
        home = container or UNKNOWN_CONTAINER
        return (thread.comm, thread.tid if thread.tid >= 0 else None, thread.pid, None if container is None else home.name,
                home.type, leader.comm, thread.pid if thread.pid is not None else ("tid", thread.tid))

    def _leader(self, thread: Thread) -> Thread:
        if thread.pid is None or thread.is_leader:
            return thread
        return self.containers.threads.by_tid.get(thread.pid, thread)


def waker_fields(waker: tuple | None) -> tuple:
    """Return (name, tid, context) of a waker; None where it is not known."""
    if waker is None:
        return None, None, None
    thread, context = final(waker[0]), waker[1]
    context = context.final() if hasattr(context, "final") else context
    return thread.comm, thread.tid if thread.tid >= 0 else None, context
