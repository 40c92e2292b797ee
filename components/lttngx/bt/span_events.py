"""Spans as events of a trace of their own: classes made as spans need them, messages in order of time."""

import re
from typing import Any

from lttngx.export.lanes import key_of
from lttngx.spans.span import Span

# Payload members before the captures; a root's `parent_id` is −1. TSDL allows identifiers only.
MEMBERS = ("name", "begin", "end", "duration", "id", "parent_id", "key", "status", "lossy")
NO_PARENT = -1


class SpanStream:
    """One stream with an event class per definition and kinds of capture values.

    Its clock class counts ns from the origin of the clock it was made after, so that times are the same numbers.
    """

    def __init__(self, component: Any, iterator: Any, stream: Any) -> None:
        """stream: core.classes.Stream whose events begin and end spans."""
        self._iterator = iterator
        clock = component._create_clock_class(
            frequency=1_000_000_000, name=stream.clock or None, origin_is_unix_epoch=stream.unix_epoch)
        self._trace_class = component._create_trace_class()
        self._stream_class = self._trace_class.create_stream_class(name="spans", default_clock_class=clock)
        self._stream = self._trace_class(name="spans").create_stream(self._stream_class)
        self._event_classes: dict[tuple, Any] = {}
        self._last_ns = 0

    def begin(self) -> Any:
        """Return the stream's beginning message."""
        return self._iterator._create_stream_beginning_message(self._stream)

    def end(self) -> Any:
        """Return the stream's end message."""
        return self._iterator._create_stream_end_message(self._stream)

    def event(self, span: Span, not_before_ns: int) -> Any:
        """Return the event message of an ended span, at its end, but not before a message that was given already."""
        self._last_ns = max(self._last_ns, span.end_ns, not_before_ns)
        captures = _captures(span)
        event_class = self._event_class(span, captures)
        message = self._iterator._create_event_message(event_class, self._stream, default_clock_snapshot=self._last_ns)
        payload = message.event.payload_field
        for name, value in (*zip(MEMBERS, _values(span)), *captures.items()):
            payload[name] = value if isinstance(value, (int, float, str)) else str(value)
        return message

    def _event_class(self, span: Span, captures: dict[str, Any]) -> Any:
        kinds = tuple((name, _kind(value)) for name, value in captures.items())
        known = self._event_classes.get((span.kind, kinds))
        if known is None:
            payload = self._trace_class.create_structure_field_class()
            members = (*zip(MEMBERS, map(_kind, _values(span))), *kinds)
            for name, kind in members:
                payload.append_member(name, getattr(self._trace_class, f"create_{kind}_field_class")())
            known = self._stream_class.create_event_class(name=span.path or "span", payload_field_class=payload)
            self._event_classes[span.kind, kinds] = known
        return known


def _captures(span: Span) -> dict[str, Any]:
    """Return the captures which have a value, by member name: what is no identifier's character is `_`, taken names
    get one more."""
    found: dict[str, Any] = {}
    for name, value in span.captures().items():
        member = re.sub(r"\W", "_", name, flags=re.ASCII)
        while member in MEMBERS or member in found:
            member += "_"
        if value is not None:
            found[member] = value
    return found


def _values(span: Span) -> tuple:
    """Return the values of MEMBERS."""
    key = ", ".join(map(str, key_of(span)[1]))
    return (str(span.title), span.begin_ns, span.end_ns, span.duration_ns, span.number,
            NO_PARENT if span.parent is None else span.parent.number, key, span.status, int(span.lossy))


def _kind(value: Any) -> str:
    """Return the word of a value's field class in bt2's method names."""
    if isinstance(value, float):
        return "double_precision_real"
    if isinstance(value, int):
        return "signed_integer" if value < 2**63 else "unsigned_integer"
    return "string"
