"""Windows of a report while chunks come: each is written as soon as the chunks tell that it is over, and is that of the whole."""

import os
import subprocess

import pytest
from commands import TOP, babeltrace2
from cores import NATIVE
from lttng_sessions import wait_until
from rotated import Session, chunks_of

pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=str(NATIVE))
CPUTOP = ("-c", "sink.lttngx.cputop", "-p", 'refresh="250ms",format=json,utc=yes')


def test_windows_come_with_chunks(tmp_path):
    session, output = Session(tmp_path / "session", chunks_of("kernel")), tmp_path / "windows"
    with output.open("wb") as file:
        follower = subprocess.Popen(
            ["babeltrace2", f"--plugin-path={TOP}", "--retry-duration=10000", "-c", "source.lttngx.archive", "-p",
             f'inputs=["{session.folder}"],follow=yes', *CPUTOP], stdout=file, env=os.environ | {"LTTNGX_CORE": "native"})
    try:
        sizes = [0]
        while not session.complete:
            session.rotate()
            # A chunk is about a second long: three windows or more end in it.
            sizes.append(wait_until(lambda: output.stat().st_size > sizes[-1] and output.stat().st_size, "windows of a chunk"))
        session.destroy()
        assert follower.wait(20) == 0
    finally:
        follower.kill()
        follower.wait()
    assert output.read_text() == babeltrace2(chunks_of("kernel")[0].parent, *CPUTOP).stdout != ""
