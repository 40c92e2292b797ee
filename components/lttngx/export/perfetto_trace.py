"""What a Perfetto trace of ours holds: spans, states and counters, under their processes, threads and CPUs.

    process › thread › definition        spans of a thread; states of Threads/TID
    process › definition KEY             spans of a process, states of Processes/PID
    CPUs › CPU n › definition            spans and states of a CPU
    definition KEY                       other spans; other states have their path
    open DEFINITION                      counters; discarded events
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lttngx.export.identities import Identities, captures
from lttngx.export.lanes import Lane, arrange
from lttngx.export.perfetto import Writer
from lttngx.export.states import Slice
from lttngx.export.tracks import CPU, PROCESS, THREAD
from lttngx.spans.span import BY_END, COMPLETE, Span


class TraceWriter:
    """Makes the packets of one trace. seed: the trace's UUID; identities: its threads.

    Perfetto knows no thread without process: one whose process is unknown is alone in a process of its TID.
    """

    def __init__(self, seed: str = "", identities: Identities | None = None) -> None:
        self._writer = Writer(seed)
        self._identities = Identities() if identities is None else identities

    def spans(self, spans: Iterable[Span]) -> Iterator[bytes]:
        """Yield the packets of some ended spans.

        A span which the end of the trace cut has no end, so Perfetto shows it as one that did not end."""
        for lane in arrange(spans):
            uuid, description = self._lane(lane)
            yield description
            for begins, span in lane.edges():
                if begins:
                    yield self._writer.begin(uuid, span.begin_ns, str(span.title), span.path, _notes(span))
                elif span.status != BY_END:
                    yield self._writer.end(uuid, span.end_ns)

    def _lane(self, lane: Lane) -> tuple[int, bytes]:
        track, parent, description = lane.track, None, b""
        if track.sort == THREAD:
            parent, description = self._thread(track.tid, track.pid)
        elif track.sort == PROCESS:
            parent, description = self._process(track.pid)
        elif track.sort == CPU:
            parent, description = self._cpu(track.cpu)
        uuid, own = self._writer.named(track.label, parent, lane.number)
        return uuid, description + own

    def _process(self, pid: int) -> tuple[int, bytes]:
        return self._writer.process(pid, self._identities.name(pid))

    def _thread(self, tid: int, pid: int | None = None) -> tuple[int, bytes]:
        pid = self._identities.pid(tid) if pid is None else pid
        pid = tid if pid is None else pid
        _, process = self._process(pid)
        uuid, thread = self._writer.thread(pid, tid, self._identities.name(tid))
        return uuid, process + thread

    def _cpu(self, cpu: int | str) -> tuple[int, bytes]:
        group, first = self._writer.named("CPUs")
        uuid, second = self._writer.named(f"CPU {cpu}", group)
        return uuid, first + second

    def states(self, path: str, slices: Iterable[Slice], native: bool = False) -> Iterator[bytes]:
        """Yield the packets of an attribute's states: (begin, end, value) in order of time, not overlapping.

        native: as a state track, which Perfetto reads from its release 57 on; there a state lasts until the next one, so
        gaps are states without a name."""
        parent, description, name = self._attribute(path)
        uuid, own = self._writer.named(name, parent, "state", states=native)
        yield description + own
        last_ns = None
        for begin_ns, end_ns, value in slices:
            if native:
                yield b"" if last_ns in (None, begin_ns) else self._writer.state(uuid, last_ns, "")
                yield self._writer.state(uuid, begin_ns, str(value))
            else:
                yield self._writer.begin(uuid, begin_ns, str(value)) + self._writer.end(uuid, end_ns)
            last_ns = end_ns
        if native and last_ns is not None:
            yield self._writer.state(uuid, last_ns, "")

    def _attribute(self, path: str) -> tuple[int | None, bytes, str]:
        """Return the parent track of an attribute's track, descriptions, and the track's name."""
        group, _, rest = path.partition("/")
        number, _, name = rest.partition("/")
        if name and group == "CPUs":
            return *self._cpu(number), name
        if name and number.isdecimal() and group == "Threads":
            return *self._thread(int(number)), name
        if name and number.isdecimal() and group == "Processes":
            return *self._process(int(number)), name
        return None, b"", path

    def counter(self, name: str, points: Iterable[tuple[int, int | float]], unit: str = "") -> Iterator[bytes]:
        """Yield the packets of a counter: (time in ns, value) in order of time."""
        uuid, description = self._writer.counter(name, unit)
        yield description
        for time_ns, value in points:
            yield self._writer.count(uuid, time_ns, value)

    def losses(self, intervals: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """Yield the packets of the intervals in which the tracer discarded events, if there are any."""
        for begin_ns, end_ns in intervals:
            uuid, description = self._writer.named("discarded events")
            yield description + self._writer.begin(uuid, begin_ns, "discarded events") + self._writer.end(uuid, end_ns)


def _notes(span: Span) -> Iterator[tuple[str, Any]]:
    yield from captures(span)
    if span.status != COMPLETE:
        yield "status", span.status
    if span.lossy:
        yield "lossy", True
