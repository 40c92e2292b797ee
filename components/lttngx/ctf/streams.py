"""Finds the traces, data stream files, packets and streams under input paths.

Rules:
- A trace directory holds `metadata`. Every other file in it is a data stream file, but for names which begin with a dot; folders
  (index/) are none.
- Trace directories whose metadata have the same UUID and name are one trace (rotated chunks); the metadata with the most event record
  classes serves all.
- Packets with one data stream class ID and one data stream ID are one stream, whatever files they are in (tracefile
  rotation), ordered by beginning; without stream ID, a file is a stream.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lttngx.core.blueprint import Packet
from lttngx.ctf.metadata import read_metadata
from lttngx.ctf.model import TraceClass
from lttngx.errors import TraceError

# What a packet header begins with, big-endian (CTF's magic number).
PACKET_MAGIC = bytes.fromhex("C1FC1FC1")


@dataclass(slots=True)
class StreamFiles:
    """A stream: its packets in decoding order and the files which their numbers mean."""

    class_id: int
    stream_id: int | None
    files: list[str] = field(default_factory=list)
    packets: list[Packet] = field(default_factory=list)


@dataclass(slots=True)
class TraceFiles:
    """A trace: its metadata and directories."""

    trace_class: TraceClass
    directories: list[Path]


def find_directories(path: str) -> list[Path]:
    """Return the trace directories at or under a path, sorted. Raises TraceError if there is none."""
    found = trace_directories(Path(path).absolute())
    if not found:
        raise TraceError(f'No CTF trace: path="{path}", expected a directory with a file `metadata` in or under it')
    return found


def trace_directories(root: Path) -> list[Path]:
    """Return the trace directories at or under a folder, sorted."""
    return sorted(Path(folder) for folder, _, files in os.walk(root, followlinks=True, onerror=None) if "metadata" in files)


def without_metadata(root: Path) -> list[Path]:
    """Return the directories at or under a folder which hold packets but no metadata, so that nobody can read them; sorted."""
    return sorted(Path(folder) for folder, _, files in os.walk(root, followlinks=True)
                  if "metadata" not in files and holds_packets(Path(folder), files))


def holds_packets(folder: Path, names: Iterable[str]) -> bool:
    """Return whether one of some files of a directory begins as a packet of LTTng does: with CTF's magic number."""
    return any(_begins_as_packet(folder / name) for name in names)


def _begins_as_packet(path: Path) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(PACKET_MAGIC)) in (PACKET_MAGIC, PACKET_MAGIC[::-1])
    except OSError:
        return False


def find_traces(paths: Sequence[str]) -> list[TraceFiles]:
    """Return the traces at or under paths, rotated chunks of one trace united."""
    traces: dict[object, TraceFiles] = {}
    for path in paths:
        for directory in find_directories(path):
            add_directory(traces, directory)
    return list(traces.values())


def add_directory(traces: dict[object, TraceFiles], directory: Path, read: Callable[[Path], TraceClass] = read_metadata) -> None:
    """Add a trace directory to the trace which it belongs to. read: reads its metadata."""
    if (directory / "metadata").stat().st_size == 0 and not any(data_files(directory)):
        return
    trace_class = read(directory)
    identity = identity_of(trace_class) or directory
    known = traces.get(identity)
    if known is None:
        traces[identity] = TraceFiles(trace_class, [directory])
    elif directory not in known.directories:
        known.directories.append(directory)
        if class_count(trace_class) > class_count(known.trace_class):
            known.trace_class = trace_class


def identity_of(trace_class: TraceClass) -> tuple | None:
    """Return what tells a trace from others: UUID or UID, name, namespace; None if it has neither UUID nor UID."""
    if trace_class.uuid is None and trace_class.uid is None:
        return None
    return trace_class.uuid, trace_class.uid, trace_class.name, trace_class.namespace


def class_count(trace_class: TraceClass) -> int:
    """Return how many event record classes a trace class has."""
    return sum(len(stream.event_record_classes) for stream in trace_class.data_stream_classes.values())


def data_files(directory: Path) -> Iterator[Path]:
    """Yield the data stream files of a trace directory that are not empty, sorted by name."""
    for entry in sorted(directory.iterdir()):
        if entry.name != "metadata" and not entry.name.startswith(".") and entry.is_file() and entry.stat().st_size:
            yield entry


def add_packets(streams: dict[object, StreamFiles], path: Path, rows: Sequence[tuple]) -> None:
    """Add the packets of a file, rows as of `indexes.Entry`, to their streams."""
    numbers: dict[int, int] = {}
    for offset, total, content, begin, end, discarded, sequence, class_id, stream_id in rows:
        key = (class_id, str(path) if stream_id is None else stream_id)
        stream = streams.get(key)
        if stream is None:
            stream = streams[key] = StreamFiles(class_id, stream_id)
        number = numbers.get(id(stream))
        if number is None:
            number = numbers[id(stream)] = len(stream.files)
            stream.files.append(str(path))
        stream.packets.append(Packet(number, offset, total, content, begin, end, discarded, sequence))


def order_packets(stream: StreamFiles) -> None:
    """Put a stream's packets in the order of their beginnings, each packet once; the order of files stays among equals."""
    if len(stream.files) > 1 and all(packet.begin is not None for packet in stream.packets):
        stream.packets.sort(key=lambda packet: packet.begin)
        stream.packets = list(unique_packets(stream.packets))


def unique_packets(packets: Sequence[Packet]) -> Iterator[Packet]:
    """Yield packets without those seen before: overlapping snapshots hold the same packets."""
    seen = set()
    for packet in packets:
        identity = (packet.begin, packet.end, packet.total, packet.content, packet.sequence, packet.discarded)
        if identity not in seen:
            seen.add(identity)
            yield packet
