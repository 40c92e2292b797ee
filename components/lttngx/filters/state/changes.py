"""The stream of `state:change` events: made with bt2, beside the rewritten streams."""

from typing import Any

NO_TIME = -1


class ChangeStream:
    """A trace `state` with one stream, whose clock class counts ns from the origin of the clock it was made after.

    component, iterator: the bt2 objects which make it. unix_epoch: whether that origin is the Unix epoch.
    """

    def __init__(self, component: Any, iterator: Any, unix_epoch: bool) -> None:
        self._iterator = iterator
        clock = component._create_clock_class(frequency=1_000_000_000, origin_is_unix_epoch=unix_epoch)
        trace_class = component._create_trace_class()
        stream_class = trace_class.create_stream_class(name="state", default_clock_class=clock)
        payload = trace_class.create_structure_field_class()
        payload += [("attribute", trace_class.create_string_field_class()), ("old", trace_class.create_string_field_class()),
                    ("new", trace_class.create_string_field_class()), ("since", trace_class.create_signed_integer_field_class(64))]
        self._event_class = stream_class.create_event_class(name="state:change", payload_field_class=payload)
        self._stream = trace_class(name="state").create_stream(stream_class)

    def begin(self) -> Any:
        """Return the stream's beginning message."""
        return self._iterator._create_stream_beginning_message(self._stream)

    def end(self) -> Any:
        """Return the stream's end message."""
        return self._iterator._create_stream_end_message(self._stream)

    def change(self, change: Any, not_before_ns: int) -> Any:
        """Return the event message of a StateChange, not before a message that was given already."""
        message = self._iterator._create_event_message(
            self._event_class, self._stream, default_clock_snapshot=max(change.time_ns, not_before_ns))
        fields = message.event.payload_field
        fields["attribute"], fields["old"], fields["new"] = change.attribute, change.old, change.new
        fields["since"] = NO_TIME if change.since_ns is None else change.since_ns
        return message
