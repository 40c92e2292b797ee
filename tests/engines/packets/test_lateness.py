"""How far time has come in a followed session, as far as its packets tell."""

from lttngx.packets.lateness import Lateness


def test_nothing_is_known_before_a_packet():
    assert Lateness().time_ns(5) is None


def test_what_was_there_may_be_a_chunk_old():
    lateness = Lateness()
    lateness.arrived(0, 1000, 50_000, longest_chunk_ns=300)
    assert lateness.time_ns(50_000) == 700 and lateness.time_ns(50_500) == 1200


def test_the_oldest_packet_of_an_arrival_tells():
    lateness = Lateness()
    lateness.arrived(0, 1000, 50_000)
    # Ends from 1100 to 1200 come 300 after the first: at most 50,300 - 1100 late.
    lateness.arrived(1100, 1200, 50_300)
    assert lateness.time_ns(50_300) == 1100 and lateness.time_ns(50_600) == 1400


def test_the_greatest_lateness_holds():
    lateness = Lateness()
    for oldest, newest, now in ((0, 1000, 50_000), (1100, 1200, 50_300), (1250, 1300, 50_500), (1301, 1400, 50_510)):
        lateness.arrived(oldest, newest, now)
    assert lateness.time_ns(50_600) == 50_600 - max(50_300 - 1100, 50_500 - 1250, 50_510 - 1301)
