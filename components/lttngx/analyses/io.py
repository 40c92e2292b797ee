"""I/O analysis: system calls with the files they are about, requests of block devices, packets of network interfaces.

Measures:
- `call`: system calls which move data or make, close or flush files (`kernel.io_calls`), from entry to exit.
- `queue`: block requests from their first bio's submission, or their insertion, to their issue.
- `device`: block requests from issue to completion.

The rules:
1. A call is its thread's (`attributed`); its size is what it returned. Files are told by the thread's file table at the call
   (`kernel.files`), which outlives windows. A call counts where it ends.
2. A copy (splice(), sendfile(), copy_file_range(), …) reads from one file and writes to another.
3. A block request is the thread's which submitted it (`kernel.block`); it counts where it completes.
4. Which file a descriptor is depends on all that came before. So a trace part keeps its calls, what changes file tables,
   and its block events as a *journal*, which is gone through when the beginning of the trace is known: at once if the
   part is told so (`settle`), else when all parts are joined. What network interfaces do is counted at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from lttngx.analyses.attributed import Attributed
from lttngx.analyses.cells import Cell, Key, Sample, Window
from lttngx.analyses.grouping import durations
from lttngx.analyses.io_call import FCNTL, Call
from lttngx.analyses.io_events import bind_io
from lttngx.analyses.io_files import FileState, FileTask
from lttngx.analyses.io_tables import (
    BLOCK, CALL, DEVICE, FAILURES, FILES, MEASURES, NET, NUMBERS, OUTCOMES, QUEUE, USAGES, WRITTEN_AT, move, place, tell_kind)
from lttngx.analyses.measures import CPU, FILE, SYSCALL, THREAD_DIMENSIONS, THREAD_ONLY, told_values
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.windowed import USAGE, VIEWS, Options
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.block import AGAIN, SECTOR_BYTES, Request, Requests, device_name
from lttngx.kernel.calls import MAX_ERRNO
from lttngx.kernel.file_calls import F_DUPFD, F_DUPFD_CLOEXEC
from lttngx.kernel.files import Unnamed
from lttngx.kernel.running import GHOST_TID, Traced, final
from lttngx.kernel.threads import Thread

_BY_FILE = (FILE,)
# Sums of one number: how many calls there were.
_CALLS = "calls"
_EVERY = None, (), ()


@dataclass(frozen=True, slots=True)
class IoOptions(Options):
    """min_bytes, max_bytes: limits of the sizes of calls and requests, inclusive; what has no size is left out then."""

    views: tuple[str, ...] = (USAGE,)
    min_bytes: int | None = None
    max_bytes: int | None = None


# An open call: (call, begin, file read from or acted on, file written to, descriptor of the first of them). A file is a name, or what
# may get one later; None if not known or none.
Begun = tuple[Call, int, str | Unnamed | None, str | Unnamed | None, int | None]


class Caller(Traced):
    """A thread. begun: its open call."""

    __slots__ = STATE = ("begun",)

    def __init__(self, tid: int, comm: str | None = None, continues: bool = True):
        super().__init__(tid, comm, continues)
        self.begun: Begun | None = None


class Step(NamedTuple):
    """What the journal holds: a method of Io and its arguments, when it was, when the last loss before it was over."""

    time_ns: int
    lost_until: int
    method: str
    arguments: tuple


class Io(Attributed):
    """The analysis; see the module."""

    TASK = "follow I/O"
    MISSING = ("Cannot follow I/O: event=syscall_entry_*, expected it or block_rq_issue or net_dev_xmit or net_if_receive_skb, got none in "
               "the trace: enable them with `lttng enable-event --kernel --syscall --all` and "
               "`lttng enable-event --kernel 'block_*,net_*,lttng_statedump_*'`")
    VIEWS = (*VIEWS, USAGE)
    MEASURES = tuple(MEASURES)
    DIMENSIONS = (*THREAD_DIMENSIONS, CPU, SYSCALL, FILE)

    def __init__(self, options: Options = IoOptions()) -> None:
        super().__init__(options, Caller)
        self.journal: list[Step] = []
        self.files = FileState()
        self.requests = Requests()
        self.devices: dict[int, str] = {}
        # Measures and usages of which the trace has events.
        self.kinds: set[str] = set()
        # Stands for the threads of block requests which do not tell them.
        self.nobody = self.facts.threads.ghost()
        # Sums of files, cells of calls and their number in the current window.
        self.sums: dict[Key, list[int]] = {}
        self.cells: dict[Key, Cell] = {}
        self.log: list[Sample] = []
        self.calls = [0]
        # Dimensions of USAGES[FILES] which calls tell.
        self.told = tuple(name for name in USAGES[FILES].shown(options.group_by) if name not in THREAD_ONLY)
        # Where among them the file is: then each sum is of one file, whose kind is told at the end.
        self.file_at = self.told.index(FILE) if FILE in self.told else None
        # Whether cells are told apart by more than thread and category; whether not everything is to be shown.
        self.tells_values = not THREAD_ONLY.issuperset(options.group_by)
        self.is_choosy = bool(options.filters.cpus) or options.min_bytes is not None or options.max_bytes is not None
        # Whether a call changes no more than the sums of its thread and file, and the cell of its thread and category.
        self.is_plain = not (self.is_choosy or self.has_usage and self.told != _BY_FILE or self.has_values and (
            self.tells_values or options.min_ns is not None or options.max_ns is not None))

    def _open(self, index: int) -> None:
        super()._open(index)
        if self.window is not None:
            self.sums, self.cells = self.window.sums[FILES], self.window.cells[CALL]
            self.log = self.window.logs[CALL] if self.logs else []
            self.calls = self.window.sums[_CALLS].setdefault(_EVERY, [0])

    def _check(self) -> None:
        super()._check()
        self._check_limits("size", self.options.min_bytes, self.options.max_bytes)

    def _bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        return bind_io(self, event_class)

    def step(self, time_ns: int, method: str, *arguments: Any) -> None:
        """Do something now, or write it down (rule 4)."""
        if self.settled:
            getattr(self, method)(time_ns, *arguments)
        else:
            self.journal.append(Step(time_ns, self.lost_until, method, arguments))

    def _release(self) -> None:
        super()._release()
        now = self.window, self.lost_until
        for time_ns, self.lost_until, method, arguments in self.journal:
            self.window = self.windows.get(self.grid.index(time_ns))
            getattr(self, method)(time_ns, *arguments)
        self.journal.clear()
        self.window, self.lost_until = now

    # System calls

    def enter(self, time_ns: int, thread: Caller, pid: int | None, call: Call, source: int | None, target: int | None,
              arguments: tuple) -> None:
        """A thread enters a call. arguments: those which its row of `file_calls.CALLS` wants."""
        caller = thread if thread.became is None else final(thread)
        if (begun := caller.begun) is not None and begun[0].is_io:
            self.count("unfinished")
        if call.other is not call and arguments[1] not in (F_DUPFD, F_DUPFD_CLOEXEC):
            call = call.other
        read = written = None
        if thread.tid != GHOST_TID:
            task = self.files.task(thread.tid, pid)
            if call.is_io:
                if source is not None and source >= 0:
                    read = (task.files or self.files.table(task)).file(source)
                if target is not None and target >= 0:
                    written = (task.files or self.files.table(task)).file(target)
            task.pending = None
            if call.is_begun:
                self.files.begin(task, time_ns, call.name, arguments)
        caller.begun = call, time_ns, read, written, target if source is None else source

    def leave(self, time_ns: int, thread: Caller, cpu: int, call: Call | None, ret: int | None, results: tuple) -> None:
        """A thread's call ends. call: None if the event does not tell it."""
        caller = thread if thread.became is None else final(thread)
        begun, caller.begun = caller.begun, None
        if begun is not None and begun[0] is call and not call.is_ended and not call.opens:
            if call.is_io:
                self.complete(caller, time_ns, cpu, begun, ret)
            return
        task = None if thread.tid == GHOST_TID else self.files.task(thread.tid, None)
        pending = task.pending if task is not None else None
        if task is not None:
            self.files.end(task, time_ns, None if call is None else call.name, ret, results)
        if begun is None:
            if call is not None and call.is_io and call.name != FCNTL:
                self.count("unmatched_exits")
        elif call is not None and call.name != begun[0].name:
            self.count("mismatched")
            if begun[0].is_io:
                self.count("unfinished")
        elif begun[0].is_io:
            if begun[0].opens and task is not None:
                begun = self._opened(task, begun, pending, ret)
            self.complete(caller, time_ns, cpu, begun, ret)

    def _opened(self, task: FileTask, begun: Begun, pending: tuple | None, ret: int | None) -> Begun:
        """Return a call with the file which it opened, or failed to open. A pair's two descriptors are not told."""
        call, begun_ns, *_ = begun
        if ret is not None and ret >= 0 and not call.is_pair:
            return call, begun_ns, self.files.table(task).file(ret), None, ret
        return begun if call.filename_at is None or pending is None else (call, begun_ns, pending[1][call.filename_at], None, None)

    def complete(self, thread: Caller, time_ns: int, cpu: int, begun: Begun, ret: int | None) -> None:
        """A call is over."""
        if (window := self.window) is None:
            return
        call, begun_ns, source, target, fd = begun
        size, failed = (0, ret >= -MAX_ERRNO) if ret is not None and ret < 0 else (ret or 0 if call.moves else 0, False)
        told_size = size if call.moves and ret is not None and ret >= 0 else None
        if self.is_choosy and not self.wants(cpu, told_size):
            return
        window.sums[_CALLS].setdefault(_EVERY, [0])[0] += 1
        file = target if source is None else source
        if self.has_values:
            values = told_values(self.options.group_by, {CPU: cpu, SYSCALL: call.shown, FILE: file}) if self.tells_values else ()
            cell = self.record(CALL, (self.owner(thread), call.label, values), begun_ns, time_ns,
                               () if self.keep is None else (cpu, call.shown, file, fd, told_size, ret))
            if cell is not None:
                cell.part_ns += size
                if failed:
                    cell.tally(-ret)
        if self.has_usage:
            # A copy's two files are two rows; a failure is the first one's.
            amounts = self._amounts(window, thread, cpu, call, file)
            if failed:
                amounts[FAILURES] += 1
            if call.has_bytes:
                self._move(amounts, call.at, file, size)
                if call.is_copy:
                    self._move(self._amounts(window, thread, cpu, call, target), WRITTEN_AT, target, size)
            elif call.at is not None:
                amounts[call.at] += 1

    def _amounts(self, window: Window, thread: Caller, cpu: int, call: Call, file: str | Unnamed | None) -> list[int]:
        """Return the sums to which a call of a file adds."""
        told = self.told
        key = (thread, (), (file,) if told == _BY_FILE else told_values(told, {CPU: cpu, SYSCALL: call.shown, FILE: file}))
        sums = window.sums[FILES]
        amounts = sums.get(key)
        if amounts is None:
            amounts = sums[key] = [0] * NUMBERS
        return amounts

    def _move(self, amounts: list[int], at: int, file: str | Unnamed | None, size: int) -> None:
        move(amounts, at, size)
        if self.file_at is None:
            amounts[place(file)] += size

    def wants(self, cpu: int, size: int | None) -> bool:
        """Return whether what ended on a CPU with a size is to be shown."""
        options = self.options
        if options.filters.cpus and cpu not in options.filters.cpus:
            return False
        if options.min_bytes is None and options.max_bytes is None:
            return True
        return size is not None and (options.min_bytes is None or size >= options.min_bytes) and (
            options.max_bytes is None or size <= options.max_bytes)

    # What changes file tables

    def fork(self, time_ns: int, *values: Any) -> None:
        """See FileState.begin_thread."""
        self.files.begin_thread(time_ns, *values)

    def exec(self, time_ns: int, *values: Any) -> None:
        """See FileState.begin_program."""
        self.files.begin_program(time_ns, *values)

    def exit(self, time_ns: int, tid: int) -> None:
        """See FileState.end_thread."""
        self.files.end_thread(time_ns, tid)

    def dump_process(self, time_ns: int, *values: Any) -> None:
        """See FileState.dump_process."""
        self.files.dump_process(time_ns, *values)

    def dump_descriptor(self, time_ns: int, *values: Any) -> None:
        """See FileState.dump_descriptor."""
        self.files.dump_descriptor(time_ns, *values)

    # Block requests

    def bio_queue(self, time_ns: int, cpu: int, thread: Thread | None, dev: int, sector: int, sectors: int) -> None:
        """A thread submits a bio."""
        self.requests.queue(time_ns, dev, sector, sectors, thread)

    def bio_remap(self, time_ns: int, cpu: int, thread: None, dev: int, sector: int, old_dev: int, old_sector: int) -> None:
        """A bio goes on to another device."""
        self.requests.remap(dev, sector, old_dev, old_sector)

    def bio_front_merge(self, time_ns: int, cpu: int, thread: Thread | None, dev: int, sector: int, sectors: int) -> None:
        """A bio becomes the beginning of a waiting request."""
        self.requests.front_merge(dev, sector, sectors)

    def request_merge(self, time_ns: int, cpu: int, thread: Thread | None, dev: int, sector: int) -> None:
        """A waiting request becomes part of another."""
        self.requests.merge(dev, sector)
        self.count("merged")

    def request_insert(self, time_ns: int, cpu: int, thread: Thread | None, dev: int, sector: int, sectors: int, rwbs: Any) -> None:
        """A request waits for its device."""
        self.requests.insert(time_ns, dev, sector, sectors, thread, rwbs)

    def request_issue(self, time_ns: int, cpu: int, thread: Thread | None, dev: int, sector: int, sectors: int, rwbs: Any) -> None:
        """A request goes to the driver."""
        request, replaced, bios = self.requests.issue(time_ns, dev, sector, sectors, thread, rwbs)
        if replaced:
            self.count("unfinished_requests")
        if bios > 1:
            self.count("merged", bios - 1)
        if request.queued_ns is not None:
            self._request(QUEUE, request, request.queued_ns, time_ns, cpu, dev, sector)

    def request_requeue(self, time_ns: int, cpu: int, thread: Thread | None, dev: int, sector: int) -> None:
        """The driver gave a request back."""
        self.requests.requeue(dev, sector)
        self.count("requeued")

    def request_complete(self, time_ns: int, cpu: int, thread: None, dev: int, sector: int, sectors: int, rwbs: Any,
                         error: int | None) -> None:
        """Sectors of a request are done."""
        request = self.requests.complete(dev, sector, sectors, rwbs)
        if isinstance(request, str):
            if request != AGAIN:
                self.count(request)
            return
        if self.window is None or not self.wants(cpu, request.sectors * SECTOR_BYTES):
            return
        self.count("requests")
        cell = self._request(DEVICE, request, request.issued_ns, time_ns, cpu, dev, sector)
        if cell is not None and error:
            cell.tally(abs(error))
        if self.has_usage:
            amounts = 1, request.sectors, request.sectors * SECTOR_BYTES, int(bool(error))
            self.window.use(BLOCK, (request.tid or self.nobody, (dev, request.operation), ()), amounts)

    def _request(self, measure: str, request: Request, begin_ns: int, time_ns: int, cpu: int, dev: int, sector: int) -> Cell | None:
        size = request.sectors * SECTOR_BYTES
        if not self.has_values or not self.wants(cpu, size):
            return None
        values = told_values(self.options.group_by, {CPU: cpu, SYSCALL: None, FILE: None})
        cell = self.record(measure, (request.tid or self.nobody, (dev, request.operation), values), begin_ns, time_ns,
                           (cpu, sector, size))
        if cell is not None:
            cell.part_ns += size
        return cell

    # Merging

    def _join(self, first: Caller, then: Caller) -> None:
        if then.begun is not None:
            first.begun, then.begun = then.begun, None

    def _join_later(self, later: "Io") -> None:
        self.running.meet(later.running, self._join)
        # Who ran at the cut, as far as it was known then: a later fact must not name what it did at the time.
        at_cut = {cpu.initial: cpu.initial.became for cpu in later.running.cpus.values() if cpu.initial.became is not None}
        self.running.merge(later.running, self.facts.merge(later.facts), self._join)
        self.journal += [step._replace(lost_until=max(step.lost_until, self.lost_until),
                                       arguments=_exchanged(step.arguments, at_cut)) for step in later.journal]
        self.devices |= later.devices
        self.kinds |= later.kinds

    # Results

    def _result(self, window: Window, span: TimeRange, losses: Losses, is_last: bool):
        window.outcomes["calls"] = sum(number for number, in window.sums.pop(_CALLS, {}).values())
        if self.file_at is not None:
            for (_, _, values), amounts in window.sums[FILES].items():
                tell_kind(amounts, values[self.file_at])
        shown = set(self.options.measures or (MEASURES if not self.relevant else self.kinds))
        measures = {name: measure for name, measure in MEASURES.items() if name in shown}
        usages = {name: usage for name, usage in USAGES.items() if not self.relevant or name in self.kinds}
        return durations(self, "io", measures, window, span, losses, usual=self.GROUPED_BY,
                         outcomes={name: window.outcomes[name] for name in OUTCOMES}, usages=usages,
                         open_rows=self._open_calls(span) if is_last and CALL in measures else ())

    def _open_calls(self, span: TimeRange) -> Iterable[tuple]:
        """Return (thread, category, begin, duration so far) of the calls which are open at the end, the longest first."""
        threads = [*self.facts.threads.by_tid.values(), *(final(cpu.thread) for cpu in self.running.cpus.values())]
        found = {thread: None for thread in threads if thread.begun is not None and thread.begun[0].is_io}
        return [(thread, *thread.begun[0].label, thread.begun[1], span.end_ns - thread.begun[1])
                for thread in sorted(found, key=lambda thread: (thread.begun[1], thread.tid)) if thread.begun[1] < span.end_ns]

    def named(self, what: str, label: tuple) -> tuple:
        """Give devices the names which the trace tells, late or not."""
        return label if what in (CALL, FILES, NET) else (self.devices.get(label[0]) or device_name(label[0]), label[1])


def _exchanged(arguments: tuple, threads: dict[Thread, Thread]) -> tuple:
    return tuple(threads.get(value, value) if isinstance(value, Thread) else value for value in arguments)
