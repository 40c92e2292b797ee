"""Batches as Arrow record batches, without a copy of the values; Parquet files. Needs pyarrow (extra `columns`)."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lttngx.columns.collecting import Block, Loss, Part, Table
from lttngx.columns.rows import encoded, is_signed
from lttngx.columns.schema import Field
from lttngx.columns.writers import LOSSES, file_name, loss_row
from lttngx.core.classes import FieldClass, Kind
from lttngx.core.columns import Buffers, ColumnKind
from lttngx.errors import ParameterError

try:
    import pyarrow as pa
except ImportError:
    raise ParameterError("cannot make Arrow tables: package=pyarrow, expected it to be installed: pip install 'lttngx[columns]'") from None

# Rows which Parquet keeps together: what a reader must decode at once.
ROW_GROUP = 1 << 17
TEXT = pa.dictionary(pa.int32(), pa.utf8())
LOSS_SCHEMA = pa.schema([("what", pa.utf8()), ("trace", pa.utf8()), ("stream", pa.utf8()), ("begin_ns", pa.int64()),
                         ("end_ns", pa.int64()), ("count", pa.uint64())])


def number_type(kind: Kind, width: int) -> pa.DataType:
    """Return the type of a number."""
    if kind in (Kind.SINGLE, Kind.DOUBLE):
        return pa.float32() if width == 4 else pa.float64()
    return getattr(pa, f"{'int' if is_signed(kind) else 'uint'}{8 * width}")()


def type_of(one: Field) -> pa.DataType:
    """Return a column's type."""
    kind, width = one.column.kind, one.column.width
    if kind in (ColumnKind.INTEGER, ColumnKind.REAL):
        return number_type(one.described.kind, width)
    if kind in (ColumnKind.INTEGERS, ColumnKind.REALS):
        return pa.list_(number_type(one.described.element.kind, width))
    return {ColumnKind.BOOL: pa.bool_(), ColumnKind.TEXT: TEXT, ColumnKind.BINARY: pa.binary(), ColumnKind.OBJECT: pa.utf8()}[kind]


def schema_of(table: Table) -> pa.Schema:
    """Return a table's schema: time, cpu, trace, fields. An enumeration's mappings are metadata of its field: `labels`, JSON."""
    time = pa.timestamp("ns", "UTC") if table.unix_epoch else pa.int64()
    fields = [pa.field("time", time), pa.field("cpu", pa.int32()), pa.field("trace", TEXT)]
    fields += [pa.field(one.name, type_of(one), one.column.nullable or one.column.kind is ColumnKind.OBJECT,
                        _labels(one.described)) for one in table.fields]
    return pa.schema(fields, {"event": table.event})


def _labels(described: FieldClass) -> dict[str, str] | None:
    return {"labels": json.dumps(described.labels)} if described.labels else None


def record_batch(part: Part, schema: pa.Schema) -> pa.RecordBatch:
    """Return a part as a record batch of its table's schema."""
    batch = part.batch
    arrays = [_times(part, schema), _cpus(part), _constant(part.trace, batch.rows)]
    arrays += [_array(one, buffers, batch.rows) for one, buffers in zip(part.table.fields, batch.columns)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _times(part: Part, schema: pa.Schema) -> pa.Array:
    if not part.batch.timed:
        return pa.nulls(part.batch.rows, schema.field("time").type)
    return pa.Array.from_buffers(schema.field("time").type, part.batch.rows, [None, pa.py_buffer(part.batch.times)])


def _cpus(part: Part) -> pa.Array:
    import pyarrow.compute as pc

    cpus = pa.Array.from_buffers(pa.int32(), part.batch.rows, [None, pa.py_buffer(part.batch.cpus)])
    return pc.if_else(pc.less(cpus, 0), None, cpus)


def _constant(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array([0], pa.int32()).take(pa.array([0] * rows, pa.int32())), [text])


def _array(one: Field, buffers: Buffers, rows: int) -> pa.Array:
    kind = one.column.kind
    if kind is ColumnKind.OBJECT:
        return pa.array([None if value is None else json.dumps(encoded(value), ensure_ascii=False) for value in buffers.objects],
                        pa.utf8())
    validity, offsets, data = (None if part is None else pa.py_buffer(part)
                               for part in (buffers.validity, buffers.offsets, buffers.data))
    if kind is ColumnKind.TEXT:
        indices = pa.Array.from_buffers(pa.int32(), rows, [validity, data])
        return pa.DictionaryArray.from_arrays(indices, _texts(*buffers.dictionary))
    if kind in (ColumnKind.INTEGERS, ColumnKind.REALS):
        inner = type_of(one).value_type
        items = pa.Array.from_buffers(inner, len(buffers.data) // one.column.width, [None, data])
        return pa.Array.from_buffers(type_of(one), rows, [validity, offsets], children=[items])
    return pa.Array.from_buffers(type_of(one), rows, [validity, offsets, data] if offsets is not None else [validity, data])


def _texts(offsets: bytes, data: bytes) -> pa.Array:
    """Return a dictionary's texts; what is no UTF-8 gets replacement characters, as Arrow's strings must be UTF-8."""
    array = pa.Array.from_buffers(pa.utf8(), len(offsets) // 4 - 1, [None, pa.py_buffer(offsets), pa.py_buffer(data)])
    try:
        data.decode("utf-8")
        array.validate(full=True)
    except (UnicodeDecodeError, pa.ArrowInvalid):
        bounds = memoryview(offsets).cast("i")
        array = pa.array([data[begin:end].decode("utf-8", "replace") for begin, end in zip(bounds, bounds[1:])], pa.utf8())
    return array


def losses(found: Sequence[Loss]) -> pa.RecordBatch:
    """Return losses as a record batch."""
    columns = list(zip(*map(loss_row, found))) or [()] * len(LOSSES)
    return pa.RecordBatch.from_arrays([pa.array(column, one.type) for column, one in zip(columns, LOSS_SCHEMA)], schema=LOSS_SCHEMA)


class Tables:
    """Collects blocks as Arrow tables by name. Rows of a table are in order if they are of one trace, or of traces in turn."""

    def __init__(self) -> None:
        self._batches: dict[str, tuple[pa.Schema, list[pa.RecordBatch]]] = {}
        self._losses: list[Loss] = []

    def write(self, block: Block) -> None:
        """Take a block."""
        for part in block.parts:
            if part.table.name not in self._batches:
                self._batches[part.table.name] = schema_of(part.table), []
            schema, batches = self._batches[part.table.name]
            batches.append(record_batch(part, schema))
        self._losses += block.losses

    def tables(self) -> dict[str, pa.Table]:
        """Return the tables by name; `discarded` is there if anything was."""
        found = {name: pa.Table.from_batches(batches, schema).unify_dictionaries()
                 for name, (schema, batches) in self._batches.items()}
        return found | ({"discarded": pa.Table.from_batches([losses(self._losses)])} if self._losses else {})


class Parquet:
    """A file NAME.parquet a table in a new folder, zstd-compressed. Rows wait until there are enough for a row group."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, Any] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._schemas: dict[str, pa.Schema] = {}

    def write(self, block: Block) -> None:
        """Write the rows of a block."""
        for part in block.parts:
            name = part.table.name
            if name not in self._schemas:
                self._schemas[name] = schema_of(part.table)
            self._put(name, record_batch(part, self._schemas[name]))
        if block.losses:
            self._schemas["discarded"] = LOSS_SCHEMA
            self._put("discarded", losses(block.losses))

    def _put(self, name: str, batch: pa.RecordBatch) -> None:
        waiting = self._waiting.setdefault(name, [])
        waiting.append(batch)
        if sum(one.num_rows for one in waiting) >= ROW_GROUP:
            self._flush(name)

    def _flush(self, name: str) -> None:
        from pyarrow.parquet import ParquetWriter

        schema = self._schemas[name]
        if name not in self._writers:
            path = self._folder / f"{file_name(name)}.parquet"
            self._writers[name] = ParquetWriter(path, schema, compression="zstd")
        self._writers[name].write_table(pa.Table.from_batches(self._waiting.pop(name), schema))

    def flush(self) -> None:
        """Nothing: a Parquet file can be read when it is finished."""

    def close(self) -> None:
        """Finish the files."""
        for name in list(self._waiting):
            self._flush(name)
        for writer in self._writers.values():
            writer.close()
