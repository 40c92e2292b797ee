"""Patterns of field names and plans, on plain descriptions of classes."""

import pytest

from lttngx.core.classes import EventClass, FieldClass, Kind, Scope, Stream
from lttngx.core.links import links
from lttngx.errors import ParameterError
from lttngx.fields import FieldPlans, Redaction, parse_pattern
from lttngx.fields.patterns import named_fields


def structure(**members):
    return FieldClass(Kind.STRUCTURE, members=tuple(members.items()))


U32, TEXT = FieldClass(Kind.UNSIGNED, 32), FieldClass(Kind.STRING)
# A MIP 1 class: links are names. `n` of each header is the length of `addrs` beside it.
HEADER = structure(n=U32, addrs=FieldClass(Kind.DYNAMIC_ARRAY, element=U32, link=(Scope.PAYLOAD, ("headers", "n"))))
PAYLOAD = structure(
    count=U32, headers=FieldClass(Kind.DYNAMIC_ARRAY, element=HEADER, link=(Scope.PAYLOAD, ("count",))),
    either=FieldClass(Kind.VARIANT, members=(("left", U32), (None, structure(name=TEXT))), link=(Scope.COMMON_CONTEXT, ("tag",))),
    maybe=FieldClass(Kind.OPTION, element=structure(a=U32, b=TEXT)), last=TEXT)
COMMON = structure(tag=U32, comm=TEXT)
EVENT = EventClass("some", scopes=(None, COMMON, None, PAYLOAD))
PAYLOAD_NAMES = ["count", "headers", "headers", "headers.n", "headers.addrs", "headers.addrs", "either", "either.left", "either",
                 "either.name", "maybe", "maybe", "maybe.a", "maybe.b", "last"]


def test_names_of_fields():
    assert [name for _, _, name in named_fields(Scope.PAYLOAD, PAYLOAD)] == PAYLOAD_NAMES


def test_links_by_name_stay_in_the_element():
    assert links(EVENT.scopes) == {
        (Scope.PAYLOAD, (1,)): (Scope.PAYLOAD, (0,)),
        (Scope.PAYLOAD, (1, 0, 1)): (Scope.PAYLOAD, (1, 0, 0)),
        (Scope.PAYLOAD, (2,)): (Scope.COMMON_CONTEXT, (0,)),
    }


@pytest.mark.parametrize("text", ["addr", "ctx.procname", "payload", "payload.", ".x", ""])
def test_a_pattern_needs_a_scope_and_a_name(text):
    with pytest.raises(ParameterError, match=r"bad field pattern: expected=SCOPE.NAME"):
        parse_pattern(text)


def plan(**patterns):
    plans = FieldPlans(**{what: [parse_pattern(text) for text in texts] for what, texts in patterns.items()},
                       redaction=Redaction(constant=0))
    return plans, plans.stream_class(Stream(), None, COMMON), plans.event_class(EVENT, Stream())


@pytest.mark.parametrize("drop, payload, common", [
    (["payload.last"], {(4,)}, set()),
    (["payload.count"], {(0,), (1,)}, set()),
    (["payload.headers.n"], {(1, 0, 0), (1, 0, 1)}, set()),
    (["context.tag"], {(2,)}, {(0,)}),
    (["payload.*name"], {(2, 1, 0)}, set()),
    (["payload.maybe"], {(3,)}, set()),
    (["payload.maybe.*"], {(3, 0, 0), (3, 0, 1)}, set()),
])
def test_drop(drop, payload, common):
    _, stream_plan, event_plan = plan(drop=drop)
    assert event_plan.payload.drop == payload and stream_plan.common_context.drop == common


@pytest.mark.parametrize("keep, payload, common", [
    (["payload.last"], {(0,), (1,), (1, 0, 0), (1, 0, 1), (2,), (2, 1, 0), (3,), (3, 0, 0), (3, 0, 1)}, set()),
    (["payload.headers.addrs"], {(2,), (2, 1, 0), (3,), (3, 0, 0), (3, 0, 1), (4,)}, set()),
    (["payload.*", "context.comm"], {(2,)}, {(0,)}),
])
def test_keep(keep, payload, common):
    _, stream_plan, event_plan = plan(keep=keep)
    assert event_plan.payload.drop == payload and stream_plan.common_context.drop == common


@pytest.mark.parametrize("redact, payload, common", [
    (["payload.last"], {(4,)}, set()),
    (["payload.*"], {(1, 0, 1), (1, 0, 1, 0), (2, 0), (2, 1, 0), (3, 0, 0), (3, 0, 1), (4,)}, set()),
    (["context.comm"], set(), {(1,)}),
    (["payload.maybe"], {(3, 0, 0), (3, 0, 1)}, set()),
])
def test_redact(redact, payload, common):
    _, stream_plan, event_plan = plan(redact=redact)
    assert event_plan.payload.replace.keys() == payload and stream_plan.common_context.replace.keys() == common


def test_a_selector_in_the_common_context_is_not_redacted_where_it_is_one():
    _, stream_plan, event_plan = plan(redact=["context.*"])
    assert stream_plan.common_context.replace.keys() == {(0,), (1,)} and event_plan.common_context == {(0,): None}


def test_dropped_fields_are_not_redacted():
    _, _, event_plan = plan(drop=["payload.maybe"], redact=["payload.maybe.a", "payload.last"])
    assert event_plan.payload.replace.keys() == {(4,)}


def test_unmatched_patterns():
    plans, _, _ = plan(drop=["payload.last", "payload.none"], redact=["context.x*"])
    assert plans.unmatched() == ["payload.none", "context.x*"]
