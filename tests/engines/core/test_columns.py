"""columns on both cores: the same buffers, in Arrow's layout."""

import struct

import graphs
import pytest

from lttngx.columns.schema import fields_of
from lttngx.core import choice
from lttngx.core.columns import ColumnKind
from lttngx.core.extraction import Extraction
from recorded import TRACES
from sources import ALL, Setting

SCRIPT = [("stream", 1), ("packet", 3), ("event", 10, {}), ("event", 12, {"text": "", "maybe": 7, "choice": ("word", "w")}), ("again",),
          ("event", 13, {"numbers": [], "bool": False, "double": 0.5})]


class Everything:
    """Collects every event with all its columns."""

    per_stream = False

    def __init__(self, core):
        self._core, self.bound = core, []

    def bind(self, event_class, stream):
        fields = fields_of(event_class)
        self.bound.append((event_class.name, fields, self._core.Columns([field.column for field in fields])))
        return Extraction(self.bound[-1][2])

    def discarded_events(self, stream, begin_ns, end_ns, count):
        """Losses are no rows."""

    discarded_packets = discarded_events


def collect(core, source):
    """Return, for each event class, its name, fields and batch."""
    everything = Everything(core)
    graphs.run(graphs.chain(source, (
        graphs.ExtractingSink, lambda upstream, mip: core.Extractor(upstream, everything, mip=mip).consume)))
    return [(name, fields, columns.take()) for name, fields, columns in everything.bound]


def columns_of(found):
    """Return the buffers of the only event class's columns by name."""
    (_, fields, batch), = found
    return dict(zip((field.name for field in fields), batch.columns)), batch


def test_layout_of_each_kind(core):
    columns, batch = columns_of(collect(core, Setting(SCRIPT)))
    assert (batch.rows, batch.timed) == (3, True)
    assert struct.unpack("<3q", batch.times) == (10, 12, 13)
    assert struct.unpack("<3i", batch.cpus) == (3, 3, 3) and struct.unpack("<3Q", batch.ordinals) == (1, 2, 3)
    assert columns["u8"].data == bytes([200] * 3) and columns["u64"].data == b"\xff" * 24
    assert struct.unpack("<3q", columns["i64"].data) == (-2**63,) * 3
    assert struct.unpack("<3H", columns["bits"].data) == (0x8001,) * 3
    assert struct.unpack("<3d", columns["double"].data) == (-2.25, -2.25, 0.5)
    assert struct.unpack("<3f", columns["single"].data) == (1.5,) * 3
    assert columns["bool"].data == bytes([0b011])
    text = ALL["text"].encode()
    assert struct.unpack("<3i", columns["text"].data) == (0, 1, 0)
    assert columns["text"].dictionary == (struct.pack("<3i", 0, len(text), len(text)), text)
    assert struct.unpack("<4i", columns["numbers"].offsets) == (0, 3, 6, 6)
    assert struct.unpack("<6I", columns["numbers"].data) == (1, 2, 300) * 2
    assert columns["nested"].objects == [[[1], [2, 3]]] * 3 and columns["nested"].data is None
    assert (columns["maybe"].validity, struct.unpack("<3I", columns["maybe"].data)) == (bytes([0b010]), (0, 7, 0))
    assert columns["choice.number"].validity == bytes([0b101]) and columns["choice.word"].validity == bytes([0b010])
    assert columns["u8"].validity is None and columns["inner.b"].dictionary[1] == b"deep"


def test_a_batch_begins_anew(core):
    everything = Everything(core)
    graph = graphs.chain(Setting(SCRIPT), (
        graphs.ExtractingSink, lambda upstream, mip: core.Extractor(upstream, everything, mip=mip).consume))
    graphs.run(graph)
    columns = everything.bound[0][2]
    assert columns.rows == 3 and columns.take().rows == 3
    empty = columns.take()
    assert (columns.rows, empty.rows, empty.times) == (0, 0, b"")
    text = next(buffers for field, buffers in zip(everything.bound[0][1], empty.columns) if field.name == "text")
    assert (text.data, text.dictionary) == (b"", (struct.pack("<i", 0), b""))


def test_without_clock_and_packets(core):
    _, batch = columns_of(collect(core, Setting([("stream", 1), ("event", 0, {}), ("event", 0, {})], packets=False, clock=False)))
    assert (batch.rows, batch.timed, struct.unpack("<2i", batch.cpus)) == (2, False, (-1, -1))


@pytest.mark.parametrize("folder", ["ctf18-kernel", "ctf18-ust", "kernel-noctx"])
def test_both_cores_make_the_same_buffers(native_core, folder):
    native, portable = (collect(core, TRACES / folder) for core in (native_core, choice.portable()))
    assert len(native) == len(portable) > 3
    for (name, fields, one), (other_name, other_fields, other) in zip(native, portable):
        assert (name, fields) == (other_name, other_fields)
        assert one == other, name
    assert {field.column.kind for _, fields, _ in native for field in fields} >= {ColumnKind.INTEGER, ColumnKind.TEXT}


def test_many_distinct_texts(native_core):
    """The table of texts grows, finds each again, and tells texts of one beginning apart."""
    texts = [f"{'x' * (number % 50)}{number}" for number in range(700)] * 2
    columns, batch = columns_of(collect(native_core, Setting(
        [("stream", 1), ("packet", 0), *(("event", at, {"text": text}) for at, text in enumerate(texts))])))
    offsets, data = columns["text"].dictionary
    bounds = struct.unpack(f"<{len(offsets) // 4}i", offsets)
    known = [data[begin:end].decode() for begin, end in zip(bounds, bounds[1:])]
    assert [known[number] for number in struct.unpack(f"<{batch.rows}i", columns["text"].data)] == texts
    assert len(known) == 700
