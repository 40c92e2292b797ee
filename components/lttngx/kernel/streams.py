"""Which CPU an LTTng stream is of: what a loss, which has no packet, is told of."""

import re

from lttngx.core.classes import Stream


def stream_key(stream: Stream) -> tuple[str | None, int]:
    """Return what tells a stream's class: its trace and its number."""
    return stream.trace.uuid, stream.class_id


def trailing_number(name: str | None) -> int | None:
    """Return the CPU number at the end of an LTTng stream file's name (channel_CPU, or channel_CPU_FILE where files
    rotate: then None)."""
    match = re.fullmatch(r".*/[^/]*?[^/\d]_(\d+)", name or "")
    return int(match[1]) if match else None


class StreamCpus:
    """The CPUs which streams' packets told."""

    def __init__(self) -> None:
        self._cpus: dict[tuple, int] = {}

    def see(self, stream: Stream, cpu: int) -> None:
        """A packet of a stream is of a CPU; −1 tells nothing."""
        if cpu >= 0:
            self._cpus[(*stream_key(stream), stream.id)] = cpu

    def cpu_of(self, stream: Stream, cpu: int = -1) -> int | None:
        """Return a stream's CPU: the given one, else what its packets told, else its name's number, else None."""
        if cpu >= 0:
            return cpu
        return self._cpus.get((*stream_key(stream), stream.id), trailing_number(stream.name))
