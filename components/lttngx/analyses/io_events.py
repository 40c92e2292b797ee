"""Handlers of the I/O analysis: from event classes to the steps of `io`.

They are closures because this is the hot path.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lttngx.analyses.syscall_events import shown_name
from lttngx.core.classes import EventClass, FieldPath, Scope
from lttngx.core.predicate import Extraction
from lttngx.kernel.calls import call_name
from lttngx.kernel.file_calls import CALLS
from lttngx.kernel.io_calls import IO_CALLS, REGISTERS
from lttngx.kernel.layouts import Layout, SystemCall, context_path, resolve, system_call

if TYPE_CHECKING:
    from lttngx.analyses.io import Io

# net_dev_xmit: the driver was busy, and will be asked again (NETDEV_TX_BUSY).
_BUSY = 0x10


def bind_io(engine: "Io", event_class: EventClass) -> Extraction | None:
    """Return what to do with the events of a class, None if nothing."""
    found = system_call(event_class.name or "")
    if found is not None:
        engine.relevant = True
        engine.kinds |= {"call", "file"}
        return _bind_entry(engine, event_class, found) if found.phase == "entry" else _bind_exit(engine, event_class, found)
    layout = resolve(event_class)
    if layout is None:
        return None
    name = layout.tracepoint.name
    if name in _BLOCK:
        return _bind_block(engine, layout, *_BLOCK[name])
    if name in _NET:
        engine.relevant = True
        engine.kinds.add("net")
        return Extraction(_packet(engine, name == "net_dev_xmit"), layout.fields("name", "len", "rc"))
    if name == "lttng_statedump_block_device":
        return Extraction(_device(engine), layout.fields("dev", "diskname"))
    facts = engine._bind_threads(event_class)
    if name in _FILES:
        return _bind_files(engine, layout, facts, *_FILES[name])
    return facts


# System calls

def _alternative(event_class: EventClass, field: str) -> FieldPath | None:
    """Return the path of a payload field, written `name` or `name|other`; None if the class has none of them."""
    return next((path for name in field.split("|") if (path := event_class.path(Scope.PAYLOAD, name)) is not None), None)


def _wanted(name: str) -> tuple[str | None, ...]:
    """Return the entry fields of a call: those of its row in CALLS, then the two descriptors."""
    kind = IO_CALLS.get(name)
    return *(CALLS[name].entry if name in CALLS else ()), kind and kind.source, kind and kind.target


def _bind_entry(engine: "Io", event_class: EventClass, found: SystemCall) -> Extraction | None:
    contexts = tuple(context_path(event_class, name) for name in ("tid", "pid"))
    if found.name is None or found.name == "unknown":
        paths = (event_class.path(Scope.PAYLOAD, field) for field in ("id", "args"))
        return Extraction(_unknown_entry(engine, found.compat), (*contexts, *paths))
    if found.name not in IO_CALLS and found.name not in CALLS:
        return None
    paths = tuple(None if field is None else _alternative(event_class, field) for field in _wanted(found.name))
    return Extraction(_entry(engine, found.name, found.compat), (*contexts, *paths))


def _entry(engine: "Io", name: str, compat: bool) -> Callable[..., None]:
    find, shown = engine.finder(), shown_name(name, compat)

    def enter(time_ns, number, tid, pid, *values):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if engine.settled:
            engine.enter(time_ns, find(number, tid), number, pid, name, shown, values[:-2], values[-2], values[-1])
        else:
            engine.step(time_ns, "enter", find(number, tid), number, pid, name, shown, values[:-2], values[-2], values[-1])
    return enter


def _unknown_entry(engine: "Io", compat: bool) -> Callable[..., None]:
    """The entry of a call which the tracer gives by number, with its registers."""
    handlers: dict[int, tuple[Callable[..., None], tuple[int | None, ...]] | None] = {}

    def make(number: int) -> tuple[Callable[..., None], tuple[int | None, ...]] | None:
        name = call_name(number, compat)
        if name not in REGISTERS:
            return None
        registers = REGISTERS[name]
        places = tuple(next((registers.index(word) for word in (field or "").split("|") if word and word in registers), None)
                       for field in _wanted(name))
        return _entry(engine, name, compat), places

    def enter(time_ns, number, tid, pid, call, args):
        if call not in handlers:
            handlers[call] = make(-1 if call is None else call)
        if (entry := handlers[call]) is not None:
            handler, places = entry
            handler(time_ns, number, tid, pid, *(_register(args, place) for place in places))
    return enter


def _register(args: list[int] | None, place: int | None) -> int | None:
    """Return a register as the int which it holds in its low 32 bits: descriptors, flags."""
    if args is None or place is None or place >= len(args):
        return None
    low = args[place] & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def _bind_exit(engine: "Io", event_class: EventClass, found: SystemCall) -> Extraction | None:
    tid, ret = context_path(event_class, "tid"), event_class.path(Scope.PAYLOAD, "ret")
    number = event_class.path(Scope.PAYLOAD, "id")
    if found.name == "unknown" or (found.name is None and number is not None):
        return Extraction(_unknown_exit(engine, found.compat), (tid, ret, number))
    if found.name is not None and found.name not in IO_CALLS and found.name not in CALLS:
        return None
    results = CALLS[found.name].exit if found.name in CALLS else ()
    return Extraction(_exit(engine, found.name), (tid, ret, *(_alternative(event_class, field) for field in results)))


def _exit(engine: "Io", name: str | None) -> Callable[..., None]:
    find = engine.finder()
    results = len(CALLS[name].exit) if name in CALLS else 0

    def leave(time_ns, number, tid, ret, *values):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if engine.settled:
            engine.leave(time_ns, find(number, tid), number, name, ret, values or (None,) * results)
        else:
            engine.step(time_ns, "leave", find(number, tid), number, name, ret, values or (None,) * results)
    return leave


def _unknown_exit(engine: "Io", compat: bool) -> Callable[..., None]:
    handlers: dict[int | None, Callable[..., None] | None] = {}

    def leave(time_ns, number, tid, ret, call):
        if call not in handlers:
            name = None if call is None or call < 0 else call_name(call, compat)
            handlers[call] = _exit(engine, name) if name in IO_CALLS or name in CALLS else None
        if (handler := handlers[call]) is not None:
            handler(time_ns, number, tid, ret)
    return leave


# What changes file tables

def _bind_files(engine: "Io", layout: Layout, facts: Extraction | None, method: str, fields: tuple[str, ...]) -> Extraction:
    """Return what to do with an event which tells of file tables, and perhaps of threads, too."""
    tell, known = (None, 0) if facts is None else (facts.call, len(facts.paths))

    def handle(time_ns, number, *values):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if tell is not None:
            tell(time_ns, number, *values[:known])
        engine.step(time_ns, method, *values[known:])
    return Extraction(handle, (*(facts.paths if facts is not None else ()), *layout.fields(*fields)))


# Block requests, packets

def _bind_block(engine: "Io", layout: Layout, method: str, fields: tuple[str, ...]) -> Extraction:
    engine.kinds |= {"queue", "device", "block"}
    engine.relevant = engine.relevant or method in ("request_issue", "request_complete")
    threads = engine.facts.threads

    def handle(time_ns, number, tid, *values):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        engine.step(time_ns, method, number, None if tid is None else threads.get(tid), *values)
    return Extraction(handle, layout.fields("tid", *fields))


def _packet(engine: "Io", is_sent: bool) -> Callable[..., None]:
    def handle(time_ns, number, name, length, code):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if engine.window is not None and engine.wants(number, length) and not (is_sent and code == _BUSY):
            engine.window.use("net", (None, (name,), ()), (0, 0, 1, length) if is_sent else (1, length, 0, 0))
    return handle


def _device(engine: "Io") -> Callable[..., None]:
    def handle(_: Any, __: int, dev: int, name: str) -> None:
        engine.devices[dev] = name
    return handle


_SECTORS = ("dev", "sector", "nr_sector")
# Tracepoint → method of Io, fields after `tid`.
_BLOCK = {
    "block_bio_queue": ("bio_queue", _SECTORS),
    "block_bio_remap": ("bio_remap", ("dev", "sector", "old_dev", "old_sector")),
    "block_bio_frontmerge": ("bio_front_merge", _SECTORS),
    "block_rq_merge": ("request_merge", ("dev", "sector")),
    "block_rq_insert": ("request_insert", (*_SECTORS, "rwbs")),
    "block_rq_issue": ("request_issue", (*_SECTORS, "rwbs")),
    "block_rq_requeue": ("request_requeue", ("dev", "sector")),
    "block_rq_complete": ("request_complete", (*_SECTORS, "rwbs", "error")),
}
_NET = ("net_dev_xmit", "net_if_receive_skb")
# Tracepoint → method of Io, its fields.
_FILES = {
    "sched_process_fork": ("fork", ("parent_tid", "parent_pid", "child_tid", "child_pid")),
    "sched_process_exec": ("exec", ("tid", "old_tid")),
    "sched_process_exit": ("exit", ("tid",)),
    "lttng_statedump_process_state": ("dump_process", ("tid", "pid", "file_table_address")),
    "lttng_statedump_file_descriptor": ("dump_descriptor", ("file_table_address", "pid", "fd", "flags", "filename")),
}
