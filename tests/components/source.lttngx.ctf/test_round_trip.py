"""Random field classes with random values: what the independent encoder wrote is read back."""

import itertools
import shutil
import struct

from collected import BLOB
from ctf_encoder import fixed, metadata, packet_of, structure, unsigned, write_trace
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

ORDER = st.sampled_from(["little-endian", "big-endian"])
ALIGNMENT = st.sampled_from([1, 1, 1, 2, 8, 16, 32])
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6)
SMALL = st.integers(0, 3)
NUMBERS = itertools.count()


@st.composite
def integer(draw, order):
    length, signed = draw(st.integers(1, 64)), draw(st.booleans())
    low = -(1 << length - 1) if signed else 0
    fc = fixed("signed-integer" if signed else "unsigned-integer", length, order, alignment=draw(ALIGNMENT))
    value = draw(st.integers(low, low + (1 << length) - 1))
    return fc, value, value


@st.composite
def real(draw, order):
    length = draw(st.sampled_from([32, 64]))
    value = draw(st.floats(width=length, allow_nan=False))
    return fixed("floating-point-number", length, order, alignment=draw(ALIGNMENT)), value, value


@st.composite
def leb(draw, order):
    value = draw(st.integers(-(1 << 63), (1 << 63) - 1))
    return {"type": "variable-length-signed-integer"}, value, value


@st.composite
def string(draw, order):
    value, encoding = draw(TEXT), draw(st.sampled_from(["utf-8", "utf-16be", "utf-32le"]))
    if draw(st.booleans()):
        return {"type": "null-terminated-string", "encoding": encoding}, value, value
    return {"type": "static-length-string", "length": len(value.encode(encoding)), "encoding": encoding}, value, value


@st.composite
def blob(draw, order):
    value = draw(st.binary(max_size=5))
    return {"type": "static-length-blob", "length": len(value)}, value, BLOB(value)


def leaf(order):
    return st.one_of(integer(order), integer(order), real(order), leb(order), string(order), blob(order))


@st.composite
def group(draw, order, depth):
    """A structure; each member may bring a key member before it."""
    members, values, found = {}, {}, {}

    def add(name, item):
        members[name], values[name], found[name] = item

    for number in range(draw(SMALL)):
        key, name = f"k{number}", f"m{number}"
        shape = draw(st.sampled_from(["plain", "static", "dynamic", "optional", "variant"])) if depth else "plain"
        if shape == "plain":
            add(name, draw(leaf(order)))
            continue
        inner, value, expected = draw(st.one_of(leaf(order), group(order, depth - 1)))
        location = {"path": [key]}
        if shape == "static":
            count = draw(SMALL)
            add(name, ({"type": "static-length-array", "element-field-class": inner, "length": count},
                       [value] * count, [expected] * count))
        elif shape == "dynamic":
            count = draw(SMALL)
            add(key, (unsigned(draw(st.integers(2, 40)), order), count, count))
            add(name, ({"type": "dynamic-length-array", "element-field-class": inner, "length-field-location": location},
                       [value] * count, [expected] * count))
        elif shape == "optional":
            there = draw(st.booleans())
            add(key, (fixed("boolean", draw(st.integers(1, 9)), order), int(there), there))
            add(name, ({"type": "optional", "field-class": inner, "selector-field-location": location},
                       value if there else None, expected if there else None))
        else:
            choice = draw(st.integers(0, 1))
            options = [{"name": "a", "field-class": inner, "selector-field-ranges": [[0, 0]]},
                       {"name": "b", "field-class": unsigned(3, order), "selector-field-ranges": [[1, 7]]}]
            add(key, (unsigned(5, order), choice, choice))
            add(name, ({"type": "variant", "options": options, "selector-field-location": location},
                       (choice, 5 if choice else value), (choice, 5 if choice else expected)))
    return structure(**members), values, found


@st.composite
def record(draw):
    order = draw(ORDER)
    fc, value, expected = draw(group(order, 3))
    end = structure(**{member["name"]: member["field-class"] for member in fc["member-classes"]},
                    tail=unsigned(8, order, alignment=8))
    return end, {**value, "tail": 0xA5}, {**expected, "tail": 0xA5}


def packed(value):
    """Return a value in which floating point numbers are compared bit by bit."""
    if isinstance(value, float):
        return struct.pack("d", value)
    if isinstance(value, dict):
        return {name: packed(item) for name, item in value.items()}
    return type(value)(packed(item) for item in value) if isinstance(value, (list, tuple)) else value


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(record())
def test_read_back(host, tmp_path, case):
    fc, value, expected = case
    directory = tmp_path / str(next(NUMBERS))
    path = write_trace(directory, metadata(fc), data=packet_of(fc, [value, value], pad_bytes=3))
    assert packed(host.events(path)) == packed([expected, expected])
    shutil.rmtree(directory)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(record())
def test_skipping_reads_as_far_as_decoding(host, tmp_path, case):
    """Unwanted fields are skipped by merged operations: the last member, alone wanted, is found in its place."""
    fc, value, _ = case
    directory = tmp_path / f"s{next(NUMBERS)}"
    path = write_trace(directory, metadata(fc), data=packet_of(fc, [value, value]))
    assert host.events(path, fields=["payload.tail"]) == [{"tail": 0xA5}] * 2
    assert host.events(path, events=["none"]) == []
    shutil.rmtree(directory)
