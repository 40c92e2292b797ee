"""The manual pages: current, complete, well-formed."""

import runpy
import shutil
import subprocess

import pytest

from commands import TOP
from cores import NATIVE

PAGES = TOP / "docs/man"


@pytest.fixture(scope="module")
def made():
    """The pages as the help texts give them now."""
    if isinstance(NATIVE, str):
        pytest.skip(f"source.lttngx.ctf says here that it is not compiled: {NATIVE}")
    return runpy.run_path(str(TOP / "scripts/make-man.py"))["pages"]()


def test_pages_are_current(made):
    kept = {path.name: path.read_text() for path in PAGES.iterdir()}
    assert set(kept) == set(made), "run scripts/make-man.py"
    for name, text in made.items():
        assert kept[name] == text, f"{name}: run scripts/make-man.py"


def test_a_page_has_every_parameter_and_example():
    text = (PAGES / "babeltrace2-sink.lttngx.cputop.7").read_text()
    assert all(f"\\fB{name}\\fR (" in text for name in ("format", "refresh", "limit", "containers"))
    assert "babeltrace2 TRACE \\-c sink.lttngx.cputop" in text


@pytest.mark.parametrize("path", sorted(PAGES.iterdir()), ids=lambda path: path.name)
def test_roff_has_no_warning(path):
    if shutil.which("groff") is None:
        pytest.skip("groff (Debian: groff-base) is not installed")
    run = subprocess.run(["groff", "-man", "-ww", "-z", "-Tutf8", path], capture_output=True, text=True, check=True)
    assert not run.stderr
