"""Event classes and streams as plain objects: both cores give what the scripted source declares."""

import bt2

import graphs
from lttngx.core.classes import ClockClass, EventClass, FieldClass, Kind, Stream, Trace
from sources import Setting

SCRIPT = [("stream", 1), ("packet", 0), ("event", 1, {}), ("plain", 2, 5)]


def integer(kind, bits, labels=()):
    return FieldClass(kind, bits=bits, labels=labels)


def structure(**members):
    return FieldClass(Kind.STRUCTURE, members=tuple(members.items()))


U8, S16, S64 = integer(Kind.UNSIGNED, 8), integer(Kind.SIGNED, 16), integer(Kind.SIGNED, 64)
STRING = FieldClass(Kind.STRING)


def dynamic(element):
    return FieldClass(Kind.DYNAMIC_ARRAY, element=element)


PAYLOAD = structure(
    bool=FieldClass(Kind.BOOL), bits=FieldClass(Kind.BIT_ARRAY, bits=16), u8=U8, u64=integer(Kind.UNSIGNED, 64),
    i8=integer(Kind.SIGNED, 8), i64=S64,
    uenum=integer(Kind.UNSIGNED_ENUM, 8, (("low", ((0, 2), (5, 5))), ("three", ((3, 3),)))),
    senum=integer(Kind.SIGNED_ENUM, 32, (("minus", ((-9, -1),)),)),
    single=FieldClass(Kind.SINGLE), double=FieldClass(Kind.DOUBLE), text=STRING, empty=STRING,
    numbers=dynamic(integer(Kind.UNSIGNED, 32)), few=FieldClass(Kind.STATIC_ARRAY, element=S16, length=3),
    none=dynamic(S16), bytes=FieldClass(Kind.STATIC_ARRAY, element=U8, length=4),
    inner=structure(a=integer(Kind.UNSIGNED, 16), b=STRING),
    maybe=FieldClass(Kind.OPTION, element=integer(Kind.UNSIGNED, 32)),
    choice=FieldClass(Kind.VARIANT, members=(("number", integer(Kind.SIGNED, 32)), ("word", STRING))),
    addr4=FieldClass(Kind.STATIC_ARRAY, element=U8, length=4), texts=dynamic(STRING), nested=dynamic(dynamic(S64)),
    flag=FieldClass(Kind.BOOL))
COMMON = structure(pid=integer(Kind.SIGNED, 32), comm=STRING)
CPU = structure(cpu_id=integer(Kind.UNSIGNED, 32))


class Asked:
    per_stream = False

    def __init__(self):
        self.seen = []

    def bind(self, event_class, stream, first_ns):
        self.seen.append((event_class, stream))
        return True


def describe(monkeypatch, core, **setting):
    graphs.use(monkeypatch, core)
    selection = Asked()
    setting.setdefault("script", SCRIPT)
    graphs.messages(Setting(**setting), (graphs.SelectingFilter, (selection, True, [])))
    return selection.seen


def test_event_classes(monkeypatch, core):
    (rich, _), (plain, _) = describe(monkeypatch, core)
    assert rich == EventClass("all", 0, 6, "http://example.com/all",
                              (CPU, COMMON, structure(prio=integer(Kind.SIGNED, 8)), PAYLOAD))
    assert plain == EventClass("plain", 1, None, None, (CPU, COMMON, None, structure(n=S64)))


def test_streams(monkeypatch, core):
    trace = Trace("traced", None, {"hostname": "here", "major": 2})
    assert describe(monkeypatch, core)[0][1] == Stream(
        1, "s1", 7, "channel", "monotonic", trace, True, ClockClass("monotonic"))


def test_without_packets_and_clock(monkeypatch, core):
    described, stream = describe(monkeypatch, core, packets=False, clock=False, script=[("stream", 1), ("event", 1, {})])[0]
    assert described.scopes[0] is None
    assert stream.clock is None


def test_log_level_number():
    """The number above is Babeltrace's own."""
    level = bt2.EventClassLogLevel.INFO
    assert getattr(level, "value", level) == 6
