"""Who the threads of tracks are: process and name, from the kernel's state or from contexts of the spans' begins."""

from collections.abc import Iterable, Iterator
from typing import Any

from lttngx.export.tracks import THREAD, track_of
from lttngx.kernel.threads import Thread
from lttngx.spans.definitions import Definition
from lttngx.spans.span import Span
from lttngx.spans.terms import EVENT, Reference

# Captures which no user can define; (TID, PID) pairs of contexts as the kernel and as a pid name space numbers them.
_PREFIX = "$context."
_PAIRS = (("vtid", "vpid"), ("tid", "pid"))
_CONTEXTS = ("vtid", "vpid", "tid", "pid", "procname")


def with_contexts(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """Return definitions which keep who recorded each begin, where contexts tell."""
    own = tuple((_PREFIX + name, Reference(EVENT, "context", (name,))) for name in _CONTEXTS)
    return tuple(definition.with_captures(own, ()) for definition in definitions)


def captures(span: Span) -> Iterator[tuple[str, Any]]:
    """Yield the captures of a span's own definition, without those of `with_contexts`."""
    return (item for item in span.captures().items() if not item[0].startswith(_PREFIX))


_Threads = dict[int, tuple[int | None, str | None]]


class Identities:
    """Threads by TID. Later facts win; what the kernel told, whose events are complete, wins over contexts."""

    def __init__(self) -> None:
        self._of_kernel: _Threads = {}
        self._of_contexts: _Threads = {}

    def see(self, span: Span) -> None:
        """Learn from the begin of a span whose track is the thread that recorded it."""
        track = track_of(span)
        if track.sort != THREAD:
            return
        found = span.captures()
        for tid, pid in _PAIRS:
            if found.get(_PREFIX + tid) == track.tid:
                return _learn(self._of_contexts, track.tid, found.get(_PREFIX + pid), found.get(_PREFIX + "procname"))

    def see_thread(self, thread: Thread) -> None:
        """Learn from a thread of a kernel trace, at its end or at the trace's."""
        _learn(self._of_kernel, thread.tid, thread.pid, thread.comm)

    def pid(self, tid: int) -> int | None:
        """Return the PID of a thread's process, None if unknown."""
        return self._known(tid, 0)

    def name(self, tid: int) -> str | None:
        """Return a thread's name, None if unknown. A process has the name of its first thread."""
        return self._known(tid, 1)

    def _known(self, tid: int, at: int) -> Any:
        told = (threads[tid][at] for threads in (self._of_kernel, self._of_contexts) if tid in threads)
        return next((value for value in told if value is not None), None)


def _learn(threads: _Threads, tid: int, pid: int | None, name: str | None) -> None:
    known_pid, known_name = threads.get(tid, (None, None))
    threads[tid] = (known_pid if pid is None else pid, known_name if name is None else name)
