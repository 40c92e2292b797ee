"""Partial results as bytes, and the garbage collector while they grow."""

import gc

import pytest

from lttngx.analyses.counts import EventCounts
from lttngx.shards.partials import growing, packed, unpacked


def test_the_collector_looks_seldom_while_results_grow_whatever_happens():
    before = gc.get_threshold()
    with growing():
        assert all(now > then for now, then in zip(gc.get_threshold(), before)) and gc.isenabled()
    assert gc.get_threshold() == before
    with pytest.raises(KeyError), growing():
        raise KeyError
    assert gc.get_threshold() == before


def test_what_arrives_is_what_was_sent():
    part = EventCounts(3)
    part.cover(7, 9)
    sent = packed(part)
    assert isinstance(sent, bytes)
    arrived = unpacked(sent)
    assert arrived is not part and vars(arrived) == vars(part)
