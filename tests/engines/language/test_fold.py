"""Folding and settling change no outcome: random trees, evaluated before and after."""

from hypothesis import given, settings
from hypothesis import strategies as st
from language_doubles import Event

from lttngx.core import predicate as tree
from lttngx.core.classes import FieldPath, Kind, Scope, Step
from lttngx.core.portable.evaluate import compile_predicate
from lttngx.language.fold import fold, settle

EVENT = Event(payload=({"five": "s32", "absent": "optional<s32>", "zero": "u8", "text": "string"},
                       {"five": 5, "absent": None, "zero": 0, "text": "ab"}))


def present(name: str) -> tree.Field:
    return tree.Field(EVENT.event_class.path(Scope.PAYLOAD, name))


OPTION = EVENT.event_class.path(Scope.PAYLOAD, "absent")
ABSENT = tree.Field(FieldPath(Scope.PAYLOAD, (*OPTION.steps, Step(Kind.OPTION, 0)), OPTION.field_class.element))
LEAVES = st.sampled_from([present("five"), present("zero"), ABSENT, tree.Missing(), tree.Constant(0), tree.Constant(1),
    tree.Constant(7),
                          tree.Constant(2**64 - 1, True)])
TEXTS = st.sampled_from([present("text"), tree.Constant(b"ab"), tree.Constant(b"x"), tree.Missing()])


def grown(node: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.builds(tree.And, node, node), st.builds(tree.Or, node, node), st.builds(tree.Unary, st.sampled_from(["not",
            "neg", "truncate"]), node),
        st.builds(tree.Binary, st.sampled_from(["eq", "lt", "div", "sub", "shift_left"]), node, node),
            st.builds(tree.Exists, node),
        st.builds(tree.Otherwise, st.tuples(node, node)), st.builds(tree.InRanges, node, st.sampled_from([(), ((1, 5),),
        ((-9, -1), (7, 7))])),
        st.builds(tree.Glob, TEXTS, st.sampled_from([(b"a", b""),
        (b"x",)])), st.builds(tree.InTexts, TEXTS, st.just(frozenset({b"x"}))))


@settings(max_examples=1500, deadline=None)
@given(st.recursive(LEAVES, grown, max_leaves=12), st.booleans())
def test_same_outcome(node: tree.Node, strict: bool) -> None:
    settled = settle(fold(node, strict), strict)
    expected = compile_predicate(tree.Predicate(node, strict))(EVENT.message)
    if not isinstance(settled, bool):
        settled = compile_predicate(tree.Predicate(settled, strict))(EVENT.message)
    assert settled is expected
