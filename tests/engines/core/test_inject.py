"""inject: added events come behind the message that made them, never back in time, with the values of their rows; both cores."""

from typing import Any

import bt2
import pytest

from graphs import messages, use
from lttngx.bt.component import Interchange
from lttngx.bt.injecting import Injecting
from lttngx.core.classes import EventClass, Kind, Stream
from lttngx.core.injecting import Adding, Member
from lttngx.core.extraction import Extraction
from lttngx.core.rewriting import EventPlan
from sources import Setting

ALL = (Member("s", Kind.SIGNED), Member("u", Kind.UNSIGNED), Member("d", Kind.DOUBLE), Member("t", Kind.STRING))
ROWS = [(-2**63, 2**64 - 1, 0.5, "short"), (2**63 - 1, 0, -1e300, ""), (0, 1, 2.0, "ü" * 300), (0, 1, 3.0, "")]


class Plans(Adding):
    """For each event named `plain`: adds rows at a time relative to it, by what `rows(n)` gives: (delay in ns, row)."""

    def __init__(self, rows: Any, members: tuple[Member, ...] = ALL, drop: bool = False) -> None:
        super().__init__()
        self._rows, self._members, self._drop, self._class = rows, members, drop, None

    def event_class(self, event_class: EventClass, stream: Stream) -> EventPlan:
        path = event_class.path(3, "n")
        return EventPlan(after=Extraction(self._call, (path,)), drop=self._drop)

    def _call(self, time_ns: int, cpu: int, n: int) -> None:
        if self._class is None:
            self._class = self.added.event_class("added", self._members)
        for delay_ns, row in self._rows(n):
            self.added.event(self._class, time_ns + delay_ns, row)


class AddingIterator(Injecting, bt2._UserMessageIterator):
    def __init__(self, config: Any, port: Any) -> None:
        self._inject(config, self._component._input_ports["in"], self._component.plans, "own")

    def _conclude(self) -> None:
        pass


class AddingFilter(Interchange, bt2._UserFilterComponent, message_iterator_class=AddingIterator):
    """Adds events by `obj`, the plans."""

    def __init__(self, config: Any, params: Any, obj: Any) -> None:
        self.plans = obj
        self._add_input_port("in")
        self._add_output_port("out")


def behind(monkeypatch, core, script, plans):
    """Return the messages behind the filter, their checker, and what keeps them alive."""
    use(monkeypatch, core)
    return messages(Setting(script), (AddingFilter, plans))


def told(found):
    """Return (name, time) of the events and the kinds of other messages, without what the source's stream is about."""
    return [(message.event.name, message.default_clock_snapshot.ns_from_origin)
            for message in found if type(message) is bt2._EventMessageConst]


def test_rows_become_fields(monkeypatch, core):
    found, _, _keep = behind(monkeypatch, core, [("stream", 0), ("packet", 0), ("plain", 5, 1)],
                             Plans(lambda n: [(0, row) for row in ROWS]))
    payloads = [message.event.payload_field for message in found
                if type(message) is bt2._EventMessageConst and message.event.name == "added"]
    assert [(int(p["s"]), int(p["u"]), float(p["d"]), str(p["t"])) for p in payloads] == ROWS
    assert [type(payloads[0][name]).__name__ for name in "sudt"] == [
        "_SignedIntegerFieldConst", "_UnsignedIntegerFieldConst", "_DoublePrecisionRealFieldConst", "_StringFieldConst"]


def test_time_does_not_go_back(monkeypatch, core):
    """An event of the past comes at the time of the message before it; the source's own later messages are later still."""
    script = [("stream", 0), ("packet", 0), ("plain", 100, 1), ("plain", 150, 2), ("plain", 200, 3)]
    delays = {1: (-60, 0), 2: (-10, 20), 3: (-200,)}
    found, checker, _keep = behind(monkeypatch, core, script, Plans(lambda n: [(delay, ROWS[0]) for delay in delays[n]]))
    assert told(found) == [("plain", 100), ("added", 100), ("added", 100), ("plain", 150), ("added", 150), ("added", 170),
                           ("plain", 200), ("added", 200)]
    assert checker.counts["StreamBeginning"] == checker.counts["StreamEnd"] == 2


def test_inactivity_and_packets_move_the_time(monkeypatch, core):
    script = [("stream", 0), ("packet", 0), ("plain", 10, 1), ("inactivity", 70), ("plain", 80, 2)]
    found, _, _keep = behind(monkeypatch, core, script, Plans(lambda n: [(0, ROWS[0])] * (n == 2)))
    assert told(found) == [("plain", 10), ("plain", 80), ("added", 80)]


def test_live_source_loses_nothing(monkeypatch, core):
    script = [("stream", 0), ("packet", 0)]
    for n in range(1, 300):
        script += [("plain", 10 * n, n)] + [("again",)] * (n % 7 == 0)
    found, checker, _keep = behind(monkeypatch, core, script, Plans(lambda n: [(0, ROWS[n % 4])] * (n % 5)))
    assert [name for name, _ in told(found)] == [name for n in range(1, 300) for name in ("plain", *["added"] * (n % 5))]


def test_events_dropped_in_between(monkeypatch, core):
    found, _, _keep = behind(monkeypatch, core, [("stream", 0), ("packet", 0), ("plain", 10, 1), ("plain", 20, 2)],
                             Plans(lambda n: [(0, ROWS[0])] * (n - 1), drop=True))
    assert told(found) == [("added", 20)]


def test_nothing_added_is_an_empty_stream(monkeypatch, core):
    found, checker, _keep = behind(monkeypatch, core, [("stream", 0), ("packet", 0), ("plain", 10, 1)], Plans(lambda n: []))
    assert checker.counts["StreamBeginning"] == checker.counts["StreamEnd"] == 2 and checker.counts["Event"] == 1
    assert found[-1].stream.trace.name == "own"


@pytest.mark.parametrize("row, error", [
    ((2**63, 0, 0.0, ""), "OverflowError"), ((0, -1, 0.0, ""), "OverflowError"), ((0, 0, "x", ""), "TypeError"),
    ((0, 0, 0.0, 5), "TypeError"), (("1", 0, 0.0, ""), "TypeError"), ((0, 0, 0.0), "ValueError")])
def test_rows_which_do_not_fit(monkeypatch, core, row, error):
    with pytest.raises(bt2._Error) as raised:
        behind(monkeypatch, core, [("stream", 0), ("packet", 0), ("plain", 10, 1)], Plans(lambda n: [(0, row)]))
    assert error in str(raised.value)


def test_events_are_in_packets_which_have_times(monkeypatch, core):
    """2,050 events at each of 10, 20, 30, 40 ns: packets of 4,096, 4,096 and 8, from their first to their last event's time."""
    script = [("stream", 0), ("packet", 0), *(("plain", 10 * n, n) for n in range(1, 5))]
    found, checker, _keep = behind(monkeypatch, core, script, Plans(lambda n: [(0, (n,))] * 2050, (Member("n", Kind.SIGNED),)))
    own = [message for message in found if type(message).__name__.startswith("_Packet") and message.packet.stream.trace.name == "own"]
    assert [(type(message).__name__, message.default_clock_snapshot.value) for message in own] == [
        ("_PacketBeginningMessageConst", 10), ("_PacketEndMessageConst", 20), ("_PacketBeginningMessageConst", 20),
        ("_PacketEndMessageConst", 40), ("_PacketBeginningMessageConst", 40), ("_PacketEndMessageConst", 40)]
    sizes = [sum(type(message) is bt2._EventMessageConst and message.event.packet is not None
                 and message.event.packet.addr == begin.packet.addr for message in found) for begin in own[::2]]
    assert sizes == [4096, 4096, 8]
