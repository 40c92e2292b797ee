"""What the engine knows of each definition while it runs: open spans, their indexes, counts.

The cost of beginning and ending a span does not depend on how many are open: every look-up is by hash, and closing
a span costs as much as it has open descendants.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

from lttngx.spans import terms
from lttngx.spans.definitions import Definition, path
from lttngx.spans.span import BY_PARENT, COMPLETE, REPLACED, STATUSES, TIMED_OUT, Span
from lttngx.spans.terms import BEGIN, EVENT, PARENT, Reference, Term

# How many texts of keys are remembered: threads and CPUs come again, addresses do not.
_KEY_TEXTS = 4096
Emit = Callable[[Span], None]
Key = Callable[[tuple, tuple], Any]


class Index:
    """The open spans of a kind by the values of some terms; spans which lack one of the values are in no bucket. Those of another machine
    than the first are by (machine's number, values), where the definition is about one machine.

    key: of (values kept of the begin event, of the parent's). place: where among the former the key is, None if it is something
    else. make: what makes a bucket.
    """

    __slots__ = ("key", "place", "table", "make")

    def __init__(self, key: Key, place: int | None, make: type[dict]) -> None:
        self.key, self.place, self.make = key, place, make
        self.table: dict[Any, dict[Span, None]] = {}

    def __getstate__(self) -> tuple:
        """Return the state without the key, a compiled function: who loads it sets `key` anew."""
        return self.place, self.table, self.make

    def __setstate__(self, state: tuple) -> None:
        self.place, self.table, self.make = state

    def key_of(self, span: Span) -> Any:
        key = self.key(span.kept, span.above)
        return (span.host, key) if span.host and key is not None else key

    def add(self, span: Span) -> None:
        key = self.key_of(span)
        if key is not None:
            bucket = self.table.get(key)
            if bucket is None:
                bucket = self.table[key] = self.make()
            bucket[span] = None


class Clockwork:
    """What all kinds share: the count of spans begun, where ended ones go, and when open ones are given up."""

    __slots__ = ("begun", "emit", "deadlines")

    def __init__(self, emit: Emit) -> None:
        self.begun = 0
        self.emit = emit
        self.deadlines: list[tuple[int, int, Span]] = []

    def expire(self, time_ns: int) -> None:
        """Give up the spans whose deadline is not after `time_ns`, in order of deadline."""
        while self.deadlines and self.deadlines[0][0] <= time_ns:
            deadline_ns, _, span = heappop(self.deadlines)
            if span.status is None:
                span.kind.end(span, deadline_ns, (), TIMED_OUT)


class Kind:
    """One definition at work.

    begin_condition, end_condition, begun_key: the definition's. end_key: what of an open span must be equal to
    something of the event which ends it. kept: what is kept of each begin event. live: open spans in order of begin.
    counts: spans ended by status. limited: the definition has limits of duration; of_one_host: see
    there.
    begin_names, end_names: names of the event classes seen which may begin and end a span (dicts without values).
    guarded: an end is
    decided for each open span with the key. begins, unmatched_ends:
    events. crossed: spans ended while one begun later in the same place stayed open (policies stack and queue).
    """

    def __init__(self, definition: Definition, parent: "Kind | None", by_name: dict[str, Definition],
                 shared: Clockwork) -> None:
        self.definition, self.parent, self.shared = definition, parent, shared
        self.begin_condition, self.end_condition = definition.begin_condition(), definition.end_condition()
        self.begun_key = definition.begun_key()
        self.of_one_host = definition.of_one_host
        self.limited = definition.min_ns is not None or definition.max_ns is not None
        self.depth = 0 if parent is None else parent.depth + 1
        self.has_children = False
        if parent is not None:
            parent.has_children = True
        self.path = path(definition, by_name)
        self.kept: list[Reference] = []
        # A plain dict walks over what was deleted at its ends: an OrderedDict finds its first and last entry at once.
        self._make = OrderedDict if definition.policy in ("stack", "queue") else dict
        self.live: dict[Span, None] = self._make()
        self.indexes: dict[tuple[Term, ...], Index] = {}
        self._indexes: list[Index] = []
        self._by_key: Index | None = None
        self._begun_index: Index | None = None
        self._key_texts: dict[Any, str] = {}
        self._timeout_ns = definition.timeout_ns
        self.end_key: tuple[Term, ...] = ()
        self.counts = dict.fromkeys(STATUSES, 0)
        self.begin_names: dict[str, None] = {}
        self.end_names: dict[str, None] = {}
        self.guarded = False
        self.begins = self.unmatched_ends = self.crossed = self.lossy = 0

    def keep(self, conditions: Iterable[Term], source: str) -> None:
        """Note that conditions read `source` of this kind's begin events."""
        for term in conditions:
            for reference in terms.references(term):
                own = terms.moved(reference, source, EVENT)
                if reference.source == source and own not in self.kept:
                    self.kept.append(own)

    def position(self, reference: Reference) -> int:
        """Return where in `Span.kept` the value of a reference with source BEGIN or PARENT is."""
        return self.kept.index(terms.moved(terms.moved(reference, BEGIN, EVENT), PARENT, EVENT))

    @property
    def label(self) -> str:
        """The path; of an unnamed definition its place."""
        return self.path or self.definition.where

    def reports(self, span: Span) -> bool:
        """Return whether a span that has ended is to be told of: not if it is complete, empty and its duration is outside the
        definition's limits."""
        if not self.limited or span.status is not COMPLETE or span.open is not None:
            return True
        definition, duration = self.definition, span.end_ns - span.begin_ns
        return (definition.min_ns or 0) <= duration and (definition.max_ns is None or duration <= definition.max_ns)

    def key_of(self, span: Span) -> tuple[tuple[str | None, ...], tuple[Any, ...]]:
        """Return the names (None: an expression) and the values of a span's key: the definition's, else the equalities of its
        end condition."""
        key, index = self.begun_key or self.end_key, self._key_index()
        if index is None:
            return (), ()
        value = index.key(span.kept, span.above)
        return tuple(map(_name_of, key)), value if isinstance(value, tuple) and len(key) > 1 else (value,)

    def _key_index(self) -> Index | None:
        """Return the index by the key, None without one."""
        key = self.begun_key or self.end_key
        if self._by_key is None and key:
            self._by_key = self.indexes.get(key)
        return self._by_key

    def key_text(self, span: Span) -> str:
        """Return a span's key as `NAME=VALUE, …`; an expression has no name."""
        index = self._by_key or self._key_index()
        if index is None:
            return ""
        value, texts = index.key(span.kept, span.above), self._key_texts
        text = texts.get(value)
        if text is None:
            if len(texts) >= _KEY_TEXTS:
                texts.clear()
            names, values = self.key_of(span)
            text = texts[value] = ", ".join([f"{name}={one}" if name else str(one) for name, one in zip(names, values)])
        return text

    def begin(self, time_ns: int, parent: Span | None, title: Any, captures: tuple, kept: tuple, host: int = 0) -> Span:
        """Begin a span."""
        shared = self.shared
        span = Span(self, shared.begun, time_ns, parent, title, captures, kept, () if parent is None else parent.kept, host)
        shared.begun += 1
        self.begins += 1
        self.live[span] = None
        # As Index.add, without the call: this is done once a span.
        for index in self._indexes:
            key = index.key(kept, span.above) if index.place is None else kept[index.place]
            if key is not None:
                if host:
                    key = host, key
                bucket = index.table.get(key)
                if bucket is None:
                    bucket = index.table[key] = index.make()
                bucket[span] = None
        if parent is not None:
            if parent.open is None:
                parent.open = {}
            parent.open[span] = None
        if self._timeout_ns is not None:
            heappush(shared.deadlines, (time_ns + self._timeout_ns, span.number, span))
        return span

    def end(self, span: Span, time_ns: int, captures: tuple, status: str = COMPLETE) -> None:
        """End an open span and, before it, what is still open inside it."""
        if span.open:
            for child in list(span.open):
                child.kind.end(child, time_ns, (), BY_PARENT)
        del self.live[span]
        kept = span.kept
        for index in self._indexes:
            key = index.key(kept, span.above) if index.place is None else kept[index.place]
            if key is not None:
                if span.host:
                    key = span.host, key
                bucket = index.table[key]
                if len(bucket) == 1:
                    del index.table[key]
                else:
                    del bucket[span]
        if span.parent is not None:
            del span.parent.open[span]
        span.end_ns, span.end_captures, span.status = time_ns, captures, status
        self.counts[status] += 1
        self.shared.emit(span)

    def choose(self, matching: dict[Span, None] | list[Span]) -> tuple[Span, ...]:
        """Return which of the matching open spans, in order of begin, an end event ends, by policy `stack` or
        `queue`; count it if
        it crosses another with the same key."""
        if not matching:
            return ()
        first = self.definition.policy == "queue"
        chosen = next(iter(matching) if first else reversed(matching))
        index = self._begun_index or self._find_begun_index()
        others = self.live if index is None else index.table[index.key_of(chosen)]
        self.crossed += chosen is not next(iter(others) if first else reversed(others))
        return (chosen,)

    def replace(self, time_ns: int, kept: tuple, parent: Span | None, host: int = 0) -> None:
        """Policy `one`: end the open spans with the key of a span that is about to begin."""
        index = self._begun_index or self._find_begun_index()
        key = index.key(kept, () if parent is None else parent.kept)
        for span in list(index.table.get((host, key) if host else key, ())):
            self.end(span, time_ns, (), REPLACED)

    def name_classes(self, other: "Kind") -> None:
        """Take over which event classes the same kind of another engine has met, and how their ends find a span."""
        self.begin_names.update(other.begin_names)
        self.end_names.update(other.end_names)
        self.end_key = self.end_key or other.end_key
        self.guarded = self.guarded or other.guarded

    def _find_begun_index(self) -> Index | None:
        """Return the index by the definition's key: looked up once, since terms are slow to hash."""
        self._begun_index = self.indexes.get(self.begun_key)
        return self._begun_index

    def adopt(self, other: "Kind", index_of: Callable[[tuple[Term, ...]], Index]) -> None:
        """Take over the counts of the same kind of another engine, and its open spans, which are this kind's already.

        index_of: makes the index of this kind by some terms."""
        for key in other.indexes:
            index_of(key)
        for span in other.live:
            for index in self.indexes.values():
                index.add(span)
            if self.definition.timeout_ns is not None:
                heappush(self.shared.deadlines, (span.begin_ns + self.definition.timeout_ns, span.number, span))
        live = sorted([*self.live, *other.live], key=lambda span: (span.begin_ns, span.number))
        self.live.clear()
        self.live.update(dict.fromkeys(live))
        for status, count in other.counts.items():
            self.counts[status] += count
        self.begins += other.begins
        self.unmatched_ends += other.unmatched_ends
        self.crossed += other.crossed
        self.lossy += other.lossy

    def index(self, open_key: tuple[Term, ...], key: Key) -> Index:
        """Return the index by some terms, made from what is open now if it is new."""
        found = self.indexes.get(open_key)
        if found is None:
            plain = len(open_key) == 1 and isinstance(open_key[0], Reference) and open_key[0].source == BEGIN
            place = self.position(open_key[0]) if plain else None
            found = self.indexes[open_key] = Index(key, place, self._make)
            self._indexes.append(found)
            for span in self.live:
                found.add(span)
        return found


def _name_of(term: Term) -> str | None:
    """Return what a key's term is: tid, pid, cpu …; None for an expression."""
    if not isinstance(term, Reference):
        return None
    name = str(term.steps[-1])
    return "cpu" if name == "cpu_id" else name
