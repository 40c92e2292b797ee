"""The portable evaluator against core.predicate's rules, node by node; expected values are arithmetic on paper."""

import math

import pytest
from language_doubles import Event, field_class

from lttngx.core import predicate as tree
from lttngx.core.classes import FieldClass, FieldPath, Kind, Scope, Step
from lttngx.core.portable.evaluate import _Compiler, compile_predicate
from lttngx.core.portable import fields
from lttngx.core.values import MISSING, U64
from lttngx.language.automaton import LazyAutomaton

C, U, M = tree.Constant, (lambda value: tree.Constant(value, unsigned=True)), tree.Missing()
MAX, MIN = 2**63 - 1, -2**63
INF, NAN = math.inf, math.nan


def value(node: tree.Node, strict: bool = False, message: object = None) -> object:
    return _Compiler(strict, fields.reader).compile(node)(message, MISSING)


@pytest.mark.parametrize(("op", "operand", "expected"), [
    ("neg", C(MIN), MIN), ("neg", U(1), U64(2**64 - 1)), ("neg", C(0.5), -0.5), ("neg", C(b"a"), MISSING),
    ("not", C(0), 1), ("not", C(0.5), 0),
    ("not", C(-0.0), 1), ("not", C(NAN), 0), ("not", U(3), 0), ("not", C(b""), MISSING), ("invert", C(0), -1),
    ("invert", U(0), U64(2**64 - 1)),
    ("invert", C(1.0), MISSING), ("abs", C(MIN), MIN), ("abs", C(-5), 5), ("abs", C(-5.5), 5.5),
    ("popcount", C(-1), 64), ("popcount", U(6), 2),
    ("unsigned", C(-1), U64(2**64 - 1)), ("unsigned", C(1.0), MISSING), ("truncate", C(-0.25), 0),
    ("truncate", C(-1.75), -1), ("truncate", C(1e300), MAX),
    ("truncate", C(-INF), MIN), ("truncate", C(NAN), 0), ("truncate", C(7), 7), ("truncate", C(b"7"), MISSING),
    ("lower", C(b"A\xc9"), b"a\xc9"),
    ("basename", C(b"/a/b"), b"b"), ("basename", C(b"b/"), b""), ("basename", C(b"b"), b"b"), ("length", C(b"abc"), 3),
    ("length", C(3), MISSING),
])
def test_unary(op: str, operand: tree.Node, expected: object) -> None:
    got = value(tree.Unary(op, operand))
    assert got == expected and type(got) is type(expected)


@pytest.mark.parametrize(("op", "left", "right", "expected"), [
    ("lt", C(-1), C(0), 1), ("lt", C(-1), U(0), 1), ("gt", U(2**64 - 1), C(MAX), 1), ("eq", C(-1), U(2**64 - 1), 0),
    ("eq", C(2**53 + 1), C(2.0**53), 1),
    ("eq", C(NAN), C(NAN), 0), ("ne", C(NAN), C(NAN), 1), ("lt", C(b"a"), C(b"\xc3"), 1),
    ("eq", C(b"1"), C(1), MISSING), ("le", C(b"a"), C(b"a"), 1),
    ("and_bits", C(-1), C(3), 3), ("or_bits", U(1), C(-1), U64(2**64 - 1)), ("xor_bits", C(-1), U(0), -1),
    ("and_bits", C(1.0), C(1), MISSING),
    ("shift_right", C(-1), C(63), 1), ("shift_right", C(-8), C(1), 2**63 - 4), ("shift_left", C(1), C(63), MIN),
    ("shift_left", C(1), C(64), MISSING),
    ("shift_left", C(1), C(-1), MISSING), ("shift_right", U(2**63), C(63), U64(1)),
    ("add", C(MAX), C(1), MIN), ("add", U(2**64 - 1), C(1), U64(0)), ("add", C(1), C(0.5), 1.5),
    ("sub", C(MIN), C(1), MAX), ("mul", C(2**62), C(4), 0),
    ("div", C(-7), C(2), -3), ("mod", C(-7), C(2), -1), ("mod", C(7), C(-2), 1), ("div", C(MIN), C(-1), MIN),
    ("mod", C(MIN), C(-1), 0),
    ("div", C(1), C(0), MISSING), ("mod", U(1), U(0), MISSING), ("div", U(2**64 - 1), C(2), U64(MAX)),
    ("div", C(-2), U(2), U64(MAX)),
    ("div", C(1.0), C(0), INF), ("div", C(-1.0), C(0.0), -INF), ("mod", C(-7.5), C(2), -1.5),
    ("add", C(b"a"), C(b"b"), MISSING),
    ("starts_with", C(b"abc"), C(b"ab"), 1), ("ends_with", C(b"abc"), C(b"b"), 0), ("contains", C(b"abc"), C(b""), 1),
    ("contains", C(b"abc"), C(1), MISSING),
    ("eq", M, C(1), MISSING), ("eq", C(1), M, MISSING),
])
def test_binary(op: str, left: tree.Node, right: tree.Node, expected: object) -> None:
    got = value(tree.Binary(op, left, right))
    assert got == expected and type(got) is type(expected)


def test_ieee_results_that_are_no_number() -> None:
    for op in ("div", "mod"):
        assert math.isnan(value(tree.Binary(op, C(0.0), C(0))))
    assert math.isnan(value(tree.Binary("mod", C(INF), C(2))))


T, F = C(5), C(0)


@pytest.mark.parametrize(("node", "lenient", "strict"), [
    (tree.And(T, C(3)), 3, 3), (tree.And(F, M), 0, 0), (tree.And(M, F), 0, MISSING), (tree.And(M, T), MISSING, MISSING),
    (tree.And(T, M), MISSING, MISSING),
    (tree.And(M, M), MISSING, MISSING), (tree.And(C(0.5), C(3)), 3, 3), (tree.And(C(b"a"), F), 0, MISSING),
    (tree.Or(T, M), 1, 1), (tree.Or(F, C(3)), 3, 3), (tree.Or(M, T), 1, MISSING), (tree.Or(M, F), MISSING, MISSING),
    (tree.Or(F, M), MISSING, MISSING),
    (tree.Otherwise((M, T, M)), 5, 5), (tree.Otherwise((M, C(b"a"))), b"a", b"a"),
    (tree.Otherwise((M, M)), MISSING, MISSING),
    (tree.Exists(M), 0, 0), (tree.Exists(F), 1, 1), (tree.Exists(tree.Binary("div", T, F)), 0, 0),
    (tree.Exists(tree.And(M, F)), 1, 0),
    (tree.Or(tree.Exists(M), T), 5, 5), (tree.Unary("not", tree.Binary("eq", M, T)), MISSING, MISSING),
])
def test_missing(node: tree.Node, lenient: object, strict: object) -> None:
    assert value(node) == lenient
    assert value(node, strict=True) == strict


@pytest.mark.parametrize(("node", "expected"), [
    (tree.Glob(C(b"axxbyyc"), (b"a", b"b", b"c")), 1), (tree.Glob(C(b"ab"), (b"ab", b"b")), 0), (tree.Glob(C(b"aba"),
    (b"a", b"a")), 1),
    (tree.Glob(C(b"a"), (b"a", b"a")), 0), (tree.Glob(C(b""), (b"", b"")), 1), (tree.Glob(C(b"aXbXa"),
    (b"", b"b", b"b", b"")), 0), (tree.Glob(C(1), (b"1",)), MISSING),
    (tree.InRanges(C(5), ((1, 2), (5, 9))), 1), (tree.InRanges(C(3), ((1, 2), (5, 9))), 0), (tree.InRanges(C(2.5),
    ((1, 2.5),)), 1),
    (tree.InRanges(U(2**64 - 1), ((2**63, 2**64 - 1),)), 1), (tree.InRanges(C(-1), ((2**63, 2**64 - 1),)), 0),
    (tree.InRanges(C(NAN), ((-INF, INF),)), 0),
    (tree.InRanges(C(2**53 + 1), ((2.0**53, 2.0**53),)), 1), (tree.InRanges(C(1), ()), 0), (tree.InRanges(C(b"1"),
    ((1, 1),)), MISSING), (tree.InRanges(M, ()), MISSING),
    (tree.InTexts(C(b"a"), frozenset({b"a"})), 1), (tree.InTexts(C(b"xay"), frozenset(), ((b"x", b"y"),)), 1),
    (tree.InTexts(C(0), frozenset()), MISSING),
    (tree.Matches(C(b"xab"), LazyAutomaton("ab$")), 1), (tree.Matches(C(b"abx"), LazyAutomaton("ab$")), 0),
    (tree.Matches(C(1), LazyAutomaton("")), MISSING),
    (tree.InNetworks(C(0x0A000001), ((bytes([10, 0, 0, 0]), 8),)), 1), (tree.InNetworks(C(-1),
    ((bytes(4), 0),)), MISSING), (tree.InNetworks(C(2**32), ((bytes(4), 0),)), MISSING),
    (tree.InNetworks(C(b"10.1.2.3"), ((bytes([10, 1, 2, 2]), 31),)), 1), (tree.InNetworks(C(b"10.1.2.3"),
    ((bytes(16), 0),)), 0),
    (tree.InNetworks(C(b"::ffff:10.1.2.3"), ((bytes(4), 0),)), 0), (tree.InNetworks(C(b"10.1.2"),
    ((bytes(4), 0),)), MISSING), (tree.InNetworks(C(1.0), ((bytes(4), 0),)), MISSING),
])
def test_tests_of_values(node: tree.Node, expected: object) -> None:
    assert value(node) == expected


ARRAYS = Event(payload=({"bytes": "u8[4]", "words": "u16[8]", "text": "seq<string>", "nested": "u8[1][2]"},
                        {"bytes": [10, 0, 0, 1], "words": [0xFD00, 0, 0, 0, 0, 0, 0, 1], "text": ["a", "b"],
                            "nested": [[1, 2]]}))


def member(name: str, *steps: Step, of: Event = ARRAYS, text: bool = False) -> tree.Field:
    path = of.event_class.path(Scope.PAYLOAD, name)
    return tree.Field(FieldPath(Scope.PAYLOAD, path.steps + steps, path.field_class), text)


E = tree.Element()


@pytest.mark.parametrize(("node", "lenient", "strict"), [
    (tree.Quantified(member("bytes"), tree.Binary("eq", E, C(10))), 1, 1),
    (tree.Quantified(member("bytes"), tree.Binary("eq", E, C(11))), 0, 0),
    (tree.Quantified(member("bytes"), tree.Binary("lt", E, C(11)), True), 1, 1),
    (tree.Quantified(member("bytes"), E, True), 0, 0),
    (tree.Quantified(member("bytes"), tree.Binary("div", C(1), E)), 1, MISSING),
    (tree.Quantified(member("bytes"), tree.Binary("div", C(10), E)), 1, 1),
    (tree.Quantified(member("bytes"), tree.Binary("div", E, tree.Binary("sub", E, C(10)))), MISSING, MISSING),
    (tree.Quantified(member("nested"), tree.Quantified(E, tree.Binary("eq", E, C(2)))), 1, 1),
    (tree.Quantified(C(1), E), MISSING, MISSING), (tree.Quantified(M, E), MISSING, MISSING),
    (tree.InNetworks(member("bytes"), ((bytes([10, 0, 0, 0]), 8),)), 1, 1), (tree.InNetworks(member("words"),
    ((b"\xfd" + bytes(15), 8),)), 1, 1),
    (tree.InNetworks(member("text"), ((bytes(4), 0),)), MISSING, MISSING),
    (tree.Unary("length", member("words")), 8, 8),
    (member("bytes", text=True), b"\n", b"\n"), (tree.Binary("eq", member("bytes"), C(1)), MISSING, MISSING),
])
def test_arrays(node: tree.Node, lenient: object, strict: object) -> None:
    assert value(node, message=ARRAYS.message) == lenient
    assert value(node, strict=True, message=ARRAYS.message) == strict


@pytest.mark.parametrize(("notation", "written", "read"), [
    ("u64", 2**64 - 1, -1), ("s8", -1, -1), ("bool", True, 1), ("b8", 255, 255), ("b64", 2**63, MIN), ("f32", 0.5, 0.5),
    ("string", "\udcff\u00e9", b"\xff\xc3\xa9"),
    ("enum<u8>{A=0}", 200, 200), ("optional<u8>", 3, fields.OPAQUE),
])
def test_values_of_fields(notation: str, written: object, read: object) -> None:
    event = Event(payload=({"x": notation}, {"x": written}))
    assert value(member("x", of=event), message=event.message) == read


@pytest.mark.parametrize(("notation", "written", "step", "read"), [
    ("u8[2]", [1, 2], Step(Kind.STATIC_ARRAY, 1), 2), ("seq<u8>", [1, 2], Step(Kind.DYNAMIC_ARRAY, -1), 2),
    ("seq<u8>", [1, 2], Step(Kind.DYNAMIC_ARRAY, 2), MISSING),
    ("seq<u8>", [], Step(Kind.DYNAMIC_ARRAY, -1), MISSING), ("blob[2]", [1, 2], Step(Kind.BLOB, 0), 1),
    ("blob[2]", [1, 2], Step(Kind.BLOB, -3), MISSING),
    ("optional<u8>", 3, Step(Kind.OPTION, 0), 3), ("optional<u8>", None, Step(Kind.OPTION, 0), MISSING),
    ("variant<t>{u8 a; u8 b;}", ("b", 4), Step(Kind.VARIANT, 1), 4),
    ("variant<t>{u8 a; u8 b;}", ("b", 4), Step(Kind.VARIANT, 0), MISSING),
])
def test_steps(notation: str, written: object, step: Step, read: object) -> None:
    event = Event(payload=({"x": notation}, {"x": written}))
    path = FieldPath(Scope.PAYLOAD, (Step(Kind.STRUCTURE, 0), step), FieldClass(Kind.UNSIGNED, bits=8))
    assert value(tree.Field(path), message=event.message) == read


def test_time() -> None:
    assert value(tree.Time(), message=Event(time_ns=5).message) == 5
    assert value(tree.Time(), message=Event().message) is MISSING


@pytest.mark.parametrize(("root", "accepted"), [(C(-1), True), (U(2**63), True), (C(0), False), (C(1.5), False),
(C(b"a"), False), (M, False)])
def test_only_a_non_zero_integer_accepts(root: tree.Node, accepted: bool) -> None:
    assert compile_predicate(tree.Predicate(root))(None) is accepted


def test_notation_of_the_doubles() -> None:
    assert field_class("u32[2][3]").length == 2
    assert field_class("struct{u8 a[2];}").members[0][1].length == 2
