"""Bandwidth: parts of every trace, cut anywhere in time, and shards as they are planned, joined in any grouping, are the whole."""

import functools
import pickle
import shutil

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cores import NATIVE
from lttngx.analyses.bandwidth import Bandwidth, Options
from lttngx.commands.shards.packet_reading import first_packet, read_packets
from lttngx.commands.shards.plan import plan
from lttngx.render.bandwidth import document
from playing import left, right, tree
from recorded import TRACES, unpacked

pytestmark = pytest.mark.skipif(isinstance(NATIVE, str), reason=f"plans need the compiled core: {NATIVE}")
WHOLE = ("kernel-ctx", "kernel-noctx", "kernel-lost", "ctf18-kernel", "ctf18-ust", "ctf18-rotated", "ctf2-ust-multi", "ust-spans")


@functools.cache
def place(trace):
    """Return where a trace is; `chunks`: a rotated session without its middle chunk and without index files."""
    if trace != "chunks":
        return {"kernel-rotated": unpacked("kernel-rotated") / "archives"}.get(trace, TRACES / trace)
    chunks = unpacked("kernel-rotated").parent / "without-index" / "archives"
    for chunk in (unpacked("kernel-rotated") / "archives").iterdir():
        if not chunk.name.endswith("-3"):
            shutil.copytree(chunk, chunks / chunk.name, ignore=shutil.ignore_patterns("index"))
    return chunks


@functools.cache
def directories(trace):
    return plan([str(place(trace))], 1, 1)[0].directories


@functools.cache
def options(trace, windows):
    if not windows:
        return Options()
    (first_ns, last_ns), _ = whole(trace, False)
    return Options(first_packet(directories(trace)).begin_ns, None, (last_ns - first_ns) // 7 + 1, 1_000_000)


def part(trace, windows, *shard):
    """Return an engine fed with directories, range and files, as it comes from another process."""
    engine = Bandwidth(options(trace, windows))
    read_packets(engine, *shard)
    return pickle.loads(pickle.dumps(engine))


def shown(engine):
    return [document(result) for result in engine.results()]


@functools.cache
def whole(trace, windows):
    engine = Bandwidth(options(trace, windows))
    read_packets(engine, directories(trace))
    return (engine.first_ns, engine.last_ns), shown(engine)


@pytest.mark.parametrize("windows", [False, True])
@pytest.mark.parametrize("trace", [*WHOLE, "kernel-rotated", "chunks"])
@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(data=st.data())
def test_packets_of_parts_are_the_whole(trace, windows, data):
    (first_ns, last_ns), expected = whole(trace, windows)
    if data.draw(st.booleans()):
        shards = plan([str(place(trace))], 1, data.draw(st.integers(1, 9)))
        ranges = [(shard.directories, shard.begin_ns, shard.end_ns, shard.files) for shard in shards]
    else:
        cuts = sorted(data.draw(st.sets(st.integers(first_ns, last_ns + 1), min_size=1, max_size=4)))
        ranges = [(directories(trace), begin, end) for begin, end in zip([None, *cuts], [*cuts, None])]
    parts = [part(trace, windows, *one) for one in ranges]
    fold = data.draw(st.sampled_from([left, right, tree]))
    assert shown(fold(Bandwidth(options(trace, windows)), parts)) == expected


def test_windows_are_given_while_parts_come():
    """What was given away before a part came is not given again, and nothing of the part belongs there."""
    _, expected = whole("kernel-rotated", True)
    joined, given = Bandwidth(options("kernel-rotated", True)), []
    for shard in plan([str(place("kernel-rotated"))], 1, 9):
        joined.merge(part("kernel-rotated", True, shard.directories, shard.begin_ns, shard.end_ns, shard.files))
        given.append([document(result) for result in joined.closed()])
    assert sum(given, []) + shown(joined) == expected
    assert sum(map(bool, given)) > 2


def test_lost_chunks_are_counted_once():
    """The packets which are missing between chunks 2 and 4 are those of chunk 3, which the whole recording has."""
    def sums(trace, *names):
        _, (result,) = whole(trace, False)
        return sum(session[name] for session in result["sessions"] for name in names)
    assert sums("chunks", "lost_packets") > sums("kernel-rotated", "lost_packets") == 0
    assert sums("chunks", "packets", "lost_packets") == sums("kernel-rotated", "packets")
