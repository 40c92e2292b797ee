"""Export formats, read back by other programs' message definitions, and checked against the spans they were made of."""

import json
from collections import defaultdict

import pytest

from lttngx.core import choice
from lttngx.export import otlp, stacks
from lttngx.export.counts import open_counts
from lttngx.export.delivery import Answer, Delivery
from lttngx.export.identities import Identities
from lttngx.export.lanes import arrange
from lttngx.export.perfetto_trace import TraceWriter
from lttngx.export.protobuf import varint
from lttngx.kernel.threads import Thread
from lttngx.spans.span import BY_END, COMPLETE
from recorded import TRACES
from spanning import find

NESTED = [
    'sw : $evt.$name == "sched_switch" && $evt.next_tid != 0 : $evt.$name == "sched_switch" && '
    "$evt.prev_tid == $begin.$evt.next_tid && $evt.cpu_id == $begin.$evt.cpu_id",
    'sys(sw) : $evt.$name =* "syscall_entry_*" && $evt.cpu_id == $parent.$begin.$evt.cpu_id : '
    '$evt.$name =* "syscall_exit_*" && $evt.cpu_id == $begin.$evt.cpu_id']


@pytest.fixture(scope="module")
def spans():
    """Nested spans, spans that overlap on one track, and spans without an end."""
    return find(choice.portable(), TRACES / "kernel-ctx", NESTED, ["sw : comm = $evt.next_comm : state = $evt.prev_state"],
                ["syscalls", "wakeup", "softirq"])


@pytest.fixture(autouse=True)
def forget(spans):
    """Take off what another export kept with the spans."""
    for span in spans:
        span.notes = None


@pytest.mark.parametrize("value, expected", [
    (0, b"\0"), (127, b"\x7f"), (128, b"\x80\x01"), (300, b"\xac\x02"), (-1, b"\xff" * 9 + b"\x01")])
def test_varint(value, expected):
    """protobuf.dev, "Encoding": 300 is AC 02, negative numbers take ten bytes."""
    assert varint(value) == expected


def slices(data: bytes):
    """Return (name, begin, end or None, notes) of every slice by Perfetto's own message classes, and the tracks."""
    messages = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason="needs the package perfetto")
    trace = messages.Trace()
    trace.ParseFromString(data)
    assert trace.SerializeToString() and not trace.FindInitializationErrors()
    open_, found, tracks, last = defaultdict(list), [], {}, {}
    for packet in trace.packet:
        if packet.HasField("track_descriptor"):
            assert packet.track_descriptor.uuid not in tracks
            tracks[packet.track_descriptor.uuid] = packet.track_descriptor
            continue
        event = packet.track_event
        assert event.track_uuid in tracks and last.get(event.track_uuid, 0) <= packet.timestamp
        last[event.track_uuid] = packet.timestamp
        if event.type == event.TYPE_SLICE_BEGIN:
            notes = {note.name: getattr(note, note.WhichOneof("value")) for note in event.debug_annotations}
            open_[event.track_uuid].append((event.name, packet.timestamp, notes))
        else:
            name, begin, notes = open_[event.track_uuid].pop()
            found.append((name, begin, packet.timestamp, notes))
    found += [(name, begin, None, notes) for waiting in open_.values() for name, begin, notes in waiting]
    return found, tracks


def test_perfetto_slices_are_the_spans(spans):
    found, tracks = slices(b"".join(TraceWriter("seed").spans(spans)))
    expected = [(str(span.title), span.begin_ns, None if span.status == BY_END else span.end_ns) for span in spans]
    assert any(end is None for *_, end in expected)
    assert sorted(map(repr, expected)) == sorted(repr(row[:3]) for row in found)
    states = sorted(span.captures()["state"] for span in spans if span.path == "sw" and span.status == COMPLETE)
    assert states == sorted(notes["state"] for *_, notes in found if "state" in notes)
    threads = {track.uuid for track in tracks.values() if track.HasField("thread")}
    assert threads and all(track.parent_uuid in threads for track in tracks.values() if track.name.startswith("syscall "))


def test_parts_of_a_perfetto_trace_share_tracks(spans):
    half = len(spans) // 2
    whole, first, second = (slices(b"".join(TraceWriter("seed").spans(part)))[1]
                            for part in (spans, spans[:half], spans[half:]))
    assert set(first) & set(second) and set(first) | set(second) <= set(whole)


def test_lanes_are_properly_nested(spans):
    lanes = arrange(spans)
    assert sum(len(lane.spans) for lane in lanes) == len(spans)
    for lane in lanes:
        stack, time_ns = [], 0
        for begins, span in lane.edges():
            assert (span.begin_ns if begins else span.end_ns) >= time_ns
            time_ns = span.begin_ns if begins else span.end_ns
            if begins:
                stack.append(span)
            else:
                assert stack.pop() is span
        assert not stack


def packets(chunks):
    """Return what trace packets say, by Perfetto's own message classes."""
    messages = pytest.importorskip("perfetto.protos.perfetto.trace.perfetto_trace_pb2", reason="needs the package perfetto")
    trace = messages.Trace()
    trace.ParseFromString(b"".join(chunks))
    return ([packet.track_descriptor for packet in trace.packet if packet.HasField("track_descriptor")],
            [(packet.timestamp, packet.track_event) for packet in trace.packet if packet.HasField("track_event")])


def test_counters():
    tracks, events = packets(TraceWriter().counter("n", [(1, 5), (2, -3), (3, 0.5)], "spans"))
    assert [(event.counter_value, event.double_counter_value) for _, event in events] == [(5, 0), (-3, 0), (0, 0.5)]
    assert tracks[0].counter.unit_name == "spans"


STATES = [(1, 4, "run"), (4, 6, "idle"), (8, 9, 7)]


def test_states_as_slices():
    _, events = packets(TraceWriter().states("a/b", STATES))
    assert [(time, event.type, event.name) for time, event in events] == [
        (1, 1, "run"), (4, 2, ""), (4, 1, "idle"), (6, 2, ""), (8, 1, "7"), (9, 2, "")]


def test_states_as_state_tracks():
    tracks, events = packets(TraceWriter().states("a/b", STATES, native=True))
    assert tracks[0].HasField("state") and {event.type for _, event in events} == {events[0][1].TYPE_STATE}
    assert [(time, event.name) for time, event in events] == [(1, "run"), (4, "idle"), (6, ""), (8, "7"), (9, "")]


@pytest.mark.parametrize("path, names, pid", [
    ("CPUs/3/status", ["CPUs", "CPU 3", "status"], 0), ("Threads/71/status", ["", "", "status"], 70),
    ("Threads/0_3/status", ["Threads/0_3/status"], 0), ("Processes/70/files/3", ["", "files/3"], 70)])
def test_states_are_under_what_they_are_of(path, names, pid):
    people = Identities()
    for tid, name in ((71, "worker"), (70, "main")):
        thread = Thread(tid, name)
        thread.pid = 70
        people.see_thread(thread)
    tracks, _ = packets(TraceWriter("", people).states(path, STATES))
    assert [track.name for track in tracks] == names
    assert [track.parent_uuid for track in tracks][-1] == (tracks[-2].uuid if len(tracks) > 1 else 0)
    assert (tracks[0].process.pid, tracks[0].process.process_name) == (pid, "main" if pid else "")


def test_open_counts(spans):
    waking = [span for span in spans if span.path == "wakeup"]
    points = list(open_counts(waking))
    assert points[-1][1] == 0 and all(one[0] < other[0] for one, other in zip(points, points[1:]))
    time_ns, count = points[len(points) // 2]
    assert count == sum(span.begin_ns <= time_ns < span.end_ns for span in waking)


def test_otlp_is_the_spans(spans):
    pytest.importorskip("opentelemetry.proto.trace.v1.trace_pb2", reason="needs the package opentelemetry-proto")
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    document = json.loads(otlp.request(spans, "uuid", {"service.name": "s", "host.name": None}, "1"))
    (resource,) = document["resourceSpans"]
    for one in resource["scopeSpans"][0]["spans"]:
        # OTLP/JSON has identifiers in hexadecimal, where protobuf's JSON has base64: lengths are checked, then they
        # are left out.
        assert len(one.pop("traceId")) == 32 and len(one.pop("spanId")) == 16 and len(one.pop("parentSpanId", "0" * 16)) == 16
    request = json_format.ParseDict(document, ExportTraceServiceRequest())
    threads = [attribute.value.int_value for one in request.resource_spans[0].scope_spans[0].spans
               for attribute in one.attributes if attribute.key == "thread.id"]
    assert threads.count(600) == sum(span.path == "syscall" and span.kept == (600,) for span in spans) + sum(
        span.path == "wakeup" and span.kept == (600,) for span in spans) > 0
    found = [(one.name, one.start_time_unix_nano, one.end_time_unix_nano, one.status.code == one.status.STATUS_CODE_ERROR)
             for one in request.resource_spans[0].scope_spans[0].spans]
    assert found == [(str(span.title), span.begin_ns, span.end_ns, span.status != COMPLETE) for span in spans]
    assert [attribute.key for attribute in request.resource_spans[0].resource.attributes] == ["service.name"]


def test_otlp_identifiers(spans):
    found = {span: otlp.identifiers(span, "uuid") for span in spans}
    assert len({own for _, own in found.values()}) == len(spans)
    inner = next(span for span in spans if span.parent is not None and span.parent in found)
    assert found[inner][0] == found[inner.parent][0] and otlp.span_object(inner, "uuid")["parentSpanId"] == found[inner.parent][1].hex()
    for span in spans:
        span.notes = None
    assert otlp.identifiers(inner, "other") != found[inner]


def test_otlp_values():
    assert otlp.attribute_list({"a": True, "b": -1, "c": 2**63, "d": 0.5, "e": "x", "f": (1, "y"), "g": None}) == [
        {"key": "a", "value": {"boolValue": True}}, {"key": "b", "value": {"intValue": "-1"}},
        {"key": "c", "value": {"stringValue": str(2**63)}}, {"key": "d", "value": {"doubleValue": 0.5}},
        {"key": "e", "value": {"stringValue": "x"}},
        {"key": "f", "value": {"arrayValue": {"values": [{"intValue": "1"}, {"stringValue": "y"}]}}}]


def test_folded_stacks_have_all_time_of_the_roots(spans):
    nested = [span for span in spans if span.path in ("sw", "sw/sys")]
    folded = stacks.FoldedStacks()
    for span in nested:
        folded.take(span)
    lost = sum(span.duration_ns for span in nested if span.path == "sw/sys" and span.parent.status != COMPLETE
               and span.status == COMPLETE)
    roots = sum(span.duration_ns for span in nested if span.path == "sw" and span.status == COMPLETE)
    # System calls of one thread on one CPU may overlap where an exit was not recorded.
    assert roots + lost <= sum(folded.weights.values()) < (roots + lost) * 1.01
    lines = list(folded.lines())
    assert lines == sorted(lines) and any(line.startswith("sw;sys ") for line in lines)


def test_speedscope_profiles_open_and_close_in_order(spans):
    scope = stacks.Speedscope("n", "e")
    scope.spans(spans)
    document = json.loads(scope.text())
    frames, events = len(document["shared"]["frames"]), 0
    for profile in document["profiles"]:
        waiting, at = [], 0
        for event in profile["events"]:
            assert 0 <= event["frame"] < frames and event["at"] >= at
            at = event["at"]
            if event["type"] == "O":
                waiting.append(event["frame"])
            else:
                assert waiting.pop() == event["frame"]
            events += 1
        assert not waiting and profile["endValue"] >= at
    assert events == 2 * len(spans)


def test_delivery_retries_backs_off_and_drops_the_oldest():
    answers = [Answer(503), Answer(None), Answer(429, 9.0), Answer(200), Answer(400), Answer(200)]
    sent: list[bytes] = []

    def send(body: bytes) -> Answer:
        sent.append(body)
        return answers.pop(0)
    delivery = Delivery(send, capacity_bytes=6)
    delivery.put(b"one", 1)
    times = []
    for _ in range(3):
        delivery.run(delivery.next_s if delivery.next_s > 0 else 0.0)
        times.append(delivery.next_s)
        delivery.run(delivery.next_s - 0.01)
    assert times == [0.5, 1.5, 10.5] and sent == [b"one"] * 3
    delivery.put(b"two", 2)
    delivery.put(b"six", 4)
    assert delivery.dropped == 1
    delivery.put(b"10", 8)
    assert delivery.dropped == 3
    delivery.run(20.0)
    assert (delivery.sent, delivery.refused, delivery.waiting) == (4, 8, False) and sent[3:] == [b"six", b"10"]
    delivery.put(b"end", 16)
    delivery.abandon()
    assert delivery.dropped == 19
