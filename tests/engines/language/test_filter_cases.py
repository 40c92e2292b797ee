"""LTTng's conformance cases: expressions run against a live tracer, see the `basis` of each case."""

import json
from pathlib import Path
from typing import Any

import pytest
from language_doubles import Event

from lttngx.core.portable.evaluate import compile_predicate
from lttngx.language import FilterSyntaxError, compile_filter

CASES = [json.loads(line) for line in
         (Path(__file__).parents[2] / "data/cases/filter-expressions.jsonl").read_text().splitlines()]
APPLICATION = "variant<t>{struct{} none; s64 int64; f64 double; string string;}"


def outcome(expr: str, event: Event, **options: Any) -> str:
    """Return "accept", "reject" or "error"."""
    try:
        linked = compile_filter(expr, **options).link(event.event_class, event.stream)
    except FilterSyntaxError:
        return "error"
    if isinstance(linked.outcome, bool):
        return "accept" if linked.outcome else "reject"
    return "accept" if compile_predicate(linked.outcome)(event.message) else "reject"


def event_of(case: dict) -> Event:
    """Return the event of a case."""
    described = case["event"]
    types, values = {}, {}
    for name, notation in described["types"].items():
        notation, _, selected = notation.partition(" selected ")
        value = decoded(described["payload"].get(name))
        types[name] = notation.removesuffix(" absent")
        values[name] = (selected, value) if selected else value
    context = dict(described.get("ctx", {}))
    packet = {"cpu_id": context.pop("cpu_id", 0)}
    context_types = {name: "string" if isinstance(value, str) else "s32"
                     for name, value in context.items() if not name.startswith("$app.")}
    for name in [name for name in context if name.startswith("$app.")]:
        recorded = "_app_" + name.removeprefix("$app.").replace(":", "_")
        context_types[recorded] = APPLICATION
        context[recorded] = application(context.pop(name))
    return Event(described["name"], (types, values), (context_types, context), ({"cpu_id": "u32"}, packet))


def decoded(value: Any) -> Any:
    return float(value["$float"]) if isinstance(value, dict) and "$float" in value else value


def application(value: Any) -> tuple[str, Any]:
    option = {type(None): "none", int: "int64", float: "double", str: "string"}[type(value)]
    return option, {} if value is None else value


@pytest.mark.parametrize("case", [case for case in CASES if case["class"] != "proposal"], ids=lambda case: case["id"])
def test_lttng_dialect(case: dict) -> None:
    assert outcome(case["expr"], event_of(case), dialect="lttng") == case["expect"], case["why"]


@pytest.mark.parametrize("case", [case for case in CASES if case["class"] == "proposal"], ids=lambda case: case["id"])
@pytest.mark.parametrize("missing", ["strict", "lenient"])
def test_proposals(case: dict, missing: str) -> None:
    assert outcome(case["expr"], event_of(case), missing=missing) == case["expect"], case["why"]


# What the extended dialect adds to LTTng's: expressions that LTTng refuses, or that never match the event class there.
# They use 0X2A, 0u, '', =~ (of an integer), `and`, `not`, arithmetic (6), labels and a negative index.
ADDED = {
    "f006": "accept", "f008": "reject", "f025": "reject", "f040": "reject", "f041": "accept", "f042": "reject",
    "f053": "reject", "f054": "reject", "f056": "reject", "f057": "reject", "f058": "accept", "f183": "accept",
    "f198": "accept",
}


@pytest.mark.parametrize("case", [case for case in CASES if case["class"] != "proposal"], ids=lambda case: case["id"])
def test_extended_is_a_superset(case: dict) -> None:
    got = outcome(case["expr"], event_of(case), dialect="extended", missing="strict")
    assert got == ADDED.get(case["id"], case["expect"]), case["why"]
