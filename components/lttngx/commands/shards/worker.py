"""What a worker does: reads one shard, feeds an engine, returns it. Runs in any process which has Babeltrace and this package."""

from typing import Any

from lttngx.bt.reading import read
from lttngx.shards.cuts import Shard


def work(shard: Shard, part: Any) -> Any:
    """Return the engine `part`, fed with a shard. Raises LttngxError."""
    extractor = read(part, shard.directories, shard.begin_ns, shard.end_ns)
    part.cover(extractor.first_ns, extractor.last_ns)
    if hasattr(part, "events"):
        part.events = extractor.events
    return part
