"""Losses between packets, each case counted on paper."""

import pytest

from lttngx.packets.counters import Counters


@pytest.mark.parametrize("packets, expected, bits", [
    # From the first packet on, everything is known.
    ([(0, 5), (1, 5), (2, 9)], [(0, 5), (0, 0), (0, 4)], 64),
    # A part read alone: what was lost before it is not known.
    ([(7, 2050), (8, 2100)], [(-1, -1), (0, 50)], 64),
    # Overwrite mode: packets 2 and 3, then 5 are gone.
    ([(0, 0), (1, 0), (4, 0), (6, 0)], [(0, 0), (0, 0), (2, 0), (1, 0)], 64),
    # A 32-bit counter wraps. One which goes back a little is of a packet delivered late: 12 were discarded in all.
    ([(0, 0), (1, 2**32 - 10), (2, 5)], [(0, 0), (0, 2**32 - 10), (0, 15)], 32),
    ([(0, 0), (1, 10), (2, 5), (3, 12)], [(0, 0), (0, 10), (0, 0), (0, 2)], 64),
    ([(0, 0), (1, 10), (2, 5), (3, 12)], [(0, 0), (0, 10), (0, 0), (0, 2)], 32),
    # A stream begun again.
    ([(0, 0), (1, 9), (0, 2)], [(0, 0), (0, 9), (0, 2)], 64),
    # Indexes 1.0 have no sequence numbers, other tracers no counter.
    ([(None, 0), (None, 3)], [(-1, 0), (-1, 3)], 64),
    ([(None, 4), (None, 4)], [(-1, -1), (-1, 0)], 64),
    ([(0, None), (2, None)], [(0, -1), (1, -1)], 64),
])
def test_losses(packets, expected, bits):
    counters = Counters(bits)
    assert [counters.losses(*packet) for packet in packets] == expected
