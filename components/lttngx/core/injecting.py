"""Plans of *inject*: events of a stream of its own, which a filter adds behind the messages that made them; events of a source's streams.

An engine names event classes and gives rows; the core makes messages of them. Rules of both cores' `Injector`:

- Messages are given in the order in which they were added, right behind the message which a Rewriter was on.
- An event's time is the given one, but never before that of a message given already: time does not go back.
- Events are in packets of PACKET_EVENTS, which begin and end at the times of their first and last event: CTF written of a stream
  whose packets have no times makes Babeltrace 2.1.1 abort when it is read again.
- A row has one value a member, of its kind's Python type: int (SIGNED: −2^63 … 2^63−1, UNSIGNED: 0 … 2^64−1), float, str.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lttngx.core.classes import FieldClass, Kind, Stream, Trace
from lttngx.core.rewriting import StreamPlan, Unchanged

PACKET_EVENTS = 4096
KINDS = (Kind.SIGNED, Kind.UNSIGNED, Kind.DOUBLE, Kind.STRING)


@dataclass(frozen=True, slots=True)
class Member:
    """A payload member: its name, and one of KINDS."""

    name: str
    kind: Kind


class Added(Protocol):
    """Where an engine puts the events which a filter adds: one stream."""

    def event_class(self, name: str, members: Sequence[Member]) -> Any:
        """Return what stands for a new event class in `event`."""

    event: Callable[[Any, int, tuple], None]
    """event(event class, time in ns from origin, row) adds an event."""


class Adding(Unchanged):
    """An identity rewrite which adds events. Its user sets `added` before the first message.

    stream: the first stream with a clock, whose origin added events count from; None before it.
    """

    added: Added

    def __init__(self) -> None:
        self.stream: Stream | None = None

    def stream_class(self, stream: Stream, packet_context: FieldClass | None, common_context: FieldClass | None) -> StreamPlan:
        if self.stream is None and stream.clock is not None:
            self.stream = stream
        return StreamPlan()


# Environment entries of an added trace which say what it was made of; the others are its source's.
_SOURCE_NAME, _SOURCE_UUID = "source_name", "source_uuid"


def source_entries(source: Trace) -> dict[str, int | str]:
    """Return the environment entries of the trace which events are added to. source: the trace they come from."""
    own = {_SOURCE_NAME: source.name, _SOURCE_UUID: source.uuid}
    return dict(source.environment) | {name: value for name, value in own.items() if value}


def source_of(added: Trace) -> Trace:
    """Return the trace which the events of an added trace come from."""
    entries = dict(added.environment)
    return Trace(entries.pop(_SOURCE_NAME, None), entries.pop(_SOURCE_UUID, None), entries)
