"""Scheduling analysis: from the wake-up of a thread to the CPU, and why threads were off it.

Measures, all counted at the switch to the thread:
- `latency`: from the first wake-up event since the thread last ran (sched_waking, sched_wakeup or sched_wakeup_new).
- `path`: from sched_waking to sched_wakeup: the waker's CPU finds a CPU and its run queue.
- `queue`: from sched_wakeup to the switch: the wait on the run queue.
- `preemption`: from the switch from a thread which could have gone on.
- `off-cpu`: from any switch from the thread, by the reason which prev_state tells.

The rules:
1. A wake-up of a thread which runs on a CPU changes nothing.
2. The waker is the thread that runs on the CPU which recorded the wake-up; an interrupt handler that runs there, if the
   trace tells of them, is its context.
3. A thread's first switch in a trace part, if it is to the thread, is held: an earlier part may know of an earlier
   wake-up, and since when the thread was off the CPU.
4. A loss on a CPU may hide that the thread which ran there left it and was woken: that thread counts as running until its
   next switch, so that no time is measured from a wake-up which is not the first.
"""

from collections.abc import Callable
from typing import Any

from lttngx.analyses.grouping import durations
from lttngx.analyses.measures import PRIORITY, THREAD_DIMENSIONS, WAKER, Measure, dimension_values
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.wakers import SchedCpu
from lttngx.analyses.windowed import Options, Windowed
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import Layout, resolve
from lttngx.kernel.running import Running, Traced, TracedThreads, learning
from lttngx.state.kernel.states import PREEMPTED, WAIT_CPU, PrevStates

LATENCY, PATH, QUEUE, PREEMPTION, OFF_CPU = "latency", "path", "queue", "preemption", "off-cpu"
_DETAILS = ("priority", "cpu", "waker")
MEASURES = {
    LATENCY: Measure("Wake-up latency", details=_DETAILS),
    PATH: Measure("Wake-up path: waking to run queue", details=_DETAILS),
    QUEUE: Measure("Run queue wait", details=_DETAILS),
    PREEMPTION: Measure("Preemption wait", details=("priority", "cpu")),
    OFF_CPU: Measure("Off-CPU time", ("reason",), details=("priority", "cpu")),
}
USUAL = (LATENCY, PATH, QUEUE, PREEMPTION, OFF_CPU)
RUNNABLE = (PREEMPTED, WAIT_CPU)
# What a thread does: not known in this trace part, on a CPU, off all of them.
UNKNOWN, ON, OFF = 0, 1, 2


class Sleeper(Traced):
    """A thread. mode: UNKNOWN until its first switch in the trace part. out_ns, reason: when and why it left the CPU.
    waking_ns, wakeup_ns: first events since; waker: of the first of them, with its context (`wakers`). head: a held
    switch to the thread."""

    __slots__ = STATE = ("mode", "out_ns", "reason", "waking_ns", "wakeup_ns", "waker", "head")

    def __init__(self, tid: int, comm: str | None = None, continues: bool = True):
        super().__init__(tid, comm, continues)
        self.mode = UNKNOWN
        self.out_ns = self.reason = self.waking_ns = self.wakeup_ns = self.waker = self.head = None


class Sched(Windowed):
    """The analysis; see the module."""

    TASK = "follow scheduling"
    MISSING = ("Cannot follow scheduling: event=sched_switch, expected at least one, got none in the trace: enable it with "
               "`lttng enable-event --kernel sched_switch,sched_waking,sched_wakeup,sched_wakeup_new`")
    MEASURES = USUAL
    DIMENSIONS = (*THREAD_DIMENSIONS, PRIORITY, "cpu", WAKER)
    GROUPED_BY = ("thread",)

    def __init__(self, options: Options = Options()) -> None:
        super().__init__(options, TracedThreads(Sleeper))
        self.running = Running(self.facts.threads, SchedCpu)
        self.wanted = frozenset(options.measures or (LATENCY,))
        self.held: list[Sleeper] = []
        # Whether there are wake-ups at all, and whether the trace tells of interrupt handlers.
        self.has_wakeups = self.has_handlers = False
        self.prev_states = PrevStates()

    def _bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        layout = resolve(event_class)
        if layout is None:
            return None
        name = layout.tracepoint.name
        if name == "sched_switch":
            self.relevant = True
            release = stream.trace.environment.get("kernel_release")
            self.prev_states = PrevStates(None if release is None else str(release), _labels(layout))
            return learning(layout, _switch(self, layout), _SWITCH)
        if name in ("sched_waking", "sched_wakeup", "sched_wakeup_new"):
            self.has_wakeups = True
            return Extraction(_wake(self, "waking_ns" if name == "sched_waking" else "wakeup_ns"), layout.fields("comm", "tid"))
        if (handler := _HANDLERS.get(name)) is not None:
            self.has_handlers = True
            return Extraction(handler(self))
        if name == "sched_process_exec":
            return Extraction(_exec(self, layout), layout.fields("filename", "tid", "old_tid"))
        return self.facts.bind(layout)

    # Switches

    def hold(self, thread: Sleeper, time_ns: int, cpu: int, priority: int) -> None:
        """The first that is known of a thread is a switch to it (rule 3)."""
        head = (time_ns, cpu, priority, self.lost_until)
        if self.settled:
            self.switched_in(thread, *head[:3])
            return
        thread.head = (*head, thread.waking_ns, thread.wakeup_ns, thread.waker)
        self.held.append(thread)

    def switched_in(self, thread: Sleeper, time_ns: int, cpu: int, priority: int) -> None:
        """Record what ends with a switch to a thread that was off the CPU."""
        if self.options.filters.cpus and cpu not in self.options.filters.cpus:
            return
        wanted, out_ns, reason = self.wanted, thread.out_ns, thread.reason
        waking, wakeup = thread.waking_ns, thread.wakeup_ns
        woken = wakeup if waking is None or (wakeup is not None and wakeup < waking) else waking
        if woken is None and (out_ns is None or not (OFF_CPU in wanted or PREEMPTION in wanted)):
            return
        waker = None if woken is None else thread.waker
        values = dimension_values(self.options.group_by, priority, cpu, waker)
        if woken is not None:
            details, key = (priority, cpu, waker), (thread, (), values)
            if LATENCY in wanted:
                self.record(LATENCY, key, woken, time_ns, details)
            if waking is not None and wakeup is not None and waking <= wakeup:
                if PATH in wanted:
                    self.record(PATH, key, waking, wakeup, details)
                if QUEUE in wanted:
                    self.record(QUEUE, key, wakeup, time_ns, details)
        if out_ns is not None:
            if PREEMPTION in wanted and reason in RUNNABLE:
                self.record(PREEMPTION, (thread, (), values), out_ns, time_ns, (priority, cpu))
            if OFF_CPU in wanted:
                self.record(OFF_CPU, (thread, (reason,), values), out_ns, time_ns, (priority, cpu))

    # Losses and merging

    def _lose_on(self, cpu: int | None, begin_ns: int) -> None:
        for own in self.running.some(cpu):
            self.running.lose(own)
            own.forget()

    def _release(self) -> None:
        self.running.settle(self._join)
        for thread in self.held:
            if thread.head is not None:
                self._complete(thread, thread)
        self.held.clear()

    def _complete(self, thread: Sleeper, headed: Sleeper) -> None:
        """Record the held switch of `headed` with what `thread` knows of the time before it."""
        time_ns, cpu, priority, lost_until, waking, wakeup, waker = headed.head
        before = thread.out_ns, thread.reason, thread.waking_ns, thread.wakeup_ns, thread.waker
        if thread is headed:
            thread.out_ns = thread.reason = None
            thread.waking_ns, thread.wakeup_ns, thread.waker = waking, wakeup, waker
        else:
            _wake_too(thread, waking, wakeup, waker)
        with self.at(time_ns, lost_until):
            self.switched_in(thread, time_ns, cpu, priority)
        if thread is headed:
            thread.out_ns, thread.reason, thread.waking_ns, thread.wakeup_ns, thread.waker = before
        headed.head = None

    def _join(self, first: Sleeper, then: Sleeper) -> None:
        """Append what became of a thread in the part that follows."""
        if then.mode == UNKNOWN:
            if first.mode != ON:
                _wake_too(first, then.waking_ns, then.wakeup_ns, then.waker)
            return
        if then.head is not None:
            if first.mode == OFF:
                self._complete(first, then)
            elif first.mode == UNKNOWN:
                _wake_too(first, *then.head[4:])
                first.head = (*then.head[:4], first.waking_ns, first.wakeup_ns, first.waker)
                self.held.append(first)
        first.mode, first.out_ns, first.reason = then.mode, then.out_ns, then.reason
        first.waking_ns, first.wakeup_ns, first.waker = then.waking_ns, then.wakeup_ns, then.waker

    def _join_later(self, later: "Sched") -> None:
        self.has_wakeups = self.has_wakeups or later.has_wakeups
        self.has_handlers = self.has_handlers or later.has_handlers
        self.prev_states = later.prev_states if later.relevant else self.prev_states
        for number, follower in later.running.cpus.items():
            if (own := self.running.cpus.get(number)) is not None:
                own.meet_moments(follower)
        self.running.meet(later.running, self._join)
        known = self.facts.merge(later.facts)
        self.running.merge(later.running, known, self._join)
        self.held += [thread for thread in later.held if thread not in known and thread.head is not None]

    def _result(self, window, span: TimeRange, losses: Losses, is_last: bool):
        return durations(self, "sched", {name: MEASURES[name] for name in USUAL if name in self.wanted}, window, span, losses,
                         usual=self.GROUPED_BY)


def _wake_too(thread: Sleeper, waking: int | None, wakeup: int | None, waker: Any) -> None:
    """A thread that was not running got wake-ups: the first of each kind counts, and the first one's waker."""
    if thread.waking_ns is None and thread.wakeup_ns is None:
        thread.waker = waker
    thread.waking_ns = waking if thread.waking_ns is None else thread.waking_ns
    thread.wakeup_ns = wakeup if thread.wakeup_ns is None else thread.wakeup_ns


_SWITCH = ("prev_comm", "prev_tid", "prev_state", "next_comm", "next_tid", "next_prio")


def _labels(layout: Layout) -> dict[str, int] | None:
    """Return the labels of prev_state's enumeration, None if it is a plain integer."""
    path = layout.paths.get("prev_state")
    labels = path.field_class.labels if path is not None else ()
    return {label: ranges[0][0] for label, ranges in labels if ranges} or None


def _switch(engine: Sched, layout: Layout) -> Callable[..., None]:
    """The hot path, hence a closure."""
    offset, threads, running, states = layout.priority_offset, engine.facts.threads, engine.running, engine.prev_states
    by_tid, cpus, join, learn = threads.by_tid, running.cpus, engine._join, engine.facts.learn

    def switch(time_ns, number, prev_comm, prev_tid, prev_state, next_comm, next_tid, next_prio, *contexts):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        cpu = cpus.get(number) or running.cpu(number)
        previous = by_tid.get(prev_tid) or threads.get(prev_tid, prev_comm)
        following = by_tid.get(next_tid) or threads.get(next_tid, next_comm)
        if cpu.thread is not previous:
            running.correct(cpu, previous, join)
        cpu.thread = following
        if cpu.stack or cpu.moment is not None:
            cpu.synchronise()
        if prev_tid:
            previous.mode = OFF
            previous.out_ns = time_ns
            previous.reason = states[prev_state]
            previous.waking_ns = previous.wakeup_ns = None
            if prev_comm != previous.comm and prev_comm:
                previous.comm = prev_comm
                previous.learned = False
        if next_tid:
            if next_comm != following.comm and next_comm:
                following.comm = next_comm
                following.learned = False
            if following.mode == OFF:
                engine.switched_in(following, time_ns, number, next_prio - offset)
            elif following.mode == UNKNOWN:
                engine.hold(following, time_ns, number, next_prio - offset)
            following.mode = ON
            following.waking_ns = following.wakeup_ns = None
        if contexts and not previous.learned:
            learn(previous, *contexts)
    return switch


def _wake(engine: Sched, which: str) -> Callable[..., None]:
    threads, running, is_waking = engine.facts.threads, engine.running, which == "waking_ns"
    by_tid, cpus = threads.by_tid, running.cpus

    def wake(time_ns, number, comm, tid):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        thread = by_tid.get(tid) or threads.get(tid, comm)
        if comm != thread.comm and comm:
            thread.comm = comm
        if thread.mode == ON:
            return
        if thread.waking_ns is None and thread.wakeup_ns is None:
            thread.waker = (cpus.get(number) or running.cpu(number)).waker()
        if is_waking:
            if thread.waking_ns is None:
                thread.waking_ns = time_ns
        elif thread.wakeup_ns is None:
            thread.wakeup_ns = time_ns
    return wake


def _enter(context: str) -> Callable[[Sched], Callable[..., None]]:
    def make(engine: Sched) -> Callable[..., None]:
        running = engine.running
        return lambda _, number: running.cpu(number).stack.append(context)
    return make


def _leave(context: str) -> Callable[[Sched], Callable[..., None]]:
    def make(engine: Sched) -> Callable[..., None]:
        running = engine.running
        return lambda _, number: running.cpu(number).leave(context)
    return make


def _exec(engine: Sched, layout: Layout) -> Callable[..., None]:
    rename = engine.facts.bind(layout).call

    def handle(time_ns, number, filename, tid, old_tid):
        rename(time_ns, number, filename, tid, old_tid)
        thread = engine.facts.threads.get(tid)
        if old_tid is not None and old_tid != tid:
            # The running thread takes its leader's TID: it runs on under it.
            engine.running.cpu(number).thread = thread
            thread.mode, thread.head = ON, None
    return handle


_HANDLERS = {"irq_handler_entry": _enter("irq"), "irq_handler_exit": _leave("irq"),
             "irq_softirq_entry": _enter("softirq"), "irq_softirq_exit": _leave("softirq")}
