"""Memory analysis: pages by order, the kernel's own allocations by call site, who took and who gave back.

Measures:
- `page-alloc`, `page-free`: pages of each allocation and free, 2^order.
- `kmem-alloc`, `kmem-free`: bytes of each kmalloc() and slab allocation, and of each free.

The rules:
1. An event is of the thread which recorded it (`attributed`): the one that frees need not be the one that allocated. Growth
   is what a thread took less what it gave back, whoever took that.
2. A free tells a pointer only: its size and its call site are those of the pointer's allocation. One whose allocation was
   not seen counts without a size, as unmatched.
3. The first free of a pointer in a trace part is held: an earlier part may know the allocation.
4. kmem_mm_page_free_batched follows a kmem_mm_page_free of the same page: it is counted apart. Only a trace without
   the latter takes it for the free, of one page.
5. An allocation event without a page is a failed allocation.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from lttngx.analyses.attributed import Attributed
from lttngx.analyses.grouping import durations
from lttngx.analyses.measures import CALL_SITE, CPU, ORDER, THREAD, THREAD_DIMENSIONS, THREAD_ONLY, Measure, Usage, told_values
from lttngx.analyses.result import Losses, TimeRange
from lttngx.analyses.windowed import USAGE, VIEWS, Options
from lttngx.core.classes import EventClass, Stream
from lttngx.core.extraction import Extraction
from lttngx.kernel.layouts import resolve
from lttngx.kernel.running import GHOST_TID, Traced, final
from lttngx.kernel.threads import IDLE_TID

PAGE_ALLOC, PAGE_FREE, KMEM_ALLOC, KMEM_FREE = "page-alloc", "page-free", "kmem-alloc", "kmem-free"
BATCHED = "page-batched"
MEASURES = {
    PAGE_ALLOC: Measure("Page allocations", details=("order", "cpu"), value="pages"),
    PAGE_FREE: Measure("Page frees", details=("order", "cpu"), value="pages"),
    KMEM_ALLOC: Measure("Kernel memory allocations", details=("call_site", "cache", "pointer", "cpu", "bytes_requested"),
                        part="bytes_requested", value="bytes"),
    KMEM_FREE: Measure("Kernel memory frees", details=("call_site", "cache", "pointer", "cpu"), value="bytes"),
}
PAGES, KMEM = "pages", "kmem"
_DIMENSIONS = (*THREAD_DIMENSIONS, CPU)
USAGES = {
    PAGES: Usage("Pages", (), ("allocations", "pages_allocated", "frees", "pages_freed", "pages_net"),
                 ("pages_allocated", "pages_freed"), (*_DIMENSIONS, ORDER), (THREAD,)),
    KMEM: Usage("Kernel memory", (), ("allocations", "bytes_requested", "bytes_allocated", "frees", "bytes_freed", "bytes_net"),
                ("bytes_allocated", "bytes_freed"), (*_DIMENSIONS, CALL_SITE), (THREAD, CALL_SITE)),
}
OUTCOMES = ("allocations", "frees", "unmatched_frees", "batched_frees", "failed_allocations", "while_idle", "of_unknown")


@dataclass(frozen=True, slots=True)
class MemoryOptions(Options):
    """min_ns and max_ns are limits of sizes: pages, or bytes."""

    views: tuple[str, ...] = (USAGE,)


class Allocation(NamedTuple):
    """A live allocation. origin: its call site, and the name of its slab cache; each None if not known."""

    size_bytes: int
    origin: tuple[str | None, str | None]


class Head(NamedTuple):
    """A held free."""

    time_ns: int
    lost_until: int
    thread: Traced
    cpu: int


class Memory(Attributed):
    """The analysis; see the module."""

    TASK = "follow memory"
    MISSING = ("Cannot follow memory: event=kmem_mm_page_alloc, expected it or kmem_kmalloc or kmem_cache_alloc, got none in the trace: "
               "enable them with `lttng enable-event --kernel 'kmem_*'`")
    VIEWS = (*VIEWS, USAGE)
    LIMITED = "size"
    MEASURES = tuple(MEASURES)
    DIMENSIONS = (*_DIMENSIONS, ORDER, CALL_SITE)

    def __init__(self, options: Options = MemoryOptions()) -> None:
        super().__init__(options)
        self.live: dict[int, Allocation] = {}
        self.heads: dict[int, Head] = {}
        # Pointers which this trace part knows of; only while what comes before may matter.
        self.touched: set[int] = set()
        # Measures and usages of which the trace has events.
        self.kinds: set[str] = set()
        # Whether an event changes no more than its thread's sums.
        self.is_plain = not self.has_values and not options.filters.cpus and THREAD_ONLY.issuperset(options.group_by)

    def _bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        layout = resolve(event_class)
        if layout is None or (entry := _HANDLERS.get(layout.tracepoint.name)) is None:
            return self._bind_threads(event_class)
        make, kind, fields = entry
        self.kinds.add(kind)
        self.relevant = self.relevant or kind in (PAGE_ALLOC, KMEM_ALLOC)
        return Extraction(make(self, kind), (*layout.contexts("tid"), *layout.fields(*fields)))

    # Counting

    def wants(self, cpu: int) -> bool:
        """Return whether a CPU's events are to be shown."""
        return not self.options.filters.cpus or cpu in self.options.filters.cpus

    def use_pages(self, kind: str, thread: Traced, time_ns: int, cpu: int, order: int) -> None:
        """Pages were allocated or freed."""
        if self.window is None or not self.wants(cpu):
            return
        pages, given = 1 << order, {CPU: cpu, ORDER: order, CALL_SITE: None}
        if self.has_values:
            self.record_value(kind, (thread, (), told_values(self.options.group_by, given)), pages, time_ns, time_ns, (order, cpu))
        amounts = (1, pages, 0, 0, pages) if kind == PAGE_ALLOC else (0, 0, 1, pages, -pages)
        self.window.use(BATCHED if kind == BATCHED else PAGES, (thread, (), USAGES[PAGES].values(self.options.group_by, given)), amounts)

    def allocate(self, thread: Traced, time_ns: int, cpu: int, pointer: int, allocation: Allocation, requested_bytes: int) -> None:
        """Kernel memory was allocated."""
        self.live[pointer] = allocation
        if not self.settled:
            self.touched.add(pointer)
        if self.window is None or not self.wants(cpu):
            return
        size, origin = allocation
        given = {CPU: cpu, ORDER: None, CALL_SITE: origin[0]}
        if self.has_values:
            cell = self.record_value(KMEM_ALLOC, (thread, (), told_values(self.options.group_by, given)), size, time_ns, time_ns,
                                     (*origin, hexadecimal(pointer), cpu, requested_bytes))
            if cell is not None:
                cell.part_ns += requested_bytes
        self.window.use(KMEM, (thread, (), USAGES[KMEM].values(self.options.group_by, given)), (1, requested_bytes, size, 0, 0, size))

    def free(self, thread: Traced, time_ns: int, cpu: int, pointer: int) -> None:
        """Kernel memory was freed."""
        allocation = self.live.pop(pointer, None)
        if allocation is None and not self.settled and pointer not in self.touched:
            self.heads[pointer] = Head(time_ns, self.lost_until, thread, cpu)
        else:
            self._freed(thread, time_ns, cpu, pointer, allocation)
        if not self.settled:
            self.touched.add(pointer)

    def _freed(self, thread: Traced, time_ns: int, cpu: int, pointer: int, allocation: Allocation | None) -> None:
        if self.window is None or not self.wants(cpu):
            return
        size, origin = allocation or (0, (None, None))
        given = {CPU: cpu, ORDER: None, CALL_SITE: origin[0]}
        if allocation is None:
            self.count("unmatched_frees")
        elif self.has_values:
            self.record_value(KMEM_FREE, (thread, (), told_values(self.options.group_by, given)), size, time_ns, time_ns,
                              (*origin, hexadecimal(pointer), cpu))
        self.window.use(KMEM, (thread, (), USAGES[KMEM].values(self.options.group_by, given)), (0, 0, 0, 1, size, -size))

    # Losses and merging

    def _release(self) -> None:
        super()._release()
        for pointer, head in self.heads.items():
            self._settle_head(pointer, head, None)
        self.heads.clear()
        self.touched.clear()

    def _settle_head(self, pointer: int, head: Head, allocation: Allocation | None) -> None:
        with self.at(head.time_ns, head.lost_until):
            self._freed(final(head.thread), head.time_ns, head.cpu, pointer, allocation)

    def _join_later(self, later: "Memory") -> None:
        super()._join_later(later)
        self.kinds |= later.kinds
        for pointer, head in later.heads.items():
            if pointer in self.touched:
                self._settle_head(pointer, head, self.live.pop(pointer, None))
            else:
                self.heads[pointer] = head
        for pointer in later.touched:
            self.live.pop(pointer, None)
        self.live.update(later.live)
        self.touched |= later.touched

    # Results

    def _result(self, window, span: TimeRange, losses: Losses, is_last: bool):
        self._count(window)
        if PAGE_FREE not in self.kinds:
            for key, amounts in window.sums.pop(BATCHED, {}).items():
                window.use(PAGES, key, amounts)
            window.cells[PAGE_FREE] |= window.cells.pop(BATCHED, {})
            if BATCHED in window.logs:
                window.logs[PAGE_FREE] += window.logs.pop(BATCHED)
        shown = self.kinds if self.relevant and not self.options.measures else set(self.options.measures or MEASURES)
        if BATCHED in shown:
            shown = shown | {PAGE_FREE}
        measures = {name: measure for name, measure in MEASURES.items() if name in shown}
        usages = {name: usage for name, usage in USAGES.items()
                  if not self.relevant or any(kind.startswith(name[:4]) for kind in self.kinds)}
        return durations(self, "memory", measures, window, span, losses, usual=self.GROUPED_BY,
                         outcomes={name: window.outcomes[name] for name in OUTCOMES}, usages=usages)

    def _count(self, window) -> None:
        outcomes = window.outcomes
        for what, frees in ((PAGES, 2), (KMEM, 3), (BATCHED, 2)):
            for (thread, *_), amounts in window.sums.get(what, {}).items():
                if what == BATCHED and PAGE_FREE in self.kinds:
                    outcomes["batched_frees"] += amounts[frees]
                    continue
                outcomes["allocations"] += amounts[0]
                outcomes["frees"] += amounts[frees]
                tid = final(thread).tid
                if tid in (IDLE_TID, GHOST_TID):
                    outcomes["while_idle" if tid == IDLE_TID else "of_unknown"] += amounts[0] + amounts[frees]


def hexadecimal(address: int | None) -> str | None:
    """Return an address of kernel memory as text."""
    return None if address is None else f"0x{address & 0xFFFFFFFFFFFFFFFF:016x}"


def _pages(engine: Memory, kind: str) -> Callable[..., None]:
    """The hot path, which counts the plain case itself: another event of a known thread's."""
    find, is_plain = engine.finder(), engine.is_plain and kind != BATCHED
    first, sign = (0, 1) if kind == PAGE_ALLOC else (2, -1)

    def handle(time_ns, number, tid, page, order=0):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if is_plain and page and (window := engine.window) is not None:
            amounts = window.sums[PAGES].get((find(number, tid), (), ()))
            if amounts is not None:
                pages = 1 << order
                amounts[first] += 1
                amounts[first + 1] += pages
                amounts[4] += sign * pages
                return
        if page == 0 and kind == PAGE_ALLOC:
            engine.count("failed_allocations")
        else:
            engine.use_pages(kind, find(number, tid), time_ns, number, order or 0)
    return handle


def _allocation(engine: Memory, kind: str) -> Callable[..., None]:
    find = engine.finder()

    def handle(time_ns, number, tid, call_site, pointer, requested, allocated, name):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        if not pointer:
            engine.count("failed_allocations")
            return
        size = allocated if allocated is not None else requested or 0
        allocation = Allocation(size, (hexadecimal(call_site), name))
        engine.allocate(find(number, tid), time_ns, number, pointer, allocation, size if requested is None else requested)
    return handle


def _free(engine: Memory, kind: str) -> Callable[..., None]:
    find = engine.finder()

    def handle(time_ns, number, tid, pointer):
        if time_ns is None or time_ns >= engine.high:
            engine.see(time_ns)
        engine.last_ns = time_ns
        # kfree(NULL) frees nothing.
        if pointer:
            engine.free(find(number, tid), time_ns, number, pointer)
    return handle


_ALLOCATION = _allocation, KMEM_ALLOC, ("call_site", "ptr", "bytes_req", "bytes_alloc", "name")
# Canonical tracepoint → handler maker, kind, fields it takes.
_HANDLERS: dict[str, tuple[Callable[[Memory, str], Callable[..., None]], str, tuple[str, ...]]] = {
    "kmem_mm_page_alloc": (_pages, PAGE_ALLOC, ("page", "order")),
    "kmem_mm_page_free": (_pages, PAGE_FREE, ("page", "order")),
    "kmem_mm_page_free_batched": (_pages, BATCHED, ("page",)),
    "kmem_kmalloc": _ALLOCATION,
    "kmem_kmalloc_node": _ALLOCATION,
    "kmem_cache_alloc": _ALLOCATION,
    "kmem_cache_alloc_node": _ALLOCATION,
    "kmem_kfree": (_free, KMEM_FREE, ("ptr",)),
    "kmem_cache_free": (_free, KMEM_FREE, ("ptr",)),
}
