"""What people write without sink.lttngx.events: a bt2 script which reads a trace into a Parquet file per event name.

Usage: parquet_with_bt2.py TRACE FOLDER
"""

import sys
from collections import defaultdict
from pathlib import Path

import bt2
import pyarrow as pa
from pyarrow import parquet


def plain(field):
    """Return a field as Arrow takes it, None where it is absent."""
    if isinstance(field, bt2._StringFieldConst):
        return str(field)
    if isinstance(field, bt2._BoolFieldConst):
        return bool(field)
    if isinstance(field, bt2._IntegerFieldConst):
        # pyarrow takes Python integers for signed ones of 64 bits.
        return int(field) - (1 << 64) * (int(field) >= 1 << 63)
    if isinstance(field, bt2._RealFieldConst):
        return float(field)
    if isinstance(field, bt2._VariantFieldConst):
        return plain(field.selected_option)
    if isinstance(field, bt2._OptionFieldConst):
        return plain(field.field)
    if isinstance(field, bt2._ArrayFieldConst):
        return [plain(element) for element in field]
    return None if field is None else {name: plain(member) for name, member in field.items()}


def main(trace: str, folder: Path) -> None:
    """Write the files."""
    rows = defaultdict(list)
    for message in bt2.TraceCollectionMessageIterator(trace):
        if type(message) is bt2._EventMessageConst:
            event = message.event
            row = {"time": message.default_clock_snapshot.ns_from_origin, "cpu": int(event.packet.context_field["cpu_id"])}
            for scope in (event.common_context_field, event.specific_context_field, event.payload_field):
                if scope is not None:
                    row |= {name: plain(member) for name, member in scope.items()}
            rows[event.name].append(row)
    for name, found in rows.items():
        parquet.write_table(pa.Table.from_pylist(found), folder / f"{name.replace('/', '_')}.parquet", compression="zstd")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
