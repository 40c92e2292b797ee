"""Event classes as tables: names of columns, tables of classes with one name, order of rows, what JSON and SQLite take."""

from lttngx.columns.collecting import Collecting
from lttngx.columns.rows import encoded, flat, ordered
from lttngx.columns.schema import fields_of
from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream, Trace
from lttngx.core.portable.columns import Columns
from lttngx.fields.patterns import parse_pattern

INT = FieldClass(Kind.SIGNED, bits=32)
TEXT = FieldClass(Kind.STRING)


def structure(**members):
    return FieldClass(Kind.STRUCTURE, members=tuple(members.items()))


def variant(**options):
    return FieldClass(Kind.VARIANT, members=tuple(options.items()))


HEADER = variant(ipv4=structure(ttl=INT), ipv6=structure(hops=INT))
CLASS = EventClass("send", scopes=(structure(cpu_id=INT, seq=INT), structure(vpid=INT), structure(prio=INT),
                                   structure(size=INT, header=HEADER, note=FieldClass(Kind.OPTION, element=TEXT))))


def test_names_of_columns():
    assert [(one.name, one.column.nullable) for one in fields_of(CLASS)] == [
        ("packet.seq", False), ("ctx.vpid", False), ("ctx.prio", False), ("size", False), ("header.ipv4.ttl", True),
        ("header.ipv6.hops", True), ("note", True)]


def test_patterns_choose_columns():
    wanted = [parse_pattern(text) for text in ("context.vpid", "payload.header.ipv4", "payload.n*")]
    assert [one.name for one in fields_of(CLASS, wanted)] == ["ctx.vpid", "header.ipv4.ttl", "note"]


def test_one_name_twice():
    same = EventClass("e", scopes=(None, structure(a=INT), None, structure(**{"ctx.a": TEXT})))
    assert [one.name for one in fields_of(same)] == ["ctx.a", "ctx.a_"]


def collecting():
    """Return a collector with events of three classes named `e`: two alike, one with another field, of two traces."""
    found = Collecting(Columns)
    count = iter(range(1, 100))
    last = [0]

    def add(columns, time, value):
        last[0] = next(count)
        columns.add(last[0], time, 0, value)
    found.position = lambda: last[0]
    host_a, host_b = (Stream(trace=Trace(name=name)) for name in "ab")
    one, other, third = (found.bind(EventClass("e", number, scopes=(None, None, None, structure(**{name: INT}))), stream).call
                         for number, name, stream in ((1, "x", host_a), (2, "x", host_b), (3, "y", host_a)))
    add(one, 10, 1), add(other, 11, 2), add(third, 12, 3)
    found.discarded_events(host_b, 12, 13, None)
    add(one, 14, 4)
    return found


def test_tables_are_told_apart_by_their_columns():
    block = collecting().take()
    assert [(part.table.name, part.table.event, part.trace) for part in block.parts] == [
        ("e", "e", "a"), ("e", "e", "b"), ("e~2", "e", "a")]
    loss, = block.losses
    assert (loss.ordinal, loss.what, loss.trace, loss.begin_ns, loss.end_ns, loss.count) == (3, "events", "b", 12, 13, None)


def test_rows_come_in_the_order_of_events():
    found = collecting()
    rows = [(row[0], part.table.name, part.trace, *row[1:]) for part, row in ordered(found.take())]
    assert rows == [(1, "e", "a", 10, 0, (1,)), (2, "e", "b", 11, 0, (2,)), (3, "e~2", "a", 12, 0, (3,)), (4, "e", "a", 14, 0, (4,))]
    assert not found.take().parts


def test_unwanted_events_are_not_bound():
    assert Collecting(Columns, ["sched_*"]).bind(CLASS, Stream()) is None
    assert Collecting(Columns, ["s*d"]).bind(CLASS, Stream()) is not None


def test_values_for_json_and_cells():
    broken = b"\xff".decode("utf-8", "surrogateescape")
    assert encoded({"a": [b"\x01\xff", broken, 1.5]}) == {"a": ["01ff", "\ufffd", 1.5]}
    assert flat([1, {"b": "é"}]) == '[1, {"b": "é"}]' and flat(7) == 7


def test_scope_of_the_packet_is_the_packets():
    assert fields_of(CLASS)[0].scope is Scope.PACKET_CONTEXT
