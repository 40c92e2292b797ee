"""Parts of a trace for engines which cannot be joined: what such an engine would be told is kept, and told later.

An engine whose every step depends on all before it (the kernel state model, spans with `$state`) has no partial result which could
be joined exactly. Its parts are journals: reading, decoding and extraction happen part by part, anywhere; the engine itself runs
once, where parts are joined, on the journals in order. A journal is most of the work saved and as long as its part.
"""

from collections.abc import Callable
from typing import Any

from lttngx.core.classes import EventClass, FieldPath, Stream, identity
from lttngx.core.extraction import Consumer, Extraction

# Entries of a journal: (what, …), see `Deferred._tell`.
EVENT, BIND = "event", "bind"


class Deferred:
    """One part (a Consumer). Parts are merged in order of time, in any grouping.

    make: returns a new engine; picklable. first: nothing comes before this part, so its engine runs at once, on what is merged
    into it: `engine`. windows: the engine gives results while it runs.
    """

    per_stream = False

    def __init__(self, make: Callable[[], Consumer], first: bool = False, windows: bool = False) -> None:
        self._make, self._windows = make, windows
        self._closed: list[Any] = []
        self.engine: Any = make() if first else None
        # Which values are wanted is asked of an engine of its own, which is fed nothing.
        self._asked: Consumer | None = None
        self._journal: list[tuple] = []
        self._classes: list[tuple[EventClass, Stream, tuple[FieldPath | None, ...]]] = []
        self._first_ns: int | None = None
        self._last_ns: int | None = None
        # How many events there were, wanted or not: told by who reads.
        self.events = 0
        # Of the engine: what its calls for known classes are, by `identity`.
        self._bound: dict[tuple, Extraction | None] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Calls and what they were asked of are made again where they are needed."""
        return self.__dict__ | {"_asked": None, "_bound": {}}

    def bind(self, event_class: EventClass, stream: Stream) -> Extraction | None:
        """See Consumer."""
        if self._asked is None:
            self._asked = self._make()
        wanted = self._asked.bind(event_class, stream)
        number = len(self._classes)
        self._classes.append((event_class, stream, () if wanted is None else wanted.paths))
        self._journal.append((BIND, number))
        if wanted is None:
            return None
        append = self._journal.append

        def keep(*arguments: Any) -> None:
            append((EVENT, number, arguments))
        return Extraction(keep, wanted.paths)

    def discarded_events(self, *loss: Any) -> None:
        """See Consumer. A loss which began in an earlier part was told there."""
        self._keep_loss("discarded_events", loss)

    def discarded_packets(self, *loss: Any) -> None:
        """See Consumer."""
        self._keep_loss("discarded_packets", loss)

    def _keep_loss(self, what: str, loss: tuple) -> None:
        if loss[3] != 0:
            self._journal.append((what, loss))

    def packet_begins(self, *packet: Any) -> None:
        """See Consumer."""
        self._journal.append(("packet_begins", packet))

    def packet_ends(self, *packet: Any) -> None:
        """See Consumer."""
        self._journal.append(("packet_ends", packet))

    def cover(self, first_ns: int | None, last_ns: int | None) -> None:
        """Tell the times of the first and the last event of all."""
        if first_ns is not None:
            self._first_ns = first_ns if self._first_ns is None else min(first_ns, self._first_ns)
            self._last_ns = last_ns if self._last_ns is None else max(last_ns, self._last_ns)

    @property
    def last_ns(self) -> int | None:
        """Time of the last event of all, None before it."""
        return self._last_ns

    def merge(self, later: "Deferred") -> "Deferred":
        """Append the part of the trace that follows; return self."""
        self.cover(later._first_ns, later._last_ns)
        self.events += later.events
        if self.engine is not None:
            self._run(later)
        else:
            shift = len(self._classes)
            self._classes += later._classes
            self._journal += [entry if entry[0] not in (EVENT, BIND) else (entry[0], entry[1] + shift, *entry[2:])
                              for entry in later._journal]
        return self

    def _run(self, part: "Deferred") -> None:
        """Tell the engine what a part has kept."""
        if hasattr(self.engine, "cover"):
            self.engine.cover(self._first_ns, self._last_ns)
        if self._windows:
            self._closed += self.engine.closed()
        calls: dict[int, Callable[..., None]] = {}
        for what, *details in part._journal:
            if what == EVENT:
                calls[details[0]](*details[1])
            elif what == BIND:
                calls[details[0]] = self._call(*part._classes[details[0]])
            elif hasattr(self.engine, what):
                getattr(self.engine, what)(*details[0])
        if self._windows:
            self._closed += self.engine.closed()

    def _call(self, event_class: EventClass, stream: Stream, paths: tuple[FieldPath | None, ...]) -> Callable[..., None] | None:
        """Return the engine's call for a class, with the values in the order of `paths`."""
        known = identity(event_class, stream)
        if known not in self._bound:
            self._bound[known] = self.engine.bind(event_class, stream)
        bound = self._bound[known]
        if bound is None or bound.paths == paths:
            return None if bound is None else bound.call
        order = [2 + paths.index(path) for path in bound.paths]
        return lambda time_ns, cpu, *values: bound.call(time_ns, cpu, *((time_ns, cpu, *values)[at] for at in order))

    def closed(self) -> list[Any]:
        """Return the engine's results that are complete by now and were not given yet."""
        given, self._closed = self._closed, []
        return given

    def results(self) -> Any:
        """Return the engine's results at the end of the trace."""
        return self.engine.results()

