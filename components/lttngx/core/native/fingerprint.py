"""The fingerprint of the compiled core's sources.

setup.py builds it into every extension module. A module whose fingerprint is not that of the sources beside it is stale:
edited sources would silently not be what runs.
"""

import zlib
from pathlib import Path


def fingerprint(folder: Path | str | None = None) -> str | None:
    """Return a checksum of all .pyx and .pxd files of a folder (default: this one), None if it has none."""
    sources = sorted(Path(folder or Path(__file__).parent).glob("*.p[yx][xd]"))
    checksum = 0
    for source in sources:
        checksum = zlib.crc32(source.name.encode() + b"\0" + source.read_bytes() + b"\0", checksum)
    return f"{checksum:08x}" if sources else None
