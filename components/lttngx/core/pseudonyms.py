"""Pseudonyms of field values: the portable twin, and definition, of what the native core computes.

A pseudonym is SipHash-2-4 (Aumasson and Bernstein 2012) of the value under a 16-byte key: equal values have equal
pseudonyms wherever they occur, and without the key a value can neither be read back nor looked up by trying candidates. What is
hashed, and how the 64-bit result is fitted to the field:

integer, enumeration, bit array: 8 bytes, little-endian two's complement; the low `bits` bits (signed: `bits` − 1 bits, so
    never negative). Fields of one width therefore share pseudonyms.
real: the 8 bytes of the double; the upper 53 bits as a fraction of 1.
string: its UTF-8 bytes; 16 lower-case hexadecimal digits.
boolean: always false, since two values would be as good as told.
BLOB, and array of scalars: `seed` = hash of the contents as a whole (elements as 8 bytes each), then element or 8-byte block
    i = hash of seed and i, 8 bytes each. Element by element, a short text would be a mere substitution cipher.
"""

import hashlib
import struct
from collections.abc import Iterable, Iterator

MASK = (1 << 64) - 1


def key_of(text: str) -> bytes:
    """Return the 16-byte key which a user's text stands for (BLAKE2b)."""
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=16).digest()


def siphash(key: bytes, data: bytes) -> int:
    """Return SipHash-2-4 of `data` under a 16-byte key, an unsigned 64-bit integer."""
    k0, k1 = struct.unpack("<QQ", key)
    state = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rounds(state: list[int], count: int) -> None:
    a, b, c, d = state
    for _ in range(count):
        a = (a + b) & MASK
        b = (b << 13 | b >> 51) & MASK ^ a
        a = (a << 32 | a >> 32) & MASK
        c = (c + d) & MASK
        d = (d << 16 | d >> 48) & MASK ^ c
        a = (a + d) & MASK
        d = (d << 21 | d >> 43) & MASK ^ a
        c = (c + b) & MASK
        b = (b << 17 | b >> 47) & MASK ^ c
        c = (c << 32 | c >> 32) & MASK
    state[:] = a, b, c, d


def of_integer(key: bytes, value: int, bits: int) -> int:
    """Return the pseudonym of an integer as an unsigned value of `bits` bits."""
    return siphash(key, struct.pack("<Q", value & MASK)) & ((1 << bits) - 1)


def of_real(key: bytes, value: float) -> float:
    """Return the pseudonym of a real: in [0, 1)."""
    return (siphash(key, struct.pack("<d", value)) >> 11) / (1 << 53)


def of_text(key: bytes, value: bytes) -> str:
    """Return the pseudonym of a string: 16 hexadecimal digits."""
    return f"{siphash(key, value):016x}"


def seed_of(key: bytes, words: Iterable[bytes]) -> int:
    """Return the seed of an array (words of 8 bytes) or a BLOB (its bytes)."""
    return siphash(key, b"".join(words))


def blocks(key: bytes, seed: int) -> Iterator[int]:
    """Give the hashes which replace element or block 0, 1, … of an array or BLOB of this seed."""
    index = 0
    while True:
        yield siphash(key, struct.pack("<QQ", seed, index))
        index += 1
