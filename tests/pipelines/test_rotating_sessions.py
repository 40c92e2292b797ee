"""source.lttngx.archive on sessions which are recorded and rotated meanwhile."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import babeltrace2
from cores import NATIVE
from lttng_sessions import chunk_ids, recording, wait_until

TOP = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=str(NATIVE))


@pytest.fixture(scope="module")
def recorder():
    with recording(relay=True) as started:
        yield started


def follower(session, *more):
    """Start babeltrace2 following a session."""
    params = ["-p", f'inputs=["{session}"]', "-p", "follow=yes"]
    return subprocess.Popen(
        ["babeltrace2", f"--plugin-path={TOP}", "--retry-duration=10000", "-c", "source.lttngx.archive", *params, *more,
         "-c", "sink.text.pretty"], stdout=subprocess.PIPE, text=True, env=os.environ | {"TZ": "UTC"})


def finished(process):
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 0
    return output.splitlines()


def all_lines(session):
    """Return what babeltrace2 prints of all chunks when the session is over."""
    run = subprocess.run(["babeltrace2", session / "archives"], capture_output=True, text=True, env=os.environ | {"TZ": "UTC"})
    assert run.returncode == 0, run.stderr
    return run.stdout.splitlines()


def test_follow_rotations_by_command(recorder):
    """Chunk 0 is empty, as no program has run; an event class comes with a later chunk."""
    session = recorder.create("command")
    recorder.lttng("disable-event", "-u", "requests:*", "-c", "requests", "-s", "command")
    recorder.lttng("enable-event", "-u", "requests:begin", "-c", "requests", "-s", "command")
    process = follower(session)
    recorder.rotate("command")
    recorder.run_program(count=200, threads=2)
    recorder.rotate("command")
    recorder.lttng("enable-event", "-u", "requests:end", "-c", "requests", "-s", "command")
    recorder.run_program(count=200, threads=2)
    recorder.destroy("command")
    lines = finished(process)
    assert lines == all_lines(session)
    assert sum("requests:begin" in line for line in lines) == 800
    assert sum("requests:end" in line for line in lines) == 400


def test_follow_rotations_by_timer_with_buffers_per_process(recorder):
    session = recorder.home / "traces" / "timer"
    recorder.lttng("create", "timer", f"--output={session}")
    recorder.lttng("enable-channel", "-u", "requests", "-s", "timer", "--buffers-pid")
    recorder.lttng("enable-event", "-u", "requests:*", "-c", "requests", "-s", "timer")
    recorder.lttng("enable-rotation", "--timer=300ms", "-s", "timer")
    recorder.lttng("start", "timer")
    process = follower(session)
    programs = [recorder.start_program(1000, 1500), recorder.start_program(1000, 100)]
    for program in programs:
        program.wait(20)
    recorder.destroy("timer")
    lines = finished(process)
    assert sorted(lines, key=lambda line: line.split("]")[0]) == lines
    assert sum("requests:" in line for line in lines) == 2 * (1500 + 100)
    assert len(chunk_ids(session / "archives")) >= 3


def test_follow_behind_a_relay_daemon(recorder):
    recorder.create("relayed", relayed=True)
    recorder.run_program(count=50)
    session = wait_until(lambda: next((recorder.home / "relay").glob("*/relayed*"), None), "relayed session")
    process = follower(session)
    recorder.rotate("relayed")
    recorder.run_program(count=50)
    recorder.destroy("relayed")
    assert len(finished(process)) == 200


def test_killed_and_resumed_without_loss_or_repeat(recorder, tmp_path):
    """kill -9 while it waits; every event is written once by one of the readers."""
    session, journal, output = recorder.create("killed"), tmp_path / "journal", tmp_path / "lines"
    command = [sys.executable, TOP / "tests/data/programs/lines.py", session, journal, output]
    noted = None
    for _ in range(3):
        recorder.run_program(count=100, threads=2)
        recorder.rotate("killed")
        reader = subprocess.Popen(command)
        noted = wait_until(lambda before=noted: changed(journal, before), "journal")
        os.kill(reader.pid, signal.SIGKILL)
        reader.wait()
    recorder.destroy("killed")
    subprocess.run(command, check=True, timeout=30)
    lines = output.read_text().splitlines()
    assert len(lines) == len(set(lines)) == 3 * 2 * 200
    assert [int(line.split()[0]) for line in lines] == sorted(int(line.split()[0]) for line in lines)


def changed(journal, before):
    """Return a journal's text if it is another one than before."""
    text = journal.read_text() if journal.exists() else None
    return text if text != before else None


def test_session_without_a_chunk_is_waited_for(recorder):
    """A session which is not rotated yet has no chunk: nothing is read, until-idle ends it."""
    session = recorder.create("unrotated")
    recorder.run_program(count=10)
    run = babeltrace2("-c", "source.lttngx.archive", "-p", f'inputs=["{session}"],follow=yes,until-idle=0.2', "-c", "sink.text.pretty")
    assert run.stdout == ""
    recorder.destroy("unrotated")
