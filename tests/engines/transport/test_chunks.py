"""Names of chunks, what is complete, when a session has ended: names and folders as LTTng 2.13 makes them."""

from pathlib import Path

import pytest

from lttngx.archive.following import Coming, Follower
from lttngx.transport.chunks import chunk_of, has_ended, list_chunks

ZERO = "20261128T082945+0000-20261128T082946+0000-0"
ONE = "20261128T082945+0100-20261128T082946+0100-1"


@pytest.mark.parametrize("name, id, suffix", [
    (ZERO, 0, ""), (f"{ONE}.tar.zst", 1, ".tar.zst"), (f"{ONE}.tar.zst.age", 1, ".tar.zst.age"),
    ("20261128T082945-0330-20261128T082946-0330-012345", 12345, "")])
def test_chunk_names(name, id, suffix):
    chunk = chunk_of(Path("/x") / name)
    assert (chunk.id, chunk.suffix, chunk.name + chunk.suffix) == (id, suffix, name)


@pytest.mark.parametrize("name", ["20261128T082945+0000-2", ".tmp_old_chunk", f"{ONE}.tar.zst.sha256", f".{ONE}.tar.zst.part",
                                  f".deleting-{ONE}",
                                  "archives", "ust"])
def test_other_names(name):
    assert chunk_of(Path(name)) is None


def test_a_folder_is_read_rather_than_packed(tmp_path):
    (tmp_path / f"{ZERO}.tar.zst.age").touch()
    (tmp_path / f"{ZERO}.tar.zst").touch()
    assert [chunk.suffix for chunk in list_chunks(tmp_path)] == [".tar.zst"]
    (tmp_path / ZERO).mkdir()
    assert [chunk.suffix for chunk in list_chunks(tmp_path)] == [""]
    assert list_chunks(tmp_path / "nothing") == []


def test_a_session_ends_when_nothing_but_archives_is_left(tmp_path):
    (tmp_path / "ust").mkdir()
    assert not has_ended(tmp_path)
    (tmp_path / "archives").mkdir()
    (tmp_path / "ust").rename(tmp_path / ".tmp_old_chunk")
    assert not has_ended(tmp_path) and not has_ended(tmp_path / "archives")
    (tmp_path / ".tmp_old_chunk").rename(tmp_path / "archives" / ZERO)
    assert has_ended(tmp_path) and has_ended(tmp_path / "archives")


def test_a_folder_of_packed_chunks_ends_with_its_mark(tmp_path):
    (tmp_path / f"{ZERO}.tar.zst").touch()
    assert not has_ended(tmp_path)
    (tmp_path / "ended").touch()
    assert has_ended(tmp_path)


def test_the_last_chunk_may_come_between_two_questions(tmp_path, monkeypatch):
    """The session ends after it was asked whether it had: its last chunk is found by the next question."""
    (tmp_path / "archives").mkdir()
    (tmp_path / "current").mkdir()
    follower = Follower(tmp_path, follow=True)

    def ask_and_end(folder):
        ended = has_ended(folder)
        if (tmp_path / "current").exists():
            (tmp_path / "current").rename(tmp_path / "archives" / ZERO)
        return ended

    monkeypatch.setattr("lttngx.archive.following.has_ended", ask_and_end)
    assert follower.next().id == 0
    assert follower.next() is Coming.NEVER


def test_idle_counts_from_the_first_question_in_vain(tmp_path):
    (tmp_path / "archives" / ZERO).mkdir(parents=True)
    (tmp_path / "current").mkdir()
    times = iter((100, 109, 109.9, 110, 111))
    follower = Follower(tmp_path, follow=True, idle_s=10, now_s=lambda: next(times))
    assert follower.next().id == 0
    assert [follower.next() for _ in range(4)] == [Coming.LATER] * 3 + [Coming.NEVER]


def test_gaps_are_told_but_none_before_the_first(tmp_path):
    told = []
    for number in (4, 5, 8):
        (tmp_path / f"{ZERO[:-1]}{number}").mkdir()
    follower = Follower(tmp_path, report=told.append)
    assert [follower.next().id for _ in range(3)] == [4, 5, 8]
    assert told == ["chunks 6 to 7 are missing"]
    Follower(tmp_path, after=2, report=told.append).next()
    assert told[1:] == ["chunk 3 is missing"]
