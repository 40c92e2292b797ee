"""Notes: what the collector keeps with a span until it ends, about those inside it."""

from collections.abc import Mapping

from lttngx.analyses.intervals import disjoint
from lttngx.analyses.statistics import Statistics
from lttngx.spans.figures import BATCH, Inner, Undecided
from lttngx.spans.kinds import Kind
from lttngx.spans.span import Span
from lttngx.spans.views import Node


class Notes:
    """What is kept with a span until it ends.

    inner: of its descendants by kind, [number, sum of durations]. cover: times of the spans directly inside. undecided: descendants as
    ancestors. durations: of its descendants by kind, if their statistics are wanted. node: the tree.
    """

    __slots__ = ("inner", "cover", "undecided", "durations", "node")

    def __init__(self) -> None:
        self.inner: Inner = {}
        self.cover: list[tuple[int, int]] = []
        self.undecided: Undecided | None = None
        self.durations: dict[Kind, Statistics] | None = None
        self.node: Node | None = None

    def rename(self, kinds: Mapping[Kind, Kind]) -> None:
        """Be about other kinds."""
        self.inner = {kinds[kind]: found for kind, found in self.inner.items()}
        if self.durations is not None:
            self.durations = {kinds[kind]: found for kind, found in self.durations.items()}
        if self.undecided is not None:
            self.undecided.rename(kinds)

    def add(self, span: Span, notes: "Notes | None") -> None:
        """Count a span directly inside, and what is in it."""
        begin_ns, end_ns, inner, cover = span.begin_ns, span.end_ns, self.inner, self.cover
        found = inner.get(span.kind)
        if found is None:
            inner[span.kind] = [1, end_ns - begin_ns]
        else:
            found[0] += 1
            found[1] += end_ns - begin_ns
        cover.append((begin_ns, end_ns))
        if len(cover) > BATCH and not len(cover) % BATCH:
            self.cover = disjoint(cover)
        if notes is not None:
            for kind, (number, time_ns) in notes.inner.items():
                found = inner.setdefault(kind, [0, 0])
                found[0] += number
                found[1] += time_ns

    def add_durations(self, span: Span, notes: "Notes | None") -> None:
        """Count the durations of a span directly inside, and of what is in it."""
        if self.durations is None:
            self.durations = {}
        self.durations.setdefault(span.kind, Statistics()).add(span.end_ns - span.begin_ns)
        if notes is not None and notes.durations is not None:
            for kind, found in notes.durations.items():
                self.durations.setdefault(kind, Statistics()).merge(found)

    def covered_ns(self) -> int:
        """Return the time in at least one span directly inside."""
        if len(self.cover) == 1:
            begin_ns, end_ns = self.cover[0]
            return end_ns - begin_ns
        return sum([end - begin for begin, end in disjoint(self.cover)])
