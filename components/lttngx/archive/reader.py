"""Loads chunks one after another for the compiled merger (core.native.decode_merge): what a chunk adds to traces and streams.

Rules:
- A trace is known by its metadata's UUID, a stream by trace, data stream class ID and data stream ID: in every chunk the same.
- Metadata only grows: a chunk's trace class serves if it has more event record classes than the last one's.
- A chunk without metadata and data is empty; data without metadata is reported and left out. A chunk's files are needed until all its packets are delivered.
- What was delivered may still be on its way between components: a position is written when nothing is (`settle`), or when
  IN_FLIGHT messages more were delivered (`poll`).
"""

import copy
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from lttngx.archive.following import Coming, Follower
from lttngx.archive.journal import Position, StreamKey, write_journal
from lttngx.core.blueprint import Packet, StreamBlueprint
from lttngx.ctf.metadata import read_metadata
from lttngx.ctf.model import ClockClass, TraceClass
from lttngx.ctf.reader import OpenedTrace, Options, Scan
from lttngx.ctf.streams import StreamFiles, TraceFiles, add_directory, class_count, identity_of, trace_directories, without_metadata
from lttngx.transport.chunks import Chunk

# More messages than any chain of components holds.
IN_FLIGHT = 10_000


@dataclass(frozen=True, slots=True)
class LoadedStream:
    """The packets which a chunk adds to a stream. floor: nothing of it may be earlier (clock cycles)."""

    key: StreamKey
    blueprint: StreamBlueprint
    floor: int


@dataclass(frozen=True, slots=True)
class LoadedTrace:
    """What a chunk adds to a trace. grown: its metadata has more than before."""

    key: str
    opened: OpenedTrace
    grown: bool
    streams: tuple[LoadedStream, ...]


@dataclass(frozen=True, slots=True)
class LoadedChunk:
    """A chunk, by its number in the order of loading."""

    serial: int
    traces: tuple[LoadedTrace, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A loaded chunk of which messages are still to be delivered. before_id, before_name: of the chunk before it. before: each
    stream's last packet in the chunks before it."""

    serial: int
    before_id: int
    before_name: str
    before: dict[StreamKey, Packet]
    temporary: Path | None


class ArchiveReader:
    """Gives the chunks of a session to one message iterator.

    start: where to begin. journal: file to keep the position in, or None. unpack: makes a folder of a packed chunk. report: told
    what the user should know.
    """

    def __init__(self, follower: Follower, options: Options, make_scan: Callable[[OpenedTrace], Scan],
                 unpack: Callable[[Chunk], Path], start: Position = Position(), journal: Path | None = None,
                 report: Callable[[str], None] = lambda text: None) -> None:
        self._follower, self._options, self._make_scan, self._unpack = follower, options, make_scan, unpack
        self._journal, self._report = journal, report
        self._traces: dict[str, OpenedTrace] = {}
        self._metadata: dict[bytes, TraceClass] = {}
        self._told: set[tuple[ClockClass, int]] = set()
        self._previous: dict[StreamKey, Packet] = dict(start.streams)
        self._held: list[Held] = []
        self._loaded = 0
        self._last_id, self._last_name = start.consumed, start.name
        self._marks: list[tuple[int, int]] = []
        self._written = start
        self.skip = start.delivered

    def poll(self, oldest: int, delivered: int, last_ns: int) -> LoadedChunk | None | bool:
        """Return the next chunk, None if it is still to come, False if none will.

        oldest: serial of the first chunk with messages not delivered. delivered: messages so far. last_ns: time of the last one.
        """
        self._release(oldest, delivered)
        chunk = self._follower.next()
        if isinstance(chunk, Coming):
            return None if chunk is Coming.LATER else False
        return self._load(chunk, last_ns)

    def settle(self, oldest: int, delivered: int) -> None:
        """Note that all messages delivered were consumed: all of the chunks before `oldest`, `delivered` of the others."""
        self._write(oldest, delivered)

    def finish(self) -> None:
        """Note that everything was consumed, unless nothing was to be read."""
        self._write(self._loaded, 0)

    def close(self) -> None:
        """Remove what was unpacked."""
        for held in self._held:
            self._discard(held)
        self._held.clear()

    # Positions ----------------------------------------------------------------------------------------------------

    def _release(self, oldest: int, delivered: int) -> None:
        for held in self._held:
            if held.serial < oldest:
                self._discard(held)
        if self._journal is None:
            self._held = [held for held in self._held if held.serial >= oldest]
            return
        if not self._marks or self._marks[-1][0] != oldest:
            self._marks.append((oldest, delivered))
        passed = [mark for mark, then in self._marks if delivered - then >= IN_FLIGHT]
        if passed:
            self._write(passed[-1], 0)
            self._marks = [mark for mark in self._marks if mark[0] > passed[-1]]

    def _discard(self, held: Held) -> None:
        if held.temporary is not None:
            shutil.rmtree(held.temporary, ignore_errors=True)

    def _write(self, oldest: int, delivered: int) -> None:
        """Write the position before chunk `oldest` and `delivered` messages on, unless it is the one written last."""
        if self._journal is None:
            return
        self._held = [held for held in self._held if held.serial >= oldest]
        first = self._held[0] if self._held else None
        if first is None:
            position = Position(self._last_id, delivered, self._previous, self._last_name)
        else:
            position = Position(first.before_id, delivered, first.before, first.before_name)
        if (position.consumed, position.delivered) != (self._written.consumed, self._written.delivered):
            write_journal(self._journal, position)
            self._written = Position(position.consumed, position.delivered)

    # Chunks -------------------------------------------------------------------------------------------------------

    def _load(self, chunk: Chunk, last_ns: int) -> LoadedChunk:
        temporary = self._unpack(chunk) if chunk.suffix else None
        folder = chunk.path if temporary is None else temporary / chunk.name
        self._held.append(Held(self._loaded, self._last_id, self._last_name, dict(self._previous), temporary))
        self._last_id, self._last_name = chunk.id, chunk.name
        for directory in without_metadata(folder):
            self._report(f"data without metadata is left out: {chunk.path / directory.relative_to(folder)}")
        traces = tuple(self._load_trace(files, folder, last_ns) for files in self._find_traces(folder))
        self._loaded += 1
        return LoadedChunk(self._loaded - 1, traces)

    def _find_traces(self, folder: Path) -> list[TraceFiles]:
        found: dict[object, TraceFiles] = {}
        for directory in trace_directories(folder):
            add_directory(found, directory, self._read_metadata)
        return list(found.values())

    def _read_metadata(self, directory: Path) -> TraceClass:
        """Read metadata; the same bytes again, as most chunks have them, give the same trace class."""
        data = (directory / "metadata").read_bytes()
        digest = hashlib.sha256(data).digest()
        known = self._metadata.get(digest)
        if known is None:
            if len(self._metadata) > 64:
                self._metadata.clear()
            known = self._metadata[digest] = read_metadata(directory)
        return known

    def _load_trace(self, files: TraceFiles, folder: Path, last_ns: int) -> LoadedTrace:
        identity = identity_of(files.trace_class)
        key = str(files.directories[0].relative_to(folder) if identity is None else identity[0] or identity)
        opened, grown = self._opened(key, files)
        opened.find_packets()
        streams = (self._load_stream(key, opened, stream, folder, last_ns) for stream in opened.streams.values())
        return LoadedTrace(key, opened, grown, tuple(stream for stream in streams if stream is not None))

    def _opened(self, key: str, files: TraceFiles) -> tuple[OpenedTrace, bool]:
        """Return a trace with a chunk's files, and whether its classes are more than before."""
        known = self._traces.get(key)
        if known is not None:
            self._keep_clocks(known.trace_class, files)
        grown = known is None or class_count(files.trace_class) > class_count(known.trace_class)
        if known is not None and not grown:
            # A copy keeps what was derived from the metadata.
            opened = copy.copy(known)
            opened.files, opened.streams = TraceFiles(known.trace_class, files.directories), {}
        else:
            opened = OpenedTrace(files, self._options, self._name(files.trace_class), self._make_scan)
        self._traces[key] = opened
        return opened, grown

    def _name(self, trace_class: TraceClass) -> str | None:
        """Return a trace's name as source.ctf.fs gives it to united chunks: the host name, and the name given."""
        parts = (trace_class.environment.get("hostname"), self._options.trace_name)
        return "/".join(part for part in parts if isinstance(part, str) and part) or None

    def _keep_clocks(self, known: TraceClass, files: TraceFiles) -> None:
        """Keep the clocks of earlier chunks; report one which was measured anew (`lttng regenerate metadata`)."""
        own = files.trace_class
        for before, after in zip(known.clock_classes, own.clock_classes):
            shift = (after.offset_seconds - before.offset_seconds) * after.frequency + after.offset_cycles - before.offset_cycles
            if shift and (after, shift) not in self._told:
                self._told.add((after, shift))
                self._report(f"clock offset changed between chunks, the first one is used: clock={after.id}, cycles={shift:+}")
        clocks = known.clock_classes + own.clock_classes[len(known.clock_classes):]
        if clocks != own.clock_classes:
            files.trace_class = replace(own, clock_classes=clocks)

    def _load_stream(self, trace: str, opened: OpenedTrace, stream: StreamFiles, folder: Path, last_ns: int) -> LoadedStream | None:
        first = Path(stream.files[0])
        key = (trace, stream.class_id, first.name if stream.stream_id is None else stream.stream_id)
        clock = opened.clock(stream.class_id)
        before = (self._previous[key],) if key in self._previous else ()
        packets = tuple(packet for packet in stream.packets if opened.wanted(packet, clock))
        if packets:
            before += tuple(stream.packets[:stream.packets.index(packets[0])])
        self._previous[key] = stream.packets[-1]
        if not packets:
            return None
        blueprint = StreamBlueprint(stream.class_id, stream.stream_id, str(first), tuple(stream.files), packets, before,
                                    opened.quirks.end_is_last_event, opened.quirks.begin_is_first_event)
        return LoadedStream(key, blueprint, 0 if clock is None else max(0, clock.value(last_ns)))
