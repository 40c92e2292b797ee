"""Batches as rows of Python values: for formats which are written a row at a time."""

import json
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import repeat
from typing import Any

from lttngx.columns.collecting import Block, Part
from lttngx.columns.schema import Field
from lttngx.core.classes import Kind
from lttngx.core.columns import INTEGER_KINDS, Buffers, ColumnKind

_FORMATS = {1: "b", 2: "h", 4: "i", 8: "q"}


def part_rows(part: Part) -> Iterator[tuple[int, int | None, int | None, tuple[Any, ...]]]:
    """Yield (ordinal, time in ns, CPU, field values) of each event of a part; None where unknown or absent."""
    batch = part.batch
    ordinals = memoryview(batch.ordinals).cast("Q")
    times = memoryview(batch.times).cast("q") if batch.timed else repeat(None, batch.rows)
    cpus = (None if cpu < 0 else cpu for cpu in memoryview(batch.cpus).cast("i"))
    columns = [values(one, buffers, batch.rows) for one, buffers in zip(part.table.fields, batch.columns)]
    return zip(ordinals, times, cpus, zip(*columns) if columns else repeat(()))


def ordered(block: Block) -> Iterator[tuple[Part, tuple]]:
    """Yield (part, row as part_rows gives it) of all parts in the order in which the events came."""
    return ((part, row) for part, row in merge(*map(_with_part, block.parts), key=lambda item: item[1][0]))


def _with_part(part: Part) -> Iterator[tuple[Part, tuple]]:
    return ((part, row) for row in part_rows(part))


def values(one: Field, buffers: Buffers, rows: int) -> Sequence[Any]:
    """Return a column's values: int, float, bool, str, bytes, list, or None."""
    found = _READERS[one.column.kind](one, buffers, rows)
    if buffers.validity is None:
        return found
    return [value if buffers.validity[row >> 3] >> (row & 7) & 1 else None for row, value in enumerate(found)]


def _numbers(one: Field, kind: Kind, data: bytes) -> Sequence[Any]:
    width = one.column.width
    if kind in (Kind.SINGLE, Kind.DOUBLE):
        return memoryview(data).cast("f" if width == 4 else "d").tolist()
    form = _FORMATS[width]
    return memoryview(data).cast(form if is_signed(kind) else form.upper()).tolist()


def is_signed(kind: Kind) -> bool:
    """Return whether an integer of a kind of field class has a sign."""
    return kind in INTEGER_KINDS and kind in (Kind.SIGNED, Kind.SIGNED_ENUM)


def _scalars(one: Field, buffers: Buffers, rows: int) -> Sequence[Any]:
    return _numbers(one, one.described.kind, buffers.data)


def _bools(one: Field, buffers: Buffers, rows: int) -> Sequence[Any]:
    return [bool(buffers.data[row >> 3] >> (row & 7) & 1) for row in range(rows)]


def _texts(one: Field, buffers: Buffers, rows: int) -> Sequence[Any]:
    offsets, data = buffers.dictionary
    bounds = memoryview(offsets).cast("i")
    known = [data[begin:end].decode("utf-8", "replace") for begin, end in zip(bounds, bounds[1:])] or [""]
    return [known[number] for number in memoryview(buffers.data).cast("i")]


def _binaries(one: Field, buffers: Buffers, rows: int) -> Sequence[Any]:
    bounds = memoryview(buffers.offsets).cast("i")
    return [buffers.data[begin:end] for begin, end in zip(bounds, bounds[1:])]


def _lists(one: Field, buffers: Buffers, rows: int) -> Sequence[Any]:
    bounds = memoryview(buffers.offsets).cast("i")
    items = _numbers(one, one.described.element.kind, buffers.data)
    return [items[begin:end] for begin, end in zip(bounds, bounds[1:])]


_READERS = {
    ColumnKind.INTEGER: _scalars, ColumnKind.REAL: _scalars, ColumnKind.BOOL: _bools, ColumnKind.TEXT: _texts,
    ColumnKind.BINARY: _binaries, ColumnKind.INTEGERS: _lists, ColumnKind.REALS: _lists,
    ColumnKind.OBJECT: lambda one, buffers, rows: buffers.objects,
}


def encoded(value: Any) -> Any:
    """Return a value as JSON takes it: bytes as hexadecimal digits, text which is not UTF-8 with replacements."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(value, list):
        return [encoded(item) for item in value]
    return {name: encoded(item) for name, item in value.items()} if isinstance(value, dict) else value


def flat(value: Any) -> Any:
    """Return a value as a cell of a table: lists, structures as JSON text."""
    return json.dumps(encoded(value), ensure_ascii=False) if isinstance(value, (list, dict)) else value
