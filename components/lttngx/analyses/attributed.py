"""The base of analyses which attribute events to the thread that recorded them.

It is the one of the context `tid` where that was recorded, else the current thread of the CPU (`kernel.running`). What happens
in an interrupt is the interrupted thread's, the idle task included; where nobody knows who ran, a thread without a name and
a TID stands for it. Nothing is dropped.
"""

from collections.abc import Callable

from lttngx.analyses.windowed import USAGE, Options, Windowed
from lttngx.core.classes import EventClass
from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import Layout, resolve
from lttngx.kernel.running import Running, Traced, TracedThreads, learning

_SWITCH = ("prev_comm", "prev_tid", "next_comm", "next_tid")


class Attributed(Windowed):
    """The base class. A subclass's `_bind` passes on to `_bind_threads` what it does not handle itself."""

    def __init__(self, options: Options, kind: type[Traced] = Traced) -> None:
        super().__init__(options, TracedThreads(kind))
        self.running = Running(self.facts.threads)
        # Whether a view asks for single values, or what was used up.
        self.has_values, self.has_usage = bool(set(options.views) - {USAGE}), USAGE in options.views

    def _bind_threads(self, event_class: EventClass) -> Extraction | None:
        """Return what to do with the events of a class which tell who runs, or who threads are; else None."""
        layout = resolve(event_class)
        if layout is None:
            return None
        if layout.tracepoint.name == "sched_switch":
            return learning(layout, _switch(self), _SWITCH)
        if layout.tracepoint.name == "sched_process_exec":
            return Extraction(_exec(self, layout), layout.fields("filename", "tid", "old_tid"))
        return self.facts.bind(layout)

    def finder(self) -> Callable[[int, int | None], Traced]:
        """Return a function from a CPU and the context `tid` to the thread."""
        threads, running = self.facts.threads, self.running
        by_tid, cpus = threads.by_tid, running.cpus

        def find(number, tid):
            if tid is not None:
                return by_tid.get(tid) or threads.get(tid)
            return (cpus.get(number) or running.cpu(number)).thread
        return find

    def _lose_on(self, cpu: int | None, begin_ns: int) -> None:
        for own in self.running.some(cpu):
            self.running.lose(own)

    def _release(self) -> None:
        self.running.settle(self._join)

    def _join(self, first: Traced, then: Traced) -> None:
        """A thread (`then`, a ghost or of the part that follows) turned out to be another one. A subclass whose threads do
        something joins that."""

    def _join_later(self, later: "Attributed") -> None:
        self.running.meet(later.running, self._join)
        self.running.merge(later.running, self.facts.merge(later.facts), self._join)


def _switch(engine: Attributed) -> Callable[..., Traced]:
    """The hot path, hence a closure."""
    threads, running, join = engine.facts.threads, engine.running, engine._join
    by_tid, cpus, learn = threads.by_tid, running.cpus, engine.facts.learn

    def switch(time_ns, number, prev_comm, prev_tid, next_comm, next_tid, *contexts):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        cpu = cpus.get(number) or running.cpu(number)
        previous = by_tid.get(prev_tid) or threads.get(prev_tid, prev_comm)
        following = by_tid.get(next_tid) or threads.get(next_tid, next_comm)
        if cpu.thread is not previous:
            running.correct(cpu, previous, join)
        cpu.thread = following
        if prev_comm != previous.comm and prev_comm and prev_tid:
            previous.comm = prev_comm
            previous.learned = False
        if next_comm != following.comm and next_comm and next_tid:
            following.comm = next_comm
            following.learned = False
        if contexts and not previous.learned:
            learn(previous, *contexts)
    return switch


def _exec(engine: Attributed, layout: Layout) -> Callable[..., None]:
    rename = engine.facts.bind(layout).call

    def handle(time_ns, number, filename, tid, old_tid):
        threads = engine.facts.threads
        old = threads.by_tid.get(old_tid)
        rename(time_ns, number, filename, tid, old_tid)
        if old_tid is not None and old_tid != tid and old is not None:
            # The thread takes its leader's TID.
            thread = threads.get(tid)
            thread.take_state(old)
            engine.running.cpu(number).thread = thread
    return handle
