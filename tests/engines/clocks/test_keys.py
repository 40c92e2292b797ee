"""What is read of the events of the built-in pairs, through the variants of LTTng's network events."""

import pytest
from exchanges import QUEUE, RECEIVE, Sight, value

from lttngx.clocks.keys import extraction
from lttngx.clocks.pairs import INET_SOCK, TCP
from lttngx.core.classes import EventClass, FieldClass, Kind, Stream

HEADER = (1000, 7, 24, 40000, 443)  # seq, ack_seq, flags, ports


def emitted(side, event_class, values):
    """Return what a side says of an event; values: function from path to value."""
    found = []
    extracted = extraction(side, event_class, Stream(), lambda *seen: found.append(seen))
    if extracted is not None:
        extracted.call(5, 0, *map(values, extracted.paths))
    return found


@pytest.mark.parametrize("family, width", [(4, 4), (6, 8)])
def test_tcp_of_both_families(family, width):
    sight = Sight(0, 0, True, HEADER, "eth0", family)
    (time, key, place), = emitted(TCP.send, QUEUE, lambda path: value(path, sight))
    assert (time, place) == (5, "eth0")
    assert key == (1000, 7, 24, 40000, 443, (40000 % 256,) * width, (443 % 256,) * width)
    assert emitted(TCP.receive, RECEIVE, lambda path: value(path, sight))[0][1] == key


def test_the_receiving_event_of_before_2_8():
    old = EventClass("netif_receive_skb", scopes=RECEIVE.scopes)
    assert emitted(TCP.receive, old, lambda path: value(path, Sight(0, 0, False, HEADER)))
    assert not emitted(TCP.receive, QUEUE, lambda path: value(path, Sight(0, 0, False, HEADER)))


def test_udp_has_no_key():
    def of_udp(path):
        """Sequence numbers, of the option for TCP, are absent; ports and addresses are there."""
        found = value(path, Sight(0, 0, True, HEADER))
        return None if found in HEADER[:3] else found
    assert not emitted(TCP.send, QUEUE, of_udp)


def test_an_event_without_headers_is_left_alone():
    """LTTng-modules before 2.9 recorded no headers, net_dev_xmit never does."""
    plain = EventClass("net_dev_queue", scopes=(None, None, None, FieldClass(Kind.STRUCTURE, members=(
        ("skbaddr", FieldClass(Kind.UNSIGNED, bits=64)), ("name", FieldClass(Kind.STRING))))))
    assert extraction(TCP.send, plain, Stream(), print) is None


def test_the_probes_of_2012():
    payload = FieldClass(Kind.STRUCTURE, members=tuple(
        (name, FieldClass(Kind.UNSIGNED, bits=32)) for name in ("sk", "seq", "ack_seq", "flags")))
    sent, got = (EventClass(f"inet_sock_local_{way}", scopes=(None, None, None, payload)) for way in ("out", "in"))
    fields = {1: 1000, 2: 7, 3: 24}
    for side, event_class in ((INET_SOCK.send, sent), (INET_SOCK.receive, got)):
        assert emitted(side, event_class, lambda path: fields[path.steps[0].index]) == [(5, (1000, 7, 24), None)]
    assert not emitted(INET_SOCK.send, got, print)
