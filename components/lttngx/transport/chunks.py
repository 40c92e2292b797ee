"""Trace chunks as LTTng names them, in a session's folder or behind a transport.

Layout (lttng-rotate(1); lttng-tools 2.11 and later): a session's output folder holds `archives/BEGIN-END-ID` for each chunk that is
complete, and what is still being written beside it: `BEGIN-ID`, `.tmp_old_chunk`, or `kernel` and `ust` before the first rotation.
Times have a resolution of one second and local time zones, so only the ID, a decimal number from 0, tells the order. One
rename(2) completes a chunk. When a rotated session is destroyed, its last chunk is archived and nothing but `archives` remains.
A packed chunk is a file of the chunk's name with `.tar.zst` or `.tar.zst.age` behind it; a file `ended` beside packed chunks
tells that there will be no more.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"(\d{8}T\d{6}[+-]\d{4}-\d{8}T\d{6}[+-]\d{4}-(\d+))(\.tar\.zst(?:\.age)?)?")
PACKED, ENCRYPTED = ".tar.zst", ".tar.zst.age"
ENDED = "ended"


@dataclass(frozen=True, slots=True, order=True)
class Chunk:
    """A complete trace chunk. suffix: how it is packed, "" for a folder."""

    id: int
    suffix: str
    name: str
    path: Path


def chunk_of(path: Path) -> Chunk | None:
    """Return the chunk which a path names, None if it names none."""
    found = NAME.fullmatch(path.name)
    return None if found is None else Chunk(int(found[2]), found[3] or "", found[1], path)


def list_chunks(folder: Path) -> list[Chunk]:
    """Return the chunks in a folder by ascending ID, each once: as a folder rather than packed. A missing folder has none."""
    try:
        entries = list(os.scandir(folder))
    except FileNotFoundError:
        return []
    chunks: dict[int, Chunk] = {}
    for entry in entries:
        chunk = chunk_of(Path(entry.path))
        if chunk is not None and entry.is_dir() == (chunk.suffix == ""):
            chunks[chunk.id] = min(chunk, chunks.get(chunk.id, chunk))
    return sorted(chunks.values())


def archives_of(folder: Path) -> Path:
    """Return where the chunks of a session are: `archives` in its output folder, else the folder itself."""
    return folder / "archives" if (folder / "archives").is_dir() else folder


def has_ended(folder: Path) -> bool:
    """Return whether no more chunks will come: the session was destroyed, or its last chunk was shipped.

    folder: a session's output folder, its `archives`, or where packed chunks are.
    """
    archives = archives_of(folder)
    if (archives / ENDED).exists():
        return True
    if archives.name != "archives":
        return False
    return all(entry.name == "archives" or not entry.is_dir() for entry in os.scandir(archives.parent))
