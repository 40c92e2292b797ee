"""Metadata of recorded traces against what Babeltrace shows of them.

data/metadata/X.details is the trace class block of `sink.text.details`: printed by Babeltrace 2.0.4 for CTF 1.8 and by
2.1.2 for CTF 2, so names, ids, types, lengths, log levels, clocks, mappings and resolved locations have an answer of
another reader.
"""

from pathlib import Path

import pytest
from details import details

from lttngx.ctf import model
from lttngx.ctf.metadata import read_metadata

DATA = Path(__file__).parents[2] / "data" / "metadata"
NAMES = sorted(path.stem for path in DATA.glob("*.details"))


@pytest.mark.parametrize("name", NAMES)
def test_same_trace_class_as_babeltrace(name):
    assert details(read_metadata(DATA / f"{name}.metadata")) == (DATA / f"{name}.details").read_text()


def test_all_recorded_writers_are_there():
    assert NAMES == ["by-hand", "lttng-kernel", "lttng-ust", "lttng-ust-2.16", "lttng-ust-ctf2", "lttng-ust-ctf2-blob",
                     "lttng-ust-ctf2-rotated", "perf", "sink.ctf.fs", "sink.ctf.fs-variant"]


def test_lttng_layouts_agree_between_ctf_1_8_and_ctf_2():
    """The same program was recorded as CTF 1.8 and, in chunks, as CTF 2: packet headers, contexts and event headers are
    laid out alike."""
    old = read_metadata(DATA / "lttng-ust-2.16.metadata")
    new = read_metadata(DATA / "lttng-ust-ctf2-rotated.metadata")
    assert layout(old.packet_header) == layout(new.packet_header)
    old_stream, new_stream = old.data_stream_classes[0], new.data_stream_classes[0]
    assert layout(old_stream.packet_context) == layout(new_stream.packet_context)
    assert layout(old_stream.event_record_header) == layout(new_stream.event_record_header)


def layout(fc):
    """Return what a decoder needs of a field class: kinds, sizes, roles, slots' use."""
    if isinstance(fc, model.Structure):
        return fc.alignment, [(member.name, layout(member.field_class)) for member in fc.members]
    if isinstance(fc, model.Variant):
        return fc.key.paths, [(option.name, option.ranges, layout(option.field_class)) for option in fc.options]
    if isinstance(fc, model.FixedLengthInteger):
        return type(fc), fc.length, fc.byte_order, fc.alignment, fc.roles, len(fc.slots)
    return type(fc), fc.alignment, getattr(fc, "length", None), getattr(fc, "roles", None)
