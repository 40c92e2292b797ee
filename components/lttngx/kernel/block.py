"""Requests of block devices, from queue to completion, as the block layer's tracepoints tell.

The rules:
1. A *bio* is what a thread submits (block_bio_queue); the block layer puts one or more into a *request*, which is inserted
   (block_rq_insert, unless there is no scheduler), issued to the driver and completed. Requests are keyed by device and sector.
2. A request is its first bio's thread's: the insert's or the issue's is often a worker's, or of whoever kept the device busy.
3. A bio merged into a request has no life of its own (block_bio_backmerge, …_frontmerge, which moves the request's beginning); nor
   has a request merged into another (block_rq_merge). A merge which was not recorded shows when the request is issued.
4. A completion of fewer sectors than the request has left is partial: the rest goes on at the next sector.
5. Requests without sectors (flushes, a driver's own commands) complete in the order in which they were issued, by device and
   operation: their sector tells nothing. A write without sectors is none: its data are done, a flush around it is now, too.
6. rwbs is a set of flags in LTTng's traces and the kernel's letters in perf's.

Sources: include/trace/events/block.h and blk_fill_rwbs() of Linux; LTTng-modules' instrumentation/events/block.h.
"""

from collections import defaultdict, deque
from dataclasses import dataclass

SECTOR_BYTES = 512
READ, WRITE, DISCARD, FLUSH, OTHER = "read", "write", "discard", "flush", "other"
_WRITE_FLAG, _DISCARD_FLAG, _READ_FLAG, _FLUSH_FLAG = 1 << 0, 1 << 1, 1 << 2, 1 << 8
# The kernel's dev_t: 12 bits of major and 20 of minor number.
MINOR_BITS = 20


def device_name(number: int) -> str:
    """Return what a device without a name is called: MAJOR:MINOR."""
    return f"{number >> MINOR_BITS}:{number & ((1 << MINOR_BITS) - 1)}"


def operation(rwbs: int | str | None, sectors: int) -> str:
    """Return what a request does (rule 6). A write with data may ask for a flush around it."""
    if rwbs is None:
        return OTHER
    if isinstance(rwbs, str):
        return _operation_of_letters(rwbs)
    if rwbs & _DISCARD_FLAG:
        return DISCARD
    if rwbs & _FLUSH_FLAG and not (rwbs & _WRITE_FLAG and sectors):
        return FLUSH
    if rwbs & _WRITE_FLAG:
        return WRITE
    # Before Linux 4.8 READ was no flag of its own: what has sectors and does nothing else reads.
    return READ if rwbs & _READ_FLAG or sectors else OTHER


def _operation_of_letters(rwbs: str) -> str:
    for letter, name in (("D", DISCARD), ("E", DISCARD), ("W", WRITE), ("R", READ)):
        if letter in rwbs:
            return name
    return FLUSH if "F" in rwbs else OTHER


# What `complete` returns where a request is not done.
PARTIAL, UNMATCHED, AGAIN = "partial", "unmatched_completions", "again"


@dataclass(slots=True)
class Bio:
    """What a thread submitted."""

    tid: int | None
    queued_ns: int
    sectors: int


@dataclass(slots=True)
class Request:
    """A request. tid: of the thread whose it is; None if unknown. queued_ns: when its first bio was queued, else when it was
    inserted; issued_ns: when the driver got it; each None if that was not seen. left: sectors still to complete."""

    tid: int | None
    operation: str
    sectors: int
    left: int
    queued_ns: int | None = None
    issued_ns: int | None = None


class Requests:
    """The requests of one machine. Methods return what became of requests; `merged`, `partial`, … are counted by the caller."""

    def __init__(self) -> None:
        self.bios: dict[tuple[int, int], Bio] = {}
        self.waiting: dict[tuple[int, int], Request] = {}
        self.issued: dict[tuple[int, int], Request] = {}
        self.empty: defaultdict[tuple[int, str], deque[Request]] = defaultdict(deque)

    def queue(self, time_ns: int, dev: int, sector: int, sectors: int, tid: int | None) -> None:
        """A thread submits a bio."""
        if sectors:
            self.bios[dev, sector] = Bio(tid, time_ns, sectors)

    def remap(self, dev: int, sector: int, old_dev: int, old_sector: int) -> None:
        """A bio goes on to another device: from a partition to its disk, or down a stack of devices."""
        bio = self.bios.get((old_dev, old_sector))
        if bio is not None:
            self.bios[dev, sector] = bio
            del self.bios[old_dev, old_sector]

    def front_merge(self, dev: int, sector: int, sectors: int) -> None:
        """A bio becomes the beginning of a waiting request."""
        request = self.waiting.pop((dev, sector + sectors), None)
        if request is not None:
            self.waiting[dev, sector] = request

    def merge(self, dev: int, sector: int) -> None:
        """A waiting request becomes part of another."""
        self.waiting.pop((dev, sector), None)

    def insert(self, time_ns: int, dev: int, sector: int, sectors: int, tid: int | None, rwbs: int | str | None) -> None:
        """A request waits in the scheduler's queue."""
        self.waiting[dev, sector] = Request(tid, operation(rwbs, sectors), sectors, sectors, time_ns)

    def issue(self, time_ns: int, dev: int, sector: int, sectors: int, tid: int | None,
              rwbs: int | str | None) -> tuple[Request, bool, int]:
        """A request goes to the driver: return it, whether one which never completed was there, and how many bios it holds."""
        waited = self.waiting.pop((dev, sector), None)
        bios = self._take_bios(dev, sector, sectors)
        first = bios[0] if bios else waited
        request = Request(tid, operation(rwbs, sectors), sectors, sectors, None, time_ns)
        if first is not None:
            request.tid, request.queued_ns = first.tid if first.tid is not None else tid, first.queued_ns
        if not sectors:
            self.empty[dev, request.operation].append(request)
            return request, False, len(bios)
        replaced = (dev, sector) in self.issued
        self.issued[dev, sector] = request
        return request, replaced, len(bios)

    def _take_bios(self, dev: int, sector: int, sectors: int) -> list[Bio]:
        """Return the bios of a request, which lie one behind the other."""
        found, end = [], sector + sectors
        while sector < end and (bio := self.bios.pop((dev, sector), None)) is not None:
            found.append(bio)
            sector += bio.sectors
        return found

    def requeue(self, dev: int, sector: int) -> None:
        """The driver gave a request back: it will be issued again."""
        request = self.issued.pop((dev, sector), None)
        if request is not None:
            request.queued_ns = request.issued_ns if request.queued_ns is None else request.queued_ns
            self.waiting[dev, sector] = request

    def complete(self, dev: int, sector: int, sectors: int, rwbs: int | str | None) -> Request | str:
        """Sectors are done: return the request if all of it is, else PARTIAL, UNMATCHED (issued unseen) or AGAIN (rule 5)."""
        if not sectors:
            return self._complete_empty(dev, operation(rwbs, 0))
        request = self.issued.pop((dev, sector), None)
        if request is None:
            return UNMATCHED
        request.left -= sectors
        if request.left > 0:
            self.issued[dev, sector + sectors] = request
            return PARTIAL
        return request

    def _complete_empty(self, dev: int, what: str) -> Request | str:
        if what not in (FLUSH, OTHER):
            return AGAIN
        waiting = self.empty.get((dev, what))
        return waiting.popleft() if waiting else UNMATCHED
