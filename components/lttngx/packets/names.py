"""What LTTng's paths say: session directory, trace chunk, channel and CPU.

Layout (LTTng 2.11 on; local and lttng-relayd): before the first rotation data is in SESSION/{kernel,ust}/…; then the current
chunk is SESSION/BEGIN-ID/… and completed ones are SESSION/archives/BEGIN-END-ID/…, moved there by one rename. BEGIN and END are
ISO 8601 basic times, ID a decimal number from 0. A data stream file is CHANNEL_CPU, or CHANNEL_CPU_NUMBER where trace files
are rotated.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ARCHIVES = "archives"
# Chunks on the move from one place to the other.
TRANSITIONAL = (".tmp_old_chunk", ".tmp_new_chunk")
NO_CHUNK = NO_CPU = -1
_TIME = r"\d{8}T\d{6}[+-]\d{4}"
_CHUNK = re.compile(rf"{_TIME}-(?:({_TIME})-)?(\d+)")
_FILE = re.compile(r"(.+?)_(\d+)")
_ROTATED_FILE = re.compile(r"(.+?)_(\d+)_(\d+)")


class Place(NamedTuple):
    """Where a trace directory is. root: the session's directory; chunk: its number, None before the first rotation; archived:
    whether the chunk is complete (its name tells its end); below: the rest of the path; chunk_path: the chunk's directory."""

    root: Path
    chunk: int | None
    archived: bool
    below: str
    chunk_path: Path


class Channel(NamedTuple):
    """Which buffer a data stream file comes from. cpu: NO_CPU where the name tells none."""

    name: str
    cpu: int


def place_of(directory: Path) -> Place:
    """Return where a trace directory is; without a chunk in its path, the session's is above `kernel` or `ust`."""
    parts = directory.parts
    for at in range(len(parts) - 1, 0, -1):
        if match := _CHUNK.fullmatch(parts[at]):
            root = Path(*parts[:at - (parts[at - 1] == ARCHIVES)])
            return Place(root, int(match[2]), match[1] is not None, "/".join(parts[at + 1:]), Path(*parts[:at + 1]))
    at = next((at for at in range(len(parts) - 1, 0, -1) if parts[at] in ("kernel", "ust")), len(parts))
    root = Path(*parts[:at])
    return Place(root, None, False, "/".join(parts[at:]), root)


def chunk_number(name: str) -> int | None:
    """Return the number of a chunk by its directory's name, None if it is no chunk's."""
    match = _CHUNK.fullmatch(name)
    return int(match[2]) if match else None


def channels(files: Mapping[str, int | None]) -> dict[str, Channel]:
    """Return the channel and CPU of the data stream files of one data stream class.

    files: name → data stream ID, None if unknown. A_1_0 is channel A_1 on CPU 0, or file 0 of channel A on CPU 1: LTTng's stream IDs are
    CPU numbers, so the file whose ID is one number only settles it for all of the class. Unsettled, it is the former.
    """
    split = any((match := _ROTATED_FILE.fullmatch(name)) and match[2] != match[3] and str(stream_id) == match[2]
                for name, stream_id in files.items())
    return {name: _channel(name, _ROTATED_FILE if split else _FILE) for name in files}


def _channel(name: str, pattern: re.Pattern) -> Channel:
    match = pattern.fullmatch(name)
    return Channel(match[1], int(match[2])) if match else Channel(name, NO_CPU)
