"""Mixin of message iterators which rewrite events and add events of a stream of their own behind those that made them.

Messages stay native: an engine adds rows while it is fed, the core makes messages of them and gives them in turn.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lttngx.bt.iterators import Rewriting, injector
from lttngx.errors import TraceError

if TYPE_CHECKING:
    from lttngx.core.injecting import Adding, Member

# By the names of kinds.
FIELD_CLASSES = {"SIGNED": "signed_integer", "UNSIGNED": "unsigned_integer", "DOUBLE": "double_precision_real", "STRING": "string"}


class AddedStream:
    """A trace with one stream, made with the first event class of it (see `core.injecting.Added`).

    Its clock class counts ns from the origin of the clock it was made after, so that times are the same numbers.
    """

    def __init__(self, iterator: Any, name: str, plans: "Adding") -> None:
        """name: of the trace and of its stream class."""
        self._component, self._name, self._plans = iterator._component, name, plans
        self.injector = injector(iterator)
        self.event = self.injector.event
        self._trace_class: Any = None
        self._stream_class: Any = None

    def event_class(self, name: str, members: "Sequence[Member]") -> Any:
        """Return what stands for a new event class in `event`. Raises TraceError without a clock."""
        if self._stream_class is None:
            self._open()
        payload = self._trace_class.create_structure_field_class()
        for member in members:
            payload.append_member(member.name, getattr(self._trace_class, f"create_{FIELD_CLASSES[member.kind.name]}_field_class")())
        event_class = self._stream_class.create_event_class(name=name, payload_field_class=payload)
        return self.injector.event_class(event_class, tuple(member.kind for member in members))

    def _open(self) -> None:
        from lttngx.core.injecting import source_entries

        stream = self._plans.stream
        if stream is None:
            raise TraceError(f"added events need a default clock class: stream={self._name}, expected=one, got=none")
        clock = self._component._create_clock_class(
            frequency=1_000_000_000, name=stream.clock or None, origin_is_unix_epoch=stream.unix_epoch)
        self._trace_class = self._component._create_trace_class()
        self._stream_class = self._trace_class.create_stream_class(
            name=self._name, default_clock_class=clock, supports_packets=True,
            packets_have_beginning_default_clock_snapshot=True, packets_have_end_default_clock_snapshot=True)
        trace = self._trace_class(name=self._name, environment=source_entries(stream.trace))
        self.injector.begin(trace.create_stream(self._stream_class))

    def close(self) -> None:
        """End the stream; begin it first if that may be and nothing was added."""
        if self._stream_class is None and self._plans.stream is not None:
            self._open()
        if self._stream_class is not None:
            self.injector.end()

    def restart(self) -> None:
        """Forget the stream: the input has sought."""
        self._stream_class = None


class Injecting(Rewriting):
    """Call `_inject` in `__init__`; `_conclude` is called at the end of the input."""

    _added: AddedStream | None = None

    def _inject(self, config: Any, port: Any, plans: "Adding", name: str) -> None:
        """Rewrite the messages of an input port by `plans`; what it adds becomes the stream `name`."""
        self._added = plans.added = AddedStream(self, name, plans)
        self._rewrite(config, port, plans, at_end=self._end, injector=self._added.injector)

    def _conclude(self) -> None:
        """Let the engine add what it has at the end of the input."""
        raise NotImplementedError

    def _end(self) -> None:
        self._conclude()
        self._added.close()

    def _reset(self) -> None:
        super()._reset()
        if self._added is not None:
            self._added.restart()
