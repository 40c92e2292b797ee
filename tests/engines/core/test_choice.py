"""Which core serves: the environment, a missing and a stale compiled core."""

import logging
import shutil
from pathlib import Path

import pytest

from lttngx.core import choice
import lttngx.core.native.fingerprint as fingerprint
from lttngx.errors import LttngxError


@pytest.fixture(autouse=True)
def fresh():
    """The choice is made once a process; make it anew for each test here."""
    choice.core.cache_clear()
    yield
    choice.core.cache_clear()


def break_native(monkeypatch):
    monkeypatch.setattr(choice, "MODULES", ("no_such_module",))


def test_the_environment_forces(monkeypatch, core):
    monkeypatch.setenv("LTTNGX_CORE", core.name)
    assert choice.core().name == core.name


def test_a_bad_value_is_refused(monkeypatch):
    monkeypatch.setenv("LTTNGX_CORE", "fast")
    with pytest.raises(LttngxError, match="variable=LTTNGX_CORE, expected=native or portable, got='fast'"):
        choice.core()


def test_native_forced_but_missing(monkeypatch):
    break_native(monkeypatch)
    monkeypatch.setenv("LTTNGX_CORE", "native")
    with pytest.raises(LttngxError, match="Cannot load the compiled core"):
        choice.core()


def test_missing_is_said_once(monkeypatch, caplog):
    break_native(monkeypatch)
    monkeypatch.delenv("LTTNGX_CORE", raising=False)
    with caplog.at_level(logging.WARNING, "lttngx"):
        assert [choice.core().name, choice.core().name] == ["portable", "portable"]
    assert len(caplog.records) == 1 and "portable core is used" in caplog.text


def test_stale_is_refused(monkeypatch, native_core):
    monkeypatch.setattr(choice, "fingerprint", lambda: "of edited sources")
    with pytest.raises(LttngxError, match="older than its sources: modules=classes"):
        choice.native()


def test_without_sources_nothing_is_stale(monkeypatch, native_core):
    monkeypatch.setattr(choice, "fingerprint", lambda: None)
    assert choice.native().name == "native"


def test_fingerprint_follows_the_sources(tmp_path):
    native = Path(fingerprint.__file__).parent
    assert fingerprint.fingerprint(tmp_path) is None
    for source in [*native.glob("*.pyx"), *native.glob("*.pxd")]:
        shutil.copy(source, tmp_path)
    before = fingerprint.fingerprint(tmp_path)
    assert before == fingerprint.fingerprint(native)
    (tmp_path / "select.pyx").write_text("edited")
    assert fingerprint.fingerprint(tmp_path) != before
