"""Writers of blocks which need the standard library alone: JSON lines, CSV, SQLite. Each has `write(block)`, `flush()`, after which
readers see what was written, and `close()`.

Losses are lines, rows or a table of their own: `discarded`.
"""

import contextlib
import csv
import json
import re
import sqlite3
from pathlib import Path
from typing import Any, TextIO

from lttngx.columns.collecting import Block, Loss, Part, Table
from lttngx.columns.rows import encoded, flat, ordered, part_rows
from lttngx.core.classes import Scope

COMMON = ("time_ns", "cpu", "trace")
LOSSES = ("what", "trace", "stream", "begin_ns", "end_ns", "count")
# JSON's names of scopes.
SCOPES = {Scope.PACKET_CONTEXT: "packet", Scope.COMMON_CONTEXT: "context", Scope.SPECIFIC_CONTEXT: "context", Scope.PAYLOAD: "payload"}


def header(table: Table) -> tuple[str, ...]:
    """Return the names of a table's columns."""
    return (*COMMON, *(one.name for one in table.fields))


def loss_row(loss: Loss) -> tuple:
    """Return a loss under LOSSES."""
    return loss.what, loss.trace, loss.stream, loss.begin_ns, loss.end_ns, loss.count


def file_name(table: str) -> str:
    """Return a table's name as a file's: what a file system or shell may not like becomes `_`."""
    return re.sub(r"[^\w.~+=:-]", "_", table) or "_"


class JsonLines:
    """One JSON object an event, all in order: name, time_ns, cpu, trace, and the fields of each scope as they are nested."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def write(self, block: Block) -> None:
        """Write the events of a block, each loss behind the event before it."""
        losses = sorted(block.losses, key=lambda loss: loss.ordinal)
        for part, (ordinal, time_ns, cpu, values) in ordered(block):
            while losses and losses[0].ordinal < ordinal:
                self._lose(losses.pop(0))
            self._output.write(self._dump(self._object(part, time_ns, cpu, values)) + "\n")
        for loss in losses:
            self._lose(loss)

    def _object(self, part: Part, time_ns: int | None, cpu: int | None, values: tuple) -> dict[str, Any]:
        found: dict[str, Any] = {"name": part.table.event, "time_ns": time_ns, "cpu": cpu, "trace": part.trace}
        for one, value in zip(part.table.fields, values):
            if value is not None:
                inner = found.setdefault(SCOPES[one.scope], {})
                for name in one.names[:-1]:
                    inner = inner.setdefault(name, {})
                inner[one.names[-1]] = encoded(value)
        return found

    def _lose(self, loss: Loss) -> None:
        self._output.write(self._dump({"discarded": dict(zip(LOSSES, loss_row(loss)))}) + "\n")

    def flush(self) -> None:
        """Write what is held."""
        self._output.flush()

    close = flush


class CsvFiles:
    """A file NAME.csv a table in a new folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, tuple[TextIO, Any]] = {}

    def _writer(self, name: str, headings: tuple[str, ...]) -> Any:
        if name not in self._files:
            file = open(self._folder / f"{file_name(name)}.csv", "x", encoding="utf-8", newline="")
            self._files[name] = file, csv.writer(file, lineterminator="\n")
            self._files[name][1].writerow(headings)
        return self._files[name][1]

    def write(self, block: Block) -> None:
        """Write the rows of a block."""
        for part in block.parts:
            writer = self._writer(part.table.name, header(part.table))
            writer.writerows((time_ns, cpu, part.trace, *(flat(encoded(value)) for value in values))
                             for _, time_ns, cpu, values in part_rows(part))
        for loss in block.losses:
            self._writer("discarded", LOSSES).writerow(loss_row(loss))

    def flush(self) -> None:
        """Write what is held."""
        for file, _ in self._files.values():
            file.flush()

    def close(self) -> None:
        """Close the files."""
        for file, _ in self._files.values():
            file.close()


class Sqlite:
    """A new database with a table per table of events. Integers of 64 bits without sign beyond SQLite's range are text."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;")
        self._inserts: dict[str, str] = {}

    def _insert(self, name: str, columns: tuple[str, ...]) -> str:
        if name not in self._inserts:
            quoted = ", ".join(map(_quoted, _distinct(columns)))
            self._connection.execute(f"CREATE TABLE {_quoted(name)} ({quoted})")
            self._inserts[name] = f"INSERT INTO {_quoted(name)} VALUES ({', '.join('?' * len(columns))})"
        return self._inserts[name]

    def write(self, block: Block) -> None:
        """Write the rows of a block."""
        for part in block.parts:
            insert = self._insert(part.table.name, header(part.table))
            self._connection.executemany(insert, (
                (time_ns, cpu, part.trace, *map(_stored, values)) for _, time_ns, cpu, values in part_rows(part)))
        if block.losses:
            self._connection.executemany(self._insert("discarded", LOSSES), map(loss_row, block.losses))

    def flush(self) -> None:
        """End the transaction, and begin another; go on with it while a reader keeps the database locked."""
        with contextlib.suppress(sqlite3.OperationalError):
            self._connection.execute("COMMIT")
            self._connection.execute("BEGIN")

    def close(self) -> None:
        """End the transaction, with an index of times for each table."""
        for name in self._inserts:
            if name != "discarded":
                self._connection.execute(f"CREATE INDEX {_quoted(name + ' by time')} ON {_quoted(name)} (time_ns)")
        self._connection.execute("COMMIT")
        self._connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _distinct(columns: tuple[str, ...]) -> list[str]:
    """Return names which SQLite, for which case does not matter, tells apart."""
    found: dict[str, str] = {}
    for name in columns:
        while name.lower() in found:
            name += "_"
        found[name.lower()] = name
    return list(found.values())


def _stored(value: Any) -> Any:
    value = flat(value)
    if isinstance(value, int) and not -2**63 <= value < 2**63:
        return str(value)
    return value
