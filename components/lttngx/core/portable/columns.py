"""columns in Python: the reference of `native.columns`, with the same buffers."""

import struct
from collections.abc import Sequence
from typing import Any

from lttngx.core.classes import Kind
from lttngx.core.columns import Batch, Buffers, Column, ColumnKind

_FORMATS = {1: "b", 2: "h", 4: "i", 8: "q"}
_LISTS = (ColumnKind.INTEGERS, ColumnKind.REALS)


class Columns:
    """The columns of one event class. columns: core.columns.Column, one a field. An event is added with the values of their paths."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self.paths = tuple(column.path for column in columns)
        self._begin()

    def _begin(self) -> None:
        self.rows, self._timed = 0, False
        self._ordinals: list[int] = []
        self._times: list[int] = []
        self._cpus: list[int] = []
        self._values: list[list[Any]] = [[] for _ in self._columns]

    def add(self, ordinal: int, time_ns: int | None, cpu: int, *values: Any) -> None:
        """Append one event."""
        self.rows += 1
        self._timed = time_ns is not None
        self._ordinals.append(ordinal)
        self._times.append(time_ns or 0)
        self._cpus.append(cpu)
        for kept, value in zip(self._values, values):
            kept.append(value)

    def take(self) -> Batch:
        """Return the events collected since the last call as a Batch."""
        found = tuple(_buffers(column, values) for column, values in zip(self._columns, self._values))
        batch = Batch(self.rows, self._timed, _packed("Q", self._ordinals), _packed("q", self._times),
                      _packed("i", self._cpus), found)
        self._begin()
        return batch


def _packed(form: str, values: Sequence[Any]) -> bytes:
    return struct.pack(f"<{len(values)}{form}", *values)


def _bitmap(bits: Sequence[bool]) -> bytes:
    return bytes(sum(1 << at for at, bit in enumerate(bits[start:start + 8]) if bit) for start in range(0, len(bits), 8))


def _offsets(lengths: Sequence[int]) -> bytes:
    offsets = [0]
    for length in lengths:
        offsets.append(offsets[-1] + length)
    return _packed("i", offsets)


def _buffers(column: Column, values: list[Any]) -> Buffers:
    if column.kind is ColumnKind.OBJECT:
        return Buffers(objects=values)
    validity = _bitmap([value is not None for value in values]) if column.nullable else None
    if column.kind is ColumnKind.TEXT:
        return _texts(validity, values)
    if column.kind is ColumnKind.BOOL:
        return Buffers(validity, None, _bitmap([bool(value) for value in values]))
    if column.kind is ColumnKind.BINARY:
        present = [value or b"" for value in values]
        return Buffers(validity, _offsets([len(value) for value in present]), b"".join(present))
    if column.kind in _LISTS:
        present = [value or [] for value in values]
        data = _numbers(column, column.path.field_class.element.kind, [item for value in present for item in value])
        return Buffers(validity, _offsets([len(value) for value in present]), data)
    return Buffers(validity, None, _numbers(column, column.path.field_class.kind, [value or 0 for value in values]))


def _numbers(column: Column, kind: Kind, values: Sequence[Any]) -> bytes:
    if kind in (Kind.SINGLE, Kind.DOUBLE):
        return _packed("f" if column.width == 4 else "d", values)
    half = 1 << (8 * column.width - 1)
    return _packed(_FORMATS[column.width], [(int(value) + half) % (2 * half) - half for value in values])


def _texts(validity: bytes | None, values: Sequence[str | None]) -> Buffers:
    numbers: dict[str, int] = {}
    indices = [0 if value is None else numbers.setdefault(value, len(numbers)) for value in values]
    texts = [text.encode("utf-8", "surrogateescape") for text in numbers]
    return Buffers(validity, None, _packed("i", indices), (_offsets([len(text) for text in texts]), b"".join(texts)))
