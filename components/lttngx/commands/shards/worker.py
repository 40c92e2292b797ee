"""What a worker does: reads one shard, feeds an engine, returns it. Runs in any process which has Babeltrace and this package."""

from collections.abc import Callable
from typing import Any

from lttngx.bt.reading import first_event_ns, read
from lttngx.shards.cuts import Shard
from lttngx.shards.partials import growing, packed


def work_apart(shard: Shard, part: Any, work: Callable[[Shard, Any], Any]) -> bytes:
    """Return `part`, fed with a shard by `work`, as bytes for another process. Raises LttngxError."""
    with growing():
        return packed(work(shard, part))


def work(shard: Shard, part: Any) -> Any:
    """Return the engine `part`, fed with a shard. Raises LttngxError."""
    extractor = read(part, shard.directories, shard.begin_ns, shard.end_ns, shard.files)
    part.cover(extractor.first_ns, extractor.last_ns)
    if hasattr(part, "events"):
        part.events = extractor.events
    return part


def first_times(shard: Shard) -> tuple[int | None, int | None]:
    """Return the time of the first event, for which dates are, and where windows begin: there, too. Raises TraceError."""
    first_ns = first_event_ns(shard.directories, shard.files)
    return first_ns, first_ns
