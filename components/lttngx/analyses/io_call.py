"""What the I/O analysis wants to know of a system call at every entry and exit, looked up once by the call's name."""

from functools import cache

from lttngx.analyses.io_tables import COUNTED, READ_AT, READS, WRITTEN_AT
from lttngx.analyses.syscall_events import shown_name
from lttngx.kernel.file_calls import CALLS
from lttngx.kernel.io_calls import COPY, IO_CALLS, OPEN, WRITE

FCNTL = "fcntl"
# Calls whose flags matter at the fork inside them.
_CLONES = ("clone", "clone3")


class Call:
    """A call by name. There is one object for each, so that an entry's and an exit's are the same: see `call_of`.

    shown: its name in results. is_io: whether it counts. label: of its cell. source, target: names of the arguments which are
    descriptors. moves: whether it returns a number of bytes. opens: whether what it returns is the descriptor that it is about.
    is_begun, is_ended: whether its entry, its exit is to be told to file tables; at_entry, at_exit: what they do to one.
    is_pair: whether it makes two descriptors. filename_at: which of the arguments is the file's name, None: none.
    at: where in the sums of USAGES[FILES] it counts, None: nowhere; has_bytes: whether bytes follow there; is_copy: whether it
    counts at its target, too. is_plain: whether it counts in one row, of a file that a descriptor or its return value tells.
    other: the same call if it does not count; of fcntl() only what makes a descriptor counts.
    """

    __slots__ = ("name", "compat", "shown", "is_io", "label", "source", "target", "moves", "opens", "is_begun", "is_ended",
                 "at_entry", "at_exit", "is_pair", "filename_at", "at", "has_bytes", "is_copy", "is_plain", "other")

    def __init__(self, name: str, compat: bool, counts: bool) -> None:
        kind, row = IO_CALLS.get(name), CALLS.get(name)
        category = kind.category if kind is not None else None
        self.name, self.compat, self.shown = name, compat, shown_name(name, compat)
        self.is_io = kind is not None and counts
        self.label = (category,)
        self.source, self.target = (kind.source, kind.target) if kind is not None else (None, None)
        self.moves = kind is not None and kind.moves
        self.opens = category == OPEN and kind.source is None
        self.is_begun = row is not None
        self.is_ended = row is not None and (row.at_exit is not None or name in _CLONES)
        self.at_entry, self.at_exit = (row.at_entry, row.at_exit) if row is not None else (None, None)
        self.is_pair = row is not None and bool(row.exit)
        self.filename_at = next((at for at, field in enumerate(row.entry if row is not None else ()) if "filename" in field), None)
        self.has_bytes = category in READS or category == WRITE
        self.at = READ_AT if category in READS else WRITTEN_AT if category == WRITE else COUNTED.get(category)
        self.is_copy = category == COPY
        self.is_plain = self.is_io and self.at is not None and name != FCNTL and not self.is_copy and not (self.opens and self.is_pair)
        self.other = call_of(name, compat, False) if name == FCNTL and counts else self

    def __reduce__(self) -> tuple:
        return call_of, (self.name, self.compat, self.is_io or self.name != FCNTL)


@cache
def call_of(name: str, compat: bool = False, counts: bool = True) -> Call:
    """Return what is known of a call. compat: a 32-bit call of a 64-bit kernel. counts: see `Call.other`."""
    return Call(name, compat, counts)
