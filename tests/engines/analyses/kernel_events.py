"""Kernel events for engines of analyses: (time, CPU, event name, values by field), and losses. Times are ns."""

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream, Trace

STREAM = Stream(trace=Trace(uuid="u"), clock="clock")
LOSS = "loss"
TEXTS = {"comm", "prev_comm", "next_comm", "name", "action", "filename", "child_comm", "procname"}


def event(time_ns, cpu, name, context=None, /, **values):
    """An event with a payload of `values` and a common context of `context`."""
    return time_ns, cpu, name, values, context or {}


def switch(time_ns, cpu, prev, following, state=1, prio=20, **names):
    """sched_switch. Threads are called t1, t2, … but for those given as prev_comm and next_comm."""
    return event(time_ns, cpu, "sched_switch", prev_comm=names.get("prev_comm", f"t{prev}"), prev_tid=prev, prev_prio=20,
                 prev_state=state, next_comm=names.get("next_comm", f"t{following}"), next_tid=following, next_prio=prio)


def waking(time_ns, cpu, tid, name="sched_waking"):
    return event(time_ns, cpu, name, comm=f"t{tid}", tid=tid, prio=20, target_cpu=cpu)


def wakeup(time_ns, cpu, tid):
    return waking(time_ns, cpu, tid, "sched_wakeup")


def enter(time_ns, cpu, call, prefix="syscall_entry_", context=None, **values):
    return event(time_ns, cpu, prefix + call, context, **values)


def leave(time_ns, cpu, call, ret=0, prefix="syscall_exit_", context=None):
    return event(time_ns, cpu, prefix + call, context, ret=ret)


def lose(begin_ns, cpu, end_ns, count):
    """Events of a CPU were lost."""
    return begin_ns, cpu, LOSS, end_ns, count


def _structure(values):
    members = tuple((field, _class_of(field, value)) for field, value in values.items())
    return FieldClass(Kind.STRUCTURE, members=members)


def _class_of(field, value):
    if field in TEXTS:
        return FieldClass(Kind.STRING)
    if isinstance(value, list):
        return FieldClass(Kind.DYNAMIC_ARRAY, element=FieldClass(Kind.SIGNED, bits=64))
    return FieldClass(Kind.SIGNED, bits=64)


def play(engine, events, stream=STREAM):
    """Feed an engine; return it."""
    times = []
    for time_ns, cpu, name, *rest in events:
        if name == LOSS:
            engine.discarded_events(stream, time_ns, rest[0], rest[1], cpu)
            continue
        values, context = rest
        times.append(time_ns)
        event_class = EventClass(name, scopes=(None, _structure(context) if context else None, None, _structure(values)))
        extraction = engine.bind(event_class, stream)
        if extraction is not None:
            given = {Scope.PAYLOAD: values, Scope.COMMON_CONTEXT: context}
            extraction.call(time_ns, cpu, *(None if path is None else list(given[path.scope].values())[path.steps[0].index]
                                            for path in extraction.paths))
    engine.cover(min(times, default=None), max(times, default=None))
    return engine


def only(engine, events):
    """Return the one result of some events."""
    result, = play(engine, events).results()
    return result


def measure(result, key):
    """Return one measure's result."""
    return next(found for found in result.measures if found.key == key)
