"""The packets of all recordings under some paths, in order of their ends, as often as asked for new ones.

Rules:
- A trace directory whose metadata cannot be read yet (a running session writes it late) waits; nothing of it is lost.
- Packets come from index files. Unless the recording is followed, an index has to fit its data stream file, else the file's packet
  headers are read.
- A stream goes on over chunks: same trace (UUID), channel and CPU. Packets which are there twice (overlapping snapshots) count once.
- A chunk is complete when the name of its directory tells its end (in `archives`); from then on it does not change.
"""

import heapq
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lttngx.ctf.blueprints import Shift, describe_clock
from lttngx.ctf.faults import MetadataError
from lttngx.ctf.indexes import Entry, Extent, read_index
from lttngx.ctf.metadata import read_metadata
from lttngx.ctf.model import Role, Structure, TraceClass
from lttngx.ctf.streams import data_files, holds_packets
from lttngx.errors import TraceError
from lttngx.packets.counters import Counters
from lttngx.packets.growing import GrowingIndex
from lttngx.packets.names import ARCHIVES, NO_CHUNK, TRANSITIONAL, Channel, Place, channels, chunk_number, place_of
from lttngx.packets.record import UNKNOWN, Packet, Record, Rotation, Stream, Trace

Scan = Callable[[TraceClass, Path, Path, Extent | None], list[tuple]]

# The bytes of a data stream file in which its first packet begins.
FIRST = (0, 1)


class Row(NamedTuple):
    """A packet as its file tells it, and the chunk it is in."""

    entry: Entry
    chunk: int


class _StreamState:
    """A stream: what it is, its counters, and its rows which have not been given."""

    def __init__(self, stream: Stream, bits: int) -> None:
        self.stream, self.counters = stream, Counters(bits)
        self.rows: list[Row] = []

    def records(self) -> Iterator[Packet]:
        """Yield the packets which have come, in order of their beginnings."""
        rows, self.rows = self.rows, []
        clock = self.stream.trace.clock
        for entry, chunk in ordered(rows):
            lost, discarded = self.counters.losses(entry.sequence, entry.discarded)
            yield Packet(self.stream, chunk, in_bytes(entry.total), in_bytes(entry.content), clock.ns(entry.begin), clock.ns(entry.end),
                         UNKNOWN if entry.sequence is None else entry.sequence, lost, discarded,
                         UNKNOWN if entry.discarded is None else entry.discarded)


class _Chunk:
    """What was read of a chunk."""

    def __init__(self) -> None:
        self.packets = self.packet_size = self.end_ns = 0
        self.stream: Stream | None = None

    def add(self, state: _StreamState, entry: Entry) -> None:
        self.packets += 1
        self.packet_size += in_bytes(entry.total)
        self.end_ns = max(self.end_ns, state.stream.trace.clock.ns(entry.end))
        self.stream = state.stream


class Recording:
    """inputs: trace directories, or directories above them. scan: (trace class, trace directory, data stream file, bytes of it) to
    rows of `ctf.indexes.Entry`, by packet headers. follow: whether index files are read again and again. files: path to bytes of the
    data stream files to read; None: all.

    waiting: trace directories without readable metadata at the last poll. untimed: (file, offset) of packets left out as they have
    no time. faults: what could not be read.
    """

    def __init__(self, inputs: Iterable[str], scan: Scan, follow: bool = False, files: Mapping[str, Extent] | None = None) -> None:
        self.inputs, self._scan, self._follow = [Path(path).absolute() for path in inputs], scan, follow
        self._files = files
        self._classes: dict[tuple, TraceClass] = {}
        self._indexes: dict[tuple, GrowingIndex] = {}
        self._channels: dict[tuple, Channel] = {}
        self._traces: dict[tuple, Trace] = {}
        self._streams: dict[tuple, _StreamState] = {}
        self._chunks: dict[tuple[Path, int], _Chunk] = {}
        self._complete: set[Path] = set()
        self._moving: set[Path] = set()
        self.roots: set[Path] = set()
        self.waiting: list[Path] = []
        self._headless: set[Path] = set()
        self.untimed: set[tuple[Path, int]] = set()
        self.faults: list[str] = []

    def poll(self) -> Iterator[Record]:
        """Return what has come since the last poll, in order of ends. Read all of it before the next poll.

        Raises TraceError if there is nothing to read and no recording is followed.
        """
        self.waiting, archived = [], {}
        self._moving.clear()
        places = [(directory, place_of(directory)) for path in self.inputs for directory in self._directories(path)]
        if not places and not self._follow and not self._streams:
            raise TraceError(f"No CTF trace: inputs=[{', '.join(map(str, self.inputs))}], "
                             "expected a directory with a file `metadata` in or under it")
        for directory, place in self._readable(places):
            self._read(directory, place)
            if place.archived and place.chunk_path not in self._complete:
                archived[place.chunk_path] = place
        packets = [state.records() for state in self._streams.values() if state.rows]
        return heapq.merge(*packets, self._rotations(archived), key=lambda record: record.end_ns)

    def _readable(self, places: list[tuple[Path, Place]]) -> list[tuple[Path, Place]]:
        """Return the directories to read now. While a rotation goes on, the packets of the chunk before come first, and that may
        be on the move: of what is not archived, only the oldest chunk is read, and none beside a transitional directory."""
        self.roots |= {place.root for _, place in places}
        if not self._follow:
            return places
        oldest = {root: min((place.chunk or 0 for _, place in places if place.root == root and not place.archived), default=0)
                  for root in self.roots - self._moving}
        return [(directory, place) for directory, place in places
                if place.archived or place.root in oldest and (place.chunk or 0) == oldest[place.root]]

    @property
    def headless(self) -> list[Path]:
        """Directories with packets, but without metadata: left out. Those of a running session may have moved."""
        return sorted(path for path in self._headless if path.is_dir())

    def at_rest(self) -> bool:
        """Return whether every session was rotated for good: all of its chunks are in `archives`."""
        return bool(self.roots) and all((root / ARCHIVES).is_dir() and not _has_current(root) for root in self.roots)

    def is_rotating(self) -> bool:
        """Return whether a rotated session has data which are not in its `archives` yet."""
        return any(root in self._moving or (root / ARCHIVES).is_dir() and _has_current(root) for root in self.roots)

    # Directories

    def _directories(self, path: Path) -> Iterator[Path]:
        for folder, folders, files in os.walk(path, followlinks=True):
            here = Path(folder)
            if not set(TRANSITIONAL).isdisjoint(folders):
                self._moving.add(here)
            folders[:] = sorted(name for name in folders if name not in TRANSITIONAL and name != "index"
                                and not (chunk_number(name) is not None and here / name in self._complete))
            if "metadata" in files:
                self._headless.discard(here)
                yield here
            elif files and holds_packets(here, files):
                self._headless.add(here)

    def _read(self, directory: Path, place: Place) -> None:
        """Take the new packets of a trace directory."""
        trace_class = self._trace_class(directory, place)
        if trace_class is None:
            return
        try:
            paths = list(data_files(directory))
            found = {path: rows for path in paths if self._files is None or str(path) in self._files
                     if (rows := self._rows(trace_class, directory, place, path))}
            # Which channels there are tell all files together: of those which are not read from their begin, their first packets.
            first = found if self._files is None else {
                path: rows for path in paths if (rows := self._packets(trace_class, directory, path, FIRST)) and len(rows[0]) > 2}
        except FileNotFoundError:
            # The chunk was moved just now.
            return
        self._name(place, first)
        for path, rows in found.items():
            for entry in map(Entry._make, rows):
                self._add(trace_class, directory, place, path, entry)

    def _trace_class(self, directory: Path, place: Place) -> TraceClass | None:
        """Return what a directory's metadata says; None if that cannot be read yet. Raises MetadataError unless following."""
        key = _key(place)
        if key not in self._classes:
            try:
                if not (directory / "metadata").stat().st_size:
                    raise MetadataError(f"Cannot read metadata: path={str(directory)!r}: it is empty")
                self._classes[key] = read_metadata(directory)
            except MetadataError:
                if not self._follow and any(data_files(directory)):
                    raise
                self.waiting.append(directory)
                return None
            except FileNotFoundError:
                return None
        return self._classes[key]

    def _rows(self, trace_class: TraceClass, directory: Path, place: Place, path: Path) -> list[tuple]:
        if self._follow:
            return self._indexes.setdefault((_key(place), path.name), GrowingIndex()).read(path)
        rows = list(self._packets(trace_class, directory, path, None if self._files is None else self._files[str(path)]))
        if rows and len(rows[-1]) == 2:
            offset, text = rows.pop()
            self.faults.append(f'file="{path}", packet-offset={offset}, {text}')
        return rows

    def _packets(self, trace_class: TraceClass, directory: Path, path: Path, extent: Extent | None) -> list[tuple]:
        """Return a file's packets by its index, else by their headers; of those which begin in some bytes of it."""
        entries = read_index(path, extent)
        if entries is not None and all(entry.class_id in trace_class.data_stream_classes for entry in entries):
            return entries
        return self._scan(trace_class, directory, path, extent)

    # Streams

    def _name(self, place: Place, found: dict[Path, list[tuple]]) -> None:
        """Tell the channels of files met for the first time."""
        by_class: dict[int, dict[str, int | None]] = {}
        for path, rows in found.items():
            if (_key(place), path.name) not in self._channels:
                by_class.setdefault(rows[0][7], {})[path.name] = rows[0][8]
        for files in by_class.values():
            for name, channel in channels(files).items():
                self._channels[_key(place), name] = channel

    def _add(self, trace_class: TraceClass, directory: Path, place: Place, path: Path, entry: Entry) -> None:
        if entry.begin is None or not entry.end:
            self.untimed.add((path, entry.offset))
            return
        state = self._stream(trace_class, place, path, entry)
        if state is None:
            self.untimed.add((path, entry.offset))
            return
        chunk = NO_CHUNK if place.chunk is None else place.chunk
        state.rows.append(Row(entry, chunk))
        # Data recorded before the first rotation becomes chunk 0.
        self._chunks.setdefault((place.root, place.chunk or 0), _Chunk()).add(state, entry)

    def _stream(self, trace_class: TraceClass, place: Place, path: Path, entry: Entry) -> _StreamState | None:
        identity = trace_class.uuid or trace_class.uid or (place.root, place.below)
        channel = self._channels[_key(place), path.name]
        key = (identity, entry.class_id, *channel)
        if key not in self._streams:
            trace = self._trace(trace_class, identity, entry.class_id)
            if trace is None:
                return None
            environment = trace_class.environment
            session = str(environment.get("trace_name") or place.root.name)
            domain = str(environment.get("domain") or place.below.partition("/")[0])
            self._streams[key] = _StreamState(Stream(trace, session, domain, *channel), counter_bits(trace_class, entry.class_id))
        return self._streams[key]

    def _trace(self, trace_class: TraceClass, identity: Any, class_id: int) -> Trace | None:
        """Return the trace of a data stream class with its clock, None without one."""
        stream_class = trace_class.data_stream_classes.get(class_id)
        # A running session's metadata may not have the class yet; a trace of LTTng has one clock.
        clock = next(iter(trace_class.clock_classes), None) if stream_class is None else stream_class.clock_class
        if clock is None:
            return None
        key = identity, clock.id
        if key not in self._traces:
            precision = 0 if trace_class.version < (2, 0) else None
            self._traces[key] = Trace(trace_class.environment, describe_clock(clock, Shift(), False, precision))
        return self._traces[key]

    # Chunks

    def _rotations(self, archived: dict[Path, Place]) -> list[Rotation]:
        """Return the completion of the chunks met complete for the first time."""
        made = []
        for path, place in archived.items():
            chunk = self._chunks.get((place.root, place.chunk))
            if any(path in waiting.parents for waiting in self.waiting) and chunk is None:
                continue
            self._complete.add(path)
            if chunk is not None:
                made.append(Rotation(chunk.stream, place.chunk, str(path), chunk.end_ns, chunk.packets, chunk.packet_size))
        return sorted(made, key=lambda rotation: (rotation.end_ns, rotation.chunk))


def _key(place: Place) -> tuple:
    """Return what a trace directory is wherever its chunk is: what is recorded before the first rotation becomes chunk 0."""
    return place.root, place.chunk or 0, place.below


def _has_current(root: Path) -> bool:
    names = os.listdir(root)
    return any(name in TRANSITIONAL or name in ("kernel", "ust") or chunk_number(name) is not None for name in names)


def in_bytes(bits: int) -> int:
    """Return a size in bits in bytes, rounded up."""
    return -(-bits // 8)


def ordered(rows: list[Row]) -> list[Row]:
    """Return rows in order of their beginnings, each packet once."""
    rows.sort(key=lambda row: (row.entry.begin, -1 if row.entry.sequence is None else row.entry.sequence))
    seen: set[tuple] = set()
    return [row for row in rows if not (identity := row.entry[1:]) in seen and not seen.add(identity)]


def counter_bits(trace_class: TraceClass, class_id: int) -> int:
    """Return the size in bits of a data stream class's counter of discarded event records: a C `unsigned long` in LTTng."""
    stream_class = trace_class.data_stream_classes.get(class_id)
    context: Structure | None = None if stream_class is None else stream_class.packet_context
    for member in context.members if context is not None else ():
        if Role.DISCARDED_COUNTER in getattr(member.field_class, "roles", ()):
            return getattr(member.field_class, "length", 64)
    return 64
