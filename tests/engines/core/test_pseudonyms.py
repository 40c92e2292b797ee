"""SipHash-2-4 against the vectors published with it, and what pseudonyms make of it."""

import pytest

from lttngx.core import pseudonyms

KEY = bytes(range(16))


# Aumasson and Bernstein's vectors: key 00 … 0f, input 00 01 … of a length; the result's bytes as listed there.
@pytest.mark.parametrize("length, listed", [
    (0, "310e0edd47db6f72"), (1, "fd67dc93c539f874"), (2, "5a4fa9d909806c0d"), (15, "e545be4961ca29a1"),
])
def test_published_vectors(length, listed):
    assert pseudonyms.siphash(KEY, bytes(range(length))) == int.from_bytes(bytes.fromhex(listed), "little")


def test_an_integer_is_its_eight_bytes_cut_to_the_width():
    full = pseudonyms.siphash(KEY, bytes([0xFE] + [0xFF] * 7))
    assert pseudonyms.of_integer(KEY, -2, 64) == full
    assert pseudonyms.of_integer(KEY, -2, 31) == full % 2**31


def test_a_real_lies_between_0_and_1():
    assert all(0 <= pseudonyms.of_real(KEY, value) < 1 for value in (0.0, -1.5, float("inf"), float("nan")))


def test_a_key_is_16_bytes_and_different_for_different_texts():
    keys = [pseudonyms.key_of(text) for text in ("", "a", "b", "a" * 100)]
    assert {len(key) for key in keys} == {16} and len(set(keys)) == 4
