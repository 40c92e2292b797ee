"""The collector: takes spans as they end and keeps what the wanted views need, no more.

Figures of a kind are about all its spans that count; figures of pairs and of groups are about trees of spans that all
count,
from the root down (lttng-analyses' rule). Statistics keep no span; `log` keeps the selected ones, `top` as many as it
shows; groups and the hierarchical order keep a tree until
its root has ended.
"""

from collections.abc import Iterator, Mapping
from heapq import heappush, heapreplace

from lttngx.analyses.intervals import Intervals
from lttngx.analyses.statistics import Statistics
from lttngx.spans.figures import Figures, KindFigures, Pairs
from lttngx.spans.kinds import Kind
from lttngx.spans.span import Span
from lttngx.spans.views import Group, Node, Options, groups


class Notes:
    """What is kept with a span until it ends: its descendants' durations by kind, the cover of those directly inside,
    figures
    of pairs that wait for the root, the tree."""

    __slots__ = ("inner", "cover", "pairs", "node")

    def __init__(self) -> None:
        self.inner: dict[Kind, Statistics] = {}
        self.cover = Intervals()
        self.pairs: Pairs | None = None
        self.node: Node | None = None

    def rename(self, kinds: Mapping[Kind, Kind]) -> None:
        """Be about other kinds."""
        self.inner = {kinds[kind]: found for kind, found in self.inner.items()}
        if self.pairs is not None:
            self.pairs = self.pairs.renamed(kinds)

    def add(self, span: Span, notes: "Notes | None") -> None:
        """Count a span directly inside, and what is in it."""
        self._inner(span.kind).add(span.end_ns - span.begin_ns)
        self.cover.add(span.begin_ns, span.end_ns)
        if notes is not None:
            for kind, found in notes.inner.items():
                self._inner(kind).merge(found)

    def _inner(self, kind: Kind) -> Statistics:
        found = self.inner.get(kind)
        if found is None:
            found = self.inner[kind] = Statistics()
        return found


_NOTHING: dict[Kind, Statistics] = {}


class Collector:
    """Collects ended spans for some views. `take` is an engine's `emit`; `finish` comes after the engine's."""

    def __init__(self, options: Options, head_known: bool = True) -> None:
        self.options = options
        # Spans which began before this part of the trace may still end in it, so no interval is settled.
        self._settles = head_known
        self.figures = Figures()
        self.groups: dict[Group, Figures] = {}
        self._log: list[Span] = []
        self.aggregates: list[tuple[Span, dict[Kind, Statistics]]] = []
        self._top: list[tuple[int, int, Span]] = []
        self._keeps_each = "freq" in options.views
        self._keeps_trees = bool(options.group_by) or options.order_by == "hierarchy"
        self._logs = "log" in options.views
        self._figures = bool({"stats", "freq", "tree"} & set(options.views))

    def take(self, span: Span) -> None:
        """Count a span that has just ended."""
        counts, options = self.options.counts(span), self.options
        notes = span.notes
        if counts:
            parent = span.parent
            if parent is not None:
                if parent.notes is None:
                    parent.notes = Notes()
                parent.notes.add(span, notes)
            if self._figures:
                self._count(span, notes, self.figures)
                self._pair(span, notes, parent.notes if parent is not None else None)
            if options.selects(span.kind):
                self._show(span)
            if options.aggregate_by is not None and notes is not None and options.aggregates(span.kind):
                self._aggregate(span, notes)
        if self._keeps_trees:
            self._grow(span, counts)
        span.notes = None

    def merge(self, other: "Collector", kinds: Mapping[Kind, Kind]) -> None:
        """Add what the collector of the next part of the trace has. kinds: its kinds to ours, which its spans have
        already."""
        self.figures.merge(other.figures, kinds)
        for group, figures in other.groups.items():
            self._group(group).merge(figures, kinds)
        self._log += other._log
        self.aggregates += [(span, {kinds[kind]: found for kind, found in inner.items()})
                            for span, inner in other.aggregates]
        for _, _, span in other._top:
            self._keep_longest(span)

    def spans(self) -> Iterator[Span]:
        """Yield the spans that are kept."""
        yield from self._log
        yield from (span for span, _ in self.aggregates)
        yield from (span for _, _, span in self._top)

    def _show(self, span: Span) -> None:
        options = self.options
        if self._logs and options.aggregate_by is None and options.order_by == "time":
            self._log.append(span)
        if "top" in options.views:
            self._keep_longest(span)

    def _keep_longest(self, span: Span) -> None:
        entry = (span.end_ns - span.begin_ns, -span.number, span)
        if len(self._top) < self.options.limit or not self.options.limit:
            heappush(self._top, entry)
        elif entry > self._top[0]:
            heapreplace(self._top, entry)

    def log(self) -> list[Span]:
        """Return the spans to log: by begin, or the trees by begin of their roots, each span before those in it,
        these by end."""
        if self.options.order_by == "hierarchy":
            return sorted(self._log, key=lambda span: _order(_root(span)))
        return sorted(self._log, key=_order)

    def top(self) -> list[Span]:
        """Return the longest spans, longest first; of equal ones the first begun comes first."""
        return [span for _, _, span in sorted(self._top, reverse=True, key=lambda entry: entry[:2])]

    def _aggregate(self, span: Span, notes: Notes) -> None:
        inner = {kind: found for kind, found in notes.inner.items() if self.options.selects(kind)}
        if self._logs and inner:
            self.aggregates.append((span, inner))

    def _count(self, span: Span, notes: Notes | None, figures: Figures) -> None:
        duration = span.end_ns - span.begin_ns
        own = figures.of(span.kind)
        own.durations.add(duration)
        own.histogram.add(duration)
        own.union.add(span.begin_ns, span.end_ns)
        if self._settles and own.union.crowded:
            own.union.settle(_horizon(span.kind, figures is not self.figures))
        own.self_ns += duration if notes is None else duration - notes.cover.length
        if self._keeps_each:
            own.every.append(duration)

    def _pair(self, span: Span, notes: Notes | None, waiting: Notes | None) -> None:
        """Count the span as an ancestor, once it is known that all above it count."""
        if waiting is None:
            pairs = self.figures.pairs
        elif notes is None and not span.kind.has_children:
            return
        else:
            if waiting.pairs is None:
                waiting.pairs = Pairs()
            pairs = waiting.pairs
        if span.kind.has_children:
            inner = _NOTHING if notes is None else notes.inner
            pairs.add(span.kind, span.end_ns - span.begin_ns, inner, self._keeps_each)
        if notes is not None and notes.pairs is not None:
            pairs.merge(notes.pairs)

    # Trees: what is decided only when the root has ended.

    def _grow(self, span: Span, counts: bool) -> None:
        node = span.notes.node if span.notes is not None else None
        if not counts and node is None:
            return
        node = node if node is not None else Node(span)
        node.counts = counts
        parent = span.parent
        if parent is None:
            self._finish_tree(node)
            return
        if parent.notes is None:
            parent.notes = Notes()
        if parent.notes.node is None:
            parent.notes.node = Node(parent)
        parent.notes.node.inner.append(node)

    def _finish_tree(self, root: Node) -> None:
        if self._logs and self.options.order_by == "hierarchy" and self.options.aggregate_by is None:
            self._log_tree(root)
        if self.options.group_by:
            belonging = groups(root, self.options.group_by)
            for node in _nodes(root, counted=True):
                for group in belonging.get(node.span, ()):
                    self._count_in_group(node, _notes(node, group, belonging), self._group(group))

    def _count_in_group(self, node: Node, notes: Notes, figures: Figures) -> None:
        self._count(node.span, notes, figures)
        figures.pairs.add(node.span.kind, node.span.duration_ns, notes.inner, self._keeps_each)

    def _group(self, group: Group) -> Figures:
        found = self.groups.get(group)
        if found is None:
            found = self.groups[group] = Figures()
        return found

    def _log_tree(self, root: Node) -> None:
        for node in _nodes(root, counted=True):
            if self.options.selects(node.span.kind):
                self._log.append(node.span)


def _notes(node: Node, group: Group, belonging: dict[Span, set[Group]]) -> Notes:
    """Return the notes of a node about those of its descendants that belong to a group."""
    notes = Notes()
    for inner in _nodes(node, counted=True):
        if inner is not node and group in belonging.get(inner.span, ()):
            notes.inner.setdefault(inner.span.kind, Statistics()).add(inner.span.duration_ns)
    for inner in node.inner:
        if inner.counts:
            notes.cover.add(inner.span.begin_ns, inner.span.end_ns)
    return notes


def _nodes(node: Node, counted: bool = False) -> list[Node]:
    """Return a tree's nodes, each before those inside it. counted: without spans that do not count, nor what is in
    them."""
    found, waiting = [], [node]
    while waiting:
        current = waiting.pop()
        if current.counts or not counted:
            found.append(current)
            waiting += reversed(current.inner)
    return found


def _order(span: Span) -> tuple[int, int]:
    """Return what spans are sorted by: begin, then number, which after a merge is in order within the parts only."""
    return span.begin_ns, span.number


def _root(span: Span) -> Span:
    while span.parent is not None:
        span = span.parent
    return span


def _horizon(kind: Kind, delayed: bool) -> int:
    """Return the earliest begin of a span of a kind which may still end."""
    if delayed:
        return -2**63
    return next(iter(kind.live)).begin_ns if kind.live else 2**63
