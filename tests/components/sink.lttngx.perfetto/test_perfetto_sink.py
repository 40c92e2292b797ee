"""sink.lttngx.perfetto through babeltrace2; the format is tested with its engine."""

import json

import pytest

from commands import CORES, KERNEL, babeltrace2, error_of

PACKS = 'packs=["syscalls","softirq"]'


@pytest.mark.parametrize("core", CORES)
def test_the_trace_has_every_span(core, tmp_path):
    messages = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason="needs the package perfetto")
    path = tmp_path / "out.pftrace"
    babeltrace2(KERNEL, "-c", "sink.lttngx.perfetto", "-p", f'{PACKS},path="{path}",counters=yes', core=core)
    trace = messages.Trace()
    trace.ParseFromString(path.read_bytes())
    document = json.loads(babeltrace2(KERNEL, "-c", "sink.lttngx.spans", "-p", f"{PACKS},format=json", core=core).stdout)
    outcomes = document["tables"]["outcomes"]
    kinds = [packet.track_event.type for packet in trace.packet if packet.HasField("track_event")]
    event = messages.TrackEvent
    assert kinds.count(event.TYPE_SLICE_BEGIN) == sum(row["begun"] for row in outcomes)
    assert kinds.count(event.TYPE_SLICE_END) == sum(row["begun"] - row["by_end"] for row in outcomes)
    counters = [packet.track_descriptor.name for packet in trace.packet if packet.track_descriptor.HasField("counter")]
    assert counters == ["open syscall", "open softirq"]


def test_the_path_is_needed():
    assert "name=path" in error_of(KERNEL, "-c", "sink.lttngx.perfetto", "-p", PACKS)
