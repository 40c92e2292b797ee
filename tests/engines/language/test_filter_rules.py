"""Event rules: LTTng's recorded cases, and what the report of a rule set tells."""

import json
from pathlib import Path

import pytest
from language_doubles import Event

from lttngx.core.classes import Stream, Trace
from lttngx.core.portable.evaluate import compile_predicate
from lttngx.errors import LttngxError, ParameterError
from lttngx.language import Rule, RuleSet

CASES = [json.loads(line) for line in
         (Path(__file__).parents[2] / "data/cases/filter-rules.jsonl").read_text().splitlines()]
LEVELS = {"def": 0, "xdef": 3, "xdefy": 4, "defdef": 6, "de": 7, "zed": 13, "dbg": 14}
UST = Stream(trace=Trace(environment={"domain": "ust"}))
KERNEL = Stream(trace=Trace(environment={"domain": "kernel"}))
EVENTS = [Event(f"myapp_abc:{name}", ({"i": "s32"}, {"i": i}), log_level=level)
          for i, (name, level) in enumerate(LEVELS.items())]
EVENTS += [Event("tp:all", ({"idx": "s32", "s32": "s32"}, {"idx": 1, "s32": 42})),
           Event("tp:min", ({"idx": "s32"}, {"idx": 1}))]


def rule_of(case: dict) -> Rule:
    rule = case["rule"]
    return Rule("*" if rule.get("all") else rule["name"], rule.get("exclude", ()), rule.get("loglevel"),
                rule.get("loglevel_only"), rule.get("filter"))


def kept(rules: RuleSet, stream: Stream = UST) -> list[str]:
    """Return the names of the events which the rules keep, sorted."""
    names = []
    for event in EVENTS:
        outcome = rules.bind(event.event_class, stream, None)
        if outcome is True or outcome and any(compile_predicate(predicate)(event.message) for predicate in outcome):
            names.append(event.event_class.name)
    return sorted(names)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_lttng_rules(case: dict) -> None:
    if case["expect"] == "error":
        with pytest.raises(LttngxError):
            RuleSet([rule_of(case)], "lttng")
    else:
        assert kept(RuleSet([rule_of(case)], "lttng")) == sorted(case["accepts"]), case["why"]


@pytest.mark.parametrize("case", [case for case in CASES if case["expect"] == "ok" and case["id"] != "r091"],
                         ids=lambda case: case["id"])
def test_extended_keeps_the_same(case: dict) -> None:
    assert kept(RuleSet([rule_of(case)])) == sorted(case["accepts"]), case["why"]


def test_lenient_or_keeps_classes_with_either_field() -> None:
    assert kept(RuleSet([Rule(expr="i >= 3 || idx >= 0")])) == [
        "myapp_abc:dbg", "myapp_abc:de", "myapp_abc:defdef", "myapp_abc:zed", "tp:all", "tp:min"]


def test_rules_are_ored_and_exclusions_are_their_rule_s_own() -> None:
    rules = RuleSet([Rule("myapp_abc:*", exclude=["*def*", "*d*"]), Rule("*:xdef", expr="i == 2"),
                     Rule("*:xdef*", expr="i == 1")])
    assert kept(rules) == ["myapp_abc:xdef"]


def test_extended_excludes_anywhere_and_warns_of_nothing_left() -> None:
    rules = RuleSet([Rule("tp:all,tp:min", exclude="*min"), Rule("tp:*", exclude="tp:*")])
    assert kept(rules) == ["tp:all"]
    assert [report.warnings for report in rules.report()] == [
        ['the exclusion "*min" excludes nothing of the name "tp:all"'],
        ['expected a pattern that leaves a part of "tp:*", got "tp:*"']]


@pytest.mark.parametrize("dialect", ["lttng", "extended"])
def test_an_exclusion_without_effect_is_a_warning(dialect: str) -> None:
    (report,) = RuleSet([Rule("myapp_abc:*", exclude="xdef")], dialect).report()
    assert report.warnings == ['the exclusion "xdef" excludes nothing of the name "myapp_abc:*"']


def test_an_event_without_level_is_kept_in_the_kernel_domain() -> None:
    assert kept(RuleSet([Rule("tp:*", log_level="EMERG")]), KERNEL) == ["tp:all", "tp:min"]
    assert kept(RuleSet([Rule("tp:*", log_level="INFO")]), UST) == []


def test_names_may_hold_commas() -> None:
    event = Event("a,b")
    for names in ("x,a\\,b", ["a,b"]):
        assert RuleSet([Rule(names)]).bind(event.event_class, UST, None) is True


def test_report_counts_classes_and_says_why_one_keeps_nothing() -> None:
    rules = RuleSet([Rule("tp:*", expr="s32 == 42"), Rule("nothing:*")], "lttng")
    assert kept(rules) == ["tp:all"]
    first, second = rules.report()
    assert (list(first.matched), list(first.never)) == (["tp:all", "tp:min"], ["tp:min"])
    assert {name: [str(found) for found in notes] for name, notes in first.diagnostics.items()} == {
        "tp:min": ["1:1: no payload field `s32`"]}
    assert not second.matched


@pytest.mark.parametrize(("rule", "message"), [
    (Rule(log_level="ERR", log_level_only="ERR"),
     "Malformed event rule: expected one of log_level and log_level_only, got both"),
    (Rule(names=""), "Malformed event rule: names: expected at least one name, got none"),
    (Rule(names=[3]), "Malformed event rule: names: expected strings, got [3]"),
    (Rule(log_level="loud"),
    "Malformed event rule: log_level: expected one of EMERG, ALERT, CRIT, ERR, WARNING, NOTICE, INFO, "
     "DEBUG_SYSTEM, DEBUG_PROGRAM, DEBUG_PROCESS, DEBUG_MODULE, DEBUG_UNIT, DEBUG_FUNCTION, DEBUG_LINE, DEBUG, "
     "got \"loud\""),
    (Rule("a:b", exclude="c"), 'Malformed event rule: exclude: expected a name with `*` to exclude from, got "a:b"'),
])
def test_malformed_rules(rule: Rule, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        RuleSet([rule], "lttng")
    assert str(caught.value) == message


def test_per_stream_only_where_the_expression_needs_it() -> None:
    assert not RuleSet([Rule(expr="$event.name == 'x'")]).per_stream
    assert RuleSet([Rule(), Rule(expr="$stream.name == 'x'")]).per_stream
