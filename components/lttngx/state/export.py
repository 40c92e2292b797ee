"""Exports of a state history as intervals: SQLite (standard library) and Parquet (pyarrow).

Table `states`, one row an interval: path, begin_ns, end_ns (exclusive), value, uncertain_ns (null if certain to the
end). Rows of UNKNOWN values are left out; ABSENT is null. Parquet's columns have one type each: integer, real and text
are columns.
"""

import sqlite3
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from lttngx.errors import LttngxError, ParameterError
from lttngx.state.query import History, Interval
from lttngx.state.tree import ABSENT

BATCH = 50_000
_SCHEMA = """
CREATE TABLE attributes (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE);
CREATE TABLE intervals (attribute INTEGER NOT NULL REFERENCES attributes, begin_ns INTEGER NOT NULL, end_ns INTEGER
    NOT NULL, value, uncertain_ns INTEGER);
CREATE VIEW states AS SELECT path, begin_ns, end_ns, value, uncertain_ns FROM intervals JOIN attributes ON
    id = attribute;
"""
_INDEX = "CREATE INDEX by_time ON intervals (attribute, begin_ns)"


def export(history: History, path: Path) -> int:
    """Write a history to a new file, whose name says the format; return the number of intervals. Raises
    ParameterError."""
    write = FORMATS.get(path.suffix)
    if write is None:
        raise ParameterError(f'unknown export format: path="{path}", expected a name ending in {" or ".join(FORMATS)}')
    if path.exists():
        raise ParameterError(f'export file exists: path="{path}", expected a new file')
    return write(history, path)


def _storable(value: Any) -> Any:
    """Return a value as SQLite takes it: its integers have 64 bits, its text is UTF-8."""
    if value is ABSENT:
        return None
    if isinstance(value, int) and not -2**63 <= value < 2**63:
        return str(value)
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace") if isinstance(value, str) else value


def _sqlite(history: History, path: Path) -> int:
    numbers: dict[str, int] = {}
    rows = ((numbers.setdefault(one.path, len(numbers)), one.begin_ns, one.end_ns, _storable(one.value), one.uncertain_ns)
            for one in history.range())
    try:
        connection = sqlite3.connect(path)
        with connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
            connection.execute("BEGIN")
            count = connection.executemany("INSERT INTO intervals VALUES (?, ?, ?, ?, ?)", rows).rowcount
            connection.executemany("INSERT INTO attributes VALUES (?, ?)", ((number, name) for name, number in numbers.items()))
            connection.execute(_INDEX)
        connection.close()
    except sqlite3.Error as error:
        raise LttngxError(f'cannot export: path="{path}", reason={error}') from error
    return max(count, 0)


def _parquet(history: History, path: Path) -> int:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise LttngxError("cannot export to Parquet: expected the package pyarrow (pip install 'lttngx[columns]')") from None
    schema = arrow.schema([("path", arrow.dictionary(arrow.int32(), arrow.string())), ("begin_ns", arrow.int64()),
                           ("end_ns", arrow.int64()), ("integer", arrow.int64()), ("real", arrow.float64()),
                           ("text", arrow.string()), ("uncertain_ns", arrow.int64())])
    count = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in _batches(history.range()):
            writer.write_table(arrow.table([*_columns(batch)], schema=schema))
            count += len(batch)
    return count


def _batches(intervals: Iterator[Interval]) -> Iterator[list[Interval]]:
    while batch := list(islice(intervals, BATCH)):
        yield batch


def _columns(batch: list[Interval]) -> Iterator[list[Any]]:
    values = [_storable(one.value) for one in batch]
    yield [one.path for one in batch]
    yield [one.begin_ns for one in batch]
    yield [one.end_ns for one in batch]
    for kind in (int, float, str):
        yield [value if type(value) is kind else None for value in values]
    yield [one.uncertain_ns for one in batch]


FORMATS: dict[str, Callable[[History, Path], int]] = {".sqlite": _sqlite, ".parquet": _parquet}
