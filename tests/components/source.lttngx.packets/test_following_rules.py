"""When a followed recording is over: each rule by itself, with times the test gives."""

from pathlib import Path

import pytest

from lttngx.bt import sessions
from lttngx.bt.following import ASK_S, LAST_CHUNK_PATIENCE_S, METADATA_PATIENCE_S, REST_S, Follower


class Recording:
    """Stands for a `packets.recording.Recording`."""

    def __init__(self):
        self.roots, self.inputs, self.waiting, self.resting = {Path("/o/s")}, [Path("/o")], [], False
        self.rotating = False

    def at_rest(self):
        return self.resting

    def is_rotating(self):
        return self.rotating


@pytest.fixture
def known(monkeypatch):
    """The output directories which the session daemon knows: a set to change."""
    paths: set = set()
    monkeypatch.setattr(sessions, "session_paths", lambda: set(paths))
    return paths


def follower(recording=None, poll_s=1.0, until_ns=None, idle_s=None, said=None):
    return Follower(recording or Recording(), poll_s, until_ns, idle_s, (said if said is not None else []).append)


def ends_at(one, start_s=0.0, step_s=0.5, limit_s=60.0, seen=()):
    """Return when a follower which is asked every half second says that all is over, None if not within a minute."""
    now_s = start_s
    while now_s <= limit_s:
        if one.is_over(now_s, int(now_s * 1e9)):
            return now_s
        one.is_due(now_s)
        if now_s in seen:
            one.seen(int(now_s * 1e9), now_s)
        now_s += step_s
    return None


def test_polls_come_at_their_interval():
    one = follower(poll_s=1.0)
    assert [at / 4 for at in range(12) if one.is_due(at / 4)] == [0, 1, 2]


def test_without_a_reason_it_goes_on(known):
    assert ends_at(follower()) is None


def test_idle_time_counts_from_the_last_packet(known):
    assert ends_at(follower(idle_s=4.0)) == 4.0
    assert ends_at(follower(idle_s=4.0), seen=(2.0, 5.5)) == 9.5


def test_until_a_time_of_the_clock_or_of_a_packet(known):
    assert ends_at(follower(until_ns=7 * 10**9)) == 7.0
    one = follower(until_ns=7 * 10**9)
    one.seen(7 * 10**9, 1.0)
    assert one.is_over(1.0, 0)


def test_a_session_which_was_known_and_is_gone(known):
    known.add(Path("/o/s"))
    one = follower()
    assert ends_at(one, limit_s=10) is None
    known.clear()
    assert 10 < ends_at(one, start_s=10.5) <= 10 + ASK_S + 1


def test_the_last_chunk_of_a_session_which_is_gone_is_waited_for(known):
    """It is archived at 15 s; one which never is, is given up."""
    for archived_s, expected in ((15.0, 15.0), (None, 10.5 + LAST_CHUNK_PATIENCE_S)):
        known.add(Path("/o/s"))
        recording = Recording()
        recording.rotating = True
        one = follower(recording)
        assert ends_at(one, limit_s=10) is None
        known.clear()
        if archived_s is not None:
            assert ends_at(one, start_s=10.5, limit_s=archived_s) is None
            recording.rotating = False
        assert expected <= ends_at(one, start_s=archived_s or 10.5) <= expected + 2 * ASK_S


def test_a_session_daemon_which_does_not_answer_says_nothing(known, monkeypatch):
    known.add(Path("/o/s"))
    one = follower()
    assert ends_at(one, limit_s=10) is None
    monkeypatch.setattr(sessions, "session_paths", lambda: None)
    assert ends_at(one, start_s=10.5) is None


def test_a_session_which_is_known_is_not_over_though_all_is_archived(known):
    """Stopped and rotated, it may start again."""
    known.add(Path("/o/s"))
    recording = Recording()
    recording.resting = True
    assert ends_at(follower(recording)) is None


def test_other_sessions_do_not_count(known):
    known.add(Path("/elsewhere/s"))
    recording = Recording()
    recording.resting = True
    assert REST_S <= ends_at(follower(recording)) <= REST_S + 2 * ASK_S


def test_metadata_which_does_not_come_is_told_once(known):
    said, recording = [], Recording()
    recording.waiting = [Path("/o/s/ust")]
    ends_at(follower(recording, said=said), limit_s=METADATA_PATIENCE_S - 1.0)
    assert not said
    ends_at(follower(recording, said=said), limit_s=30)
    assert len(said) == 1 and "lttng regenerate metadata" in said[0]
