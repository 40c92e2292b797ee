"""source.lttngx.archive while chunks come: nothing lost, nothing twice, whatever the moment; journals."""

import functools
import json
import subprocess

import bt2
import pytest
from hypothesis import HealthCheck, given, settings, strategies
from rotated import Archive, Session, by_stream, chunks_of

EDGES = ("StreamBeginning", "StreamEnd")


@functools.cache
def whole(name):
    """Return all messages of a recorded session."""
    archive = Archive(chunks_of(name)[0].parent)
    archive.run()
    return archive.messages()


@pytest.fixture
def session(tmp_path):
    """A session with the three chunks of ctf18-rotated."""
    return Session(tmp_path / "session", chunks_of("ctf18-rotated"))


def test_chunks_are_read_as_they_come(session):
    archive = Archive(session.folder, follow=True)
    assert not archive.run() and not archive.seen
    counts = []
    while not session.complete:
        session.rotate()
        assert not archive.run()
        counts.append(len(archive.seen))
    assert counts == sorted(set(counts))
    session.destroy()
    assert archive.run()
    assert archive.messages() == whole("ctf18-rotated")


def test_a_chunk_is_read_when_it_comes(session):
    """All but what is within the rotation's milliseconds is there without the next chunk, and downstream knows how far time has come."""
    archive = Archive(session.folder, follow=True)
    session.rotate()
    archive.run()
    alone = Archive(session.folder / "archives")
    alone.run()
    got, all_messages = archive.messages(), alone.messages()
    assert all_messages[:len(got)] == got
    first_end = min(messages[-2][1] for messages in by_stream(all_messages).values())
    assert all(message[0] == "StreamEnd" or message[1] >= first_end for _, message in all_messages[len(got):])
    told = [message.clock_snapshot.value for message in archive.seen if isinstance(message, bt2._MessageIteratorInactivityMessageConst)]
    assert told in ([], [first_end])


def test_a_session_which_is_not_destroyed_ends_when_idle(session):
    session.rotate()
    archive = Archive(session.folder, follow=True, **{"until-idle": "50ms"})
    assert archive.run(patience=10_000_000)
    assert archive.again > 1


def test_journal_goes_on_where_all_was_read(session, tmp_path):
    """What two runs deliver is what one does; a run without new chunks delivers nothing."""
    params = {"journal": str(tmp_path / "journal")}
    session.rotate()
    session.rotate()
    first, nothing = Archive(session.folder, **params).finished(), Archive(session.folder, **params).finished()
    assert json.loads((tmp_path / "journal").read_text())["consumed"] == 1
    assert not nothing.messages()
    session.rotate()
    second = Archive(session.folder, **params).finished()
    assert joined(first, second) == inner(whole("ctf18-rotated"))


def test_journal_of_another_session_is_refused(session, tmp_path):
    journal = tmp_path / "journal"
    session.rotate()
    Archive(session.folder, journal=str(journal)).finished()
    with pytest.raises(bt2._Error) as caught:
        Archive(chunks_of("per-pid")[0].parent, journal=str(journal)).run()
    assert "Journal of another session" in caught.value[0].message


def inner(messages):
    """Return the messages of each stream without its beginnings and ends."""
    found = by_stream((stream, message) for stream, message in messages if message[0] not in EDGES)
    return {stream: found[stream] for stream in sorted(found)}


def joined(*archives):
    """Return what readers one after another delivered, stream by stream; a packet which was open begins only once."""
    messages, open_packets = [], {}
    for archive in archives:
        for stream, message in archive.messages():
            if message[0] == "PacketBeginning":
                if open_packets.get(stream) == message:
                    continue
                open_packets[stream] = message
            elif message[0] == "PacketEnd":
                del open_packets[stream]
            messages.append((stream, message))
    return inner(messages)


@pytest.mark.parametrize("name", ["ctf18-rotated", "per-pid", "evolving-metadata"])
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=strategies.lists(strategies.integers(1, 3), min_size=5, max_size=5))
def test_resumed_anywhere_nothing_is_lost_or_repeated(tmp_path_factory, name, steps):
    """A reader is dropped, as kill -9 does, whenever it waits; the next one goes on with the same journal."""
    folder = tmp_path_factory.mktemp("resume")
    session, params, archives = Session(folder / "session", chunks_of(name)), {"journal": str(folder / "journal")}, []
    for step in steps:
        for _ in range(step):
            if not session.complete:
                session.rotate()
        archives.append(Archive(session.folder, follow=True, **params))
        assert not archives[-1].run()
    session.destroy()
    archives.append(Archive(session.folder, follow=True, **params).finished())
    assert joined(*archives) == inner(whole(name))


def test_journal_moves_while_a_long_archive_is_read(tmp_path, monkeypatch):
    """What was delivered IN_FLIGHT messages ago is consumed: the position moves although nothing waits, and never beyond that."""
    monkeypatch.setattr("lttngx.archive.reader.IN_FLIGHT", 1_000)
    journal, positions = tmp_path / "journal", []

    class Watch(list):
        def append(self, message):
            positions.append(json.loads(journal.read_text())["consumed"] if journal.exists() else -1)

    Archive(chunks_of("kernel")[0].parent, journal=str(journal), seen=Watch()).run()
    assert positions == sorted(positions) and len(set(positions)) > 3
    ends = [0]
    for number in range(7):
        ends.append(ends[-1] + events_of_chunk("kernel", number))
    assert all(count >= ends[consumed + 1] for count, consumed in enumerate(positions))


def events_of_chunk(name, number):
    """Return how many events a chunk has, read alone."""
    chunk = next(path for path in chunks_of(name) if path.name.endswith(f"-{number}"))
    run = subprocess.run(["babeltrace2", chunk], capture_output=True, text=True, check=True)
    return len(run.stdout.splitlines())
