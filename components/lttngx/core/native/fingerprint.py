"""The fingerprint of the compiled core's sources.

setup.py builds it into every extension module. A module whose fingerprint is not that of the sources beside it is stale:
edited sources would silently not be what runs.
"""

import hashlib
from pathlib import Path


def fingerprint(folder: Path | str | None = None) -> str | None:
    """Return a hash of all .pyx and .pxd files of a folder (default: this one), None if it has none."""
    sources = sorted(Path(folder or Path(__file__).parent).glob("*.p[yx][xd]"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()[:16] if sources else None
