"""What every condition has: the calls of an engine, and the trigger it satisfies."""

from lttngx.core.classes import EventClass, Stream
from lttngx.language.patterns import name_pattern
from lttngx.state.kernel.binding import Bound
from lttngx.watch.trigger import Trigger


class Condition:
    """A condition which is never satisfied: base of those which are. `trigger` is set before anything is fed."""

    per_stream = False
    trigger: Trigger

    def bind(self, event_class: EventClass, stream: Stream) -> Bound | None:
        """Return (call, field paths) for the events of a class, None to skip them."""
        return None

    def lost(self, stream: Stream, begin_ns: int | None, end_ns: int | None, events: int, packets: int) -> None:
        """The tracer lost events or packets of a stream between two times; 1 for an unknown number."""

    def advance(self, now_ns: int) -> None:
        """Time has come to `now_ns`, event or not."""

    def finish(self, last_ns: int) -> None:
        """The trace ends after its last event."""


class Names:
    """Star patterns of which one matches a name."""

    def __init__(self, *patterns: str) -> None:
        self._patterns = tuple(map(name_pattern, patterns))

    def __contains__(self, name: str) -> bool:
        text = name.encode("utf-8", "surrogateescape")
        return any(pattern.matches(text) for pattern in self._patterns)
