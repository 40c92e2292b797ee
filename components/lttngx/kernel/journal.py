"""Facts about threads and name spaces from one part of a trace, joined with those of the part before exactly.

What an event tells may depend on what is known already: a child inherits its parent's name space, contexts are read once a program,
a TID's end counts only for a thread which may have ended. A part does not know what was known before it, so it keeps a journal of
the few events which tell something. Joining tells them again, in order, to the facts of the part before: what comes out is what one
pass would have. Threads of the part are then known as threads of the whole; two of the part may be one of the whole.

In the journal, in order:
    SEE    a thread was seen first, with its name then
    NAME   a thread has this name by now
    LEARN  a thread's contexts were read
    FORK, TELL   an event of `facts.HANDLERS`, with the thread that it begins, or without one
"""

from collections.abc import Callable
from typing import Any

from lttngx.core.extraction import Extraction
from lttngx.errors import TraceError
from lttngx.kernel.facts import HANDLERS, Facts
from lttngx.kernel.layouts import Layout
from lttngx.kernel.threads import Thread, Threads

SEE, NAME, LEARN, FORK, TELL = "see", "name", "learn", "fork", "tell"


class PartThreads(Threads):
    """Threads of a part. A name which any event tells is the newest one. journal: None if nothing can come before.

    follows: thread → the one which ended before it under the same TID, unless it began later (only an earlier part may know that).
    """

    def __init__(self, journal: list[tuple] | None) -> None:
        self.journal = journal
        self.follows: dict[Thread, Thread] = {}
        self._freed: dict[int, Thread] = {}
        super().__init__()

    def get(self, tid: int, comm: str | None = None) -> Thread:
        """Return the living thread of a TID, made on first sight."""
        thread = self.by_tid.get(tid)
        if thread is None:
            thread = super().get(tid, comm)
            if self.journal is not None:
                self.journal.append((SEE, thread, comm))
                if tid in self._freed:
                    self.follows[thread] = self._freed[tid]
        elif comm and comm != thread.comm and tid:
            self.rename(thread, comm)
        return thread

    def free(self, tid: int) -> None:
        """See Threads."""
        thread = self.by_tid.get(tid)
        super().free(tid)
        if self.journal is not None and thread is not None and tid not in self.by_tid:
            self._freed[tid] = thread

    def rename(self, thread: Thread, comm: str) -> None:
        """An event names a thread otherwise than it was known: its contexts are to be read again."""
        thread.comm, thread.learned = comm, False
        if self.journal is not None:
            self.journal.append((NAME, thread, comm))


class PartFacts(Facts):
    """The facts of a part. first: nothing comes before it."""

    threads: PartThreads

    def __init__(self, first: bool = False) -> None:
        self.journal: list[tuple] | None = None if first else []
        super().__init__(PartThreads(self.journal))

    def bind(self, layout: Layout) -> Extraction | None:
        """See Facts."""
        extraction = super().bind(layout)
        if extraction is None or self.journal is None:
            return extraction
        return Extraction(self._noted(layout.tracepoint.name, extraction.call), extraction.paths)

    def _noted(self, name: str, call: Callable[..., None]) -> Callable[..., None]:
        append, by_tid = self.journal.append, self.threads.by_tid

        def tell(time_ns: int, cpu: int, *values: Any) -> None:
            call(time_ns, cpu, *values)
            append((TELL, name, values))

        def fork(time_ns: int, cpu: int, *values: Any) -> None:
            call(time_ns, cpu, *values)
            append((FORK, by_tid[values[CHILD_TID]], values))
        return fork if name == FORK_NAME else tell

    def learn(self, thread: Thread, *contexts: Any) -> None:
        """See Facts."""
        super().learn(thread, *contexts)
        if self.journal is not None:
            self.journal.append((LEARN, thread, contexts))

    def merge(self, later: "PartFacts") -> dict[Thread, Thread]:
        """Tell the facts of the trace part that follows again; return which thread each of its threads is.

        Raises TraceError if the parts are of two machines, ValueError if `later` is a first part."""
        if later.journal is None:
            raise ValueError("a first part cannot follow")
        self._meet(later)
        known = {later.threads.idle: self.threads.idle}
        told = {name: handler(self) for name, (handler, _) in HANDLERS.items()}
        again = {SEE: self._again_see, NAME: self._again_name, LEARN: self._again_learn, FORK: self._again_fork}
        for entry in later.journal:
            if entry[0] == TELL:
                # Most are: no call of its own.
                told[entry[1]](None, None, *entry[2])
                self._note(*entry)
            else:
                again[entry[0]](known, told, *entry[1:])
        for thread, own in known.items():
            own.prio = own.prio if thread.prio is None else thread.prio
        return known

    def held_priorities(self, later: "PartFacts", known: dict[Thread, Thread], before: dict[Thread, int | None]
                        ) -> dict[Thread, int | None]:
        """Return the priority which each thread of the later part had before that part tells one.

        known: what `merge` returned. before: the priorities of our threads before it."""
        held: dict[Thread, int | None] = {}
        for thread, own in known.items():
            earlier = later.threads.follows.get(thread)
            same = earlier is not None and known.get(earlier) is own
            told = earlier.prio if same else None
            held[thread] = told if told is not None else held.get(earlier) if same else before.get(own)
        return held

    def _meet(self, later: "PartFacts") -> None:
        """Take over which machine it is."""
        ours, theirs = self.namespaces.host_name, later.namespaces.host_name
        if None not in (ours, theirs) and ours != theirs:
            raise TraceError(f'Cannot follow threads: expected kernel events of one machine, got hostname="{ours}" and "{theirs}"')
        self.namespaces.host_name = theirs if ours is None else ours
        self.is_perf = self.is_perf or later.is_perf

    # One method for each word of the journal but TELL

    def _again_see(self, known: dict, told: dict, thread: Thread, comm: str | None) -> None:
        known[thread] = self.threads.get(thread.tid, comm)

    def _again_name(self, known: dict, told: dict, thread: Thread, comm: str) -> None:
        own = known[thread]
        if own.comm != comm:
            own.comm, own.learned = comm, False
        self._note(NAME, own, comm)

    def _again_learn(self, known: dict, told: dict, thread: Thread, contexts: tuple) -> None:
        """Contexts count unless they were read already."""
        own = known[thread]
        if not own.learned:
            super().learn(own, *contexts)
        self._note(LEARN, own, contexts)

    def _again_fork(self, known: dict, told: dict, child: Thread, values: tuple) -> None:
        told[FORK_NAME](None, None, *values)
        known[child] = self.threads.by_tid[child.tid]
        self._note(FORK, known[child], values)

    def _note(self, *entry: Any) -> None:
        if self.journal is not None:
            self.journal.append(entry)


FORK_NAME = "sched_process_fork"
CHILD_TID = HANDLERS[FORK_NAME][1].index("child_tid")
