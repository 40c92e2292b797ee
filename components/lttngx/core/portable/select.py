"""select with bt2 objects only: the reference of `native.select`, whose rules it shares."""

from collections.abc import Callable
from typing import Any

import bt2

from lttngx.core.portable import classes
from lttngx.core.portable.evaluate import compile_predicate
from lttngx.core.portable.fields import read_time
from lttngx.core.predicate import Selection
from lttngx.core.values import MISSING

Accepts = Callable[[Any], bool]


class Selector:
    """Selects the messages of an upstream message iterator; iterate over it.

    upstream: bt2 message iterator. selection: see `predicate.Selection`. keep: False drops the matching events instead of
    the others. mip: the graph's message interchange protocol version. owner: not used here. at_end: called before the end is
    told.
    events, kept, classes: event messages seen, those passed on, classes (or classes and streams) bound.
    """

    def __init__(self, upstream: Any, selection: Selection, keep: bool = True, *, mip: int = 0,
                 owner: Any = None, at_end: Callable[[], None] | None = None) -> None:
        self._at_end = at_end
        self._upstream, self._selection, self._keep, self._mip = upstream, selection, bool(keep), mip
        # Keys are addresses; the objects beside the outcome keep them from being used again.
        self._entries: dict[tuple[int, int], tuple[Accepts, Any, Any]] = {}
        self._first: tuple[int | None] | None = None
        self.events = self.kept = 0

    @property
    def classes(self) -> int:
        return len(self._entries)

    def reset(self) -> None:
        """Forget what was pulled and not passed on: nothing here, a message at a time is pulled."""

    def __iter__(self) -> "Selector":
        return self

    def __next__(self) -> Any:
        """Return the next message. Raises StopIteration at the end, bt2.TryAgain with nothing lost."""
        while True:
            try:
                message = next(self._upstream)
            except StopIteration:
                if self._at_end is not None:
                    self._at_end()
                raise
            if type(message) is not bt2._EventMessageConst or self._decide(message):
                return message

    def _decide(self, message: Any) -> bool:
        event = message.event
        event_class = event.cls
        stream = event.stream if self._selection.per_stream else None
        key = event_class.addr, stream.addr if stream is not None else 0
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = (self._bind(message, event_class), event_class, stream)
        self.events += 1
        kept = entry[0](message) is self._keep
        self.kept += kept
        return kept

    def _bind(self, message: Any, event_class: Any) -> Accepts:
        if self._first is None:
            time = read_time(message)
            self._first = (None if time is MISSING else time,)
        verdict = self._selection.bind(classes.event_class_of(event_class),
                                       classes.stream_of(message.event.stream, self._mip), self._first[0])
        if isinstance(verdict, bool):
            return lambda message: verdict
        predicates = tuple(map(compile_predicate, verdict))
        return lambda message: any(accepts(message) for accepts in predicates)
