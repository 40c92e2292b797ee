"""Handlers of the system call analysis: from event classes to what `syscalls` does with a thread's entries, exits, switches.

They are closures because this is the hot path.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from lttngx.analyses.distribution import CAPACITY
from lttngx.core.classes import EventClass, FieldPath, Scope
from lttngx.core.extraction import Extraction
from lttngx.kernel.calls import ARGUMENTS, MAX_ERRNO, WITHOUT_EXIT, call_name, value_name
from lttngx.kernel.layouts import Layout, SystemCall, context_path
from lttngx.kernel.running import learning

if TYPE_CHECKING:
    from lttngx.analyses.syscalls import Caller, Syscalls

# The one measure.
CALL = "call"
_SWITCH = ("prev_comm", "prev_tid", "next_comm", "next_tid")


def _switch(engine: "Syscalls") -> Callable[..., "Caller"]:
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
        if prev_tid:
            previous.out_ns = time_ns
            previous.switched = True
            if prev_comm != previous.comm and prev_comm:
                previous.comm = prev_comm
                previous.learned = False
        if next_tid:
            if following.out_ns is not None:
                following.waited_ns += time_ns - following.out_ns
                following.out_ns = None
            elif not following.switched and following.first_ns is None:
                following.in_ns = time_ns
            following.switched = True
            if next_comm != following.comm and next_comm:
                following.comm = next_comm
                following.learned = False
        if contexts and not previous.learned:
            learn(previous, *contexts)
    return switch


def bind_switch(engine: "Syscalls", layout: Layout) -> Extraction:
    """Return what to do with sched_switch."""
    return learning(layout, _switch(engine), _SWITCH)


def _finder(engine: "Syscalls") -> Callable[[int, int | None], "Caller"]:
    """Return a function from a CPU and the context `tid` to the thread (rule 1)."""
    threads, running = engine.facts.threads, engine.running
    by_tid, cpus = threads.by_tid, running.cpus

    def find(number, tid):
        if tid:
            return by_tid.get(tid) or threads.get(tid)
        return (cpus.get(number) or running.cpu(number)).thread
    return find


def bind_entry(engine: "Syscalls", event_class: EventClass, found: SystemCall) -> Extraction:
    """Return what to do with a system call's entry."""
    tid = context_path(event_class, "tid")
    if found.name is None or found.name == "unknown":
        return Extraction(_unknown_entry(engine, found.compat), (
            tid, event_class.path(Scope.PAYLOAD, "id"),
            event_class.path(Scope.PAYLOAD, "args") if engine.options.arguments else None))
    wanted = _wanted_arguments(engine, found.name)
    paths: tuple[FieldPath | None, ...] = tuple(event_class.path(Scope.PAYLOAD, argument) for argument in wanted)
    return Extraction(_entry(engine, found.name, found.compat, wanted), (tid, *paths), pair=_pair(engine, found))


def _wanted_arguments(engine: "Syscalls", name: str) -> tuple[str, ...]:
    return tuple(argument for call, argument in engine.options.arguments if call == name)


def _pair(engine: "Syscalls", found: SystemCall) -> tuple | None:
    """Return what a call's entry and exit have in common, None if they are to be told one by one."""
    is_plain = engine.is_plain and found.name not in WITHOUT_EXIT and not _wanted_arguments(engine, found.name)
    return ("syscalls", found.name, found.compat) if is_plain else None


def shown_name(name: str, compat: bool) -> str:
    """Return what a call is called in results: 32-bit calls of a 64-bit kernel are told apart."""
    return f"{name} (32-bit)" if compat else name


def _label(name: str, compat: bool, wanted: tuple[str, ...], values: Iterable) -> tuple:
    arguments = ", ".join(f"{argument} = {value_name(name, argument, value)}"
                          for argument, value in zip(wanted, values) if value is not None)
    shown = shown_name(name, compat)
    return (f"{shown}({arguments})" if arguments else shown,)


def _entry(engine: "Syscalls", name: str, compat: bool, wanted: tuple[str, ...]) -> Callable[..., None]:
    find, by_tid, plain = _finder(engine), engine.facts.threads.by_tid, (shown_name(name, compat),)

    def enter(time_ns, number, tid, *values):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        thread = by_tid.get(tid) or find(number, tid)
        if thread.call is not None:
            engine.abandon(thread.name)
        if thread.first_ns is None:
            thread.first_ns = time_ns
            thread.is_child = False
        thread.call = plain if not values else _label(name, compat, wanted, values)
        thread.name = name
        thread.entered_ns = time_ns
        thread.waited_ns = 0
        thread.out_ns = None

    def enter_without_exit(time_ns, number, tid, *values):
        enter(time_ns, number, tid)
        find(number, tid).call = None
    return enter_without_exit if name in WITHOUT_EXIT else enter


def _unknown_entry(engine: "Syscalls", compat: bool) -> Callable[..., None]:
    """The entry of a call which the tracer gives by number, with its registers."""
    handlers: dict[int, tuple[Callable[..., None], tuple[int, ...]]] = {}

    def make(number: int) -> tuple[Callable[..., None], tuple[int, ...]]:
        name = call_name(number, compat)
        registers = ARGUMENTS.get(name, ())
        wanted = tuple(argument for call, argument in engine.options.arguments if call == name and argument in registers)
        return _entry(engine, name, compat, wanted), tuple(registers.index(argument) for argument in wanted)

    def enter(time_ns, cpu, tid, number, args):
        entry = handlers.get(number)
        if entry is None:
            entry = handlers[number] = make(-1 if number is None else number)
        handler, places = entry
        handler(time_ns, cpu, tid, *[_register(args, place) for place in places])
    return enter


def _register(args: list[int] | None, place: int) -> int | None:
    return None if args is None or place >= len(args) else args[place]


def bind_exit(engine: "Syscalls", event_class: EventClass, found: SystemCall) -> Extraction:
    """Return what to do with a system call's exit."""
    paths = context_path(event_class, "tid"), event_class.path(Scope.PAYLOAD, "ret")
    if found.name == "unknown" or (found.name is None and event_class.path(Scope.PAYLOAD, "id") is not None):
        return Extraction(_unknown_exit(engine, found.compat), (*paths, event_class.path(Scope.PAYLOAD, "id")))
    enter, leave = None if found.name is None else _entry(engine, found.name, found.compat, ()), _exit(engine, found.name)
    pair = None if found.name is None else _pair(engine, found)
    return Extraction(leave, paths, pair, None if pair is None else _both(engine, (shown_name(found.name, found.compat),), enter, leave))


def _exit(engine: "Syscalls", name: str | None) -> Callable[..., None]:
    """Count the plain case here: the exit that is due, and no sample to keep."""
    find, by_tid, is_plain, tells_threads = _finder(engine), engine.facts.threads.by_tid, engine.is_plain, engine.tells_threads

    def leave(time_ns, number, tid, ret):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        thread = by_tid.get(tid) or find(number, tid)
        call = thread.call
        if call is None:
            engine.orphan(thread, time_ns, number, name, ret)
            return
        if is_plain and name == thread.name:
            begin_ns = thread.entered_ns
            cell = engine.cells.get((thread if tells_threads else None, call, ()))
            if cell is not None and begin_ns >= engine.lost_until:
                thread.call = None
                values, duration = cell.values, time_ns - begin_ns
                values[duration] = values.get(duration, 0) + 1
                if len(values) > CAPACITY:
                    cell.fold()
                if thread.waited_ns:
                    cell.part_ns += thread.waited_ns
                if ret is not None and -MAX_ERRNO <= ret < 0:
                    cell.tally(-ret)
                return
        engine.complete(thread, time_ns, number, name, ret, thread.waited_ns)
    return leave


def _both(engine: "Syscalls", call: tuple, enter: Callable[..., None], leave: Callable[..., None]) -> Callable[..., None]:
    """An entry with its exit right behind it: nothing happened in between. Count the plain case here: another one of a call
    which the thread has made before."""
    find, by_tid, tells_threads = _finder(engine), engine.facts.threads.by_tid, engine.tells_threads

    def both(begin_ns, end_ns, number, tid, tid_at_end, ret):
        if begin_ns is not None and end_ns is not None and end_ns < engine.high and begin_ns >= engine.lost_until and tid == tid_at_end:
            thread = by_tid.get(tid) or find(number, tid)
            cell = engine.cells.get((thread if tells_threads else None, call, ()))
            if cell is not None and thread.call is None and thread.first_ns is not None:
                thread.waited_ns = 0
                thread.out_ns = None
                values, duration = cell.values, end_ns - begin_ns
                values[duration] = values.get(duration, 0) + 1
                if len(values) > CAPACITY:
                    cell.fold()
                if ret is not None and -MAX_ERRNO <= ret < 0:
                    cell.tally(-ret)
                return
        enter(begin_ns, number, tid)
        leave(end_ns, number, tid_at_end, ret)
    return both


def _unknown_exit(engine: "Syscalls", compat: bool) -> Callable[..., None]:
    handlers: dict[int | None, Callable[..., None]] = {}

    def leave(time_ns, cpu, tid, ret, number):
        handler = handlers.get(number)
        if handler is None:
            # -1: the tracer found no call, as after rt_sigreturn().
            name = None if number is None or number < 0 else call_name(number, compat)
            handler = handlers[number] = _exit(engine, name)
        handler(time_ns, cpu, tid, ret)
    return leave


def bind_exec(engine: "Syscalls", layout: Layout) -> Extraction:
    """Return what to do with sched_process_exec."""
    rename = engine.facts.bind(layout).call

    def handle(time_ns, number, filename, tid, old_tid):
        threads = engine.facts.threads
        old = threads.by_tid.get(old_tid)
        rename(time_ns, number, filename, tid, old_tid)
        if old_tid is not None and old_tid != tid and old is not None:
            # The thread takes its leader's TID and goes on in its call.
            thread = threads.get(tid)
            thread.take_state(old)
            engine.running.cpu(number).thread = thread
    return Extraction(handle, layout.fields("filename", "tid", "old_tid"))
