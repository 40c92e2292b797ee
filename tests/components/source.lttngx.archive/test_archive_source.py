"""source.lttngx.archive on recorded sessions: the messages which Babeltrace gives of all chunks at once; losses; packed chunks."""

import re
import shutil

import bt2
import pytest
from collected import Collector, summary
from recorded import TRACES, unpacked
from rotated import PLUGIN, Archive, by_stream, chunks_of, stream_of

from lttngx.ctf.indexes import parse_index
from lttngx.transport.chunks import chunk_of
from lttngx.transport.packing import pack, packed_name

# source.ctf.fs reads CTF 2 from Babeltrace 2.1 on.
HOST_READS_CTF2 = bt2.get_maximal_mip_version() >= 1


def all_at_once(folder):
    """Return the messages of all chunks read at once: by source.ctf.fs, or source.lttngx.ctf where that cannot."""
    own = "ctf2" in str(folder) and not HOST_READS_CTF2
    plugin = bt2.find_plugins_in_path(str(PLUGIN), recurse=False)[0] if own else bt2.find_plugin("ctf")
    graph, messages = bt2.Graph(bt2.get_maximal_mip_version()), []
    muxer = graph.add_component(bt2.find_plugin("utils").filter_component_classes["muxer"], "muxer")
    # A component reads one trace: what is at the same place in every chunk.
    traces = {}
    for path in sorted(folder.rglob("metadata")):
        traces.setdefault("/".join(path.relative_to(folder).parts[1:-1]), []).append(path)
    for name, paths in traces.items():
        inputs = {"inputs": [str(path.parent) for path in paths if path.stat().st_size]}
        source = graph.add_component(plugin.source_component_classes["ctf" if own else "fs"], name or "trace", inputs)
        for port in source.output_ports.values():
            graph.connect_ports(port, muxer.input_ports[f"in{len(muxer.input_ports) - 1}"])
    sink = graph.add_component(Collector, "sink", obj=lambda message: messages.append((stream_of(message), summary(message))))
    graph.connect_ports(muxer.output_ports["out"], sink.input_ports["in"])
    graph.run()
    return messages


def test_same_messages_as_all_chunks_at_once(whole_session):
    folder, archive = whole_session
    ours, theirs = by_stream(archive.messages()), by_stream(all_at_once(folder))
    assert ours.keys() == theirs.keys()
    for stream, messages in theirs.items():
        assert ours[stream] == messages


def test_each_stream_begins_and_ends_once(whole_session):
    counts = whole_session[1].seen[-1].counts
    assert counts["StreamBeginning"] == counts["StreamEnd"] == len(by_stream(whole_session[1].messages()))


def test_all_events_of_the_recording():
    """README of the recordings: 10,668 events, counted by Babeltrace 2.1.2."""
    archive = Archive(unpacked("rotated") / "ctf2")
    archive.run()
    assert archive.seen[-1].counts["Event"] == 10_668


def discarded(archive, kind="DiscardedEvents"):
    """Return the counts of discarded events or packets messages of each stream."""
    found = by_stream(archive.messages())
    return {stream: [message[3] for message in messages if message[0] == kind] for stream, messages in found.items()}


def test_losses_between_chunks_are_counted():
    """Counters go on over the chunks: every loss has a number, and they add up to the recording's 7,650."""
    archive = Archive(TRACES / "ctf18-rotated")
    archive.run()
    assert None not in sum(discarded(archive).values(), [])
    archive = Archive(unpacked("rotated") / "per-uid")
    archive.run()
    assert sum(sum(discarded(archive).values(), [])) == 7_650


def sequence_numbers(chunk, name):
    """Return the packet sequence numbers in a chunk's index file."""
    return [entry.sequence for entry in parse_index(next(chunk.rglob(f"{name}.idx")).read_bytes())]


def test_missing_chunk_is_discarded_packets(tmp_path, capfd):
    for chunk in chunks_of("per-uid"):
        if not chunk.name.endswith("-2"):
            shutil.copytree(chunk, tmp_path / chunk.name)
        else:
            lost = {name.name.removesuffix(".idx"): len(sequence_numbers(chunk, name.name.removesuffix(".idx")))
                    for name in chunk.rglob("*.idx")}
    archive = Archive(tmp_path)
    archive.run()
    packets = discarded(archive, "DiscardedPackets")
    assert sum(map(sum, packets.values())) == sum(lost.values()) > 0
    assert all(len(counts) <= 1 for counts in packets.values())
    archive.finished()
    assert "Time goes back" not in capfd.readouterr().err


def test_stream_without_a_file_in_one_chunk(tmp_path, capfd):
    """One stream's file is missing in the middle: the other streams go on, this one has lost packets; no time goes back."""
    for chunk in chunks_of("ctf18-rotated"):
        shutil.copytree(chunk, tmp_path / chunk.name)
    middle = next(tmp_path.glob("*-1"))
    lost = len(sequence_numbers(middle, "tiny_1"))
    (middle / "tiny_1").unlink()
    archive = Archive(tmp_path).finished()
    assert sorted(map(sum, discarded(archive, "DiscardedPackets").values())) == [0, lost]
    assert "Time goes back" not in capfd.readouterr().err


def test_missing_chunk_is_told(tmp_path, capfd):
    for chunk in chunks_of("per-uid"):
        if not chunk.name.endswith(("-1", "-2")):
            shutil.copytree(chunk, tmp_path / chunk.name)
    Archive(tmp_path).run()
    assert "chunks 1 to 2 are missing" in capfd.readouterr().err


def test_data_without_metadata_is_told(tmp_path, capfd):
    """One line with the directory; its packets are lost ones."""
    for chunk in chunks_of("ctf18-rotated"):
        shutil.copytree(chunk, tmp_path / chunk.name)
    path = next(next(tmp_path.glob("*-1")).rglob("metadata"))
    lost = sum(len(parse_index(index.read_bytes())) for index in path.parent.rglob("*.idx"))
    path.unlink()
    (tmp_path / "notes.txt").write_text("no packet")
    archive = Archive(tmp_path).finished()
    assert sum(map(sum, discarded(archive, "DiscardedPackets").values())) == lost > 0
    told = [line for line in capfd.readouterr().err.splitlines() if "data without metadata" in line]
    assert len(told) == 1 and told[0].endswith(f"data without metadata is left out: {path.parent}")


def test_clock_measured_anew_is_told_and_the_first_one_used(tmp_path, capfd):
    """As `lttng regenerate metadata` writes it: another offset in the last chunk's metadata."""
    for chunk in chunks_of("ctf18-rotated"):
        shutil.copytree(chunk, tmp_path / chunk.name)
    metadata = next(tmp_path.glob("*-2")) / "metadata"
    text = metadata.read_bytes()
    offset = re.search(rb"offset = (\d+);", text)[1]
    metadata.write_bytes(text.replace(offset, b"%d" % (int(offset) + 25)))
    archive = Archive(tmp_path).finished()
    assert archive.messages() == Archive(TRACES / "ctf18-rotated").finished().messages()
    assert "clock offset changed between chunks, the first one is used: clock=monotonic, cycles=+25" in capfd.readouterr().err


def test_ids_are_numbers(tmp_path):
    """Chunk 10 comes behind chunk 9; within a second, names do not tell that."""
    for number, chunk in enumerate(sorted(chunks_of("per-uid"), key=lambda path: path.name), 8):
        shutil.copytree(chunk, tmp_path / f"20261122T210347+0000-20261122T210347+0000-{number}")
    archive = Archive(tmp_path)
    archive.run()
    assert not sum(discarded(archive, "DiscardedPackets").values(), [])


IDENTITY = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33"
RECIPIENT = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa"


def packed_session(name, tmp_path, recipients=()):
    folder = tmp_path / "packed"
    folder.mkdir()
    for path in chunks_of(name):
        chunk = chunk_of(path)
        with open(folder / packed_name(chunk, recipients), "wb") as output:
            pack(chunk, output, recipients)
    return folder


@pytest.mark.parametrize("encrypted", [False, True])
def test_packed_chunks_are_read_as_they_are(tmp_path, encrypted):
    pytest.importorskip("zstandard")
    pytest.importorskip("pyrage")
    keys = tmp_path / "key.txt"
    keys.write_text(f"# public key: {RECIPIENT}\n{IDENTITY}\n")
    folder = packed_session("evolving-metadata", tmp_path, [RECIPIENT] if encrypted else [])
    archive = Archive(folder, **({"age-identity": str(keys)} if encrypted else {}))
    archive.run()
    plain = Archive(unpacked("rotated") / "evolving-metadata")
    plain.run()
    assert archive.messages() == plain.messages()


def error_of(folder, **params):
    with pytest.raises(bt2._Error) as caught:
        Archive(folder, **params).run()
    return caught.value[0].message


def test_encrypted_chunk_without_identity(tmp_path):
    pytest.importorskip("pyrage")
    folder = packed_session("per-pid", tmp_path, [RECIPIENT])
    assert "is encrypted, expected an age identity" in error_of(folder)


def test_damaged_packed_chunk(tmp_path):
    pytest.importorskip("zstandard")
    folder = packed_session("per-pid", tmp_path)
    last = max(folder.iterdir())
    data = bytearray(last.read_bytes())
    data[len(data) // 2] ^= 0xFF
    last.write_bytes(data)
    assert f'Cannot unpack chunk: path="{last}"' in error_of(folder)


def test_errors(tmp_path):
    assert "No session" in error_of(tmp_path / "nothing")
    assert "No trace chunk" in error_of(tmp_path)
    assert "unknown parameter" in error_of(tmp_path, nothing=1)
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert "expected schema lttngx.archive.journal/1" in error_of(unpacked("rotated") / "per-pid", journal=str(other))


def test_subset_of_events_and_time():
    """Events by name; packets outside [begin, end) are not read."""
    folder = unpacked("rotated") / "per-uid"
    whole, some = Archive(folder), Archive(folder, events=["demo:req_*"])
    whole.run()
    some.run()
    wanted = [message for _, message in whole.messages() if message[0] == "Event" and message[2].startswith("demo:req_")]
    assert [message for _, message in some.messages() if message[0] == "Event"] == wanted != []


def test_packets_are_those_of_the_index_files(whole_session):
    folder, archive = whole_session
    begins = sorted(message[1] for _, message in archive.messages() if message[0] == "PacketBeginning")
    stored = [entry.begin for path in folder.rglob("*.idx") for entry in parse_index(path.read_bytes())]
    assert begins == sorted(stored)
