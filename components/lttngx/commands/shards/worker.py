"""What a worker does: reads one shard, feeds an engine, returns it. Runs in any process which has Babeltrace and this package."""

from typing import Any

from lttngx.bt.reading import read
from lttngx.shards.cuts import Shard
from lttngx.shards.partials import growing, packed


def work_apart(shard: Shard, part: Any) -> bytes:
    """Return `part`, fed with a shard, as bytes for another process. Raises LttngxError."""
    with growing():
        return packed(work(shard, part))


def work(shard: Shard, part: Any) -> Any:
    """Return the engine `part`, fed with a shard. Raises LttngxError."""
    extractor = read(part, shard.directories, shard.begin_ns, shard.end_ns, shard.files)
    part.cover(extractor.first_ns, extractor.last_ns)
    if hasattr(part, "events"):
        part.events = extractor.events
    return part
