"""What paths say: examples are LTTng's own layouts (lttng-concepts(7), "trace chunk"; recorded sessions)."""

from pathlib import Path

import pytest

from lttngx.packets.names import NO_CPU, Channel, channels, place_of

BEGIN, END = "20261122T192800+0000", "20261122T192803+0000"


@pytest.mark.parametrize("path, root, chunk, archived, below", [
    ("/o/kernel", "/o", None, False, "kernel"),
    ("/o/ust/uid/1000/64-bit", "/o", None, False, "ust/uid/1000/64-bit"),
    (f"/o/{BEGIN}-7/kernel", "/o", 7, False, "kernel"),
    (f"/o/archives/{BEGIN}-{END}-12/ust/pid/a-1-x/64-bit", "/o", 12, True, "ust/pid/a-1-x/64-bit"),
    # Chunks which were taken elsewhere; negative zone offsets.
    ("/elsewhere/20261122T192800-0430-20261122T192803-0430-0/kernel", "/elsewhere", 0, True, "kernel"),
    ("/no/recording", "/no/recording", None, False, ""),
])
def test_place(path, root, chunk, archived, below):
    place = place_of(Path(path))
    assert (str(place.root), place.chunk, place.archived, place.below) == (root, chunk, archived, below)


@pytest.mark.parametrize("files, expected", [
    ({"k_0": 0, "k_11": 11}, {"k_0": ("k", 0), "k_11": ("k", 11)}),
    ({"my_chan_0": None}, {"my_chan_0": ("my_chan", 0)}),
    # Channels whose names end in a number, and trace file rotation: stream IDs are CPU numbers.
    ({"ch_1_0": 0, "ch_1_1": 1}, {"ch_1_0": ("ch_1", 0), "ch_1_1": ("ch_1", 1)}),
    ({"ch_0_0": 0, "ch_0_1": 0, "ch_1_0": 1}, {"ch_0_0": ("ch", 0), "ch_0_1": ("ch", 0), "ch_1_0": ("ch", 1)}),
    ({"ch_1_0": None}, {"ch_1_0": ("ch_1", 0)}),
    ({"stream": 3}, {"stream": ("stream", NO_CPU)}),
])
def test_channels(files, expected):
    assert channels(files) == {name: Channel(*channel) for name, channel in expected.items()}
