"""Forms of metadata streams: packets in both byte orders, streams that grow, and what is no metadata at all."""

import random
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from dump import dump
from hypothesis import given, settings
from hypothesis import strategies as st

from lttngx.ctf import model
from lttngx.ctf.faults import MetadataError
from lttngx.ctf.metadata import read_metadata

DATA = Path(__file__).parents[2] / "data" / "metadata"
UUID = bytes(range(16))
TSDL = (DATA / "by-hand.metadata").read_bytes()
JSON = (DATA / "lttng-ust-ctf2-blob.metadata").read_bytes()


def packet(text: bytes, mark: str = "<", padding: int = 0, **changes: int) -> bytes:
    """Return a metadata packet (CTF 1.8 § 7.1); changes: header fields other than usual."""
    header = {
        "magic": 0x75D11D57,
        "checksum": 0,
        "content": (37 + len(text)) * 8,
        "total": (37 + len(text) + padding) * 8,
        "compression": 0,
        "encryption": 0,
        "scheme": 0,
        "major": 1,
        "minor": 8,
    } | changes
    magic, checksum, *others = header.values()
    return struct.pack(mark + "I16sIIIBBBBB", magic, UUID, checksum, *others) + text + bytes(padding)


@pytest.mark.parametrize("mark", "<>")
@pytest.mark.parametrize("text", [TSDL, JSON], ids=["tsdl", "json"])
def test_packets_hold_the_same_as_plain_text(mark, text):
    middle = len(text) // 2
    packets = packet(text[:middle], mark, padding=11) + packet(text[middle:], mark)
    assert read_metadata(packets) == read_metadata(text)


def test_packetized_ctf_2_says_its_own_version():
    assert read_metadata(packet(JSON, major=2, minor=0)) == read_metadata(JSON)


def test_uuid_of_packets_serves_a_trace_without_one():
    assert read_metadata(packet(b"trace { major = 1; minor = 8; byte_order = le; };")).uuid.bytes == UUID


def test_last_packet_may_lack_its_padding():
    assert read_metadata(packet(TSDL, padding=4000)[:-3000]) == read_metadata(TSDL)


@pytest.mark.parametrize(
    "data, message",
    [
        (packet(b"x", magic=0x75D11D57) + b"\0" * 36, "packet 2: expected a header of 37 bytes, got 36 bytes"),
        (packet(b"x") + packet(b"x", magic=7), "packet 2: expected magic number 0x75d11d57, got 0x7"),
        (packet(b"x", compression=1), "packet 1: expected no compression, got compression scheme 1"),
        (packet(b"x", encryption=2), "packet 1: expected no encryption, got encryption scheme 2"),
        (packet(b"x", major=1, minor=9), "packet 1: expected version 1.8 or 2.0, got 1.9"),
        (
            packet(b"x", content=8),
            "packet 1: expected content size from 296 bits to total size, whole bytes, got 8 of 304 bits",
        ),
        (packet(b"xyz")[:-1], "packet 1: expected 40 bytes, got 39 bytes"),
        (
            packet(b"x") + packet(b"x").replace(UUID, UUID[::-1]),
            f"packet 2: expected UUID {'00010203-0405-0607-0809-0a0b0c0d0e0f'}, "
            "got 0f0e0d0c-0b0a-0908-0706-050403020100",
        ),
    ],
    ids=["header", "magic", "compression", "encryption", "version", "content", "cut", "uuid"],
)
def test_wrong_packet(data, message):
    with pytest.raises(MetadataError) as error:
        read_metadata(data)
    assert str(error.value) == f"Cannot read metadata: {message}"


def test_path_is_named_in_messages(tmp_path):
    with pytest.raises(MetadataError) as error:
        read_metadata(tmp_path)
    assert str(error.value) == f"Cannot read metadata: path='{tmp_path}/metadata': No such file or directory"
    (tmp_path / "metadata").write_text("@")
    with pytest.raises(MetadataError) as error:
        read_metadata(tmp_path)
    assert str(error.value).endswith(f"got `@`, path='{tmp_path}/metadata'")


def test_trace_directory_is_a_source(tmp_path):
    (tmp_path / "metadata").write_bytes(TSDL)
    assert read_metadata(tmp_path) == read_metadata(str(tmp_path / "metadata")) == read_metadata(TSDL)


def growing_json(events: int) -> bytes:
    length = '{"type": "fixed-length-unsigned-integer", "length": 8, "byte-order": "little-endian"}'
    fragments = [
        '{"type": "preamble", "version": 2}',
        '{"type": "data-stream-class", "id": 0, "packet-context-field-class": {"type": "structure", "member-classes": '
        f'[{{"name": "p", "field-class": {length}}}]}}}}',
    ]
    for number in range(events):
        origin = '{"origin": "packet-context", "path": ["p"]}' if number == 4 else '{"path": ["n"]}'
        fragments.append(
            f'{{"type": "event-record-class", "id": {number}, "payload-field-class": {{"type": "structure", '
            f'"member-classes": [{{"name": "n", "field-class": {length}}}, {{"name": "s", "field-class": '
            f'{{"type": "dynamic-length-string", "length-field-location": {origin}}}}}]}}}}'
        )
    return "".join("\x1e" + fragment for fragment in fragments).encode()


def growing_tsdl(events: int) -> bytes:
    length = "integer { size = 8; }"
    text = "trace { major = 1; minor = 8; byte_order = le; packet.header := struct { " + length + " stream_id; }; };"
    text += (
        "stream { id = 0; packet.context := struct { "
        + length
        + " p; }; event.header := struct { "
        + length
        + " id; }; };"
    )
    for number in range(events):
        key = "stream.packet.context.p" if number == 4 else "n"
        text += f"event {{ id = {number}; stream_id = 0; fields := struct {{ {length} n; {length} s[{key}]; }}; }};"
    return text.encode()


@pytest.mark.parametrize("grown", [growing_json, growing_tsdl])
def test_a_grown_stream_keeps_slots(grown):
    old, new = read_metadata(grown(4)), read_metadata(grown(6))
    old_stream, new_stream = old.data_stream_classes[0], new.data_stream_classes[0]
    assert (old.slot_count, new.slot_count) == (4, 6)
    assert {id: new_stream.event_record_classes[id] for id in range(4)} == old_stream.event_record_classes
    # Event record class 4 made a member of the packet context a key field: nothing else of the stream changed.
    (before,), (after,) = old_stream.packet_context.members, new_stream.packet_context.members
    assert (before.field_class.slots, after.field_class.slots) == ((), (4,))
    assert replace(after.field_class, slots=()) == before.field_class


def test_evolving_lttng_metadata_extends_itself():
    """LTTng appends packets when a tracepoint provider is loaded: a shorter stream gives a part of the longer one's
    classes."""
    whole = (DATA / "lttng-ust.metadata").read_bytes()
    first = whole[:4096]
    assert whole[4096:4100] == first[:4]
    text = b"".join(part[37:struct.unpack_from("<I", part, 24)[0] // 8] for part in (first, whole[4096:]))
    cut = text[:text.rindex(b"\nevent {") + 1]
    old, new = read_metadata(cut), read_metadata(whole)
    for id, stream in old.data_stream_classes.items():
        known = new.data_stream_classes[id].event_record_classes
        assert {key: known[key] for key in stream.event_record_classes} == stream.event_record_classes
    assert sum(len(stream.event_record_classes) for stream in new.data_stream_classes.values()) == 1 + sum(
        len(stream.event_record_classes) for stream in old.data_stream_classes.values())


def survives(data: bytes) -> None:
    """Read anything: a trace class or a MetadataError of one line, never another exception."""
    try:
        trace = read_metadata(data)
    except MetadataError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(trace, model.TraceClass)


SAMPLES = [path.read_bytes() for path in sorted(DATA.glob("*.metadata")) if path.stat().st_size < 11000]
TOKENS = [
    b"{",
    b"}",
    b";",
    b"=",
    b":=",
    b"[",
    b"]",
    b"<",
    b">",
    b"integer",
    b"struct",
    b"variant",
    b"enum",
    b"-1",
    b"0",
    b"...",
    b'"',
    b"\\",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"type"',
    b"9" * 30,
    b"9" * 5000,
    b"1e999",
    b"\x1e",
    b"\0",
    b"\xff",
    b"/*",
    b"align",
    b"event.fields",
    b"typealias",
    b"string",
    b"0x",
    b"'",
    b"'\\'",
    b"'\\",
    b'"\\x"',
]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{len(sample)}-bytes")
def test_truncated(sample):
    for end in range(0, len(sample), max(1, len(sample) // 60)):
        survives(sample[:end])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{len(sample)}-bytes")
def test_mutated(sample):
    chance = random.Random(len(sample))
    for _ in range(100):
        data = bytearray(sample)
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(data))
            end = start + chance.choice([0, 1, 1, 3, 20])
            data[start:end] = chance.choice([chance.choice(TOKENS), data[end:end + 9], chance.randbytes(1), b""])
        survives(bytes(data))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from(TOKENS) | st.binary(max_size=3), max_size=30),
    st.sampled_from([b"", b"trace { ", b"\x1e", b"event { "]),
)
def test_any_tokens(tokens, start):
    survives(start + b" ".join(tokens))


@pytest.mark.parametrize("data", [
    b"trace { major = 1; minor = 8; byte_order = le; }; event { fields := " + b"struct { " * 5000,
    b"\x1e" + b"[" * 100_000,
    b'\x1e{"type": "preamble", "version": 2}\x1e{"type": "field-class-alias", "name": "x", "field-class": '
    + b'{"type": "structure", "member-classes": [{"name": "", "field-class": ' * 3000 + b'"x"' + b"}]}" * 3000 + b"}",
], ids=["tsdl", "json", "json-structures"])
def test_deep_nesting(data):
    survives(data)


def test_every_sample_is_read():
    """Guards the mutation tests: unharmed samples are no errors."""
    for sample in SAMPLES:
        assert dump(read_metadata(sample)).startswith("trace: TraceClass")
