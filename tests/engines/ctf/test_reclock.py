"""Metadata with other clock classes: read back by the metadata reader, the rest kept to the byte."""

from dataclasses import replace

import pytest

from lttngx.ctf.metadata import read_metadata
from lttngx.ctf.reclock import NewClock, reclock
from lttngx.errors import LttngxError
from recorded import TRACES

UID = "01234567-89ab-cdef-0123-456789abcdef"
NEW = NewClock(999_999_937, -5, 17, UID, True, "space", "other")
TSDL = b'''/* CTF 1.8 */
trace { major = 1; minor = 8; byte_order = le; };
clock { /* kept */ name = "a"; freq = 5; // gone with its line? no: kept
  offset = 3; precision = 2; };
clock { name = b; offset_s = 1; offset = 0x2; absolute = FALSE; uuid = "00000000-0000-0000-0000-000000000000"; };
env { clock = "clock { freq = 1; }"; };
stream { };
'''


def test_tsdl_blocks():
    """Only the named clock's; comments, other statements and look-alikes stay."""
    text = reclock(TSDL, lambda name: NEW if name == "b" else None).decode()
    assert text.startswith(TSDL.decode()[:TSDL.index(b"clock { name = b")])
    clocks = {clock.id: clock for clock in read_metadata(text.encode()).clock_classes}
    before = {clock.id: clock for clock in read_metadata(TSDL).clock_classes}
    assert clocks["a"] == before["a"]
    assert clocks["b"] == replace(before["b"], frequency=999_999_937, offset_seconds=-5, offset_cycles=17, uid=UID, unix_epoch=True)
    assert 'clock = "clock { freq = 1; }"' in text


@pytest.mark.parametrize("trace", ["kernel-ctx", "kernel-noctx", "ctf18-ust", "perf-sched"])
def test_recorded_tsdl(trace):
    """Packetized or not: everything but the clock is read as before."""
    data = (TRACES / trace / "metadata").read_bytes()
    before, after = read_metadata(data), read_metadata(reclock(data, lambda name: NEW))
    assert [(clock.frequency, clock.offset_seconds, clock.offset_cycles, clock.uid) for clock in after.clock_classes] == [
        (999_999_937, -5, 17, UID)]
    assert [clock.name for clock in after.clock_classes] == [clock.name for clock in before.clock_classes]
    assert (after.uuid, after.environment) == (before.uuid, before.environment)
    assert after.data_stream_classes.keys() == before.data_stream_classes.keys()


def test_recorded_json():
    data = (TRACES / "ctf2-ust-multi/metadata").read_bytes()
    changed = reclock(data, lambda name: NEW)
    clock, = read_metadata(changed).clock_classes
    assert (clock.frequency, clock.offset_seconds, clock.offset_cycles, clock.uid, clock.namespace, clock.name) == (
        999_999_937, -5, 17, UID, "space", "other")
    kept = [part for part in data.split(b"\x1e") if b'"clock-class"' not in part]
    assert [part for part in changed.split(b"\x1e") if b'"clock-class"' not in part] == kept
    assert reclock(data, lambda name: None) == data


def test_release_candidates_are_refused():
    text = b'\x1e{"type": "preamble", "version": 2}\x1e{"type": "clock-class", "origin-is-unix-epoch": true}'
    with pytest.raises(LttngxError, match="SPECRC-7.0"):
        reclock(text, lambda name: NEW)
