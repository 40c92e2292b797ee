"""The collector: takes spans as they end and keeps what the wanted views need, no more.

Figures of a kind are about all its spans that count; figures of pairs and of groups are about trees of spans that all
count,
from the root down (lttng-analyses' rule). Statistics keep no span; `log` keeps the selected ones, `top` as many as it
shows; groups and the hierarchical order keep a tree until
its root has ended.
"""

from collections.abc import Iterator, Mapping
from heapq import heappush, heapreplace

from lttngx.analyses.statistics import Statistics
from lttngx.spans.figures import BATCH, Figures, Inner, Undecided
from lttngx.spans.kinds import Kind
from lttngx.spans.notes import Notes
from lttngx.spans.span import COMPLETE, Span
from lttngx.spans.views import Group, Node, Options, groups

_NOTHING: Inner = {}


class Collector:
    """Collects ended spans for some views. `take` is an engine's `emit`; `finish` comes after the engine's."""

    def __init__(self, options: Options, head_known: bool = True) -> None:
        self.options = options
        # Spans which began before this part of the trace may still end in it, so no interval is settled.
        self._settles = head_known
        self._all = Figures()
        self._groups: dict[Group, Figures] = {}
        self._log: list[Span] = []
        self.aggregates: list[tuple[Span, dict[Kind, Statistics]]] = []
        self._top: list[tuple[int, int, Span]] = []
        self._keeps_each = "freq" in options.views
        self._shows = bool({"log", "top"} & set(options.views))
        self._keeps_trees = bool(options.group_by) or options.order_by == "hierarchy"
        self._logs = "log" in options.views
        self._aggregates = self._logs and options.aggregate_by is not None
        self._counts = bool({"stats", "freq", "tree"} & set(options.views))
        self._limited = options.min_ns is not None or options.max_ns is not None

    @property
    def figures(self) -> Figures:
        """The figures of all spans so far."""
        self._all.count(self._keeps_each)
        return self._all

    @property
    def groups(self) -> dict[Group, Figures]:
        """The figures of each group of spans so far."""
        for figures in self._groups.values():
            figures.count(self._keeps_each)
        return self._groups

    def take(self, span: Span) -> None:
        """Count a span that has just ended."""
        kind, notes = span.kind, span.notes
        counts = span.status is COMPLETE and (not (self._limited or kind.limited) or self.options.counts(span))
        if counts:
            parent = span.parent
            if parent is not None:
                if parent.notes is None:
                    parent.notes = Notes()
                parent.notes.add(span, notes)
                if self._aggregates:
                    parent.notes.add_durations(span, notes)
            if self._counts:
                self._count(span, notes, self._all)
                if kind.has_children or notes is not None:
                    self._pair(span, notes, parent.notes if parent is not None else None)
            if self._shows and self.options.selects(kind):
                self._show(span)
            if self._aggregates and notes is not None and notes.durations is not None and self.options.aggregates(kind):
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

    def settle(self) -> None:
        """Forget the intervals which no span to come can reach."""
        if self._settles:
            for kind, figures in self.figures.kinds.items():
                figures.union.settle(_horizon(kind, False))

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
        inner = {kind: found for kind, found in notes.durations.items() if self.options.selects(kind)}
        if inner:
            self.aggregates.append((span, inner))

    def _count(self, span: Span, notes: Notes | None, figures: Figures) -> None:
        kind = span.kind
        own = figures.kinds.get(kind) or figures.of(kind)
        own.waiting.append((span.begin_ns, span.end_ns))
        if notes is not None and notes.cover:
            own.covered_ns += notes.covered_ns()
        if len(own.waiting) >= BATCH:
            own.count(self._keeps_each)
            if self._settles and own.union.crowded:
                own.union.settle(_horizon(kind, figures is not self._all))

    def _pair(self, span: Span, notes: Notes | None, waiting: Notes | None) -> None:
        """Count the span as an ancestor, once it is known that all above it count."""
        inner, duration_ns = _NOTHING if notes is None else notes.inner, span.end_ns - span.begin_ns
        if waiting is None:
            if span.kind.has_children:
                self._all.pairs.add(span.kind, duration_ns, inner, self._keeps_each)
            if notes is not None and notes.undecided is not None:
                self._all.pairs.take(notes.undecided, self._keeps_each)
            return
        if waiting.undecided is None:
            waiting.undecided = Undecided()
        if span.kind.has_children:
            waiting.undecided.add(span.kind, duration_ns, inner)
        if notes is not None and notes.undecided is not None:
            waiting.undecided.merge(notes.undecided)

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
        found = self._groups.get(group)
        if found is None:
            found = self._groups[group] = Figures()
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
            found = notes.inner.setdefault(inner.span.kind, [0, 0])
            found[0] += 1
            found[1] += inner.span.duration_ns
    for inner in node.inner:
        if inner.counts:
            notes.cover.append((inner.span.begin_ns, inner.span.end_ns))
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
