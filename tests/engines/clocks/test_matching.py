"""Matching: which sights of a message say something about clocks, and what becomes of the others."""

import pytest

from lttngx.clocks.matching import RECEIVE, SEND, Matcher

A, B, C = range(3)


def match(*sights, window_ns=None):
    """Return (matches, counts) of sights (host, side, time, key, place)."""
    found = []
    matcher = Matcher(found.append, window_ns)
    for host, side, time, key, place in sights:
        matcher.see(host, side, time, key, place)
    rest, counts = matcher.rest()
    return found + rest, counts


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_one_send_and_one_receive(order):
    sights = [(A, SEND, 5, "k", None), (B, RECEIVE, 3, "k", None)]
    assert match(*(sights[at] for at in order))[0] == [(A, 5, B, 3)]


def test_one_side_only_and_one_host_only():
    found, counts = match((A, SEND, 1, "lost", None), (B, RECEIVE, 2, "unseen", None), (A, SEND, 3, "own", None),
                          (A, RECEIVE, 4, "own", None))
    assert not found
    assert counts.unmatched == {(A, SEND): 1, (B, RECEIVE): 1}
    assert counts.local == 1 and not counts.ambiguous


@pytest.mark.parametrize("sights", [
    [(A, SEND, 1, "k", "eth0"), (A, SEND, 9, "k", "eth0"), (B, RECEIVE, 8, "k", "eth0")],  # which one was received?
    [(A, SEND, 1, "k", "eth0"), (B, RECEIVE, 2, "k", "eth0"), (B, RECEIVE, 8, "k", "eth0")],
    [(A, SEND, 1, "k", None), (B, SEND, 9, "k", None), (C, RECEIVE, 8, "k", None)],  # from whom?
])
def test_what_is_seen_twice_is_ambiguous(sights):
    found, counts = match(*sights)
    assert not found
    assert (counts.ambiguous, counts.ambiguous_events) == (1, 3)


def test_forwarding_within_hosts():
    """Container → bridge → wire → bridge → container: both hosts send and receive; A first sends, B last receives."""
    found, _ = match((A, SEND, 10, "k", "veth1"), (A, RECEIVE, 11, "k", "veth0"), (A, SEND, 12, "k", "eth0"),
                     (B, RECEIVE, 50, "k", "eth0"), (B, SEND, 51, "k", "veth0"), (B, RECEIVE, 52, "k", "veth1"))
    assert found == [(A, 10, B, 50)]


def test_a_router_between_two_hosts():
    """C gets it from A and gives it to B. Nothing says B sent to C."""
    found, _ = match((C, RECEIVE, 500, "k", "eth0"), (C, SEND, 501, "k", "eth1"), (A, SEND, 10, "k", "eth0"), (B, RECEIVE, 90, "k", "eth0"))
    assert sorted(found) == [(A, 10, B, 90), (A, 10, C, 500), (C, 501, B, 90)]


def test_routers_at_both_ends_of_the_known_part_say_nothing():
    """Two routers, neither the origin nor the end: without clocks, their order is unknown."""
    assert match((A, RECEIVE, 1, "k", 0), (A, SEND, 2, "k", 1), (B, RECEIVE, 1, "k", 0), (B, SEND, 2, "k", 1))[0] == []


def test_a_message_to_many_hosts():
    assert sorted(match((A, SEND, 1, "k", 0), (B, RECEIVE, 20, "k", 0), (C, RECEIVE, 30, "k", 0))[0]) == [(A, 1, B, 20), (A, 1, C, 30)]


def test_a_window_bounds_what_is_kept():
    """10,000 messages never received: only those of the last 100 ns wait. A late receive is unmatched then."""
    found = []
    matcher = Matcher(found.append, 100)
    for time in range(10_000):
        matcher.see(A, SEND, time, time, None)
        assert matcher.pending <= 101
    matcher.see(B, RECEIVE, 9_950, 9_950, None)
    matcher.see(B, RECEIVE, 10_000, 5, None)
    matcher.see(A, SEND, 20_000, "last", None)
    assert found == [(A, 9_950, B, 9_950)]
    _, counts = matcher.rest()
    assert counts.unmatched == {(A, SEND): 10_000, (B, RECEIVE): 1}
