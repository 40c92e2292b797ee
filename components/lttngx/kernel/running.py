"""Who runs on each CPU, for analyses which attribute events to the thread that recorded them.

The rules:
1. sched_switch is the only event which changes a CPU's current thread.
2. Where the current thread is not known, a *ghost* runs: after a loss of a CPU's events until its next switch, whose
   prev_tid the ghost becomes, and all that it did is that thread's.
3. The ghost at the beginning of a trace part is whoever ran at the end of the part before. Only if there is no such part
   (`settle`), or it does not know either, is it the prev_tid of the CPU's first switch.
4. A prev_tid which contradicts who was believed to run changes nothing of what was attributed.
"""

from collections.abc import Callable, Iterator
from typing import ClassVar

from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import Layout
from lttngx.kernel.threads import Thread, Threads

GHOST_TID = -1


class Traced(Thread):
    """A thread of an analysis. became: the thread which a ghost turned out to be, or which stands for this one since
    its trace part was merged into an earlier one; None for all others."""

    __slots__ = ("became",)
    # Slots of a subclass which tell what the thread does.
    STATE: ClassVar[tuple[str, ...]] = ()

    def __init__(self, tid: int, comm: str | None = None, continues: bool = True):
        super().__init__(tid, comm, continues)
        self.became: Traced | None = None

    def take_state(self, other: "Traced") -> None:
        """Do what another thread does."""
        for name in self.STATE:
            setattr(self, name, getattr(other, name))

    @property
    def is_ghost(self) -> bool:
        """True while it is not known which thread this is."""
        return self.tid == GHOST_TID and self.became is None


def final(thread: Thread) -> Thread:
    """Return the thread which stands for one (`Traced.became`), in most cases itself."""
    while getattr(thread, "became", None) is not None:
        thread = thread.became
    return thread


class TracedThreads(Threads):
    """Threads of a type of the analysis's own, which may keep more of a thread."""

    def __init__(self, kind: type[Traced] = Traced) -> None:
        self.kind = kind
        super().__init__()

    def make(self, tid: int, comm: str | None = None, continues: bool = True) -> Traced:
        """See Threads."""
        return self.kind(tid, comm, continues)

    def ghost(self) -> Traced:
        """Return a new ghost."""
        return self.kind(GHOST_TID)


class Cpu:
    """One CPU. thread: who runs, a ghost if unknown. initial: the ghost of the trace part's beginning. first: prev_tid's
    thread of the first switch, if the ghost ran until then."""

    __slots__ = ("number", "thread", "initial", "first")

    def __init__(self, number: int, ghost: Traced):
        self.number = number
        self.thread = self.initial = ghost
        self.first: Traced | None = None


# Contexts of sched_switch, which tell of the thread that leaves the CPU, as Facts.learn takes them.
CONTEXTS = ("pid", "ppid", "vtid", "pid_ns", "cgroup_ns", "hostname")


def learning(layout: Layout, switch: Callable[..., None], fields: tuple[str, ...]) -> Extraction:
    """Return what to do with sched_switch: call `switch` with its fields and, if any were recorded, the contexts, from which it is to
    learn (Facts.learn) who the thread is that leaves the CPU."""
    contexts = layout.contexts(*CONTEXTS)
    return Extraction(switch, (*layout.fields(*fields), *(contexts if any(contexts) else ())))


# Appends what a thread did (second) to what is known of it (first).
Join = Callable[[Traced, Traced], None]


class Running:
    """The CPUs of one machine. `join` is called when a ghost turns out to be a thread."""

    def __init__(self, threads: TracedThreads, kind: type[Cpu] = Cpu) -> None:
        self.threads = threads
        self.kind = kind
        self.cpus: dict[int, Cpu] = {}
        self.settled = False

    def cpu(self, number: int) -> Cpu:
        """Return a CPU, made on first sight."""
        if (cpu := self.cpus.get(number)) is None:
            cpu = self.cpus[number] = self.kind(number, self.threads.ghost())
        return cpu

    def some(self, number: int | None) -> Iterator[Cpu]:
        """Yield one CPU, or all that were seen for None."""
        yield from list(self.cpus.values()) if number is None else [self.cpu(number)]

    def correct(self, cpu: Cpu, thread: Traced, join: Join) -> None:
        """sched_switch says that another thread ran than was believed."""
        ghost = cpu.thread
        if ghost is cpu.initial and not self.settled:
            cpu.first = thread
        elif ghost.is_ghost:
            join(thread, ghost)
            ghost.became = thread

    def lose(self, cpu: Cpu) -> None:
        """Events of a CPU were lost: who runs is not known any more."""
        cpu.thread = self.threads.ghost()

    def settle(self, join: Join) -> None:
        """Nothing comes before this trace part (rule 3)."""
        self.settled = True
        for cpu in self.cpus.values():
            if cpu.first is not None and cpu.initial.became is None:
                thread = final(cpu.first)
                join(cpu.initial, thread)
                thread.take_state(cpu.initial)
                cpu.initial.became = thread

    def meet(self, later: "Running", join: Join) -> None:
        """First step of merging, before the threads are merged: what the part that follows tells of ghosts."""
        for number, follower in later.cpus.items():
            if (own := self.cpus.get(number)) is None:
                continue
            thread, first = final(own.thread), follower.first
            join(thread, follower.initial)
            follower.initial.became = thread
            if thread is own.initial:
                own.first = first
            elif thread.is_ghost and first is not None and first.continues:
                self.correct(own, self.threads.get(first.tid, first.comm), join)

    def merge(self, later: "Running", known: dict[Thread, Thread], join: Join) -> None:
        """Second step, after the threads were merged: `known` are those which stand for the later part's."""
        for there, here in known.items():
            join(here, there)
            there.became = here
        for number, follower in later.cpus.items():
            if (own := self.cpus.get(number)) is None:
                own = self.cpus[number] = follower
            own.thread = final(follower.thread)
