"""Plans of `filter.lttngx.state`: state values as new members of each event's common context; changes for a stream of their own.

An event shows the state it met: its own effect comes after. A member is a signed integer, −1 where the value is unknown or there is
none, or a string, then empty. A context of that name which the tracer recorded is kept, and the state value left out.
"""

from collections.abc import Callable, Sequence
from typing import Any

from lttngx.core.classes import EventClass, FieldClass, Kind, Stream
from lttngx.core.extraction import Extraction
from lttngx.core.injecting import Added, Adding, Member
from lttngx.core.rewriting import Addition, Change, EventPlan, Slots, StreamPlan
from lttngx.state.kernel.annotations import ANNOTATIONS
from lttngx.state.tree import ABSENT, ROOT, UNKNOWN, Value

NO_NUMBER, NO_TEXT, NO_TIME = -1, "", -1
LOSS = "(lost events)"
WORDS = {UNKNOWN: "(unknown)", ABSENT: str(ABSENT.value)}


# Payload of the events which tell changes. since: when the old value began, NO_TIME if it was unknown.
CHANGE = "state:change"
CHANGE_MEMBERS = (Member("attribute", Kind.STRING), Member("old", Kind.STRING), Member("new", Kind.STRING),
                  Member("since", Kind.SIGNED))


def member_name(name: str) -> str:
    """Return the context member of a state value: `container_type` for `container-type` (a CTF identifier)."""
    return name.replace("-", "_")


def is_number(name: str, kernel: bool) -> bool:
    """Return whether a state value is an integer; a declarative model's are all shown as text."""
    return kernel and ANNOTATIONS[name][0] is int


class Annotations(Adding):
    """Answers the core's *rewrite*, drives the engine with what it rewrites.

    make_engine: returns a fresh engine (see `state.engines.engine`); called again when the input has sought. names: state values to
    add. recorded: those left out because the trace has a context of that name. added: set it to have changes added.
    """

    added: Added | None = None

    def __init__(self, make_engine: Callable[[], Any], names: Sequence[str], kernel: bool) -> None:
        self.slots = Slots(len(names))
        self.recorded: set[str] = set()
        super().__init__()
        self._names, self._kernel, self._make_engine = tuple(names), kernel, make_engine
        self._calls: list[tuple[EventClass, Stream, Callable[..., None]]] = []
        self._unset = (UNKNOWN,) * len(names)
        self._begin()

    def _begin(self) -> None:
        self.engine = self._make_engine()
        self._current = self.engine.annotator(self._names)
        self._last: dict[int, tuple[Value, int]] = {}
        self._change_class: Any = None
        # CPU → its state values as they stand in the slots.
        self._rows: dict[int, tuple[Value, ...]] = {}

    def restart(self) -> None:
        """Forget all state: the input has sought."""
        self._begin()
        self.slots.clear()
        self._calls = [(event_class, stream, self.engine.bind(event_class, stream).call)
                       for event_class, stream, _ in self._calls]

    # What the core asks

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        super().stream_class(stream, packet_context, common_context)
        taken = {name for name, _ in common_context.members} if common_context is not None else set()
        self.recorded |= taken & set(map(member_name, self._names))
        added = tuple(self._addition(column, name) for column, name in enumerate(self._names) if member_name(name) not in taken)
        return StreamPlan(common_context=Change(append=added))

    def _addition(self, column: int, name: str) -> Addition:
        if is_number(name, self._kernel):
            return Addition(member_name(name), Kind.SIGNED, column, NO_NUMBER)
        return Addition(member_name(name), Kind.STRING, column, NO_TEXT)

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        extraction = self.engine.bind(event_class, stream)
        if extraction is None:
            return EventPlan()
        calls, index = self._calls, len(self._calls)
        calls.append((event_class, stream, extraction.call))

        def feed(time_ns: int | None, cpu: int, *values: Any) -> None:
            if time_ns is not None:
                self._calls[index][2](time_ns, cpu, *values)
                if self.engine.touched:
                    self._refresh()
                if self.added is not None:
                    self.add_changes()
        return EventPlan(after=Extraction(feed, extraction.paths))

    def discarded_events(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self.engine.discarded_events(stream, begin_ns, end_ns, count)
        self._refresh_all()
        if self.added is not None:
            self.add_changes()

    def discarded_packets(self, stream: Stream, begin_ns: int | None, end_ns: int | None, count: int | None) -> None:
        self.engine.discarded_packets(stream, begin_ns, end_ns, count)
        self._refresh_all()
        if self.added is not None:
            self.add_changes()

    # Values

    def _refresh(self) -> None:
        touched, rows = self.engine.touched, self._rows
        for cpu in touched:
            old, row = rows.get(cpu, self._unset), self._current(cpu)
            if old == row:
                continue
            rows[cpu] = row
            for column, value in enumerate(row):
                if value != old[column]:
                    self.slots.set(cpu, column, self._plain(column, value))
        touched.clear()

    def _refresh_all(self) -> None:
        self.engine.touched.update(range(-1, len(self.slots.values) // max(self.slots.columns, 1) - 1))
        self._refresh()

    def _plain(self, column: int, value: Value) -> int | str | None:
        if value is UNKNOWN or value is ABSENT:
            return None
        return value if is_number(self._names[column], self._kernel) else str(value)

    # Changes

    def add_changes(self) -> None:
        """Add an event for each change since the last call, in order of time."""
        tree = self.engine.tree
        if not tree.pending:
            return
        if self._change_class is None:
            self._change_class = self.added.event_class(CHANGE, CHANGE_MEMBERS)
        for time_ns, attribute, value in tree.take():
            if attribute == ROOT:
                row = (LOSS, "", _word(value), NO_TIME)
            else:
                old, since_ns = self._last.get(attribute, (UNKNOWN, NO_TIME))
                self._last[attribute] = value, time_ns
                row = (tree.paths[attribute], _word(old), _word(value), since_ns)
            self.added.event(self._change_class, time_ns, row)


def _word(value: Value) -> str:
    return WORDS[value] if value is UNKNOWN or value is ABSENT else str(value)
