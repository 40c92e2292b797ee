"""Times, subsets, tracer errors, index files: tables."""

import struct

import pytest

from lttngx.ctf.indexes import parse_index, read_index
from lttngx.ctf.model import Scope
from lttngx.ctf.quirks import quirks_of
from lttngx.ctf.subset import Subset
from lttngx.ctf.times import Clock


def test_clock_values_and_times_are_exact():
    """A clock of 3 Hz that began at 10 s and one cycle: value 4 is at 10 + 5/3 s, rounded down."""
    clock = Clock(3, 10, 1)
    assert clock.ns(4) == 11_666_666_666
    assert clock.value(11_666_666_666) == 4 and clock.value(11_666_666_667) == 5
    assert clock.ns((1 << 64) - 1) == (10 + (1 << 64) // 3) * 10**9 + 333_333_333


@pytest.mark.parametrize("scope,name,wanted", [
    (Scope.PAYLOAD, "ret", True), (Scope.PAYLOAD, "fd", False), (Scope.COMMON_CONTEXT, "vtid", True),
    (Scope.SPECIFIC_CONTEXT, "vtid", True), (Scope.PACKET_CONTEXT, "cpu_id", False), (Scope.PAYLOAD, "a[0]", True)])
def test_field_patterns(scope, name, wanted):
    assert Subset(fields=("payload.ret", "*.vtid", "payload.a[*]")).wants_field(scope, name) is wanted


def test_event_patterns():
    subset = Subset(events=("sched_*", "a?c"))
    assert [subset.wants_event(name) for name in ("sched_switch", "abc", "a?c", None)] == [True, False, True, False]


@pytest.mark.parametrize("name,version,late,early", [
    ("lttng-ust", (2, 10, 7), True, False), ("lttng-ust", (2, 11, 0), False, False),
    ("lttng-modules", (2, 9, 12), True, False), ("lttng-modules", (2, 9, 13), False, False),
    ("lttng-modules", (2, 10, 9), True, False), ("lttng-modules", (2, 11, 2), False, False), ("lttng-modules", (2, 13, 9), False, False),
    ("barectf", (2, 3, 0), False, True), ("barectf", (2, 3, 1), False, False), ("other", (1, 0, 0), False, False)])
def test_tracer_errors(name, version, late, early):
    environment = {"tracer_name": name, **dict(zip(("tracer_major", "tracer_minor", "tracer_patchlevel"), version))}
    found = quirks_of(environment)
    assert (found.end_is_last_event, found.begin_is_first_event) == (late, early)


@pytest.mark.parametrize("minor,columns", [(0, 7), (1, 9)])
def test_index_files(minor, columns):
    row = list(range(1, columns + 1))
    raw = struct.pack(">IIII", 0xC1F1DCC1, 1, minor, 8 * columns) + struct.pack(f">{columns}Q", *row)
    (entry,) = parse_index(raw)
    assert (entry.offset, entry.total, entry.content, entry.begin, entry.end, entry.discarded, entry.class_id) == tuple(row[:7])
    assert (entry.stream_id, entry.sequence) == ((8, 9) if minor else (None, None))


@pytest.mark.parametrize("extent,offsets", [
    ((0, 400), [0, 100, 150, 300]), ((100, 300), [100, 150]), ((100, 301), [100, 150, 300]), ((120, 299), [150]), ((301, 400), [])])
def test_a_part_of_an_index_is_the_packets_which_begin_in_it(tmp_path, extent, offsets):
    """Packets of 100, 50, 150 and 100 bytes. The index of a part is used if it is whole: from its first byte to its last."""
    sizes = [100, 50, 150, 100]
    rows = [struct.pack(">9Q", sum(sizes[:number]), 8 * size, 8, 0, 1, 0, 0, 0, 0) for number, size in enumerate(sizes)]
    raw = struct.pack(">IIII", 0xC1F1DCC1, 1, 1, 72) + b"".join(rows)
    assert [entry.offset for entry in parse_index(raw, extent)] == offsets
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "k.idx").write_bytes(raw)
    (tmp_path / "k").write_bytes(bytes(400))
    whole = extent in ((0, 400), (100, 300), (100, 301))
    assert [entry.offset for entry in read_index(tmp_path / "k", extent) or ()] == (offsets if whole else [])


@pytest.mark.parametrize("raw", [b"", b"x" * 16, struct.pack(">IIII", 0xC1F1DCC1, 2, 0, 56), struct.pack(">IIII", 0xC1F1DCC1, 1, 1, 72) + b"x"])
def test_other_files_are_no_index(raw):
    assert parse_index(raw) is None
