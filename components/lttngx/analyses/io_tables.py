"""What the I/O analysis measures and sums up, as tables; how reads and writes add to the sums of calls."""

from functools import lru_cache

from lttngx.analyses.measures import CPU, FILE, PROCESS, SYSCALL, THREAD_DIMENSIONS, TOTAL, Measure, Usage
from lttngx.kernel.files import Unnamed, name_of
from lttngx.kernel.io_calls import CLOSE, COPY, FILE as A_FILE, OPEN, OTHER, READ, SOCKET, SYNC, file_kind

CALL, QUEUE, DEVICE = "call", "queue", "device"
CALL_DETAILS = ("cpu", "syscall", "file", "fd", "bytes", "ret")
MEASURES = {
    CALL: Measure("System calls", ("category",), CALL_DETAILS, part="bytes", tallies="errors"),
    QUEUE: Measure("Block requests, waiting", ("device", "operation"), ("cpu", "sector", "bytes"), part="bytes"),
    DEVICE: Measure("Block requests, in the device", ("device", "operation"), ("cpu", "sector", "bytes"), part="bytes",
                    tallies="errors"),
}
FILES, BLOCK, NET = "file", "block", "net"
USAGES = {
    FILES: Usage("System calls", (), ("reads", "bytes_read", "writes", "bytes_written", "bytes_files", "bytes_sockets", "bytes_other",
                                      "opens", "closes", "syncs", "failures"),
                 ("bytes_read", "bytes_written"), (*THREAD_DIMENSIONS, CPU, SYSCALL, FILE), (PROCESS, FILE)),
    BLOCK: Usage("Block devices", ("device", "operation"), ("requests", "sectors", "bytes_moved", "failures"), ("bytes_moved",),
                 THREAD_DIMENSIONS, (TOTAL, PROCESS)),
    NET: Usage("Network interfaces", ("interface",), ("packets_received", "bytes_received", "packets_sent", "bytes_sent"),
               ("bytes_received", "bytes_sent"), (TOTAL,), (TOTAL,)),
}
OUTCOMES = ("calls", "unfinished", "mismatched", "unmatched_exits", "requests", "merged", "partial", "requeued",
            "unfinished_requests", "unmatched_completions", "lossy")

NUMBERS = len(USAGES[FILES].numbers)
# Places in the sums of USAGES[FILES]: of a count, which the bytes follow; of counts; of bytes by kind of file.
_PLACES = {name: at for at, name in enumerate(USAGES[FILES].numbers)}
READ_AT, WRITTEN_AT, FAILURES = _PLACES["reads"], _PLACES["writes"], _PLACES["failures"]
COUNTED = {OPEN: _PLACES["opens"], CLOSE: _PLACES["closes"], SYNC: _PLACES["syncs"]}
_KINDS = {A_FILE: _PLACES["bytes_files"], SOCKET: _PLACES["bytes_sockets"], OTHER: _PLACES["bytes_other"]}
READS = frozenset((READ, COPY))


def move(amounts: list[int], at: int, size: int) -> None:
    """Count a read or write."""
    amounts[at] += 1
    amounts[at + 1] += size


def tell_kind(amounts: list[int], file: str | Unnamed | None) -> None:
    """Tell the bytes of the sums of one file by its kind."""
    amounts[place(file)] = amounts[READ_AT + 1] + amounts[WRITTEN_AT + 1]


def place(file: str | Unnamed | None) -> int:
    """Return where the bytes of a file are summed by kind."""
    return _place(name_of(file))


@lru_cache(maxsize=4096)
def _place(name: str | None) -> int:
    return _KINDS[file_kind(name)]
