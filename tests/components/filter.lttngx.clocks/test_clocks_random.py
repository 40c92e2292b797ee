"""filter.lttngx.clocks on random scripts: both cores give the same messages, in the order which sorting on paper gives."""

import random

import bt2
import pytest

import graphs
from cores import NATIVE
from graphs import merged
from lttngx.core import choice
from lttngx.filters.clocks import ClocksFilter
from plain import message as plain_message
from sources import Setting

UUIDS = [f"00000000-0000-0000-0000-00000000000{digit}" for digit in range(4)]
OFFSETS_NS = [0, 5_000, -300, 7]


def script(source: random.Random, shift: int, tidy: bool) -> list[tuple]:
    """Events of two streams with packets, losses, inactivity and waiting; untidy: times go back now and then."""
    steps, now = [("stream", 0), ("packet", 0)], 10_000
    for number in range(source.randrange(1, 30)):
        now += source.choice([0, 0, 1, 40, 200])
        time = now + shift - (source.randrange(100) if not tidy and source.random() < 0.2 else 0)
        steps.append(source.choice([("plain", time, number)] * 6 + [("lost events", time, time + 5, 2), ("again",), ("packet", number % 3),
                                                                    ("inactivity", time), ("event", time, {"u8": number})]))
        if source.random() < 0.1:
            steps += [("stream", 1), ("packet", 5), ("plain", now + shift, -1), ("stream", 0)]
    return steps


def sources(seed: int, tidy: bool) -> list[Setting]:
    source = random.Random(seed)
    count = source.randrange(1, 5)
    return [Setting(script(source, -OFFSETS_NS[number], tidy), hostname=f"host-{number}", uuid=UUIDS[number])
            for number in range(count)]


def params(count: int, window: str) -> dict:
    return {"method": "offsets", "reference": "host-0", "window": window,
            "offsets": {f"host-{number}": f"{OFFSETS_NS[number]}ns" for number in range(count)}}


def outcome(monkeypatch, core, settings, window, seekable):
    graphs.use(monkeypatch, core)
    monkeypatch.setattr("lttngx.filters.clocks.iterator.core", lambda: core)
    seen, *_ = merged(settings, ClocksFilter, params(len(settings), window), seekable=seekable, mip=0)
    return seen


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("seekable", [True, False])
@pytest.mark.parametrize("tidy", [True, False])
def test_both_cores_give_the_same_in_sorted_order(monkeypatch, seed, seekable, tidy):
    settings = sources(seed, tidy)
    window = random.Random(seed).choice(["1ns", "100ns", "1s"])
    reference = outcome(monkeypatch, choice.portable(), settings, window, seekable)
    if not isinstance(NATIVE, str):
        native = outcome(monkeypatch, NATIVE, settings, window, seekable)
        assert [plain_message(message) for message in native] == [plain_message(message) for message in reference]
    assert_sorted(reference, settings)


def assert_sorted(seen, settings) -> None:
    """Each host's events in their order, none lost; all by time, which never goes back by more than it was raised."""
    events = [message for message in seen if type(message) is bt2._EventMessageConst]
    expected = []
    for number, setting in enumerate(settings):
        greatest, own = 0, []
        for word, *values in setting.script:
            if word in ("plain", "event", "lost events", "inactivity"):
                greatest = max(greatest, values[0] + OFFSETS_NS[number])
                own += [greatest] if word in ("plain", "event") else []
        found = [message.default_clock_snapshot.value for message in events
                 if str(message.event.stream.trace.environment["hostname"]) == f"host-{number}"]
        assert found == own
        expected += own
    assert [message.default_clock_snapshot.value for message in events] == sorted(expected)
