"""Rows and lines of source.lttngx.archive: speed, memory over many chunks, and how soon a chunk's windows are there."""

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import longer
import measure

CPUTOP = ("-c", "sink.lttngx.cputop", "-p", 'refresh="1s",format=csv')
DUMMY = ("-c", "sink.utils.dummy")


def chunk_name(number: int) -> str:
    """Return a chunk's name; only the number behind the last dash matters."""
    return f"20261122T210000+0000-20261122T210001+0000-{number}"


def rotated(trace: Path, archives: Path, rounds: int, each: int = 1) -> Path:
    """Write a trace as rotated chunks: `rounds` times, each time later. each: chunks of a round, packets shared out evenly."""
    streams = {path.name: path.read_bytes() for path in trace.iterdir() if path.is_file() and path.name != "metadata"}
    found = {name: list(longer.packets(data)) for name, data in streams.items()}
    contexts = [context for one in found.values() for _, _, context in one]
    span_ns = max(context[1] for context in contexts) - min(context[0] for context in contexts)
    step_ns = (span_ns // 2**32 + 1) * 2**32
    for number in range(rounds * each):
        folder = archives / chunk_name(number)
        folder.mkdir(parents=True)
        shutil.copy(trace / "metadata", folder / "metadata")
        turn, part = divmod(number, each)
        for name, one in found.items():
            first, last = part * len(one) // each, (part + 1) * len(one) // each
            with open(folder / name, "wb") as output:
                for at in range(first, last):
                    offset, size, context = one[at]
                    output.write(longer.shifted(streams[name][offset:offset + size], context, turn * step_ns, turn * len(one) + at))
    return archives


def source(archives: Path, *params: str) -> tuple[str, ...]:
    """Return the words which read the chunks."""
    return ("-c", "source.lttngx.archive", "-p", ",".join((f'inputs=["{archives}"]', *params)))


def commands(plugin: Sequence[str], archives: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the commands of the row: all chunks one after another, and Babeltrace's reader of all at once."""
    theirs = (*plugin, "-c", "source.ctf.fs", "-p", "inputs=[" + ",".join(f'"{path}"' for path in sorted(archives.iterdir())) + "]")
    return (*plugin, *source(archives), *DUMMY), (*theirs, *DUMMY)


def lines(plugin: Sequence[str], trace: Path, scratch: Path) -> Iterator[str]:
    """Yield the lines on memory and on delays."""
    short = rotated(trace, scratch / "few", 2, 10)
    long = rotated(trace, scratch / "many", 20, 10)
    peaks = [measure.peak_mib((*plugin, *source(path), *CPUTOP)) for path in (short, long)]
    yield f"peak memory of cputop on 20 and on 200 chunks: {peaks[0]:.0f} MiB, {peaks[1]:.0f} MiB"
    delays = list(measured_delays(plugin, sorted(short.iterdir(), key=lambda path: int(path.name.rpartition("-")[2])), scratch / "live"))
    yield f"rename of a chunk to its windows on disk: median {statistics.median(delays):.0f} ms, longest {max(delays):.0f} ms"


def measured_delays(plugin: Sequence[str], chunks: Sequence[Path], session: Path) -> Iterator[float]:
    """Yield the ms from the rename of each chunk to the last window which it closes; the command asks every 10 ms."""
    (session / "archives").mkdir(parents=True)
    (session / "current").mkdir()
    output = session / "windows"
    with output.open("wb") as file:
        process = subprocess.Popen((*plugin, "--retry-duration=10000", *source(session, "follow=yes"), *CPUTOP), stdout=file)
    time.sleep(1.5)
    for chunk in chunks:
        before = output.stat().st_size
        os.rename(chunk, session / "archives" / chunk.name)
        renamed_s = time.monotonic()
        seen_s, size = renamed_s, before
        while time.monotonic() - max(seen_s, renamed_s) < 0.5:
            if output.stat().st_size > size:
                seen_s, size = time.monotonic(), output.stat().st_size
            time.sleep(0.002)
        if size > before:
            yield 1000 * (seen_s - renamed_s)
    (session / "current").rmdir()
    process.wait(30)
