"""Predicates: a table of expressions with their values on paper, and native held equal to portable on random trees."""

import array
import dataclasses
import math

import bt2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphs
from lttngx.core import choice
from lttngx.core.classes import FieldPath, Scope, Step
from lttngx.core.portable.classes import event_class_of
from lttngx.core.predicate import (
    And, Binary, Constant, Element, Exists, Field, Glob, InNetworks, InRanges, InTexts, Matches, Missing, Or, Otherwise,
    Predicate, Quantified, Time, Unary)
from sources import ALL, Setting

EVENTS = [
    {},
    {"u8": 0, "i8": -128, "u64": 0, "i64": 2**63 - 1, "double": math.nan, "text": "", "empty": "/a/b/c", "maybe": 0,
     "choice": ("word", "abc"), "numbers": [], "bytes": [97, 98, 99, 100], "flag": True, "none": [-1, 5]},
    {"u8": 97, "i8": 97, "u64": 2**63, "i64": -1, "double": math.inf, "single": -0.0, "text": "aXbXc", "maybe": 7,
     "choice": ("number", -5), "numbers": [4000000000], "addr4": [192, 168, 0, 9], "texts": ["10.1.2.3", "::1"],
     "nested": [[]], "bits": 0},
]
CLOCK = 1000


@pytest.fixture(scope="module")
def recorded():
    script = [("stream", 1), ("packet", 2), *(("event", CLOCK + number, values) for number, values in enumerate(EVENTS))]
    seen, _, graph = graphs.messages(Setting(script=script))
    events = [message for message in seen if type(message) is bt2._EventMessageConst]
    yield events
    del graph


@pytest.fixture(scope="module")
def event_class(recorded):
    return event_class_of(recorded[0].event.cls)


def inside(path, *indexes):
    """Extend a path by indexes: array elements, structure members, the option's content, variant options."""
    steps, field_class = list(path.steps), path.field_class
    for index in indexes:
        steps.append(Step(field_class.kind, index))
        field_class = field_class.element or field_class.members[index][1]
    return FieldPath(path.scope, tuple(steps), field_class)


class Words:
    """An automaton which accepts texts with an `X` in them; its states are made on demand, its table moves."""

    def __init__(self):
        self.table, self.start, self.generation, self.made = array.array("i", [-1] * 257 * 3), 2, 0, 0

    def make(self, state, byte):
        following = 1 if byte == ord("X") else 0 if byte == 256 else 2
        grown = array.array("i", self.table)
        grown[state * 257 + byte] = following
        self.table = grown
        self.made += 1
        return following


class Failing(Words):
    def make(self, state, byte):
        raise ValueError("the automaton fails on purpose")


N = Constant


def field(event_class, name, *indexes, text=False):
    return Field(inside(event_class.path(Scope.PAYLOAD, name), *indexes), text)


def cases(f):
    """(tree, accepted for each of EVENTS, strict and lenient alike)."""
    big = Constant(2**64 - 1, unsigned=True)
    nets = ((bytes([10, 0, 0, 0]), 8), (bytes(15) + b"\1", 128))
    return [
        (N(1), "YYY"), (N(0), "NNN"), (N(1.5), "NNN"), (N(b"x"), "NNN"), (Missing(), "NNN"),
        (f("bool"), "YYY"), (f("flag"), "NYN"), (f("u8"), "YNY"), (f("text"), "NNN"), (f("bits"), "YYN"),
        (Binary("eq", f("u64"), N(-1)), "YNN"),                      # its pattern read as signed
        (Binary("eq", Unary("unsigned", f("u64")), big), "YNN"),
        (Binary("lt", f("i64"), Constant(0, True)), "YNY"),          # mathematical with an unsigned operand
        (Binary("gt", big, f("i64")), "YYY"),
        (Binary("lt", f("i8"), N(-2.5)), "YYN"),
        (Binary("eq", f("double"), f("double")), "YNY"),             # NaN equals nothing
        (Binary("ne", f("double"), f("double")), "NYN"),
        (Binary("eq", f("text"), N("h\u00e9llo".encode())), "YNN"),
        (Binary("lt", f("text"), N(b"b")), "NYY"),
        (Binary("eq", f("text"), N(0)), "NNN"), (Binary("ne", f("text"), N(0)), "NNN"),
        (Binary("eq", Unary("basename", f("empty")), N(b"c")), "NYN"),
        (Binary("eq", Unary("lower", f("text")), N(b"axbxc")), "NNY"),
        (Binary("eq", Unary("length", f("text")), N(6)), "YNN"),
        (Binary("eq", Unary("length", f("numbers")), N(0)), "NYN"),
        (Binary("eq", Unary("neg", f("i64")), N(-2**63)), "YNN"),    # wraps
        (Binary("eq", Unary("abs", f("i8")), N(128)), "NYN"),
        (Binary("eq", Unary("popcount", f("u64")), N(64)), "YNN"),
        (Binary("eq", Unary("invert", f("i64")), N(0)), "NNY"),
        (Binary("eq", Unary("truncate", f("double")), N(-2)), "YNN"),
        (Binary("eq", Unary("truncate", f("double")), N(2**63 - 1)), "NNY"),
        (Unary("not", f("u8")), "NYN"), (Unary("not", f("single")), "NNY"),
        (Binary("eq", Binary("div", f("i8"), N(2)), N(-1)), "YNN"),  # toward zero
        (Binary("eq", Binary("mod", f("i8"), N(2)), N(-1)), "YNN"),
        (Binary("eq", Binary("div", f("i64"), N(-1)), N(-2**63)), "YNN"),
        (Binary("eq", Binary("mod", f("i64"), N(-1)), N(0)), "YYY"),
        (Exists(Binary("div", N(1), f("u8"))), "YNY"),
        (Exists(Binary("shift_left", N(1), f("u8"))), "NYN"),
        (Binary("eq", Binary("shift_right", f("i64"), N(63)), N(1)), "YNY"),
        (Binary("and_bits", f("u8"), N(8)), "YNN"),
        (And(f("u8"), f("flag")), "NNN"), (And(f("flag"), Missing()), "NNN"), (Or(f("flag"), f("u8")), "YYY"),
        (Exists(f("maybe", 0)), "NYY"), (Exists(f("maybe")), "YYY"), (Exists(f("choice", 0)), "YNY"),
        (Binary("eq", Otherwise((f("choice", 0), Unary("length", f("choice", 1)))), N(3)), "NYN"),
        (Binary("eq", f("bytes", text=True), N(b"hi")), "YNY"), (Binary("eq", f("bytes", text=True), N(b"abcd")), "NYN"),
        (Binary("eq", f("numbers", -1), N(300)), "YNN"), (Exists(f("numbers", 1)), "YNN"),
        (Glob(f("text"), (b"a", b"X", b"c")), "NNY"), (Glob(f("text"), (b"", b"")), "YYY"),
        (Glob(f("text"), (b"aXbX", b"Xc")), "NNN"), (Glob(f("text"), (b"aXbXc",)), "NNY"),
        (InTexts(f("text"), frozenset({b"", b"other"})), "NYN"), (InTexts(f("text"), frozenset(), ((b"", b"c"),)), "NNY"),
        (InRanges(f("i8"), ((-200, -100), (-4, -3), (90, 97))), "YYY"),
        (InRanges(f("u8"), ((1, 96), (98, 199), (201, 2**64 - 1))), "NNN"),
        (InRanges(Unary("unsigned", f("u64")), ((2**63, 2**64 - 2),)), "NNY"),
        (InRanges(f("double"), ((-3, -2), (5.0, math.inf))), "YNY"),
        (InRanges(f("i8"), ((-3.5, -2.5),)), "YNN"),
        (Matches(f("text"), Words()), "NNY"),
        (InNetworks(f("addr4"), nets), "YYN"), (InNetworks(N(0x0A010203), nets), "YYY"),
        (Quantified(f("texts"), InNetworks(Element(), nets)), "NNY"),
        (Quantified(f("few"), Binary("eq", Element(), N(8))), "YYY"),
        (Quantified(f("few"), Binary("gt", Element(), N(7)), all=True), "NNN"),
        (Quantified(f("numbers"), N(0), all=True), "NYN"), (Quantified(f("numbers"), N(1)), "YNY"),
        (Quantified(f("nested"), Quantified(Element(), Binary("eq", Element(), N(3)))), "YYN"),
        (Quantified(f("nested"), Binary("eq", Unary("length", Element()), N(2))), "YYN"),
        (Binary("eq", Time(), N(CLOCK + 1)), "NYN"),
        (Quantified(f("u8"), N(1)), "NNN"), (Binary("contains", f("text"), N(b"Xb")), "NNY"),
        (Binary("starts_with", f("text"), N(b"h")), "YNN"), (Binary("ends_with", f("text"), N(b"")), "YYY"),
    ]


@pytest.mark.parametrize("strict", [True, False])
def test_values_on_paper(core, recorded, event_class, strict):
    def f(name, *indexes, text=False):
        return field(event_class, name, *indexes, text=text)
    for tree, expected in cases(f):
        accepts = core.compile_predicate(Predicate(tree, strict))
        assert "".join("NY"[accepts(message)] for message in recorded) == expected, tree


@pytest.mark.parametrize(("tree", "strict", "lenient"), [
    (Or(Missing(), N(1)), False, True),
    (Unary("not", And(Missing(), N(0))), False, True),
    (Quantified(N(b"x"), N(1)), False, False),
    (Exists(Or(Missing(), N(1))), False, True),
    (Otherwise((Missing(), N(3))), True, True),
    (Binary("eq", Or(N(0), Missing()), N(0)), False, False),
])
def test_missing_values(core, recorded, tree, strict, lenient):
    assert core.compile_predicate(Predicate(tree, True))(recorded[0]) is strict
    assert core.compile_predicate(Predicate(tree, False))(recorded[0]) is lenient


def test_automaton_is_made_on_demand_and_its_error_passed_on(core, recorded, event_class):
    words = Words()
    accepts = core.compile_predicate(Predicate(Matches(field(event_class, "text"), words)))
    assert [accepts(message) for message in recorded * 2] == [False, False, True] * 2
    # Each once: h, the two bytes of é, l, o, end of text; then a, X.
    assert words.made == 8
    failing = core.compile_predicate(Predicate(Matches(field(event_class, "text"), Failing())))
    with pytest.raises(ValueError, match="on purpose"):
        failing(recorded[0])


NUMBERS = st.one_of(st.integers(-2**63, 2**63 - 1), st.integers(-3, 300), st.sampled_from([0, 1, 63, 64, 97, -2**63]))
TEXTS = st.sampled_from([b"", b"a", b"h", b"X", b"aXbXc", b"abc", b"/a/b/c", b"10.1.2.3", "h\u00e9llo".encode()])
LEAVES = st.one_of(
    st.builds(Constant, NUMBERS), st.builds(Constant, st.integers(0, 2**64 - 1), st.just(True)),
    st.builds(Constant, st.floats() | st.sampled_from([0.0, 1.5, -2.25])), st.builds(Constant, TEXTS),
    st.sampled_from([Missing(), Element(), Time()]),
    st.sampled_from(["bool", "bits", "u8", "u64", "i8", "i64", "uenum", "senum", "single", "double", "text", "empty", "numbers",
                     "few", "none", "bytes", "inner", "maybe", "choice", "addr4", "texts", "nested", "flag"]).map(
        lambda name: (name, (), False)),
    st.sampled_from([("maybe", (0,), False), ("choice", (0,), False), ("choice", (1,), False), ("bytes", (), True),
                     ("numbers", (0,), False), ("numbers", (-1,), False), ("nested", (0, 0), False),
                     ("addr4", (), True)]))
UNARY = ["neg", "not", "invert", "abs", "popcount", "unsigned", "truncate", "lower", "basename", "length"]
BINARY = ["eq", "ne", "lt", "le", "gt", "ge", "and_bits", "or_bits", "xor_bits", "shift_left", "shift_right", "add", "sub",
          "mul", "div", "mod", "starts_with", "ends_with", "contains"]
PARTS = st.lists(TEXTS, min_size=1, max_size=3).map(tuple)


@st.composite
def ranges(draw):
    bounds = sorted(draw(st.sets(st.integers(-5, 300) | st.integers(-2**63, 2**64 - 1), min_size=2, max_size=6)))
    pairs = list(zip(bounds[::2], bounds[1::2]))
    return tuple((float(low), high) for low, high in pairs) if draw(st.booleans()) else tuple(pairs)


NETWORKS = st.lists(st.one_of(st.tuples(st.binary(min_size=4, max_size=4) | st.just(bytes([10, 1, 2, 3])), st.integers(0, 32)),
                              st.tuples(st.binary(min_size=16, max_size=16), st.integers(0, 128))), max_size=3).map(tuple)
TREES = st.recursive(LEAVES, lambda inner: st.one_of(
    st.builds(Unary, st.sampled_from(UNARY), inner), st.builds(Binary, st.sampled_from(BINARY), inner, inner),
    st.builds(Binary, st.sampled_from(BINARY), inner, inner), st.builds(And, inner, inner), st.builds(Or, inner, inner),
    st.builds(Otherwise, st.lists(inner, max_size=3).map(tuple)), st.builds(Exists, inner), st.builds(Glob, inner, PARTS),
    st.builds(InRanges, inner, ranges()), st.builds(InTexts, inner, st.frozensets(TEXTS), st.lists(PARTS, max_size=2).map(tuple)),
    st.builds(lambda operand: Matches(operand, Words()), inner), st.builds(InNetworks, inner, NETWORKS),
    st.builds(Quantified, inner, inner, st.booleans())), max_leaves=12)


def resolve(tree, event_class):
    """Replace the (name, indexes, text) leaves of a tree by fields."""
    if isinstance(tree, tuple) and len(tree) == 3 and tree[0] in ALL:
        return field(event_class, tree[0], *tree[1], text=tree[2])
    if isinstance(tree, Otherwise):
        return Otherwise(tuple(resolve(operand, event_class) for operand in tree.operands))
    inner = [name for name in ("operand", "left", "right", "array", "body") if hasattr(tree, name)]
    if not inner:
        return tree
    return dataclasses.replace(tree, **{name: resolve(getattr(tree, name), event_class) for name in inner})


@settings(max_examples=300, deadline=None)
@given(tree=TREES, strict=st.booleans())
def test_native_equals_portable(native_core, recorded, event_class, tree, strict):
    predicate = Predicate(resolve(tree, event_class), strict)
    native, portable = native_core.compile_predicate(predicate), choice.portable().compile_predicate(predicate)
    # Exists tells a missing value from a false one, a comparison of the value with itself a wrong sort.
    for message in recorded:
        assert native(message) is portable(message)
    present = Predicate(Exists(predicate.root), strict)
    native, portable = native_core.compile_predicate(present), choice.portable().compile_predicate(present)
    for message in recorded:
        assert native(message) is portable(message)
