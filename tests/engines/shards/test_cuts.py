"""Where traces are cut: ranges which are the whole, of about equal size, with the directories that their readers need."""

from hypothesis import given
from hypothesis import strategies as st

from lttngx.shards.cuts import MOST_BYTES, Packet, cut_times, shard_count, shards


def packet(stream, path, begin_ns, end_ns, size_bytes, first_byte=0):
    return Packet(stream, path, begin_ns, end_ns, size_bytes, first_byte, first_byte + size_bytes)


def test_packets_are_cut_in_halves_by_size():
    packets = [packet("s", "d/s", begin, begin + 9, size) for begin, size in ((0, 30), (10, 10), (20, 10), (30, 10), (40, 20))]
    assert cut_times(packets, 1) == []
    # 80 bytes: 40 of them are before the packet at 20.
    assert cut_times(packets, 2) == [20]
    assert cut_times(packets, 1000) == [10, 20, 30, 40]


def test_a_reader_gets_the_chunks_beside_its_own_for_their_packets_counters():
    """Three chunks of two streams: the packet of stream b in the first one lasts into the third one's time."""
    packets = [packet("a", "0/a", 0, 9, 50), packet("a", "1/a", 10, 19, 50), packet("a", "2/a", 20, 29, 50),
               packet("b", "0/b", 0, 21, 1)]
    found = shards(packets, ["0", "1", "2"], 3)
    assert [(shard.begin_ns, shard.end_ns, shard.directories) for shard in found] == [
        (None, 10, ("0", "1")), (10, 20, ("0", "1", "2")), (20, None, ("0", "1", "2"))]
    assert [shard.number for shard in found] == [0, 1, 2]


def test_a_stream_without_times_is_everyones():
    packets = [packet("a", "0/a", 0, 9, 50), packet("a", "1/a", 10, 19, 50), packet("b", "2/b", None, None, 1)]
    first, second = shards(packets, ["0", "1", "2"], 2)
    assert (first.directories, second.directories) == (("0", "1", "2"), ("0", "1", "2"))
    assert first.files == second.files == {"0/a": (0, 50), "1/a": (0, 50), "2/b": (0, 1)}


def test_a_reader_is_told_which_bytes_have_its_packets_and_those_beside_them():
    """One file with four packets of stream a and one of b between them, cut at 20."""
    packets = [packet("a", "d/f", 0, 9, 10), packet("a", "d/f", 10, 19, 10, 10), packet("b", "d/f", 11, 15, 5, 20),
               packet("a", "d/f", 20, 29, 15, 25), packet("a", "d/f", 30, 39, 10, 40), packet("a", "e/f", 40, 49, 1)]
    first, second = shards(packets, ["d", "e"], 2)
    assert second.begin_ns == first.end_ns == 20
    assert (first.directories, first.files) == (("d",), {"d/f": (0, 40)})
    assert (second.directories, second.files) == (("d", "e"), {"d/f": (10, 50), "e/f": (0, 1)})


def test_a_reader_gets_the_packet_whose_counter_holds():
    """The packets with the counters 7 and 8 were delivered late: what is lost before the packet after them is counted from 9."""
    packets = [Packet("a", "d/f", 10 * at, 10 * at + 9, 10, 10 * at, 10 * at + 10, count) for at, count in enumerate((5, 9, 7, 8, 9, 9))]
    found = shards(packets, ["d"], 6)
    assert [(shard.begin_ns, shard.files["d/f"][0]) for shard in found] == [(None, 0), (10, 0), (20, 10), (30, 10), (40, 10), (50, 40)]


def test_what_cannot_be_cut_is_one_shard_with_all():
    for packets in ([], [packet("a", "0/a", None, None, 1 << 30)]):
        (shard,) = shards(packets, ["0", "empty"], 4)
        assert (shard.directories, shard.begin_ns, shard.end_ns, shard.files) == (("0", "empty"), None, None, None)


def test_shards_are_for_workers_and_memory():
    assert shard_count(0, 4) == shard_count(1 << 20, 4) == 1
    assert shard_count(MOST_BYTES + 1, 1) == 2
    assert shard_count(100 << 20, 2) == 8
    assert shard_count(100 * MOST_BYTES, 2) == 100
    # As many for each of 3 workers: 34 or more are needed.
    assert shard_count(100 * MOST_BYTES, 3) == 102
    assert shard_count(100 << 20, 1, 10 << 20) == 10


PACKETS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 50), st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=30)


@given(rows=PACKETS, count=st.integers(1, 9))
def test_each_moment_is_in_one_shard_which_has_its_packets(rows, count):
    packets = [packet(stream, f"{begin % 3}/{stream}", begin, begin + length, size, 100 * number)
               for number, (stream, begin, length, size) in enumerate(rows)]
    found = shards(packets, ["0", "1", "2"], count)
    assert len(found) <= count
    assert [shard.begin_ns for shard in found[1:]] == [shard.end_ns for shard in found[:-1]]
    assert found[0].begin_ns is None and found[-1].end_ns is None
    for shard in found:
        for one in packets:
            inside = (shard.end_ns is None or one.begin_ns < shard.end_ns) and (
                shard.begin_ns is None or one.end_ns >= shard.begin_ns)
            if inside and shard.files is not None:
                first, end = shard.files[one.path]
                assert first <= one.first_byte and one.end_byte <= end and one.path[0] in shard.directories
