"""A span: the record which the engine keeps while it is open and gives away when it ends."""

from typing import Any

# How a span ended.
COMPLETE = "complete"
BY_PARENT = "truncated by parent"
BY_END = "truncated by end of trace"
TIMED_OUT = "timed out"
REPLACED = "replaced"
STATUSES = (COMPLETE, BY_PARENT, BY_END, TIMED_OUT, REPLACED)


class Span:
    """One span, [begin_ns, end_ns) in ns from the clock's origin.

    kind: the engine's `Kind`, with the definition. number: order of begin over all spans, from 0. parent: the span it
    is in, or None.
    title: its name. begin_captures, end_captures: values in the definition's order; None where the event lacks the
    field, and all None for
    an end that did not come. status: one of STATUSES, None while it is open. lossy: events were discarded during the
    span.
    open: spans inside it that have not ended, in order of begin. notes: whatever the span's consumer likes to keep
    with it.
    kept, above: values kept of its begin event and of its parent's, for conditions. host: number of the machine which its key is of, 0 for
    the first one and for keys of no machine.
    """

    __slots__ = ("kind", "number", "begin_ns", "end_ns", "parent", "title", "begin_captures", "end_captures", "status",
                 "lossy", "notes", "open", "kept", "above", "host")

    def __init__(self, kind: Any, number: int, begin_ns: int, parent: "Span | None", title: Any,
                 begin_captures: tuple, kept: tuple, above: tuple, host: int = 0) -> None:
        self.kind, self.number, self.begin_ns, self.parent, self.title = kind, number, begin_ns, parent, title
        self.begin_captures, self.kept, self.above, self.host = begin_captures, kept, above, host
        self.end_ns = self.status = self.notes = self.open = None
        self.end_captures: tuple = ()
        self.lossy = False

    @property
    def duration_ns(self) -> int:
        """The span's length in ns."""
        return self.end_ns - self.begin_ns

    @property
    def path(self) -> str:
        """The definition's full name, ancestors first: "a/b"."""
        return self.kind.path

    def captures(self) -> dict[str, Any]:
        """Return the captures by name, those of the begin first."""
        definition = self.kind.definition
        found = {name: got for (name, _), got in zip(definition.begin_captures, self.begin_captures)}
        return found | {name: got for (name, _), got in zip(definition.end_captures, self.end_captures)}
