"""Messages: syntax errors (errors/*.txt: dialect, expression, `---`, the whole message) and diagnostics of a class."""

from pathlib import Path

import pytest
from language_doubles import Event

from lttngx.core.predicate import Predicate
from lttngx.errors import LttngxError, ParameterError
from lttngx.language import FilterSyntaxError, Topic, compile_filter

FILES = sorted((Path(__file__).parent / "errors").glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_syntax_error(path: Path) -> None:
    described, _, message = path.read_text().partition("\n---\n")
    dialect, _, expr = described.partition("\n")
    with pytest.raises(FilterSyntaxError) as caught:
        compile_filter(expr, dialect)
    assert f"{caught.value}\n" == message
    assert str(caught.value).splitlines()[0] == caught.value.summary
    assert f": {caught.value.line}:{caught.value.column}: " in caught.value.summary
    assert isinstance(caught.value, LttngxError)


TYPES = {"s32": "s32", "u64": "u64", "str": "string", "f64": "f64", "au8": "u8[4]", "e": "enum<u8>{RED=0,GREEN=1}",
         "v": "variant<t>{u32 n; string s;}", "msg": "struct{u32 len;}"}
VALUES = {"s32": 1, "u64": 1, "str": "a", "f64": 1.5, "au8": [1, 2, 3, 4], "e": 1, "v": ("n", 1), "msg": {"len": 1}}
EVENT = Event(payload=(TYPES, VALUES), common=({"vpid": "s32"}, {"vpid": 1}))

# Expression, outcome in lttng (None: a syntax error there), outcome in extended ("?" a predicate),
# diagnostics in extended.
DIAGNOSTICS = [
    ("nosuch == 1", False, False, ["1:1: no payload field `nosuch`"]),
    ("s33 == 1", False, False, ["1:1: no payload field `s33` (is it s32?)"]),
    ("vpid == 1", False, False, ["1:1: no payload field `vpid` (the context field is $ctx.vpid)"]),
    ("$ctx.vpi == 1", False, False, ["1:1: no context field `vpi` (is it vpid?)"]),
    ("1 == s32 || msg.nope", False, "?", ["1:13: `msg.nope`: no member `nope`"]),
    ("au8[4] == 1", False, False, ["1:1: `au8[4]`: index 4 is out of the bounds of 4 elements"]),
    ("s32[0] == 1", False, False, ["1:1: `s32[0]`: an index of a signed integer"]),
    ("s32.x == 1", False, False, ["1:1: `s32.x`: a member `x` of a signed integer"]),
    ("str == 1", False, False, ["1:5: expected operands of one type of `==`, got string and integer"]),
    ("au8", False, False, ["1:1: expected a number or a condition, got static array"]),
    ("~f64 == 1", False, False, ["1:1: expected an integer as operand of `~`, got double-precision real"]),
    ("f64", False, False, ["1:1: a real number as the whole expression keeps nothing (write != 0.0)"]),
    ("v == 1", False, "?", []),
    ("e == 'BLUE'", False, False, ['1:6: no label "BLUE": expected one of RED, GREEN']),
    ("e in {'BLUE', 1}", None, "?", ['1:7: no label "BLUE": expected one of RED, GREEN']),
    ("u64 >= 9223372036854775808", "?", "?", [
        "1:5: a 64-bit unsigned field compares as signed with 9223372036854775808, which is then -9223372036854775808 "
        "(u(field) compares as unsigned)"]),
    ("u64 == 9223372036854775808", "?", "?", []),
    ("u(u64) >= 9223372036854775808", None, "?", []),
    ("$app.p:x == 1", False, False, ["1:1: no application context `p:x` was recorded"]),
    ("s32 == 1\n&& nosuch == 2", False, False, ["2:4: no payload field `nosuch`"]),
    ("$time > '10:15:02'", None, False, [
        "1:9: a time without date needs the date of the first event, which is unknown"]),
    ("exists(nosuch)", None, False, []),
    ("exists(s32)", None, True, []),
    ("s32 in {'a'}", None, False, ["1:5: expected items of the operand's type in the set, got signed integer"]),
    ("any(s32, == 1)", None, False, ["1:1: expected an array in any(…), got signed integer"]),
    ("lower(s32) == 'a'", None, False, ["1:1: expected other arguments of lower, got signed integer"]),
]


def shape(outcome: Predicate | bool) -> bool | str:
    return outcome if isinstance(outcome, bool) else "?"


@pytest.mark.parametrize(("expr", "lttng", "extended", "diagnostics"), DIAGNOSTICS, ids=[row[0] for row in DIAGNOSTICS])
def test_diagnostics(expr: str, lttng: bool | str | None, extended: bool | str, diagnostics: list[str]) -> None:
    linked = compile_filter(expr).link(EVENT.event_class)
    assert (shape(linked.outcome), [str(found) for found in linked.diagnostics]) == (extended, diagnostics)
    if lttng is None:
        with pytest.raises(FilterSyntaxError):
            compile_filter(expr, "lttng")
    else:
        assert shape(compile_filter(expr, "lttng").link(EVENT.event_class).outcome) == lttng


@pytest.mark.parametrize(("expr", "warnings"), [
    ("s32 == 1 || 1", ["1:13: this operand of `||` is constant: it has no effect or settles the result"]),
    ("1", ["1:1: the whole expression is constant: it has no effect or keeps nothing"]),
    ("s32 == 1", []),
])
def test_literals_without_effect(expr: str, warnings: list[str]) -> None:
    found = compile_filter(expr, "lttng").warnings
    assert [str(warning) for warning in found] == warnings
    assert all(warning.topic is Topic.EFFECT for warning in found)


@pytest.mark.parametrize(("options", "message"), [
    ({"dialect": "perl"}, "Bad value of `dialect`: expected lttng or extended, got 'perl'"),
    ({"missing": "maybe"}, "Bad value of `missing`: expected strict or lenient, got 'maybe'"),
])
def test_bad_options(options: dict, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        compile_filter("1", **options)
    assert str(caught.value) == message


def test_long_chains_are_no_deep_trees() -> None:
    expr = " || ".join(f"s32 == {n}" for n in range(6000))
    assert isinstance(compile_filter(expr, "lttng").link(EVENT.event_class).outcome, Predicate)
