#!/usr/bin/env python3
"""Cuts a recorded LTTng trace (CTF 1.8) to whole packets of a time range, so that small pieces serve as test data.

The packets keep the tracer's bytes: they are found through the index files beside the stream files
(lttng-tools' ctf-index.h: big-endian header of four 32-bit words, then entries of 64-bit words) and copied. Streams
are cut at their own packet borders, so their edges are ragged, as those of a snapshot are. `--trim` replaces the
metadata by plain text without the event classes of which the cut has no event.

Usage: cut-trace.py TRACE_DIR OUT_DIR [--begin SECONDS] [--end SECONDS] [--packets N] [--trim]
SECONDS count from the first packet's begin.
"""

import argparse
import re
import struct
import subprocess
import sys
from pathlib import Path

MAGIC = 0xC1F1DCC1
HEADER = struct.Struct(">4I")
# offset, packet size, content size (bits), begin, end (clock values), events discarded, stream class id
ENTRY = struct.Struct(">7Q")


def read_index(path: Path) -> tuple[bytes, list[bytes]]:
    """Return the header and the raw entries of an index file."""
    data = path.read_bytes()
    magic, _, _, size = HEADER.unpack_from(data)
    if magic != MAGIC:
        raise SystemExit(f"Cannot read index: path={path}, expected magic={MAGIC:#x}, got {magic:#x}")
    return data[:HEADER.size], [data[at:at + size] for at in range(HEADER.size, len(data), size)]


def cut_stream(stream: Path, out: Path, begin: int, end: int, limit: int | None) -> int:
    """Copy the packets of a stream file which overlap [begin, end) in clock values; return how many."""
    header, entries = read_index(stream.parent / "index" / f"{stream.name}.idx")
    kept, content = [], bytearray()
    source = stream.read_bytes()
    for entry in entries:
        offset, packet_bits, _, first, last, *_ = ENTRY.unpack_from(entry)
        if last < begin or first >= end or (limit is not None and len(kept) == limit):
            continue
        kept.append(struct.pack(">Q", len(content)) + entry[8:])
        content += source[offset:offset + packet_bits // 8]
    if kept:
        (out / stream.name).write_bytes(content)
        (out / "index" / f"{stream.name}.idx").write_bytes(header + b"".join(kept))
    return len(kept)


def babeltrace(*arguments: str) -> str:
    """Return what babeltrace2 prints."""
    return subprocess.run(["babeltrace2", *arguments], check=True, capture_output=True, text=True).stdout


def event_names(trace: Path) -> set[str]:
    """Return the names of the event classes of which a trace has events."""
    import bt2
    names = set()
    for message in bt2.TraceCollectionMessageIterator(str(trace)):
        if isinstance(message, bt2._EventMessageConst):
            names.add(message.event.name)
    return names


def trim_metadata(source: Path, out: Path) -> None:
    """Write plain-text metadata with only the event classes that occur in `out`."""
    (out / "metadata").write_bytes((source / "metadata").read_bytes())
    names = event_names(out)
    text = babeltrace("--output-format=ctf-metadata", str(source))
    pieces = re.split(r"(?m)^(?=event \{$)", text)
    used = [piece for piece in pieces[1:] if re.search(r'name = "([^"]*)"', piece)[1] in names]
    text = "".join([pieces[0], *used])
    prefix = "" if text.startswith("/* CTF 1.8") else "/* CTF 1.8 */\n\n"
    (out / "metadata").write_text(prefix + text)


def main() -> None:
    """Cut one trace."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("trace", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--begin", type=float, default=0.0, help="seconds from the first packet")
    parser.add_argument("--end", type=float, default=1e9, help="seconds from the first packet")
    parser.add_argument("--packets", type=int, help="at most so many packets a stream")
    parser.add_argument("--trim", action="store_true", help="drop unused event classes from the metadata")
    arguments = parser.parse_args()
    streams = sorted(path.parent.parent / path.stem for path in arguments.trace.glob("index/*.idx"))
    firsts = [ENTRY.unpack_from(entries[0])[3] for entries in (read_index(s.parent / "index" / f"{s.name}.idx")[1]
                                                             for s in streams) if entries]
    origin = min(firsts)
    (arguments.out / "index").mkdir(parents=True, exist_ok=True)
    for stream in streams:
        begin, end = (origin + int(seconds * 1e9) for seconds in (arguments.begin, arguments.end))
        count = cut_stream(stream, arguments.out, begin, end, arguments.packets)
        print(f"{stream.name}: {count} packets", file=sys.stderr)
    if arguments.trim:
        trim_metadata(arguments.trace, arguments.out)
    else:
        (arguments.out / "metadata").write_bytes((arguments.trace / "metadata").read_bytes())


if __name__ == "__main__":
    main()
