"""Damaged data: an error which names file, packet and bit, after everything before it was delivered."""

import subprocess
import sys
from pathlib import Path

import bt2
import pytest
from ctf_encoder import CONTEXT, metadata, packet_of, structure, unsigned, write_trace

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "traces"
BYTE = unsigned(8)


def damaged(payload, data, tmp_path, context=CONTEXT):
    return write_trace(tmp_path, metadata(payload, context), data=bytes(data))


def array(element, **more):
    return {"type": "dynamic-length-array", "element-field-class": element, "length-field-location": {"path": ["n"]}, **more}


CASES = {
    "array longer than the packet": (structure(n=unsigned(32), x=array(BYTE)), {"n": 1 << 31, "x": []},
                                     "length exceeds the packet's content: length=2147483648, remaining-bits=0"),
    "array of nothing, far too long": (structure(n=unsigned(32), x=array(structure())), {"n": 1 << 31, "x": []},
                                       "length exceeds the packet's content: length=2147483648"),
    "string longer than the packet": (
        structure(n=BYTE, x={"type": "dynamic-length-string", "length-field-location": {"path": ["n"]}}), {"n": 9, "x": "abc"},
        "length exceeds the packet's content: length=9, remaining-bits=24"),
    "BLOB longer than the packet": (
        structure(n=unsigned(64), x={"type": "dynamic-length-blob", "length-field-location": {"path": ["n"]}}),
        {"n": (1 << 64) - 1, "x": b""}, "length exceeds the packet's content: length=18446744073709551615"),
    "LEB128 of 65 bits": (structure(x={"type": "static-length-blob", "length": 10}), {"x": b"\xff" * 9 + b"\x02"},
                          "variable-length integer exceeds 64 bits: tenth-byte=0x2"),
    "LEB128 without end": (structure(x={"type": "static-length-blob", "length": 3}), {"x": b"\xff" * 3}, "data ends inside a field"),
    "string without terminator": (structure(x={"type": "static-length-string", "length": 3}), {"x": "abc"},
                                  "string without terminator: searched-bytes=3"),
    "unknown selector": (structure(n=BYTE, x={"type": "variant", "selector-field-location": {"path": ["n"]}, "options": [
        {"name": "a", "field-class": BYTE, "selector-field-ranges": [[0, 3]]}]}), {"n": 4, "x": (0, 1)},
        "no variant option for selector: selector=4"),
    "byte orders meet inside a byte": (structure(a=unsigned(3), b=unsigned(5, "big-endian")), {"a": 1, "b": 1},
                                       "two adjacent fields which share a byte have different byte orders"),
}
# What the reader is told, where that differs from what was written.
READ_AS = {"LEB128 of 65 bits": structure(x={"type": "variable-length-unsigned-integer"}),
           "LEB128 without end": structure(x={"type": "variable-length-signed-integer"}),
           "string without terminator": structure(x={"type": "null-terminated-string"})}


@pytest.mark.parametrize("name", CASES)
def test_faults_in_fields(host, tmp_path, name):
    written, value, expected = CASES[name]
    path = damaged(READ_AS.get(name, written), packet_of(written, [value]), tmp_path)
    text = host.error(path)
    assert text.startswith(f'Cannot decode packet: file="{path}/data", packet-offset=0, bit=')
    assert expected in text


def test_a_record_without_bits_is_refused(host, tmp_path):
    data = bytearray(packet_of(structure(), [], pad_bytes=1))
    data[4] += 8
    assert "event record without a bit" in host.error(damaged(structure(), data, tmp_path))


def test_bit_of_the_fault_is_where_the_field_begins(host, tmp_path):
    payload = structure(a=unsigned(13), x=unsigned(8, alignment=8))
    data = bytearray(packet_of(payload, [{"a": 1, "x": 2}]))
    data[4] -= 1
    assert "bit=80: data ends inside a field: wanted-bits=8" in host.error(damaged(payload, data, tmp_path))


def test_every_cut_is_refused_or_ends_between_packets(host, tmp_path):
    payload = structure(n=BYTE, x=array(unsigned(3)), s={"type": "null-terminated-string"})
    value = {"n": 3, "x": [1, 2, 3], "s": "text"}
    packet = packet_of(payload, [value, value])
    for size in range(len(packet) + 1, 2 * len(packet)):
        path = damaged(payload, (packet + packet)[:size], tmp_path / str(size))
        seen = []
        with pytest.raises(bt2._Error) as caught:
            seen = host.run([path])
        assert f"packet-offset={len(packet)}, bit=" in caught.value[0].message and not seen


def test_what_comes_before_the_fault_is_delivered(host, tmp_path, plugin_directory):
    payload = structure(x=BYTE)
    packet = packet_of(payload, [{"x": 1}, {"x": 2}])
    path = damaged(payload, packet + packet[:-1], tmp_path)
    command = ["babeltrace2", "--plugin-path", plugin_directory, "-c", "source.lttngx.ctf", "-p", f'inputs=["{path}"]']
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1 and done.stdout.count("x = ") == 2
    assert "bad packet total length" in " ".join(done.stderr.split())


@pytest.mark.parametrize("params,expected", [
    ({"inputs": []}, "missing parameter: name=inputs"), ({"nope": 1}, 'unknown parameter: name="nope"'),
    ({"files": {"a": [3, 3]}}, "bad parameter: name=files, expected=a map of paths to arrays [BEGIN, END] of bytes"),
    ({"files": {"a": 3}}, "bad parameter: name=files"), ({"files": ["a"]}, "bad parameter: name=files"),
    ({"events": 5}, "bad parameter: name=events, expected=an array of strings, got=5 (integer)"),
    ({"begin": "yesterday"}, "name=begin"), ({"begin": "12:00"}, "without a date"),
    ({"clock-class-offset-s": True}, "expected=an integer"), ({"fields": [1]}, "name=fields, expected=an array of strings")])
def test_parameters_are_checked(host, tmp_path, params, expected):
    with pytest.raises(bt2._Error) as caught:
        bt2.Graph().add_component(host.classes["lttngx"], "source", {"inputs": [str(tmp_path)], **params})
    assert expected in caught.value[0].message


def test_no_trace_is_an_error(host, tmp_path):
    assert host.error(tmp_path).startswith("No CTF trace")


def test_huge_static_array_is_refused(host, tmp_path):
    payload = structure(x={"type": "static-length-array", "length": 1 << 40, "element-field-class": BYTE})
    assert "Cannot read static array" in host.error(damaged(payload, packet_of(structure(), []), tmp_path))


@pytest.mark.parametrize("option", [[], ["--metadata"]])
def test_some_seconds_of_fuzzing(option):
    traces = [str(DATA / name) for name in ("ctf2-ust-blob", "ctf18-ust", "ctf18-rotated")]
    command = [sys.executable, str(ROOT / "scripts" / "fuzz-ctf.py"), "--seconds", "3", *option, *traces]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
