"""System calls told at once, entry and exit, or one by one: any order of events gives the same results."""

import random

import pytest
from kernel_events import LOSS, STREAM, _structure, enter, event, leave, lose, switch

from lttngx.analyses.io import Io, IoOptions
from lttngx.analyses.syscalls import SyscallOptions, Syscalls
from lttngx.core.classes import EventClass, Scope

TIDS = (0, 5, 6, 7, 8)
CPUS = 3


def call(random_, name):
    """Return a call's entry fields and what it returns, mostly."""
    fd = random_.choice((3, 4, 5, -1))
    fields = {"read": {"fd": fd}, "write": {"fd": fd}, "close": {"fd": fd}, "fsync": {"fd": fd}, "nanosleep": {}, "dup": {"fildes": fd},
              "sync": {}, "splice": {"fd_in": fd, "fd_out": 4}, "socket": {"family": 2, "type": 1}, "accept4": {"fd": fd, "flags": 0},
              "fcntl": {"fd": fd, "cmd": random_.choice((0, 1)), "arg": 0}, "userfaultfd": {"flags": 0}, "open_by_handle_at": {},
              "openat": {"dfd": -100, "filename": random_.choice(("/a", "/b", "", "socket:[7]")), "flags": 0}}[name]
    return fields, random_.choice((-11, 0, 3, 4, 5))


NAMES = ("read", "write", "openat", "close", "dup", "socket", "accept4", "fcntl", "splice", "fsync", "sync", "nanosleep", "userfaultfd",
         "open_by_handle_at")


def scene(seed, has_tid):
    """Return events in random order: what threads on CPUs do; has_tid: events have the contexts tid and pid."""
    random_ = random.Random(seed)
    current, open_, time_ns, events = [5, 6, 0], {}, 100, []
    for _ in range(300):
        time_ns += random_.choice((1, 2, 9, 40))
        cpu, what = random_.randrange(CPUS), random_.random()
        tid = current[cpu]
        context = {"tid": tid, "pid": tid} if has_tid else None
        if what < 0.15:
            following = random_.choice([tid for tid in TIDS if tid == 0 or tid not in current])
            events.append(switch(time_ns, cpu, tid, following))
            current[cpu] = following
        elif what < 0.18:
            events.append(lose(time_ns, cpu, time_ns + 2, random_.choice((1, 3))))
        elif what < 0.2 and tid:
            events.append(event(time_ns, cpu, "sched_process_exit", context, comm=f"t{tid}", tid=tid, prio=20))
        elif tid in open_ and random_.random() < 0.9:
            name, ret = open_.pop(tid)
            # Some exits are of another call.
            events.append(leave(time_ns, cpu, name if random_.random() < 0.95 else "read", ret, context=context))
        else:
            name = random_.choice(NAMES)
            fields, ret = call(random_, name)
            events.append(enter(time_ns, cpu, name, context=context, **fields))
            open_[tid] = name, ret
            if random_.random() < 0.7:
                del open_[tid]
                time_ns += random_.choice((1, 5, 70))
                events.append(leave(time_ns, cpu, name, ret, context=context))
    return events


def play(engine, events, at_once):
    """Feed an engine, pairs at once or not; return its results, and how many pairs were told."""
    held, told = None, 0
    engine.settle()
    for time_ns, cpu, name, *rest in events:
        if name == LOSS:
            held = give(held)
            engine.discarded_events(STREAM, time_ns, rest[0], rest[1], cpu)
            continue
        payload, context = rest
        event_class = EventClass(name, scopes=(None, _structure(context) if context else None, None, _structure(payload)))
        extraction = engine.bind(event_class, STREAM)
        if extraction is None:
            continue
        given = {Scope.PAYLOAD: payload, Scope.COMMON_CONTEXT: context}
        values = [None if path is None else list(given[path.scope].values())[path.steps[0].index] for path in extraction.paths]
        if held is not None and extraction.both is not None and (held[0].pair, held[2]) == (extraction.pair, cpu):
            extraction.both(held[1], time_ns, cpu, *held[3], *values)
            held, told = None, told + 1
            continue
        held = give(held)
        held = extraction, time_ns, cpu, values
        if not at_once or extraction.pair is None or extraction.both is not None:
            held = give(held)
    give(held)
    engine.cover(events[0][0], events[-1][0])
    return engine.results(), told


def give(held):
    if held is not None:
        extraction, time_ns, cpu, values = held
        extraction.call(time_ns, cpu, *values)


def syscalls(**options):
    return Syscalls(SyscallOptions(**options))


def io(**options):
    return Io(IoOptions(**options))


def shown(value):
    return getattr(value, "__name__", str(value))


@pytest.mark.parametrize("has_tid", [False, True], ids=["current thread", "context tid"])
@pytest.mark.parametrize(("make", "options"), [
    (syscalls, {}), (syscalls, {"group_by": ("thread",), "refresh_ns": 500}), (syscalls, {"views": ("stats", "freq"), "begin_ns": 900,
                                                                                         "end_ns": 3000}),
    (io, {}), (io, {"refresh_ns": 500, "limit": 0}), (io, {"begin_ns": 900, "end_ns": 3000, "group_by": ("process", "file")}),
    (io, {"views": ("stats", "freq"), "group_by": ("thread",)}), (io, {"views": ("usage", "stats"), "refresh_ns": 500}),
    (io, {"views": ("log",)}), (io, {"views": ("top", "freq"), "limit": 2, "refresh_ns": 500}),
    (io, {"views": ("log", "usage", "stats"), "limit": 0, "begin_ns": 900})], ids=shown)
def test_at_once_or_one_by_one(make, options, has_tid):
    number = 0
    for seed in range(20):
        events = scene(seed, has_tid)
        one_by_one, _ = play(make(**options), events, False)
        at_once, told = play(make(**options), events, True)
        assert at_once == one_by_one
        number += told
    # Else nothing was tested.
    assert number > 500


@pytest.mark.parametrize(("make", "options"), [
    (syscalls, {"views": ("log",)}), (syscalls, {"group_by": ("cpu",)}), (syscalls, {"min_ns": 3}), (io, {"group_by": ("cpu",)}),
    (io, {"views": ("stats",), "max_ns": 3}), (io, {"min_bytes": 3})], ids=shown)
def test_where_each_call_matters_they_are_told_one_by_one(make, options):
    events = scene(1, True)
    assert play(make(**options), events, True)[1] == 0


def test_calls_without_a_plain_case_are_told_one_by_one():
    """fcntl() depends on its arguments, copies have two files, an exit of these calls does not come."""
    for engine in (Io(), Syscalls()):
        for name in ("fcntl", "splice", "pipe2", "clone") if isinstance(engine, Io) else ("rt_sigreturn",):
            found = engine.bind(EventClass(f"syscall_entry_{name}", scopes=(None, None, None, _structure({"fd": 3}))), STREAM)
            assert found is None or found.pair is None
