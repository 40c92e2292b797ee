"""Tells cheaply whether a path holds CTF traces: first bytes of `metadata` files only."""

import os
from pathlib import Path

from lttngx.ctf.packets import is_packetized

RECORD_SEPARATOR = b"\x1e"
HEADER_SIZE = 37
MAX_FOLDERS = 4096


def is_trace_directory(path: str) -> bool:
    """Return whether a directory is a CTF trace."""
    try:
        with open(Path(path) / "metadata", "rb") as metadata:
            head = metadata.read(64)
    except OSError:
        return False
    return bool(head) and (head[:1] == RECORD_SEPARATOR or is_packetized(head) or head.startswith(b"/* CTF"))


def is_ctf2(path: str) -> bool:
    """Return whether a directory is a CTF 2 trace."""
    try:
        with open(Path(path) / "metadata", "rb") as metadata:
            head = metadata.read(256)
    except OSError:
        return False
    return (head[HEADER_SIZE:] if is_packetized(head) else head).lstrip()[:1] == RECORD_SEPARATOR


def holds_ctf2(path: str, any_version: bool = False) -> bool:
    """Return whether a path is or contains a CTF 2 trace (`any_version`: any CTF trace). Gives up after some thousand folders."""
    test = is_trace_directory if any_version else is_ctf2
    if not os.path.isdir(path):
        return False
    for number, (folder, _, files) in enumerate(os.walk(path)):
        if "metadata" in files and test(folder):
            return True
        if number >= MAX_FOLDERS:
            return False
    return False
