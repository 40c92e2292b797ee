#!/usr/bin/env python3
"""Sum what read() returned by thread name: lttngx.read gives Arrow tables, and pandas, Polars and DuckDB take them.

Usage: reads_by_name.py TRACE          (the trace has the context procname)
"""

import sys

import pyarrow.compute as compute

import lttngx


def main(trace: str) -> None:
    tables = lttngx.read(trace, events="syscall_exit_read", fields=["payload.ret", "context.procname"])
    reads = tables["syscall_exit_read"]
    sums = reads.filter(compute.field("ret") > 0).group_by("ctx.procname").aggregate([("ret", "sum"), ("ret", "count")])
    for row in sums.sort_by([("ret_sum", "descending")]).to_pylist():
        print(f'{row["ctx.procname"]:20} {row["ret_sum"]:12,} bytes {row["ret_count"]:6} reads')


if __name__ == "__main__":
    main(*sys.argv[1:])
