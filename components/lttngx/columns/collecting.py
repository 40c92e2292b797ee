"""Collects events in columns (a Consumer), and hands them over in blocks: every table's rows since the block before.

Event classes with the same name and columns are one table, whatever trace they are of; a class of a known name with other columns is
the table `NAME~2`, and so on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lttngx.columns.schema import Field, fields_of
from lttngx.core.classes import EventClass, Stream
from lttngx.core.columns import Batch
from lttngx.core.extraction import Extraction
from lttngx.fields.patterns import FieldPattern
from lttngx.language.patterns import encode, name_pattern

# Events of a block: enough that its parts are worth their overhead, few enough to stay in memory.
BLOCK = 1 << 17


@dataclass(frozen=True, slots=True)
class Table:
    """One table. name: unique; event: the event classes' name; unix_epoch: whether times count from there."""

    name: str
    event: str
    fields: tuple[Field, ...]
    unix_epoch: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """A batch of one event class. trace: the trace's name."""

    table: Table
    trace: str
    batch: Batch


@dataclass(frozen=True, slots=True)
class Loss:
    """What a tracer discarded. what: `events` or `packets`; count None: unknown; ordinal: of the event before it."""

    ordinal: int
    what: str
    trace: str
    stream: str | None
    begin_ns: int | None
    end_ns: int | None
    count: int | None


@dataclass(slots=True)
class Block:
    """Consecutive events. parts: in order of first sight of their event classes; rows are ordered within a part."""

    parts: list[Part] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)


class Collecting:
    """The consumer. make: a core's `Columns`; events, patterns: what is wanted, None: all; position: the number of events extracted so
    far, set once there is an extractor."""

    per_stream = False

    def __init__(self, make: Callable[[Sequence[Any]], Any], events: Sequence[str] | None = None,
                 patterns: Sequence[FieldPattern] | None = None) -> None:
        self._make, self._patterns = make, patterns
        self._events = None if events is None else [name_pattern(text) for text in events]
        self._tables: dict[tuple, Table] = {}
        self._names: dict[str, int] = {}
        self._bound: list[tuple[Table, str, Any]] = []
        self._losses: list[Loss] = []
        self._given = 0
        self.position: Callable[[], int] = lambda: 0

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        name = event_class.name or ""
        if self._events is not None and not any(pattern.matches(encode(name)) for pattern in self._events):
            return None
        table = self._table(name, fields_of(event_class, self._patterns), stream.unix_epoch)
        columns = self._make([one.column for one in table.fields])
        self._bound.append((table, stream.trace.name or "", columns))
        return Extraction(columns)

    def _table(self, name: str, fields: tuple[Field, ...], unix_epoch: bool) -> Table:
        key = name, tuple(one.shape for one in fields), unix_epoch
        known = self._tables.get(key)
        if known is not None:
            # The columns are alike, but their paths are this event class's own.
            return Table(known.name, name, fields, unix_epoch)
        number = self._names[name] = self._names.get(name, 0) + 1
        self._tables[key] = Table(name if number == 1 else f"{name}~{number}", name, fields, unix_epoch)
        return self._tables[key]

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._lose("events", stream, begin_ns, end_ns, count)

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        """See Consumer."""
        self._lose("packets", stream, begin_ns, end_ns, count)

    def _lose(self, what: str, stream: Stream, *about: int | None) -> None:
        self._losses.append(Loss(self.position(), what, stream.trace.name or "", stream.name, *about))

    def full(self) -> bool:
        """Return whether there is a block to take."""
        return self.position() - self._given >= BLOCK

    def take(self) -> Block:
        """Return what was collected since the last call."""
        self._given = self.position()
        parts = [Part(table, trace, columns.take()) for table, trace, columns in self._bound if columns.rows]
        block = Block(parts, self._losses)
        self._losses = []
        return block
