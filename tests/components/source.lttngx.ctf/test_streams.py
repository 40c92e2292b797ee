"""Packets, clocks, losses and streams of several files: messages against arithmetic on paper."""

import json
import struct

import pytest
from ctf_encoder import RS, Packet, metadata, put, structure, unsigned, write_trace

from lttngx.core.native.decode_source import host_version

BYTE = {"alignment": 8}


def role(name, length=32):
    return unsigned(length, **BYTE, roles=[name])


CONTEXT = structure(
    total=role("packet-total-length"), content=role("packet-content-length"), begin=role("default-clock-timestamp", 64),
    end=role("packet-end-default-clock-timestamp", 64), lost=role("discarded-event-record-counter-snapshot"),
    seq=role("packet-sequence-number"), cpu=unsigned(8, **BYTE))
HEADER = structure(id=unsigned(8, **BYTE, roles=["event-record-class-id"]),
                   time=unsigned(16, **BYTE, roles=["default-clock-timestamp"]))
LONG_HEADER = structure(id=unsigned(8, **BYTE, roles=["event-record-class-id"]),
                        time=unsigned(64, **BYTE, roles=["default-clock-timestamp"]))
PAYLOAD = structure(v=unsigned(8, **BYTE))
ID = structure(stream=unsigned(8, **BYTE, roles=["data-stream-id"]))


def packet(times, begin=0, end=None, lost=0, seq=0, cpu=1, stream=None, pad=2, event=0, header=HEADER):
    """Return a packet with an event at each time; `end` defaults to the last."""
    body = Packet()
    end = max([begin, *times]) if end is None else end

    def heads(total, content):
        out = Packet()
        if stream is not None:
            put(out, ID, {"stream": stream})
        put(out, CONTEXT, {"total": total, "content": content, "begin": begin, "end": end, "lost": lost, "seq": seq, "cpu": cpu})
        return out

    body = heads(0, 0)
    for number, time in enumerate(times):
        put(body, header, {"id": event, "time": time & 0xFFFF})
        put(body, PAYLOAD, {"v": number})
    head = heads(8 * (len(body.data) + pad), body.head)
    return bytes(head.data) + bytes(body.data[len(head.data):]) + bytes(pad)


def text(streams=False, env=None, header=HEADER):
    result = metadata(PAYLOAD, CONTEXT, clock={"origin": "unix-epoch"}, **{"event-record-header-field-class": header})
    extra = {}
    if streams:
        extra["packet-header-field-class"] = ID
    if env:
        extra["environment"] = env
    if extra:
        first, rest = result.split(b"\n", 1)
        result = first + b"\n" + RS + json.dumps({"type": "trace-class", **extra}).encode() + b"\n" + rest
    return result


def kinds(messages):
    return [message[0] for message in messages]


def times(messages):
    return [message[1] for message in messages if message[0] == "Event"]


def test_message_sequence_and_clock_wrap(host, tmp_path):
    """A 16-bit time below the last one's low bits means that the clock wrapped once."""
    data = packet([0x1FFF0, 0x20001, 0x20001, 0x2FFFF, 0x30000], begin=0x1FF00, end=0x30010)
    messages = host.run([write_trace(tmp_path, text(), data=data)])
    assert kinds(messages) == ["StreamBeginning", "PacketBeginning", *["Event"] * 5, "PacketEnd", "StreamEnd"]
    assert times(messages) == [0x1FFF0, 0x20001, 0x20001, 0x2FFFF, 0x30000]
    assert messages[1] == ("PacketBeginning", 0x1FF00, 0, {"cpu": 1})
    assert messages[-2][:2] == ("PacketEnd", 0x30010)


def test_losses(host, tmp_path):
    """Counter 2, 2, 9: seven events between the second and third packets' ends; sequence 0, 1, 4: two packets.

    A first packet's counter above 0 is an unknown loss to Babeltrace 2.0, and none to 2.1.
    """
    data = (packet([10], 5, 20, lost=2, seq=0) + packet([30], 25, 40, lost=2, seq=1) + packet([60], 50, 70, lost=9, seq=4))
    messages = host.run([write_trace(tmp_path, text(), data=data)])
    first = [("DiscardedEvents", 5, 20, None, 0)] if host_version() < (2, 1) else []
    assert [message for message in messages if message[0].startswith("Discarded")] == [
        *first, ("DiscardedEvents", 40, 70, 7, 0), ("DiscardedPackets", 40, 50, 2, 0)]
    order = kinds(messages)
    assert order[-6:] == ["DiscardedEvents", "DiscardedPackets", "PacketBeginning", "Event", "PacketEnd", "StreamEnd"]


@pytest.mark.parametrize("begin, expected", [(None, [7, 3, 2**32 - 13, 4]), (45, [3, 2**32 - 13, 4]), (65, [3, 2**32 - 13, 4]), (105, [4])])
def test_counter_of_a_packet_delivered_late(host, tmp_path, begin, expected):
    """Counter 2, 9, 5, 12, 2^32 - 1, 3: nothing between the second and the third, three before the fourth; then 32 bits wrap: four."""
    counters = [2, 9, 5, 12, 2**32 - 1, 3]
    data = b"".join(packet([10 + 20 * n], 5 + 20 * n, 20 + 20 * n, lost=lost, seq=n) for n, lost in enumerate(counters))
    messages = host.run([write_trace(tmp_path, text(), data=data)], **{} if begin is None else {"begin": begin})
    counts = [message[3] for message in messages if message[0] == "DiscardedEvents"]
    assert [count for count in counts if count is not None] == expected


def test_counters_of_a_stream_begun_again(host, tmp_path):
    """Packet numbers 0, 1, 0, 1 with counters 0, 9, 2, 3: the second beginning has lost one more since its own first packet."""
    data = b"".join(packet([10 + 20 * n], 5 + 20 * n, 20 + 20 * n, lost=lost, seq=n % 2) for n, lost in enumerate([0, 9, 2, 3]))
    messages = host.run([write_trace(tmp_path, text(), data=data)])
    assert [message[3] for message in messages if message[0] == "DiscardedEvents"] == [9, 1]


def test_stream_of_several_files_is_ordered_by_time_and_repeated_packets_go(host, tmp_path):
    first, second, third = (packet([n], n, n + 5, seq=i, stream=3) for i, n in enumerate((10, 20, 30)))
    path = write_trace(tmp_path, text(streams=True), a=third, b=second + third, c=first)
    messages = host.run([path])
    assert times(messages) == [10, 20, 30]
    assert kinds(messages).count("StreamBeginning") == 1


def test_chunks_of_one_trace_are_one_trace(host, tmp_path):
    head = text(streams=True).replace(b'"version": 2', b'"version": 2, "uuid": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]')
    write_trace(tmp_path / "1", head, data=packet([10], 10, stream=0))
    write_trace(tmp_path / "2", head, data=packet([20], 20, stream=0))
    messages = host.run([tmp_path])
    assert times(messages) == [10, 20] and kinds(messages).count("StreamBeginning") == 1


def test_time_going_back_is_clamped(host, tmp_path, capfd):
    data = packet([100, 120], 100, 130) + packet([90, 140], 80, 150)
    messages = host.run([write_trace(tmp_path, text(), data=data)])
    assert times(messages) == [100, 120, 130, 140]


def test_known_tracer_errors(host, tmp_path):
    """lttng-ust 2.10: the last event is the packet's end. barectf 2.3.0: the first event is the beginning. A crash: end is 0."""
    late = {"tracer_name": "lttng-ust", "tracer_major": 2, "tracer_minor": 10, "tracer_patchlevel": 5}
    path = write_trace(tmp_path / "late", text(env=late), data=packet([10, 30], 5, 20))
    assert host.run([path])[-2][:2] == ("PacketEnd", 30)
    early = {"tracer_name": "barectf", "tracer_major": 2, "tracer_minor": 3, "tracer_patch": 0}
    path = write_trace(tmp_path / "early", text(env=early, header=LONG_HEADER), data=packet([10, 30], 20, 40, header=LONG_HEADER))
    messages = host.run([path])
    assert messages[1][:2] == ("PacketBeginning", 10) and times(messages) == [10, 30]
    path = write_trace(tmp_path / "crash", text(), data=packet([10, 30], 5, 0))
    assert host.run([path])[-2][:2] == ("PacketEnd", 30)


def test_empty_packets_and_empty_files(host, tmp_path):
    path = write_trace(tmp_path, text(), data=packet([], 5, 6) + packet([7], 7, 8), empty=b"")
    assert kinds(host.run([path])) == ["StreamBeginning", "PacketBeginning", "PacketEnd", "PacketBeginning", "Event", "PacketEnd",
                                       "StreamEnd"]


def index_of(packets, lost=lambda number: 0):
    """Return an index of version 1.0: without stream IDs and sequence numbers."""
    rows, offset = [], 0
    for number, data in enumerate(packets):
        total, content = struct.unpack_from("<II", data)
        begin, end = struct.unpack_from("<QQ", data, 8)
        rows.append(struct.pack(">7Q", offset, total, content, begin, end, lost(number), 0))
        offset += len(data)
    return struct.pack(">IIII", 0xC1F1DCC1, 1, 0, 56) + b"".join(rows)


@pytest.mark.parametrize("fits", [True, False])
def test_index_file_is_used_where_it_fits_the_data(host, tmp_path, fits):
    """Where it fits, its times select packets; here the index tells other times than the data, to see which is used."""
    packets = [packet([n], n, n + 5, seq=i) for i, n in enumerate((10, 20, 30))]
    path = write_trace(tmp_path, text(), data=b"".join(packets))
    index = index_of([data[:8] + struct.pack("<QQ", 1000 * i, 1000 * i + 5) + data[24:] for i, data in enumerate(packets)])
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "data.idx").write_bytes(index if fits else index[:-56])
    found = host.query("babeltrace.trace-infos", {"inputs": [path]})[0]["stream-infos"][0]["range-ns"]
    assert (int(found["begin"]), int(found["end"])) == ((0, 2005) if fits else (10, 35))


@pytest.mark.parametrize("stream_id", [0, 2**64 - 1])
def test_stream_ids_of_an_index_where_packets_have_none(host, tmp_path, stream_id):
    """Two files of such packets are two streams, whatever their indexes say."""
    (tmp_path / "index").mkdir()
    for name, time in (("a", 10), ("b", 20)):
        data = packet([time], time, time + 5)
        path = write_trace(tmp_path, text(), **{name: data})
        total, content, begin, end = struct.unpack_from("<IIQQ", data)
        row = struct.pack(">9Q", 0, total, content, begin, end, 0, 0, stream_id, 0)
        (tmp_path / "index" / f"{name}.idx").write_bytes(struct.pack(">IIII", 0xC1F1DCC1, 1, 1, 72) + row)
    messages = host.run([path])
    assert kinds(messages).count("StreamBeginning") == 2 and times(messages) == [10, 20]


def test_begin_and_end_leave_out_packets(host, tmp_path):
    data = b"".join(packet([n, n + 1], n, n + 5, seq=n // 10, lost=n) for n in (10, 20, 30, 40))
    path = write_trace(tmp_path, text(), data=data)
    messages = host.run([path], begin=21, end="0.000000031")
    assert times(messages) == [20, 21, 30, 31]
    assert [message[1:4] for message in messages if message[0] == "DiscardedEvents"] == [(15, 25, 10), (25, 35, 10)]


@pytest.mark.parametrize("indexed", [True, False])
def test_files_are_read_between_two_bytes(host, tmp_path, indexed):
    """The second and the third of four packets of one file; nothing of the other one. What was lost before them is not told."""
    packets = [packet([n, n + 1], n, n + 5, seq=n // 10, lost=n) for n in (10, 20, 30, 40)]
    path = write_trace(tmp_path, text(), data=b"".join(packets), other=packet([50], 50))
    if indexed:
        (tmp_path / "index").mkdir()
        (tmp_path / "index" / "data.idx").write_bytes(index_of(packets, lost=lambda number: 10 * number + 10))
    first, last = len(packets[0]), len(b"".join(packets[:3]))
    files = {str(tmp_path / "data"): [first, last]}
    messages = host.run([path], files=files)
    assert times(messages) == [20, 21, 30, 31] and kinds(messages).count("StreamBeginning") == 1
    assert [message[1:4] for message in messages if message[0] == "DiscardedEvents" and message[3] is not None] == [(25, 35, 10)]
    assert times(host.run([path], files=files, begin=30)) == [30, 31]
    assert times(host.run([path], files={str(tmp_path / "data"): [first, last + 1]})) == [20, 21, 30, 31, 40, 41]
    assert times(host.run([path], files={str(tmp_path / "data"): [0, 1 << 40], str(tmp_path / "other"): [0, 1]})) == [
        10, 11, 20, 21, 30, 31, 40, 41, 50]


def test_files_which_are_not_there_are_an_error(host, tmp_path):
    path, size = write_trace(tmp_path, text(), data=packet([7], 7)), len(packet([7], 7))
    assert 'No such data stream file: path="/data"' in host.error(path, files={"/data": [0, 1]})
    assert f"packet-offset={size}, the file ends before it: size={size}" in host.error(
        path, files={str(tmp_path / "data"): [size, size + 1]})


def test_clock_parameters(host, tmp_path):
    path = write_trace(tmp_path, text(), data=packet([7], 7, 8))
    info = host.query("babeltrace.trace-infos", {"inputs": [path], "clock-class-offset-s": 2, "clock-class-offset-ns": -1})
    assert info[0]["stream-infos"][0]["range-ns"]["begin"] == 2_000_000_006


def test_subset_of_events(host, tmp_path):
    events = [PAYLOAD, structure(w=unsigned(8, **BYTE))]
    head = metadata(None, CONTEXT, events, {"origin": "unix-epoch"}, **{"event-record-header-field-class": HEADER})
    path = write_trace(tmp_path, head, data=packet([1], 1, event=0) + packet([2, 3], 2, event=1))
    assert host.events(path, events=["e1"]) == [{"w": 0}, {"w": 1}]
    assert host.events(path, events=["e*"], fields=["payload.v"]) == [{"v": 0}, {}, {}]


def lttng_header(id_bits, time_bits, last, after=()):
    """Return LTTng's event header (compact: 5 and 27 bits; large: 16 and 32), `after` it further members."""
    def number(bits, role):
        return unsigned(bits, alignment=8 if bits % 8 == 0 else 1, roles=[role])

    long = structure(id=unsigned(32, **BYTE, roles=["event-record-class-id"]),
                     time=unsigned(64, **BYTE, roles=["default-clock-timestamp"]))
    options = [{"name": "compact", "field-class": structure(time=number(time_bits, "default-clock-timestamp")),
                "selector-field-ranges": [[0, last]]},
               {"name": "extended", "field-class": long, "selector-field-ranges": [[last + 1, last + 1]]}]
    variant = {"type": "variant", "selector-field-location": {"path": ["id"]}, "options": options}
    return {**structure(id=number(id_bits, "event-record-class-id"), v=variant, **dict(after)), "minimum-alignment": 8}


@pytest.mark.parametrize("after", [(), (("more", unsigned(3)),)])
@pytest.mark.parametrize("id_bits,time_bits,last", [(5, 27, 30), (16, 32, 65534), (4, 28, 14)])
def test_short_and_long_event_headers(host, tmp_path, id_bits, time_bits, last, after):
    """Short and long headers in turn; the short one's time wraps; the last record is cut in its header."""
    wrap = 1 << time_bits
    header = lttng_header(id_bits, time_bits, last, after)
    records = [(0, 10, False), (1, wrap - 1, False), (0, wrap + 5, False), (1, wrap + 6, True), (0, 2 * wrap + 1, True),
               (1, 2 * wrap + 2, False)]
    body = Packet()
    values = {"total": 0, "content": 0, "begin": 9, "end": 3 * wrap, "lost": 0, "seq": 0, "cpu": 1}
    put(body, CONTEXT, values)
    for number, time, long in records:
        inner = (1, {"id": number, "time": time}) if long else (0, {"time": time % wrap})
        put(body, header, {"id": last + 1 if long else number, "v": inner, **{name: 5 for name, _ in after}})
        put(body, PAYLOAD, {"v": number})
    head = Packet()
    put(head, CONTEXT, {**values, "total": 8 * len(body.data), "content": body.head})
    events = [PAYLOAD, structure(w=unsigned(8, **BYTE))]
    text_ = metadata(None, CONTEXT, events, {"origin": "unix-epoch"}, **{"event-record-header-field-class": header})
    data = bytes(head.data) + bytes(body.data[len(head.data):])
    messages = host.run([write_trace(tmp_path / "whole", text_, data=data)])
    found = [(message[3], message[1], list(message[-1][-1].values())) for message in messages if message[0] == "Event"]
    assert found == [(number, time, [number]) for number, time, _ in records]
    cut_content = struct.pack("<I", body.head - 8 - 3 * bool(after) - 9)
    path = write_trace(tmp_path / "cut", text_, data=data[:4] + cut_content + data[8:])
    assert "data ends inside a field" in host.error(path)
