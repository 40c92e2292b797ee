"""Packetized metadata streams: packets of text with a header each (CTF 1.8 § 7.1, CTF2-PMETA), and plain ones.

The header has 37 bytes: magic, UUID, checksum, content and total size in bits, compression, encryption and checksum
schemes, major and minor version. The magic's byte order is the header's. The content size counts the header.
"""

import struct
from uuid import UUID

from lttngx.ctf.faults import fault

MAGIC = 0x75D11D57
HEADER = "I16sIIIBBBBB"
HEADER_SIZE = struct.calcsize("<" + HEADER)
VERSIONS = ((1, 8), (2, 0))


def is_packetized(data: bytes) -> bool:
    """Return whether a metadata stream begins with a packet, in either byte order."""
    return _byte_order(data) is not None


def unpack(data: bytes) -> tuple[bytes, UUID | None]:
    """Return the text of a metadata stream and the UUID of its packets, None if it is not packetized.

    Raises MetadataError with the packet's number (from 1).
    """
    mark = _byte_order(data)
    if mark is None:
        return data, None
    texts, uuid, offset, number = [], None, 0, 0
    while offset < len(data):
        number += 1
        text, size, own = _packet(data, offset, mark, f"packet {number}")
        if uuid is not None and own != uuid:
            raise fault(f"packet {number}", f"UUID {uuid}", own)
        uuid = own
        texts.append(text)
        offset += size
    return b"".join(texts), uuid


def _byte_order(data: bytes) -> str | None:
    for mark in "<>":
        if data[:4] == struct.pack(mark + "I", MAGIC):
            return mark
    return None


def _packet(data: bytes, offset: int, mark: str, where: str) -> tuple[bytes, int, UUID]:
    """Return text, total size in bytes and UUID of the packet at `offset`."""
    if len(data) - offset < HEADER_SIZE:
        raise fault(where, f"a header of {HEADER_SIZE} bytes", f"{len(data) - offset} bytes")
    magic, uuid, _, content, total, compression, encryption, _, *version = struct.unpack_from(
        mark + HEADER, data, offset
    )
    for value, name in ((compression, "compression"), (encryption, "encryption")):
        if value:
            raise fault(where, f"no {name}", f"{name} scheme {value}")
    if magic != MAGIC:
        raise fault(where, f"magic number {MAGIC:#x}", f"{magic:#x}")
    if tuple(version) not in VERSIONS:
        raise fault(where, "version 1.8 or 2.0", "{}.{}".format(*version))
    if content % 8 or total % 8 or not HEADER_SIZE * 8 <= content <= total:
        raise fault(
            where, f"content size from {HEADER_SIZE * 8} bits to total size, whole bytes", f"{content} of {total} bits"
        )
    # The last packet may lack its padding (a stream which is still being written), never content.
    if content // 8 > len(data) - offset:
        raise fault(where, f"{content // 8} bytes", f"{len(data) - offset} bytes")
    return data[offset + HEADER_SIZE:offset + content // 8], total // 8, UUID(bytes=uuid)
