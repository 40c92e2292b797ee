"""Handlers of the I/O analysis: from event classes to the steps of `io`.

They are closures because this is the hot path.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lttngx.analyses.cells import Cell
from lttngx.analyses.distribution import CAPACITY
from lttngx.analyses.io_call import Call, call_of
from lttngx.analyses.io_tables import NUMBERS
from lttngx.core.classes import EventClass, FieldPath, Scope
from lttngx.core.extraction import Extraction
from lttngx.kernel.calls import call_name
from lttngx.kernel.file_calls import CALLS
from lttngx.kernel.io_calls import IO_CALLS, REGISTERS
from lttngx.kernel.layouts import Layout, SystemCall, context_path, resolve, system_call

if TYPE_CHECKING:
    from lttngx.analyses.io import Io

# What a file table says of a descriptor which it does not know.
_NO_NAME = None, False
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
    """Return the entry fields of a call: the two descriptors, then those of its row in CALLS."""
    kind = IO_CALLS.get(name)
    return kind and kind.source, kind and kind.target, *(CALLS[name].entry if name in CALLS else ())


def _bind_entry(engine: "Io", event_class: EventClass, found: SystemCall) -> Extraction | None:
    contexts = tuple(context_path(event_class, name) for name in ("tid", "pid"))
    if found.name is None or found.name == "unknown":
        paths = (event_class.path(Scope.PAYLOAD, field) for field in ("id", "args"))
        return Extraction(_unknown_entry(engine, found.compat), (*contexts, *paths))
    if found.name not in IO_CALLS and found.name not in CALLS:
        return None
    paths = tuple(None if field is None else _alternative(event_class, field) for field in _wanted(found.name))
    call = call_of(found.name, found.compat)
    return Extraction(_entry(engine, call), (*contexts, *paths), pair=_pair(engine, call))


def _pair(engine: "Io", call: Call) -> tuple | None:
    """Return what a call's entry and exit have in common; None if they are to be told one by one."""
    return ("io", call.name, call.compat) if engine.is_plain and call.is_plain else None


def _entry(engine: "Io", call: Call) -> Callable[..., None]:
    """Begin the plain case here: a known thread which was in no call, with a known file table."""
    find, tasks, at_entry, name = engine.finder(), engine.files.tasks.by_tid, call.at_entry, call.name
    # Copies have two descriptors; what fcntl() does depends on its arguments.
    is_plain, has_source, has_target = not call.is_copy and call.other is call, call.source is not None, call.target is not None
    by_tid, is_begun = engine.facts.threads.by_tid, call.is_begun

    def enter(time_ns, number, tid, pid, source, target, *arguments):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        thread = by_tid.get(tid) or find(number, tid)
        if is_plain and engine.settled and thread.begun is None and thread.became is None:
            task = tasks.get(thread.tid)
            if task is not None and (table := task.files) is not None and (task.pid is not None or pid is None):
                fd = source if has_source else target
                file = None if fd is None or fd < 0 else table.files.get(fd, _NO_NAME)[0] or table.file(fd)
                task.pending = (name, arguments) if is_begun else None
                if at_entry is not None:
                    at_entry(table, time_ns, arguments)
                thread.begun = call, time_ns, file if has_source else None, file if has_target else None, fd
                return
        if engine.settled:
            engine.enter(time_ns, thread, pid, call, source, target, arguments)
        else:
            engine.step(time_ns, "enter", thread, pid, call, source, target, arguments)
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
        return _entry(engine, call_of(name, compat)), places

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
    paths, leave = (tid, ret, *(_alternative(event_class, field) for field in results)), _exit(engine, found.name, found.compat)
    if found.name is None or (pair := _pair(engine, call := call_of(found.name, found.compat))) is None:
        return Extraction(leave, paths)
    return Extraction(leave, paths, pair, _both(engine, call, _entry(engine, call), leave))


def _exit(engine: "Io", name: str | None, compat: bool) -> Callable[..., None]:
    """Count the plain case here: the exit that is due of a call which leaves file tables alone."""
    find, by_tid = engine.finder(), engine.facts.threads.by_tid
    call = None if name is None else call_of(name, compat)
    nothing = (None,) * (len(CALLS[name].exit) if name in CALLS else 0)
    is_plain = engine.is_plain and call is not None and call.is_plain and not call.is_ended and not call.opens
    count = _counter(engine, call) if is_plain else None

    def leave(time_ns, number, tid, ret, *results):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        thread = by_tid.get(tid) or find(number, tid)
        if not engine.settled:
            engine.step(time_ns, "leave", thread, number, call, ret, results or nothing)
            return
        begun = thread.begun
        if is_plain and begun is not None and begun[0] is call and ret is not None and ret >= 0:
            thread.begun = None
            count(thread, begun[3] if begun[2] is None else begun[2], begun[4], ret, begun[1], time_ns, number)
        else:
            engine.leave(time_ns, thread, number, call, ret, results or nothing)
    return leave


def _counter(engine: "Io", call: Call) -> Callable[..., None]:
    """Return a function which counts a call of a file which succeeded, where engine.is_plain."""
    at, has_bytes, moves, label, shown = call.at, call.has_bytes and call.moves, call.moves, call.label, call.shown
    has_usage, has_values, tells_threads, has_cells, logs, keep = (
        engine.has_usage, engine.has_values, engine.tells_threads, engine.has_cells, engine.logs, engine.keep)

    def count(thread, file, fd, ret, begin_ns, end_ns, cpu):
        if engine.window is None:
            return
        engine.calls[0] += 1
        if has_usage:
            key = thread, (), (file,)
            amounts = engine.sums.get(key)
            if amounts is None:
                amounts = engine.sums[key] = [0] * NUMBERS
            amounts[at] += 1
            if has_bytes:
                amounts[at + 1] += ret
        if has_values:
            duration = end_ns - begin_ns
            if begin_ns < engine.lost_until:
                engine.count("lossy")
            if logs:
                engine.log.append((begin_ns, end_ns, duration, thread, label, cpu, shown, file, fd, ret if moves else None, ret))
            if has_cells:
                key = thread if tells_threads else None, label, ()
                cell = engine.cells.get(key)
                if cell is None:
                    cell = engine.cells[key] = Cell()
                values = cell.values
                values[duration] = values.get(duration, 0) + 1
                if len(values) > CAPACITY:
                    cell.fold()
                if keep and duration > cell.floor:
                    cell.keep((duration, begin_ns, end_ns, cpu, shown, file, fd, ret if moves else None, ret), keep)
                if moves:
                    cell.part_ns += ret
    return count


def _both(engine: "Io", call: Call, enter: Callable[..., None], leave: Callable[..., None]) -> Callable[..., None]:
    """An entry with its exit right behind it: nothing happened in between. Count the plain case here: see `_entry` and `_exit`."""
    find, by_tid, tasks, count = engine.finder(), engine.facts.threads.by_tid, engine.files.tasks.by_tid, _counter(engine, call)
    has_source, at_entry, at_exit, opens, name = call.source is not None, call.at_entry, call.at_exit, call.opens, call.name
    size = len(CALLS[name].entry) if name in CALLS else 0
    nothing = (None,) * (len(CALLS[name].exit) if name in CALLS else 0)

    def both(begin_ns, end_ns, number, tid, pid, source, target, *values):
        ret = values[size + 1]
        if ret is not None and begin_ns is not None and end_ns is not None and (
                ret >= 0 and end_ns < engine.high and engine.settled and tid == values[size]):
            thread = by_tid[tid] if tid in by_tid else find(number, tid)
            task = tasks.get(thread.tid)
            if task is not None and thread.begun is None and thread.became is None and (table := task.files) is not None and (
                    task.pid is not None or pid is None):
                engine.last_ns = end_ns
                task.pending = None
                if not opens:
                    fd = source if has_source else target
                    file = (table.files[fd][0] if fd in table.files else None) or (None if fd is None or fd < 0 else table.file(fd))
                if at_entry is not None:
                    at_entry(table, begin_ns, values[:size])
                if at_exit is not None:
                    at_exit(table, end_ns, values[:size], ret, values[size + 2:] or nothing)
                if opens:
                    fd, file = ret, (table.files[ret][0] if ret in table.files else None) or table.file(ret)
                count(thread, file, fd, ret, begin_ns, end_ns, number)
                return
        enter(begin_ns, number, tid, pid, source, target, *values[:size])
        leave(end_ns, number, values[size], ret, *values[size + 2:])
    return both


def _unknown_exit(engine: "Io", compat: bool) -> Callable[..., None]:
    handlers: dict[int | None, Callable[..., None] | None] = {}

    def leave(time_ns, number, tid, ret, call):
        if call not in handlers:
            name = None if call is None or call < 0 else call_name(call, compat)
            handlers[call] = _exit(engine, name, compat) if name in IO_CALLS or name in CALLS else None
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
