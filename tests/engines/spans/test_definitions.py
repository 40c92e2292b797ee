"""Errors of definitions: place, what was expected, what was got."""

import pytest

from lttngx.errors import LttngxError
from lttngx.spans import packs, period_syntax, table_syntax
from lttngx.spans.definitions import check
from lttngx.spans.linking import compare

PERIOD_ERRORS = [
    ("s : $evt.x = 1", "spans[0]:1:12: expected a comparison operator, got `=`"),
    ("s : $evt.$name == 'x'", "spans[0]:1:19: expected a token, got the character `'`"),
    ("s : $evt == 1", "spans[0]:1:10: expected a field behind $evt, got `==`"),
    ("s : ($evt.x == 1", "spans[0]:1:17: expected a closing parenthesis, got `the end`"),
    ("s(p : $evt.x == 1", "spans[0]:1:5: expected a closing parenthesis, got `:`"),
    ("s : $evt.x =* 3", "spans[0]:1:15: expected a pattern string after =*, got another operand"),
    ("s : $evt.x == 1 : $evt.y == 2 : ", "spans[0]:1:31: expected the end of the definition, got `:`"),
    ("s : $parent.$evt.x == 1", "spans[0]:1:13: expected $begin behind $parent, got `$evt`")]


@pytest.mark.parametrize("text, message", PERIOD_ERRORS)
def test_period_errors(text, message):
    with pytest.raises(LttngxError) as caught:
        period_syntax.definitions([text])
    assert str(caught.value) == message


@pytest.mark.parametrize("periods, message", [
    (["b(a) : $evt.x == 1"], 'spans[0]: parent is not defined before its child: name="b", parent="a", defined=[]'),
    (["a : $evt.x == 1", "a : $evt.x == 2"], 'spans[1]: a span of that name is defined already: name="a"'),
    (["a : $evt.x == $parent.$begin.$evt.x"], 'spans[0]: $parent in a span without parent: name="a"')])
def test_definitions_that_do_not_fit_together(periods, message):
    with pytest.raises(LttngxError) as caught:
        check(period_syntax.definitions(periods))
    assert str(caught.value) == message


def test_captures_of_an_unknown_span():
    with pytest.raises(LttngxError, match=r'captures\[0\]: no such span: name="z"'):
        period_syntax.definitions(["a : $evt.x == 1"], ["z : $evt.x"])


TABLE_ERRORS = [
    ('[span.s]\nbegin = "b"\n', 'f.toml:1:1: span="s", key=end: expected event name patterns, or a table with `event`, got=None'),
    ('[span.s]\nbegin = "b"\nend = "e"\nkeys = "k"\n',
     'f.toml:4:8: span="s", key=keys: unknown key, known=[begin, end, key, parent, name, capture, policy, timeout, min, max]'),
    ('[span.s]\nbegin = "b"\nend = "e"\npolicy = "lifo"\n',
     'f.toml:4:10: span="s", key=policy: expected one of all, one, stack, queue, got=\'lifo\''),
    ('[span.s]\nbegin = "b"\nend = {event = "e", if = "x === 1"}\n', "f.toml:3:31: span="),
    ('[span.s]\nbegin = "b"\nend = "e"\nkey = ["k", "$state.nothing"]\n', "expected one of tid, pid, procname, prio, syscall behind $state"),
    ('[span.s]\nbegin = {event = "b", key = ["x", "y"]}\nend = "e"\nkey = "x"\n',
     "expected as many values at the end as at the begin, got=1, 2"),
    ("[span.s]\nbegin = \n", "f.toml:2:9: Invalid value"),
    ('[spans.s]\nbegin = "b"\n', "f.toml: expected tables [span.NAME] only, got=[spans]"),
    ('[span.a]\nparent = "b"\nbegin = "x"\nend = "y"\n[span.b]\nparent = "a"\nbegin = "x"\nend = "y"\n', "a span is its own ancestor")]


@pytest.mark.parametrize("text, message", TABLE_ERRORS)
def test_table_errors(text, message):
    with pytest.raises(LttngxError) as caught:
        table_syntax.read_text(text, "f.toml")
    assert message in str(caught.value)


def test_children_may_be_written_before_their_parents():
    text = '[span.b]\nparent = "a"\nbegin = "x"\nend = "y"\n[span.a]\nbegin = "x"\nend = "y"\n'
    assert [definition.name for definition in table_syntax.read_text(text, "f.toml")] == ["a", "b"]


def test_all_packs_can_be_read():
    assert [definition.name for definition in packs.definitions(packs.PACKS)] == [
        "syscall", "irq", "softirq", "wakeup", "block", "net", "function", "probe", "callback"]
    with pytest.raises(LttngxError, match='no such pack: name="nothing"'):
        packs.definitions(["nothing"])


@pytest.mark.parametrize("op, left, right, total, expected", [
    ("==", 1, 1.0, False, True), ("==", 1, "1", False, False), ("!=", 1, "1", False, False), ("!=", 1, "1", True, True),
    ("!=", None, 1, False, False), ("!=", None, 1, True, True), ("<", None, 1, True, False), (">=", "b", "a", False, True)])
def test_comparison_of_unlike_values(op, left, right, total, expected):
    assert compare(op, left, right, total) is expected
