"""Reading a state history: the state at a time, intervals over a range, the changes themselves."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, count
from typing import Any, BinaryIO, NamedTuple

from lttngx.errors import LttngxError
from lttngx.state.codec import BLOCK, UNCERTAIN, UNKNOWN_CODE, Values, unpack, unpack_names
from lttngx.state.history import MAGIC, SIGNED, TAIL
from lttngx.state.tree import ROOT, UNKNOWN, Change, Fact, Value, matcher


class Interval(NamedTuple):
    """One value of one attribute over [begin_ns, end_ns), cut to the range asked for.

    uncertain_ns: time from which the value is uncertain, None if it is certain to the end.
    """

    path: str
    begin_ns: int
    end_ns: int
    value: Value
    uncertain_ns: int | None = None


class _Block(NamedTuple):
    offset: int
    kind: bytes
    records: int
    first_ns: int
    last_ns: int


class History:
    """A state history in a binary file object, which must seek and stay open.

    description, notes: JSON values the writer gave at the begin and at the end. begin_ns, end_ns: the time it covers, half-open
    (None if it holds no change). complete: False if the file was cut short; what was written before is still there.
    """

    def __init__(self, file: BinaryIO) -> None:
        """Raises LttngxError if the file is not a state history or is damaged."""
        self._file = file
        file.seek(0)
        if file.read(len(MAGIC)) != MAGIC:
            raise LttngxError(f"not a state history: file={getattr(file, 'name', '?')}, expected={MAGIC!r} at its begin")
        blocks = self._read_index()
        self.complete = blocks is not None
        blocks = self._walk() if blocks is None else blocks
        self._chunks = [block for block in blocks if block.kind == b"C"]
        self._keyframes = [block for block in blocks if block.kind == b"K"]
        self._names = [block for block in blocks if block.kind == b"N"]
        self._read_names = 0
        self._values, self.paths = Values(), []
        self.description = self._object(blocks, b"D")
        self.notes = self._object(blocks, b"E")
        self.begin_ns = self._chunks[0].first_ns if self._chunks else None
        end = self.notes.get("end_ns")
        self.end_ns = end if end is not None else self._chunks[-1].last_ns + 1 if self._chunks else None

    @property
    def changes_count(self) -> int:
        """Number of changes, losses included."""
        return sum(block.records for block in self._chunks)

    def at(self, time_ns: int, glob: str | None = None) -> dict[str, Fact]:
        """Return the state at a time: every attribute which is not UNKNOWN, keyed by path, in order of first mention.

        A change at time_ns itself counts. glob: paths wanted (`*` also spans slashes), None: all.
        """
        state = self._snapshot(time_ns)
        matches, paths, value = matcher(glob), self.paths, self._values.value
        return {paths[key]: Fact(value(code), since, not code & UNCERTAIN)
                for key, (code, since) in sorted(state.items())
                if key and code & ~UNCERTAIN != UNKNOWN_CODE and matches(paths[key])}

    def changes(self, begin_ns: int | None = None, end_ns: int | None = None) -> Iterator[Change]:
        """Yield changes of [begin_ns, end_ns), oldest first; `paths` names their attributes. None: no bound."""
        value = self._values.value
        for block in self._chunks_between(begin_ns, end_ns):
            times, attributes, codes = self._chunk(block)
            start = 0 if begin_ns is None else bisect_left(times, begin_ns)
            stop = len(times) if end_ns is None else bisect_left(times, end_ns)
            for position in range(start, stop):
                yield times[position], attributes[position], value(codes[position])

    def range(self, begin_ns: int | None = None, end_ns: int | None = None, glob: str | None = None) -> Iterator[Interval]:
        """Yield the intervals which overlap [begin_ns, end_ns), by end time; UNKNOWN ones are left out.

        glob: paths wanted, None: all. None as a bound: the history's own.
        """
        if self.begin_ns is None:
            return
        begin_ns = self.begin_ns if begin_ns is None else begin_ns
        end_ns = self.end_ns if end_ns is None else end_ns
        open_intervals = {key: (max(since, begin_ns), self._values.value(code), begin_ns if code & UNCERTAIN else None)
                          for key, (code, since) in self._snapshot(begin_ns).items() if key}
        wanted = _Wanted(self, glob)
        losses: list[int] = []
        for time_ns, attribute, value in self.changes(begin_ns + 1, end_ns):
            if attribute == ROOT:
                losses.append(time_ns)
            elif wanted[attribute]:
                closed = open_intervals.get(attribute)
                if closed is not None:
                    yield from _interval(self.paths[attribute], closed, time_ns, losses)
                open_intervals[attribute] = time_ns, value, None
        for attribute, closed in sorted(open_intervals.items()):
            if wanted[attribute]:
                yield from _interval(self.paths[attribute], closed, end_ns, losses)

    def losses(self) -> list[tuple[int, Value]]:
        """Return (time in ns, lost events or ABSENT) of every loss."""
        return [(time_ns, value) for time_ns, attribute, value in self.changes() if attribute == ROOT]

    def _snapshot(self, time_ns: int) -> dict[int, tuple[int, int]]:
        """Return attribute → (code, since) at a time: the keyframe before it, then the chunks up to it."""
        position = bisect_right(self._keyframes, time_ns, key=lambda block: block.first_ns) - 1
        # A keyframe at time_ns itself may precede other changes of that time, and so may chunks before the keyframe.
        if position < 0:
            return {}
        keyframe = self._keyframes[position]
        state = self._keyframe(keyframe)
        start = bisect_left(self._chunks, keyframe.offset, key=lambda block: block.offset)
        stop = bisect_right(self._chunks, time_ns, key=lambda block: block.first_ns)
        times, keys, codes = [], [], []
        for block in self._chunks[start:stop]:
            columns = self._chunk(block)
            whole = len(columns[0]) if block.last_ns <= time_ns else bisect_right(columns[0], time_ns)
            for column, part in zip((times, keys, codes), columns):
                column += part[:whole]
        return _replay(state, times, keys, codes)

    def _chunks_between(self, begin_ns: int | None, end_ns: int | None) -> list[_Block]:
        start = 0 if begin_ns is None else bisect_left(self._chunks, begin_ns, key=lambda block: block.last_ns)
        stop = len(self._chunks) if end_ns is None else bisect_left(self._chunks, end_ns, key=lambda block: block.first_ns)
        return self._chunks[start:stop]

    def _chunk(self, block: _Block) -> tuple[list[int], Any, Any]:
        self._load_names(block.offset)
        deltas, attributes, codes = unpack(self._payload(block), 3, block.records)
        deltas = deltas.tolist()
        deltas[0] = block.first_ns
        return list(accumulate(deltas)), attributes, codes

    def _keyframe(self, block: _Block) -> dict[int, tuple[int, int]]:
        self._load_names(block.offset)
        keys, codes, ages = unpack(self._payload(block), 3, block.records)
        return dict(zip(keys, zip(codes, (block.first_ns - age for age in ages))))

    def _load_names(self, offset: int) -> None:
        """Read the name blocks which precede an offset and were not read yet."""
        while self._read_names < len(self._names) and self._names[self._read_names].offset < offset:
            paths, entries = unpack_names(self._payload(self._names[self._read_names]))
            self.paths += paths
            self._values.entries += entries
            self._read_names += 1

    def _payload(self, block: _Block) -> bytes:
        self._file.seek(block.offset)
        header = self._file.read(BLOCK.size)
        return self._file.read(BLOCK.unpack(header)[1])

    def _object(self, blocks: list[_Block], kind: bytes) -> dict[str, Any]:
        found = next((block for block in blocks if block.kind == kind), None)
        return json.loads(self._payload(found)) if found else {}

    def _read_index(self) -> list[_Block] | None:
        """Return the blocks the index lists, None if the file has no whole index."""
        size = self._file.seek(0, 2)
        if size < len(MAGIC) + BLOCK.size + TAIL.size:
            return None
        self._file.seek(size - TAIL.size)
        offset = TAIL.unpack(self._file.read(TAIL.size))[0]
        if not len(MAGIC) <= offset <= size - TAIL.size - BLOCK.size:
            return None
        self._file.seek(offset)
        kind, length, records, _, _ = BLOCK.unpack(self._file.read(BLOCK.size))
        if kind != b"I" or offset + BLOCK.size + length + TAIL.size != size:
            return None
        columns = unpack(self._file.read(length), 5, records)
        return [_Block(start, bytes([letter]), number, first - SIGNED, last - SIGNED)
                for start, letter, number, first, last in zip(*columns)]

    def _walk(self) -> list[_Block]:
        """Return the whole blocks of a file which was cut short."""
        size, offset, blocks = self._file.seek(0, 2), len(MAGIC), []
        while offset + BLOCK.size <= size:
            self._file.seek(offset)
            kind, length, records, first, last = BLOCK.unpack(self._file.read(BLOCK.size))
            if offset + BLOCK.size + length > size:
                break
            blocks.append(_Block(offset, kind, records, first, last))
            offset += BLOCK.size + length
        return blocks


class _Wanted(dict):
    """Attribute number → whether its path matches, found on first sight."""

    def __init__(self, history: History, glob: str | None) -> None:
        super().__init__()
        self._paths, self._matches = history.paths, matcher(glob)

    def __missing__(self, attribute: int) -> bool:
        self[attribute] = result = self._matches(self._paths[attribute])
        return result


def _replay(state: dict[int, tuple[int, int]], times: list[int], keys: list[int],
            codes: list[int]) -> dict[int, tuple[int, int]]:
    """Apply changes to a state. Dictionaries made of zipped columns keep the last change of each attribute at C speed."""
    last = dict(zip(keys, count()))
    lost = last.get(ROOT)
    if lost is not None:
        state = {key: (code | UNCERTAIN, since) for key, (code, since) in state.items()}
    for key, position in last.items():
        code = codes[position]
        state[key] = (code | UNCERTAIN if lost is not None and position < lost else code), times[position]
    return state


def _interval(path: str, opened: tuple[int, Value, int | None], end_ns: int, losses: list[int]) -> Iterator[Interval]:
    begin_ns, value, uncertain_ns = opened
    if value is UNKNOWN or end_ns <= begin_ns:
        return
    if uncertain_ns is None:
        position = bisect_left(losses, begin_ns)
        uncertain_ns = losses[position] if position < len(losses) and losses[position] < end_ns else None
    yield Interval(path, begin_ns, end_ns, value, uncertain_ns)
