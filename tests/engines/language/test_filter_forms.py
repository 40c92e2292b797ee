"""Every form of the extended dialect, from forms.txt: through compiling, linking and the portable core's readers."""

import time
from pathlib import Path

import pytest
from language_doubles import Event

from lttngx.core.classes import Stream, Trace
from lttngx.core.portable.evaluate import compile_predicate
from lttngx.language import compile_filter

TIME_NS = 1782900902_500_000_000
TRANSPORT = ("variant<t>{struct{} unknown; struct{u16 source_port; u16 dest_port;} tcp; "
             "struct{u16 source_port; u16 dest_port;} udp;}")
NETWORK = (f"variant<t>{{struct{{}} unknown; struct{{u8 tos; enum<u8>{{_tcp=6,_udp=17}} protocol; u8 saddr[4]; "
           f"{TRANSPORT} transport_header;}} ipv4; struct{{enum<u8>{{_tcp=6,_udp=17}} nexthdr; u16 saddr[8]; "
           f"{TRANSPORT} transport_header;}} ipv6;}}")
NET = {"len": "u32", "network_header_type": "enum<u8>{_unknown=0,_ipv4=1,_ipv6=2}", "network_header": NETWORK}
APPLICATION = {"_app_server_cur": "variant<t>{struct{} none; s64 int64; f64 double; string string;}"}
COLOUR = "enum<u32>{RED=0,GREEN=1,NOT_RED=1..20,BLUES=10..20}"
OPTIONAL = {"v": "variant<tag>{u32 n; string s;}", "o": "optional<u32>"}

PLAIN = {
    "idx": ("s32", 2), "s32": ("s32", 42), "s64": ("s64", 42), "s8": ("s8", -1), "u64": ("u64", 2**64 - 1),
    "f64": ("f64", 0.5),
    "str": ("string", "abc"), "str2": ("string", "lib"), "mixed": ("string", "aBC"),
    "path": ("string", "/usr/lib/libc.so"),
    "eu": (COLOUR, 1), "es": ("enum<s8>{NEG=-1,ZERO=0}", -1),
    "ew": ("enum<u64>{BOTTOM=0..9,TOP=9223372036854775808..18446744073709551615}", 2**64 - 1),
    "latency": ("u64", 1_500_000), "au8": ("u8[4]", [255, 128, 35, 0]), "su16": ("seq<u16>", [8, 9]),
    "m": ("u32[2][3]", [[1, 2, 3], [4, 5, 6]]),
    "msg": ("struct{u32 len; struct{u32 id; string tag;} user[2];}",
            {"len": 3, "user": [{"id": 1, "tag": "x"}, {"id": 7, "tag": "root*"}]}),
    "address": ("u32", 0xC0A80101), "peer": ("string", "192.168.1.10"), "peer6": ("string", "fd00::1"),
    "blob": ("blob[2]", [2, 3]),
    "text8": ("u8[4]", [104, 105, 0, 7]), "names": ("seq<string>", ["alpha", "beta"]),
    "colours": (f"seq<{COLOUR}>", [0, 1]),
    "empty": ("seq<u8>", []),
}


def columns(fields: dict) -> tuple[dict, dict]:
    types = {name: notation for name, (notation, _) in fields.items()}
    return types, {name: value for name, (_, value) in fields.items()}


def packet(port: int, **header: object) -> dict:
    return {"source_port": 1, "dest_port": port, **header}


STREAM = Stream(id=2, trace=Trace("mytrace", "e0a1", {"hostname": "hosta", "tracer_major": 2}))
EVENTS = {
    "plain": Event("tp:all", columns(PLAIN), ({"vpid": "s32", "procname": "string"}, {"vpid": 1234, "procname": "app"}),
                   ({"cpu_id": "u32"}, {"cpu_id": 3}), ({"own": "u8"}, {"own": 5}), 6, TIME_NS, STREAM),
    "net4": Event("net_dev_queue", (NET, {"len": 60, "network_header_type": 1, "network_header": ("ipv4", {
        "tos": 0xBA, "protocol": 6, "saddr": [10, 1, 2, 1], "transport_header": ("tcp", packet(80))})})),
    "net6": Event("net_dev_queue", (NET, {"len": 60, "network_header_type": 2, "network_header": ("ipv6", {
        "nexthdr": 17, "saddr": [0xFD00, 0, 0, 0, 0, 0, 0, 1], "transport_header": ("udp", packet(53))})})),
    "unknown": Event("net_dev_queue", (NET, {"len": 14, "network_header_type": 0, "network_header": ("unknown", {})})),
    "absent": Event("tp:absent", (OPTIONAL, {"v": ("n", 5), "o": None})),
    "present": Event("tp:present", (OPTIONAL, {"v": ("s", "five"), "o": 1})),
    "app": Event("tp:app", common=(APPLICATION, {"_app_server_cur": ("string", "bob")})),
    "appnone": Event("tp:app", common=(APPLICATION, {"_app_server_cur": ("none", {})})),
    "words": Event("tp:words", ({name: "u8" for name in "not in and or any all len exists".split()},
                                dict(zip("not in and or any all len exists".split(), range(1, 9))))),
}
TEXT = (Path(__file__).parent / "forms.txt").read_text()
LINES = [line for line in TEXT.splitlines() if line and not line.startswith("#")]


@pytest.fixture(autouse=True)
def time_zone(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "TST-2")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def keeps(expr: str, event: Event, missing: str) -> bool:
    linked = compile_filter(expr, missing=missing).link(event.event_class, event.stream, TIME_NS)
    return linked.outcome if isinstance(linked.outcome, bool) else compile_predicate(linked.outcome)(event.message)


@pytest.mark.parametrize("line", LINES)
def test_form(line: str) -> None:
    lenient, strict, event, expr = line.split(maxsplit=3)
    got = keeps(expr, EVENTS[event], "lenient"), keeps(expr, EVENTS[event], "strict")
    assert got == (lenient == "+", strict == "+")
