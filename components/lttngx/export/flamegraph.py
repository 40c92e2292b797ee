"""What a flame graph shows: stacks of spans, or call stacks, as folded stacks or a speedscope file."""

from collections.abc import Callable

from lttngx.export.callstacks import EVENTS, Stack
from lttngx.export.frames import Frames
from lttngx.export.images import Images
from lttngx.export.stacks import FoldedStacks, Speedscope
from lttngx.export.tracks import track_of
from lttngx.spans.span import Span


class SpanStacks:
    """Stacks of spans; `take` is an engine's `emit`."""

    def __init__(self, folded: bool, name: Callable[[Span], str]) -> None:
        self._name = name
        self._spans: list[Span] = []
        self._stacks = FoldedStacks(name) if folded else None
        self.take: Callable[[Span], None] = self._spans.append if self._stacks is None else self._stacks.take

    def text(self, trace: str, exporter: str) -> str:
        """Return the file's content."""
        if self._stacks is not None:
            return "".join(f"{line}\n" for line in self._stacks.lines())
        scope = Speedscope(trace, exporter)
        scope.spans(self._spans, self._name)
        return scope.text() + "\n"


class CallStackWeights:
    """Call stacks; `take` is what CallStacks calls."""

    def __init__(self, folded: bool, weight: str, frames: Frames) -> None:
        self._folded, self._unit, self._frames = folded, "none" if weight == EVENTS else "nanoseconds", frames
        self._sums: dict[Stack, int] = {}
        self._threads: dict[int, list[tuple[Stack, int]]] = {}

    def take(self, stack: Stack, weight: int) -> None:
        """Add weight to a stack."""
        if self._folded:
            self._sums[stack] = self._sums.get(stack, 0) + weight
        else:
            self._threads.setdefault(stack.tid, []).append((stack, weight))

    def text(self, trace: str, exporter: str) -> str:
        """Return the file's content; only now all names are known."""
        if not self._folded:
            return self._speedscope(Speedscope(trace, exporter)) + "\n"
        stacks = FoldedStacks()
        for stack, weight in self._sums.items():
            stacks.add(self._frames.of(stack), weight)
        return "".join(f"{line}\n" for line in stacks.lines())

    def _speedscope(self, scope: Speedscope) -> str:
        for tid, stacks in sorted(self._threads.items()):
            samples = [(self._frames.of(stack), weight) for stack, weight in stacks]
            scope.samples(f"{samples[0][0][0]} {tid}", samples, self._unit)
        return scope.text()


def plain_name(span: Span) -> str:
    """Return a span's name."""
    return str(span.title)


def symbol_name(frames: Frames, images: Images) -> Callable[[Span], str]:
    """Return a function which names spans, by the function at the address where that is the name."""
    def name(span: Span) -> str:
        title = str(span.title)
        if not title.startswith("0x"):
            return title
        pid = track_of(span).pid
        return title if pid is None else frames.in_process(images.image(pid), int(title, 16), is_return=False)
    return name
