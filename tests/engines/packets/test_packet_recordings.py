"""Recordings on disk: recorded chunks, moved and written bit by bit as a session does it."""

import shutil
import struct
from pathlib import Path

import pytest

from lttngx.ctf.indexes import HEADER, parse_index
from lttngx.errors import LttngxError
from lttngx.packets.growing import GrowingIndex
from lttngx.packets.record import Packet, Rotation
from lttngx.packets.recording import Recording
from recorded import TRACES

ROTATED = TRACES / "ctf18-rotated"
CHUNKS = sorted(ROTATED.iterdir(), key=lambda path: int(path.name.rpartition("-")[2]))


def no_scan(*arguments):
    raise AssertionError(f"read headers in spite of an index: {arguments}")


def packets_of(records):
    return [record for record in records if isinstance(record, Packet)]


def test_streams_go_on_over_chunks():
    """Truth: the recording's index-summary. Counters of tiny_0 are 2050, 3400, 4050 at the ends of chunks 0, 1, 2; of tiny_1 0, 650,
    2000."""
    packets = packets_of(Recording([str(ROTATED)], no_scan).poll())
    lost = {}
    for packet in packets:
        key = packet.stream.cpu, packet.chunk
        lost[key] = lost.get(key, 0) + packet.discarded
    assert lost == {(0, 0): 2050, (0, 1): 1350, (0, 2): 650, (1, 0): 0, (1, 1): 650, (1, 2): 1350}
    assert {packet.lost_packets for packet in packets} == {0}
    assert [packet.end_ns for packet in packets] == sorted(packet.end_ns for packet in packets)
    assert {(p.stream.hostname, p.stream.session, p.stream.domain, p.stream.owner, p.stream.channel) for p in packets} == {
        ("vm", "rt", "ust", "uid 23001", "tiny")}


def test_a_chunk_alone_does_not_know_what_was_lost_before():
    packets = packets_of(Recording([str(CHUNKS[1])], no_scan).poll())
    unknown = [packet for packet in packets if packet.discarded == -1]
    assert [(packet.stream.cpu, packet.sequence) for packet in sorted(unknown, key=lambda packet: packet.stream.cpu)] == [(0, 7)]
    assert sum(packet.discarded for packet in packets if packet.discarded > 0) == 3400 - 2050 + 650


def test_a_missing_chunk_is_a_gap_in_sequence_numbers():
    packets = packets_of(Recording([str(CHUNKS[0]), str(CHUNKS[2])], no_scan).poll())
    first = {packet.stream.cpu: packet for packet in reversed(packets) if packet.chunk == 2}
    assert {cpu: packet.lost_packets for cpu, packet in first.items()} == {0: 6, 1: 4}
    # The counter goes on, so the loss in the missing chunk is known all the same.
    assert sum(packet.discarded for packet in packets) == 4050 + 2000


def test_snapshots_which_overlap_count_once(tmp_path):
    for name in ("one", "two"):
        shutil.copytree(CHUNKS[0], tmp_path / name)
    assert len(packets_of(Recording([str(tmp_path)], no_scan).poll())) == len(packets_of(Recording([str(CHUNKS[0])], no_scan).poll()))


def test_completed_chunks_are_told_of_behind_their_packets():
    records = list(Recording([str(ROTATED)], no_scan).poll())
    for chunk in range(3):
        place = next(at for at, record in enumerate(records) if isinstance(record, Rotation) and record.chunk == chunk)
        own = [(at, record) for at, record in enumerate(records) if isinstance(record, Packet) and record.chunk == chunk]
        assert place > max(at for at, _ in own)
        assert records[place].packets == len(own)
        assert records[place].packet_size == sum(path.stat().st_size for path in CHUNKS[chunk].glob("tiny_*"))


class Session:
    """A session directory which this test writes as LTTng would, from the recorded chunks."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.current = root

    def write(self, chunk: Path, share: float = 1.0) -> None:
        """Write a part of a chunk's packets into the current chunk: data first, then the index entry."""
        folder = self.current / "ust/uid/23001/64-bit"
        (folder / "index").mkdir(parents=True, exist_ok=True)
        for data in chunk.glob("tiny_*"):
            raw = (chunk / "index" / f"{data.name}.idx").read_bytes()
            entries = parse_index(raw)[:int(share * len(parse_index(raw)))]
            size = entries[-1].offset + entries[-1].total // 8 if entries else 0
            (folder / data.name).write_bytes(data.read_bytes()[:size])
            (folder / "index" / f"{data.name}.idx").write_bytes(raw[:HEADER.size + 72 * len(entries)])

    def metadata(self, chunk: Path, share: float = 1.0) -> None:
        content = (chunk / "metadata").read_bytes()
        path = self.current / "ust/uid/23001/64-bit/metadata"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content[:int(share * len(content))])

    def begin_rotation(self, number: int) -> None:
        old = self.root / ".tmp_old_chunk"
        old.mkdir()
        for path in [self.root / "ust"] if self.current == self.root else list(self.current.iterdir()):
            path.rename(old / path.name)
        if self.current != self.root:
            self.current.rmdir()
        self.current = self.root / f"20261122T1928{number:02}+0000-{number}"
        self.current.mkdir()

    def end_rotation(self, number: int) -> None:
        (self.root / "archives").mkdir(exist_ok=True)
        (self.root / ".tmp_old_chunk").rename(self.root / "archives" / CHUNKS[number].name)


def test_following_through_rotations(tmp_path):
    """The records of many polls are those of one reading of the whole."""
    session, found = Session(tmp_path / "rt"), []
    session.write(CHUNKS[0], 0.5)
    session.metadata(CHUNKS[0], 0)
    recording = Recording([str(tmp_path)], no_scan, follow=True)
    assert list(recording.poll()) == [] and len(recording.waiting) == 1
    session.metadata(CHUNKS[0], 0.3)
    assert list(recording.poll()) == []
    session.metadata(CHUNKS[0])
    found += recording.poll()
    assert packets_of(found) and not recording.waiting
    for number in (1, 2):
        session.write(CHUNKS[number - 1])
        session.begin_rotation(number)
        session.metadata(CHUNKS[number])
        session.write(CHUNKS[number], 0.5)
        before = len(found)
        found += recording.poll()
        assert len(found) == before, "a packet of the new chunk before those of the one on the move"
        session.end_rotation(number - 1)
        found += recording.poll()
        assert not recording.at_rest()
    session.write(CHUNKS[2])
    session.begin_rotation(3)
    session.current.rmdir()
    session.end_rotation(2)
    found += recording.poll()
    assert recording.at_rest()
    whole = packets_of(Recording([str(ROTATED)], no_scan).poll())
    own = sorted((packet.stream.cpu, *packet[2:]) for packet in packets_of(found))
    assert own == sorted((packet.stream.cpu, *packet[2:]) for packet in whole)
    assert [record.chunk for record in found if isinstance(record, Rotation)] == [0, 1, 2]


def test_an_index_is_read_by_whole_entries(tmp_path):
    raw = (CHUNKS[0] / "index/tiny_0.idx").read_bytes()
    (tmp_path / "index").mkdir()
    target, index, found = tmp_path / "index/tiny_0.idx", GrowingIndex(), []
    for size in range(0, len(raw) + 1, 50):
        target.write_bytes(raw[:size])
        found += index.read(tmp_path / "tiny_0")
        assert len(found) == max(size - HEADER.size, 0) // 72
    target.write_bytes(raw)
    found += index.read(tmp_path / "tiny_0")
    assert found == parse_index(raw)
    # Trace files which are rotated in place begin again.
    target.write_bytes(raw[:HEADER.size + 2 * 72])
    assert index.read(tmp_path / "tiny_0") == found[:2]


def test_index_1_0_has_no_sequence_numbers(tmp_path):
    folder = tmp_path / "kernel"
    shutil.copytree(TRACES / "kernel-lost", folder)
    for path in (folder / "index").iterdir():
        raw = path.read_bytes()
        magic, major, _, _ = HEADER.unpack_from(raw)
        entries = [raw[at:at + 56] for at in range(HEADER.size, len(raw), 72)]
        path.write_bytes(struct.pack(">IIII", magic, major, 0, 56) + b"".join(entries))
    packets = packets_of(Recording([str(tmp_path)], no_scan).poll())
    newer = packets_of(Recording([str(TRACES / "kernel-lost")], no_scan).poll())
    assert [packet._replace(stream=None) for packet in packets] == [
        packet._replace(stream=None, sequence=-1, lost_packets=-1) for packet in newer]


def test_nothing_to_read_is_an_error(tmp_path):
    with pytest.raises(LttngxError, match="No CTF trace"):
        Recording([str(tmp_path)], no_scan).poll()
