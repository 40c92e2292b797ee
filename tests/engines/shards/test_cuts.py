"""Where traces are cut: ranges which are the whole, of about equal size, with the directories that their readers need."""

from hypothesis import given
from hypothesis import strategies as st

from lttngx.shards.cuts import MOST_BYTES, Packet, cut_times, shard_count, shards


def test_packets_are_cut_in_halves_by_size():
    packets = [Packet("s", "d", begin, begin + 9, size) for begin, size in ((0, 30), (10, 10), (20, 10), (30, 10), (40, 20))]
    assert cut_times(packets, 1) == []
    # 80 bytes: 40 of them are before the packet at 20.
    assert cut_times(packets, 2) == [20]
    assert cut_times(packets, 1000) == [10, 20, 30, 40]


def test_a_reader_gets_the_chunks_beside_its_own_for_their_packets_counters():
    """Three chunks of two streams: the packet of stream b in the first one lasts into the third one's time."""
    packets = [Packet("a", "0", 0, 9, 50), Packet("a", "1", 10, 19, 50), Packet("a", "2", 20, 29, 50),
               Packet("b", "0", 0, 21, 1)]
    found = shards(packets, ["0", "1", "2"], 3)
    assert [(shard.begin_ns, shard.end_ns, shard.directories) for shard in found] == [
        (None, 10, ("0", "1")), (10, 20, ("0", "1", "2")), (20, None, ("0", "1", "2"))]
    assert [shard.number for shard in found] == [0, 1, 2]


def test_a_stream_without_times_is_everyones():
    packets = [Packet("a", "0", 0, 9, 50), Packet("a", "1", 10, 19, 50), Packet("b", "2", None, None, 1)]
    first, second = shards(packets, ["0", "1", "2"], 2)
    assert (first.directories, second.directories) == (("0", "1", "2"), ("0", "1", "2"))


def test_what_cannot_be_cut_is_one_shard_with_all():
    for packets in ([], [Packet("a", "0", None, None, 1 << 30)]):
        (shard,) = shards(packets, ["0", "empty"], 4)
        assert (shard.directories, shard.begin_ns, shard.end_ns) == (("0", "empty"), None, None)


def test_packets_which_follow_each_other_are_one():
    first, second = Packet("s", "d", 0, 9, 30), Packet("s", "d", 10, 25, 12)
    assert first.joined(second) == Packet("s", "d", 0, 25, 42)
    assert first.joined(Packet("s", "d", None, None, 2)).joined(second) == Packet("s", "d", None, None, 44)


def test_shards_are_for_workers_and_memory():
    assert shard_count(0, 4) == shard_count(1 << 20, 4) == 1
    assert shard_count(100 << 20, 1) == 2
    assert shard_count(100 << 20, 2) == 8
    assert shard_count(100 * MOST_BYTES, 2) == 100


PACKETS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50), st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=30)


@given(rows=PACKETS, count=st.integers(1, 9))
def test_each_moment_is_in_one_shard_which_has_its_packets(rows, count):
    packets = [Packet(stream, str(begin % 3), begin, begin + length, size) for stream, begin, length, size in rows]
    found = shards(packets, ["0", "1", "2"], count)
    assert len(found) <= count
    assert [shard.begin_ns for shard in found[1:]] == [shard.end_ns for shard in found[:-1]]
    assert found[0].begin_ns is None and found[-1].end_ns is None
    for shard in found:
        for packet in packets:
            inside = (shard.end_ns is None or packet.begin_ns < shard.end_ns) and (
                shard.begin_ns is None or packet.end_ns >= shard.begin_ns)
            assert not inside or packet.directory in shard.directories
