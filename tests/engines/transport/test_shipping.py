"""Shipping chunks: whatever the step at which it is killed, nothing is lost and what is there is complete."""

import hashlib
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from rotated import chunks_of

from lttngx.errors import LttngxError, TraceError
from lttngx.transport import shipping
from lttngx.transport.chunks import chunk_of, list_chunks
from lttngx.transport.destinations import Folder, destination
from lttngx.transport.packing import unpack
from lttngx.transport.shipping import Shipper, clean

pytest.importorskip("zstandard")
pyrage = pytest.importorskip("pyrage")
TOP = Path(__file__).parents[3]


class Killed(BaseException):
    """What a test throws where a process might be killed."""


def contents(folder):
    """Return {path: bytes} of the files under a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def archives(tmp_path):
    """A session's `archives` with two chunks."""
    folder = tmp_path / "session" / "archives"
    for chunk in chunks_of("ctf18-rotated")[:2]:
        shutil.copytree(chunk, folder / chunk.name)
    return folder


def ship(archives, place, **options):
    clean(archives)
    shipper = Shipper(Folder(place), **options)
    return [shipper.ship(chunk) for chunk in list_chunks(archives)]


def shipped_contents(place, scratch, identities=()):
    """Return the files of the chunks at a destination, each checked against its manifest."""
    found = {}
    for chunk in list_chunks(place) if place.exists() else []:
        digest, name = (place / f"{chunk.path.name}.sha256").read_text().splitlines()[1].split("  ")
        assert name == chunk.path.name and digest == hashlib.sha256(chunk.path.read_bytes()).hexdigest()
        folder = scratch / f"{len(list(scratch.iterdir()))}"
        folder.mkdir()
        unpack(chunk, folder, identities)
        found |= contents(folder)
    return found


@pytest.fixture
def scratch(tmp_path):
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


def test_what_comes_out_is_what_went_in(archives, tmp_path, scratch):
    before = contents(archives)
    shipped = ship(archives, tmp_path / "dest")
    assert shipped_contents(tmp_path / "dest", scratch) == before == contents(archives)
    assert all(0 < one.packed_bytes < one.content_bytes == sum(
        len(data) for path, data in before.items() if path.startswith(one.chunk.name)) for one in shipped)


def test_sha256sum_reads_manifests(archives, tmp_path):
    ship(archives, tmp_path / "dest")
    run = subprocess.run("sha256sum --check --strict *.sha256", shell=True, cwd=tmp_path / "dest", capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.count(": OK") == 2, run.stderr


def test_encrypted_and_read_by_the_recipient_only(archives, tmp_path, scratch):
    identity, other = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    ship(archives, tmp_path / "dest", recipients=[str(identity.to_public())])
    assert shipped_contents(tmp_path / "dest", scratch, [str(identity)]) == contents(archives)
    with pytest.raises(LttngxError, match="Cannot unpack chunk"):
        shipped_contents(tmp_path / "dest", scratch, [str(other)])


def test_again_does_nothing(archives, tmp_path):
    ship(archives, tmp_path / "dest")
    times = {path: path.stat().st_mtime_ns for path in (tmp_path / "dest").iterdir()}
    assert [one.packed_bytes for one in ship(archives, tmp_path / "dest")] == [0, 0]
    assert times == {path: path.stat().st_mtime_ns for path in (tmp_path / "dest").iterdir()}


STEPS = ((os, "replace"), (os, "fsync"), (shipping.Hashing, "write"), (shipping, "remove"))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_step_nothing_is_lost(archives, tmp_path, scratch, monkeypatch, after):
    """Killed before or after the n-th step, for each n; then run to the end. `delete` makes every loss final."""
    before = contents(archives)
    number, done = 0, False
    while not done:
        shutil.rmtree(tmp_path / "dest", ignore_errors=True)
        shutil.rmtree(archives)
        for path, data in before.items():
            (archives / path).parent.mkdir(parents=True, exist_ok=True)
            (archives / path).write_bytes(data)
        done = not killed_at(monkeypatch, number, after, lambda: ship(archives, tmp_path / "dest", delete=True))
        left = {path: data for path, data in contents(archives).items() if not path.startswith(".deleting-")}
        assert shipped_contents(tmp_path / "dest", scratch) | left == before
        ship(archives, tmp_path / "dest", delete=True)
        assert not list(archives.iterdir())
        assert shipped_contents(tmp_path / "dest", scratch) == before
        number += 1
    assert number > 16


def killed_at(monkeypatch, number, after, run):
    """Run with Killed thrown at the step of a number; return whether there was such a step."""
    count = iter(range(10 ** 9))
    with monkeypatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, killing(getattr(owner, name), count, number, after))
        try:
            run()
            return False
        except Killed:
            return True


def killing(function, count, number, after):
    def wrapped(*arguments):
        here = next(count) == number
        if here and not after:
            raise Killed
        result = function(*arguments)
        if here:
            raise Killed
        return result
    return wrapped


def test_killed_by_a_signal(archives, tmp_path, scratch):
    """kill -9 at random moments until it gets through."""
    before, chance = contents(archives), random.Random(7)
    command = [sys.executable, "-m", "lttngx.shards", "ship", str(archives.parent), str(tmp_path / "dest"), "--delete-after-verify"]
    for _ in range(6):
        process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(TOP / "components")}, stdout=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        left = {path: data for path, data in contents(archives).items() if not path.startswith(".deleting-")}
        assert shipped_contents(tmp_path / "dest", scratch) | left == before
    subprocess.run(command, env=os.environ | {"PYTHONPATH": str(TOP / "components")}, check=True, stdout=subprocess.DEVNULL)
    assert shipped_contents(tmp_path / "dest", scratch) == before and not list(archives.iterdir())


def test_damaged_at_the_destination_is_not_deleted(archives, tmp_path):
    ship(archives, tmp_path / "dest")
    packed = list_chunks(tmp_path / "dest")[0].path
    data = bytearray(packed.read_bytes())
    data[100] ^= 1
    packed.write_bytes(data)
    with pytest.raises(TraceError, match="is damaged: sha256="):
        ship(archives, tmp_path / "dest", delete=True)
    assert len(list_chunks(archives)) == 2


def test_another_chunk_of_the_same_name_is_refused(archives, tmp_path):
    ship(archives, tmp_path / "dest")
    chunk = list_chunks(archives)[0]
    (chunk.path / "more").write_bytes(b"x")
    with pytest.raises(LttngxError, match="another chunk"):
        ship(archives, tmp_path / "dest")
    (chunk.path / "more").unlink()
    file = chunk.path / "tiny_0"
    file.write_bytes(bytes(len(file.read_bytes())))
    with pytest.raises(TraceError, match="is not what"):
        ship(archives, tmp_path / "dest", delete=True)
    assert file.exists()


def test_packed_chunks_are_shipped_as_they_are(archives, tmp_path, scratch):
    ship(archives, tmp_path / "one")
    ship(tmp_path / "one", tmp_path / "two", delete=True)
    assert shipped_contents(tmp_path / "two", scratch) == contents(archives)
    assert not list_chunks(tmp_path / "one")


def test_any_url(archives):
    pytest.importorskip("fsspec")
    place = destination("memory://lttngx/chunks")
    shipper = Shipper(place)
    for chunk in list_chunks(archives):
        shipper.ship(chunk)
    assert place.names() == {f"{chunk.name}.tar.zst{end}" for chunk in list_chunks(archives) for end in ("", ".sha256")}
    again = Shipper(destination("memory://lttngx/chunks"), delete=True)
    assert all(again.ship(chunk).deleted for chunk in list_chunks(archives))


def test_members_outside_the_chunk_are_refused(tmp_path):
    zstandard = pytest.importorskip("zstandard")
    name = "20261128T082945+0000-20261128T082946+0000-0"
    for member, kind in ((f"{name}/../../evil", tarfile.REGTYPE), ("/etc/evil", tarfile.REGTYPE), (f"{name}/link", tarfile.SYMTYPE)):
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w") as archive:
            info = tarfile.TarInfo(member)
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
        (tmp_path / f"{name}.tar.zst").write_bytes(zstandard.compress(raw.getvalue()))
        with pytest.raises(TraceError, match="expected a file or folder under"):
            unpack(chunk_of(tmp_path / f"{name}.tar.zst"), tmp_path)
