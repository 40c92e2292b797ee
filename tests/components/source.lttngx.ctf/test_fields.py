"""Each field class at every bit of a byte, in both byte orders, against the independent encoder."""

import struct

import pytest
from collected import BLOB
from ctf_encoder import fixed, metadata, packet_of, structure, unsigned, write_trace

ORDERS = ("little-endian", "big-endian")
BIT_ORDERS = ("first-to-last", "last-to-first")
TAIL = 0xA5


def read_one(host, directory, fc, value, pad=0, order="little-endian", before=None, count=2):
    """Write `count` records of (key fields, pad, value, tail) and return the values read; check that the tail is in its place."""
    members = {**{name: key for name, (key, _) in (before or {}).items()}}
    values = {name: number for name, (_, number) in (before or {}).items()}
    if pad:
        members["pad"], values["pad"] = unsigned(pad, order), (1 << pad) - 1
    payload = structure(**members, x=fc, tail=unsigned(8, order, alignment=8))
    records = [{**values, "x": value, "tail": TAIL}] * count
    path = write_trace(directory, metadata(payload), data=packet_of(payload, records))
    found = host.events(path)
    assert [event["tail"] for event in found] == [TAIL] * count
    assert found[0] == found[-1]
    return found[0]["x"]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("length", [1, 3, 7, 8, 9, 16, 17, 31, 32, 33, 57, 63, 64])
def test_unsigned_integers_at_odd_bits(host, tmp_path, order, length):
    value = 0x9E3779B97F4A7C15 & (1 << length) - 1
    for pad in (0, 1, 5, 7):
        assert read_one(host, tmp_path / f"{pad}", unsigned(length, order), value, pad, order) == value


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("length,value", [(1, -1), (5, -16), (8, -2), (13, -4096), (32, -7), (33, -(1 << 32)), (64, -(1 << 63)),
                                          (64, (1 << 63) - 1), (7, 63)])
def test_signed_integers_at_odd_bits(host, tmp_path, order, length, value):
    for pad in (0, 3):
        fc = fixed("signed-integer", length, order)
        assert read_one(host, tmp_path / f"{pad}", fc, value, pad, order) == value


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("bits", BIT_ORDERS)
@pytest.mark.parametrize("length", [4, 8, 12, 32, 64])
def test_bit_orders(host, tmp_path, order, bits, length):
    value = 0x123456789ABCDEF1 & (1 << length) - 1
    fc = unsigned(length, order, **{"bit-order": bits})
    assert read_one(host, tmp_path, fc, value, 2, order) == value


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("alignment", [1, 8, 16, 32, 64])
def test_alignment(host, tmp_path, order, alignment):
    assert read_one(host, tmp_path, unsigned(16, order, alignment=alignment), 0xBEEF, 3, order) == 0xBEEF


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("length,value", [(16, 1.5), (16, -0.0), (16, 2.0 ** -24), (16, float("inf")), (32, -2.5), (64, 1e300)])
def test_floating_point_numbers(host, tmp_path, order, length, value):
    for pad in (0, 5):
        found = read_one(host, tmp_path / f"{pad}", fixed("floating-point-number", length, order), value, pad, order)
        assert struct.pack("d", found) == struct.pack("d", value)


def test_boolean_bit_array_and_bit_map(host, tmp_path):
    assert read_one(host, tmp_path / "a", fixed("boolean", 3), 4, 2) is True
    assert read_one(host, tmp_path / "b", fixed("boolean", 8), 0, 2) is False
    assert read_one(host, tmp_path / "c", fixed("bit-array", 11), 0x5A5, 2) == 0x5A5
    assert read_one(host, tmp_path / "d", fixed("bit-map", 9, flags={"f": [[0, 3]]}), 0x101, 2) == 0x101


@pytest.mark.parametrize("value", [0, 1, 127, 128, 16383, 16384, (1 << 63) - 1, 1 << 63, (1 << 64) - 1])
def test_unsigned_leb128(host, tmp_path, value):
    assert read_one(host, tmp_path, {"type": "variable-length-unsigned-integer"}, value, 3) == value


@pytest.mark.parametrize("value", [0, -1, 63, 64, -64, -65, (1 << 63) - 1, -(1 << 63)])
def test_signed_leb128(host, tmp_path, value):
    assert read_one(host, tmp_path, {"type": "variable-length-signed-integer"}, value, 3) == value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16le", "utf-16be", "utf-32le", "utf-32be"])
@pytest.mark.parametrize("text", ["", "plain", "é€𝄞", "\u0100\u0001"])
def test_strings(host, tmp_path, encoding, text):
    size = len(text.encode(encoding))
    length = {"n": (unsigned(16, alignment=8), size)}
    assert read_one(host, tmp_path / "z", {"type": "null-terminated-string", "encoding": encoding}, text, 3) == text
    static = {"type": "static-length-string", "length": size + 4, "encoding": encoding}
    assert read_one(host, tmp_path / "s", static, text, 3) == text
    dynamic = {"type": "dynamic-length-string", "encoding": encoding, "length-field-location": {"path": ["n"]}}
    assert read_one(host, tmp_path / "d", dynamic, text, 3, before=length) == text


def test_unpaired_surrogate_is_replaced(host, tmp_path):
    payload = structure(x={"type": "static-length-string", "length": 4, "encoding": "utf-16le"})
    data = bytearray(packet_of(payload, [{"x": "ab"}]))
    data[8:10] = b"\x00\xd8"
    assert host.events(write_trace(tmp_path, metadata(payload), data=bytes(data))) == [{"x": "\ufffdb"}]


def test_an_empty_string_after_a_longer_one_is_empty(host, tmp_path):
    payload = structure(x={"type": "null-terminated-string"})
    path = write_trace(tmp_path, metadata(payload), data=packet_of(payload, [{"x": "longer"}, {"x": ""}, {"x": "y"}]))
    assert [event["x"] for event in host.events(path)] == ["longer", "", "y"]


@pytest.mark.parametrize("data", [b"", b"\x00\xff\x01"])
def test_blobs(host, tmp_path, data):
    static = {"type": "static-length-blob", "length": len(data)}
    assert read_one(host, tmp_path / "s", static, data, 3) == BLOB(data)
    dynamic = {"type": "dynamic-length-blob", "length-field-location": {"path": ["n"]}}
    assert read_one(host, tmp_path / "d", dynamic, data, 3, before={"n": (unsigned(8), len(data))}) == BLOB(data)


@pytest.mark.parametrize("order", ORDERS)
def test_arrays_of_odd_integers(host, tmp_path, order):
    element, values = unsigned(5, order), [1, 31, 7, 0, 16]
    static = {"type": "static-length-array", "element-field-class": element, "length": 5, "minimum-alignment": 16}
    assert read_one(host, tmp_path / "s", static, values, 3, order) == values
    dynamic = {"type": "dynamic-length-array", "element-field-class": element, "length-field-location": {"path": ["n"]}}
    assert read_one(host, tmp_path / "d", dynamic, values, 3, order, {"n": (unsigned(8, order), 5)}) == values


def test_an_empty_array_is_aligned(host, tmp_path):
    array = {"type": "dynamic-length-array", "element-field-class": unsigned(8, alignment=64),
             "length-field-location": {"path": ["n"]}}
    assert read_one(host, tmp_path, array, [], 3, before={"n": (unsigned(8), 0)}) == []


def test_arrays_of_strings_and_of_structures(host, tmp_path):
    inner = structure(a=unsigned(3), b={"type": "null-terminated-string"})
    array = {"type": "static-length-array", "element-field-class": inner, "length": 2}
    value = [{"a": 5, "b": "x"}, {"a": 2, "b": ""}]
    assert read_one(host, tmp_path, array, value, 3) == value


@pytest.mark.parametrize("key,selector,ranges,there", [
    (fixed("boolean", 8), 1, None, True), (fixed("boolean", 8), 0, None, False),
    (unsigned(8), 7, [[5, 9]], True), (unsigned(8), 4, [[5, 9]], False), (unsigned(64), 1 << 63, [[1 << 63, (1 << 64) - 1]], True),
    (fixed("signed-integer", 8), -3, [[-5, -1]], True), (fixed("signed-integer", 8), 3, [[-5, -1]], False)])
def test_optionals(host, tmp_path, key, selector, ranges, there):
    fc = {"type": "optional", "field-class": unsigned(11), "selector-field-location": {"path": ["k"]}}
    if ranges:
        fc["selector-field-ranges"] = ranges
    value = 1234 if there else None
    assert read_one(host, tmp_path, fc, value, 3, before={"k": (key, selector)}) == value


@pytest.mark.parametrize("selector,option,value", [(0, 0, 9), (5, 1, "text"), (-7, 2, [1, 2])])
def test_variants(host, tmp_path, selector, option, value):
    fc = {"type": "variant", "selector-field-location": {"path": ["k"]}, "options": [
        {"name": "n", "field-class": unsigned(7), "selector-field-ranges": [[0, 0]]},
        {"name": "s", "field-class": {"type": "null-terminated-string"}, "selector-field-ranges": [[3, 8], [20, 30]]},
        {"field-class": {"type": "static-length-array", "element-field-class": unsigned(3), "length": 2},
         "selector-field-ranges": [[-9, -5]]}]}
    before = {"k": (fixed("signed-integer", 8), selector)}
    assert read_one(host, tmp_path, fc, (option, value), 3, before=before) == (option, value)


def test_key_inside_an_array_element_serves_its_own_element(host, tmp_path):
    element = structure(n=unsigned(8), x={"type": "dynamic-length-array", "element-field-class": unsigned(4),
                                          "length-field-location": {"path": ["n"]}})
    array = {"type": "static-length-array", "element-field-class": element, "length": 3}
    value = [{"n": 2, "x": [1, 2]}, {"n": 0, "x": []}, {"n": 3, "x": [3, 4, 5]}]
    assert read_one(host, tmp_path, array, value, 0) == value


def test_last_decoded_of_several_keys_counts(host, tmp_path):
    """The length is in whichever option of an earlier variant was selected."""
    options = [{"name": name, "field-class": structure(n=unsigned(bits)), "selector-field-ranges": [[number, number]]}
               for number, (name, bits) in enumerate([("small", 8), ("large", 16)])]
    chooser = {"type": "variant", "selector-field-location": {"path": ["k"]}, "options": options}
    array = {"type": "dynamic-length-array", "element-field-class": unsigned(8),
             "length-field-location": {"path": ["v", "n"]}}
    for selector in (0, 1):
        before = {"k": (unsigned(8), selector), "v": (chooser, (selector, {"n": 2}))}
        assert read_one(host, tmp_path / str(selector), array, [8, 9], before=before) == [8, 9]


def test_enumerations_are_integers_with_labels(host, tmp_path):
    fc = unsigned(4, mappings={"low": [[0, 3]], "three": [[3, 3], [9, 9]]})
    assert read_one(host, tmp_path, fc, 3, 1) == 3
