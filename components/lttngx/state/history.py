"""Writing a state history: a change log in compressed chunks, with keyframes.

A file is MAGIC, then blocks, each a header (`codec.BLOCK`) and a payload:

    D  description: JSON object, first block of the file
    N  attribute paths and table values which appear for the first time, before the chunk or keyframe that needs them
    K  keyframe: every attribute whose value is not UNKNOWN at the time of the header, which is before the following chunk:
       columns (attribute, value code, ns since the value holds)
    C  chunk: columns (ns since the previous change, attribute, value code)
    E  end: JSON object with the end of the history and what was lost
    I  index: columns (offset, kind, records, first time, last time) of all blocks; last block
    8 bytes: offset of the index block

A file cut short is read up to its last whole block by walking the headers. A snapshot at any time reads one keyframe and the
chunks between it and that time: its cost does not depend on the length of the history.
"""

import json
import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, BinaryIO

from lttngx.state.codec import BLOCK, UNCERTAIN, UNKNOWN_CODE, Values, pack, pack_names
from lttngx.state.tree import ROOT, Change

MAGIC = b"lttngx states 1\n"
CHUNK = 8192
# A keyframe follows after at least so many chunks, and so many changes for each attribute it must hold.
CHUNKS_A_KEYFRAME = 8
CHANGES_AN_ATTRIBUTE = 4
TAIL = struct.Struct("<Q")
SIGNED = 1 << 63


class Writer:
    """Writes changes to a binary file object, which stays open."""

    def __init__(self, file: BinaryIO, description: dict[str, Any], chunk: int = CHUNK) -> None:
        """description: what the reader may want to know (model, trace names); JSON values. chunk: changes a chunk."""
        self._file, self._chunk = file, chunk
        self._values = Values()
        self._pending: list[Change] = []
        self._named = 0
        self._paths: Sequence[str] = ()
        # Attribute → (value code, since): what the next keyframe will hold.
        self._state: dict[int, tuple[int, int]] = {}
        self._lost_at = -1
        self._since_keyframe = 0
        self._offset = file.write(MAGIC)
        self._index: list[tuple[int, int, int, int, int]] = []
        self.changes = self.losses = 0
        self._end_ns: int | None = None
        self._tabled = len(self._values.entries)
        self._block(b"D", json.dumps(description).encode(), 0, 0, 0)

    def append(self, changes: Sequence[Change], paths: Sequence[str]) -> None:
        """Add changes, oldest first. paths: path of each attribute by number; it may have grown since the last call."""
        self._paths = paths
        self._pending += changes
        start = 0
        while len(self._pending) - start >= self._chunk:
            self._write_chunk(self._pending[start:start + self._chunk])
            start += self._chunk
        del self._pending[:start]

    def close(self, end_ns: int | None, notes: dict[str, Any] | None = None) -> None:
        """Write what is pending, the end and the index.

        end_ns: end of the history (exclusive); None: the time of the last change. notes: JSON values kept with the end.
        """
        if self._pending:
            self._write_chunk(self._pending)
            self._pending = []
        end = self._end_ns if end_ns is None else end_ns
        text = json.dumps({"end_ns": end, "changes": self.changes, "losses": self.losses} | (notes or {}))
        self._block(b"E", text.encode(), 0, end or 0, end or 0)
        index = [list(column) for column in zip(*self._index)]
        offset = self._offset
        self._block(b"I", pack(*index), len(self._index), 0, 0)
        self._file.write(TAIL.pack(offset))

    def _write_chunk(self, changes: Sequence[Change]) -> None:
        times, attributes, values = zip(*changes)
        # Traces of several clocks may step back: a history never does.
        times = tuple(accumulate(times, max, initial=times[0] if self._end_ns is None else self._end_ns))[1:]
        codes = self._values.codes(values)
        if self._due():
            self._write_keyframe(times[0])
        self._write_names()
        first = times[0]
        deltas = [0, *(later - earlier for earlier, later in zip(times, times[1:]))]
        self._block(b"C", pack(deltas, attributes, codes), len(changes), first, times[-1])
        self._update(times, attributes, codes)
        self._end_ns = times[-1]
        self.changes += len(changes)
        self._since_keyframe += len(changes)

    def _update(self, times: Sequence[int], attributes: Sequence[int], codes: Sequence[int]) -> None:
        """Bring the state of the next keyframe up to date. A loss makes what precedes it uncertain."""
        start = 0
        while ROOT in attributes[start:]:
            lost = attributes.index(ROOT, start)
            self._state.update(zip(attributes[start:lost], zip(codes[start:lost], times[start:lost])))
            self._state = {key: (code | UNCERTAIN, since) for key, (code, since) in self._state.items()}
            self.losses += 1
            start = lost + 1
        self._state.update(zip(attributes[start:], zip(codes[start:], times[start:])))

    def _due(self) -> bool:
        enough = max(CHUNKS_A_KEYFRAME * self._chunk, CHANGES_AN_ATTRIBUTE * len(self._state))
        return not self.changes or self._since_keyframe >= enough

    def _write_keyframe(self, time_ns: int) -> None:
        rows = sorted((key, code, time_ns - since) for key, (code, since) in self._state.items()
                      if code & ~UNCERTAIN != UNKNOWN_CODE)
        columns = [list(column) for column in zip(*rows)] or [[], [], []]
        self._write_names()
        self._block(b"K", pack(*columns), len(rows), time_ns, time_ns)
        self._since_keyframe = 0

    def _write_names(self) -> None:
        paths, entries = self._paths[self._named:], self._values.entries[self._tabled:]
        if paths or entries:
            self._block(b"N", pack_names(paths, entries), len(paths), 0, 0)
            self._named, self._tabled = self._named + len(paths), self._tabled + len(entries)

    def _block(self, kind: bytes, payload: bytes, records: int, first_ns: int, last_ns: int) -> None:
        self._index.append((self._offset, kind[0], records, first_ns + SIGNED, last_ns + SIGNED))
        self._offset += self._file.write(BLOCK.pack(kind, len(payload), records, first_ns, last_ns))
        self._offset += self._file.write(payload)
